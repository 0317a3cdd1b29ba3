"""Installing without a compiler, or without wanting one: the build backend in `build_backend/`, run as pip runs it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("src/glassworks", "native", "build_backend", "CMakeLists.txt", "pyproject.toml", "README.md", "LICENSE")

# scikit-build-core asks `sys.version_info` which overrides of pyproject.toml hold.
AS_PYTHON = """
import collections, sys
sys.path.insert(0, "build_backend")
Version = collections.namedtuple("Version", "major minor micro releaselevel serial")
sys.version_info = Version(3, {minor}, 0, "final", 0)
import backend
print(backend.{call})
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the build reads."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in SOURCES:
        source = ROOT / name
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
        else:
            shutil.copy(source, folder / name)
    return folder


def run_backend(checkout: Path, call: str, minor: int, **environment: str) -> str:
    """The last line that a call of the backend prints: the name of what it made."""
    clean = {key: value for key, value in os.environ.items() if key not in ("CXX", "GLASSWORKS_PURE")}
    code = AS_PYTHON.format(minor=minor, call=call)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=checkout, env={**clean, **environment}, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.split()[-1]


CASES = {
    "GLASSWORKS_PURE was set": {"GLASSWORKS_PURE": "1"},
    "no C++ compiler was found": {"CXX": "/no/such/compiler"},
    "the C++ compiler failed": {"CXX": shutil.which("false") or "false"},
}


@pytest.mark.parametrize("minor", [11, 12])
@pytest.mark.parametrize("reason", CASES)
def test_a_wheel_without_the_core_fits_every_python_and_knows_why_it_has_none(
    checkout: Path, tmp_path: Path, reason: str, minor: int
) -> None:
    if reason == "the C++ compiler failed" and shutil.which("cmake") is None:
        pytest.skip("CMake, which pip installs for a build, is not installed here")
    name = run_backend(checkout, f"build_wheel({str(tmp_path)!r})", minor, **CASES[reason])
    assert name.endswith("-py3-none-any.whl")
    with zipfile.ZipFile(tmp_path / name) as wheel:
        assert reason in wheel.read("glassworks/_without_native.py").decode()
        assert "glassworks/layers/embedding.py" in wheel.namelist()
        assert not [member for member in wheel.namelist() if "_native." in member and not member.endswith((".py", ".pyi"))]
    # Nothing of the case is left for the next build.
    assert not (checkout / "build" / "without_native.py").exists()


@pytest.mark.parametrize("minor", [11, 12])
def test_metadata_is_given_without_compiling(checkout: Path, tmp_path: Path, minor: int) -> None:
    call = f"prepare_metadata_for_build_wheel({str(tmp_path)!r})"
    # A compiler that fails would be noticed.
    folder = run_backend(checkout, call, minor, CXX=shutil.which("false") or "false")
    metadata = Parser().parsestr((tmp_path / folder / "METADATA").read_text())
    assert metadata["Name"] == "glassworks"
    assert any(requirement.startswith("numpy") for requirement in metadata.get_all("Requires-Dist", []))


def test_an_installation_without_the_core_says_why(checkout: Path, tmp_path: Path) -> None:
    name = run_backend(checkout, f"build_wheel({str(tmp_path)!r})", 12, CXX="/no/such/compiler")
    installed = tmp_path / "installed"
    with zipfile.ZipFile(tmp_path / name) as wheel:
        wheel.extractall(installed)
    code = "import glassworks as g; m = g.Sequential([g.Input((2,)), g.layers.Dense(1)]); print(m.predict([[1.0, 2.0]], verbose=0).shape)"
    environment = {**os.environ, "PYTHONPATH": str(installed), "GLASSWORKS_ENGINE": "auto"}
    # -S: an editable installation of this checkout would win over the path.
    packages = str(Path(pytest.__file__).parents[1])
    code = f"import sys; sys.path[1:1] = [{str(installed)!r}]; sys.path.append({packages!r}); " + code
    done = subprocess.run([sys.executable, "-S", "-c", code], env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.stdout.split("\n")[0] == "(1, 1)", done.stderr
    assert "the native engine is missing: no C++ compiler was found when it was installed" in done.stderr

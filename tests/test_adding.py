"""The page on adding things is true: its Python blocks run in order, and its C++ blocks are built into a core that they run on."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from glassworks.engine import native

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "adding.md").read_text(encoding="utf-8")
OP, KERNEL = "## An op", "## A kernel"


def blocks(language: str, text: str = PAGE) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def section(heading: str) -> str:
    """A section of the page, up to the next one."""
    return re.split(r"^## ", PAGE[PAGE.index(heading) + 3 :], maxsplit=1, flags=re.MULTILINE)[0]


def run(script: Path, code: list[str], **environment: str) -> None:
    """Run code in a process of its own: what it adds to the library is not for other tests to see."""
    script.write_text("\n".join(code), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script)],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]


def test_the_examples_run_in_order(tmp_path: Path) -> None:
    code = blocks("python", PAGE[: PAGE.index(KERNEL)])
    run(tmp_path / "adding.py", [*code, "import doctest", "assert doctest.testmod().failed == 0"])


def insert(block: str, folder: Path) -> None:
    """Put a block where its first line says: `// FILE`, which is new, or `// FILE, before: LINE`."""
    first, code = block.split("\n", 1)
    name, _, line = first.removeprefix("// ").partition(", before: ")
    file = folder / name
    assert file.exists() == bool(line), name
    if line:
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        (place,) = (i for i, one in enumerate(lines) if one.strip() == line)
        code = "".join([*lines[:place], code, *lines[place:]])
    file.write_text(code, encoding="utf-8")


def build(folder: Path) -> Path:
    """Build the sources in a folder quickly; the module."""
    options = ["-DCMAKE_BUILD_TYPE=None", "-DGLASSWORKS_QUICK_BUILD=ON", "-DGLASSWORKS_WERROR=ON", f"-DPython_EXECUTABLE={sys.executable}"]
    for arguments in (["-S", ".", "-B", "build", *options], ["--build", "build"]):
        done = subprocess.run(["cmake", *arguments], cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    (module,) = (folder / "build").glob("_native.*")
    return module


# The page's own core in place of the installed one, and every program checked, as in all tests.
PREPARE = """
import importlib.util
import sys

spec = importlib.util.spec_from_file_location("glassworks._native", sys.path[0] + "/{module}")
sys.modules[spec.name] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sys.modules[spec.name])

from glassworks.engine.native import verify

verify.enabled = True
"""


@pytest.mark.slow
@pytest.mark.skipif(not native.available(), reason="the native engine was not built here: there is no C++ compiler")
@pytest.mark.skipif(shutil.which("cmake") is None, reason="CMake, which pip installs for a build, is not installed here")
@pytest.mark.skipif(importlib.util.find_spec("nanobind") is None, reason="nanobind, which builds the core, is not installed here")
def test_the_kernels_of_the_page_are_built_and_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GLASSWORKS_ISA", raising=False)
    shutil.copy(ROOT / "CMakeLists.txt", tmp_path)
    shutil.copytree(ROOT / "native", tmp_path / "native")
    for block in blocks("cpp", section(KERNEL)):
        insert(block, tmp_path)
    module = shutil.copy(build(tmp_path), tmp_path)
    code = [PREPARE.format(module=Path(module).name), *blocks("python", section(OP)), *blocks("python", section(KERNEL))]
    for threads in "12":
        run(tmp_path / "kernels.py", code, GLASSWORKS_NUM_THREADS=threads)


def test_the_files_that_the_page_names_exist() -> None:
    # Of `layers/<family>.py`, the folder.
    named = {
        name.partition("<")[0]
        for name in re.findall(r"`((?:ops|layers|optimizers|callbacks|engine|native|tests|training|models)/[\w./<>]+)`", PAGE)
    }
    missing = {name for name in named if not any((root / name).exists() for root in (ROOT, ROOT / "src" / "glassworks"))}
    assert len(named) >= 20 and not missing

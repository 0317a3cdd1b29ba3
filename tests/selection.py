"""Which tests run: markers by what a file imports and where it stands, and the tour that `make quick` takes."""

from __future__ import annotations

import functools
import importlib.util
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
IMPORT = re.compile(r"^\s*(?:from\s+([\w.]+)\s+import\s+\(?([\w, ]*)|import\s+([\w.]+))", re.MULTILINE)
# Packages that only the test extra installs; what lacks one is left out.
EXTRAS = ("keras", "jax", "h5py", "sklearn", "scipy", "pandas", "PIL", "safetensors", "onnx", "onnxruntime")
# A file that starts other programs takes long; these do it by way of other files, or train.
STARTS_PROGRAMS = {"subprocess", "multiprocessing"}
SLOW = ("doctor", "examples", "fuzz", "benchmarks", "test_typing.py")
MARKERS = {
    "keras": "compares with real Keras or with JAX: the file imports one of them",
    "native": "tests the native engine: it stands in tests/engine/native, or the file imports the engine",
    "slow": "trains on real data, or stands in a file that starts other programs",
}


@functools.cache
def own_imports(file: Path) -> set[str]:
    """The modules that a file imports, wherever in it."""
    found: set[str] = set()
    for module, names, plain in IMPORT.findall(file.read_text(encoding="utf-8")):
        found |= {plain} if plain else {module, *(f"{module}.{name.split()[0]}" for name in names.split(",") if name.strip())}
    return found


@functools.cache
def imports(file: Path) -> set[str]:
    """The modules that a file of tests imports, itself or by way of other files of tests."""
    found: set[str] = set()
    seen, ahead = {file}, [file]
    while ahead:
        names = own_imports(ahead.pop())
        found |= names
        files = {TESTS.parent.joinpath(*name.split(".")).with_suffix(".py") for name in names if name.startswith("tests.")}
        ahead += [other for other in files - seen if other.exists()]
        seen |= files
    return found


def needs(file: Path, package: str) -> bool:
    return any(name.split(".")[0] == package for name in imports(file))


def markers(file: Path) -> set[str]:
    """The markers of all tests of a file."""
    place = file.relative_to(TESTS)
    native = place.is_relative_to("engine/native") or any(name.startswith("glassworks.engine.native") for name in imports(file))
    found = {
        "keras": needs(file, "keras") or needs(file, "jax"),
        "native": native,
        "slow": place.parts[0] in SLOW or bool(own_imports(file) & STARTS_PROGRAMS),
    }
    return {name for name, holds in found.items() if holds}


def is_missing(package: str) -> bool:
    return importlib.util.find_spec(package) is None


class Selection:
    """A plugin of pytest."""

    def __init__(self, quick: bool) -> None:
        self.quick = quick
        self.missing = [package for package in EXTRAS if is_missing(package)]

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Leaves files out before they are imported: what is left of the tour then loads neither Keras nor JAX."""
        if collection_path.suffix != ".py" or not collection_path.is_relative_to(TESTS):
            return None
        left_out = self.quick and markers(collection_path) & {"keras", "slow"}
        return True if left_out or any(needs(collection_path, package) for package in self.missing) else None

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        changing = [item.nodeid for item in items if " at 0x" in item.nodeid]
        if changing:
            raise pytest.UsageError(f"give ids to the cases of tests whose names hold an address of memory: {', '.join(changing[:3])}")
        for item in items:
            if item.path.is_relative_to(TESTS):
                for name in sorted(markers(item.path)):
                    item.add_marker(name)
                if "shared_data" in getattr(item, "fixturenames", ()):
                    item.add_marker("slow")
        if self.quick:
            kept = tour([item for item in items if not item.get_closest_marker("slow")])
            config.hook.pytest_deselected(items=[item for item in items if item not in kept])
            items[:] = [item for item in items if item in kept]


def tour(items: list[pytest.Item]) -> set[pytest.Item]:
    """The first and the last case of each test."""
    tests: dict[str, list[pytest.Item]] = {}
    for item in items:
        tests.setdefault(item.nodeid.partition("[")[0], []).append(item)
    return {case for cases in tests.values() for case in (cases[0], cases[-1])}

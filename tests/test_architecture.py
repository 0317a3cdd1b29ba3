"""The shape of the code holds: imports point down, primitives are whole, files stay small and say what they are."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import glassworks
from glassworks import ops  # registers the primitives
from glassworks.graph import Primitive

SOURCE = Path(glassworks.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))

FLOORS = [
    {
        "absent",
        "aliases",
        "arguments",
        "configured",
        "checks",
        "context",
        "copying",
        "custom_objects",
        "display",
        "drawing",
        "dtype_policy",
        "dtypes",
        "environment",
        "errors",
        "files",
        "guards",
        "memory",
        "names",
        "plain_forms",
        "old_names",
        "protobuf",
        "rearranging",
        "registry",
        "scope",
        "settings",
        "tensorflow_names",
        "tracebacks",
        "tree",
    },
    {"graph", "typing"},
    {"ops", "random"},
    {"engine"},
    {"activations", "config", "constraints", "distribution", "initializers", "regularizers"},
    {"layers", "losses", "metrics", "optimizers"},
    {"export", "saving"},
    {"training"},
    {"insight"},
    {"models"},
    {"applications", "backend", "datasets", "distillation", "mixed_precision", "preprocessing", "utils", "visualization", "wrappers"},
    {"tensorflow"},
    {"testing"},
    {"cli"},
    {"__main__"},
]
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}
# Siblings of a floor that may see each other: datasets are files that utils fetches, metrics use loss functions,
# and the small modules of the ground floor build on one another.
SIBLINGS = {
    0: None,
    1: None,  # types name the classes of the graph, which names types for type checkers only
    2: None,
    4: None,
    5: {("metrics", "losses")},
    6: {("export", "saving")},  # weights beside an exported program are saved ones
    10: {("utils", "datasets"), ("preprocessing", "utils"), ("visualization", "utils"), ("backend", "utils")},
}
LONG_FILES: set[str] = set()
LIMIT = 500
ENGINES = {"reference", "native", "xla"}


@functools.cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module", autouse=True)
def forget_trees() -> Iterator[None]:
    """The trees of all files take more than 100 MB, and each collection of garbage walks through them."""
    yield
    tree_of.cache_clear()


def module_of(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return parts[0]


class Imports(ast.NodeVisitor):
    """The dotted names that a file imports, wherever in it, but for type checkers."""

    def __init__(self, path: Path) -> None:
        self.found: list[tuple[str, ...]] = []
        self.visit(tree_of(path))

    def visit_If(self, node: ast.If) -> None:
        if ast.unparse(node.test) != "TYPE_CHECKING":
            self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        self.found += [tuple(alias.name.split(".")) for alias in node.names]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self.found += [(*(node.module or "").split("."), alias.name) for alias in node.names]


@functools.cache
def imports_of(path: Path) -> list[tuple[str, ...]]:
    return Imports(path).found


def imported(path: Path) -> list[tuple[str, ...]]:
    """Dotted names below `glassworks` that a file imports."""
    return [name[1:] for name in imports_of(path) if name[0] == "glassworks" and len(name) > 1]


INNER = [path for path in FILES if path != SOURCE / "__init__.py"]


@pytest.mark.parametrize("path", INNER, ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_point_down(path: Path) -> None:
    own = module_of(path)
    assert own in FLOOR, f"{own} stands on no floor: give it one here and in ARCHITECTURE.md"
    for name in imported(path):
        target = name[0]
        if target == own or target.startswith("__"):
            continue
        if target in ("_native", "_without_native"):
            assert path == SOURCE / "engine" / "native" / "core.py", f"{path} imports the compiled module; engine/native/core.py does"
            continue
        if target not in FLOOR:
            # Names of the public face: the command line and the contract suites are users of it.
            assert FLOOR[own] >= FLOOR["testing"], f"{path} imports glassworks.{target}"
            continue
        if FLOOR[target] == FLOOR[own]:
            allowed = SIBLINGS.get(FLOOR[own], set())
            assert allowed is None or (own, target) in allowed, f"{own} and {target} stand on one floor"
        assert FLOOR[target] <= FLOOR[own], f"{path} imports {'.'.join(name)} from a floor above"


@pytest.mark.parametrize("path", INNER, ids=lambda path: str(path.relative_to(SOURCE)))
def test_the_package_itself_is_imported_only_by_its_users(path: Path) -> None:
    tree = tree_of(path)
    faces = [node for node in ast.walk(tree) if isinstance(node, ast.Import) and any(alias.name == "glassworks" for alias in node.names)]
    assert not faces or FLOOR[module_of(path)] >= FLOOR["testing"]


def seen_files(path: Path) -> set[Path]:
    """The files that a file imports: packages as their `__init__.py`."""
    files = [_file_of(name) for name in imported(path)]
    return {file for file in files if file is not None} - {path}


def _file_of(name: tuple[str, ...]) -> Path | None:
    """Where a dotted name below `glassworks` stands: a module, or what a module or package defines."""
    for length in (len(name), len(name) - 1):
        place = SOURCE.joinpath(*name[:length])
        for file in (place.with_suffix(".py"), place / "__init__.py"):
            if length and file.exists():
                return file
    return None


def circles(edges: dict[Path, set[Path]]) -> set[Path]:
    """What is left when files that import nothing that is left are taken away, again and again, and so are those that nothing imports."""
    left = dict(edges)
    while True:
        kept = {file for file, seen in left.items() if seen & left.keys() and any(file in other for other in left.values())}
        if len(kept) == len(left):
            return kept
        left = {file: left[file] for file in kept}


def test_no_file_imports_itself_by_way_of_others() -> None:
    found = circles({path: seen_files(path) for path in INNER})
    assert not found, f"these import each other: {sorted(str(path.relative_to(SOURCE)) for path in found)}"


def test_circles_of_files_are_found() -> None:
    a, b, c, d, e = (Path(name) for name in "abcde")
    assert circles({a: {b}, b: {c}, c: {d}, d: {b, e}, e: set()}) == {b, c, d}
    assert circles({a: {b, c}, b: {c}, c: set()}) == set()
    assert SOURCE / "config.py" in seen_files(SOURCE / "mixed_precision.py")
    assert SOURCE / "graph" / "graph.py" not in seen_files(SOURCE / "graph" / "print.py"), "only for type checkers"


def _last_name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def test_only_the_package_itself_imports_modules_by_name() -> None:
    for path in set(FILES) - {SOURCE / "__init__.py", SOURCE / "aliases.py"}:
        calls = [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call)]
        dynamic = [ast.unparse(call) for call in calls if _last_name(call.func) in ("import_module", "__import__")]
        assert not [call for call in dynamic if "glassworks" in call], f"{path}: write an import statement, so that these tests see it"


def test_nothing_above_the_engines_names_one() -> None:
    for path in INNER:
        if FLOOR[module_of(path)] > FLOOR["engine"]:
            named = [name for name in imported(path) if name[0] == "engine" and (len(name) > 2 or set(name) & ENGINES)]
            assert not named, f"{path} imports {named}: ask glassworks.engine instead"


def test_engines_do_not_import_each_other() -> None:
    for path in (SOURCE / "engine").rglob("*.py"):
        own = path.relative_to(SOURCE / "engine").parts[0].removesuffix(".py")
        others = {name[1] for name in imported(path) if name[0] == "engine" and len(name) > 1} & ENGINES
        assert own not in ENGINES or others <= {own}


def test_imports_are_absolute_so_that_these_tests_see_them() -> None:
    for path in FILES:
        relative = [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.ImportFrom) and node.level]
        assert not relative, f"{path}: write `from glassworks...`"


@pytest.mark.parametrize("line", ["from glassworks.engine import reference", "def f():\n    import glassworks.engine.reference as r"])
def test_imports_are_found_in_every_form(line: str, tmp_path: Path) -> None:
    path = tmp_path / "sample.py"
    path.write_text(line)
    assert imported(path) == [("engine", "reference")]


HEAVY = {"jax": ("engine/xla",), "h5py": (), "matplotlib": ("drawing/",), "rich": ("display/", "training/progress")}


@pytest.mark.parametrize("package", HEAVY)
def test_a_heavy_package_is_imported_in_one_place(package: str) -> None:
    for path in FILES:
        roots = {name[0] for name in imports_of(path)}
        assert package not in roots or str(path.relative_to(SOURCE)).startswith(HEAVY[package]), f"{path} imports {package}"


@pytest.mark.parametrize("name", sorted(Primitive.known))
def test_a_primitive_is_whole(name: str) -> None:
    cls = type(Primitive.known[name])
    assert ops is not None
    assert cls.__doc__, "says what it computes"
    assert cls.infer is not Primitive.infer, "has a shape rule"
    assert cls.forward is not Primitive.forward, "has a forward"
    assert cls.vjp is not Primitive.vjp or not cls.differentiable, "has a gradient, or says that there is none"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_file_says_what_it_is_and_stays_small(path: Path) -> None:
    text = path.read_text()
    assert ast.get_docstring(tree_of(path)), "starts with a docstring"
    if str(path.relative_to(SOURCE)) not in LONG_FILES:
        assert text.count("\n") <= LIMIT


def test_no_function_reads_its_arguments_from_locals() -> None:
    """Names that are only read this way are seen by no type checker, and a local variable beside them becomes an argument."""
    assert not [path.name for path in FILES if re.search(r"\blocals\(\)", path.read_text())]


def test_the_list_of_long_files_only_shrinks() -> None:
    assert {name for name in LONG_FILES if (SOURCE / name).read_text().count("\n") > LIMIT} == LONG_FILES


# What the planner's packages may import of one another: what a plan is made of knows no pass, and neither knows the compiled core.
PLANNER = SOURCE / "engine" / "native"
PLANNER_FLOORS = {"ir": {"ir"}, "passes": {"ir", "passes"}, "codegen": {"ir", "codegen", "core", "verify"}}


@pytest.mark.parametrize("package", PLANNER_FLOORS)
def test_the_planner_knows_the_core_in_codegen_alone(package: str) -> None:
    for path in sorted((PLANNER / package).rglob("*.py")):
        seen = {name[2] for name in imported(path) if name[:2] == ("engine", "native")}
        assert seen <= PLANNER_FLOORS[package], f"{path} imports {seen - PLANNER_FLOORS[package]}"

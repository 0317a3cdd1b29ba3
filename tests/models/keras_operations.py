"""Read from Keras's source which class each of its ops becomes in a Functional model: `python -m tests.models.keras_operations` prints the table."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

from keras import ops
from keras.src.ops.operation import Operation

MODULES = ("", "image", "linalg")
# Ops that take functions, which no file has.
TAKE_FUNCTIONS = {
    "associative_scan",
    "cond",
    "custom_gradient",
    "fori_loop",
    "jvp",
    "map",
    "scan",
    "switch",
    "vectorize",
    "vectorized_map",
    "while_loop",
}


def table() -> dict[str, str]:
    """Each op and its class, the names of the constructor's arguments, and behind a bar those of the call."""
    rows: dict[str, str] = {}
    aliases: dict[str, str] = {}
    for name, function in _functions():
        source = ast.parse(textwrap.dedent(inspect.getsource(function)))
        made = [found for node in ast.walk(source) if (found := _made(node, function)) is not None]
        if made:
            rows[name] = _row(*made[0], function)
        elif (other := _delegate(source)) is not None:
            aliases[name] = other
    prefix = {name: name.rpartition(".")[0] for name in aliases}
    for name, other in aliases.items():
        target = f"{prefix[name]}.{other}".lstrip(".")
        if target in rows:
            rows[name] = rows[target]
    return {name: row for name, row in sorted(rows.items()) if not (name.startswith("linalg.") and name[7:] in rows)}


def _functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    for module in MODULES:
        for name, value in sorted(vars(getattr(ops, module) if module else ops).items()):
            function = inspect.unwrap(value) if callable(value) else value
            if inspect.isfunction(function) and name not in TAKE_FUNCTIONS and not name.startswith("_"):
                yield f"{module}.{name}".lstrip("."), function


def _made(node: ast.AST, function: Callable[..., Any]) -> tuple[type, ast.Call, ast.Call] | None:
    """The class in `Class(...).symbolic_call(...)` or `Class(...)(...)`, with both calls."""
    if not isinstance(node, ast.Call):
        return None
    inner = node.func.value if isinstance(node.func, ast.Attribute) and node.func.attr == "symbolic_call" else node.func
    if not isinstance(inner, ast.Call) or not isinstance(inner.func, ast.Name):
        return None
    cls = function.__globals__.get(inner.func.id)
    return (cls, inner, node) if isinstance(cls, type) and issubclass(cls, Operation) else None


def _row(cls: type, made: ast.Call, called: ast.Call, function: Callable[..., Any]) -> str:
    known = set(inspect.signature(function).parameters)
    constructor = [name for name in inspect.signature(cls.__init__).parameters if name != "self"]  # type: ignore[misc]
    config = list(zip(constructor, map(ast.unparse, made.args), strict=False)) + [(str(k.arg), ast.unparse(k.value)) for k in made.keywords]
    config = [(theirs, ours) for theirs, ours in config if ours in known]
    call = [ast.unparse(argument) for argument in called.args]
    call += [f"{k.arg}=" for k in called.keywords if k.arg in known]
    names = [theirs if theirs == ours else f"{theirs}={ours}" for theirs, ours in config]
    return f"{cls.__module__.removeprefix('keras.src.ops.')}.{cls.__name__} {' '.join(names)} | {' '.join(call)}".replace("  ", " ")


def _delegate(source: ast.Module) -> str | None:
    """The other op in a body that only returns its result for the same arguments."""
    function = source.body[0]
    body = function.body if isinstance(function, ast.FunctionDef) else []
    last = body[-1] if body and len(body) <= 2 else None
    if isinstance(last, ast.Return) and isinstance(last.value, ast.Call) and isinstance(last.value.func, ast.Name):
        return last.value.func.id
    return None


if __name__ == "__main__":
    for op, row in table().items():
        print(f'    "{op}": "{row}",')

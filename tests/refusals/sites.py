"""The functions of the library that make errors for users, read from its source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import glassworks
from glassworks import errors

ROOT = Path(glassworks.__file__).parent
ERRORS = frozenset(name for name in errors.__all__ if name.endswith("Error"))


def _calls(node: ast.AST, function: str) -> Iterator[str]:
    """The functions in which errors are made; a class or function inside a function is named behind it."""
    for child in ast.iter_child_nodes(node):
        is_scope = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        inside = f"{function}.{child.name}".lstrip(".") if is_scope else function
        if isinstance(child, ast.Call):
            called = child.func.attr if isinstance(child.func, ast.Attribute) else getattr(child.func, "id", "")
            if called in ERRORS:
                yield inside
        yield from _calls(child, inside)


def refusing_functions() -> set[str]:
    """`file:function` of all of them, for example `layers/dense.py:Dense.build`."""
    found = set()
    for path in ROOT.rglob("*.py"):
        file = path.relative_to(ROOT).as_posix()
        found |= {f"{file}:{function}" for function in _calls(ast.parse(path.read_text(encoding="utf-8")), "")}
    return found

"""The whole op specification table, joined from the files of `families/`: rows, names without rows, wrong inputs."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from tests.ops.rows import Row

_FILES = sorted(Path(__file__).with_name("families").glob("*.py"))
_MODULES = [import_module(f"tests.ops.families.{file.stem}") for file in _FILES]

ROWS: list[Row] = [row for module in _MODULES for row in module.ROWS]
NOT_ROWS: set[str] = {name for module in _MODULES for name in getattr(module, "NOT_ROWS", ())}
EAGER_ONLY: set[str] = {name for module in _MODULES for name in getattr(module, "EAGER_ONLY", ())}
WRONG: list[tuple[str, Callable, list[str]]] = [case for module in _MODULES for case in getattr(module, "WRONG", ())]

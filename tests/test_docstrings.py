"""Every public name says what it does; what users call has an example that runs (doctests are collected with the suite)."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

import glassworks

AREAS = (
    *("activations", "backend", "callbacks", "config", "constraints", "datasets", "distillation", "distribution"),
    *("initializers", "layers", "losses", "metrics", "mixed_precision", "models", "ops", "optimizers"),
    *("random", "regularizers", "saving", "tree", "utils", "visualization", "wrappers"),
)
# Public names that have no example yet. This list may only get shorter.
WITHOUT_EXAMPLE = set(json.loads((Path(__file__).parent / "names_without_example.json").read_text()))


def public(area: str) -> dict[str, Any]:
    module = getattr(glassworks, area)
    found = {name: getattr(module, name) for name in dir(module) if not name.startswith("_")}
    return {f"{area}.{name}": value for name, value in found.items() if inspect.isclass(value) or inspect.isfunction(value)}


NAMES = {name: value for area in AREAS for name, value in public(area).items()} | {
    name: getattr(glassworks, name) for name in glassworks._NAMES
}


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_public_name_is_documented_with_an_example(name: str) -> None:
    text = inspect.getdoc(NAMES[name])
    assert text, f"{name} has no docstring"
    assert text.splitlines()[0].rstrip().endswith((".", ":", ")", "`")), "starts with a line that says what it is"
    assert (">>>" in text) != (name in WITHOUT_EXAMPLE), "has an example, or stands on the list (not both)"


def test_the_list_holds_only_public_names() -> None:
    assert not WITHOUT_EXAMPLE - set(NAMES)


def public_methods(cls: type) -> list[Any]:
    kinds = (FunctionType, classmethod, staticmethod, property)
    methods = {name: getattr(cls, name) for name, value in vars(cls).items() if isinstance(value, kinds) and not name.startswith("_")}
    return [method for method in methods.values() if getattr(method, "__name__", "") != "<lambda>"]


def test_a_public_method_is_documented_by_itself_or_by_the_method_that_it_overrides() -> None:
    modules = [importlib.import_module(one.name) for one in pkgutil.walk_packages(glassworks.__path__, "glassworks.")]
    classes = {value for one in modules for name, value in vars(one).items() if inspect.isclass(value) and not name.startswith("_")}
    own = [cls for cls in classes if cls.__module__.startswith("glassworks.") and cls.__module__ != "glassworks._native"]
    assert len(own) > 300
    assert [method for cls in own for method in public_methods(cls) if not inspect.getdoc(method)] == []

"""Import statements by Keras's module names: `from glassworks.keras.layers import Dense`, `from glassworks.callbacks import ...`.

Attribute access (`glassworks.keras.layers`) goes through the package's `__getattr__`; import statements
use Python's import system, where a finder returns the real module, which is never loaded twice.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.util
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

# Public module -> its module in the source tree, where the two differ.
PLACES = {"callbacks": "training.callbacks", "dtype_policies": "dtype_policy", "nn": "ops.nn"}


def real_name(name: str, package: str) -> str:
    """The module that a public dotted name means: `keras.callbacks` is `training.callbacks`."""
    parts = name.split(".")
    while parts and parts[0] == "keras":
        parts = parts[1:]
    if parts and parts[0] in PLACES:
        parts[:1] = PLACES[parts[0]].split(".")
    return ".".join([package, *parts])


class AliasFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Resolves imports of public names that are not modules of the source tree."""

    def __init__(self, package: str) -> None:
        self.package = package

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """A spec for an alias; None for everything else."""
        prefix = self.package + "."
        if not fullname.startswith(prefix) or real_name(fullname.removeprefix(prefix), self.package) == fullname:
            return None
        return importlib.util.spec_from_loader(fullname, self)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the real module."""
        module = importlib.import_module(real_name(spec.name.removeprefix(self.package + "."), self.package))
        self._own_spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing but restore the spec of the real module, which is already loaded."""
        module.__spec__ = self._own_spec


def install(package: str) -> None:
    """Let the package's aliases be imported."""
    if not any(isinstance(finder, AliasFinder) and finder.package == package for finder in sys.meta_path):
        sys.meta_path.insert(0, AliasFinder(package))

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

from glassworks import absent, old_names, tensorflow_names

# Public module -> its module in the source tree, where the two differ.
PLACES = {"callbacks": "training.callbacks", "dtype_policies": "dtype_policy"} | {
    module: f"tensorflow.{module}" for module in tensorflow_names.MODULES
}


def real_name(name: str, package: str) -> str:
    """The module that a public dotted name means: `keras.callbacks` is `training.callbacks`."""
    parts = name.split(".")
    while parts and parts[0] == "keras":
        parts = parts[1:]
    if parts[:2] == ["python", "keras"]:
        parts = parts[2:]
    old = old_names.MODULES.get(".".join(parts))
    if old is not None:
        parts = old.split(".") if old else []
    if parts and parts[0] in PLACES:
        parts[:1] = PLACES[parts[0]].split(".")
    return ".".join([package, *parts])


def public_name(name: str) -> str:
    """The public dotted name of a module below the package: `training.callbacks` is `callbacks`.

    >>> public_name("training.callbacks.CSVLogger"), public_name("keras.layers")
    ('callbacks.CSVLogger', 'layers')
    """
    name = name.removeprefix("keras.")
    for public, place in PLACES.items():
        if name == place or name.startswith(f"{place}."):
            return public + name.removeprefix(place)
    return name


def _refuse_absent(name: str, fullname: str) -> None:
    # Python asks the finders for `from package import name`, too, when the package does not have the name.
    why = absent.absence(name) or old_names.ABSENT.get(name)
    if why is not None:
        raise ModuleNotFoundError(f"{fullname} is not here: {why.reason}; {why.instead}")  # without `name=`, or Python replaces the text


class AliasFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Resolves imports of public names that are not modules of the source tree."""

    def __init__(self, package: str) -> None:
        self.package = package

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """A spec for an alias; None for everything else."""
        prefix = self.package + "."
        if fullname.startswith(prefix):
            _refuse_absent(public_name(fullname.removeprefix(prefix)), fullname)
        if not fullname.startswith(prefix) or real_name(fullname.removeprefix(prefix), self.package) == fullname:
            return None
        return importlib.util.spec_from_loader(fullname, self)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the real module; warn if the name is an old one."""
        public = spec.name.removeprefix(self.package + ".").removeprefix("keras.")
        if public in old_names.MODULES and public != "python":
            old_names.warn_of(public, f"from {'.'.join(filter(None, ('keras', old_names.MODULES[public])))} import ...")
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

"""Helpers around a layer's `build` and `call`: argument names, shapes of arguments, the wrapper around `build`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from glassworks import tree
from glassworks.dtype_policy import DTypePolicy
from glassworks.graph import KerasTensor, Symbolic, untraced
from glassworks.scope import Frame, scope


def building(build: Callable) -> Callable:
    """Wrap a `build` method: real numbers even inside a trace, the shapes remembered, `built` set."""

    @functools.wraps(build)
    def wrapped(self: Any, *args: Any, **kwargs: Any) -> None:
        first = self._build_shapes is None  # asked before: a `build` called by super() has other arguments
        with untraced(), scope(Frame("layer", self.name, "build")):
            build(self, *args, **kwargs)
        if first:
            self._build_shapes = dict(zip(parameters_of(build), args, strict=False)) | kwargs
        self.built = True

    return wrapped


@functools.cache
def parameters_of(method: Callable) -> tuple[str, ...]:
    """The names of a method's arguments but the first, whatever its author calls the layer itself."""
    return tuple(inspect.signature(method).parameters)[1:]


def shapes_of(value: object) -> Any:
    """The shapes of a structure of arrays; None if it holds none."""
    leaves = tree.flatten(value)
    if (
        not leaves
        or not all(isinstance(leaf, (Symbolic, np.ndarray)) or leaf is None for leaf in leaves)
        or all(leaf is None for leaf in leaves)
    ):
        return None
    return tree.map_structure(lambda leaf: None if leaf is None else tuple(leaf.shape), value)


def to_tensors(argument: object, dtype: str) -> Any:
    """Symbolic tensors for a structure of shapes; symbolic tensors stay."""
    if isinstance(argument, KerasTensor) or not isinstance(argument, (list, tuple, dict)):
        return argument
    if any(isinstance(leaf, KerasTensor) for leaf in tree.flatten(argument)):
        return argument
    return tree.map_shape_structure(lambda shape: KerasTensor(shape, dtype), argument)


def as_shape(value: Any) -> Any:
    """A shape that JSON made a list of, as a tuple."""
    if isinstance(value, list) and all(entry is None or isinstance(entry, int) for entry in value):
        return tuple(value)
    return value


def serialized_policy(policy: DTypePolicy) -> dict[str, Any]:
    """A dtype policy as Keras writes it into configs."""
    return {"module": "keras", "class_name": "DTypePolicy", "config": policy.get_config(), "registered_name": None}

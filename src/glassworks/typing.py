"""The types of arguments and results that many modules share, in one line each.

Where anything at all may be passed (a leaf of a structure, an object to look at), the type is `object`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import EllipsisType, ModuleType
from typing import Any, Protocol, TypeAlias

import numpy as np

from glassworks.dtype_policy import DTypePolicy
from glassworks.graph.array import Array
from glassworks.graph.value import Symbolic
from glassworks.graph.variable import Variable


class SupportsArray(Protocol):
    """Objects that NumPy can read: its own arrays and numbers, DataFrames, tensors of other libraries."""

    def __array__(self) -> np.ndarray:
        """The same numbers as a NumPy array."""


Tensor: TypeAlias = Array | Symbolic
"""The results of ops: an array eagerly, a `Value` in a trace, a `KerasTensor` while a functional model is built."""

Scalar: TypeAlias = bool | int | float | complex
"""A number of Python; its dtype gives way to that of an array beside it."""

ArrayLike: TypeAlias = Tensor | Variable | SupportsArray | Scalar | Sequence["ArrayLike"]
"""The operands of ops: a tensor, a variable, what NumPy can read, a number, or nested sequences of these."""

Json: TypeAlias = dict[str, Any] | list[Any] | str | float | None
"""A value of JSON: None, a bool, a number, a text, or lists and dicts of these."""

Structure: TypeAlias = ArrayLike | Sequence["Structure"] | Mapping[Any, "Structure"] | None
"""Nested tuples, lists and dicts with arrays (or None) as leaves; one array is a structure, too."""

Data: TypeAlias = Structure | Iterable[Any]
"""The data of models: arrays nested in tuples, lists and dicts, tables, or something that gives batches."""

Index: TypeAlias = slice | EllipsisType | ArrayLike | tuple["Index", ...] | None
"""An index in `x[...]`."""

Axis: TypeAlias = int | Sequence[int] | None
"""One axis, several, or None for all; negative numbers count from the end."""

Sizes: TypeAlias = int | Sequence[int]
"""One size for all spatial axes, or one for each: kernels, strides, windows."""

Shape: TypeAlias = Sequence[int | None]
"""The size of each axis; None where it is not known, usually that of the batch."""

DTypeLike: TypeAlias = str | type | np.dtype | None
"""The name of a dtype, a type or dtype of NumPy, or None for the default."""

DTypePolicyLike: TypeAlias = DTypeLike | DTypePolicy
"""The dtype argument of layers: also a policy such as `"mixed_bfloat16"`, by name or as an object."""

Namespace: TypeAlias = ModuleType
"""The module that a primitive's `forward` computes with: `numpy` or `jax.numpy`."""

Initializer: TypeAlias = str | dict[str, Any] | type | Callable[..., ArrayLike] | None
"""A name such as `"glorot_uniform"`, a config, a class, or a function of (shape, dtype)."""

Activation: TypeAlias = str | dict[str, Any] | Callable[..., Tensor] | None
"""A name such as `"relu"`, a config, or a function of a tensor; None changes nothing."""

Regularizer: TypeAlias = str | dict[str, Any] | Callable[..., ArrayLike] | None
"""A name such as `"l2"`, a config, or a function that gives the penalty of a weight."""

Constraint: TypeAlias = str | dict[str, Any] | Callable[..., Tensor] | None
"""A name such as `"non_neg"`, a config, or a function that gives the nearest allowed weight."""

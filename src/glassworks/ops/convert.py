"""Conversion of users' arguments to arrays and graph values of one common dtype."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from glassworks import dtypes
from glassworks.errors import ArgumentError, ArgumentTypeError, warn
from glassworks.graph import Array, Spec, Symbolic, Value, Variable, apply, as_array, spec_of
from glassworks.graph.array import as_read_only
from glassworks.graph.sizes import as_ints
from glassworks.ops.primitives.cast import cast as cast_primitive
from glassworks.ops.primitives.joining import concatenate
from glassworks.ops.primitives.shape import reshape
from glassworks.typing import ArrayLike, Axis, Tensor

_SCALARS = (bool, int, float, complex)
# NumPy's scalars that are subclasses of Python's, and the dtype that they count as beside others.
_OF_DOUBLES = {np.float64: "floatx", np.complex128: "complex64"}
T = TypeVar("T")


def operand(x: ArrayLike, dtype: str | None = None) -> Tensor:
    """An `Array` or graph value for anything array-like, cast to `dtype` if given.

    Python scalars and nested lists of floats get `floatx()`, integers int32 (wider ones int64 or uint64); arrays keep their
    dtype. So do NumPy's scalars, except those that are Python floats, too: `np.sqrt(2.0)` has 64 bits without anyone asking for them.
    """
    if isinstance(x, Variable):
        x = x.value
    if isinstance(x, Value):
        return x if dtype is None or x.dtype == dtype else apply(cast_primitive, x, dtype=dtype)
    if isinstance(x, Array):
        return x if dtype is None or x.dtype == dtypes.numpy_dtype(dtype) else apply(cast_primitive, x, dtype=dtype)
    if isinstance(x, _SCALARS):
        if dtype is None and isinstance(x, int) and not -(2**31) <= x < 2**31:
            return as_array(x)
        dtype = dtype or dtypes.result_type(dtype_of(x))
        if type(x) is int and dtypes.is_integer(dtype) and not dtypes.smallest(dtype) <= x <= dtypes.largest(dtype):
            x = _wrapped(x, dtype)
        return as_array(x, dtypes.numpy_dtype(dtype))
    return _from_array_like(x, dtype)


def _wrapped(x: int, dtype: str) -> int:
    """An integer that does not fit into a dtype, modulo 2 to the number of its bits, as Keras takes it if it has 32 bits."""
    fix = "cast the array to a wider dtype first, for example ops.cast(x, 'int32')"
    if not -(2**31) <= x < 2**31:
        fix = fix.replace("int32", "int64")
        raise ArgumentError(f"the number {x} with an array of dtype {dtype}", f"{dtypes.smallest(dtype)} to {dtypes.largest(dtype)}", fix)
    bits = 8 * dtypes.numpy_dtype(dtype).itemsize
    low = dtypes.smallest(dtype)
    wrapped = int((x - low) % 2**bits + low)
    warn(f"the number {x} does not fit into the dtype {dtype} of the array beside it, and becomes {wrapped}, as in Keras: {fix}")
    return wrapped


def described(x: ArrayLike) -> Spec:
    """Shape and dtype of anything array-like."""
    # What has a dtype has a shape: arrays of other libraries need no conversion, and the type checker does not follow.
    return spec_of(x if hasattr(x, "dtype") else operand(x))  # type: ignore[arg-type]


def own_operand(x: ArrayLike, dtype: str | None = None) -> Tensor:
    """An operand that does not change when the user later writes to an array that was passed."""
    array = operand(x, dtype)
    made_here = isinstance(x, (Array, Variable, list, tuple, *_SCALARS))
    return array.copy() if isinstance(array, Array) and not made_here else array


def as_given(x: T) -> T | np.ndarray:
    """An argument stored by a layer: it does not change when the user later writes to an array that was passed."""
    return as_read_only(x) if isinstance(x, np.ndarray) else x


def _from_array_like(x: ArrayLike, dtype: str | None) -> Tensor:
    if isinstance(x, Symbolic):
        raise ArgumentTypeError(
            f"{x!r}", "an array or a value of the graph being traced", "a KerasTensor can be used only to build a Functional model"
        )
    if isinstance(x, np.ndarray):
        array = x
    elif isinstance(x, (list, tuple)) and any(isinstance(e, (Symbolic, Variable)) for e in x):
        return operand(_stacked(x), dtype)
    else:
        if hasattr(x, "detach") and hasattr(x, "cpu"):  # a PyTorch tensor
            x = x.detach().cpu().numpy()
        known = hasattr(x, "__array__") or isinstance(x, np.generic)
        array = np.asarray(x)
        if not known and (array.dtype.kind == "f" or (array.dtype.kind in "iu" and _fits_int32(array))):
            array = array.astype(dtypes.numpy_dtype(None if array.dtype.kind == "f" else "int32"))
    if array.dtype.kind not in "biufcV" or array.dtype.names:
        raise ArgumentTypeError(
            f"{type(x).__name__} with dtype {array.dtype}: {str(x)[:60]}",
            "numbers",
            "convert text and categories to numbers first, and make rows equally long",
        )
    if dtype is not None and array.dtype != dtypes.numpy_dtype(dtype):
        array = array.astype(dtypes.numpy_dtype(dtype))
    return as_array(array)


def _stacked(entries: Sequence[Any]) -> Tensor:
    """The entries of a list, of which some are symbolic, as one operand."""
    rows = promote(*(operand(entry) for entry in entries))
    return apply(concatenate, *(apply(reshape, row, shape=(1, *spec_of(row).shape)) for row in rows), axis=0)


def _fits_int32(array: np.ndarray) -> bool:
    return not array.size or (array.min() >= -(2**31) and array.max() < 2**31)


def dtype_of(x: ArrayLike) -> Any:
    """The dtype name of an operand; for Python scalars their (weak) type."""
    if isinstance(x, _SCALARS):
        return _OF_DOUBLES.get(type(x), type(x))
    if isinstance(x, (Symbolic, Variable)):
        return x.dtype
    if isinstance(x, np.ndarray):
        return x.dtype.name
    return operand(x).dtype if hasattr(x, "__len__") or hasattr(x, "dtype") else dtypes.standardize(None)


def promote(*xs: ArrayLike, at_least: type | str | None = None) -> list[Tensor]:
    """Operands cast to their common dtype, as Keras promotes.

    Args:
        at_least: A further dtype to promote with, such as `float` where the result must be floating.
    """
    xs = tuple(x if isinstance(x, _SCALARS) else operand(x) for x in xs)
    types = [dtype_of(x) for x in xs] + ([at_least] if at_least is not None else [])
    common = dtypes.result_type(*types)
    return [operand(x, common) for x in xs]


def without_bool(x: ArrayLike) -> Tensor:
    """An operand; booleans become int32, for ops that have no meaning on booleans."""
    x = operand(x)
    return operand(x, "int32") if dtype_of(x) == "bool" else x


def floating(*xs: ArrayLike) -> list[Tensor]:
    """Operands cast to a common floating dtype; integers become `floatx()`."""
    return promote(*xs, at_least=float)


def axes_of(axis: Axis, ndim: int, what: str = "axis") -> tuple[int, ...]:
    """Axes as a tuple of non-negative ints; None means all of them."""
    if axis is None:
        return tuple(range(ndim))
    listed = as_ints(axis, what)
    for entry in listed:
        if not -ndim <= entry < ndim:
            raise ArgumentError(
                f"{what}={axis} for an array with {ndim} axes",
                f"axes from {-ndim} to {ndim - 1}",
                "negative axes count from the end; the last is -1",
            )
    axes = tuple(int(entry) % ndim for entry in listed)
    if len(set(axes)) != len(axes):
        raise ArgumentError(f"{what}={axis}", "each axis once", "remove the repeated axis")
    return axes


def is_number_list(x: object) -> bool:
    """Whether x is a list of numbers, or of such lists: data, not a structure of arrays."""
    if isinstance(x, (list, tuple)):
        return bool(x) and all(is_number_list(entry) for entry in x)
    return isinstance(x, (int, float, np.number)) and not isinstance(x, np.ndarray)

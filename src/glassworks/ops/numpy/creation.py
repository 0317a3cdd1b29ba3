"""New arrays: zeros, ones, ranges, grids, and arrays like others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks import dtypes
from glassworks.errors import ArgumentError, GraphError
from glassworks.graph import Symbolic, apply, as_array, as_shape, op, spec_of
from glassworks.ops.convert import dtype_of, floating, operand, own_operand
from glassworks.ops.numpy.arithmetic import power
from glassworks.ops.numpy.mathematics import exp, log
from glassworks.ops.numpy.shaping import broadcast_to, moveaxis, reshape
from glassworks.ops.primitives import shape as shapes
from glassworks.typing import ArrayLike, DTypeLike, Scalar, Tensor

__all__ = [
    "arange",
    "array",
    "copy",
    "empty",
    "empty_like",
    "full",
    "full_like",
    "geomspace",
    "linspace",
    "logspace",
    "meshgrid",
    "ones",
    "ones_like",
    "zeros",
    "zeros_like",
]


def _numpy(dtype: DTypeLike) -> np.dtype:
    return dtypes.numpy_dtype(dtype)


def zeros(shape: int | Sequence[int], dtype: DTypeLike = None) -> Tensor:
    """Zeros of a shape; `floatx()` by default.

    >>> from glassworks import ops
    >>> ops.zeros((2, 3))
    Array([[0., 0., 0.],
           [0., 0., 0.]], dtype=float32)
    """
    return as_array(np.zeros(as_shape(shape), _numpy(dtype)))


def ones(shape: int | Sequence[int], dtype: DTypeLike = None) -> Tensor:
    """Ones of a shape; `floatx()` by default.

    >>> from glassworks import ops
    >>> ops.ones((2, 3), dtype="int32")
    Array([[1, 1, 1],
           [1, 1, 1]], dtype=int32)
    """
    return as_array(np.ones(as_shape(shape), _numpy(dtype)))


def empty(shape: int | Sequence[int], dtype: DTypeLike = None) -> Tensor:
    """An array of a shape with arbitrary numbers: zeros, so that runs are reproducible.

    >>> from glassworks import ops
    >>> ops.empty((2,)).shape
    (2,)
    """
    return zeros(shape, dtype)


@op
def full(shape: int | Sequence[int], fill_value: ArrayLike, dtype: DTypeLike = None) -> Tensor:
    """An array with one value in all positions.

    Args:
        shape: The shape.
        fill_value: A number, or an array that broadcasts to the shape.
        dtype: By default the dtype of the value: `floatx()` for a Python float.

    >>> from glassworks import ops
    >>> ops.full((2, 2), 7.0)
    Array([[7., 7.],
           [7., 7.]], dtype=float32)
    """
    value = operand(fill_value, dtypes.standardize(dtype) if dtype is not None else None)
    # A copy, because NumPy's broadcast array is read-only.
    return apply(shapes.copy, apply(shapes.broadcast_to, value, shape=as_shape(shape)))


@op
def zeros_like(x: ArrayLike, dtype: DTypeLike = None) -> Tensor:
    """Zeros in the shape and dtype of x.

    >>> from glassworks import ops
    >>> ops.zeros_like([1, 2])
    Array([0, 0], dtype=int32)
    """
    return zeros(spec_of(operand(x)).shape, dtype or spec_of(operand(x)).dtype)


@op
def ones_like(x: ArrayLike, dtype: DTypeLike = None) -> Tensor:
    """Ones in the shape and dtype of x.

    >>> from glassworks import ops
    >>> ops.ones_like([1, 2])
    Array([1, 1], dtype=int32)
    """
    return ones(spec_of(operand(x)).shape, dtype or spec_of(operand(x)).dtype)


@op
def empty_like(x: ArrayLike, dtype: DTypeLike = None) -> Tensor:
    """Zeros in the shape and dtype of x.

    >>> from glassworks import ops
    >>> ops.empty_like([1, 2]).shape
    (2,)
    """
    return zeros_like(x, dtype)


@op
def full_like(x: ArrayLike, fill_value: ArrayLike, dtype: DTypeLike = None) -> Tensor:
    """An array with one value in the shape and dtype of x.

    >>> from glassworks import ops
    >>> ops.full_like([1.0, 2.0], 7)
    Array([7., 7.], dtype=float32)
    """
    spec = spec_of(operand(x))
    return full(spec.shape, fill_value, dtype or spec.dtype)


@op
def array(x: ArrayLike, dtype: DTypeLike = None) -> Tensor:
    """Any array-like as a new array.

    >>> from glassworks import ops
    >>> ops.array([1, 2], dtype="float32")
    Array([1., 2.], dtype=float32)
    """
    return own_operand(x, dtypes.standardize(dtype) if dtype is not None else None)


@op
def copy(x: ArrayLike) -> Tensor:
    """A copy of the array.

    >>> from glassworks import ops
    >>> ops.copy([1.0, 2.0])
    Array([1., 2.], dtype=float32)
    """
    return apply(shapes.copy, operand(x))


def _number(x: Any, where: str) -> Any:
    """A bound of a range as a number; it sets the size, so it must be known."""
    if isinstance(x, Symbolic):
        raise GraphError(
            f"the bound {x!r} that depends on values of a graph",
            "real numbers, since they set the size",
            "use sizes of shapes, which are known",
            where=where,
        )
    return x.item() if isinstance(x, np.ndarray) and x.ndim == 0 else x


def arange(start: Scalar, stop: Scalar | None = None, step: Scalar | None = None, dtype: DTypeLike = None) -> Tensor:
    """start, start + step, ... up to, but not including, stop; from 0 if only one number is given.

    Args:
        start, stop: The ends.
        step: 1 by default; negative to count down.
        dtype: By default int32, or `floatx()` if one of the numbers is a float.

    >>> from glassworks import ops
    >>> ops.arange(2, 8, 2)
    Array([2, 4, 6], dtype=int32)
    """
    types = [dtype_of(bound) for bound in (start, stop, step) if bound is not None]
    name = dtypes.standardize(dtype) if dtype is not None else dtypes.result_type(*types)
    first, last, step = (_number(bound, "ops.arange") for bound in (start, stop, 1 if step is None else step))
    bounds: Any = (0, first) if stop is None else (first, last)
    if step == 0:
        raise ArgumentError("step=0", "a step that leads from start to stop", "use 1 or -1", where="ops.arange")
    # Computed in float64 first: half-precision numbers represent few integers.
    counted = np.arange(*bounds, step, None if dtypes.is_float(name) else _numpy(name))  # type: ignore[call-overload]
    return as_array(counted.astype(_numpy(name)))


@op
def linspace(
    start: ArrayLike, stop: ArrayLike, num: int = 50, endpoint: bool = True, retstep: bool = False, dtype: DTypeLike = None, axis: int = 0
) -> Tensor:
    """`num` equally spaced numbers from start to stop.

    Args:
        start, stop: Numbers, or arrays that broadcast: the steps get a new axis.
        num: The number of entries.
        endpoint: Whether stop is the last entry.
        retstep: Whether to return the distance of two entries, too.
        dtype: `floatx()` by default.
        axis: The position of the axis of the steps.

    >>> from glassworks import ops
    >>> ops.linspace(0, 1, num=5)
    Array([0.  , 0.25, 0.5 , 0.75, 1.  ], dtype=float32)
    """
    name = dtypes.standardize(dtype) if dtype is not None else dtypes.result_type(dtype_of(start), dtype_of(stop), float)
    working = name if dtypes.is_float(name) else "float64"
    start, stop = operand(start, working), operand(stop, working)
    gaps = num - 1 if endpoint else num
    shares = as_array(
        np.reshape(np.arange(num) / max(gaps, 1), (num, *[1] * max(len(spec_of(start).shape), len(spec_of(stop).shape)))).astype(
            _numpy(working)
        )
    )
    # Computed from both ends, so that the first and the last entry are exact.
    points = start * (1 - shares) + stop * shares
    points = operand(moveaxis(points, 0, axis) if axis else points, name)
    return (points, (stop - start) / (gaps or float("nan"))) if retstep else points  # type: ignore[return-value]  # a pair with retstep


@op
def logspace(
    start: ArrayLike, stop: ArrayLike, num: int = 50, endpoint: bool = True, base: float = 10, dtype: DTypeLike = None, axis: int = 0
) -> Tensor:
    """Numbers whose logarithms are equally spaced: from base ** start to base ** stop.

    >>> from glassworks import ops
    >>> ops.logspace(0, 2, num=3)
    Array([  1.,  10., 100.], dtype=float32)
    """
    exponents = linspace(start, stop, num, endpoint, axis=axis)
    powers = power(operand(base, spec_of(exponents).dtype), exponents)
    return powers if dtype is None else operand(powers, dtypes.standardize(dtype))


@op
def geomspace(start: ArrayLike, stop: ArrayLike, num: int = 50, endpoint: bool = True, dtype: DTypeLike = None, axis: int = 0) -> Tensor:
    """Numbers from start to stop, each the same multiple of the one before. Both ends have the same sign.

    >>> from glassworks import ops
    >>> ops.round(ops.geomspace(1, 1000, num=4), 2)
    Array([   1.,   10.,  100., 1000.], dtype=float32)
    """
    start, stop = floating(start, stop)
    negative = start < 0
    sign = operand(negative, spec_of(start).dtype) * -2.0 + 1.0
    numbers = sign * exp(linspace(log(start * sign), log(stop * sign), num, endpoint, axis=axis))
    return numbers if dtype is None else operand(numbers, dtypes.standardize(dtype))


def meshgrid(*x: ArrayLike, indexing: str = "xy") -> list[Tensor]:
    """Coordinates of a grid: for each given row an array over the whole grid.

    Args:
        x: Rows of coordinates.
        indexing: `"xy"`: the first row runs along the second axis; `"ij"`: along the first.

    >>> from glassworks import ops
    >>> ops.meshgrid([1, 2], [10, 20])
    [Array([[1, 2],
           [1, 2]], dtype=int32), Array([[10, 10],
           [20, 20]], dtype=int32)]
    """
    if indexing not in ("xy", "ij"):
        raise ArgumentError(f"indexing={indexing!r}", "'xy' or 'ij'", where="ops.meshgrid")
    rows = [reshape(axis_values, (-1,)) for axis_values in x]
    places = [1, 0, *range(2, len(rows))] if indexing == "xy" and len(rows) > 1 else list(range(len(rows)))
    sizes = [0] * len(rows)
    for row, place in zip(rows, places, strict=True):
        sizes[place] = spec_of(row).shape[0]
    return [
        broadcast_to(reshape(row, tuple(-1 if i == place else 1 for i in range(len(rows)))), tuple(sizes))
        for row, place in zip(rows, places, strict=True)
    ]

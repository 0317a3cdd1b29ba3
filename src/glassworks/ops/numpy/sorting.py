"""Sorting, search in sorted arrays, unique numbers, running sums and products."""

from __future__ import annotations

import numpy as np

from glassworks import dtypes
from glassworks.errors import ArgumentError, GraphError, ShapeError
from glassworks.graph import Array, Symbolic, apply, as_array, op, spec_of
from glassworks.ops.convert import axes_of, operand, promote
from glassworks.ops.numpy.comparison import isnan, where
from glassworks.ops.numpy.indexing import take_along_axis
from glassworks.ops.numpy.shaping import ravel
from glassworks.ops.primitives import joining, sorting
from glassworks.ops.primitives.shapes import constant_like
from glassworks.typing import ArrayLike, DTypeLike, Scalar, Tensor

__all__ = ["argpartition", "argsort", "cumprod", "cumsum", "digitize", "nancumprod", "nancumsum", "searchsorted", "sort", "unique"]


@op
def argsort(x: ArrayLike, axis: int | None = -1) -> Tensor:
    """Indices (int32) that sort along an axis, smallest first; equal entries keep their order.

    >>> from glassworks import ops
    >>> ops.argsort([3.0, 1.0, 2.0])
    Array([1, 2, 0], dtype=int32)
    """
    x = operand(x) if axis is not None and spec_of(operand(x)).shape else ravel(x)
    return apply(sorting.argsort, x, axis=axes_of(-1 if axis is None else axis, len(spec_of(x).shape))[0])


@op
def argpartition(x: ArrayLike, kth: int, axis: int | None = -1) -> Tensor:
    """Indices (int32) that move the entry of rank `kth` to its position, smaller ones before it, larger ones after.

    The order within the two parts is not promised; it is sorted here.

    >>> from glassworks import ops
    >>> ops.argpartition([3.0, 1.0, 2.0], kth=1)
    Array([1, 2, 0], dtype=int32)
    """
    return argsort(x, axis)


@op
def sort(x: ArrayLike, axis: int = -1) -> Tensor:
    """The array sorted along an axis, smallest first, nan last.

    >>> from glassworks import ops
    >>> ops.sort([3.0, 1.0, 2.0])
    Array([1., 2., 3.], dtype=float32)
    """
    x = operand(x) if axis is not None else ravel(x)
    axis = -1 if axis is None else axis
    return take_along_axis(x, argsort(x, axis), axis=axis)


@op
def searchsorted(sorted_sequence: ArrayLike, values: ArrayLike, side: str = "left") -> Tensor:
    """The indices (int32) at which the values must be inserted to keep a sorted array sorted.

    Args:
        sorted_sequence: One axis, sorted.
        values: Any shape.
        side: The side of equal entries: `"left"` or `"right"`.

    >>> from glassworks import ops
    >>> ops.searchsorted([1.0, 2.0, 3.0], [2.0, 9.0])
    Array([1, 3], dtype=int32)
    """
    row, values = promote(sorted_sequence, values)
    if side not in ("left", "right"):
        raise ArgumentError(f"side={side!r}", "'left' or 'right'")
    if len(spec_of(row).shape) != 1:
        raise ShapeError(f"a sorted sequence of shape {tuple(spec_of(row).shape)}", "one axis", "use ops.vectorized_map for several rows")
    return apply(sorting.search_sorted, row, values, side=side)


@op
def digitize(x: ArrayLike, bins: ArrayLike) -> Tensor:
    """The bin (int32) that each number falls into: i where `bins[i-1] <= x < bins[i]`.

    Args:
        x: Any shape.
        bins: The rising borders of the bins, one axis.

    >>> from glassworks import ops
    >>> ops.digitize([0.5, 1.0, 7.0], bins=[1.0, 2.0, 3.0])
    Array([0, 1, 3], dtype=int32)
    """
    return searchsorted(bins, x, side="right")


def unique(
    x: ArrayLike,
    sorted: bool = True,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    size: int | None = None,
    fill_value: Scalar | None = None,
) -> Array | tuple[Array, ...]:
    """The distinct numbers, sorted. Not in a graph: their count depends on the data.

    Args:
        x: Any numbers.
        sorted: Ignored: they are always sorted.
        return_index: Whether to return the first index of each, too.
        return_inverse: Whether to return the index into the result of each number of x, too.
        return_counts: Whether to return the count of each, too.
        axis: Compare whole slices along this axis; the flattened array by default.
        size: The size to which the result is truncated or padded.
        fill_value: The padding; the smallest number by default.

    >>> from glassworks import ops
    >>> values, counts = ops.unique([3, 1, 3], return_counts=True)
    >>> values, counts
    (Array([1, 3], dtype=int32), Array([1, 2], dtype=int32))
    """
    x = operand(x)
    if isinstance(x, Symbolic):
        raise GraphError(
            "unique in a graph",
            "real numbers, since the size of the result depends on them",
            "compute it eagerly, before training",
            where="ops.unique",
        )
    plain = np.asarray(x)
    values, first, inverse, counts = np.unique(plain, True, True, True, axis=axis, equal_nan=False)
    place = axis or 0
    if size is not None:
        missing = max(size - values.shape[place], 0)
        keep = tuple(slice(size) if i == place else slice(None) for i in range(values.ndim))
        widths = [(0, missing) if i == place else (0, 0) for i in range(values.ndim)]
        fill = values.min() if fill_value is None and values.size else fill_value or 0
        values = np.pad(values[keep], widths, constant_values=fill)
        first, counts = (np.pad(result[:size], (0, missing), constant_values=other) for result, other in ((first, first[0]), (counts, 0)))
    wanted = (
        (first, return_index),
        (inverse.reshape(plain.shape) if axis is None else inverse.ravel(), return_inverse),
        (counts, return_counts),
    )
    more = [as_array(result.astype("int32")) for result, asked in wanted if asked]
    return (as_array(values), *more) if more else as_array(values)


def _rows(x: ArrayLike, axis: int | None, dtype: DTypeLike) -> tuple[Tensor, int]:
    """The operand of a running sum or product, and its axis."""
    x = operand(x, dtypes.standardize(dtype) if dtype is not None else None)
    if spec_of(x).dtype == "bool":
        x = operand(x, "int32")
    if axis is None:
        x, axis = ravel(x), 0
    return x, axes_of(axis, len(spec_of(x).shape))[0]


@op
def cumsum(x: ArrayLike, axis: int | None = None, dtype: DTypeLike = None) -> Tensor:
    """Running sums along an axis; of the flattened array if `axis` is None.

    >>> from glassworks import ops
    >>> ops.cumsum([1.0, 2.0, 3.0])
    Array([1., 3., 6.], dtype=float32)
    """
    x, place = _rows(x, axis, dtype)
    return apply(sorting.cumulative_sum, x, axis=place)


@op
def cumprod(x: ArrayLike, axis: int | None = None, dtype: DTypeLike = None) -> Tensor:
    """Running products along an axis; of the flattened array if `axis` is None.

    >>> from glassworks import ops
    >>> ops.cumprod([1.0, 2.0, 3.0])
    Array([1., 2., 6.], dtype=float32)
    """
    x, place = _rows(x, axis, dtype)
    shape = spec_of(x).shape
    # Each round multiplies entries at twice the distance of the last one (Hillis and Steele, 1986): gradients need no division.
    step = 1
    while step < (shape[place] or 0):
        ones = np.ones((*shape[:place], step, *shape[place + 1 :]), dtypes.numpy_dtype(spec_of(x).dtype))
        back = tuple((None, -step, 1) if i == place else (None, None, 1) for i in range(len(shape)))
        x = x * apply(joining.concatenate, ones, apply(joining.take_slices, x, slices=back), axis=place)
        step *= 2
    return x


@op
def nancumsum(x: ArrayLike, axis: int | None = None, dtype: DTypeLike = None) -> Tensor:
    """Running sums along an axis, nan counting as 0.

    >>> from glassworks import ops
    >>> ops.nancumsum([1.0, float("nan"), 3.0])
    Array([1., 1., 4.], dtype=float32)
    """
    x = operand(x)
    return cumsum(where(isnan(x), constant_like(0, x), x), axis, dtype)


@op
def nancumprod(x: ArrayLike, axis: int | None = None, dtype: DTypeLike = None) -> Tensor:
    """Running products along an axis, nan counting as 1.

    >>> from glassworks import ops
    >>> ops.nancumprod([2.0, float("nan"), 3.0])
    Array([2., 2., 6.], dtype=float32)
    """
    x = operand(x)
    return cumprod(where(isnan(x), constant_like(1, x), x), axis, dtype)

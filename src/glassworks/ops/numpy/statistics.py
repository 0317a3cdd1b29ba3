"""Statistics: medians and other quantiles, correlations, counts per bin, differences, areas."""

from __future__ import annotations

import math

import numpy as np

from glassworks import dtypes
from glassworks.errors import ArgumentError, GraphError, ShapeError
from glassworks.graph import Symbolic, apply, op, spec_of
from glassworks.graph.sizes import is_int
from glassworks.ops.convert import axes_of, floating, operand
from glassworks.ops.indices import signed
from glassworks.ops.numpy.arithmetic import ceil, clip, floor, refuse_complex, round
from glassworks.ops.numpy.comparison import isnan, not_equal, where
from glassworks.ops.numpy.complex import conjugate
from glassworks.ops.numpy.indexing import take, take_along_axis
from glassworks.ops.numpy.linear import matmul
from glassworks.ops.numpy.mathematics import sqrt
from glassworks.ops.numpy.reduction import any as any_of
from glassworks.ops.numpy.reduction import max as max_over
from glassworks.ops.numpy.reduction import mean
from glassworks.ops.numpy.reduction import min as min_over
from glassworks.ops.numpy.reduction import sum as sum_over
from glassworks.ops.numpy.shaping import moveaxis, reshape
from glassworks.ops.numpy.sorting import searchsorted, sort
from glassworks.ops.primitives import index, joining
from glassworks.ops.primitives.reduce import reduced_shape
from glassworks.typing import ArrayLike, Axis, Tensor

__all__ = [
    "bincount",
    "corrcoef",
    "correlate",
    "diff",
    "histogram",
    "median",
    "nanmedian",
    "nanpercentile",
    "nanquantile",
    "percentile",
    "quantile",
    "trapezoid",
]

METHODS = ("linear", "lower", "higher", "midpoint", "nearest")


def _wide(x: ArrayLike | Tensor) -> str:
    """The dtype for positions among the numbers of x: 16-bit floats cannot count long rows."""
    return "float64" if spec_of(floating(x)[0]).dtype == "float64" else "float32"


def _quantile(x: ArrayLike, q: ArrayLike, axis: Axis, method: str, keepdims: bool, skip_nan: bool) -> Tensor:
    if method not in METHODS:
        raise ArgumentError(f"method={method!r}", f"one of {METHODS}", "'linear' interpolates between the two nearest numbers")
    (x,) = floating(x)
    wide = _wide(x)
    q = operand(q, wide)
    shape = spec_of(x).shape
    axes = tuple(sorted(axes_of(axis, len(shape))))
    kept = [size for i, size in enumerate(shape) if i not in axes]
    count = math.prod(shape[i] or 0 for i in axes)
    result = (*spec_of(q).shape, *reduced_shape(shape, axes, keepdims))
    if not count:  # as the mean of an empty row
        return operand(np.full(result, np.nan), spec_of(x).dtype)
    rows = sort(reshape(moveaxis(x, axes, tuple(range(-len(axes), 0))) if axes else x, (*kept, count)))
    missing = isnan(rows)
    # One row of the result per q; nan was sorted to the end.
    last = operand(count - 1, wide)
    if skip_nan:
        last = sum_over(where(missing, operand(0, wide), 1), axis=-1, keepdims=True) - 1
    position = reshape(q, (-1,)) * last
    position = position + operand(np.zeros((*kept, 1)), wide)
    if method == "nearest":
        position = round(position)
    below = floor(position)
    share = position - below
    places = (operand(clip(p, 0, count - 1), "int32") for p in (below, ceil(position)))
    low, high = (operand(take_along_axis(rows, place, axis=-1), wide) for place in places)
    # 0 times an infinite number must count as 0 here, and the difference of two infinite numbers is nan.
    above = where(share > 0, high, operand(0, wide))
    mixed = {"linear": lambda: low * (1 - share) + above * share, "midpoint": lambda: (low + high) / 2, "higher": lambda: high}
    quantiles = mixed.get(method, lambda: low)()
    unknown = position < 0 if skip_nan else any_of(missing, axis=-1, keepdims=True)
    quantiles = moveaxis(where(unknown, operand(np.nan, wide), quantiles), -1, 0)
    return reshape(operand(quantiles, spec_of(x).dtype), result)


@op
def quantile(x: ArrayLike, q: ArrayLike, axis: Axis = None, method: str = "linear", keepdims: bool = False) -> Tensor:
    """The q-quantile over axes: the number below which a fraction q of all numbers lies.

    Args:
        x: Any numbers; nan if one of them is. Integers become `floatx()`.
        q: Fractions from 0 to 1; an array of them adds leading axes to the result.
        axis: An axis or several; all of them by default.
        method: Between two numbers take: `"linear"` interpolation, the `"lower"`, the `"higher"`, the `"nearest"`, or the `"midpoint"`.
        keepdims: Whether to keep the reduced axes with size 1.

    >>> from glassworks import ops
    >>> ops.quantile([1.0, 2.0, 3.0, 4.0], [0.5, 1.0])
    Array([2.5, 4. ], dtype=float32)
    """
    return _quantile(x, q, axis, method, keepdims, skip_nan=False)


@op
def nanquantile(x: ArrayLike, q: ArrayLike, axis: Axis = None, method: str = "linear", keepdims: bool = False) -> Tensor:
    """The `quantile` over axes, nan left out.

    >>> from glassworks import ops
    >>> ops.nanquantile([1.0, float("nan"), 3.0], 0.5)
    Array(2., dtype=float32)
    """
    return _quantile(x, q, axis, method, keepdims, skip_nan=True)


@op
def percentile(x: ArrayLike, q: ArrayLike, axis: Axis = None, method: str = "linear", keepdims: bool = False) -> Tensor:
    """The q-th percentile: `quantile` with q from 0 to 100.

    >>> from glassworks import ops
    >>> ops.percentile([1.0, 2.0, 3.0, 4.0], 50)
    Array(2.5, dtype=float32)
    """
    return quantile(x, operand(q, _wide(x)) / 100.0, axis, method, keepdims)


@op
def nanpercentile(x: ArrayLike, q: ArrayLike, axis: Axis = None, method: str = "linear", keepdims: bool = False) -> Tensor:
    """The `percentile` over axes, nan left out.

    >>> from glassworks import ops
    >>> ops.nanpercentile([1.0, float("nan"), 3.0], 50)
    Array(2., dtype=float32)
    """
    return nanquantile(x, operand(q, _wide(x)) / 100.0, axis, method, keepdims)


@op
def median(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The median over axes: the middle number, or the mean of the two in the middle.

    >>> from glassworks import ops
    >>> ops.median([1.0, 9.0, 2.0])
    Array(2., dtype=float32)
    """
    return quantile(x, 0.5, axis, "linear", keepdims)


@op
def nanmedian(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The `median` over axes, nan left out.

    >>> from glassworks import ops
    >>> ops.nanmedian([1.0, float("nan"), 2.0])
    Array(1.5, dtype=float32)
    """
    return nanquantile(x, 0.5, axis, "linear", keepdims)


@op
def corrcoef(x: ArrayLike) -> Tensor:
    """The correlation of each row with each row: shape (variables, observations) gives (variables, variables).

    >>> from glassworks import ops
    >>> ops.corrcoef([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]])
    Array([[ 1., -1.],
           [-1.,  1.]], dtype=float32)
    """
    (x,) = floating(x)
    rank = len(spec_of(x).shape)
    if rank > 2:
        raise ShapeError(
            f"an array of shape {tuple(spec_of(x).shape)}", "at most two axes: variables, observations", "reshape it to a matrix"
        )
    rows = reshape(x, (1, -1)) if rank < 2 else x
    centred = rows - mean(rows, axis=1, keepdims=True)
    products = matmul(centred, moveaxis(centred, 0, 1))
    spread = sqrt(sum_over(centred * centred, axis=1, keepdims=True))
    correlations = clip(products / spread / reshape(spread, (1, -1)), -1, 1)
    return correlations if rank == 2 else reshape(correlations, ())


@op
def correlate(x1: ArrayLike, x2: ArrayLike, mode: str = "valid") -> Tensor:
    """The sums of products of two rows for each shift of one against the other, in a floating dtype; complex x2 are conjugated.

    Args:
        x1, x2: One axis each.
        mode: `"valid"` for shifts where they overlap completely, `"full"` for all shifts, `"same"` for as many as the longer row has.

    >>> from glassworks import ops
    >>> ops.correlate([1.0, 2.0, 3.0], [0.0, 1.0])
    Array([2., 3.], dtype=float32)
    """
    x1, x2 = floating(x1, x2)
    if len(spec_of(x1).shape) != 1 or len(spec_of(x2).shape) != 1:
        raise ShapeError(
            f"shapes {tuple(spec_of(x1).shape)} and {tuple(spec_of(x2).shape)}", "one axis each", "flatten them with ops.ravel"
        )
    if mode not in ("valid", "same", "full"):
        raise ArgumentError(f"mode={mode!r}", "'valid', 'same' or 'full'")
    first, second = spec_of(x1).shape[0], spec_of(x2).shape[0]
    windows = np.arange(first + second - 1)[:, None] + np.arange(second)[None, :]
    padded = apply(joining.place_slices, x1, slices=((second - 1, second - 1 + first, 1),), shape=(first + 2 * (second - 1),))
    full = matmul(take(padded, windows.astype("int32"), axis=0), conjugate(x2))
    shorter, longer = min(first, second), max(first, second)
    if mode == "valid":
        return full[shorter - 1 : longer]
    # With an even number of shifts the middle belongs to the later half, as in NumPy.
    start = (shorter - 1) // 2 if first >= second else shorter // 2
    return full[start : start + longer] if mode == "same" else full


@op
def diff(a: ArrayLike, n: int = 1, axis: int = -1) -> Tensor:
    """The difference of each entry from the one before it along an axis, taken n times; for booleans, whether they differ.

    >>> from glassworks import ops
    >>> ops.diff([1.0, 4.0, 9.0])
    Array([3., 5.], dtype=float32)
    """
    a = operand(a)
    rank = len(spec_of(a).shape)
    place = axes_of(axis, rank)[0]
    for _ in range(n):
        after, before = (
            apply(joining.take_slices, a, slices=tuple((*bounds, 1) if i == place else (None, None, 1) for i in range(rank)))
            for bounds in ((1, None), (None, -1))
        )
        a = not_equal(after, before) if spec_of(a).dtype == "bool" else after - before
    return a


@op
def trapezoid(y: ArrayLike, x: ArrayLike | None = None, dx: ArrayLike = 1.0, axis: int = -1) -> Tensor:
    """The area under points joined by straight lines, along an axis.

    Args:
        y: The heights.
        x: The positions, in the shape of y or one per entry of the axis; evenly spaced by default.
        dx: The distance of evenly spaced positions.
        axis: The axis.

    >>> from glassworks import ops
    >>> ops.trapezoid([1.0, 2.0, 3.0])
    Array(4., dtype=float32)
    """
    (y,) = floating(y)
    y = moveaxis(y, axis, -1)
    if x is not None:
        x = floating(x)[0]
        dx = diff(moveaxis(x, axis, -1) if len(spec_of(x).shape) > 1 else x)
    return sum_over((y[..., 1:] + y[..., :-1]) * dx, axis=-1) / 2


@op
def bincount(x: ArrayLike, weights: ArrayLike | None = None, minlength: int = 0, sparse: bool = False) -> Tensor:
    """The count of each integer from 0 on, or the sum of the weights of its occurrences.

    Args:
        x: Numbers from 0, shape (n,), or (batch, n) for counts of each row.
        weights: A weight per number.
        minlength: The least size of the result; in a graph it is the size, and larger numbers are left out.

    >>> from glassworks import ops
    >>> ops.bincount([1, 1, 3])
    Array([0, 2, 0, 1], dtype=int32)
    """
    x = operand(x)
    rank = len(spec_of(x).shape)
    if rank not in (1, 2):
        raise ShapeError(f"an array of shape {tuple(spec_of(x).shape)}", "(n,) or (batch, n)", "flatten it with ops.ravel")
    length = minlength
    if not isinstance(x, Symbolic):
        length = max(length, int(np.asarray(x).max()) + 1 if x.size else 0)
    elif not minlength:
        raise GraphError("bincount without minlength in a graph", "a size that does not depend on the numbers", "pass minlength=...")
    weights = operand(np.ones(spec_of(x).shape, "int32")) if weights is None else operand(weights)
    if rank == 1:
        empty = np.zeros(length, dtypes.numpy_dtype(spec_of(weights).dtype))
        return apply(index.scatter, empty, signed(x), weights, reduction="add")
    hits = apply(index.one_hot, signed(x), classes=length, dtype=spec_of(weights).dtype)
    return sum_over(hits * reshape(weights, (*spec_of(weights).shape, 1)), axis=1)


def _borders(low: ArrayLike, high: ArrayLike, bins: int) -> Tensor:
    """The borders of bins of equal width, in float64: numbers that lie on a border must not fall below it by rounding."""
    low, high = operand(low, "float64"), operand(high, "float64")
    distinct = low < high
    low, high = where(distinct, low, low - 0.5), where(distinct, high, high + 0.5)
    place = np.arange(bins + 1, dtype="float64")
    return where(place == bins, high, low + place * ((high - low) / bins))


@op
def histogram(x: ArrayLike, bins: int = 10, range: tuple[float, float] | None = None) -> tuple[Tensor, Tensor]:
    """The counts of numbers in `bins` bins of equal width (the last includes its right border), and the borders.

    Args:
        x: Any shape; flattened.
        bins: The number of bins.
        range: The outer borders; the smallest and the largest number by default.

    >>> from glassworks import ops
    >>> counts, edges = ops.histogram([1.0, 2.0, 2.5, 4.0], bins=3)
    >>> counts, edges
    (Array([1., 2., 1.], dtype=float32), Array([1., 2., 3., 4.], dtype=float32))
    """
    (x,) = floating(x)
    refuse_complex("histogram", x)
    if not is_int(bins) or bins < 1:
        raise ArgumentError(f"bins={bins!r}", "a positive integer", "pass how many bins there are", where="ops.histogram")
    if range is not None and not range[0] <= range[1]:
        raise ArgumentError(f"range={range!r}", "(low, high) with low <= high", "swap them", where="ops.histogram")
    if range is None:
        low, high = (min_over(x), max_over(x)) if spec_of(x).size else (0.0, 1.0)
    else:
        low, high = range
    bins = int(bins)
    edges = operand(_borders(low, high, bins), spec_of(x).dtype)
    flat = reshape(x, (-1,))
    place = searchsorted(edges, flat, side="right") - 1
    place = where(flat == edges[-1], bins - 1, place)
    counts = apply(index.scatter, np.zeros(bins, "int32"), place, np.ones(spec_of(flat).shape, "int32"), reduction="add")
    return operand(counts, spec_of(x).dtype), edges

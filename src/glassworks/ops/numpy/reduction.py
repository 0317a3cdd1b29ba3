"""Reductions over axes: sums, products, means, extremes. `axis` is an int, several, or None for all of them."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from glassworks import dtypes
from glassworks.errors import ShapeError
from glassworks.graph import Primitive, apply, op, spec_of
from glassworks.ops.convert import axes_of, floating, operand
from glassworks.ops.numpy.arithmetic import maximum, minimum, square
from glassworks.ops.numpy.comparison import equal, isnan, not_equal, where
from glassworks.ops.numpy.mathematics import sqrt
from glassworks.ops.primitives import reduce, shape
from glassworks.typing import ArrayLike, Axis, DTypeLike, Tensor

__all__ = [
    "all",
    "amax",
    "amin",
    "any",
    "argmax",
    "argmin",
    "average",
    "count_nonzero",
    "max",
    "mean",
    "min",
    "nanargmax",
    "nanargmin",
    "nanmax",
    "nanmean",
    "nanmin",
    "nanprod",
    "nanstd",
    "nansum",
    "nanvar",
    "prod",
    "ptp",
    "std",
    "sum",
    "var",
]


def _axes(x: Tensor, axis: Axis) -> tuple[int, ...]:
    return tuple(sorted(axes_of(axis, len(spec_of(x).shape))))


def _accumulating(x: ArrayLike) -> Tensor:
    """The operand, with booleans and small integers in 32 bits, as in Keras."""
    x = operand(x)
    dtype = spec_of(x).dtype
    if dtype in ("bool", "int8", "int16"):
        return operand(x, "int32")
    return operand(x, "uint32") if dtype in ("uint8", "uint16") else x


@op
def sum(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The sum over axes. Booleans and small integers are added up in 32 bits.

    Args:
        x: Any numbers.
        axis: An axis or several; all of them by default.
        keepdims: Whether to keep the reduced axes with size 1.

    >>> from glassworks import ops
    >>> ops.sum([[1.0, 2.0], [3.0, 4.0]], axis=0)
    Array([4., 6.], dtype=float32)
    """
    x = _accumulating(x)
    return apply(reduce.reduce_sum, x, axes=_axes(x, axis), keepdims=keepdims)


@op
def prod(x: ArrayLike, axis: Axis = None, keepdims: bool = False, dtype: DTypeLike = None) -> Tensor:
    """The product over axes; its gradient is right where factors are 0 too.

    Args:
        x: Any numbers.
        axis: An axis or several; all of them by default.
        keepdims: Whether to keep the reduced axes with size 1.
        dtype: The dtype to multiply in; that of x by default, at least 32 bits for integers.

    >>> from glassworks import ops
    >>> ops.prod([[1.0, 2.0], [3.0, 4.0]], axis=0)
    Array([3., 8.], dtype=float32)
    """
    x = _accumulating(x) if dtype is None else operand(x, dtypes.standardize(dtype))
    return apply(reduce.reduce_product, x, axes=_axes(x, axis), keepdims=keepdims)


@op
def mean(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The mean over axes; integers become `floatx()`.

    >>> from glassworks import ops
    >>> ops.mean([[1, 2], [3, 4]], axis=0)
    Array([2., 3.], dtype=float32)
    """
    (x,) = floating(x)
    return apply(reduce.reduce_mean, x, axes=_axes(x, axis), keepdims=keepdims)


def _extreme(
    primitive: Primitive, pairwise: Callable[..., Tensor], x: ArrayLike, axis: Axis, keepdims: bool, initial: ArrayLike | None
) -> Tensor:
    x = operand(x)
    axes = _axes(x, axis)
    if initial is not None:
        initial = operand(initial, spec_of(x).dtype)
        if not math.prod(spec_of(x).shape[i] or 0 for i in axes):
            return apply(shape.broadcast_to, initial, shape=reduce.reduced_shape(spec_of(x).shape, axes, keepdims))
    result = apply(primitive, x, axes=axes, keepdims=keepdims)
    return result if initial is None else pairwise(result, initial)


@op
def max(x: ArrayLike, axis: Axis = None, keepdims: bool = False, initial: ArrayLike | None = None) -> Tensor:
    """The largest over axes; equal entries share the gradient.

    Args:
        x: Any numbers; at least one per result, or `initial`.
        axis: An axis or several; all of them by default.
        keepdims: Whether to keep the reduced axes with size 1.
        initial: The smallest possible result.

    >>> from glassworks import ops
    >>> ops.max([[1.0, 9.0], [3.0, 4.0]], axis=1)
    Array([9., 4.], dtype=float32)
    """
    return _extreme(reduce.reduce_max, maximum, x, axis, keepdims, initial)


@op
def min(x: ArrayLike, axis: Axis = None, keepdims: bool = False, initial: ArrayLike | None = None) -> Tensor:
    """The smallest over axes; equal entries share the gradient.

    Args:
        x: Any numbers; at least one per result, or `initial`.
        axis: An axis or several; all of them by default.
        keepdims: Whether to keep the reduced axes with size 1.
        initial: The largest possible result.

    >>> from glassworks import ops
    >>> ops.min([[1.0, 9.0], [3.0, 4.0]], axis=1)
    Array([1., 3.], dtype=float32)
    """
    return _extreme(reduce.reduce_min, minimum, x, axis, keepdims, initial)


@op
def amax(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The largest over axes; the same as `max`.

    >>> from glassworks import ops
    >>> ops.amax([1.0, 9.0])
    Array(9., dtype=float32)
    """
    return max(x, axis, keepdims)


@op
def amin(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The smallest over axes; the same as `min`.

    >>> from glassworks import ops
    >>> ops.amin([1.0, 9.0])
    Array(1., dtype=float32)
    """
    return min(x, axis, keepdims)


@op
def ptp(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The largest minus the smallest, over axes.

    >>> from glassworks import ops
    >>> ops.ptp([[1.0, 9.0], [3.0, 4.0]], axis=1)
    Array([8., 1.], dtype=float32)
    """
    return max(x, axis, keepdims) - min(x, axis, keepdims)


@op
def any(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Whether any entry is true (not 0), over axes.

    >>> from glassworks import ops
    >>> ops.any([[True, False], [False, False]], axis=1)
    Array([ True, False])
    """
    x = operand(x, "bool")
    return apply(reduce.reduce_any, x, axes=_axes(x, axis), keepdims=keepdims)


@op
def all(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Whether all entries are true (not 0), over axes.

    >>> from glassworks import ops
    >>> ops.all([[True, True], [False, True]], axis=1)
    Array([ True, False])
    """
    x = operand(x, "bool")
    return apply(reduce.reduce_all, x, axes=_axes(x, axis), keepdims=keepdims)


@op
def var(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The variance over axes: the mean squared distance from the mean. Integers become `floatx()`.

    >>> from glassworks import ops
    >>> ops.var([[1, 3], [2, 6]], axis=1)
    Array([1., 4.], dtype=float32)
    """
    (x,) = floating(x)
    return mean(square(x - mean(x, axis, keepdims=True)), axis, keepdims)


@op
def std(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The standard deviation over axes: the square root of the variance. Integers become `floatx()`.

    >>> from glassworks import ops
    >>> ops.std([[1, 3], [2, 6]], axis=1)
    Array([1., 2.], dtype=float32)
    """
    return sqrt(var(x, axis, keepdims))


def _arg(primitive: Primitive, x: ArrayLike, axis: int | None, keepdims: bool) -> Tensor:
    x = operand(x)
    rank = len(spec_of(x).shape)
    if axis is None:
        flat = apply(shape.reshape, x, shape=(spec_of(x).size,))
        reduced = apply(primitive, flat, axis=0, keepdims=False)
        return apply(shape.reshape, reduced, shape=(1,) * rank) if keepdims else reduced
    return apply(primitive, x, axis=axes_of(axis, rank)[0], keepdims=keepdims)


@op
def argmax(x: ArrayLike, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """The index (int32) of the first largest entry along an axis; in the flattened array if `axis` is None.

    >>> from glassworks import ops
    >>> ops.argmax([[1.0, 9.0], [3.0, 2.0]], axis=1)
    Array([1, 0], dtype=int32)
    """
    return _arg(reduce.argmax, x, axis, keepdims)


@op
def argmin(x: ArrayLike, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """The index (int32) of the first smallest entry along an axis; in the flattened array if `axis` is None.

    >>> from glassworks import ops
    >>> ops.argmin([[1.0, 9.0], [3.0, 2.0]], axis=1)
    Array([0, 1], dtype=int32)
    """
    return _arg(reduce.argmin, x, axis, keepdims)


@op
def count_nonzero(x: ArrayLike, axis: Axis = None) -> Tensor:
    """The number (int32) of nonzero entries, over axes.

    >>> from glassworks import ops
    >>> ops.count_nonzero([[1, 0], [2, 3]], axis=1)
    Array([1, 2], dtype=int32)
    """
    return sum(operand(not_equal(x, 0), "int32"), axis)


@op
def average(x: ArrayLike, axis: Axis = None, weights: ArrayLike | None = None) -> Tensor:
    """The weighted mean over axes.

    Args:
        x: Any numbers; integers become `floatx()`.
        axis: An axis or several; all of them by default.
        weights: In the shape of x, or one per entry of a single axis; equal by default.

    >>> from glassworks import ops
    >>> ops.average([1.0, 5.0], weights=[3, 1])
    Array(2., dtype=float32)
    """
    if weights is None:
        return mean(x, axis)
    x, weights = floating(x, weights)
    sizes, given = spec_of(x).shape, spec_of(weights).shape
    if given != sizes:
        places = axes_of(axis, len(sizes)) if axis is not None else ()
        if len(places) != 1 or given != (sizes[places[0]],):
            raise ShapeError(
                f"x {tuple(sizes)} with weights {tuple(given)} and axis={axis}",
                "weights in the shape of x, or one per entry of the axis",
                "name the axis that the weights belong to",
            )
        weights = apply(shape.reshape, weights, shape=tuple(size if i in places else 1 for i, size in enumerate(sizes)))
        weights = apply(shape.broadcast_to, weights, shape=sizes)
    return sum(x * weights, axis) / sum(weights, axis)


def _without_nan(x: ArrayLike, instead: float) -> tuple[Tensor, Tensor]:
    """x with nan replaced by another number, and the mask of nan."""
    x = operand(x)
    missing = isnan(x)
    return (
        (where(missing, np.asarray(instead, dtypes.numpy_dtype(spec_of(x).dtype)), x), missing)
        if dtypes.is_float(spec_of(x).dtype)
        else (x, missing)
    )


@op
def nansum(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The sum over axes, nan counting as 0.

    >>> from glassworks import ops
    >>> ops.nansum([1.0, float("nan"), 2.0])
    Array(3., dtype=float32)
    """
    return sum(_without_nan(x, 0.0)[0], axis, keepdims)


@op
def nanprod(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The product over axes, nan counting as 1.

    >>> from glassworks import ops
    >>> ops.nanprod([3.0, float("nan"), 2.0])
    Array(6., dtype=float32)
    """
    return prod(_without_nan(x, 1.0)[0], axis, keepdims)


@op
def nanmean(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The mean over axes, nan left out; nan where there are no other entries.

    >>> from glassworks import ops
    >>> ops.nanmean([1.0, float("nan"), 2.0])
    Array(1.5, dtype=float32)
    """
    (x,) = floating(x)
    filled, missing = _without_nan(x, 0.0)
    return sum(filled, axis, keepdims) / _present(x, missing, axis, keepdims)


def _present(x: Tensor, missing: Tensor, axis: Axis, keepdims: bool) -> Tensor:
    """The number of entries that are not nan, over axes, in the dtype of x."""
    return sum(operand(equal(missing, False), spec_of(x).dtype), axis, keepdims)


@op
def nanvar(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The variance over axes, nan left out.

    >>> from glassworks import ops
    >>> ops.nanvar([1.0, float("nan"), 3.0])
    Array(1., dtype=float32)
    """
    (x,) = floating(x)
    filled, missing = _without_nan(x, 0.0)
    centre = sum(filled, axis, keepdims=True) / _present(x, missing, axis, True)
    squares = where(missing, 0.0, square(filled - centre))
    return sum(squares, axis, keepdims) / _present(x, missing, axis, keepdims)


@op
def nanstd(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The standard deviation over axes, nan left out.

    >>> from glassworks import ops
    >>> ops.nanstd([1.0, float("nan"), 3.0])
    Array(1., dtype=float32)
    """
    return sqrt(nanvar(x, axis, keepdims))


def _nan_extreme(reduction: Callable[..., Tensor], x: ArrayLike, axis: Axis, keepdims: bool, worst: float) -> Tensor:
    filled, missing = _without_nan(x, worst)
    result = reduction(filled, axis, keepdims)
    return where(all(missing, axis, keepdims), float("nan"), result) if dtypes.is_float(spec_of(filled).dtype) else result


@op
def nanmax(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The largest over axes, nan left out; nan where there are no other entries.

    >>> from glassworks import ops
    >>> ops.nanmax([1.0, float("nan"), 2.0])
    Array(2., dtype=float32)
    """
    return _nan_extreme(max, x, axis, keepdims, -np.inf)


@op
def nanmin(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The smallest over axes, nan left out; nan where there are no other entries.

    >>> from glassworks import ops
    >>> ops.nanmin([1.0, float("nan"), 2.0])
    Array(1., dtype=float32)
    """
    return _nan_extreme(min, x, axis, keepdims, np.inf)


def _nan_arg(reduction: Callable[..., Tensor], x: ArrayLike, axis: int | None, keepdims: bool, worst: float) -> Tensor:
    filled, missing = _without_nan(x, worst)
    return where(all(missing, axis, keepdims), -1, reduction(filled, axis, keepdims))


@op
def nanargmax(x: ArrayLike, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """The index of the largest along an axis, nan left out; -1 where there are no other entries.

    >>> from glassworks import ops
    >>> ops.nanargmax([1.0, float("nan"), 2.0])
    Array(2, dtype=int32)
    """
    return _nan_arg(argmax, x, axis, keepdims, -np.inf)


@op
def nanargmin(x: ArrayLike, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """The index of the smallest along an axis, nan left out; -1 where there are no other entries.

    >>> from glassworks import ops
    >>> ops.nanargmin([1.0, float("nan"), 2.0])
    Array(0, dtype=int32)
    """
    return _nan_arg(argmin, x, axis, keepdims, np.inf)

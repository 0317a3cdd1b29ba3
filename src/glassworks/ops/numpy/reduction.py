"""Reductions over axes: the names of `keras.ops` that make arrays smaller."""

from __future__ import annotations

from typing import Any

from glassworks import dtypes
from glassworks.graph import apply, operation, spec_of
from glassworks.ops.convert import axes_of, floating, operand
from glassworks.ops.numpy.comparison import isinf, not_equal, where
from glassworks.ops.numpy.elementwise import exp, log, maximum, minimum, sqrt, square
from glassworks.ops.primitives import reduce, shape


def _axes(x: Any, axis: Any) -> tuple[int, ...]:
    return tuple(sorted(axes_of(axis, len(spec_of(x).shape))))


def _accumulating(x: Any) -> Any:
    """Booleans and small integers are added up in 32 bits, as in Keras."""
    x = operand(x)
    dtype = spec_of(x).dtype
    if dtype in ("bool", "int8", "int16"):
        return operand(x, "int32")
    return operand(x, "uint32") if dtype in ("uint8", "uint16") else x


@operation
def sum(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The sum over axes; over all of them if `axis` is None."""
    x = _accumulating(x)
    return apply(reduce.reduce_sum, x, axes=_axes(x, axis), keepdims=keepdims)


@operation
def prod(x: Any, axis: Any = None, keepdims: bool = False, dtype: Any = None) -> Any:
    """The product over axes."""
    x = _accumulating(x) if dtype is None else operand(x, dtypes.standardize(dtype))
    return apply(reduce.reduce_product, x, axes=_axes(x, axis), keepdims=keepdims)


@operation
def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The mean over axes; integers become `floatx()`."""
    (x,) = floating(x)
    return apply(reduce.reduce_mean, x, axes=_axes(x, axis), keepdims=keepdims)


@operation
def max(x: Any, axis: Any = None, keepdims: bool = False, initial: Any = None) -> Any:
    """The largest over axes."""
    x = operand(x)
    result = apply(reduce.reduce_max, x, axes=_axes(x, axis), keepdims=keepdims)
    return result if initial is None else maximum(result, initial)


@operation
def min(x: Any, axis: Any = None, keepdims: bool = False, initial: Any = None) -> Any:
    """The smallest over axes."""
    x = operand(x)
    result = apply(reduce.reduce_min, x, axes=_axes(x, axis), keepdims=keepdims)
    return result if initial is None else minimum(result, initial)


amax, amin = max, min


@operation
def any(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Whether any is true, over axes."""
    x = operand(x, "bool")
    return apply(reduce.reduce_any, x, axes=_axes(x, axis), keepdims=keepdims)


@operation
def all(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Whether all are true, over axes."""
    x = operand(x, "bool")
    return apply(reduce.reduce_all, x, axes=_axes(x, axis), keepdims=keepdims)


@operation
def var(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The variance over axes: the mean squared distance from the mean."""
    (x,) = floating(x)
    return mean(square(x - mean(x, axis, keepdims=True)), axis, keepdims)


@operation
def std(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The standard deviation over axes."""
    return sqrt(var(x, axis, keepdims))


def _arg(primitive: Any, x: Any, axis: int | None, keepdims: bool) -> Any:
    x = operand(x)
    rank = len(spec_of(x).shape)
    if axis is None:
        flat = apply(shape.reshape, x, shape=(-1,))
        found = apply(primitive, flat, axis=0, keepdims=False)
        return apply(shape.reshape, found, shape=(1,) * rank) if keepdims else found
    return apply(primitive, x, axis=axes_of(axis, rank)[0], keepdims=keepdims)


@operation
def argmax(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """The index of the first largest along an axis; in the flattened array if `axis` is None."""
    return _arg(reduce.argmax, x, axis, keepdims)


@operation
def argmin(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """The index of the first smallest along an axis; in the flattened array if `axis` is None."""
    return _arg(reduce.argmin, x, axis, keepdims)


@operation
def count_nonzero(x: Any, axis: Any = None) -> Any:
    """How many are not zero, over axes."""
    return sum(operand(not_equal(x, 0), "int32"), axis)


@operation
def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """log(sum(exp(x))) over axes, without overflow."""
    from glassworks.ops.primitives.control import stop_gradient

    (x,) = floating(x)
    top = max(x, axis, keepdims=True)
    top = apply(stop_gradient, where(isinf(top), 0.0, top))
    kept = log(sum(exp(x - top), axis, keepdims=True)) + top
    return kept if keepdims else apply(shape.reshape, kept, shape=reduce.reduced_shape(spec_of(x).shape, _axes(x, axis), False))


@operation
def ptp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The largest minus the smallest, over axes."""
    return max(x, axis, keepdims) - min(x, axis, keepdims)


@operation
def average(x: Any, axis: Any = None, weights: Any = None) -> Any:
    """The weighted mean over axes."""
    if weights is None:
        return mean(x, axis)
    x, weights = floating(x, weights)
    if len(spec_of(weights).shape) == 1 and len(spec_of(x).shape) > 1 and axis is not None:
        place = axes_of(axis, len(spec_of(x).shape))[0]
        weights = apply(shape.reshape, weights, shape=tuple(-1 if i == place else 1 for i in range(len(spec_of(x).shape))))
    return sum(x * weights, axis) / sum(weights + x * 0.0, axis)


"""Normalisation. Half-precision numbers are averaged in float32."""

from __future__ import annotations

import math
from typing import Any

from glassworks import dtypes, settings
from glassworks.errors import ArgumentError, ShapeError
from glassworks.graph import op, spec_of
from glassworks.ops.convert import axes_of, floating, operand
from glassworks.ops.core import custom_gradient
from glassworks.ops.math import rsqrt
from glassworks.ops.numpy.arithmetic import absolute, clip, maximum, minimum, power, square
from glassworks.ops.numpy.reduction import mean
from glassworks.ops.numpy.reduction import sum as sum_over
from glassworks.ops.numpy.shaping import reshape
from glassworks.typing import ArrayLike, Axis, Tensor

__all__ = ["batch_normalization", "layer_normalization", "moments", "normalize", "rms_normalization"]


def _precise(x: ArrayLike) -> tuple[Tensor, str]:
    """x in at least float32, and the dtype of the result."""
    (x,) = floating(x)
    return operand(x, dtypes.result_type(spec_of(x).dtype, "float32")), spec_of(x).dtype


@op
def normalize(x: ArrayLike, axis: Axis = -1, order: int = 2, epsilon: float | None = None) -> Tensor:
    """x divided by its norm along an axis.

    Args:
        x: Any numbers.
        axis: An axis or several.
        order: The order of the norm: 2 for Euclidean length, 1 for the sum of absolute values, and so on.
        epsilon: The smallest norm to divide by; `config.epsilon()` by default.

    >>> from glassworks import ops
    >>> ops.normalize([[3.0, 4.0]])
    Array([[0.6, 0.8]], dtype=float32)
    """
    (x,) = floating(x)
    if isinstance(order, bool) or not isinstance(order, int) or order < 1:
        raise ArgumentError(f"order={order!r}", "a positive integer", "2 gives vectors of length 1")
    epsilon = settings.epsilon() if epsilon is None else epsilon
    if not spec_of(x).shape:
        x = reshape(x, (1,))
    if order == 2:
        # The sum of squares is bounded below before the root, so that a vector of zeros has a gradient; float16 ends at 6e-8.
        least = max(epsilon**2, 6e-8 if spec_of(x).dtype == "float16" else 0.0)
        most = min(1.0 / epsilon, dtypes.largest(spec_of(x).dtype))
        return x * minimum(rsqrt(maximum(sum_over(square(x), axis=axis, keepdims=True), least)), most)
    sizes = absolute(x)
    length = (
        sum_over(sizes, axis=axis, keepdims=True)
        if order == 1
        else power(sum_over(power(sizes, float(order)), axis=axis, keepdims=True), 1.0 / order)
    )
    return x / maximum(length, epsilon)


@custom_gradient
def _variance(x: Tensor, centre: Tensor, axes: Axis) -> Any:
    """The variance about the given mean. Its derivative with respect to the mean is 0, so no gradient flows there."""
    distance = x - centre
    shape = spec_of(x).shape
    count = math.prod(shape[axis] for axis in axes_of(axes, len(shape)))
    return mean(square(distance), axis=axes, keepdims=True), lambda upstream: (upstream * (2.0 / max(count, 1)) * distance, None)


@op
def moments(x: ArrayLike, axes: Axis, keepdims: bool = False, synchronized: bool = False) -> tuple[Tensor, Tensor]:
    """Mean and variance over axes.

    >>> from glassworks import ops
    >>> mean, variance = ops.moments([[1.0, 3.0], [2.0, 6.0]], axes=[1])
    >>> mean, variance
    (Array([2., 4.], dtype=float32), Array([1., 4.], dtype=float32))
    """
    x, dtype = _precise(x)
    centre = mean(x, axis=axes, keepdims=True)
    variance = _variance(x, centre, axes=axes)
    if not keepdims:
        places = axes_of(axes, len(spec_of(x).shape))
        left = tuple(size for i, size in enumerate(spec_of(x).shape) if i not in places)
        centre, variance = reshape(centre, left), reshape(variance, left)
    if spec_of(x).dtype == dtype:
        return centre, variance
    limit = dtypes.largest(dtype)
    return operand(clip(centre, -limit, limit), dtype), operand(clip(variance, -limit, limit), dtype)


@op
def batch_normalization(
    x: ArrayLike,
    mean: ArrayLike,
    variance: ArrayLike,
    axis: int,
    offset: ArrayLike | None = None,
    scale: ArrayLike | None = None,
    epsilon: float = 1e-3,
) -> Tensor:
    """(x - mean) / sqrt(variance + epsilon) * scale + offset, with one value per entry of an axis.

    Args:
        x: Any numbers.
        mean, variance, offset, scale: One axis each, of the size of the axis; no offset or scale if None.
        axis: The axis.
        epsilon: A small number added to the variance, so that the division stays finite.

    >>> from glassworks import ops
    >>> ops.batch_normalization([[1.0, 2.0]], mean=[1.0, 0.0], variance=[1.0, 4.0], axis=-1, epsilon=0.0)
    Array([[0., 1.]], dtype=float32)
    """
    x = operand(x)
    factor = rsqrt(_broadcastable(variance, axis, x, "variance") + epsilon)
    if scale is not None:
        factor = factor * _broadcastable(scale, axis, x, "scale")
    shift = -_broadcastable(mean, axis, x, "mean") * factor
    if offset is not None:
        shift = shift + _broadcastable(offset, axis, x, "offset")
    return x * factor + shift


@op
def layer_normalization(
    x: ArrayLike,
    gamma: ArrayLike | None = None,
    beta: ArrayLike | None = None,
    axis: Axis = -1,
    epsilon: float | None = None,
    **kwargs: Any,
) -> Tensor:
    """Every sample normalised to mean 0 and variance 1 over axes, then scaled by gamma and shifted by beta (Ba et al., 2016).

    Args:
        x: Any numbers.
        gamma, beta: Scale and shift, with the sizes of the axes; neither if None.
        axis: An axis or several.
        epsilon: A small number added to the variance, so that the division stays finite; `config.epsilon()` by default.

    >>> from glassworks import ops
    >>> ops.layer_normalization([[1.0, 3.0]])
    Array([[-1.,  1.]], dtype=float32)
    """
    x, dtype = _precise(x)
    centre: Tensor | float
    centre, variance = moments(x, axes=axis, keepdims=True)
    if kwargs.pop("rms_scaling", False):  # a deprecated argument of Keras: no shift, and no beta
        centre, beta = 0.0, None
    result = (x - centre) * rsqrt(variance + (settings.epsilon() if epsilon is None else epsilon))
    return operand(_scaled(result, gamma, beta, axis), dtype)


@op
def rms_normalization(x: ArrayLike, scale: ArrayLike | None = None, axis: Axis = -1, epsilon: float | None = None) -> Tensor:
    """x divided by the square root of its mean square over axes, then scaled (Zhang and Sennrich, 2019).

    >>> from glassworks import ops
    >>> ops.rms_normalization([[1.0, 7.0]])
    Array([[0.2, 1.4]], dtype=float32)
    """
    x, dtype = _precise(x)
    if not spec_of(x).shape:
        x = reshape(x, (1,))
    result = x * rsqrt(mean(square(x), axis=axis, keepdims=True) + (settings.epsilon() if epsilon is None else epsilon))
    return operand(_scaled(result, scale, None, axis), dtype)


def _scaled(x: Tensor, scale: ArrayLike | None, offset: ArrayLike | None, axis: Axis) -> Tensor:
    if scale is not None:
        x = x * _broadcastable(scale, axis, x, "scale")
    return x if offset is None else x + _broadcastable(offset, axis, x, "offset")


def _broadcastable(weight: ArrayLike, axis: Axis, x: Tensor, name: str) -> Tensor:
    """A weight with the sizes of some axes of x, shaped to broadcast against x."""
    weight, shape = operand(weight), spec_of(x).shape
    axes = axes_of(axis, len(shape))
    if len(spec_of(weight).shape) == len(shape) != len(axes):
        return weight
    wanted = tuple(shape[i] for i in sorted(axes))
    if tuple(spec_of(weight).shape) != wanted:
        raise ShapeError(
            f"{name} of shape {tuple(spec_of(weight).shape)} for axis {axis} of shape {tuple(shape)}",
            f"shape {wanted}",
            f"give {name} one value per entry of the axis",
        )
    return reshape(weight, tuple(size if i in axes else 1 for i, size in enumerate(shape)))

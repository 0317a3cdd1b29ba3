"""Activation functions. Integers become `floatx()` where the result is not an integer."""

from __future__ import annotations

import math

import numpy as np

from glassworks import dtypes
from glassworks.errors import ArgumentError, ShapeError
from glassworks.graph import Primitive, apply, op, spec_of
from glassworks.ops.convert import axes_of, floating, operand, without_bool
from glassworks.ops.numpy.arithmetic import absolute, clip, maximum, minimum
from glassworks.ops.numpy.comparison import where
from glassworks.ops.numpy.joining import split
from glassworks.ops.numpy.mathematics import expm1, sqrt
from glassworks.ops.numpy.mathematics import tanh as tanh_of
from glassworks.ops.numpy.reduction import sum as sum_over
from glassworks.ops.numpy.shaping import flip, moveaxis, reshape
from glassworks.ops.numpy.sorting import cumsum, sort
from glassworks.ops.primitives import activation, elementwise, special
from glassworks.typing import ArrayLike, Axis, Tensor

__all__ = [
    "celu",
    "elu",
    "gelu",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "log_sigmoid",
    "log_softmax",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
    "swish",
    "tanh_shrink",
    "threshold",
]

SELU_SCALE = 1.0507009873554804934193349852946
SELU_ALPHA = 1.6732632423543772848170429916717


@op
def relu(x: ArrayLike) -> Tensor:
    """x where it is positive, else 0. The gradient at 0 is 0.

    >>> from glassworks import ops
    >>> ops.relu([-2.0, 3.0])
    Array([0., 3.], dtype=float32)
    """
    return apply(activation.relu, without_bool(x))


@op
def relu6(x: ArrayLike) -> Tensor:
    """ReLU, at most 6.

    >>> from glassworks import ops
    >>> ops.relu6([-2.0, 3.0, 9.0])
    Array([0., 3., 6.], dtype=float32)
    """
    return minimum(relu(*floating(x)), 6)


@op
def sigmoid(x: ArrayLike) -> Tensor:
    """1 / (1 + exp(-x)): maps any number to (0, 1).

    >>> from glassworks import ops
    >>> ops.sigmoid([-100.0, 0.0, 100.0])
    Array([3.8e-44, 5.0e-01, 1.0e+00], dtype=float32)
    """
    return apply(elementwise.sigmoid, *floating(x))


@op
def softplus(x: ArrayLike) -> Tensor:
    """log(1 + exp(x)): a smooth ReLU.

    >>> from glassworks import ops
    >>> ops.softplus([-100.0, 0.0, 100.0])
    Array([3.783506e-44, 6.931472e-01, 1.000000e+02], dtype=float32)
    """
    return apply(activation.softplus, *floating(x))


@op
def log_sigmoid(x: ArrayLike) -> Tensor:
    """log(sigmoid(x)), exact where sigmoid is almost 0.

    >>> from glassworks import ops
    >>> ops.log_sigmoid([-100.0, 0.0])
    Array([-100.       ,   -0.6931472], dtype=float32)
    """
    return -softplus(-floating(x)[0])


@op
def softsign(x: ArrayLike) -> Tensor:
    """x / (1 + |x|): maps any number to (-1, 1).

    >>> from glassworks import ops
    >>> ops.softsign([-1.0, 3.0])
    Array([-0.5 ,  0.75], dtype=float32)
    """
    (x,) = floating(x)
    return x / (absolute(x) + 1.0)


@op
def silu(x: ArrayLike) -> Tensor:
    """x * sigmoid(x), also known as swish (Ramachandran et al., 2017).

    >>> from glassworks import ops
    >>> ops.silu([-1.0, 0.0, 1.0])
    Array([-0.2689414,  0.       ,  0.7310586], dtype=float32)
    """
    (x,) = floating(x)
    return x * sigmoid(x)


@op
def leaky_relu(x: ArrayLike, negative_slope: float = 0.2) -> Tensor:
    """x if it is positive, else x times a small slope (Maas et al., 2013).

    >>> from glassworks import ops
    >>> ops.leaky_relu([-5.0, 5.0])
    Array([-1.,  5.], dtype=float32)
    """
    (x,) = floating(x)
    return where(x >= 0, x, x * negative_slope)


@op
def elu(x: ArrayLike, alpha: float = 1.0) -> Tensor:
    """x if it is positive, else alpha * (exp(x) - 1) (Clevert et al., 2016).

    >>> from glassworks import ops
    >>> ops.elu([-1.0, 2.0])
    Array([-0.63212055,  2.        ], dtype=float32)
    """
    (x,) = floating(x)
    positive = x > 0
    # exp must not overflow in the branch that is not used: its gradient would be nan.
    return where(positive, x, alpha * expm1(where(positive, 0.0, x)))


@op
def selu(x: ArrayLike) -> Tensor:
    """ELU scaled so that activations keep mean 0 and variance 1 (Klambauer et al., 2017).

    >>> from glassworks import ops
    >>> ops.selu([-1.0, 1.0])
    Array([-1.1113307,  1.050701 ], dtype=float32)
    """
    return SELU_SCALE * elu(x, SELU_ALPHA)


@op
def celu(x: ArrayLike, alpha: float = 1.0) -> Tensor:
    """max(0, x) + min(0, alpha * (exp(x / alpha) - 1)) (Barron, 2017).

    >>> from glassworks import ops
    >>> ops.celu([-1.0, 2.0])
    Array([-0.63212055,  2.        ], dtype=float32)
    """
    (x,) = floating(x)
    positive = x > 0
    return where(positive, x, alpha * expm1(where(positive, 0.0, x) / alpha))


@op
def gelu(x: ArrayLike, approximate: bool = True) -> Tensor:
    """x times the probability that a standard normal variable is below x (Hendrycks and Gimpel, 2016).

    Args:
        x: Any numbers.
        approximate: By tanh; else by the error function.

    >>> from glassworks import ops
    >>> ops.gelu([-1.0, 0.0, 1.0], approximate=False)
    Array([-0.15865526,  0.        ,  0.8413447 ], dtype=float32)
    """
    (x,) = floating(x)
    if approximate:
        return 0.5 * x * (1.0 + tanh_of(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))
    return apply(special.gelu, x)


@op
def hard_sigmoid(x: ArrayLike) -> Tensor:
    """A piecewise linear sigmoid: relu6(x + 3) / 6.

    >>> from glassworks import ops
    >>> ops.hard_sigmoid([-5.0, 0.0, 5.0])
    Array([0. , 0.5, 1. ], dtype=float32)
    """
    (x,) = floating(x)
    return relu6(x + 3.0) / 6.0


@op
def hard_silu(x: ArrayLike) -> Tensor:
    """x * hard_sigmoid(x), also known as hard swish (Howard et al., 2019).

    >>> from glassworks import ops
    >>> ops.hard_silu([-5.0, 1.0, 5.0])
    Array([-0.       ,  0.6666667,  5.       ], dtype=float32)
    """
    (x,) = floating(x)
    return x * hard_sigmoid(x)


@op
def hard_tanh(x: ArrayLike) -> Tensor:
    """x clipped to [-1, 1].

    >>> from glassworks import ops
    >>> ops.hard_tanh([-5.0, 0.5, 5.0])
    Array([-1. ,  0.5,  1. ], dtype=float32)
    """
    return clip(x, -1, 1)


@op
def tanh_shrink(x: ArrayLike) -> Tensor:
    """x - tanh(x).

    >>> from glassworks import ops
    >>> ops.tanh_shrink([0.0, 1.0])
    Array([0.        , 0.23840582], dtype=float32)
    """
    (x,) = floating(x)
    return x - tanh_of(x)


@op
def hard_shrink(x: ArrayLike, threshold: float = 0.5) -> Tensor:
    """x where its absolute value is above the threshold, else 0.

    >>> from glassworks import ops
    >>> ops.hard_shrink([-1.0, 0.3, 1.0])
    Array([-1.,  0.,  1.], dtype=float32)
    """
    (x,) = floating(x)
    return where(absolute(x) > threshold, x, 0.0)


@op
def soft_shrink(x: ArrayLike, threshold: float = 0.5) -> Tensor:
    """x moved towards 0 by the threshold, 0 in between.

    >>> from glassworks import ops
    >>> ops.soft_shrink([-1.0, 0.3, 1.0])
    Array([-0.5,  0. ,  0.5], dtype=float32)
    """
    (x,) = floating(x)
    return where(x > threshold, x - threshold, where(x < -threshold, x + threshold, 0.0))


@op
def threshold(x: ArrayLike, threshold: float, default_value: float) -> Tensor:
    """x where it is above the threshold, else another value.

    >>> from glassworks import ops
    >>> ops.threshold([-1.0, 0.3, 1.0], 0.5, -9.0)
    Array([-9., -9.,  1.], dtype=float32)
    """
    x = operand(x)
    return where(x > threshold, x, default_value)


@op
def squareplus(x: ArrayLike, b: int = 4) -> Tensor:
    """(x + sqrt(x * x + b)) / 2: a smooth ReLU without exponentials (Barron, 2021).

    >>> from glassworks import ops
    >>> ops.squareplus([-3.0, 0.0, 3.0])
    Array([0.30277562, 1.        , 3.3027756 ], dtype=float32)
    """
    (x,) = floating(x)
    return (x + sqrt(x * x + float(b))) / 2.0


@op
def sparse_plus(x: ArrayLike) -> Tensor:
    """0 up to -1, x from 1 on, a parabola between.

    >>> from glassworks import ops
    >>> ops.sparse_plus([-2.0, 0.0, 2.0])
    Array([0.  , 0.25, 2.  ], dtype=float32)
    """
    (x,) = floating(x)
    return where(x <= -1, 0.0, where(x < 1, 0.25 * (x + 1.0) * (x + 1.0), x))


@op
def sparse_sigmoid(x: ArrayLike) -> Tensor:
    """0 up to -1, 1 from 1 on, a straight line between.

    >>> from glassworks import ops
    >>> ops.sparse_sigmoid([-2.0, 0.0, 2.0])
    Array([0. , 0.5, 1. ], dtype=float32)
    """
    (x,) = floating(x)
    return clip(0.5 * (x + 1.0), 0, 1)


@op
def glu(x: ArrayLike, axis: int = -1) -> Tensor:
    """The first half along an axis times the sigmoid of the second (Dauphin et al., 2017).

    >>> from glassworks import ops
    >>> ops.glu([4.0, 6.0, 0.0, 0.0])
    Array([2., 3.], dtype=float32)
    """
    x = operand(x)
    size = spec_of(x).shape[axes_of(axis, len(spec_of(x).shape))[0]]
    if size % 2:
        raise ShapeError(f"size {size} at axis {axis}", "an even size, for two halves", "double the units of the layer before")
    first, second = split(x, 2, axis=axis)
    return first * sigmoid(second)


@op
def softmax(x: ArrayLike, axis: Axis = -1) -> Tensor:
    """exp(x) divided by its sum: positive numbers that add up to 1 along an axis, or over several.

    Args:
        x: Any numbers.
        axis: The axis of the classes; several are taken together, None for all.

    >>> from glassworks import ops
    >>> ops.softmax([1000.0, 1000.0])
    Array([0.5, 0.5], dtype=float32)
    """
    return _over_axes(activation.softmax, x, axis)


@op
def log_softmax(x: ArrayLike, axis: Axis = -1) -> Tensor:
    """The logarithm of softmax, exact where softmax is almost 0.

    >>> from glassworks import ops
    >>> ops.log_softmax([0.0, 1000.0])
    Array([-1000.,     0.], dtype=float32)
    """
    return _over_axes(activation.log_softmax, x, axis)


def _over_axes(primitive: Primitive, x: ArrayLike, axis: Axis) -> Tensor:
    (x,) = floating(x)
    shape = spec_of(x).shape
    places = axes_of(axis, len(shape))
    if len(places) == 1:
        return apply(primitive, x, axis=places[0])
    last = tuple(range(-len(places), 0))
    moved = moveaxis(x, places, last)
    inner = spec_of(moved).shape
    outer = inner[: len(inner) - len(places)]
    flat = reshape(moved, (*outer, math.prod(inner[len(outer) :])))
    return moveaxis(reshape(apply(primitive, flat, axis=len(outer)), inner), last, places)


@op
def sparsemax(x: ArrayLike, axis: int = -1) -> Tensor:
    """The probability distribution nearest to x, with many exact zeros (Martins and Astudillo, 2016).

    >>> from glassworks import ops
    >>> ops.sparsemax([1.0, 0.8, -3.0])
    Array([0.6       , 0.40000004, 0.        ], dtype=float32)
    """
    (x,) = floating(x)
    shape, dtype = spec_of(x).shape, spec_of(x).dtype
    if not shape:
        raise ArgumentError("sparsemax of a single number", "at least one axis", "pass the scores of all classes")
    place = axes_of(axis, len(shape))[0]
    ordered = flip(sort(x, axis=place), axis=place)
    ranks = np.arange(1, shape[place] + 1, dtype=dtypes.numpy_dtype(dtype)).reshape([-1 if i == place else 1 for i in range(len(shape))])
    inside = operand(1.0 + ranks * ordered > cumsum(ordered, axis=place), dtype)
    count = sum_over(inside, axis=place, keepdims=True)
    offset = (sum_over(ordered * inside, axis=place, keepdims=True) - 1.0) / count
    return maximum(x - offset, 0)


swish, hard_swish = silu, hard_silu

"""Activations, normalisation, encodings and cross-entropies: the dense names of `keras.ops.nn`."""

from __future__ import annotations

import math
from typing import Any

from glassworks import config, dtypes
from glassworks.errors import ArgumentError, ShapeError
from glassworks.graph import apply, operation, spec_of
from glassworks.ops import numpy as np
from glassworks.ops.convert import axes_of, floating, operand
from glassworks.ops.primitives import activation, elementwise, index


@operation
def relu(x: Any) -> Any:
    """The number if it is positive, else 0."""
    return apply(activation.relu, operand(x))


@operation
def relu6(x: Any) -> Any:
    """ReLU, at most 6."""
    return np.clip(x, 0, 6)


@operation
def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x)): any number becomes one between 0 and 1."""
    return apply(elementwise.sigmoid, *floating(x))


@operation
def softplus(x: Any) -> Any:
    """log(1 + exp(x)): a smooth ReLU."""
    return apply(activation.softplus, *floating(x))


@operation
def log_sigmoid(x: Any) -> Any:
    """log(sigmoid(x)), exact where sigmoid is almost 0."""
    return -softplus(-floating(x)[0])


@operation
def softsign(x: Any) -> Any:
    """x / (1 + |x|)."""
    return x / (np.absolute(x) + 1.0)


@operation
def silu(x: Any) -> Any:
    """x * sigmoid(x), also known as swish."""
    (x,) = floating(x)
    return x * sigmoid(x)


swish = silu


@operation
def leaky_relu(x: Any, negative_slope: float = 0.2) -> Any:
    """ReLU that lets a small share of negative numbers through."""
    (x,) = floating(x)
    return np.where(x >= 0, x, x * negative_slope)


@operation
def elu(x: Any, alpha: float = 1.0) -> Any:
    """x if positive, else alpha * (exp(x) - 1) (Clevert et al., 2015)."""
    (x,) = floating(x)
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


@operation
def selu(x: Any) -> Any:
    """ELU scaled so that activations keep mean 0 and variance 1 (Klambauer et al., 2017)."""
    return 1.0507009873554804934193349852946 * elu(x, 1.6732632423543772848170429916717)


@operation
def celu(x: Any, alpha: float = 1.0) -> Any:
    """max(0, x) + min(0, alpha * (exp(x / alpha) - 1)) (Barron, 2017)."""
    (x,) = floating(x)
    return np.maximum(x, 0) + alpha * np.expm1(np.minimum(x, 0) / alpha)


@operation
def gelu(x: Any, approximate: bool = True) -> Any:
    """x times the probability that a standard normal number is below x (Hendrycks and Gimpel, 2016)."""
    (x,) = floating(x)
    if approximate:
        return 0.5 * x * (1.0 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))
    return 0.5 * x * (1.0 + np.erf(x / math.sqrt(2)))


@operation
def hard_sigmoid(x: Any) -> Any:
    """A sigmoid of straight lines: relu6(x + 3) / 6."""
    (x,) = floating(x)
    return np.clip(x / 6.0 + 0.5, 0, 1)


@operation
def hard_silu(x: Any) -> Any:
    """x * hard_sigmoid(x)."""
    return x * hard_sigmoid(x)


hard_swish = hard_silu


@operation
def hard_tanh(x: Any) -> Any:
    """x between -1 and 1, cut off there."""
    return np.clip(x, -1, 1)


@operation
def tanh_shrink(x: Any) -> Any:
    """x - tanh(x)."""
    (x,) = floating(x)
    return x - np.tanh(x)


@operation
def hard_shrink(x: Any, threshold: float = 0.5) -> Any:
    """x where its size is above the threshold, else 0."""
    return np.where(np.absolute(x) > threshold, x, 0)


@operation
def soft_shrink(x: Any, threshold: float = 0.5) -> Any:
    """x moved towards 0 by the threshold, 0 in between."""
    (x,) = floating(x)
    return np.where(x > threshold, x - threshold, np.where(x < -threshold, x + threshold, 0.0))


@operation
def threshold(x: Any, threshold: float, default_value: Any) -> Any:
    """x where it is above the threshold, else another value."""
    x = operand(x)
    return np.where(x > threshold, x, default_value)


@operation
def squareplus(x: Any, b: int = 4) -> Any:
    """(x + sqrt(x * x + b)) / 2: a smooth ReLU without exponentials."""
    (x,) = floating(x)
    return (x + np.sqrt(x * x + float(b))) / 2.0


@operation
def sparse_plus(x: Any) -> Any:
    """0 up to -1, x from 1 on, a parabola between."""
    (x,) = floating(x)
    return np.where(x <= -1, 0.0, np.where(x < 1, 0.25 * (x + 1.0) * (x + 1.0), x))


@operation
def sparse_sigmoid(x: Any) -> Any:
    """0 up to -1, 1 from 1 on, a straight line between."""
    (x,) = floating(x)
    return np.clip(0.5 * (x + 1.0), 0, 1)


@operation
def glu(x: Any, axis: int = -1) -> Any:
    """The first half along an axis times the sigmoid of the second (Dauphin et al., 2017)."""
    x = operand(x)
    size = spec_of(x).shape[axes_of(axis, len(spec_of(x).shape))[0]]
    if size % 2:
        raise ShapeError(f"size {size} at axis {axis}", "an even size, for two halves", "double the units of the layer before")
    first, second = np.split(x, 2, axis=axis)
    return first * sigmoid(second)


@operation
def softmax(x: Any, axis: Any = -1) -> Any:
    """exp(x) divided by its sum: positive numbers that add up to 1 along an axis (or over several)."""
    return _over_axes(activation.softmax, x, axis)


@operation
def log_softmax(x: Any, axis: Any = -1) -> Any:
    """The logarithm of softmax, exact where softmax is almost 0."""
    return _over_axes(activation.log_softmax, x, axis)


def _over_axes(primitive: Any, x: Any, axis: Any) -> Any:
    (x,) = floating(x)
    shape = spec_of(x).shape
    places = axes_of(axis, len(shape))
    if len(places) == 1:
        return apply(primitive, x, axis=places[0])
    last = tuple(range(-len(places), 0))
    moved = np.moveaxis(x, places, last)
    inner = spec_of(moved).shape
    flat = np.reshape(moved, (*inner[: -len(places)], -1))
    return np.moveaxis(np.reshape(apply(primitive, flat, axis=len(inner) - len(places)), inner), last, places)


@operation
def sparsemax(x: Any, axis: int = -1) -> Any:
    """The nearest probabilities to x, many of them exactly 0 (Martins and Astudillo, 2016)."""
    (x,) = floating(x)
    ordered = np.flip(np.sort(x, axis=axis), axis=axis)
    size = spec_of(x).shape[axis]
    ranks = np.reshape(np.arange(1, size + 1, dtype=spec_of(x).dtype), [-1 if i == axis % len(spec_of(x).shape) else 1 for i in range(len(spec_of(x).shape))])
    sums = np.cumsum(ordered, axis=axis)
    inside = operand(1.0 + ranks * ordered > sums, spec_of(x).dtype)
    count = np.sum(inside, axis=axis, keepdims=True)
    offset = (np.sum(ordered * inside, axis=axis, keepdims=True) - 1.0) / count
    return np.maximum(x - offset, 0)


@operation
def one_hot(x: Any, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False) -> Any:
    """A new axis with 1 at the number's place and 0 elsewhere."""
    encoded = apply(index.one_hot, operand(x, "int32"), classes=num_classes, dtype=dtypes.standardize(dtype))
    return encoded if axis == -1 else np.moveaxis(encoded, -1, axis)


@operation
def multi_hot(inputs: Any, num_classes: int | None = None, axis: int = -1, dtype: Any = None, sparse: bool = False, **kwargs: Any) -> Any:
    """1 at the place of every number that occurs in the last axis."""
    if num_classes is None:
        raise ArgumentError("num_classes=None", "the number of classes", "pass num_classes=...")
    inputs = operand(inputs)
    reduced = 1 if len(spec_of(inputs).shape) > 1 else 0
    return np.max(one_hot(operand(inputs, "int32"), num_classes, axis=axis, dtype=dtype), axis=reduced)


@operation
def normalize(x: Any, axis: Any = -1, order: int = 2, epsilon: float | None = None) -> Any:
    """x divided by its length along an axis, by the norm of this order."""
    (x,) = floating(x)
    epsilon = config.epsilon() if epsilon is None else epsilon
    if order == 2:
        squares = np.sum(x * x, axis=axis, keepdims=True)
        return x * np.rsqrt(np.maximum(squares, epsilon * epsilon))
    length = np.power(np.sum(np.power(np.absolute(x), float(order)), axis=axis, keepdims=True), 1.0 / order)
    return x / np.maximum(length, epsilon)


@operation
def moments(x: Any, axes: Any, keepdims: bool = False, synchronized: bool = False) -> tuple[Any, Any]:
    """Mean and variance over axes."""
    (x,) = floating(x)
    centre = np.mean(x, axis=axes, keepdims=True)
    variance = np.mean(np.square(x - centre), axis=axes, keepdims=keepdims)
    return (centre if keepdims else np.squeeze(centre, tuple(axes_of(axes, len(spec_of(x).shape))))), variance


@operation
def batch_normalization(x: Any, mean: Any, variance: Any, axis: int, offset: Any = None, scale: Any = None, epsilon: float = 1e-3) -> Any:
    """(x - mean) / sqrt(variance + epsilon) * scale + offset, with one value per entry of an axis."""
    x = operand(x)
    factor = np.rsqrt(_along(variance, axis, x) + epsilon)
    if scale is not None:
        factor = factor * _along(scale, axis, x)
    shift = -_along(mean, axis, x) * factor
    if offset is not None:
        shift = shift + _along(offset, axis, x)
    return x * factor + shift


@operation
def layer_normalization(x: Any, gamma: Any = None, beta: Any = None, axis: Any = -1, epsilon: float | None = None, **kwargs: Any) -> Any:
    """Every sample brought to mean 0 and variance 1 over axes, then scaled by gamma and moved by beta (Ba et al., 2016)."""
    x = operand(x)
    centre, variance = moments(x, axes=axis, keepdims=True)
    result = (x - centre) * np.rsqrt(variance + (config.epsilon() if epsilon is None else epsilon))
    if gamma is not None:
        result = result * _along(gamma, axis, x)
    return result if beta is None else result + _along(beta, axis, x)


@operation
def rms_normalization(x: Any, scale: Any = None, axis: Any = -1, epsilon: float | None = None) -> Any:
    """x divided by the square root of its mean square over axes (Zhang and Sennrich, 2019)."""
    (x,) = floating(x)
    result = x * np.rsqrt(np.mean(x * x, axis=axis, keepdims=True) + (config.epsilon() if epsilon is None else epsilon))
    return result if scale is None else result * _along(scale, axis, x)


def _along(weight: Any, axis: Any, x: Any) -> Any:
    """A weight with one size per axis named, shaped to broadcast against x."""
    weight, rank = operand(weight), len(spec_of(x).shape)
    axes = axes_of(axis, rank)
    if len(spec_of(weight).shape) != len(axes):
        return weight
    return np.reshape(weight, tuple(size if i in axes else 1 for i, size in enumerate(spec_of(x).shape)))


@operation
def top_k(x: Any, k: int, sorted: bool = True) -> tuple[Any, Any]:
    """The k largest of the last axis, largest first, and their indices."""
    x = operand(x)
    order = np.argsort(-operand(x, "float64") if spec_of(x).dtype == "bool" else -x, axis=-1)
    indices = order[..., :k]
    return np.take_along_axis(x, indices, axis=-1), indices


@operation
def in_top_k(targets: Any, predictions: Any, k: int) -> Any:
    """Whether the target's prediction is among the k largest of its row; ties count as in."""
    targets, predictions = operand(targets, "int32"), operand(predictions)
    own = np.take_along_axis(predictions, np.expand_dims(targets, -1), axis=-1)
    return np.sum(operand(predictions > own, "int32"), axis=-1) < k


def _same_rank(target: Any, output: Any, what: str) -> None:
    if len(spec_of(target).shape) != len(spec_of(output).shape):
        raise ShapeError(f"target {tuple(spec_of(target).shape)} and output {tuple(spec_of(output).shape)} in {what}", "the same number of axes", "use one-hot targets, or sparse_categorical_crossentropy for class numbers")


@operation
def categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Any:
    """-sum(target * log(output)) along an axis: the surprise at the right class.

    Args:
        target: Probabilities, often one-hot, in the output's shape.
        output: Probabilities, or scores before softmax with `from_logits`.
        axis: The axis of the classes.
    """
    target, output = floating(target, output)
    if spec_of(target).shape != spec_of(output).shape:
        _same_rank(target, output, "categorical_crossentropy")
        raise ShapeError(f"target {tuple(spec_of(target).shape)} and output {tuple(spec_of(output).shape)}", "equal shapes", "give the last layer as many units as there are classes")
    return -np.sum(target * _log_probabilities(output, from_logits, axis), axis=axis)


@operation
def sparse_categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Any:
    """-log(output) at the target's place: cross-entropy for class numbers.

    Args:
        target: Class numbers, in the output's shape without the class axis (or with size 1 there).
        output: Probabilities, or scores before softmax with `from_logits`.
        axis: The axis of the classes.
    """
    (output,) = floating(output)
    target = operand(target, "int32")
    shape = spec_of(output).shape
    place = axes_of(axis, len(shape))[0]
    if len(spec_of(target).shape) == len(shape) and spec_of(target).shape[place] == 1:
        target = np.squeeze(target, place)
    wanted = tuple(size for i, size in enumerate(shape) if i != place)
    if tuple(spec_of(target).shape) != wanted:
        hint = "these look one-hot: use categorical_crossentropy" if spec_of(target).shape == shape else "check the shape of the labels"
        raise ShapeError(f"targets {tuple(spec_of(target).shape)} and outputs {tuple(shape)}", f"targets {wanted}, one class number per sample", hint)
    logs = _log_probabilities(output, from_logits, axis)
    chosen = one_hot(target, shape[place], axis=axis, dtype=spec_of(output).dtype)
    return -np.sum(chosen * logs, axis=axis)


def _log_probabilities(output: Any, from_logits: bool, axis: int) -> Any:
    if from_logits:
        return log_softmax(output, axis=axis)
    output = output / np.sum(output, axis=axis, keepdims=True)
    return np.log(np.clip(output, config.epsilon(), 1 - config.epsilon()))


@operation
def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Any:
    """-target * log(output) - (1 - target) * log(1 - output), number by number."""
    target, output = floating(target, output)
    if spec_of(target).shape != spec_of(output).shape:
        _same_rank(target, output, "binary_crossentropy")
        raise ShapeError(f"target {tuple(spec_of(target).shape)} and output {tuple(spec_of(output).shape)}", "equal shapes", "one unit per target")
    if from_logits:
        return -(target * log_sigmoid(output) + (1.0 - target) * log_sigmoid(-output))
    output = np.clip(output, config.epsilon(), 1 - config.epsilon())
    return -(target * np.log(output) + (1.0 - target) * np.log(1.0 - output))

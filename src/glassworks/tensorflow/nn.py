"""`tf.nn`: the functions of networks with TensorFlow's names and defaults; what it does not define is looked up in `ops.nn`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from glassworks import ops, random, tensorflow_names
from glassworks.ops import nn as _nn
from glassworks.tensorflow.adapting import adapted
from glassworks.tensorflow.math import bincount as bincount
from glassworks.tensorflow.math import in_top_k as in_top_k
from glassworks.tensorflow.math import l2_normalize as l2_normalize
from glassworks.tensorflow.math import sigmoid as sigmoid
from glassworks.tensorflow.math import tanh as tanh
from glassworks.tensorflow.math import top_k as top_k
from glassworks.tensorflow.math import zero_fraction as zero_fraction
from glassworks.typing import ArrayLike, Axis, Sizes, Tensor

# ---- losses


def softmax_cross_entropy_with_logits(labels: ArrayLike, logits: ArrayLike, axis: int = -1, name: str | None = None) -> Tensor:
    """The cross-entropy of each row, of probabilities and scores before softmax.

    >>> softmax_cross_entropy_with_logits([[0.0, 1.0]], [[2.0, 2.0]]).numpy()
    array([0.6931472], dtype=float32)
    """
    return ops.categorical_crossentropy(labels, logits, from_logits=True, axis=axis)


def sparse_softmax_cross_entropy_with_logits(labels: ArrayLike, logits: ArrayLike, name: str | None = None) -> Tensor:
    """The cross-entropy of each row, of class numbers and scores before softmax.

    >>> sparse_softmax_cross_entropy_with_logits([1], [[2.0, 2.0]]).numpy()
    array([0.6931472], dtype=float32)
    """
    return ops.sparse_categorical_crossentropy(labels, logits, from_logits=True)


def sigmoid_cross_entropy_with_logits(labels: ArrayLike, logits: ArrayLike, name: str | None = None) -> Tensor:
    """The cross-entropy of each entry, of probabilities and scores before sigmoid.

    >>> sigmoid_cross_entropy_with_logits([1.0], [0.0]).numpy()
    array([0.6931472], dtype=float32)
    """
    return ops.binary_crossentropy(labels, logits, from_logits=True)


def weighted_cross_entropy_with_logits(labels: ArrayLike, logits: ArrayLike, pos_weight: ArrayLike, name: str | None = None) -> Tensor:
    """Like `sigmoid_cross_entropy_with_logits`, with a factor for the positive labels.

    >>> weighted_cross_entropy_with_logits([1.0], [0.0], 2.0).numpy()
    array([1.3862944], dtype=float32)
    """
    labels = ops.cast(labels, ops.dtype(logits))
    return -ops.add(labels * pos_weight * ops.log_sigmoid(logits), (1 - labels) * ops.log_sigmoid(ops.negative(logits)))


def l2_loss(t: ArrayLike, name: str | None = None) -> Tensor:
    """Half the sum of the squares.

    >>> float(l2_loss([3.0, 4.0]))
    12.5
    """
    return ops.sum(ops.square(t)) / 2


# ---- layers


def leaky_relu(features: ArrayLike, alpha: float = 0.2, name: str | None = None) -> Tensor:
    """x where it is positive, `alpha * x` elsewhere.

    >>> leaky_relu([-1.0, 1.0]).numpy()
    array([-0.2,  1. ], dtype=float32)
    """
    return ops.leaky_relu(features, alpha)


def gelu(features: ArrayLike, approximate: bool = False, name: str | None = None) -> Tensor:
    """x times the probability that a normal number is smaller.

    >>> gelu([1.0]).numpy().round(3)
    array([0.841], dtype=float32)
    """
    return ops.gelu(features, approximate)


def dropout(
    x: ArrayLike, rate: float, noise_shape: Sequence[int] | None = None, seed: int | None = None, name: str | None = None
) -> Tensor:
    """The tensor with a fraction of its entries set to 0, and the others scaled up.

    >>> dropout(ops.ones(2), 0.0).numpy()
    array([1., 1.], dtype=float32)
    """
    return random.dropout(x, rate, noise_shape, seed)


def bias_add(value: ArrayLike, bias: ArrayLike, data_format: str | None = None, name: str | None = None) -> Tensor:
    """A number added to each channel.

    >>> bias_add([[1.0, 2.0]], [10.0, 20.0]).numpy()
    array([[11., 22.]], dtype=float32)
    """
    if data_format is None or not data_format.startswith("NC"):
        return ops.add(value, bias)
    value = ops.convert_to_tensor(value)
    return ops.add(value, ops.reshape(bias, (-1, *(1 for _ in value.shape[2:]))))


def embedding_lookup(params: ArrayLike, ids: ArrayLike, max_norm: float | None = None, name: str | None = None) -> Tensor:
    """The rows of a table with these numbers.

    >>> embedding_lookup([[1.0], [2.0]], [1]).numpy()
    array([[2.]], dtype=float32)
    """
    rows = ops.take(params, ids, 0)
    if max_norm is None:
        return rows
    norm = ops.sqrt(ops.sum(ops.square(rows), -1, keepdims=True))
    return rows * ops.divide(max_norm, ops.maximum(norm, max_norm))


def moments(
    x: ArrayLike, axes: Axis, shift: ArrayLike | None = None, keepdims: bool = False, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """Mean and variance over axes.

    >>> [float(moment) for moment in moments([1.0, 3.0], [0])]
    [2.0, 1.0]
    """
    return ops.moments(x, axes, keepdims)


def batch_normalization(
    x: ArrayLike,
    mean: ArrayLike,
    variance: ArrayLike,
    offset: ArrayLike | None,
    scale: ArrayLike | None,
    variance_epsilon: float,
    name: str | None = None,
) -> Tensor:
    """x with this mean and variance taken out, then scaled and shifted.

    >>> batch_normalization([3.0], 1.0, 4.0, 10.0, None, 0.0).numpy()
    array([11.], dtype=float32)
    """
    normal = ops.multiply(ops.subtract(x, mean), ops.rsqrt(ops.add(variance, variance_epsilon)))
    normal = normal if scale is None else ops.multiply(normal, scale)
    return normal if offset is None else ops.add(normal, offset)


# ---- windows


def _spatial(sizes: Sizes | None, data_format: str | None, rank: int) -> Sizes:
    """Strides or windows of TensorFlow, which may hold a 1 for the batch and the channels, as those of the spatial axes."""
    if sizes is None or isinstance(sizes, int):
        return 1 if sizes is None else sizes
    if len(sizes) == rank + 2:
        return tuple(sizes[2:] if _is_first(data_format) else sizes[1:-1])
    return sizes[0] if len(sizes) == 1 else tuple(sizes)


def _is_first(data_format: str | None) -> bool:
    return data_format is not None and data_format.startswith("NC")


def _format(data_format: str | None) -> str:
    return "channels_first" if _is_first(data_format) else "channels_last"


def conv2d(
    input: ArrayLike,
    filters: ArrayLike,
    strides: Sizes,
    padding: str,
    data_format: str = "NHWC",
    dilations: Sizes | None = None,
    name: str | None = None,
) -> Tensor:
    """The convolution of images with a kernel of the shape (height, width, channels in, channels out).

    >>> conv2d(ops.ones((1, 4, 4, 1)), ops.ones((2, 2, 1, 3)), strides=[1, 2, 2, 1], padding="VALID").shape
    (1, 2, 2, 3)
    """
    sizes = (_spatial(part, data_format, 2) for part in (strides, dilations))
    step, dilation = sizes
    return ops.conv(input, filters, step, padding.lower(), _format(data_format), dilation)


def conv1d(
    input: ArrayLike,
    filters: ArrayLike,
    stride: Sizes,
    padding: str,
    data_format: str = "NWC",
    dilations: Sizes | None = None,
    name: str | None = None,
) -> Tensor:
    """The convolution of sequences with a kernel of the shape (length, channels in, channels out).

    >>> conv1d(ops.ones((1, 4, 1)), ops.ones((2, 1, 3)), 2, "VALID").shape
    (1, 2, 3)
    """
    step, dilation = (_spatial(part, data_format, 1) for part in (stride, dilations))
    return ops.conv(input, filters, step, padding.lower(), _format(data_format), dilation)


def depthwise_conv2d(
    input: ArrayLike,
    filter: ArrayLike,
    strides: Sizes,
    padding: str,
    data_format: str = "NHWC",
    dilations: Sizes | None = None,
    name: str | None = None,
) -> Tensor:
    """The convolution of each channel on its own, with a kernel of the shape (height, width, channels, multiplier).

    >>> depthwise_conv2d(ops.ones((1, 4, 4, 2)), ops.ones((2, 2, 2, 1)), [1, 1, 1, 1], "SAME").shape
    (1, 4, 4, 2)
    """
    step, dilation = (_spatial(part, data_format, 2) for part in (strides, dilations))
    return ops.depthwise_conv(input, filter, step, padding.lower(), _format(data_format), dilation)


def max_pool2d(input: ArrayLike, ksize: Sizes, strides: Sizes, padding: str, data_format: str = "NHWC", name: str | None = None) -> Tensor:
    """The largest entry of each window of images.

    >>> max_pool2d(ops.ones((1, 4, 4, 1)), 2, 2, "VALID").shape
    (1, 2, 2, 1)
    """
    window, step = (_spatial(part, data_format, 2) for part in (ksize, strides))
    return ops.max_pool(input, window, step, padding.lower(), _format(data_format))


def avg_pool2d(input: ArrayLike, ksize: Sizes, strides: Sizes, padding: str, data_format: str = "NHWC", name: str | None = None) -> Tensor:
    """The mean of each window of images.

    >>> avg_pool2d(ops.ones((1, 4, 4, 1)), 2, 2, "VALID").shape
    (1, 2, 2, 1)
    """
    window, step = (_spatial(part, data_format, 2) for part in (ksize, strides))
    return ops.average_pool(input, window, step, padding.lower(), _format(data_format))


max_pool, avg_pool = max_pool2d, avg_pool2d


def softmax(logits: ArrayLike, axis: Axis = None, name: str | None = None) -> Tensor:
    """Probabilities from scores.

    >>> softmax([1.0, 1.0]).numpy()
    array([0.5, 0.5], dtype=float32)
    """
    return ops.softmax(logits, -1 if axis is None else axis)


def log_softmax(logits: ArrayLike, axis: Axis = None, name: str | None = None) -> Tensor:
    """The logarithm of `softmax`.

    >>> log_softmax([1.0, 1.0]).numpy()
    array([-0.6931472, -0.6931472], dtype=float32)
    """
    return ops.log_softmax(logits, -1 if axis is None else axis)


relu, relu6, elu, selu = (adapted(f, "features") for f in (ops.relu, ops.relu6, ops.elu, ops.selu))
softplus, softsign = adapted(ops.softplus, "features"), adapted(ops.softsign, "features")
silu = swish = adapted(ops.silu, "features")

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        tensorflow_names.refuse(f"nn.{name}")
        return getattr(_nn, name)

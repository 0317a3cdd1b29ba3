"""`tf.math`: arithmetic, functions, comparisons and reductions, with TensorFlow's names and defaults."""

from __future__ import annotations

from collections.abc import Sequence

from glassworks import dtypes, ops
from glassworks.tensorflow.adapting import adapted
from glassworks.typing import ArrayLike, Axis, DTypeLike, Tensor

# ---- reductions


def reduce_mean(input_tensor: ArrayLike, axis: Axis = None, keepdims: bool = False, name: str | None = None) -> Tensor:
    """The mean over axes, all by default. As in TensorFlow, the mean of integers is an integer.

    >>> float(reduce_mean([1.0, 2.0])), int(reduce_mean([1, 2]))
    (1.5, 1)
    """
    mean, dtype = ops.mean(input_tensor, axis, keepdims), ops.dtype(input_tensor)
    return ops.cast(ops.trunc(mean), dtype) if dtypes.is_integer(dtype) else mean


def reduce_logsumexp(input_tensor: ArrayLike, axis: Axis = None, keepdims: bool = False, name: str | None = None) -> Tensor:
    """The logarithm of the sum of the exponentials over axes.

    >>> f"{float(reduce_logsumexp([0.0, 0.0])):.4f}"
    '0.6931'
    """
    return ops.logsumexp(input_tensor, axis, keepdims)


def reduce_euclidean_norm(input_tensor: ArrayLike, axis: Axis = None, keepdims: bool = False, name: str | None = None) -> Tensor:
    """The square root of the sum of the squares over axes.

    >>> float(reduce_euclidean_norm([3.0, 4.0]))
    5.0
    """
    return ops.sqrt(ops.sum(ops.square(input_tensor), axis, keepdims))


reduce_sum = adapted(ops.sum, "input_tensor", "axis", "keepdims")
reduce_max = adapted(ops.max, "input_tensor", "axis", "keepdims")
reduce_min = adapted(ops.min, "input_tensor", "axis", "keepdims")
reduce_prod = adapted(ops.prod, "input_tensor", "axis", "keepdims")
reduce_all = adapted(ops.all, "input_tensor", "axis", "keepdims")
reduce_any = adapted(ops.any, "input_tensor", "axis", "keepdims")
reduce_std = adapted(ops.std, "input_tensor", "axis", "keepdims")
reduce_variance = adapted(ops.var, "input_tensor", "axis", "keepdims")


def argmax(input: ArrayLike, axis: int | None = None, output_type: DTypeLike = "int64", name: str | None = None) -> Tensor:
    """The index of the largest entry along an axis, the first by default.

    >>> argmax([[1, 5], [7, 2]]).numpy()
    array([1, 0])
    """
    return ops.cast(ops.argmax(input, 0 if axis is None else axis), output_type)


def argmin(input: ArrayLike, axis: int | None = None, output_type: DTypeLike = "int64", name: str | None = None) -> Tensor:
    """The index of the smallest entry along an axis, the first by default.

    >>> argmin([[1, 5], [7, 2]]).numpy()
    array([0, 1])
    """
    return ops.cast(ops.argmin(input, 0 if axis is None else axis), output_type)


def count_nonzero(
    input: ArrayLike, axis: Axis = None, keepdims: bool = False, dtype: DTypeLike = "int64", name: str | None = None
) -> Tensor:
    """How many entries are not zero.

    >>> int(count_nonzero([0, 3, 4]))
    2
    """
    return ops.sum(ops.cast(ops.not_equal(input, 0), dtype), axis, keepdims)


def zero_fraction(value: ArrayLike, name: str | None = None) -> Tensor:
    """The fraction of entries that are zero.

    >>> float(zero_fraction([0.0, 2.0]))
    0.5
    """
    return ops.mean(ops.cast(ops.equal(value, 0), "float32"))


def cumsum(x: ArrayLike, axis: int = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None) -> Tensor:
    """The sums up to each entry.

    Args:
        x: The numbers.
        axis: The axis.
        exclusive: Whether an entry is left out of its own sum.
        reverse: Whether to begin at the end.
        name: Ignored.

    >>> cumsum([1, 2, 3]).numpy(), cumsum([1, 2, 3], exclusive=True, reverse=True).numpy()
    (array([1, 3, 6], dtype=int32), array([5, 3, 0], dtype=int32))
    """
    x = ops.flip(x, axis) if reverse else ops.convert_to_tensor(x)
    sums = ops.cast(ops.cumsum(x, axis), x.dtype)
    sums = ops.subtract(sums, x) if exclusive else sums
    return ops.flip(sums, axis) if reverse else sums


def cumprod(x: ArrayLike, axis: int = 0, name: str | None = None) -> Tensor:
    """The products up to each entry.

    >>> cumprod([1, 2, 3]).numpy()
    array([1, 2, 6], dtype=int32)
    """
    return ops.cast(ops.cumprod(x, axis), ops.dtype(x))


# ---- arithmetic and functions


def add_n(inputs: Sequence[ArrayLike], name: str | None = None) -> Tensor:
    """The sum of several tensors.

    >>> float(add_n([1.0, 2.0, 3.0]))
    6.0
    """
    total = ops.convert_to_tensor(inputs[0])
    for term in inputs[1:]:
        total = ops.add(total, term)
    return total


def squared_difference(x: ArrayLike, y: ArrayLike, name: str | None = None) -> Tensor:
    """(x - y) squared.

    >>> float(squared_difference(1.0, 3.0))
    4.0
    """
    return ops.square(ops.subtract(x, y))


def multiply_no_nan(x: ArrayLike, y: ArrayLike, name: str | None = None) -> Tensor:
    """x * y, and 0 where y is 0, whatever x is.

    >>> float(multiply_no_nan(float("nan"), 0.0))
    0.0
    """
    product = ops.multiply(x, y)
    return ops.where(ops.equal(y, 0), ops.zeros_like(product), product)


def xlogy(x: ArrayLike, y: ArrayLike, name: str | None = None) -> Tensor:
    """x * log(y), and 0 where x is 0.

    >>> float(xlogy(0.0, 0.0))
    0.0
    """
    zero = ops.equal(x, 0)
    return ops.where(zero, 0.0, ops.multiply(x, ops.log(ops.where(zero, 1.0, y))))


def confusion_matrix(
    labels: ArrayLike,
    predictions: ArrayLike,
    num_classes: int | None = None,
    weights: ArrayLike | None = None,
    dtype: DTypeLike = "int32",
    name: str | None = None,
) -> Tensor:
    """How often each class (row) was predicted as each class (column).

    >>> confusion_matrix([0, 1, 1], [0, 1, 0]).numpy()
    array([[1, 0],
           [1, 1]], dtype=int32)
    """
    labels, predictions = ops.cast(ops.reshape(labels, (-1,)), "int32"), ops.cast(ops.reshape(predictions, (-1,)), "int32")
    size = int(ops.maximum(ops.max(labels), ops.max(predictions))) + 1 if num_classes is None else num_classes
    ones = ops.ones(labels.shape, dtype) if weights is None else ops.cast(ops.reshape(weights, (-1,)), dtype)
    return ops.scatter(ops.stack([labels, predictions], -1), ones, (size, size))


def clip_by_value(t: ArrayLike, clip_value_min: ArrayLike, clip_value_max: ArrayLike, name: str | None = None) -> Tensor:
    """The numbers, limited to an interval.

    >>> clip_by_value([1.0, 9.0], 0.0, 5.0).numpy()
    array([1., 5.], dtype=float32)
    """
    return ops.clip(t, clip_value_min, clip_value_max)


def clip_by_norm(t: ArrayLike, clip_norm: ArrayLike, axes: Axis = None, name: str | None = None) -> Tensor:
    """The tensor, scaled down to this norm if its own is larger.

    >>> clip_by_norm([3.0, 4.0], 1.0).numpy()
    array([0.6, 0.8], dtype=float32)
    """
    t = ops.convert_to_tensor(t)
    norm = ops.sqrt(ops.sum(ops.square(t), axes, keepdims=True))
    return t * ops.divide(clip_norm, ops.maximum(norm, clip_norm))


def global_norm(t_list: Sequence[ArrayLike | None], name: str | None = None) -> Tensor:
    """The norm of several tensors together.

    >>> float(global_norm([[3.0], [4.0]]))
    5.0
    """
    return ops.sqrt(add_n([ops.sum(ops.square(t)) for t in t_list if t is not None]))


def clip_by_global_norm(
    t_list: Sequence[ArrayLike | None], clip_norm: ArrayLike, use_norm: ArrayLike | None = None, name: str | None = None
) -> tuple[list[Tensor | None], Tensor]:
    """Several tensors, scaled down together to this norm if their own is larger; and that norm.

    >>> [t.numpy() for t in clip_by_global_norm([[3.0], [4.0]], 1.0)[0]]
    [array([0.6], dtype=float32), array([0.8], dtype=float32)]
    """
    norm = global_norm(t_list) if use_norm is None else ops.convert_to_tensor(use_norm)
    scale = ops.divide(clip_norm, ops.maximum(norm, clip_norm))
    return [None if t is None else ops.multiply(t, ops.cast(scale, ops.dtype(t))) for t in t_list], norm


def l2_normalize(x: ArrayLike, axis: Axis = None, epsilon: float = 1e-12, name: str | None = None) -> Tensor:
    """The tensor divided by its norm along axes, all by default.

    >>> l2_normalize([3.0, 4.0]).numpy()
    array([0.6, 0.8], dtype=float32)
    """
    return ops.multiply(x, ops.rsqrt(ops.maximum(ops.sum(ops.square(x), axis, keepdims=True), epsilon)))


def unsorted_segment_mean(data: ArrayLike, segment_ids: ArrayLike, num_segments: int, name: str | None = None) -> Tensor:
    """The mean of the entries of each segment; 0 where it has none.

    >>> unsorted_segment_mean([1.0, 3.0, 5.0], [0, 0, 1], 2).numpy()
    array([2., 5.], dtype=float32)
    """
    data = ops.convert_to_tensor(data)
    counts = ops.segment_sum(ops.ones_like(data), segment_ids, num_segments)
    return ops.divide(ops.segment_sum(data, segment_ids, num_segments), ops.maximum(counts, 1))


def top_k(input: ArrayLike, k: int = 1, sorted: bool = True, name: str | None = None) -> tuple[Tensor, Tensor]:
    """The k largest entries of each row, and their indices.

    >>> top_k([1, 5, 3], 2)[1].numpy()
    array([1, 2], dtype=int32)
    """
    return ops.top_k(input, k, sorted)


_BINARY = ("x", "y")
add, subtract, multiply = adapted(ops.add, *_BINARY), adapted(ops.subtract, *_BINARY), adapted(ops.multiply, *_BINARY)
divide = truediv = adapted(ops.divide, *_BINARY)
divide_no_nan = adapted(ops.divide_no_nan, *_BINARY)
floordiv, mod = adapted(ops.floor_divide, *_BINARY), adapted(ops.mod, *_BINARY)
floormod = mod
pow = adapted(ops.power, *_BINARY)
maximum, minimum = adapted(ops.maximum, *_BINARY), adapted(ops.minimum, *_BINARY)
atan2 = adapted(ops.arctan2, "y", "x")
equal, not_equal = adapted(ops.equal, *_BINARY), adapted(ops.not_equal, *_BINARY)
greater, greater_equal = adapted(ops.greater, *_BINARY), adapted(ops.greater_equal, *_BINARY)
less, less_equal = adapted(ops.less, *_BINARY), adapted(ops.less_equal, *_BINARY)
logical_and, logical_or = adapted(ops.logical_and, *_BINARY), adapted(ops.logical_or, *_BINARY)
logical_xor, logical_not = adapted(ops.logical_xor, *_BINARY), adapted(ops.logical_not, "x")
abs, sign, negative = adapted(ops.abs, "x"), adapted(ops.sign, "x"), adapted(ops.negative, "x")
square, sqrt, rsqrt = adapted(ops.square, "x"), adapted(ops.sqrt, "x"), adapted(ops.rsqrt, "x")
reciprocal = adapted(ops.reciprocal, "x")
exp, expm1, log, log1p = adapted(ops.exp, "x"), adapted(ops.expm1, "x"), adapted(ops.log, "x"), adapted(ops.log1p, "x")
sin, cos, tan = adapted(ops.sin, "x"), adapted(ops.cos, "x"), adapted(ops.tan, "x")
asin, acos, atan = adapted(ops.arcsin, "x"), adapted(ops.arccos, "x"), adapted(ops.arctan, "x")
sinh, cosh, tanh = adapted(ops.sinh, "x"), adapted(ops.cosh, "x"), adapted(ops.tanh, "x")
asinh, acosh, atanh = adapted(ops.arcsinh, "x"), adapted(ops.arccosh, "x"), adapted(ops.arctanh, "x")
sigmoid, softplus, log_sigmoid = adapted(ops.sigmoid, "x"), adapted(ops.softplus, "features"), adapted(ops.log_sigmoid, "x")
erf, erfc, erfinv = adapted(ops.erf, "x"), adapted(ops.erfc, "x"), adapted(ops.erfinv, "x")
floor, ceil, round, rint = (adapted(f, "x") for f in (ops.floor, ops.ceil, ops.round, ops.round))
is_nan, is_inf, is_finite = adapted(ops.isnan, "x"), adapted(ops.isinf, "x"), adapted(ops.isfinite, "x")
real, imag, conj, angle = (adapted(f, "input") for f in (ops.real, ops.imag, ops.conj, ops.angle))
bincount = adapted(ops.bincount, "arr", "weights", "minlength")
in_top_k = adapted(ops.in_top_k, "targets", "predictions", "k")
segment_sum = adapted(ops.segment_sum, "data", "segment_ids")
segment_max = adapted(ops.segment_max, "data", "segment_ids")
segment_min = adapted(ops.segment_min, "data", "segment_ids")
unsorted_segment_sum = adapted(ops.segment_sum, "data", "segment_ids", "num_segments")
unsorted_segment_max = adapted(ops.segment_max, "data", "segment_ids", "num_segments")
unsorted_segment_min = adapted(ops.segment_min, "data", "segment_ids", "num_segments")
unsorted_segment_prod = adapted(ops.segment_prod, "data", "segment_ids", "num_segments")

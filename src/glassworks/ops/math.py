"""The names of `keras.ops` that NumPy does not have: error functions, log-sum-exp, segments, the largest k, distances."""

from __future__ import annotations

import numpy as np

from glassworks import dtypes
from glassworks.errors import ArgumentError, GraphError, ShapeError
from glassworks.graph import Symbolic, apply, op, spec_of
from glassworks.ops.convert import axes_of, floating, operand
from glassworks.ops.indices import signed
from glassworks.ops.numpy.arithmetic import square
from glassworks.ops.numpy.comparison import isinf, isnan, where
from glassworks.ops.numpy.indexing import take_along_axis
from glassworks.ops.numpy.mathematics import exp, log, sqrt
from glassworks.ops.numpy.reduction import max as max_over
from glassworks.ops.numpy.reduction import sum as sum_over
from glassworks.ops.numpy.shaping import expand_dims, flip, reshape
from glassworks.ops.primitives import functions, index, sorting, special
from glassworks.ops.primitives.control import stop_gradient
from glassworks.ops.primitives.reduce import reduced_shape
from glassworks.typing import ArrayLike, Axis, Tensor

__all__ = [
    "cdist",
    "erf",
    "erfc",
    "erfinv",
    "in_top_k",
    "logsumexp",
    "rsqrt",
    "segment_max",
    "segment_min",
    "segment_prod",
    "segment_sum",
    "top_k",
]


@op
def erf(x: ArrayLike) -> Tensor:
    """The error function: the probability that a normal variable of variance 1/2 lies between -x and x.

    >>> from glassworks import ops
    >>> ops.erf([0.0, 1.0])
    Array([0.        , 0.84270084], dtype=float32)
    """
    return apply(special.erf, *floating(x))


@op
def erfc(x: ArrayLike) -> Tensor:
    """1 - erf(x), exact where erf is almost 1.

    >>> from glassworks import ops
    >>> ops.erfc([0.0, 5.0])
    Array([1.0000000e+00, 1.5374599e-12], dtype=float32)
    """
    return apply(special.erfc, *floating(x))


@op
def erfinv(x: ArrayLike) -> Tensor:
    """The inverse of the error function; nan outside -1 to 1.

    >>> from glassworks import ops
    >>> ops.erfinv([0.0, 0.5])
    Array([0.        , 0.47693628], dtype=float32)
    """
    return apply(special.erfinv, *floating(x))


@op
def rsqrt(x: ArrayLike) -> Tensor:
    """1 / sqrt(x).

    >>> from glassworks import ops
    >>> ops.rsqrt([4.0, 16.0])
    Array([0.5 , 0.25], dtype=float32)
    """
    return apply(functions.rsqrt, *floating(x))


@op
def logsumexp(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """log(sum(exp(x))) over axes, without overflow.

    Args:
        x: Any numbers; integers become `floatx()`.
        axis: An axis or several; all of them by default.
        keepdims: Keep the reduced axes with size 1.

    >>> from glassworks import ops
    >>> ops.logsumexp([1000.0, 1000.0])
    Array(1000.6932, dtype=float32)
    """
    (x,) = floating(x)
    axes = axes_of(axis, len(spec_of(x).shape))
    # The sum of no numbers is 0, and its logarithm -inf.
    nothing = any(spec_of(x).shape[i] == 0 for i in axes)
    top = max_over(x, axis, keepdims=True, initial=-np.inf if nothing else None)
    top = apply(stop_gradient, where(isinf(top), 0.0, top))
    kept = log(sum_over(exp(x - top), axis, keepdims=True)) + top
    return kept if keepdims else reshape(kept, reduced_shape(spec_of(x).shape, axes, False))


@op
def top_k(x: ArrayLike, k: int, sorted: bool = True) -> tuple[Tensor, Tensor]:
    """The k largest entries of the last axis, largest first, and their indices (int32); ties keep their order.

    Args:
        x: At least one axis.
        k: The number of entries, at most the size of the last axis.
        sorted: Ignored: they are always sorted.

    >>> from glassworks import ops
    >>> values, indices = ops.top_k([3.0, 9.0, 5.0], k=2)
    >>> values, indices
    (Array([9., 5.], dtype=float32), Array([1, 2], dtype=int32))
    """
    x = operand(x)
    shape = spec_of(x).shape
    if not shape or not 0 <= k <= (shape[-1] or 0):
        raise ArgumentError(
            f"k={k} of an array of shape {tuple(shape)}", f"k from 0 to {shape[-1] if shape else 0}", "the last axis has too few entries"
        )
    # Sorting the reversed axis keeps ties in order, and works for unsigned integers too.
    last = len(shape) - 1
    order = (shape[-1] or 0) - 1 - flip(apply(sorting.argsort, flip(x, -1), axis=last), -1)
    indices = order[..., :k]
    return take_along_axis(x, indices, axis=-1), indices


@op
def in_top_k(targets: ArrayLike, predictions: ArrayLike, k: int) -> Tensor:
    """Whether the target's prediction is among the k largest of its row; ties count, nan does not.

    Args:
        targets: Class numbers, in the shape of `predictions` without its last axis.
        predictions: A score per class in the last axis.
        k: The number of the largest scores that count.

    >>> from glassworks import ops
    >>> ops.in_top_k([2, 0], [[0.1, 0.3, 0.6], [0.1, 0.3, 0.6]], k=2)
    Array([ True, False])
    """
    targets, predictions = operand(targets), operand(predictions)
    own = take_along_axis(predictions, expand_dims(targets, -1), axis=-1)
    if dtypes.is_float(spec_of(own).dtype):
        own = where(isnan(own), -float("inf"), own)
    return sum_over(operand(predictions > own, "int32"), axis=-1) < k


def _segments(data: ArrayLike, segment_ids: ArrayLike, num_segments: int | None, reduction: str, empty: float) -> Tensor:
    data, ids = operand(data), signed(segment_ids)
    if num_segments is None:
        if isinstance(ids, Symbolic):
            raise GraphError("num_segments=None in a graph", "a number of segments", "pass num_segments=...")
        num_segments = int(np.max(ids)) + 1 if ids.size else 0
    shape = spec_of(data).shape
    if len(spec_of(ids).shape) != 1 or not shape or shape[0] != spec_of(ids).shape[0]:
        raise ShapeError(
            f"data {tuple(shape)} with segment_ids {tuple(spec_of(ids).shape)}",
            "one segment id per entry of the first axis",
            "give segment_ids shape (n,) for data of shape (n, ...)",
        )
    start = np.full((num_segments, *shape[1:]), empty, dtypes.numpy_dtype(spec_of(data).dtype))
    return apply(index.scatter, operand(start), ids, data, reduction=reduction)


@op
def segment_sum(data: ArrayLike, segment_ids: ArrayLike, num_segments: int | None = None, sorted: bool = False) -> Tensor:
    """The sum of the entries of each segment; 0 for a segment without entries.

    Args:
        data: Shape (n, ...).
        segment_ids: Shape (n,): the segment of each entry; entries with an id out of range are left out.
        num_segments: How many segments there are; by default the largest id plus one (not in a graph).
        sorted: Ignored: the ids need not be sorted.

    >>> from glassworks import ops
    >>> ops.segment_sum([1.0, 2.0, 3.0], [0, 2, 0], num_segments=3)
    Array([4., 0., 2.], dtype=float32)
    """
    return _segments(data, segment_ids, num_segments, "add", 0)


@op
def segment_prod(data: ArrayLike, segment_ids: ArrayLike, num_segments: int | None = None, sorted: bool = False) -> Tensor:
    """The product of the entries of each segment, as `segment_sum`; 1 for a segment without entries.

    >>> from glassworks import ops
    >>> ops.segment_prod([4.0, 2.0, 3.0], [0, 2, 0], num_segments=3)
    Array([12.,  1.,  2.], dtype=float32)
    """
    return _segments(data, segment_ids, num_segments, "multiply", 1)


@op
def segment_max(data: ArrayLike, segment_ids: ArrayLike, num_segments: int | None = None, sorted: bool = False) -> Tensor:
    """The largest entry of each segment, as `segment_sum`; -inf (or the smallest integer) for a segment without entries.

    >>> from glassworks import ops
    >>> ops.segment_max([1.0, 2.0, 3.0], [0, 1, 0], num_segments=2)
    Array([3., 2.], dtype=float32)
    """
    dtype = spec_of(operand(data)).dtype
    return _segments(data, segment_ids, num_segments, "maximum", -np.inf if dtypes.is_float(dtype) else dtypes.smallest(dtype))


@op
def segment_min(data: ArrayLike, segment_ids: ArrayLike, num_segments: int | None = None, sorted: bool = False) -> Tensor:
    """The smallest entry of each segment, as `segment_sum`; inf (or the largest integer) for a segment without entries.

    >>> from glassworks import ops
    >>> ops.segment_min([1.0, 2.0, 3.0], [0, 1, 0], num_segments=2)
    Array([1., 2.], dtype=float32)
    """
    dtype = spec_of(operand(data)).dtype
    return _segments(data, segment_ids, num_segments, "minimum", np.inf if dtypes.is_float(dtype) else dtypes.largest(dtype))


@op
def cdist(x: ArrayLike, y: ArrayLike) -> Tensor:
    """The distance of each row of x from each row of y: shapes (..., m, d) and (..., n, d) give (..., m, n).

    The gradient at distance 0 is 0.

    >>> from glassworks import ops
    >>> ops.cdist([[0.0, 0.0], [3.0, 4.0]], [[0.0, 0.0]])
    Array([[0.],
           [5.]], dtype=float32)
    """
    x, y = floating(x, y)
    a, b = spec_of(x).shape, spec_of(y).shape
    if len(a) < 2 or len(b) < 2 or a[-1] != b[-1]:
        raise ShapeError(f"cdist of shapes {tuple(a)} and {tuple(b)}", "(..., m, d) and (..., n, d)", "both need rows of the same length")
    squares = sum_over(square(expand_dims(x, -2) - expand_dims(y, -3)), axis=-1)
    positive = squares > 0
    return where(positive, sqrt(where(positive, squares, 1.0)), 0.0)

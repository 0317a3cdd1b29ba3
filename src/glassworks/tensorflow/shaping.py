"""Tensors that are reshaped, joined, cut and taken from, with TensorFlow's names and defaults."""

from __future__ import annotations

import builtins
import math
from collections.abc import Sequence

import numpy as np

from glassworks import ops
from glassworks.errors import ShapeError
from glassworks.tensorflow.adapting import adapted
from glassworks.typing import ArrayLike, DTypeLike, Index, Scalar, Tensor


def shape(input: ArrayLike, out_type: DTypeLike = None, name: str | None = None) -> tuple[int | None, ...]:
    """The shape as a tuple of integers, which is what all functions accept as a shape.

    >>> shape([[1, 2, 3]])
    (1, 3)
    """
    return ops.shape(input)


def rank(input: ArrayLike, name: str | None = None) -> int:
    """The number of axes.

    >>> rank([[1, 2]])
    2
    """
    return len(ops.shape(input))


def size(input: ArrayLike, out_type: DTypeLike = None, name: str | None = None) -> int:
    """The number of elements.

    >>> size([[1, 2]])
    2
    """
    return math.prod(ops.shape(input))


def where(condition: ArrayLike, x: ArrayLike | None = None, y: ArrayLike | None = None, name: str | None = None) -> Tensor:
    """Elements of x where the condition holds, of y elsewhere; without x and y the indices where it holds, a row for each.

    >>> where([True, False, True]).numpy()
    array([[0],
           [2]])
    """
    if x is None and y is None:
        return ops.cast(ops.stack(ops.nonzero(condition), axis=-1), "int64")
    return ops.where(condition, x, y)


def gather(
    params: ArrayLike,
    indices: ArrayLike,
    validate_indices: bool | None = None,
    axis: int | None = None,
    batch_dims: int = 0,
    name: str | None = None,
) -> Tensor:
    """The entries with these indices along an axis.

    Args:
        params: What to take from.
        indices: Which entries to take.
        validate_indices: Ignored; indices are always checked.
        axis: The axis; the first one that is not shared if None.
        batch_dims: How many leading axes `params` and `indices` share.
        name: Ignored.

    >>> gather([10, 20, 30], [2, 0]).numpy()
    array([30, 10], dtype=int32)
    >>> gather([[1, 2], [3, 4]], [[1], [0]], batch_dims=1).numpy()
    array([[2],
           [3]], dtype=int32)
    """
    if not batch_dims:
        return ops.take(params, indices, 0 if axis is None else axis)
    if axis not in (None, batch_dims):
        fix = "move the axis there by transpose"
        raise ShapeError(f"axis={axis} with batch_dims={batch_dims}", "the first axis that is not shared", fix, where="gather")
    params, indices = ops.convert_to_tensor(params), ops.convert_to_tensor(indices)
    batch, rest = params.shape[:batch_dims], params.shape[batch_dims + 1 :]
    flat = ops.reshape(indices, (*batch, -1, *(1 for _ in rest)))
    flat = ops.broadcast_to(flat, (*flat.shape[: batch_dims + 1], *rest))
    return ops.reshape(ops.take_along_axis(params, flat, batch_dims), (*indices.shape, *rest))


def gather_nd(params: ArrayLike, indices: ArrayLike, batch_dims: int = 0, name: str | None = None) -> Tensor:
    """The entries with these indices, of which the last axis holds one for each leading axis of `params`.

    >>> gather_nd([[1, 2], [3, 4]], [[0, 1], [1, 0]]).numpy()
    array([2, 3], dtype=int32)
    """
    params, indices = ops.convert_to_tensor(params), ops.convert_to_tensor(indices)
    for axis in reversed(builtins.range(batch_dims)):
        # The number of the row along a shared axis becomes an index like the others.
        place = ops.reshape(ops.arange(params.shape[axis]), [-1 if i == axis else 1 for i in builtins.range(indices.ndim)])
        place = ops.broadcast_to(ops.cast(place, indices.dtype), (*indices.shape[:-1], 1))
        indices = ops.concatenate([place, indices], -1)
    count = indices.shape[-1]
    steps = np.array([math.prod(params.shape[axis + 1 : count]) for axis in builtins.range(count)], "int32")
    flat = ops.sum(indices * ops.cast(steps, indices.dtype), -1)
    return ops.take(ops.reshape(params, (-1, *params.shape[count:])), flat, 0)


def boolean_mask(tensor: ArrayLike, mask: ArrayLike, axis: int | None = None, name: str = "boolean_mask") -> Tensor:
    """The entries of which the mask is true, along one axis, or several that become one.

    >>> boolean_mask([1, 2, 3], [True, False, True]).numpy()
    array([1, 3], dtype=int32)
    """
    tensor, mask, axis = ops.convert_to_tensor(tensor), ops.convert_to_tensor(mask), axis or 0
    merged = (*tensor.shape[:axis], -1, *tensor.shape[axis + mask.ndim :])
    (kept,) = ops.nonzero(ops.reshape(mask, (-1,)))
    return ops.take(ops.reshape(tensor, merged), kept, axis)


def slice(input_: ArrayLike, begin: Sequence[int], size: Sequence[int], name: str | None = None) -> Tensor:
    """A block of the given sizes (-1: up to the end) that begins at these indices.

    >>> slice([[1, 2, 3], [4, 5, 6]], [0, 1], [-1, 2]).numpy()
    array([[2, 3],
           [5, 6]], dtype=int32)
    """
    parts = [builtins.slice(int(b), None if int(s) < 0 else int(b) + int(s)) for b, s in zip(begin, size, strict=True)]
    return ops.convert_to_tensor(input_)[tuple(parts)]


def split(
    value: ArrayLike, num_or_size_splits: int | Sequence[int], axis: int = 0, num: int | None = None, name: str = "split"
) -> list[Tensor]:
    """Parts along an axis: a number of equal ones, or parts of given sizes (one may be -1, what is left).

    >>> [part.numpy().tolist() for part in split([1, 2, 3, 4], [1, 3])]
    [[1], [2, 3, 4]]
    """
    if isinstance(num_or_size_splits, int):
        return ops.split(value, num_or_size_splits, axis)
    sizes = [int(size) for size in num_or_size_splits]
    if -1 in sizes:
        sizes[sizes.index(-1)] = ops.shape(value)[axis] - sum(sizes) - 1
    return ops.split(value, np.cumsum(sizes)[:-1].tolist(), axis)


def pad(
    tensor: ArrayLike, paddings: Sequence[Sequence[int]], mode: str = "CONSTANT", constant_values: Scalar = 0, name: str | None = None
) -> Tensor:
    """A tensor with borders: "CONSTANT", "REFLECT" or "SYMMETRIC".

    >>> pad([1, 2], [[1, 2]]).numpy()
    array([0, 1, 2, 0, 0], dtype=int32)
    """
    widths = [(int(before), int(after)) for before, after in paddings]
    if mode.lower() == "constant":
        return ops.pad(tensor, widths, "constant", constant_values)
    return ops.pad(tensor, widths, mode.lower())


def repeat(input: ArrayLike, repeats: ArrayLike, axis: int | None = None, name: str | None = None) -> Tensor:
    """Each entry several times.

    >>> repeat([1, 2], 2).numpy()
    array([1, 1, 2, 2], dtype=int32)
    """
    return ops.repeat(input, repeats, axis)


def reverse(tensor: ArrayLike, axis: int | Sequence[int], name: str | None = None) -> Tensor:
    """The entries in the opposite order along some axes.

    >>> reverse([1, 2, 3], [0]).numpy()
    array([3, 2, 1], dtype=int32)
    """
    return ops.flip(tensor, axis if isinstance(axis, int) else tuple(axis))


def sort(values: ArrayLike, axis: int = -1, direction: str = "ASCENDING", name: str | None = None) -> Tensor:
    """The entries in order.

    >>> sort([2, 3, 1], direction="DESCENDING").numpy()
    array([3, 2, 1], dtype=int32)
    """
    ordered = ops.sort(values, axis)
    return ordered if direction.upper() == "ASCENDING" else ops.flip(ordered, axis)


def argsort(values: ArrayLike, axis: int = -1, direction: str = "ASCENDING", stable: bool = False, name: str | None = None) -> Tensor:
    """The indices that put the entries in order.

    >>> argsort([2, 3, 1], direction="DESCENDING").numpy()
    array([1, 0, 2], dtype=int32)
    """
    if direction.upper() == "ASCENDING":
        return ops.argsort(values, axis)
    values = ops.convert_to_tensor(values)
    # Equal entries keep their order: the last ones of the reversed tensor come first in the reversed result.
    return values.shape[axis] - 1 - ops.flip(ops.argsort(ops.flip(values, axis), axis), axis)


def unique(x: ArrayLike, out_idx: DTypeLike = "int32", name: str | None = None) -> tuple[Tensor, Tensor]:
    """The different entries in the order of their first occurrence, and for each entry the number of its own.

    >>> [part.numpy().tolist() for part in unique([3, 1, 3])]
    [[3, 1], [0, 1, 0]]
    """
    values, first, inverse = np.unique(np.asarray(x), return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return ops.convert_to_tensor(values[order]), ops.cast(place[inverse.reshape(-1)], out_idx)


def scatter_nd(indices: ArrayLike, updates: ArrayLike, shape: Sequence[int], name: str | None = None) -> Tensor:
    """Zeros, with these numbers added at these indices.

    >>> scatter_nd([[1], [1]], [2, 3], [3]).numpy()
    array([0, 5, 0], dtype=int32)
    """
    return ops.scatter(indices, updates, shape)


def tensor_scatter_nd_update(tensor: ArrayLike, indices: ArrayLike, updates: ArrayLike, name: str | None = None) -> Tensor:
    """The tensor with other numbers at these indices.

    >>> tensor_scatter_nd_update([1, 2, 3], [[1]], [9]).numpy()
    array([1, 9, 3], dtype=int32)
    """
    return ops.scatter_update(tensor, indices, updates)


def tensor_scatter_nd_add(tensor: ArrayLike, indices: ArrayLike, updates: ArrayLike, name: str | None = None) -> Tensor:
    """The tensor with numbers added at these indices.

    >>> tensor_scatter_nd_add([1, 2, 3], [[1], [1]], [9, 1]).numpy()
    array([ 1, 12,  3], dtype=int32)
    """
    return ops.scatter_update(tensor, indices, updates, "add")


def strided_slice(input_: ArrayLike, begin: Sequence[int], end: Sequence[int], strides: Sequence[int] | None = None) -> Tensor:
    """The part between two indices of each axis.

    >>> strided_slice([1, 2, 3, 4], [0], [4], [2]).numpy()
    array([1, 3], dtype=int32)
    """
    index: list[Index] = [builtins.slice(*part) for part in zip(begin, end, strides or [1] * len(begin), strict=True)]
    return ops.convert_to_tensor(input_)[tuple(index)]


def ensure_shape(x: Tensor, shape: Sequence[int | None], name: str | None = None) -> Tensor:
    """The tensor, whose shape is checked: None stands for any size.

    Raises:
        ShapeError: It has another shape.

    >>> ensure_shape(ops.zeros((2, 3)), (None, 3)).shape
    (2, 3)
    """
    own = ops.shape(x)
    if len(own) != len(shape) or any(None not in (a, b) and a != b for a, b in zip(own, shape, strict=True)):
        raise ShapeError(f"shape {own}", f"shape {tuple(shape)}", "look at what makes this tensor", where="ensure_shape")
    return x


cast = adapted(ops.cast, "x", "dtype")
reshape = adapted(ops.reshape, "tensor", "shape")
concat = adapted(ops.concatenate, "values", "axis")
stack = adapted(ops.stack, "values", "axis")
unstack = adapted(ops.unstack, "value", "num", "axis")
expand_dims = adapted(ops.expand_dims, "input", "axis")
squeeze = adapted(ops.squeeze, "input", "axis")
transpose = adapted(ops.transpose, "a", "perm")
tile = adapted(ops.tile, "input", "multiples")
broadcast_to = adapted(ops.broadcast_to, "input", "shape")
roll = adapted(ops.roll, "input", "shift", "axis")
searchsorted = adapted(ops.searchsorted, "sorted_sequence", "values", "side")
identity = adapted(ops.copy, "input")
stop_gradient = adapted(ops.stop_gradient, "input")
saturate_cast = adapted(ops.saturate_cast, "value", "dtype")

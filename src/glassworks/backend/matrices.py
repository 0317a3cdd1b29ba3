"""Shapes, products and elementwise functions whose arguments or defaults in older Keras differ from those of `ops`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glassworks import ops
from glassworks.backend.arrays import ndim
from glassworks.errors import ArgumentError, ShapeError
from glassworks.ops.convert import described
from glassworks.typing import ArrayLike, DTypeLike, Shape, Tensor


def arange(start: int, stop: int | None = None, step: int = 1, dtype: DTypeLike = "int32") -> Tensor:
    """Numbers from start, or from 0, to stop; a negative start alone gives none.

    >>> arange(3).numpy().tolist(), arange(-3).shape
    ([0, 1, 2], (0,))
    """
    return ops.arange(max(start, 0) if stop is None else start, stop, step, dtype)


def argmax(x: ArrayLike, axis: int = -1) -> Tensor:
    """The position of the largest number along an axis, by default the last.

    >>> argmax([[1.0, 3.0, 2.0]]).numpy().tolist()
    [1]
    """
    return ops.argmax(x, axis)


def argmin(x: ArrayLike, axis: int = -1) -> Tensor:
    """The position of the smallest number along an axis, by default the last.

    >>> argmin([[1.0, 3.0, 2.0]]).numpy().tolist()
    [0]
    """
    return ops.argmin(x, axis)


def cumsum(x: ArrayLike, axis: int = 0) -> Tensor:
    """Cumulative sums along an axis, by default the first.

    >>> cumsum([1.0, 2.0, 3.0]).numpy().tolist()
    [1.0, 3.0, 6.0]
    """
    return ops.cumsum(x, axis)


def cumprod(x: ArrayLike, axis: int = 0) -> Tensor:
    """Cumulative products along an axis, by default the first.

    >>> cumprod([1.0, 2.0, 3.0]).numpy().tolist()
    [1.0, 2.0, 6.0]
    """
    return ops.cumprod(x, axis)


def clip(x: ArrayLike, min_value: ArrayLike | None, max_value: ArrayLike | None) -> Tensor:
    """Numbers limited to a range; None stands for none, and a maximum below the minimum counts as the minimum.

    >>> clip([-1.0, 0.5, 2.0], 0, None).numpy().tolist()
    [0.0, 0.5, 2.0]
    """
    if isinstance(min_value, (int, float)) and isinstance(max_value, (int, float)):
        max_value = max(min_value, max_value)
    return ops.clip(x, -np.inf if min_value is None else min_value, np.inf if max_value is None else max_value)


def sqrt(x: ArrayLike) -> Tensor:
    """The square root; 0 for negative numbers.

    >>> sqrt([4.0, -1.0]).numpy().tolist()
    [2.0, 0.0]
    """
    return ops.sqrt(ops.maximum(x, 0.0))


def pow(x: ArrayLike, a: ArrayLike) -> Tensor:
    """x to the power of a.

    >>> pow([2.0, 3.0], 2).numpy().tolist()
    [4.0, 9.0]
    """
    return ops.power(x, a)


def concatenate(tensors: Sequence[ArrayLike], axis: int = -1) -> Tensor:
    """Join arrays along an axis, by default the last.

    >>> concatenate([[[1]], [[2]]]).shape
    (1, 2)
    """
    return ops.concatenate(tensors, axis)


def expand_dims(x: ArrayLike, axis: int = -1) -> Tensor:
    """Add an axis of size 1, by default at the end.

    >>> expand_dims([1, 2]).shape
    (2, 1)
    """
    return ops.expand_dims(x, axis)


def flatten(x: ArrayLike) -> Tensor:
    """All numbers along one axis.

    >>> flatten([[1, 2], [3, 4]]).numpy().tolist()
    [1, 2, 3, 4]
    """
    return ops.reshape(x, (-1,))


def batch_flatten(x: ArrayLike) -> Tensor:
    """The numbers of each sample along one axis.

    >>> batch_flatten(np.ones((2, 3, 4))).shape
    (2, 12)
    """
    return ops.reshape(x, (-1, int(np.prod(described(x).shape[1:]))))


def reshape(x: ArrayLike, shape: Shape) -> Tensor:
    """The same numbers in another shape.

    >>> reshape([1, 2, 3, 4], shape=(2, 2)).shape
    (2, 2)
    """
    return ops.reshape(x, shape)


def permute_dimensions(x: ArrayLike, pattern: Sequence[int]) -> Tensor:
    """Axes in another order.

    >>> permute_dimensions(np.ones((2, 3, 4)), (0, 2, 1)).shape
    (2, 4, 3)
    """
    return ops.transpose(x, pattern)


def repeat(x: ArrayLike, n: int) -> Tensor:
    """Each row n times along a new axis in the middle.

    Raises:
        ShapeError: x does not have two axes.

    >>> repeat(np.ones((2, 3)), 4).shape
    (2, 4, 3)
    """
    if ndim(x) != 2:
        raise ShapeError(f"x of {ndim(x)} axes", "two axes", "use repeat_elements for others", where="backend.repeat")
    return ops.repeat(ops.expand_dims(x, 1), n, axis=1)


def repeat_elements(x: ArrayLike, rep: int, axis: int) -> Tensor:
    """Each element several times along an axis.

    >>> repeat_elements([1, 2], 2, axis=0).numpy().tolist()
    [1, 1, 2, 2]
    """
    return ops.repeat(x, rep, axis=axis)


def reverse(x: ArrayLike, axes: int | Sequence[int]) -> Tensor:
    """The order along axes reversed.

    >>> reverse([1, 2, 3], 0).numpy().tolist()
    [3, 2, 1]
    """
    return ops.flip(x, axes)


def tile(x: ArrayLike, n: int | Sequence[int]) -> Tensor:
    """The array several times along each axis.

    >>> tile([1, 2], 2).numpy().tolist()
    [1, 2, 1, 2]
    """
    return ops.tile(x, n)


def gather(reference: ArrayLike, indices: ArrayLike) -> Tensor:
    """Rows by their positions.

    >>> gather([10, 20, 30], [2, 0]).numpy().tolist()
    [30, 10]
    """
    return ops.take(reference, indices, axis=0)


def one_hot(indices: ArrayLike, num_classes: int) -> Tensor:
    """Class numbers as one-hot rows.

    >>> one_hot([1, 0], 2).numpy().tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    return ops.one_hot(indices, num_classes)


def dot(x: ArrayLike, y: ArrayLike) -> Tensor:
    """The product of the last axis of x with the second last of y, as in NumPy.

    >>> dot(np.ones((2, 3, 4)), np.ones((4, 5))).shape
    (2, 3, 5)
    """
    return ops.dot(x, y)


def batch_dot(x: ArrayLike, y: ArrayLike, axes: int | Sequence[int] | None = None) -> Tensor:
    """The product of each sample of x with that of y, summed over one axis of each.

    Args:
        x, y: Arrays with the same number of samples.
        axes: The axis of both, or one for each; the last of x and the second last of y if None.

    Raises:
        ArgumentError: The axis of the samples is summed over, or an axis is not one number.
        ShapeError: An array has a single axis.

    >>> batch_dot(np.ones((5, 2, 3)), np.ones((5, 3, 4))).shape, batch_dot(np.ones((5, 3)), np.ones((5, 3)), axes=1).shape
    ((5, 2, 4), (5, 1))
    """
    axes_of = (ndim(x), ndim(y))
    if min(axes_of) < 2:
        raise ShapeError(f"{axes_of} axes", "two or more", "add the axis of the samples with x[None]", where="backend.batch_dot")
    default = (axes_of[0] - 1, axes_of[1] - 1 if axes_of[1] == 2 else axes_of[1] - 2)
    given = default if axes is None else (axes, axes) if isinstance(axes, int) else tuple(axes)
    if len(given) != 2 or not all(isinstance(axis, int) for axis in given):
        raise ArgumentError(f"axes={axes!r}", "an integer or two", "pass one axis of each array", where="backend.batch_dot")
    first, second = (axis % count for axis, count in zip(given, axes_of, strict=True))
    if 0 in (first, second):
        raise ArgumentError(f"axes={axes!r}", "axes beside that of the samples", "samples stand along axis 0", where="backend.batch_dot")
    result = _product(x, y, axes_of, first, second)
    return ops.expand_dims(result, -1) if ndim(result) == 1 else result


def _product(x: ArrayLike, y: ArrayLike, axes_of: tuple[int, int], first: int, second: int) -> Tensor:
    letters = "bcdefghijklmnopqrstuvwxyz"
    left = ["a", *letters[: axes_of[0] - 1]]
    right = ["a", *letters[axes_of[0] - 1 : sum(axes_of) - 2]]
    right[second] = left[first]
    kept = [one for one in (*left, *right[1:]) if one != left[first]]
    return ops.einsum(f"{''.join(left)},{''.join(right)}->{''.join(kept)}", x, y)

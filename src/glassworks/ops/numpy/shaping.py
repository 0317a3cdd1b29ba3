"""Shape changes: the names of `keras.ops` that move numbers without changing them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from glassworks.errors import ShapeError
from glassworks.graph import apply, as_open_shape, op, spec_of
from glassworks.graph.sizes import as_ints, is_int
from glassworks.ops.convert import axes_of, described, operand
from glassworks.ops.primitives import joining
from glassworks.ops.primitives import shape as shapes
from glassworks.ops.primitives.index import gather
from glassworks.typing import ArrayLike, Axis, Shape, Tensor

__all__ = [
    "broadcast_to",
    "expand_dims",
    "flip",
    "fliplr",
    "flipud",
    "moveaxis",
    "ndim",
    "ravel",
    "repeat",
    "reshape",
    "roll",
    "rot90",
    "size",
    "squeeze",
    "swapaxes",
    "tile",
    "transpose",
]


def _shape(x: Tensor) -> tuple:
    return spec_of(x).shape


def ndim(x: ArrayLike) -> int:
    """The number of axes.

    >>> from glassworks import ops
    >>> ops.ndim(ops.zeros((2, 3)))
    2
    """
    return len(described(x).shape)


def size(x: ArrayLike) -> int | None:
    """The number of entries; None where a size is not known.

    >>> from glassworks import ops
    >>> ops.size(ops.zeros((2, 3)))
    6
    """
    sizes = described(x).shape
    return None if None in sizes else int(np.prod(sizes, dtype=int))


@op
def reshape(x: ArrayLike, newshape: int | Shape) -> Tensor:
    """The same numbers in another shape; one size may be -1.

    >>> from glassworks import ops
    >>> ops.reshape([1, 2, 3, 4], (2, -1))
    Array([[1, 2],
           [3, 4]], dtype=int32)
    """
    return apply(shapes.reshape, operand(x), shape=tuple(-1 if size is None else size for size in as_ints(newshape)))


@op
def ravel(x: ArrayLike) -> Tensor:
    """The array flattened to one axis.

    >>> from glassworks import ops
    >>> ops.ravel([[1, 2], [3, 4]])
    Array([1, 2, 3, 4], dtype=int32)
    """
    return apply(shapes.reshape, operand(x), shape=(-1,))


@op
def transpose(x: ArrayLike, axes: Sequence[int] | None = None) -> Tensor:
    """The array with its axes in another order; reversed if `axes` is None.

    >>> from glassworks import ops
    >>> ops.transpose([[1, 2], [3, 4]])
    Array([[1, 3],
           [2, 4]], dtype=int32)
    """
    x = operand(x)
    rank = len(_shape(x))
    return apply(shapes.transpose, x, axes=tuple(range(rank))[::-1] if axes is None else axes_of(axes, rank, "axes"))


@op
def swapaxes(x: ArrayLike, axis1: int, axis2: int) -> Tensor:
    """The array with two axes swapped.

    >>> from glassworks import ops
    >>> ops.swapaxes(ops.zeros((2, 3, 4)), 0, 2).shape
    (4, 3, 2)
    """
    x = operand(x)
    order = list(range(len(_shape(x))))
    a, b = axes_of(axis1, len(order))[0], axes_of(axis2, len(order))[0]
    order[a], order[b] = order[b], order[a]
    return apply(shapes.transpose, x, axes=tuple(order))


@op
def moveaxis(x: ArrayLike, source: int | Sequence[int], destination: int | Sequence[int]) -> Tensor:
    """The array with axes moved to other positions; the rest keep their order.

    >>> from glassworks import ops
    >>> ops.moveaxis(ops.zeros((2, 3, 4)), 0, -1).shape
    (3, 4, 2)
    """
    x = operand(x)
    rank = len(_shape(x))
    sources, places = axes_of(source, rank, "source"), axes_of(destination, rank, "destination")
    order = [axis for axis in range(rank) if axis not in sources]
    for place, axis in sorted(zip(places, sources, strict=True)):
        order.insert(place, axis)
    return apply(shapes.transpose, x, axes=tuple(order))


@op
def expand_dims(x: ArrayLike, axis: int | Sequence[int]) -> Tensor:
    """The array with new axes of size 1 at these positions of the result.

    >>> from glassworks import ops
    >>> ops.expand_dims([1, 2], 1)
    Array([[1],
           [2]], dtype=int32)
    """
    x = operand(x)
    axis = as_ints(axis, "the axes")
    count = len(axis)
    places = axes_of(axis, len(_shape(x)) + count)
    sizes = iter(_shape(x))
    return apply(shapes.reshape, x, shape=tuple(1 if i in places else next(sizes) for i in range(len(_shape(x)) + count)))


@op
def squeeze(x: ArrayLike, axis: Axis = None) -> Tensor:
    """The array without these axes of size 1; without all such axes if `axis` is None.

    >>> from glassworks import ops
    >>> ops.squeeze([[1], [2]])
    Array([1, 2], dtype=int32)
    """
    x = operand(x)
    shape = _shape(x)
    places = [i for i, size in enumerate(shape) if size == 1] if axis is None else axes_of(axis, len(shape))
    if any(shape[i] != 1 for i in places):
        raise ShapeError(
            f"shape {tuple(shape)}, axis {axis}", "axes of size 1", "only axes of size 1 can be dropped; reshape or reduce others"
        )
    return apply(shapes.reshape, x, shape=tuple(size for i, size in enumerate(shape) if i not in places))


@op
def broadcast_to(x: ArrayLike, shape: int | Shape) -> Tensor:
    """The array broadcast to this shape: repeated along axes of size 1 and new leading axes.

    >>> from glassworks import ops
    >>> ops.broadcast_to([1, 2], (2, 2))
    Array([[1, 2],
           [1, 2]], dtype=int32)
    """
    return apply(shapes.broadcast_to, operand(x), shape=as_open_shape(shape))


@op
def flip(x: ArrayLike, axis: Axis = None) -> Tensor:
    """The array reversed along axes; along all of them if `axis` is None.

    >>> from glassworks import ops
    >>> ops.flip([1, 2, 3])
    Array([3, 2, 1], dtype=int32)
    """
    x = operand(x)
    places = axes_of(axis, len(_shape(x)))
    return apply(joining.take_slices, x, slices=tuple((None, None, -1 if i in places else 1) for i in range(len(_shape(x)))))


@op
def fliplr(x: ArrayLike) -> Tensor:
    """The array reversed along its second axis.

    >>> from glassworks import ops
    >>> ops.fliplr([[1, 2], [3, 4]])
    Array([[2, 1],
           [4, 3]], dtype=int32)
    """
    return flip(x, 1)


@op
def flipud(x: ArrayLike) -> Tensor:
    """The array reversed along its first axis.

    >>> from glassworks import ops
    >>> ops.flipud([[1, 2], [3, 4]])
    Array([[3, 4],
           [1, 2]], dtype=int32)
    """
    return flip(x, 0)


@op
def rot90(array: ArrayLike, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Tensor:
    """The array rotated k times by 90 degrees in the plane of two axes, from the first towards the second.

    >>> from glassworks import ops
    >>> ops.rot90([[1, 2], [3, 4]])
    Array([[2, 4],
           [1, 3]], dtype=int32)
    """
    array = operand(array)
    if len(_shape(array)) < 2:
        raise ShapeError(f"shape {tuple(_shape(array))}", "at least two axes to turn in", "add an axis with ops.expand_dims")
    first, second = axes_of(axes, len(_shape(array)), "axes")
    if k % 4 == 2:
        return flip(array, (first, second))
    if k % 4 == 1:
        return swapaxes(flip(array, second), first, second)
    return flip(swapaxes(array, first, second), second) if k % 4 else array


@op
def tile(x: ArrayLike, repeats: int | Sequence[int]) -> Tensor:
    """The whole array repeated along each axis.

    >>> from glassworks import ops
    >>> ops.tile([1, 2], 2)
    Array([1, 2, 1, 2], dtype=int32)
    """
    x = operand(x)
    repeats = as_ints(repeats)
    rank = max(len(repeats), len(_shape(x)))
    repeats = (1,) * (rank - len(repeats)) + repeats
    sizes = (1,) * (rank - len(_shape(x))) + tuple(_shape(x))
    # Only axes that are repeated are split in two, since arrays have a limited number of axes.
    pairs = [(size,) if count == 1 else (count, size) for count, size in zip(repeats, sizes, strict=True)]
    split = apply(shapes.reshape, x, shape=tuple(n for pair in pairs for n in (*(1,) * (len(pair) - 1), pair[-1])))
    spread = apply(shapes.broadcast_to, split, shape=tuple(n for pair in pairs for n in pair))
    return apply(shapes.reshape, spread, shape=tuple(math.prod(pair) for pair in pairs))


@op
def repeat(x: ArrayLike, repeats: ArrayLike, axis: int | None = None) -> Tensor:
    """Each entry repeated along an axis; the array is flattened first if `axis` is None.

    >>> from glassworks import ops
    >>> ops.repeat([1, 2], 2)
    Array([1, 1, 2, 2], dtype=int32)
    """
    x = operand(x) if axis is not None else ravel(x)
    place = axes_of(axis if axis is not None else 0, len(_shape(x)))[0]
    before, size, after = _shape(x)[:place], _shape(x)[place], _shape(x)[place + 1 :]
    counts = np.asarray(repeats)
    if counts.size == 1:
        count = int(counts.reshape(()))
        columns = apply(shapes.reshape, x, shape=(*before, size, 1, *after))
        repeated = apply(shapes.broadcast_to, columns, shape=(*before, size, count, *after))
        return apply(shapes.reshape, repeated, shape=(*before, size * count, *after))
    if counts.shape != (size,):
        raise ShapeError(
            f"{counts.size} repeats for axis {place} of size {size}", "one number for all, or one per entry", "check the length of repeats"
        )
    return apply(gather, x, np.repeat(np.arange(size, dtype="int32"), counts), axis=place)


@op
def roll(x: ArrayLike, shift: int | Sequence[int], axis: Axis = None) -> Tensor:
    """The entries shifted cyclically along axes.

    >>> from glassworks import ops
    >>> ops.roll([1, 2, 3], 1)
    Array([3, 1, 2], dtype=int32)
    """
    x = operand(x)
    if axis is None:
        return reshape(roll(ravel(x), shift, 0), _shape(x))
    axes = axes_of(axis, len(_shape(x)))
    shifts = as_ints(shift, "the shifts") * (len(axes) if is_int(shift) else 1)
    for place, step in zip(axes, shifts, strict=True):
        size = _shape(x)[place]
        cut = (-step) % size if size else 0
        parts = [
            tuple((*bounds, 1) if i == place else (None, None, 1) for i in range(len(_shape(x)))) for bounds in ((cut, None), (None, cut))
        ]
        x = apply(joining.concatenate, *(apply(joining.take_slices, x, slices=part) for part in parts), axis=place)
    return x

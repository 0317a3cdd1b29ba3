"""Shape changes: the names of `keras.ops` that move numbers without changing them."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassworks.errors import ArgumentError, ShapeError
from glassworks.graph import apply, operation, spec_of
from glassworks.ops.convert import axes_of, operand
from glassworks.ops.primitives import joining
from glassworks.ops.primitives import shape as shapes


def _shape(x: Any) -> tuple:
    return spec_of(x).shape


@operation
def reshape(x: Any, newshape: Any) -> Any:
    """The same numbers in another shape; one size may be -1."""
    newshape = (newshape,) if isinstance(newshape, (int, np.integer)) else newshape
    return apply(shapes.reshape, operand(x), shape=tuple(-1 if size is None else int(size) for size in newshape))


@operation
def ravel(x: Any) -> Any:
    """All numbers in one row."""
    return apply(shapes.reshape, operand(x), shape=(-1,))


@operation
def transpose(x: Any, axes: Any = None) -> Any:
    """The axes in another order; reversed if `axes` is None."""
    x = operand(x)
    rank = len(_shape(x))
    return apply(shapes.transpose, x, axes=tuple(range(rank))[::-1] if axes is None else axes_of(axes, rank, "axes"))


@operation
def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    """Two axes exchanged."""
    x = operand(x)
    order = list(range(len(_shape(x))))
    a, b = axes_of(axis1, len(order))[0], axes_of(axis2, len(order))[0]
    order[a], order[b] = order[b], order[a]
    return apply(shapes.transpose, x, axes=tuple(order))


@operation
def moveaxis(x: Any, source: Any, destination: Any) -> Any:
    """Axes moved to other places; the rest keep their order."""
    x = operand(x)
    rank = len(_shape(x))
    sources, places = axes_of(source, rank, "source"), axes_of(destination, rank, "destination")
    order = [axis for axis in range(rank) if axis not in sources]
    for place, axis in sorted(zip(places, sources, strict=True)):
        order.insert(place, axis)
    return apply(shapes.transpose, x, axes=tuple(order))


@operation
def expand_dims(x: Any, axis: Any) -> Any:
    """New axes of size 1 at these places of the result."""
    x = operand(x)
    count = 1 if isinstance(axis, int) else len(axis)
    places = axes_of(axis, len(_shape(x)) + count)
    sizes = iter(_shape(x))
    return apply(shapes.reshape, x, shape=tuple(1 if i in places else next(sizes) for i in range(len(_shape(x)) + count)))


@operation
def squeeze(x: Any, axis: Any = None) -> Any:
    """Without these axes of size 1; without all of them if `axis` is None."""
    x = operand(x)
    shape = _shape(x)
    places = [i for i, size in enumerate(shape) if size == 1] if axis is None else axes_of(axis, len(shape))
    if any(shape[i] != 1 for i in places):
        raise ShapeError(f"shape {tuple(shape)}, axis {axis}", "axes of size 1", "only axes of size 1 can be dropped; reshape or reduce others")
    return apply(shapes.reshape, x, shape=tuple(size for i, size in enumerate(shape) if i not in places))


@operation
def broadcast_to(x: Any, shape: Any) -> Any:
    """Repeated along axes of size 1 and new leading axes, to this shape."""
    return apply(shapes.broadcast_to, operand(x), shape=tuple(shape))


@operation
def flip(x: Any, axis: Any = None) -> Any:
    """In reverse along axes; along all of them if `axis` is None."""
    x = operand(x)
    places = axes_of(axis, len(_shape(x)))
    return apply(joining.take_slices, x, slices=tuple((None, None, -1 if i in places else 1) for i in range(len(_shape(x)))))


@operation
def tile(x: Any, repeats: Any) -> Any:
    """The whole array repeated along each axis."""
    x = operand(x)
    repeats = (repeats,) if isinstance(repeats, int) else tuple(repeats)
    rank = max(len(repeats), len(_shape(x)))
    repeats = (1,) * (rank - len(repeats)) + repeats
    sizes = (1,) * (rank - len(_shape(x))) + tuple(_shape(x))
    split = apply(shapes.reshape, x, shape=tuple(n for size in sizes for n in (1, size)))
    spread = apply(shapes.broadcast_to, split, shape=tuple(n for count, size in zip(repeats, sizes, strict=True) for n in (count, size)))
    return apply(shapes.reshape, spread, shape=tuple(count * size for count, size in zip(repeats, sizes, strict=True)))


@operation
def repeat(x: Any, repeats: Any, axis: int | None = None) -> Any:
    """Each entry repeated along an axis; the flattened array's if `axis` is None."""
    x = operand(x) if axis is not None else ravel(x)
    place = axes_of(axis if axis is not None else 0, len(_shape(x)))[0]
    size = _shape(x)[place]
    from glassworks.ops.numpy.indexing import take

    indices = np.repeat(np.arange(size, dtype="int32"), np.asarray(repeats))
    return take(x, indices, axis=place)


@operation
def roll(x: Any, shift: Any, axis: Any = None) -> Any:
    """Moved along axes; what falls off one end comes in at the other."""
    x = operand(x)
    if axis is None:
        return reshape(roll(ravel(x), shift, 0), _shape(x))
    axes = axes_of(axis, len(_shape(x)))
    shifts = (shift,) * len(axes) if isinstance(shift, int) else tuple(shift)
    for place, step in zip(axes, shifts, strict=True):
        size = _shape(x)[place]
        cut = (-step) % size if size else 0
        parts = [tuple((*bounds, 1) if i == place else (None, None, 1) for i in range(len(_shape(x)))) for bounds in ((cut, None), (None, cut))]
        x = apply(joining.concatenate, *(apply(joining.take_slices, x, slices=part) for part in parts), axis=place)
    return x


@operation
def pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> Any:
    """More entries at both ends of each axis.

    Args:
        pad_width: `(before, after)` per axis, one pair for all, or one number.
        mode: `"constant"`, `"edge"`, `"reflect"`, `"symmetric"` or `"wrap"`.
        constant_values: The constant; 0 by default.
    """
    x = operand(x)
    rank = len(_shape(x))
    widths = np.broadcast_to(np.asarray(pad_width, dtype=int), (rank, 2)).tolist() if rank else []
    if mode == "constant":
        bounds = tuple((before, before + size, 1) for (before, _), size in zip(widths, _shape(x), strict=True))
        total = tuple(before + size + after for (before, after), size in zip(widths, _shape(x), strict=True))
        placed = apply(joining.place_slices, x, slices=bounds, shape=total)
        if not constant_values:
            return placed
        border = np.ones(total, dtype=bool)
        border[tuple(slice(*one) for one in bounds)] = False
        from glassworks.ops.numpy.comparison import where

        return where(border, operand(constant_values, spec_of(x).dtype), placed)
    if constant_values is not None:
        raise ArgumentError(f"constant_values with mode={mode!r}", "mode='constant'", "remove constant_values, or use mode='constant'")
    from glassworks.ops.numpy.indexing import take

    for axis, (before, after) in enumerate(widths):
        if before or after:
            x = take(x, np.pad(np.arange(_shape(x)[axis], dtype="int32"), (before, after), mode=mode), axis=axis)  # type: ignore[call-overload]
    return x

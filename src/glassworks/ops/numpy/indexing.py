"""Looking up entries: `x[...]`, take, take_along_axis, nonzero."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassworks.errors import ArgumentTypeError, GraphError
from glassworks.graph import Array, Symbolic, Variable, apply, as_array, operation, spec_of
from glassworks.ops.convert import axes_of, operand
from glassworks.ops.numpy.shaping import broadcast_to, reshape
from glassworks.ops.primitives import index, joining


@operation
def get_item(x: Any, key: Any) -> Any:
    """`x[key]` for numbers, slices, None, `...` and arrays of indices; boolean masks only on real arrays."""
    x = operand(x)
    keys = list(key) if isinstance(key, tuple) else [key]
    if any(_is_mask(one) for one in keys):
        return _by_mask(x, key)
    keys = _without_ellipsis(keys, len(spec_of(x).shape))
    arrays = [one for one in keys if not _is_basic(one)]
    if arrays:
        return _advanced(x, keys)
    return _basic(x, keys)


def _is_basic(one: Any) -> bool:
    return one is None or isinstance(one, (slice, int, np.integer))


def _is_mask(one: Any) -> bool:
    return isinstance(one, (np.ndarray, Symbolic)) and spec_of(one).dtype == "bool"


def _by_mask(x: Any, key: Any) -> Any:
    if not isinstance(x, np.ndarray) or isinstance(key, Symbolic):
        raise GraphError("a boolean mask as index in a graph", "a result whose shape is known", "use ops.where(mask, x, 0), or compute it eagerly")
    return as_array(np.asarray(x)[np.asarray(key) if not isinstance(key, tuple) else tuple(np.asarray(k) if _is_mask(k) else k for k in key)])


def _without_ellipsis(keys: list[Any], rank: int) -> list[Any]:
    used = sum(one is not None and one is not Ellipsis for one in keys)
    if used > rank:
        raise ArgumentTypeError(f"{used} indices for {rank} axes", f"at most {rank}", "use fewer indices")
    if Ellipsis in [one for one in keys if one is Ellipsis]:
        place = next(i for i, one in enumerate(keys) if one is Ellipsis)
        return keys[:place] + [slice(None)] * (rank - used) + keys[place + 1 :]
    return keys + [slice(None)] * (rank - used)


def _basic(x: Any, keys: list[Any]) -> Any:
    slices, sizes, shape = [], [], spec_of(x).shape
    axis = 0
    for one in keys:
        if one is None:
            sizes.append(1)
            continue
        size = shape[axis] or 0
        if isinstance(one, slice):
            bounds = (one.start, one.stop, 1 if one.step is None else one.step)
            slices.append(tuple(None if b is None else int(b) for b in bounds))
            sizes.append(len(range(*slice(*bounds).indices(size))))
        else:
            if not -size <= one < size:
                raise IndexError(f"index {one} is out of range for axis {axis} with size {size}")
            slices.append((int(one) % size, int(one) % size + 1, 1))
        axis += 1
    part = x if all(one == (None, None, 1) for one in slices) else apply(joining.take_slices, x, slices=tuple(slices))
    return reshape(part, tuple(sizes)) if tuple(sizes) != tuple(spec_of(part).shape) else part


def _advanced(x: Any, keys: list[Any]) -> Any:
    """Arrays of indices, next to each other: flatten those axes into one and gather from it."""
    if None in [one for one in keys if one is None]:
        raise ArgumentTypeError("None beside arrays of indices", "one or the other", "index first, then use expand_dims")
    places = [i for i, one in enumerate(keys) if not isinstance(one, slice)]
    if places != list(range(places[0], places[-1] + 1)):
        raise ArgumentTypeError("arrays of indices with a slice between them", "index arrays next to each other", "use ops.take along one axis at a time")
    x = _basic(x, [one if isinstance(one, slice) else slice(None) for one in keys])
    shape = spec_of(x).shape
    flat: Any = None
    for place in places:
        size = shape[place]
        one = operand(keys[place], "int32")
        one = _wrapped(one, size)
        flat = one if flat is None else flat * size + one
    merged = reshape(x, (*shape[: places[0]], -1, *shape[places[-1] + 1 :]))
    return apply(index.gather, merged, flat, axis=places[0])


def _wrapped(indices: Any, size: Any) -> Any:
    """Negative indices counted from the end."""
    from glassworks.ops.numpy.comparison import where

    if isinstance(indices, np.ndarray):
        return as_array(np.where(indices < 0, indices + size, indices).astype(indices.dtype))
    return where(indices < 0, indices + size, indices)


@operation
def take(x: Any, indices: Any, axis: int | None = None) -> Any:
    """Entries along an axis by index; of the flattened array if `axis` is None."""
    x, indices = operand(x), operand(indices)
    if axis is None:
        x, axis = reshape(x, (-1,)), 0
    place = axes_of(axis, len(spec_of(x).shape))[0]
    if not spec_of(indices).dtype.startswith(("int", "uint")):
        indices = operand(indices, "int32")
    return apply(index.gather, x, _wrapped(indices, spec_of(x).shape[place]), axis=place)


@operation
def take_along_axis(x: Any, indices: Any, axis: int | None = None) -> Any:
    """For each place, the entry at the index given for it, along an axis."""
    x, indices = operand(x), operand(indices)
    if axis is None:
        return take(x, reshape(indices, (-1,)))
    rank = len(spec_of(x).shape)
    place = axes_of(axis, rank)[0]
    shapes = [list(spec_of(one).shape) for one in (x, indices)]
    common = [max(a, b) for a, b in zip(*shapes, strict=True)]
    x = broadcast_to(x, tuple(shapes[0][i] if i == place else size for i, size in enumerate(common)))
    indices = broadcast_to(indices, tuple(shapes[1][i] if i == place else size for i, size in enumerate(common)))
    return apply(index.gather_along, x, _wrapped(indices, spec_of(x).shape[place]), axis=place)


@operation
def nonzero(x: Any) -> Any:
    """The indices of what is not zero, an array per axis; only for real arrays, since the count depends on the numbers."""
    x = operand(x)
    if not isinstance(x, (Array, Variable)):
        raise GraphError("nonzero in a graph", "a result whose shape is known", "use ops.where(condition, x, y), or compute it eagerly")
    return tuple(as_array(part.astype("int32")) for part in np.nonzero(np.asarray(x)))



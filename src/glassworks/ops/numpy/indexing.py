"""Indexing: `x[...]`, take, take_along_axis, nonzero."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks.errors import ArgumentError, ArgumentTypeError, GraphError, IndexRangeError, ShapeError
from glassworks.graph import Symbolic, apply, as_array, op, spec_of
from glassworks.ops.convert import axes_of, operand
from glassworks.ops.indices import indices_into
from glassworks.ops.numpy.shaping import broadcast_to, expand_dims, moveaxis, reshape
from glassworks.ops.primitives import index, joining
from glassworks.ops.primitives.in_range import index_dtype
from glassworks.typing import ArrayLike, Index, Tensor

__all__ = ["get_item", "nonzero", "take", "take_along_axis", "unravel_index"]


@op
def get_item(x: ArrayLike, key: Index) -> Tensor:
    """`x[key]`, as NumPy has it.

    Args:
        x: Any numbers.
        key: Numbers, slices, None (a new axis), `...` and arrays of indices; boolean masks only on real arrays, since
            the size of the result depends on them.

    >>> from glassworks import ops
    >>> ops.get_item(ops.array([[1, 2, 3], [4, 5, 6]]), (slice(None), -1))
    Array([3, 6], dtype=int32)
    """
    x = operand(x)
    given = list(key) if isinstance(key, tuple) else [key]
    if len(given) == 1 and _is_known_bool(given[0]):  # all of the array, or an empty part, along a new axis
        return _basic(expand_dims(x, 0), [slice(None if given[0] else 0)] + [slice(None)] * len(spec_of(x).shape))
    keys = _without_ellipsis([part for key in given for part in _standardized(key)], len(spec_of(x).shape))
    return _advanced(x, keys) if any(not _is_basic(key) for key in keys) else _basic(x, keys)


def _standardized(key: Any) -> list[Any]:
    """A part of the key as an int, slice, None, `...` or array of integers; a mask as the indices where it holds."""
    if key is None or key is Ellipsis or isinstance(key, slice):
        return [key]
    if isinstance(key, (int, np.integer)) and not isinstance(key, bool):
        return [int(key)]
    key = operand(key)
    dtype = spec_of(key).dtype
    if dtype == "bool":
        return list(nonzero(key))
    if "int" not in dtype:
        raise ArgumentTypeError(f"an index of dtype {dtype}", "integers, slices, None, ... or a mask", "use ops.cast(index, 'int32')")
    if isinstance(key, np.ndarray) and key.ndim == 0:
        return [int(key)]
    return [key]


def _is_known_bool(key: object) -> bool:
    return isinstance(key, bool) or (isinstance(key, (np.bool_, np.ndarray)) and key.shape == () and key.dtype == bool)


def _is_basic(key: object) -> bool:
    return key is None or isinstance(key, (slice, int))


def _without_ellipsis(keys: list[Any], rank: int) -> list[Any]:
    used = sum(key is not None and key is not Ellipsis for key in keys)
    if used > rank:
        raise ArgumentError(f"{used} indices for {rank} axes", f"at most {rank}", "use fewer indices")
    places = [i for i, key in enumerate(keys) if key is Ellipsis]
    if len(places) > 1:
        raise ArgumentError("... twice in one index", "... at most once", "write out the slices for one of them")
    place = places[0] if places else len(keys)
    return keys[:place] + [slice(None)] * (rank - used) + keys[place + 1 :]


def _basic(x: Tensor, keys: list[Any]) -> Tensor:
    slices: list[tuple] = []
    sizes: list[int] = []
    shape = spec_of(x).shape
    for key in keys:
        if key is None:
            sizes.append(1)
            continue
        axis = len(slices)
        size = shape[axis] or 0
        if isinstance(key, slice):
            bounds = tuple(_bound(b) for b in (key.start, key.stop, 1 if key.step is None else key.step))
            slices.append(bounds)
            sizes.append(len(range(*slice(*bounds).indices(size))))
        elif not -size <= key < size:
            raise IndexRangeError(
                f"index {key} into axis {axis} of size {size}",
                f"indices from {-size} to {size - 1}" if size else "an axis that is not empty",
                "check how the index was made",
            )
        else:
            slices.append((key % size, key % size + 1, 1))
    part = x if all(key == (None, None, 1) for key in slices) else apply(joining.take_slices, x, slices=tuple(slices))
    return reshape(part, tuple(sizes)) if tuple(sizes) != tuple(spec_of(part).shape) else part


def _bound(bound: Any) -> int | None:
    if isinstance(bound, Symbolic):
        raise GraphError(
            f"a slice with the bound {bound!r} in a graph",
            "bounds that are known, since they set the size",
            "use ops.slice(x, start, shape): its size is fixed",
        )
    return None if bound is None else int(bound)


def _advanced(x: Tensor, keys: list[Any]) -> Tensor:
    """Index with arrays: slice first, move the indexed axes together, and gather from them as from a single axis."""
    x = _basic(x, [key if isinstance(key, slice) else slice(None) for key in keys if key is not None])
    axes: list[int] = []
    arrays: list[Any] = []
    layout: list[Any] = []  # the axes of the result: None for a new axis, an axis of x, or "indices" for those of the arrays
    for key in keys:
        axis = len([entry for entry in layout if isinstance(entry, int)]) + len(axes)
        if key is None or isinstance(key, slice):
            layout.append(None if key is None else axis)
            continue
        if "indices" not in layout:
            layout.append("indices")
        elif layout[-1] != "indices":  # separated arrays of indices: their axes come first, as in NumPy
            layout = ["indices", *(entry for entry in layout if entry != "indices")]
        axes.append(axis)
        arrays.append(indices_into(spec_of(x).shape[axis], key, axis))
    shape = spec_of(x).shape
    dtype = index_dtype(math.prod(shape[axis] for axis in axes))
    flat: Any = None
    for array, axis in zip(arrays, axes, strict=True):
        array = operand(array, dtype)
        flat = array if flat is None else flat * shape[axis] + array
    rest = [axis for axis in range(len(shape)) if axis not in axes]
    merged = reshape(
        moveaxis(x, axes, tuple(range(len(axes)))), (int(np.prod([shape[a] for a in axes], dtype=int)), *(shape[a] for a in rest))
    )
    gathered = apply(index.gather, merged, flat, axis=0)
    return _laid_out(gathered, layout, len(spec_of(flat).shape))


def _laid_out(gathered: Tensor, layout: list[Any], width: int) -> Tensor:
    """The gathered entries with the axes of the indices moved from the front to their position, and new axes added."""
    place = len([entry for entry in layout[: layout.index("indices")] if entry is not None])
    gathered = moveaxis(gathered, tuple(range(width)), tuple(range(place, place + width))) if place else gathered
    sizes = iter(spec_of(gathered).shape)
    shape: list[int] = []
    for entry in layout:
        shape += [1] if entry is None else [next(sizes) for _ in range(width if entry == "indices" else 1)]
    return reshape(gathered, tuple(shape))


@op
def take(x: ArrayLike, indices: ArrayLike, axis: int | None = None) -> Tensor:
    """Entries along an axis by index; of the flattened array if `axis` is None.

    Args:
        x: Any numbers.
        indices: Integers of any shape, whose axes replace the axis; negative ones count from the end.
        axis: The axis.

    Raises:
        IndexRangeError: An index is out of range.

    >>> from glassworks import ops
    >>> ops.take([[1, 2, 3], [4, 5, 6]], [2, 0], axis=1)
    Array([[3, 1],
           [6, 4]], dtype=int32)
    """
    x, indices = operand(x), operand(indices)
    if axis is None:
        x, axis = reshape(x, (spec_of(x).size,)), 0
    place = axes_of(axis, len(spec_of(x).shape))[0]
    return apply(index.gather, x, indices_into(spec_of(x).shape[place], indices, place), axis=place)


@op
def take_along_axis(x: ArrayLike, indices: ArrayLike, axis: int | None = None) -> Tensor:
    """For each position, the entry at the index given for it, along an axis.

    Args:
        x: Any numbers.
        indices: Integers, with as many axes as x; the other axes broadcast.
        axis: The axis; the flattened arrays if None.

    >>> from glassworks import ops
    >>> ops.take_along_axis([[1, 2, 3], [4, 5, 6]], [[2], [0]], axis=1)
    Array([[3],
           [4]], dtype=int32)
    """
    x, indices = operand(x), operand(indices)
    if axis is None:
        return take(x, reshape(indices, (spec_of(indices).size,)))
    rank = len(spec_of(x).shape)
    place = axes_of(axis, rank)[0]
    sizes, wanted = spec_of(x).shape, spec_of(indices).shape
    if len(wanted) != rank:
        raise ShapeError(
            f"x {tuple(sizes)} with indices {tuple(wanted)}",
            "as many axes in both",
            "add axes of size 1 to the indices with ops.expand_dims",
        )
    common = [max(a, b) if min(a, b) else 0 for a, b in zip(sizes, wanted, strict=True)]
    x = broadcast_to(x, tuple(sizes[i] if i == place else size for i, size in enumerate(common)))
    indices = broadcast_to(indices, tuple(wanted[i] if i == place else size for i, size in enumerate(common)))
    return apply(index.gather_along, x, indices_into(spec_of(x).shape[place], indices, place), axis=place)


@op
def nonzero(x: ArrayLike) -> tuple[Tensor, ...]:
    """The indices (int32) of the nonzero entries, an array per axis. Not in a graph: their number depends on the data.

    >>> from glassworks import ops
    >>> ops.nonzero([0, 3, 0, 4])
    (Array([1, 3], dtype=int32),)
    """
    x = operand(x)
    if isinstance(x, Symbolic):
        raise GraphError(
            "the places of what is not 0 (nonzero, or a boolean mask) in a graph",
            "a result whose shape is known",
            "use ops.where(condition, x, y), or compute it eagerly",
        )
    if not spec_of(x).shape:
        raise ShapeError(
            "a single number or boolean, which has no axes",
            "at least one axis to give indices into",
            "use ops.reshape(x, (1,)); to keep or drop a whole array, index with this boolean alone: x[condition]",
        )
    return tuple(as_array(part.astype("int32")) for part in np.nonzero(np.asarray(x)))


@op
def unravel_index(indices: ArrayLike, shape: Sequence[int]) -> tuple[Tensor, ...]:
    """The coordinates, an array per axis, of indices into the flattened form of an array of this shape.

    Raises:
        IndexRangeError: An index is out of range; negative ones count from the end.

    >>> from glassworks import ops
    >>> ops.unravel_index([5, 2], (2, 3))
    (Array([1, 0], dtype=int32), Array([2, 2], dtype=int32))
    """
    indices = indices_into(math.prod(shape), indices)
    indices_by_axis = []
    for size in reversed(tuple(shape)):
        indices_by_axis.append(indices % size)
        indices = indices // size
    return tuple(reversed(indices_by_axis))

"""Putting arrays together and apart: concatenate, stack, split."""

from __future__ import annotations

from typing import Any

from glassworks.errors import ArgumentError
from glassworks.graph import apply, operation, spec_of
from glassworks.ops.convert import axes_of, operand, promote
from glassworks.ops.numpy.shaping import expand_dims, ravel, reshape
from glassworks.ops.primitives import joining


@operation
def concatenate(xs: Any, axis: int = 0) -> Any:
    """Arrays one after the other along an axis."""
    if len(xs) == 0:
        raise ArgumentError("no arrays", "at least one", "pass a list of arrays")
    arrays = promote(*xs)
    if axis is None:
        arrays, axis = [ravel(array) for array in arrays], 0
    return apply(joining.concatenate, *arrays, axis=axes_of(axis, len(spec_of(arrays[0]).shape))[0])


@operation
def stack(x: Any, axis: int = 0) -> Any:
    """Arrays of one shape along a new axis."""
    return concatenate([expand_dims(one, axis) for one in x], axis=axis)


@operation
def split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Parts along an axis: so many equal ones, or cut at indices."""
    x = operand(x)
    rank = len(spec_of(x).shape)
    place = axes_of(axis, rank)[0]
    size = spec_of(x).shape[place] or 0
    if isinstance(indices_or_sections, int):
        count = indices_or_sections
        if count < 1 or size % count:
            raise ArgumentError(f"{count} sections of an axis of size {size}", "a number that divides it", "pass indices to cut at, or use array_split")
        cuts = [i * size // count for i in range(1, count)]
    else:
        cuts = [int(i) for i in indices_or_sections]
    bounds = zip([0, *cuts], [*cuts, size], strict=True)
    return [apply(joining.take_slices, x, slices=tuple((a, b, 1) if i == place else (None, None, 1) for i in range(rank))) for a, b in bounds]


@operation
def append(x1: Any, x2: Any, axis: int | None = None) -> Any:
    """x2 after x1 along an axis; both flattened if `axis` is None."""
    return concatenate([x1, x2], axis=axis)  # type: ignore[arg-type]


@operation
def hstack(xs: Any) -> Any:
    """Arrays side by side: along the second axis, or the first of rows."""
    arrays = [reshape(x, (1,)) if len(spec_of(operand(x)).shape) == 0 else operand(x) for x in xs]
    return concatenate(arrays, axis=0 if len(spec_of(arrays[0]).shape) == 1 else 1)


@operation
def vstack(xs: Any) -> Any:
    """Arrays below each other; rows become matrices of one row."""
    arrays = [operand(x) for x in xs]
    return concatenate([reshape(x, (1, -1)) if len(spec_of(x).shape) < 2 else x for x in arrays], axis=0)

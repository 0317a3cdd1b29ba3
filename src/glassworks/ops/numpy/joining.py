"""Joining and splitting of arrays: concatenate, stack, split."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glassworks.errors import ArgumentError
from glassworks.graph import apply, op, spec_of
from glassworks.graph.sizes import as_ints, is_int
from glassworks.ops.convert import axes_of, operand, promote
from glassworks.ops.numpy.shaping import expand_dims, ravel, reshape
from glassworks.ops.primitives import joining
from glassworks.typing import ArrayLike, Tensor

__all__ = ["append", "array_split", "concatenate", "dsplit", "dstack", "hsplit", "hstack", "split", "stack", "vsplit", "vstack"]


@op
def concatenate(xs: Sequence[ArrayLike], axis: int = 0) -> Tensor:
    """Arrays joined along an axis.

    >>> from glassworks import ops
    >>> ops.concatenate([[1, 2], [3]])
    Array([1, 2, 3], dtype=int32)
    """
    if len(xs) == 0:
        raise ArgumentError("no arrays", "at least one", "pass a list of arrays")
    arrays = promote(*xs)
    if axis is None:
        arrays, axis = [ravel(array) for array in arrays], 0
    return apply(joining.concatenate, *arrays, axis=axes_of(axis, len(spec_of(arrays[0]).shape))[0])


@op
def stack(x: Sequence[ArrayLike], axis: int = 0) -> Tensor:
    """Arrays of one shape joined along a new axis.

    >>> from glassworks import ops
    >>> ops.stack([[1, 2], [3, 4]], axis=1)
    Array([[1, 3],
           [2, 4]], dtype=int32)
    """
    return concatenate([expand_dims(array, axis) for array in x], axis=axis)


@op
def split(x: ArrayLike, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[Tensor]:
    """Parts along an axis: a number of equal ones, or cut at indices.

    >>> from glassworks import ops
    >>> ops.split([1, 2, 3, 4], 2)
    [Array([1, 2], dtype=int32), Array([3, 4], dtype=int32)]
    """
    x = operand(x)
    rank = len(spec_of(x).shape)
    place = axes_of(axis, rank)[0]
    size = spec_of(x).shape[place] or 0
    if is_int(indices_or_sections):
        count = int(indices_or_sections)
        if count < 1 or size % count:
            raise ArgumentError(
                f"{count} sections of an axis of size {size}", "a number that divides it", "pass indices to cut at, or use array_split"
            )
        cuts = [i * size // count for i in range(1, count)]
    else:
        cuts = list(as_ints(indices_or_sections, "the indices"))
    bounds = zip([0, *cuts], [*cuts, size], strict=True)
    return [
        apply(joining.take_slices, x, slices=tuple((a, b, 1) if i == place else (None, None, 1) for i in range(rank))) for a, b in bounds
    ]


@op
def append(x1: ArrayLike, x2: ArrayLike, axis: int | None = None) -> Tensor:
    """x2 after x1 along an axis; both flattened if `axis` is None.

    >>> from glassworks import ops
    >>> ops.append([1, 2], [3])
    Array([1, 2, 3], dtype=int32)
    """
    return concatenate([x1, x2], axis=axis)  # type: ignore[arg-type]


@op
def hstack(xs: Sequence[ArrayLike]) -> Tensor:
    """Arrays joined along the second axis; vectors along the first.

    >>> from glassworks import ops
    >>> ops.hstack([[1, 2], [3]])
    Array([1, 2, 3], dtype=int32)
    """
    arrays = [reshape(x, (1,)) if len(spec_of(operand(x)).shape) == 0 else operand(x) for x in xs]
    return concatenate(arrays, axis=0 if len(spec_of(arrays[0]).shape) == 1 else 1)


@op
def vstack(xs: Sequence[ArrayLike]) -> Tensor:
    """Arrays joined along the first axis; vectors become matrices with one row.

    >>> from glassworks import ops
    >>> ops.vstack([[1, 2], [3, 4]])
    Array([[1, 2],
           [3, 4]], dtype=int32)
    """
    arrays = [operand(x) for x in xs]
    return concatenate([reshape(x, (1, -1)) if len(spec_of(x).shape) < 2 else x for x in arrays], axis=0)


@op
def dstack(xs: Sequence[ArrayLike]) -> Tensor:
    """Arrays joined along the third axis.

    >>> from glassworks import ops
    >>> ops.dstack([[1, 2], [3, 4]])
    Array([[[1, 3],
            [2, 4]]], dtype=int32)
    """
    deep = [
        reshape(x, (*([1] if len(shape) < 2 else []), *(shape or (1,)), *([1] if len(shape) < 3 else [])))
        for x in map(operand, xs)
        for shape in [spec_of(x).shape]
    ]
    return concatenate(deep, axis=2)


@op
def array_split(x: ArrayLike, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[Tensor]:
    """Parts along an axis, as `split`; parts need not be equal: the first ones get one entry more.

    >>> from glassworks import ops
    >>> [part.shape for part in ops.array_split(ops.arange(5), 2)]
    [(3,), (2,)]
    """
    if not isinstance(indices_or_sections, (int, np.integer)):
        return split(x, indices_or_sections, axis)
    x, count = operand(x), int(indices_or_sections)
    size = spec_of(x).shape[axes_of(axis, len(spec_of(x).shape))[0]] or 0
    if count < 1:
        raise ArgumentError(f"{count} sections", "at least one", "pass a positive number of parts")
    sizes = [size // count + (i < size % count) for i in range(count)]
    return split(x, np.cumsum(sizes)[:-1].tolist(), axis)


@op
def vsplit(x: ArrayLike, indices_or_sections: int | Sequence[int]) -> list[Tensor]:
    """Parts along the first axis, as `split`.

    >>> from glassworks import ops
    >>> ops.vsplit([[1, 2], [3, 4]], 2)
    [Array([[1, 2]], dtype=int32), Array([[3, 4]], dtype=int32)]
    """
    return split(x, indices_or_sections, axis=0)


@op
def hsplit(x: ArrayLike, indices_or_sections: int | Sequence[int]) -> list[Tensor]:
    """Parts along the second axis, as `split`; along the first if there is only one.

    >>> from glassworks import ops
    >>> ops.hsplit([[1, 2], [3, 4]], 2)
    [Array([[1],
           [3]], dtype=int32), Array([[2],
           [4]], dtype=int32)]
    """
    x = operand(x)
    return split(x, indices_or_sections, axis=min(1, len(spec_of(x).shape) - 1))


@op
def dsplit(x: ArrayLike, indices_or_sections: int | Sequence[int]) -> list[Tensor]:
    """Parts along the third axis, as `split`.

    >>> from glassworks import ops
    >>> [part.shape for part in ops.dsplit(ops.zeros((2, 3, 4)), 2)]
    [(2, 3, 2), (2, 3, 2)]
    """
    return split(x, indices_or_sections, axis=2)

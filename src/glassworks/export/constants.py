"""Constants whose shape or numbers depend on the open sizes, such as the zeros that a recurrent layer starts from: how they grow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from glassworks.export.sizes import Probes


class Growth(NamedTuple):
    """A constant as `base + slopes[k] * open_size_k`, then `+ step * (0, 1, 2, ...)` along an axis, then repeated to its shape.

    Attributes:
        base: The part that is the same for all sizes. Axes that grow have the size 1.
        slopes: An array per open size, or nothing.
        axis, step: The axis along which the numbers rise evenly, and by what; None if there is none.
    """

    base: np.ndarray
    slopes: Sequence[np.ndarray]
    axis: int | None
    step: np.ndarray | None


class Edges(NamedTuple):
    """A constant that is made of a start, a middle that is the same everywhere and repeated as often as needed, and an end.

    Such are the numbers of cells under the windows of an average. The three are constants of their own, with their numbers in each trace: the
    middle has the size 1 along the axis.
    """

    axis: int
    start: list[np.ndarray]
    middle: list[np.ndarray]
    end: list[np.ndarray]


class Triangles(NamedTuple):
    """A constant with the numbers `below` where the index along the first of two axes is larger, `diagonal` where both are equal, `above` elsewhere.

    Such are identity matrices and causal masks. Axes that grow have the size 1 in all three.
    """

    axes: tuple[int, int]
    below: np.ndarray
    diagonal: np.ndarray
    above: np.ndarray


def growth(arrays: Sequence[np.ndarray], probes: Probes) -> Growth | Triangles | Edges | None:
    """How a constant grows, given its numbers in each trace; None where it does so in another way.

    >>> growth([np.zeros((n, 2)) for (n,) in Probes(1).assignments], Probes(1)).base
    array([[0., 0.]])
    >>> growth([np.arange(n) for (n,) in Probes(1).assignments], Probes(1)).step
    array([1])
    """
    growing = [axis for axis in range(arrays[0].ndim) if len({array.shape[axis] for array in arrays}) > 1]
    uneven = []
    for place in growing:
        firsts = [array[(slice(None),) * place + (slice(0, 1),)] for array in arrays]
        if all(map(_equal, firsts, arrays)):
            arrays = firsts
        else:
            uneven.append(place)
    if len(uneven) > 1:
        return _triangles(arrays, uneven) or _edges(arrays, uneven[0])
    axis: int | None = None
    step: np.ndarray | None = None
    if uneven:
        axis = uneven[0]
        firsts = [array[(slice(None),) * axis + (slice(0, 1),)] for array in arrays]
        if arrays[0].dtype.kind not in "iuf":
            return _edges(arrays, axis)
        rise = step = np.asarray(arrays[0][(slice(None),) * axis + (slice(1, 2),)] - firsts[0], arrays[0].dtype)
        if not all(_equal(_rising(first, rise, axis, array.shape[axis]), array) for first, array in zip(firsts, arrays, strict=True)):
            return _edges(arrays, axis)
        arrays = firsts
    if all(_equal(array, arrays[0]) for array in arrays):
        return Growth(arrays[0], (), axis, step)
    slopes = _slopes(arrays, probes)
    return None if slopes is None else Growth(*slopes, axis, step)


def _triangles(arrays: Sequence[np.ndarray], axes: Sequence[int]) -> Triangles | None:
    if len(axes) > 2 or any(array.shape[axis] < 2 for array in arrays for axis in axes):
        return None
    first, second = axes

    def entry(i: int, j: int) -> np.ndarray:
        return arrays[0][
            tuple(
                slice(i, i + 1) if axis == first else slice(j, j + 1) if axis == second else slice(None) for axis in range(arrays[0].ndim)
            )
        ]

    below, diagonal, above = entry(1, 0), entry(0, 0), entry(0, 1)
    for array in arrays:
        rows, columns = (np.arange(array.shape[axis]).reshape([-1 if i == axis else 1 for i in range(array.ndim)]) for axis in axes)
        if not _equal(np.where(rows == columns, diagonal, np.where(rows > columns, below, above)), array):
            return None
    return Triangles((first, second), below, diagonal, above)


def _edges(arrays: Sequence[np.ndarray], axis: int) -> Edges | None:
    """The constant as start, middle and end along an axis, if most of it is the middle."""
    least = min(array.shape[axis] for array in arrays)

    def part(array: np.ndarray, start: int, stop: int) -> np.ndarray:
        return array[(slice(None),) * axis + (slice(start, stop),)]

    def same(array: np.ndarray, i: int) -> bool:
        return _equal(part(array, i, i + 1), part(array, array.shape[axis] // 2, array.shape[axis] // 2 + 1))

    first, count = arrays[0], arrays[0].shape[axis]
    before = next((i for i in range(count) if same(first, i)), count)
    after = next((i for i in range(count) if same(first, count - 1 - i)), count)
    if before + after >= least:
        return None
    for array in arrays:
        middle = part(array, before, array.shape[axis] - after)
        if not _equal(part(middle, 0, 1), middle):
            return None
    ends = [part(array, array.shape[axis] - after, array.shape[axis]) for array in arrays]
    return Edges(axis, [part(array, 0, before) for array in arrays], [part(array, before, before + 1) for array in arrays], ends)


def _rising(first: np.ndarray, step: np.ndarray, axis: int, count: int) -> np.ndarray:
    numbers = np.arange(count, dtype=first.dtype).reshape([count if i == axis else 1 for i in range(first.ndim)])
    return first + step * numbers


def _slopes(arrays: Sequence[np.ndarray], probes: Probes) -> tuple[np.ndarray, list[np.ndarray]] | None:
    """Base and slopes of numbers that are sums of multiples of the open sizes."""
    dtype = arrays[0].dtype
    if dtype.kind not in "iuf":
        return None
    wide = [array.astype(np.float64) for array in arrays]
    first = probes.assignments[0]
    slopes = [wide[k + 1] - wide[0] for k in range(probes.count)]
    base = wide[0] - sum(slope * size for slope, size in zip(slopes, first, strict=True))
    if not all(np.array_equal(slope, np.round(slope)) for slope in slopes):
        return None
    for sizes, array in zip(probes.assignments, wide, strict=True):
        if not np.array_equal(base + sum(slope * size for slope, size in zip(slopes, sizes, strict=True)), array):
            return None
    return base.astype(dtype), [slope.astype(dtype) for slope in slopes]


def _equal(x: np.ndarray, y: np.ndarray) -> bool:
    """Whether arrays, one of which may have axes of size 1 that repeat, are equal to the bit, NaN included."""
    if x is y:
        return True
    if x.dtype.kind in "fV":  # NaN differs from itself, and 0.0 equals -0.0; bfloat16 is of kind V
        x, y = (array.view(f"u{array.dtype.itemsize}") for array in (x, y))
    return bool((x == y).all())

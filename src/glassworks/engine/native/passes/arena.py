"""Where temporary values lie: one arena, in which values that never live at the same time share a place.

Greedy by size, as TensorFlow Lite does: the largest first, each at the lowest gap among those it lives with. Where thousands have
one size, as in long sequences, they are stacked by themselves above all larger ones: looking for gaps would take the square of their number.
"""

from __future__ import annotations

from heapq import heappop, heappush

import numpy as np

from glassworks.engine.native.ir.plan import Lifetime

MANY = 2048  # values of one size


def assign_offsets(lifetimes: list[Lifetime], alignment: int) -> tuple[list[int], int]:
    """An offset for each lifetime, and the size of the arena.

    >>> assign_offsets([Lifetime(100, 0, 1), Lifetime(64, 1, 2), Lifetime(64, 2, 3)], 64)
    ([0, 128, 0], 192)
    """
    if not lifetimes:
        return [], 0
    # In the order of placing, as arrays: long sequences have tens of thousands of values.
    order = sorted(range(len(lifetimes)), key=lambda i: (-lifetimes[i].bytes, lifetimes[i].first, i))
    sizes, first, last = (np.array(column, np.int64)[order] for column in zip(*lifetimes, strict=True))
    sizes = -(-np.maximum(sizes, 1) // alignment) * alignment
    offsets, falling = np.zeros(len(lifetimes), np.int64), -sizes
    i = 0
    while i < len(order):
        run = int(np.searchsorted(falling, falling[i], "right")) - i
        if run >= MANY:
            top = int((offsets + sizes)[:i].max(initial=0))
            offsets[i : i + run] = _stacked(first[i : i + run].tolist(), last[i : i + run].tolist(), int(sizes[i]), top)
            i += run
            continue
        together = np.flatnonzero((first[:i] <= last[i]) & (last[:i] >= first[i]))
        together = together[np.argsort(offsets[together], kind="stable")]
        offsets[i] = _lowest_gap(offsets[together], (offsets + sizes)[together], sizes[i])
        i += 1
    found = np.empty(len(lifetimes), np.int64)
    found[order] = offsets
    return found.tolist(), int((offsets + sizes).max())


def _stacked(first: list[int], last: list[int], size: int, bottom: int) -> list[int]:
    """Offsets of values of one size, each in the lowest place that is free when it begins: as many places as live at a time."""
    offsets, top = [0] * len(first), bottom
    ending: list[tuple[int, int]] = []
    free: list[int] = []
    for i in sorted(range(len(first)), key=lambda i: first[i]):
        while ending and ending[0][0] < first[i]:
            heappush(free, heappop(ending)[1])
        if free:
            offsets[i] = heappop(free)
        else:
            offsets[i], top = top, top + size
        heappush(ending, (last[i], offsets[i]))
    return offsets


def _lowest_gap(starts: np.ndarray, ends: np.ndarray, size: int) -> int:
    """The lowest offset at which the given number of bytes fits between pieces, which are ordered by their starts."""
    if not len(starts):
        return 0
    # Before each piece, how far those before it reach.
    reach = np.concatenate([[0], np.maximum.accumulate(ends)])
    fits = np.flatnonzero(starts - reach[:-1] >= size)
    return int(reach[fits[0]] if len(fits) else reach[-1])

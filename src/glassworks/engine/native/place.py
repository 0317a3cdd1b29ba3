"""Where temporary values lie: one arena, in which values that never live at the same time share a place.

Greedy by size, as TensorFlow Lite does: the largest first, each at the lowest gap among those it lives with.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

ALIGNMENT = 64


class Life(NamedTuple):
    """A value's bytes, and the first and last wave that need it."""

    bytes: int
    first: int
    last: int


def place(lives: list[Life]) -> tuple[list[int], int]:
    """An offset for each life, and the size of the arena.

    >>> place([Life(100, 0, 1), Life(64, 1, 2), Life(64, 2, 3)])
    ([0, 128, 0], 192)
    """
    if not lives:
        return [], 0
    # In the order of placing, as arrays: long sequences have tens of thousands of values.
    order = sorted(range(len(lives)), key=lambda i: (-lives[i].bytes, lives[i].first, i))
    sizes, first, last = (np.array(column, np.int64)[order] for column in zip(*lives, strict=True))
    sizes = -(-np.maximum(sizes, 1) // ALIGNMENT) * ALIGNMENT
    offsets = np.zeros(len(lives), np.int64)
    for i in range(1, len(order)):
        together = np.flatnonzero((first[:i] <= last[i]) & (last[:i] >= first[i]))
        together = together[np.argsort(offsets[together], kind="stable")]
        offsets[i] = _lowest_gap(offsets[together], (offsets + sizes)[together], sizes[i])
    found = np.empty(len(lives), np.int64)
    found[order] = offsets
    return found.tolist(), int((offsets + sizes).max())


def _lowest_gap(starts: np.ndarray, ends: np.ndarray, size: int) -> int:
    """The lowest offset at which so many bytes fit between pieces in the order of their starts."""
    if not len(starts):
        return 0
    # Before each piece, how far those before it reach.
    reach = np.concatenate([[0], np.maximum.accumulate(ends)])
    fits = np.flatnonzero(starts - reach[:-1] >= size)
    return int(reach[fits[0]] if len(fits) else reach[-1])

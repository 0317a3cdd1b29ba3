"""Where temporary values lie: one arena, in which values that never live at the same time share a place.

Greedy by size, as TensorFlow Lite does: the largest first, each at the lowest gap among those it lives with.
"""

from __future__ import annotations

from typing import NamedTuple

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
    offsets = [0] * len(lives)
    placed: list[int] = []
    total = 0
    for i in sorted(range(len(lives)), key=lambda i: (-lives[i].bytes, lives[i].first, i)):
        size = -(-max(lives[i].bytes, 1) // ALIGNMENT) * ALIGNMENT
        offset = 0
        for j in sorted((j for j in placed if overlap(lives[i], lives[j])), key=lambda j: offsets[j]):
            if offset + size <= offsets[j]:
                break
            offset = max(offset, offsets[j] + -(-max(lives[j].bytes, 1) // ALIGNMENT) * ALIGNMENT)
        offsets[i] = offset
        placed.append(i)
        total = max(total, offset + size)
    return offsets, total


def overlap(a: Life, b: Life) -> bool:
    """Whether two values live at the same time."""
    return a.first <= b.last and b.first <= a.last

"""Rows of arrays in an order that is known without touching them: what `Dataset.from_tensor_slices` and the stages after it give.

Their stages only move numbers of rows, so that training gathers batches from the arrays themselves, as it does for arrays.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from glassworks import tree
from glassworks.typing import Structure

# How many rows are gathered at once where elements are single rows.
_AT_ONCE = 256


@dataclass(frozen=True, eq=False, slots=True)
class Rows:
    """Rows of arrays, in some order.

    Attributes:
        arrays: Arrays of one length, in any structure.
        numbers: A function that starts a pass, and gives the numbers of its rows in pieces; its argument says whether this only looks at
            the first elements.
        count: The number of rows in a pass, `math.inf` if it has no end.
    """

    arrays: Structure
    numbers: Callable[[bool], Iterator[np.ndarray]]
    count: float

    def elements(self, look: bool) -> Iterator[Structure]:
        """The rows of a pass, one by one."""
        leaves = tree.flatten(self.arrays)
        for piece in self._pieces(look, _AT_ONCE):
            for row in zip(*(leaf[piece] for leaf in leaves), strict=True):
                yield tree.pack_sequence_as(self.arrays, list(row))

    def batches(self, look: bool, size: int, drop_remainder: bool) -> Iterator[Structure]:
        """The rows of a pass in batches."""
        for piece in self._pieces(look, size):
            if len(piece) == size or not drop_remainder:
                yield tree.map_structure(lambda leaf, piece=piece: leaf.take(piece, axis=0), self.arrays)

    def order(self) -> np.ndarray:
        """Begin a pass, which has an end; the numbers of all its rows."""
        return np.concatenate([np.zeros(0, np.int64), *self.numbers(False)])

    def _pieces(self, look: bool, size: int) -> Iterator[np.ndarray]:
        """The numbers of a pass in pieces of one size; the last may be smaller."""
        waiting = np.zeros(0, np.int64)
        for piece in self.numbers(look):
            waiting = np.concatenate([waiting, piece]) if len(waiting) else piece
            whole_end = len(waiting) // size * size
            yield from waiting[:whole_end].reshape(-1, size)
            waiting = waiting[whole_end:]
        if len(waiting):
            yield waiting

    # ---- stages

    def shuffled(self, size: int, generator: Callable[[bool], np.random.Generator]) -> Rows:
        """The rows in a random order: each is drawn from a buffer that is filled up with the following ones."""

        def numbers(look: bool) -> Iterator[np.ndarray]:
            draws = generator(look)
            if size >= self.count:
                yield draws.permutation(np.concatenate([np.zeros(0, np.int64), *self.numbers(look)]))
            else:
                yield from _draw_from_buffer(self.numbers(look), size, draws)

        return Rows(self.arrays, numbers, self.count)

    def part(self, start: int, stop: float) -> Rows:
        """The rows of a pass between two places."""

        def numbers(look: bool) -> Iterator[np.ndarray]:
            place = 0
            for piece in self.numbers(look):
                first, last = max(start - place, 0), len(piece) if stop == math.inf else max(int(stop) - place, 0)
                yield piece[first:last]
                place += len(piece)
                if place >= stop:
                    return

        return Rows(self.arrays, numbers, max(min(self.count, stop) - start, 0))

    def repeated(self, count: float) -> Rows:
        """The passes one after the other, `math.inf` of them for ever."""

        def numbers(look: bool) -> Iterator[np.ndarray]:
            for _ in itertools.count() if count == math.inf else range(int(count)):
                yield from self.numbers(look)

        return Rows(self.arrays, numbers, self.count * count if self.count and count else 0)


def _draw_from_buffer(pieces: Iterator[np.ndarray], size: int, generator: np.random.Generator) -> Iterator[np.ndarray]:
    buffer: list[int] = []
    for piece in pieces:
        room = size - len(buffer)
        buffer += piece[:room].tolist()
        coming = piece[room:].tolist()
        drawn = []
        for number, place in zip(coming, generator.integers(size, size=len(coming)).tolist(), strict=True):
            drawn.append(buffer[place])
            buffer[place] = number
        yield np.array(drawn, np.int64)
    yield generator.permutation(np.array(buffer, np.int64))


@dataclass(frozen=True, eq=False, slots=True)
class RowBatches:
    """Rows in batches.

    Attributes:
        rows: The rows.
        size: The number of rows in a batch.
        drop_remainder: Whether a last, smaller batch is left out.
    """

    rows: Rows
    size: int
    drop_remainder: bool

    @property
    def count(self) -> float:
        """The number of rows in the batches of a pass."""
        return self.rows.count // self.size * self.size if self.drop_remainder else self.rows.count

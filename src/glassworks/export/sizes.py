"""Sizes that stay open in an exported program, as sums of an integer and multiples of the open sizes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from glassworks.errors import GlassworksError

Traced = TypeVar("Traced")


class Size(NamedTuple):
    """`constant + factors[0] * open_size_0 + factors[1] * open_size_1 + ...`."""

    constant: int
    factors: tuple[int, ...]

    def at(self, sizes: Sequence[int]) -> int:
        """Its value for given open sizes."""
        return self.constant + sum(factor * size for factor, size in zip(self.factors, sizes, strict=True))


class Varying(NamedTuple):
    """An integer attribute that depends on the open sizes in a way of its own: its value in each trace."""

    values: tuple[int, ...]


# A size is known, or a sum, or None where it depends on the open sizes in another way.
Dimension = int | Size | None


def plus(x: Dimension, y: Dimension) -> Dimension:
    """The sum of two sizes.

    >>> plus(Size(1, (2,)), 3)
    Size(constant=4, factors=(2,))
    """
    if x is None or y is None:
        return None
    count = max(len(size.factors) if isinstance(size, Size) else 0 for size in (x, y))
    (a, first), (b, second) = (size if isinstance(size, Size) else (size, (0,) * count) for size in (x, y))
    factors = tuple(f + g for f, g in zip(first, second, strict=True))
    return Size(a + b, factors) if any(factors) else a + b


def times(x: Dimension, factor: int) -> Dimension:
    """A multiple of a size."""
    return Size(x.constant * factor, tuple(f * factor for f in x.factors)) if isinstance(x, Size) else None if x is None else x * factor


def minus(x: Dimension, y: Dimension) -> Dimension:
    """The difference of two sizes.

    >>> minus(Size(5, (2,)), Size(1, (2,))), minus(Size(0, (1,)), 2)
    (4, Size(constant=-2, factors=(1,)))
    """
    return plus(x, times(y, -1))


class Probes:
    """The sizes for which the model is traced: a first assignment of the open sizes, one more for each of them, and some to check with.

    The numbers have different remainders by small divisors, and one is large and one small, so that what is rounded or limited (a number of
    windows, half a length) is not taken for a sum of multiples.

    Args:
        count: The number of open sizes.
        has_batch: Whether the first is that of the batch, which no model rounds by large numbers, and which multiplies everything: it stays small.

    Attributes:
        count: The number of open sizes.
        assignments: A number for each open size, per trace. The last two may be left out: not every model runs for large and small sizes.

    >>> probes = Probes(1)
    >>> probes.assignments, Probes(2).assignments[-2:]
    ([(29,), (30,), (39,), (68,), (6,)], [(68, 349), (6, 7)])
    >>> probes.fit([58, 60, 78, 136, 12]), probes.fit([10] * 5), probes.fit([14, 15, 19, 34, 3])
    (Size(constant=0, factors=(2,)), 10, None)
    """

    _FIRST, _CHECKS, _LARGE_BATCH, _OPTIONAL = 29, ((39, 21), (331, 18), (6, 1)), 68, 2

    def __init__(self, count: int, has_batch: bool = True) -> None:
        self.count = count
        first = tuple(self._FIRST + 14 * i for i in range(count))
        changed = [tuple(n + (i == k) for i, n in enumerate(first)) for k in range(count)]
        checks = [tuple(start + step * i for i in range(count)) for start, step in self._CHECKS] if count else []
        if checks and has_batch:
            checks[1] = (self._LARGE_BATCH, *checks[1][1:])
        self.assignments = [first, *changed, *checks]

    def traces(self, trace: Callable[[tuple[int, ...]], Traced]) -> list[Traced]:
        """What a function gives for each assignment. Those for which it fails are removed, if they may be left out."""
        required = len(self.assignments) - (self._OPTIONAL if self.count else 0)
        given = [(sizes, trace(sizes)) for sizes in self.assignments[:required]]
        for sizes in self.assignments[required:]:
            with contextlib.suppress(GlassworksError):
                given.append((sizes, trace(sizes)))
        self.assignments = [sizes for sizes, _ in given]
        return [traced for _, traced in given]

    def fit(self, values: Sequence[int]) -> Dimension:
        """The size that has these values in the traces; None where no sum of multiples has."""
        first = values[0]
        if all(value == first for value in values):
            return first
        factors = tuple(value - first for value in values[1 : self.count + 1])
        size = Size(first - sum(f * n for f, n in zip(factors, self.assignments[0], strict=True)), factors)
        return size if all(size.at(sizes) == value for sizes, value in zip(self.assignments, values, strict=True)) else None

"""Advice on how to give an array another shape and keep the meaning of its axes: transposing, splitting and merging axes.

A reshape keeps numbers in their order in memory. It is right for merging neighbouring axes or splitting one, and destroys data
where axes are in another order (channels first or last): there a transpose is needed, which errors must say.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

# With more axes than this, trying all orders takes too long.
_MOST_AXES = 6


def rearranged(shape: Sequence[Any], wanted: Sequence[Any], name: str = "x") -> str:
    """Code that gives samples another shape, or "" if no transposition, splitting or merging of axes does.

    Args:
        shape: The present shape; its first axis is the batch.
        wanted: The wanted shape, with the batch.
        name: The array's name in the code.

    >>> rearranged((8, 3, 32, 32), (None, 32, 32, 3))
    'np.moveaxis(x, 1, -1)'
    >>> rearranged((8, 784), (None, 28, 28))
    'x.reshape(-1, 28, 28)'
    >>> rearranged((8, 16, 4), (None, 8, 8))
    ''
    """
    sizes, target = tuple(shape[1:]), tuple(wanted[1:])
    if None in sizes or not sizes or not target or _fits(sizes, target):
        return ""
    order = _order(sizes, target)
    if order is not None:
        return _transposed(order, name)
    if None in target or 0 in sizes or math.prod(sizes) != math.prod(target):
        return ""
    if _cuts(sizes) <= _cuts(target) or _cuts(target) <= _cuts(sizes):
        return f"{name}.reshape({', '.join(['-1', *map(str, target)])})"
    return ""


def _order(sizes: tuple, target: tuple) -> tuple[int, ...] | None:
    """The order of the axes of a sample that gives the sizes wanted (None fits any), moving as few axes as possible."""
    if len(sizes) != len(target) or not 2 <= len(sizes) <= _MOST_AXES:
        return None
    last = len(sizes) - 1
    usual = [(*range(1, last + 1), 0), (last, *range(last))]  # channels first to last, and back
    for order in [*usual, *itertools.permutations(range(len(sizes)))]:
        if _fits(tuple(sizes[axis] for axis in order), target):
            return order
    return None


def _fits(sizes: tuple, target: tuple) -> bool:
    return len(sizes) == len(target) and all(wanted in (None, size) for size, wanted in zip(sizes, target, strict=True))


def _transposed(order: tuple[int, ...], name: str) -> str:
    last = len(order) - 1
    if order == (*range(1, last + 1), 0):
        return f"np.moveaxis({name}, 1, -1)"
    if order == (last, *range(last)):
        return f"np.moveaxis({name}, -1, 1)"
    return f"np.transpose({name}, {(0, *(axis + 1 for axis in order))})"


def _cuts(sizes: tuple) -> set[int]:
    """The strides at which axes begin, in elements; axes of size 1 share them with others."""
    return set(itertools.accumulate(reversed(sizes), lambda a, b: a * b))

"""Values that live at the same time never share memory, however many there are, and no more memory is taken than their sizes ask for."""

from __future__ import annotations

import numpy as np
import pytest

from glassworks.engine.native.ir.plan import Lifetime
from glassworks.engine.native.passes.arena import MANY, assign_offsets

ALIGNMENT = 64


def _lifetimes(rng: np.random.Generator, count: int, sizes: list[int], nested: bool) -> list[Lifetime]:
    first = rng.integers(0, count, count)
    last = 2 * count - first if nested else first + rng.integers(0, 8, count)
    return [Lifetime(int(rng.choice(sizes)), int(a), int(b)) for a, b in zip(first, last, strict=True)]


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("count", [1, 30, MANY, 2 * MANY + 100])
def test_no_two_values_that_live_together_share_memory(count: int, nested: bool) -> None:
    lifetimes = _lifetimes(np.random.default_rng(count), count, [256, 256, 256, 1000, 64], nested)
    lifetimes += [Lifetime(5000, 0, count // 2), Lifetime(0, 0, count)]
    offsets, arena = assign_offsets(lifetimes, ALIGNMENT)
    size, first, last = (np.array(column) for column in zip(*lifetimes, strict=True))
    start, end = np.array(offsets), np.array(offsets) + size
    assert (start % ALIGNMENT == 0).all() and (start >= 0).all() and end.max() <= arena
    for i in range(len(lifetimes)):
        together = (first <= last[i]) & (last >= first[i]) & (start < end[i]) & (end > start[i])
        assert together.sum() == (1 if size[i] else 0)


def test_many_of_one_size_take_as_many_places_as_live_at_a_time() -> None:
    lifetimes = _lifetimes(np.random.default_rng(0), 3 * MANY, [256], False)
    _, arena = assign_offsets(lifetimes, ALIGNMENT)
    most_live = max(sum(value.first <= wave <= value.last for value in lifetimes) for wave in range(3 * MANY + 8))
    assert arena == 256 * most_live

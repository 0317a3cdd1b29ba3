"""The scale for numbers with a sign."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassworks.display.colours import NEGATIVE, POSITIVE, ZERO, colour


def channels(text: str) -> tuple[int, ...]:
    return tuple(int(text[i : i + 2], 16) for i in (1, 3, 5))


@given(st.floats(0, 1), st.floats(0, 1))
def test_larger_numbers_are_further_from_grey_on_both_sides(a: float, b: float) -> None:
    def distance(value: float) -> float:
        return math.dist(channels(colour(value)), channels(ZERO))

    small, large = sorted((a, b))
    # Each of the three channels is rounded.
    assert distance(small) <= distance(large) + 2
    assert distance(-small) <= distance(-large) + 2


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_black(value: float) -> None:
    assert colour(value) == "#000000"


def test_the_ends_are_reached_at_the_largest_number_and_beyond() -> None:
    assert colour(3.0, 3.0) == colour(7.0, 3.0) == POSITIVE
    assert colour(-3.0, 3.0) == NEGATIVE
    assert colour(0.0, 0.0) == ZERO

"""Numbers as short texts."""

from __future__ import annotations

import numpy as np
import pytest

from glassworks.display.numbers import bytes_text, cell_text, is_number, number_text, share_text, short_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.5, "0.5000"),
        (1.0, "1.0000"),
        (0.0123456, "0.0123"),
        (0.00123456, "0.001235"),
        (12.3456, "12.35"),
        (123456.0, "1.235e+05"),
        (-0.25, "-0.2500"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (0, "0.0000"),
        (np.float32(0.25), "0.2500"),
        (np.array([0.5, 1.0]), "[0.5000, 1.0000]"),
    ],
)
def test_numbers_are_short(value: object, text: str) -> None:
    assert number_text(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.int64(1234567), "1,234,567"),
        (np.float16(0.5), "0.5000"),
        (np.bool_(False), "no"),
        (np.array(3), "3"),
        (np.array([1.0, 2.0]), "[1.0000, 2.0000]"),
        (["a", 1], "['a', 1]"),
    ],
)
def test_cells_take_the_numbers_of_numpy(value: object, text: str) -> None:
    assert cell_text(value) == text


def test_a_boolean_and_an_array_are_not_a_number() -> None:
    assert [is_number(value) for value in (True, np.bool_(True), np.ones(2), None)] == [False] * 4
    assert is_number(np.float32(1)) and is_number(np.array(1))


def test_counts_and_sizes_have_prefixes() -> None:
    assert [short_text(count) for count in (0, 999, 1500, 2.5e9, 1e13)] == ["0", "999", "1.5 k", "2.5 G", "10.0 T"]
    assert [bytes_text(count) for count in (0, 1023, 1024, 5 * 2**20)] == ["0 B", "1023 B", "1.0 KB", "5.0 MB"]
    assert [share_text(share) for share in (0.5, 0.0005, -0.25)] == ["50.0%", "0.05%", "-25.0%"]

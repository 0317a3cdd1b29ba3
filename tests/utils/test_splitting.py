"""Data sets in two parts: pairs stay together, sizes are exact, what does not fit is named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import glassworks as keras
from glassworks.errors import ArgumentError, DataError


def test_pairs_stay_together_and_no_sample_is_lost() -> None:
    x, y = np.arange(10), np.arange(10) * 2
    left, right = keras.utils.split_dataset((x, y), left_size=0.7, shuffle=True, seed=3)
    assert (len(left), int(right.cardinality())) == (7, 3)
    (x_left, y_left), (x_right, y_right) = ((np.array(part) for part in zip(*parts, strict=True)) for parts in (left, right))
    assert (np.concatenate([y_left, y_right]) == 2 * np.concatenate([x_left, x_right])).all()
    assert sorted(np.concatenate([x_left, x_right])) == list(range(10))
    assert x_left.tolist() != list(range(7))


@pytest.mark.parametrize(
    ("sizes", "left", "right"),
    [
        ({"left_size": 0.25}, range(3), range(3, 11)),
        ({"right_size": 4}, range(7), range(7, 11)),
        ({"left_size": 2, "right_size": 3}, range(2), range(8, 11)),
        ({"left_size": 0.33, "right_size": 0.5}, range(4), range(5, 11)),
    ],
)
def test_sizes_are_numbers_or_rounded_fractions_and_the_right_part_ends_the_data(sizes: dict[str, Any], left: range, right: range) -> None:
    found = keras.utils.split_dataset(np.arange(11), **sizes)
    assert [[int(sample) for sample in part] for part in found] == [list(left), list(right)]


class Batches(keras.utils.PyDataset):
    """Three batches of a dict of inputs and a target, the last one smaller."""

    def __init__(self, count: int | None = 3) -> None:
        super().__init__()
        self.count = count

    @property
    def num_batches(self) -> int | None:
        return self.count

    def __getitem__(self, index: int) -> Any:
        x = np.arange(4 * index, min(4 * index + 4, 10))
        return {"a": x, "b": -x}, x * x


def test_a_py_dataset_is_read_whole_and_split_by_samples() -> None:
    left, right = keras.utils.split_dataset(Batches(), left_size=6)
    assert [inputs["b"].tolist() for inputs, _ in left] == [[0, -1, -2, -3], [-4, -5]]
    assert [y.tolist() for _, y in left] == [[0, 1, 4, 9], [16, 25]]
    assert [y.tolist() for _, y in right] == [[36, 49, 64, 81]]


@pytest.mark.parametrize(
    ("dataset", "sizes", "piece"),
    [
        (np.arange(3), {}, "neither left_size nor right_size"),
        (np.arange(3), {"left_size": 2, "right_size": 2}, "at most 3 together"),
        (np.arange(3), {"left_size": 4}, "at most 3 together"),
        (np.arange(3), {"left_size": 3}, "leave a part empty"),
        (np.arange(3), {"left_size": 0}, "leave a part empty"),
        (np.arange(3), {"left_size": 0.99}, "leave a part empty"),
        (np.arange(3), {"left_size": 1.5}, "left_size=1.5"),
        (np.arange(3), {"right_size": "half"}, "right_size='half'"),
        ((np.arange(3), np.arange(4)), {"left_size": 1}, "shapes (3,), (4,)"),
        ([], {"left_size": 1}, "no arrays"),
        (Batches(count=None), {"left_size": 1}, "without end"),
        (Batches(count=0), {"left_size": 1}, "0 batches"),
    ],
)
def test_what_cannot_be_split_gives_one_clear_error(dataset: Any, sizes: dict[str, Any], piece: str) -> None:
    with pytest.raises((ArgumentError, DataError)) as caught:
        keras.utils.split_dataset(dataset, **sizes)
    assert piece in str(caught.value)


def test_a_list_of_numbers_is_split_like_an_array() -> None:
    left, right = keras.utils.split_dataset([1, 2, 3, 4, 5], left_size=0.6)
    assert [int(sample) for sample in left] == [1, 2, 3] and [int(sample) for sample in right] == [4, 5]


@pytest.mark.parametrize("arrays", [list, tuple])
def test_samples_of_several_arrays_are_tuples_that_batches_can_be_made_of(arrays: type) -> None:
    left, _ = keras.utils.split_dataset(arrays([np.arange(10.0), np.arange(10) * 2]), left_size=4)
    assert [(float(x), int(y)) for x, y in left] == [(0, 0), (1, 2), (2, 4), (3, 6)]
    assert [(x.tolist(), y.tolist()) for x, y in left.batch(3)] == [([0, 1, 2], [0, 2, 4]), ([3], [6])]
    named, _ = keras.utils.split_dataset({"a": np.arange(10)}, left_size=4)
    assert [int(sample["a"]) for sample in named] == [0, 1, 2, 3]

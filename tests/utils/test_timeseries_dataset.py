"""Windows that slide along a series: which steps they have, their targets, their order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from glassworks import utils
from glassworks.errors import ArgumentError, DataError
from glassworks.training.data import Dataset


@pytest.mark.parametrize(
    "options", [{}, {"sequence_stride": 3, "sampling_rate": 2}, {"start_index": 5, "end_index": 40}, {"sampling_rate": 4}]
)
@pytest.mark.parametrize("with_targets", [True, False])
def test_windows_are_those_of_the_definition(options: dict[str, int], with_targets: bool) -> None:
    data, targets = np.arange(100.0).reshape(50, 2), np.arange(50) * 7
    dataset = utils.timeseries_dataset_from_array(data, targets if with_targets else None, 5, batch_size=4, **options)
    start, end = options.get("start_index", 0), options.get("end_index", 50)
    stride, rate = options.get("sequence_stride", 1), options.get("sampling_rate", 1)
    expected = [i for i in range(start, end, stride) if i + 4 * rate < end]
    batches = list(dataset)
    x = np.concatenate([batch[0] if with_targets else batch for batch in batches])
    assert len(dataset) == len(batches)
    assert x.tolist() == [data[i : i + 4 * rate + 1 : rate].tolist() for i in expected]
    if with_targets:
        assert np.concatenate([y for _, y in batches]).tolist() == [7 * i for i in expected]


def test_shuffled_windows_keep_their_targets_and_repeat_by_seed() -> None:
    def epochs() -> list[list[int]]:
        dataset = utils.timeseries_dataset_from_array(np.arange(30), np.arange(30), 4, batch_size=7, shuffle=True, seed=2)
        result = []
        for _ in range(2):
            batches = [(x.numpy(), y.numpy()) for x, y in dataset]
            assert all((x[:, 0] == y).all() for x, y in batches)
            result.append([int(label) for _, y in batches for label in y])
        return result

    first = epochs()
    assert first[0] != first[1] and sorted(first[0]) == list(range(27))
    assert epochs() == first


def test_windows_of_an_array_on_disk_are_read_as_they_are_needed(tmp_path: Path) -> None:
    np.save(tmp_path / "series.npy", np.arange(1000))
    dataset = utils.timeseries_dataset_from_array(np.load(tmp_path / "series.npy", mmap_mode="r"), None, 10, batch_size=None)
    assert isinstance(dataset, Dataset)
    assert next(iter(dataset)).tolist() == list(range(10))


@pytest.mark.parametrize(
    ("options", "error", "piece"),
    [
        ({"sequence_length": 0}, ArgumentError, "a positive integer"),
        ({"sequence_length": 11}, DataError, "10 steps for windows over 11 steps"),
        ({"sampling_rate": 10}, ArgumentError, "less than 10"),
        ({"start_index": -1}, ArgumentError, "start_index=-1"),
        ({"start_index": 12}, ArgumentError, "start_index=12"),
        ({"start_index": 5, "end_index": 5}, ArgumentError, "an end after the start"),
        ({"end_index": 10}, ArgumentError, "to its end"),
    ],
)
def test_windows_that_do_not_fit_are_said(options: dict[str, int], error: type, piece: str) -> None:
    with pytest.raises(error) as caught:
        utils.timeseries_dataset_from_array(np.arange(10), None, **{"sequence_length": 3, **options})
    assert piece in str(caught.value)

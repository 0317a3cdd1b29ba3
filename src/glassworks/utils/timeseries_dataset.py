"""`timeseries_dataset_from_array`: windows that slide along a series."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassworks.arguments import FLAG, Integer, OneOf, Optional, check
from glassworks.errors import ArgumentError, DataError
from glassworks.training.data.dataset import Dataset, loaded
from glassworks.typing import ArrayLike
from glassworks.utils.directories import shuffled

_WHERE = "utils.timeseries_dataset_from_array"
_COUNT = Integer(minimum=1)
_CONSTRAINTS = {
    "sequence_length": _COUNT,
    "sequence_stride": _COUNT,
    "sampling_rate": _COUNT,
    "batch_size": Optional(_COUNT),
    "shuffle": FLAG,
    "seed": Optional(Integer(0, 2**32 - 1)),
    "start_index": Optional(Integer(minimum=0)),
    "end_index": Optional(Integer(minimum=1)),
    "format": OneOf("tf", "grain"),
}


def timeseries_dataset_from_array(
    data: ArrayLike,
    targets: ArrayLike | None,
    sequence_length: int,
    sequence_stride: int = 1,
    sampling_rate: int = 1,
    batch_size: int | None = 128,
    shuffle: bool = False,
    seed: int | None = None,
    start_index: int | None = None,
    end_index: int | None = None,
    format: str = "tf",
) -> Dataset:
    """A data set of windows that slide along a series.

    Args:
        data: The series, with time along the first axis. An array on disk (`np.load(path, mmap_mode="r")`) stays there.
        targets: `targets[i]` belongs to the window that begins at `data[i]`; None for windows alone.
        sequence_length: Steps in a window.
        sequence_stride: Steps from one window's beginning to the next one's.
        sampling_rate: Steps from one step of a window to the next.
        batch_size: Windows in a batch; None for single ones.
        shuffle: Draw a new order each epoch; otherwise they come in the order of time.
        seed: Makes the order repeat.
        start_index, end_index: Use the series from here on, and up to (not including) there.
        format: "tf" or "grain"; both give the same data set of Glassworks.

    Raises:
        ArgumentError: Arguments that are wrong or do not fit the series.
        DataError: A series too short for one window.

    >>> dataset = timeseries_dataset_from_array(np.arange(6), np.arange(6) + 3, sequence_length=3)
    >>> [(x.tolist(), y.tolist()) for x, y in dataset]
    [([[0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5]], [3, 4, 5, 6])]
    """
    limits = {"sampling_rate": sampling_rate, "sequence_stride": sequence_stride, "start_index": start_index, "end_index": end_index}
    check(_WHERE, _CONSTRAINTS, sequence_length=sequence_length, batch_size=batch_size, shuffle=shuffle, seed=seed, format=format, **limits)
    data = data if isinstance(data, np.ndarray) else np.asarray(data)
    targets = targets if targets is None or isinstance(targets, np.ndarray) else np.asarray(targets)
    for name, limit in limits.items():
        if limit is not None and limit >= max(len(data), 1):
            fix = "leave it out to use the series to its end" if name == "end_index" else "make it smaller, or pass a longer series"
            raise ArgumentError(f"{name}={limit} for a series of length {len(data)}", f"less than {len(data)}", fix, where=_WHERE)
    start, end = start_index or 0, len(data) if end_index is None else end_index
    if end <= start:
        found = f"start_index={start_index} and end_index={end_index}"
        raise ArgumentError(found, "an end after the start", "exchange them", where=_WHERE)
    data = data[start:end]
    count = len(data) - (sequence_length - 1) * sampling_rate
    if targets is not None:
        targets = targets[start:end]
        count = min(count, len(targets))
    if count < 1:
        reach = (sequence_length - 1) * sampling_rate + 1
        found = f"{len(data)} steps" + ("" if targets is None else f" and {len(targets)} targets") + f" for windows over {reach} steps"
        raise DataError(found, "at least one whole window", "make sequence_length or sampling_rate smaller", where=_WHERE)
    begins = np.arange(0, count, sequence_stride)
    if shuffle and seed is None:
        seed = int(np.random.randint(10**6))
    steps = np.arange(sequence_length) * sampling_rate

    def load(numbers: np.ndarray) -> Any:
        windows = data[begins[numbers][:, None] + steps]
        return windows if targets is None else (windows, targets[begins[numbers]])

    def arrange(seed: int) -> np.ndarray:
        return shuffled(len(begins), seed)

    return loaded(load, len(begins), batch_size, shuffle=shuffle, seed=seed, arrange=arrange if shuffle else None, workers=1, chunk=128)

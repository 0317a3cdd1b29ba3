"""`PyDataset`: a data set of your own that gives batches by number, loaded ahead by threads or processes if you like."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from glassworks.errors import StateError
from glassworks.training.data.ahead import map_ahead, threads


class PyDataset:
    """Base class of data sets that return batches by number.

    Write `__len__` (the number of batches) and `__getitem__` (one batch: x, (x, y) or (x, y, sample_weight)), and optionally
    `on_epoch_begin` and `on_epoch_end`. For a data set without end, write the property `num_batches` returning None
    instead of `__len__`.

    So that `fit(resume=...)` can go on exactly, the attributes that change during training (an order of samples, a generator of random
    numbers) are part of a checkpoint: numbers, text, lists and dicts of them, NumPy's and Python's generators, and arrays of up to
    16 MiB. Write `get_state` and `set_state` for others.

    Args:
        workers: Batches loaded at the same time, ahead of the training; 1 loads them one by one as they are needed.
        use_multiprocessing: Load in processes instead of threads, for Python code that computes; the data set must be picklable.
        max_queue_size: The most batches that are loaded ahead.

    >>> import numpy as np
    >>> class Squares(PyDataset):
    ...     def __len__(self):
    ...         return 2
    ...     def __getitem__(self, index):
    ...         x = np.arange(3.0) + 3 * index
    ...         return x, x**2
    >>> [y.tolist() for x, y in Squares()]
    [[0.0, 1.0, 4.0], [9.0, 16.0, 25.0]]
    """

    # On the class, so that a subclass that forgets super().__init__() works as well.
    workers = 1
    use_multiprocessing = False
    max_queue_size = 10

    def __init__(self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10) -> None:
        self.workers, self.use_multiprocessing, self.max_queue_size = workers, use_multiprocessing, max_queue_size

    def __getitem__(self, index: int) -> Any:
        """Return the batch of this number."""
        raise NotImplementedError(f"{type(self).__name__} does not define __getitem__(self, index)")

    @property
    def num_batches(self) -> int | None:
        """The number of batches; None for a data set without end."""
        if hasattr(self, "__len__"):
            return len(self)
        raise StateError(
            f"{type(self).__name__} without __len__",
            "def __len__(self): return the number of batches",
            "add it, or for a data set without end a property num_batches that returns None",
            where=type(self).__name__,
        )

    def __iter__(self) -> Iterator[Any]:
        count = self.num_batches
        for index in itertools.count() if count is None else range(count):
            yield self[index]

    def on_epoch_begin(self) -> None:
        """Called before each epoch."""

    def on_epoch_end(self) -> None:
        """Called after each epoch."""


Sequence = PyDataset
"""The older name."""


def load(dataset: PyDataset, indices: Iterable[int]) -> Iterator[Any]:
    """The batches of these numbers, in this order, loaded ahead if the data set has workers."""
    at_most = max(dataset.max_queue_size, 1)
    if dataset.use_multiprocessing and dataset.workers > 0:
        pool = ProcessPoolExecutor(dataset.workers, initializer=_set_dataset, initargs=(dataset,))
        return map_ahead(_load_batch, indices, pool, at_most)
    if dataset.workers > 1:
        return map_ahead(dataset.__getitem__, indices, threads(dataset.workers), at_most)
    return (dataset[index] for index in indices)


_held: list[PyDataset] = []
"""In a worker process: its copy of the data set."""


def _set_dataset(dataset: PyDataset) -> None:
    _held[:] = [dataset]


def _load_batch(index: int) -> Any:
    return _held[0][index]

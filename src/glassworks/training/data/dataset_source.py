"""The source of batches behind a `Dataset`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from glassworks.errors import DataError
from glassworks.training.data.base import ClassWeight
from glassworks.training.data.dataset import Dataset
from glassworks.training.data.generator import IterableSource


class _ReadAhead:
    """Iterates over a data set in a background thread, one epoch after the other."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset

    def __iter__(self) -> Iterator[Any]:
        return self.dataset.read_ahead()

    def __len__(self) -> int:
        return len(self.dataset)


class DatasetSource(IterableSource):
    """Batches of a `Dataset`, prepared while the training runs.

    Args:
        dataset: The data set.
        class_weight: class -> weight.
        for_predict: Whether to leave out targets and weights.

    Raises:
        DataError: Its elements are single samples.
    """

    kind = "Dataset"

    def __init__(self, dataset: Dataset, class_weight: ClassWeight = None, for_predict: bool = False) -> None:
        super().__init__(_ReadAhead(dataset), class_weight, for_predict)
        self.is_endless = dataset.cardinality() == -1
        if not dataset.is_batched:
            raise DataError("a Dataset of single samples", "a Dataset of batches", "pass dataset.batch(32)")

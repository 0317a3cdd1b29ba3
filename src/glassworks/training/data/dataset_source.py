"""The source of batches behind a `Dataset`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from glassworks.errors import DataError
from glassworks.training.data.base import ClassWeight
from glassworks.training.data.dataset import Dataset
from glassworks.training.data.generator import IterableSource
from glassworks.training.data.identity import identity_of


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
        self._dataset = dataset
        self.is_endless = self.never_ends = dataset.cardinality() == -1
        if not dataset.is_batched:
            raise DataError("a Dataset of single samples", "a Dataset of batches", "pass dataset.batch(32)")

    def keep_state(self) -> None:
        """Note from now on where each pass begins."""
        super().keep_state()
        self.may_be_interrupted = True  # the batches are prepared in other threads

    def _place(self) -> dict[str, Any]:
        return {**super()._place(), "stages": self._dataset.get_state()}

    def _go_to(self, place: dict[str, Any]) -> None:
        self._dataset.set_state(place["stages"])
        super()._go_to(place)

    def set_state(self, state: dict[str, Any]) -> None:
        """Begin the pass again, and take the batches that were used."""
        super().set_state(state)
        before = state["place"]["shared"]["numpy"]["state"]
        now = np.random.get_state(legacy=False)["state"]
        self.draws_ahead = before["pos"] != now["pos"] or bool((before["key"] != now["key"]).any())

    def identity(self) -> dict[str, Any]:
        """As for every iterable, and the names of the files."""
        paths = self._dataset.file_paths
        names = None if paths is None else identity_of(np.array([path.rpartition("/")[2] for path in paths], dtype=object))
        return {**super().identity(), "batches": self._dataset.cardinality(), "files": names}

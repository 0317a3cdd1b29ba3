"""The source of batches behind a `PyDataset`."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from glassworks.errors import DataError
from glassworks.training.data.base import Batch, ClassWeight, DataSource
from glassworks.training.data.batches import standard_batch
from glassworks.training.data.py_dataset import PyDataset, load
from glassworks.training.data.shuffling import order_generator


class PyDatasetSource(DataSource):
    """Batches of a `PyDataset`.

    Args:
        dataset: The data set.
        shuffle: Whether each epoch takes its batches in a new order.
        class_weight: class -> weight.
        for_predict: Whether to leave out targets and weights.
    """

    kind = "PyDataset"

    def __init__(
        self,
        dataset: PyDataset,
        shuffle: bool | str = False,
        class_weight: ClassWeight = None,
        for_predict: bool = False,
    ) -> None:
        self._dataset, self._shuffle = dataset, shuffle
        self._class_weight, self._for_predict = class_weight, for_predict
        self._first: Batch | None = None
        self._position = 0
        if self.num_batches == 0:
            raise DataError(f"{type(dataset).__name__} has 0 batches", "at least one batch", "look at its __len__")

    @property
    def num_batches(self) -> int | None:  # type: ignore[override]
        """The number of batches that the data set reports now; it may change from epoch to epoch."""
        return self._dataset.num_batches

    @property
    def is_endless(self) -> bool:  # type: ignore[override]
        """Whether the data set has no last batch."""
        return self.num_batches is None

    def first_batch(self) -> Batch:
        """The batch of number 0."""
        if self._first is None:
            self._first = self._standard(self._dataset[0])
        return self._first

    def batches(self) -> Iterator[Batch]:
        """All batches once; for a data set without end, those after the last one that was used."""
        count = self.num_batches
        if count is None:
            for batch in load(self._dataset, itertools.count(self._position)):
                self._position += 1
                yield self._standard(batch)
            return
        order = order_generator().permutation(count).tolist() if self._shuffle else range(count)
        for batch in load(self._dataset, order):
            yield self._standard(batch)

    def _standard(self, batch: object) -> Batch:
        return standard_batch(tuple(batch) if isinstance(batch, list) else batch, self.kind, self._class_weight, self._for_predict)

    def on_epoch_begin(self) -> None:
        """Tell the data set that an epoch begins."""
        self._dataset.on_epoch_begin()

    def on_epoch_end(self) -> None:
        """Tell the data set that an epoch has ended."""
        self._dataset.on_epoch_end()

"""The source of batches behind a `PyDataset`."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from glassworks import tree
from glassworks.errors import DataError
from glassworks.training.data.base import Batch, ClassWeight, DataSource
from glassworks.training.data.batches import standard_batch
from glassworks.training.data.object_state import StateOf
from glassworks.training.data.py_dataset import PyDataset, load
from glassworks.training.data.shuffling import generator_of, order_key


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
        self._inside: StateOf | None = None
        self._key: list[int] | None = None
        self._in_pass = False
        self._given = 0
        self._begun: tuple[list[int] | None, int] | None = None
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
        if self._begun is not None:
            self._key, self.used = self._begun
        elif count is None:
            self._key, self.used = None, self._given  # it goes on where it stopped
        else:
            self._key, self.used = order_key() if self._shuffle else None, 0
        self._begun, self._in_pass = None, True
        if count is None:
            order: Iterable[int] = itertools.count(self.used)
        elif self._key is not None:
            order = generator_of(self._key).permutation(count).tolist()[self.used :]
        else:
            order = range(self.used, count)
        self._given = self.used
        for batch in load(self._dataset, order):
            self._given += 1
            yield self._standard(batch)

    def keep_state(self) -> None:
        """Remember what is in the data set, so that changes can be told."""
        self._inside = StateOf(self._dataset)
        self.may_be_interrupted = self._dataset.use_multiprocessing or self._dataset.workers > 1

    def get_state(self, in_pass: bool = True) -> dict[str, Any]:
        """The key of the order, the number of used batches, and what has changed in the data set."""
        count = self.num_batches
        goes_on = count is None or (in_pass and self._in_pass and self.used < count)
        return {"pass": [self._key, self.used] if goes_on else None, "data": self._inside.get() if self._inside else None}

    def set_state(self, state: dict[str, Any]) -> None:
        """Begin the next pass in the middle of that of another source."""
        if state["data"]:
            StateOf(self._dataset).set(state["data"])
        self._begun = tuple(state["pass"]) if state["pass"] else None

    def identity(self) -> dict[str, Any]:
        """The name of its class, the number of its batches, and shapes and dtypes of a batch."""
        batch = [f"{leaf.dtype} {leaf.shape[1:]}" for leaf in tree.flatten(self.first_batch()) if leaf is not None]
        name = type(self._dataset).__name__
        return {"kind": self.kind, "class": name, "batches": self.num_batches, "batch": batch, "shuffle": bool(self._shuffle)}

    def _standard(self, batch: object) -> Batch:
        return standard_batch(tuple(batch) if isinstance(batch, list) else batch, self.kind, self._class_weight, self._for_predict)

    def on_epoch_begin(self) -> None:
        """Tell the data set that an epoch begins."""
        self._dataset.on_epoch_begin()

    def on_epoch_end(self) -> None:
        """Tell the data set that an epoch has ended."""
        self._dataset.on_epoch_end()

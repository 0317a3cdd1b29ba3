"""The source of batches behind a `Dataset` of rows of arrays: they are gathered as those of arrays are."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from glassworks.training.data.arrays import ArraySource
from glassworks.training.data.base import Batch, ClassWeight
from glassworks.training.data.dataset import Dataset
from glassworks.training.data.rows import RowBatches


def has_rows(dataset: Dataset) -> bool:
    """Whether a pass over a data set is batches of rows of arrays, x, (x, y) or (x, y, sample_weight), and has an end."""
    batches = dataset.row_batches
    if batches is None or not 0 < batches.count < math.inf:
        return False
    arrays = batches.rows.arrays
    return not isinstance(arrays, tuple) or (hasattr(arrays, "_fields") or 1 <= len(arrays) <= 3)


class RowSource(ArraySource):
    """Batches of rows of arrays in the order of a `Dataset`.

    Args:
        dataset: The data set, for which `has_rows` holds.
        class_weight: class -> weight.
        for_predict: Whether to leave out targets and weights.
    """

    kind = "Dataset"

    def __init__(self, dataset: Dataset, class_weight: ClassWeight = None, for_predict: bool = False) -> None:
        batches = dataset.row_batches
        if batches is None:
            raise TypeError("a Dataset of rows of arrays is needed")
        self._batches: RowBatches = batches
        self._dataset = dataset
        arrays = batches.rows.arrays
        parts = arrays if isinstance(arrays, tuple) and not hasattr(arrays, "_fields") else (arrays,)
        x, y, sample_weight = (*parts, None, None)[:3]
        if for_predict:
            y = sample_weight = None
        super().__init__(x, y, sample_weight, batch_size=batches.size, class_weight=class_weight)
        self._stored_rows = self.num_samples
        self.num_samples = int(batches.count)
        self.num_batches = math.ceil(self.num_samples / batches.size)
        self._stages: list[Any] = dataset.get_state()

    def first_batch(self) -> Batch:
        """The first rows of the arrays."""
        return self._batch(slice(0, min(self._batches.size, self.num_samples or 0)))

    def order(self) -> np.ndarray | None:
        """Begin a pass, and return the numbers of its rows; None for those of the arrays in their order."""
        self.used = self._begun_at
        self._begun_at, self._in_pass = 0, True
        self._stages = self._dataset.get_state()
        order = self._batches.rows.order()[: self.num_samples]
        in_order = self.num_samples == self._stored_rows and bool((order == np.arange(len(order))).all())
        return None if in_order else order

    _begun_at = 0

    def get_state(self, in_pass: bool = True) -> dict[str, Any]:
        """The state of the stages before the pass that goes on, with the number of used batches; else that of the next pass."""
        goes_on = in_pass and self._in_pass and self.used < (self.num_batches or 0)
        return {"stages": self._stages, "used": self.used} if goes_on else {"stages": self._dataset.get_state(), "used": 0}

    def set_state(self, state: dict[str, Any]) -> None:
        """Begin the next pass in the middle of that of another source."""
        self._dataset.set_state(state["stages"])
        self._begun_at = state["used"]

"""PyTorch's `DataLoader`, recognised without importing torch."""

from __future__ import annotations

from typing import Any

from glassworks.training.data.base import Batch, ClassWeight
from glassworks.training.data.generator import IterableSource


class TorchLoaderSource(IterableSource):
    """Batches from a `torch.utils.data.DataLoader`, whose lists are (x, y) or (x, y, sample_weight)."""

    kind = "DataLoader"

    def __init__(self, loader: Any, class_weight: ClassWeight = None, for_predict: bool = False) -> None:
        super().__init__(loader, class_weight, for_predict)
        self.batch_size = getattr(loader, "batch_size", None)

    def _standard(self, batch: object) -> Batch:
        # The default collate function turns the tuples of a data set into lists.
        return super()._standard(tuple(batch) if isinstance(batch, list) else batch)

"""PyTorch's `DataLoader`, recognised without importing torch."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

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

    # The order of a pass is drawn when it starts, from PyTorch's generator or the loader's own.

    def _place(self) -> dict[str, Any]:
        torch, own = sys.modules.get("torch"), getattr(self._iterable, "generator", None)
        states = None if torch is None else np.asarray(torch.get_rng_state()), None if own is None else np.asarray(own.get_state())
        return {**super()._place(), "torch": states}

    def _go_to(self, place: dict[str, Any]) -> None:
        super()._go_to(place)
        torch, own = sys.modules.get("torch"), getattr(self._iterable, "generator", None)
        shared, state = place["torch"]
        if torch is not None and shared is not None:
            torch.set_rng_state(torch.from_numpy(np.array(shared)))
            if own is not None and state is not None:
                own.set_state(torch.from_numpy(np.array(state)))

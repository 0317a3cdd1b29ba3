"""`SwapEMAWeights`: evaluate with the moving average of the weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassworks.arguments import Anything
from glassworks.errors import StateError
from glassworks.training.callbacks.callback import Callback, Logs


class SwapEMAWeights(Callback):
    """Swap the weights with their exponential moving average before evaluation, and back after it.

    The optimizer keeps the average if it has `use_ema=True` (Polyak averaging).

    Args:
        swap_on_epoch: Whether the average stays in the model from the end of an epoch to the start of the next, for callbacks
            after this one that save the model.

    Raises:
        StateError: The optimizer keeps no average.

    >>> SwapEMAWeights().swap_on_epoch
    False
    """

    swap_on_epoch = Anything()

    def __init__(self, swap_on_epoch: bool = False) -> None:
        super().__init__()
        self._keep_arguments(swap_on_epoch=swap_on_epoch)
        self._swapped = False

    def get_state(self) -> dict[str, Any]:
        """Whether the average is in the model now."""
        return {"_swapped": self._swapped}

    def on_interrupt(self) -> None:
        """Restore the weights if a validation was interrupted."""
        if not self.swap_on_epoch:
            self._put_back()

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Restore the weights for training."""
        if self.swap_on_epoch:
            self._put_back()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Swap in the average for the callbacks that follow."""
        if not self.swap_on_epoch:
            return
        self._put_in()
        if epoch == (self.params or {}).get("epochs", 0) - 1:
            # At the end of fit the model takes over the average: it must be there, not the weights.
            for weight, average in self._pairs():
                average.assign(weight)

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Swap in the average."""
        self._put_in()

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Restore the weights."""
        self._put_back()

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        """Swap in the average."""
        self._put_in()

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """Restore the weights."""
        self._put_back()

    def _put_in(self) -> None:
        if not self._swapped:
            self._exchange()
            self._swapped = True

    def _put_back(self) -> None:
        if self._swapped:
            self._exchange()
            self._swapped = False

    def _exchange(self) -> None:
        for weight, average in self._pairs():
            kept = np.array(weight)
            weight.assign(average)
            average.assign(kept)

    def _pairs(self) -> list[tuple[Any, Any]]:
        optimizer = self.model.optimizer
        optimizer = getattr(optimizer, "inner_optimizer", optimizer)
        if not getattr(optimizer, "use_ema", False):
            raise StateError(
                f"an optimizer {type(optimizer).__name__} that keeps no moving average",
                "an optimizer with use_ema=True",
                f"compile with optimizers.{type(optimizer).__name__}(..., use_ema=True)",
                where="SwapEMAWeights",
            )
        return list(zip(optimizer._trained, optimizer._averages, strict=True)) if optimizer.built else []

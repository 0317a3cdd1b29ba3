"""`ReduceLROnPlateau`: a lower learning rate when a monitored number stops improving."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassworks.arguments import Anything, Integer, Number
from glassworks.training.callbacks.callback import Logs
from glassworks.training.callbacks.learning_rate_scheduler import set_learning_rate
from glassworks.training.callbacks.monitor import MonitorCallback
from glassworks.training.progress import say


class ReduceLROnPlateau(MonitorCallback):
    """Multiply the learning rate by `factor` when the monitored number has not improved for `patience` epochs.

    The learning rate is added to the logs as `learning_rate`.

    Args:
        monitor: The entry of the logs to watch.
        factor: The factor of the learning rate, below 1.
        patience: Epochs without improvement after which it is reduced.
        verbose: 1 to print each action.
        mode: "min", "max", or "auto" to decide by the metric.
        min_delta: The least change that counts as an improvement.
        cooldown: The number of epochs after a reduction that do not count.
        min_lr: The smallest learning rate.

    Raises:
        ArgumentError: A value that is not allowed.
        StateError: The optimizer follows a schedule, so that its learning rate cannot be set.

    >>> ReduceLROnPlateau(factor=0.5, patience=2).factor
    0.5
    """

    factor = Number(maximum=1, closed="neither")
    patience = cooldown = Integer(minimum=0, floats=True)
    verbose = Anything()
    min_lr = Number(minimum=0)

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(monitor, mode, min_delta)
        self._keep_arguments(factor=factor, patience=patience, verbose=verbose, cooldown=cooldown, min_lr=min_lr)
        self.cooldown_counter = self.wait = 0

    _state = (*MonitorCallback._state, "wait", "cooldown_counter")

    def on_train_begin(self, logs: Logs | None = None) -> None:
        super().on_train_begin(logs)
        self.cooldown_counter = self.wait = 0

    def in_cooldown(self) -> bool:
        """Whether a reduction was so recent that epochs are not counted."""
        return self.cooldown_counter > 0

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Compare with the best epoch so far."""
        logs = {} if logs is None else logs
        logs["learning_rate"] = float(self.model.optimizer.learning_rate)
        value = self.monitored(logs)
        if value is None:
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self.improves(value, self.best):
            self.best, self.wait = value, 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(epoch)

    def _reduce(self, epoch: int) -> None:
        before = float(self.model.optimizer.learning_rate)
        # In float32, the dtype of the learning rate: otherwise min_lr=1e-5 would be "reduced" to 1e-5 repeatedly.
        if np.float32(before) <= np.float32(self.min_lr):
            return
        after = max(before * self.factor, self.min_lr)
        set_learning_rate(self.model.optimizer, after, "ReduceLROnPlateau")
        self.cooldown_counter, self.wait = self.cooldown, 0
        if self.verbose:
            say(f"Epoch {epoch + 1}: {self.monitor} is on a plateau; the learning rate goes from {before:.4g} to {after:.4g}")

"""`EarlyStopping`: end training when a monitored number stops improving."""

from __future__ import annotations

from typing import Any

from glassworks.arguments import Anything, Integer, Number, Optional
from glassworks.training.callbacks.callback import Logs
from glassworks.training.callbacks.monitor import MonitorCallback
from glassworks.training.progress import say


class EarlyStopping(MonitorCallback):
    """Stop training when the monitored number has not improved for `patience` epochs.

    Args:
        monitor: The entry of the logs to watch; `"val_loss"` by default.
        min_delta: The least change that counts as an improvement.
        patience: Epochs without improvement after which training ends.
        verbose: 1 to print each action.
        mode: "min", "max", or "auto" to decide by the metric.
        baseline: A value to improve on; epochs that do not reach it count as without improvement.
        restore_best_weights: Whether to restore the weights of the best epoch when training ends for any reason:
            stopped here, all epochs done, or Ctrl-C.
        start_from_epoch: The number of first epochs that are not monitored.

    Raises:
        ArgumentError: A value that is not allowed.

    >>> stopping = EarlyStopping(monitor="val_accuracy", patience=3, restore_best_weights=True)
    >>> stopping.patience
    3
    """

    patience = start_from_epoch = Integer(minimum=0, floats=True)
    verbose = restore_best_weights = Anything()
    baseline = Optional(Number())

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__(monitor, mode, min_delta)
        self._keep_arguments(patience=patience, start_from_epoch=start_from_epoch, baseline=baseline)
        self._keep_arguments(verbose=verbose, restore_best_weights=restore_best_weights)
        self._forget()

    _state = (*MonitorCallback._state, "wait", "stopped_epoch", "best_epoch", "best_weights")

    def _forget(self) -> None:
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best_weights: list[Any] | None = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Reset the state, so that the object can be used in several calls of `fit`."""
        super().on_train_begin(logs)
        self._forget()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Compare with the best epoch so far."""
        value = self.get_monitor_value(logs)
        if value is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            # The first monitored epoch is the best so far even if it is NaN.
            self._remember(epoch)
        self.wait += 1
        if self.improves(value, self.best):
            self.best = value
            self._remember(epoch)
            if self.improves(value, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def get_monitor_value(self, logs: Logs | None) -> float | None:
        """The monitored number of the logs; None, with a warning the first time, if they do not have it."""
        return self.monitored(logs)

    def _remember(self, epoch: int) -> None:
        self.best_epoch = epoch
        if self.restore_best_weights:
            self.best_weights = self.model.get_weights()

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Restore the best weights if requested."""
        if self.stopped_epoch > 0 and self.verbose:
            say(f"Epoch {self.stopped_epoch + 1}: early stopping, because {self.monitor} did not improve for {self.wait} epochs")
        if self.best_weights is not None:
            if self.verbose:
                say(f"The model now has the weights of its best epoch, {self.best_epoch + 1}")
            self.model.set_weights(self.best_weights)

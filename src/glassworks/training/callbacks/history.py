"""`History`: the numbers of each epoch, which `fit` returns."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassworks.training.callbacks.callback import Callback, Logs


class History(Callback):
    """Collects the logs of each epoch; `fit` adds one by itself and returns it.

    Attributes:
        history: Metric name -> list of one number per epoch.
        epoch: The numbers of the epochs, from 0.

    >>> history = History()
    >>> history.on_train_begin()
    >>> history.on_epoch_end(0, {"loss": 0.5})
    >>> history.history, history.epoch
    ({'loss': [0.5]}, [0])
    """

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, list[Any]] = {}
        self.epoch: list[int] = []

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Reset the list of epochs."""
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Append the logs of an epoch."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        if self.model is not None:
            self.model.history = self

    def __repr__(self) -> str:
        epochs = f"{len(self.epoch)} epoch{'' if len(self.epoch) == 1 else 's'}"
        last = ", ".join(f"{name} {values[-1]:.4g}" for name, values in self.history.items() if values and np.ndim(values[-1]) == 0)
        return f"<History: {epochs}{f'; last {last}' if last else ''}>"

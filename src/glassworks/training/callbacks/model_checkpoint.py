"""`ModelCheckpoint`: save the model, or its weights, while it trains."""

from __future__ import annotations

import os
from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from glassworks.arguments import FIXED, FLAG, Anything, Argument, Integer, Number, Optional
from glassworks.errors import ArgumentError, SaveError, warn
from glassworks.files import save_error
from glassworks.training.callbacks.callback import Logs
from glassworks.training.callbacks.monitor import MonitorCallback
from glassworks.training.progress import say

_WHOLE, _WEIGHTS = (".keras", ".h5", ".hdf5"), (".weights.h5", ".safetensors", ".npz")


class _Frequency(Argument[str | int]):
    """The word "epoch", or a number of batches."""

    def __init__(self) -> None:
        self._batches: Argument[int] = Integer(minimum=1)

    def allows(self, value: object) -> bool:
        return value == "epoch" or (not isinstance(value, str) and self._batches.allows(value))

    def convert(self, value: str | int) -> str | int:
        return value if isinstance(value, str) else self._batches.convert(value)

    def near(self) -> Iterable[object]:
        return self._batches.near()

    def __str__(self) -> str:
        return f"'epoch' or {self._batches}"


class ModelCheckpoint(MonitorCallback):
    """Save the model after each epoch, or the best so far.

    A file is replaced as a whole: a process that is killed while it saves leaves the file of the time before. If the disk is full, training
    goes on with a warning, and the next save is tried; training ends with a `SaveError` if none succeeded. Weights that are NaN or
    infinite never replace a file, which a warning says.

    Args:
        filepath: The path, which ends in `.keras` or `.h5` (with `save_weights_only` in `.weights.h5`, `.safetensors` or `.npz`). It may have
            fields such as `{epoch:02d}` and `{val_loss:.2f}`: the number of the epoch, which counts from 1, and entries of the logs.
        monitor: The entry of the logs to watch, for `save_best_only`.
        verbose: 1 to print each action.
        save_best_only: Save only when the monitored number is better than at all saves before.
        save_weights_only: Save the weights and the state of the optimizer, but not the architecture.
        mode: "min", "max", or "auto" to decide by the metric.
        save_freq: "epoch", or a number of batches.
        initial_value_threshold: A value to improve on.

    Raises:
        ArgumentError: A path with another end, or a field in it that the logs do not have.
        SaveError: At the end of training, if nothing could be saved.

    >>> checkpoint = ModelCheckpoint("{epoch:02d}-{val_loss:.2f}.keras")
    >>> checkpoint.path_for(0, {"val_loss": 0.5})
    '01-0.50.keras'
    """

    filepath: Argument[str] = Anything()
    verbose = Anything()
    save_best_only = save_weights_only = FLAG
    save_freq = _Frequency()
    initial_value_threshold = Optional(Number())
    min_delta = FIXED

    def __init__(
        self,
        filepath: str | PathLike,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: str | int = "epoch",
        initial_value_threshold: float | None = None,
    ) -> None:
        super().__init__(monitor, mode)
        self._keep_arguments(filepath=os.fspath(filepath), verbose=verbose, save_best_only=save_best_only)
        self._keep_arguments(save_weights_only=save_weights_only, save_freq=save_freq, initial_value_threshold=initial_value_threshold)
        suffixes = _WEIGHTS if save_weights_only else _WHOLE
        if not self.filepath.endswith(suffixes):
            raise ArgumentError(
                f"filepath={self.filepath!r} with save_weights_only={save_weights_only}",
                f"a path that ends in {', '.join(suffixes)}",
                f"for example {Path(self.filepath).stem + suffixes[0]!r}",
                where="ModelCheckpoint",
            )
        self.best = initial_value_threshold
        self.batch_hooks_optional = save_freq == "epoch"
        self._epoch = self._batches = 0
        self._failure: SaveError | None = None
        self._has_saved = False

    _state = (*MonitorCallback._state, "_epoch", "_batches", "_has_saved")

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Forget failures of an earlier training; as in Keras, the best value of an earlier one still counts."""
        self._warned, self._failure, self._has_saved = False, None, False

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Save after every `save_freq` batches."""
        if isinstance(self.save_freq, str):
            return
        self._batches += 1
        if self._batches >= self.save_freq:
            self._batches = 0
            self._save_if_better(self._epoch, logs or {}, batch)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Save after the epoch."""
        if self.save_freq == "epoch":
            self._save_if_better(epoch, logs or {})

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Report that nothing was saved at all.

        Raises:
            SaveError: Every save failed.
        """
        if self._failure is not None and not self._has_saved:
            raise self._failure

    def path_for(self, epoch: int, logs: Logs, batch: int | None = None) -> str:
        """The path of a save: the fields of `filepath` are replaced.

        Args:
            epoch: The number of the epoch, from 0.
            logs: The logs.
            batch: The number of the batch, from 0.
        """
        numbers: dict[str, Any] = {"epoch": epoch + 1} if batch is None else {"epoch": epoch + 1, "batch": batch + 1}
        try:
            return self.filepath.format(**numbers, **logs)
        except (KeyError, IndexError, ValueError) as error:
            there = ", ".join([*numbers, *logs])
            raise ArgumentError(
                f"filepath={self.filepath!r}: {error}", f"fields that the logs have: {there}", "use one of these", where="ModelCheckpoint"
            ) from None

    def _save_if_better(self, epoch: int, logs: Logs, batch: int | None = None) -> None:
        text = f"Epoch {epoch + 1}"
        if self.save_best_only:
            value = self.monitored(logs)
            before = "None" if self.best is None else f"{self.best:.5f}"
            if value is not None and not (np.isfinite(value) and self.improves(value, self.best)):
                if self.verbose:
                    say(f"{text}: {self.monitor} did not improve from {before}")
                return
            text += "" if value is None else f": {self.monitor} improved from {before} to {value:.5f}"
        path = self.path_for(epoch, logs, batch)
        if self._save(path):
            if self.save_best_only:
                self.best = logs.get(self.monitor, self.best)
            if self.verbose:
                say(f"{text}: saved {path}")

    def _save(self, path: str) -> bool:
        """Save, and return whether that succeeded."""
        if not all(np.isfinite(weight.peek()).all() for weight in self.model.weights if "float" in weight.spec.dtype):
            kept = f"{path} is kept as it is" if os.path.exists(path) else f"{path} was not written"
            warn(f"[ModelCheckpoint] the weights are NaN or infinite: {kept}. fit(on_nan='stop') ends training at the first such step")
            return False
        try:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            (self.model.save_weights if self.save_weights_only else self.model.save)(path)
        except OSError as error:
            self._failure = error if isinstance(error, SaveError) else save_error(path, error)
            warn(f"[ModelCheckpoint] {path} could not be saved: {self._failure.found}. Training goes on, and the next save is tried")
            return False
        self._has_saved = True
        return True

"""`ProgbarLogger`: shows the progress of `fit`, `evaluate` and `predict`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from glassworks.training.callbacks.callback import Callback, Logs
from glassworks.training.progress import ProgressLine, clear_screen


class ProgbarLogger(Callback):
    """A live line per epoch on a terminal, plain lines elsewhere; `fit` adds one by itself unless `verbose=0`.

    >>> logger = ProgbarLogger()
    >>> logger.set_params({"verbose": 2, "epochs": 5, "steps": 100})
    >>> logger.on_epoch_begin(0); logger.on_epoch_end(0, {"loss": 0.5})
    Epoch 1/5  100/100 steps  0.0s  loss: 0.5000
    """

    batch_hooks_optional = True

    def __init__(self) -> None:
        super().__init__()
        self.verbose, self.epochs = 1, 1
        self.target: int | None = None
        self._line: ProgressLine | None = None
        self._in_fit = self._validating = False
        self._logs: Logs = {}

    def set_params(self, params: dict[str, Any]) -> None:
        """Read verbosity, epochs and steps per epoch."""
        super().set_params(params)
        verbose = params.get("verbose", 1)
        self.verbose = 1 if verbose == "auto" else int(verbose)
        self.epochs, self.target = params.get("epochs") or 1, params.get("steps")

    def get_state(self) -> dict[str, Any]:
        """Nothing: another process shows its own line."""
        return {}

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Treat evaluation as the validation of an epoch from now on."""
        self._in_fit = True

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Treat evaluation as a separate run again."""
        self._end()
        self._in_fit = self._validating = False

    def on_interrupt(self) -> None:
        """Keep the current line."""
        self._end()

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Start a new line."""
        self._begin(f"Epoch {epoch + 1:>{len(str(self.epochs))}}/{self.epochs}")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Show the final state of the line."""
        self._finish(logs)

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Start a new line, unless this is validation."""
        if self._in_fit:
            self._validating = True
            if self._line is not None:
                self._line.steps_done()
        else:
            self._begin("Evaluate")

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Show the final state of the line, unless this is validation."""
        if self._in_fit:
            self._validating = False
        else:
            self._finish(logs)

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        """Start a new line."""
        self._begin("Predict")

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """Show the final state of the line."""
        self._finish(None)

    def on_progress(self, step: int, logs: Callable[[], Logs]) -> None:
        """Rewrite the live line, if there is one."""
        line = self._line
        if line is None:
            return
        if self._validating:
            if line.live:
                line.show(line.target or line.step, self._logs, note=f"validating {step}")
            return
        line.step = step
        if line.live or line.wants:
            self._logs = logs()
            line.show(step, self._logs)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Update the line, in loops that call this instead of `on_progress`."""
        self.on_progress(batch + 1, lambda: logs or {})

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Update the line, in loops that call this instead of `on_progress`."""
        self.on_progress(batch + 1, lambda: logs or {})

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Update the line, in loops that call this instead of `on_progress`."""
        self.on_progress(batch + 1, dict)

    def _begin(self, label: str) -> None:
        self._end()
        self._logs = {}
        self._line = ProgressLine(label, self.target, self.verbose) if self.verbose else None
        if self._line is not None and self._line.live:
            self._line.show(0, {})

    def _finish(self, logs: Logs | None) -> None:
        if self._line is not None:
            self._line.finish(logs or {})
            self.target = self.target or self._line.step or None
        self._line = None

    def _end(self) -> None:
        if self._line is not None:
            clear_screen(keep=True)
        self._line = None

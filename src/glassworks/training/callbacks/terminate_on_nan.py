"""`TerminateOnNaN`: end training when the loss is NaN or infinite."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from glassworks.arguments import Anything
from glassworks.training.callbacks.callback import Callback, Logs
from glassworks.training.diagnosis.loss_watch import NotFiniteLossError
from glassworks.training.progress import say


class TerminateOnNaN(Callback):
    """Stop training when the loss is NaN or infinite.

    The loss is checked about ten times a second and at the end of each epoch. It is a mean over the epoch,
    so no NaN is missed, and training is not slowed down by a check at each step.

    Args:
        raise_error: Whether to raise a `RuntimeError` instead of only stopping.

    >>> TerminateOnNaN().raise_error
    False
    """

    batch_hooks_optional = True

    raise_error = Anything()

    def __init__(self, raise_error: bool = False) -> None:
        super().__init__()
        self._keep_arguments(raise_error=raise_error)

    def get_state(self) -> dict[str, Any]:
        """Nothing."""
        return {}

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Check the loss so far."""
        self._check(f"Batch {batch}", logs)

    def on_progress(self, step: int, logs: Callable[[], Logs]) -> None:
        """Check the loss so far."""
        self._check(f"Batch {step - 1}", logs())

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Check the loss of the epoch."""
        if not self.model.stop_training:
            self._check(f"Epoch {epoch + 1}", logs)

    def _check(self, when: str, logs: Logs | None) -> None:
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss):
            return
        advice = "a smaller learning rate or clipnorm=1.0 in the optimizer is the usual cure"
        if self.raise_error:
            raise NotFiniteLossError(f"the loss is {loss} ({when.lower()})", "a finite loss", advice, where="TerminateOnNaN")
        say(f"{when}: the loss is {loss}, training ends here; {advice}")
        self.model.stop_training = True

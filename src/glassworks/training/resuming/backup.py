"""`Backup`: what `fit` and its loop tell the object that keeps the state of the run. This one keeps nothing."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from glassworks.training.callbacks.callback_list import CallbackList
    from glassworks.training.diagnosis.loss_watch import LossWatch

Logs = dict[str, Any]


@dataclass(frozen=True)
class Position:
    """Where in a training run something is.

    Attributes:
        epoch: The number of the epoch, from 0.
        step: The number of steps of this epoch that have run; None after all of them, when only the validation is left.
        logs: The logs of the steps of this epoch, after all of them; before that, only if the user's own step gave them. Those of the
            epoch before if this one has not begun.
    """

    epoch: int
    step: int | None = 0
    logs: Logs | None = None

    @property
    def in_epoch(self) -> bool:
        """Whether this epoch has begun."""
        return self.step != 0


class Backup:
    """The interface of backups, which keeps nothing.

    Attributes:
        resumes: Whether the run goes on from a checkpoint.
        start: Where it goes on.
        wants_steps: Whether to call `after_steps`.
    """

    resumes = wants_steps = False
    start: Position | None = None

    def attach(self, callbacks: CallbackList, watch: LossWatch) -> None:
        """Called before the first hook, with the parts of the run that have a state besides model and data."""

    def restore(self) -> None:
        """Called after the hooks of the start, in which callbacks reset themselves: set all state, if the run goes on from a checkpoint."""

    def steps_left(self) -> int:
        """The number of steps until `after_steps` wants to be called."""
        return sys.maxsize

    def after_steps(self, position: Position) -> None:
        """Called between two steps, if `wants_steps`."""

    def validating(self, epoch: int, logs: Logs) -> AbstractContextManager[object]:
        """A `with` block for the validation of an epoch: while it runs, the state is that before it."""
        return nullcontext()

    def epoch_ended(self, epoch: int, logs: Logs, is_last: bool) -> None:
        """Called after the hooks of an epoch's end, with its logs."""

    def interrupted(self, position: Position | None) -> str:
        """Called when Ctrl-C or SIGTERM ended training; returns a sentence about what was kept.

        Args:
            position: Where the loop was; None if that is not known, because the user's code raised the exception.
        """
        return ""

    def completed(self) -> None:
        """Called after training that was not interrupted, and all hooks.

        Raises:
            SaveError: No state could be written.
        """

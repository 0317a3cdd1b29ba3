"""The loops: epochs of steps over a data source, with callbacks, progress, and a clean stop on Ctrl-C."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from glassworks import config, tree
from glassworks.graph import Array
from glassworks.training.callbacks.callback_list import CallbackList
from glassworks.training.data.base import DataSource
from glassworks.training.interrupt import Interruptible
from glassworks.training.trainer import Trainer

PROGRESS_SECONDS = 0.08


class Loop:
    """Runs the steps of one mode over one source.

    Args:
        trainer: Has the step and the programs.
        mode: "train", "test" or "predict".
        source: Gives the batches.
        steps: How many batches an epoch has; None for as many as there are.
        callbacks: Told what happens.
        interruptible: Says when Ctrl-C was pressed.
    """

    def __init__(
        self, trainer: Trainer, mode: str, source: DataSource, steps: int | None, callbacks: CallbackList, interruptible: Interruptible
    ) -> None:
        self.trainer, self.mode, self.source, self.callbacks = trainer, mode, source, callbacks
        cap = config.max_steps_per_epoch()
        self.steps = steps if cap is None else min(steps or cap, cap)
        self.interruptible = interruptible
        self._hooks = getattr(callbacks, f"has_{mode}_batch_hooks")
        self._begin: Callable = getattr(callbacks, f"on_{mode}_batch_begin")
        self._end: Callable = getattr(callbacks, f"on_{mode}_batch_end")
        self._going_on: Any = iter(source)

    def epoch(self, on_batch: Callable[[Any], None] | None = None) -> dict[str, float]:
        """One pass over the source; the logs at its end.

        Args:
            on_batch: Called with what each step returned (predictions).
        """
        trainer, mode = self.trainer, self.mode
        if mode != "predict":
            trainer.reset_metrics()
        key = trainer.state_key(mode)
        step, returned, last_shown = 0, None, time.perf_counter()
        for data in self._batches():
            if self._hooks:
                self._begin(step)
            returned = trainer.run(mode, data, key)
            if on_batch is not None:
                on_batch(returned)
            step += 1
            if self._hooks:
                self._end(step - 1, self._logs(returned, mode))
            now = time.perf_counter()
            if now - last_shown > PROGRESS_SECONDS:
                last_shown = now
                self.callbacks.on_progress(step, lambda: self._logs(returned, mode))  # noqa: B023 - called at once
            if self.interruptible.requested:
                raise KeyboardInterrupt
            if trainer.stop_training and mode == "train":
                break
        self._check_count(step)
        logs = self._logs(returned, mode) if step else {}
        # Once more at the end: where the number of steps was not known, this is how progress learns it.
        self.callbacks.on_progress(step, lambda: logs)
        return logs

    def _logs(self, returned: Any, mode: str) -> dict[str, float]:
        return {} if mode == "predict" else self.trainer.logs(returned, mode)

    def _batches(self) -> Any:
        """The batches of one epoch. With a number of steps, an epoch starts where the last one stopped, as in Keras."""
        if self.steps is None:
            yield from self.source
            return
        for _ in range(self.steps):
            batch = next(self._going_on, None)
            if batch is None and self.source.num_batches:
                self._going_on = iter(self.source)
                batch = next(self._going_on, None)
            if batch is None:
                return
            yield batch

    def _check_count(self, found: int) -> None:
        if self.trainer.stop_training:
            return
        if found == 0 or (self.steps is not None and found < self.steps):
            self.source.ended_early(found, self.steps, self.mode)


def collect(batches: list[Any]) -> Any:
    """Predictions of all batches as one array per output."""
    first = batches[0]
    columns = zip(*(tree.flatten(batch) for batch in batches), strict=True)
    joined = [np.concatenate(column) if len(column) > 1 else np.asarray(column[0]) for column in columns]
    return tree.pack_sequence_as(first, [array.numpy() if isinstance(array, Array) else array for array in joined])

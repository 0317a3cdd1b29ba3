"""The loops: epochs of steps over a data source, with callbacks, progress, and a clean stop on Ctrl-C."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from glassworks import settings, tree
from glassworks.errors import ShapeError
from glassworks.graph import Array
from glassworks.training.callbacks.callback_list import CallbackList
from glassworks.training.data.arrays import Again, ArraySource
from glassworks.training.data.base import DataSource
from glassworks.training.diagnosis.loss_watch import Watch
from glassworks.training.interrupt import InterruptedBetweenStepsError, Interruptible
from glassworks.training.resuming import Backup, Position
from glassworks.training.trainer import Trainer

PROGRESS_SECONDS = 0.08
# How long an engine runs steps by itself before Python looks at callbacks, progress and Ctrl-C again.
SLICE_SECONDS = 0.05


class Loop:
    """Runs the steps of one mode over one source.

    Args:
        trainer: The trainer whose programs run.
        mode: "train", "test" or "predict".
        source: The source of the batches.
        steps: How many batches an epoch has; None for as many as there are.
        callbacks: The callbacks whose hooks are called.
        interruptible: Knows whether Ctrl-C was pressed.
        watch: Checks for results that are not finite.
        backup: Is called between steps, to keep the state.

    Attributes:
        number: The number of the epoch, which the caller sets.
    """

    def __init__(
        self,
        trainer: Trainer,
        mode: str,
        source: DataSource,
        steps: int | None,
        callbacks: CallbackList,
        interruptible: Interruptible,
        watch: Watch,
        backup: Backup | None = None,
    ) -> None:
        self.backup, self.number = backup or Backup(), 0
        self._resumed: Position | None = None
        self.trainer, self.mode, self.source, self.callbacks, self.watch = trainer, mode, source, callbacks, watch
        cap = settings.max_steps_per_epoch()
        self.steps = steps if cap is None else min(steps or cap, cap)
        self.interruptible = interruptible
        self._hooks = getattr(callbacks, f"has_{mode}_batch_hooks")
        self._begin: Callable = getattr(callbacks, f"on_{mode}_batch_begin")
        self._end: Callable = getattr(callbacks, f"on_{mode}_batch_end")
        self._going_on: Any = iter(source)
        self._step, self._last_shown = 0, 0.0
        self._returned: object = None

    def epoch(self, on_batch: Callable[[Any], None] | None = None) -> dict[str, float]:
        """One pass over the source; the logs at its end.

        Args:
            on_batch: Called with what each step returned (predictions).
        """
        self._begin_epoch()
        self.watch.resume()
        if self._has_all_steps():
            pass
        elif self._runs_in_slices():
            self._run_slices(self.source)  # type: ignore[arg-type]
        else:
            self._run_batches(self._batches(), on_batch)
        self.watch.pause()
        self._check_count(self._step)
        logs = self._logs() if self._step else {}
        # One more call at the end: where the number of steps was not known, this tells the progress bar.
        self.callbacks.on_progress(self._step, lambda: logs)
        return logs

    def go_on_from(self, position: Position) -> None:
        """Let the next epoch begin in its middle, where the loop of another process was."""
        self._resumed = position

    @property
    def position(self) -> Position:
        """Where the loop is, between two steps."""
        own_logs = self.trainer.keeps_logs(self.mode) or self.trainer.run_eagerly
        return Position(self.number, self._step, self._logs() if own_logs and self._step else None)

    def _begin_epoch(self) -> None:
        self._returned, self._last_shown = None, time.perf_counter()
        if self._resumed is None:
            self._step = 0
            if self.mode != "predict":
                self.trainer.model.reset_metrics()
            return
        # The metrics have been restored, with all other variables.
        self._step, self._returned, self._resumed = self._resumed.step or 0, self._resumed.logs, None

    def _has_all_steps(self) -> bool:
        """Whether all steps of the epoch have run in another process."""
        return 0 < self._step == (self.steps or self.source.num_batches)

    def _run_batches(self, batches: Iterable[Any], on_batch: Callable[[Any], None] | None = None) -> None:
        """Run step by step, with the batch hooks of callbacks around each step."""
        # The watch keeps `run`, so `run` must not keep this loop and its iterators.
        trainer, mode = self.trainer, self.mode

        def run(batch: Any) -> Any:
            return trainer.run(mode, batch)

        for data in self._fetched(batches):
            if self._hooks:
                self._begin(self._step)
                self.watch.resume()
            self._returned = run(data)
            self.watch.ran_batch(self._step, data, self._returned, run, self.source.again())
            if on_batch is not None:
                on_batch(self._returned)
            self._step += 1
            self.source.used += 1
            if self._hooks:
                self.watch.pause()
                self._end(self._step - 1, self._logs() if self.mode != "predict" else {"outputs": self._returned})
            if self._between_steps():
                break

    def _fetched(self, batches: Iterable[Any]) -> Iterator[Any]:
        """The batches; Ctrl-C ends the wait for one, unless that would leave a generator of the user's in a state that was not saved."""
        iterator = iter(batches)
        if not self.source.may_be_interrupted:
            yield from iterator
            return
        end = object()
        while True:
            with self.interruptible.waiting():
                batch = next(iterator, end)
            if batch is end:
                return
            yield batch

    def _runs_in_slices(self) -> bool:
        """Whether no callback needs to see single steps, and an epoch is one pass over arrays."""
        trainer, source = self.trainer, self.source
        if self._hooks or self.mode == "predict" or trainer.run_eagerly or trainer.keeps_logs(self.mode):
            return False
        return isinstance(source, ArraySource) and source.rows() is not None and self.steps in (None, source.num_batches)

    def _run_slices(self, source: ArraySource) -> None:
        """Run many steps per call of the engine, then the last, smaller batch."""
        mode, size, order, rows = self.mode, source.batch_size or 1, source.order(), source.rows() or []
        full = (source.num_samples or 0) // size
        if full:
            program = self.trainer.programs.program(mode, source.first_batch())

        def run(start: int, count: int) -> None:
            while count:
                done = program.run_steps(rows, order, start * size, size, count, SLICE_SECONDS)
                start, count = start + done, count - done

        while self._step < full:
            first = self._step
            count = min(full - first, self.backup.steps_left(), self.watch.steps_left())
            self._step += program.run_steps(rows, order, first * size, size, count, SLICE_SECONDS)
            source.used = self._step
            self.watch.ran_slice(first, self._step - first, run, Again(source, order))
            self.watch.pause()
            if self._between_steps():
                return
            self.watch.resume()
        rest = source.rest(order)
        if rest is not None:
            self._run_batches([rest])

    def _between_steps(self) -> bool:
        """Show progress if it is due, and return whether training shall stop. Raises `KeyboardInterrupt` after Ctrl-C."""
        now = time.perf_counter()
        if now - self._last_shown > PROGRESS_SECONDS:
            self._last_shown = now
            self.callbacks.on_progress(self._step, self._logs)
        if self.interruptible.requested:
            raise InterruptedBetweenStepsError(self.interruptible)
        if self.backup.wants_steps:
            self.backup.after_steps(self.position)
        return self.trainer.stop_training and self.mode == "train"

    def _logs(self) -> dict[str, float]:
        return {} if self.mode == "predict" else self.trainer.logs(self._returned, self.mode)

    def _batches(self) -> Iterator[Any]:
        """The batches of one epoch. With a number of steps, an epoch starts where the last one stopped, as in Keras."""
        if self.steps is None:
            yield from self.source
            return
        for _ in range(self._step, self.steps):
            batch = next(self._going_on, None)
            if batch is None and self.source.num_batches:
                self._going_on = iter(self.source)
                batch = next(self._going_on, None)
            if batch is None:
                return
            yield batch

    def _check_count(self, count: int) -> None:
        if self.trainer.stop_training:
            return
        if count == 0 or (self.steps is not None and count < self.steps):
            self.source.ended_early(count, self.steps, self.mode)
            self.trainer.stop_training = self.mode == "train"


def collect(batches: list[Any]) -> Any:
    """Predictions of all batches as one array per output."""
    first = batches[0]
    columns = zip(*(tree.flatten(batch) for batch in batches), strict=True)
    joined = [_joined(column) if len(column) > 1 else np.asarray(column[0]) for column in columns]
    return tree.pack_sequence_as(first, [array.numpy() if isinstance(array, Array) else array for array in joined])


def _joined(column: tuple[Any, ...]) -> np.ndarray:
    shapes = list(dict.fromkeys(tuple(np.shape(part)[1:]) for part in column))
    if len(shapes) > 1:
        raise ShapeError(
            f"outputs of shapes {', '.join(str(('batch', *shape)).replace(chr(39), '') for shape in shapes[:4])} in different batches",
            "one shape, so that they can be joined",
            "pad inputs to one length: TextVectorization(output_sequence_length=...), or utils.pad_sequences",
        )
    return np.concatenate(column)

"""`Epochs`: the epochs of one `fit`, with their hooks, validation, backup, and a clean end after Ctrl-C or SIGTERM."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from glassworks.training.callbacks.callback_list import CallbackList
from glassworks.training.data import DataSource
from glassworks.training.diagnosis.checkup import Checkup
from glassworks.training.diagnosis.loss_watch import LossWatch, ResultWatch, TrainingStoppedError, Watch, Watches
from glassworks.training.interrupt import InterruptedBetweenStepsError, Interruptible
from glassworks.training.loop import Loop
from glassworks.training.options import FitOptions, ValidationFreq
from glassworks.training.progress import say
from glassworks.training.resuming import Backup, Position
from glassworks.training.sources import about_validation_data

if TYPE_CHECKING:
    from glassworks.training.trainer import Trainer


class Epochs:
    """Runs the epochs of one `fit`.

    Args:
        trainer: The trainer.
        options: The arguments of `fit`.
        count: The number of the last epoch, counted from 1.
        train, validation: The sources of batches.
        callbacks: The callbacks.
        interruptible: Knows whether Ctrl-C was pressed.
        watch: Watches the loss.
        backup: Keeps the state.
        checkup: Measures how training goes; None where nobody asked for that.
    """

    def __init__(
        self,
        trainer: Trainer,
        options: FitOptions,
        count: int,
        train: DataSource,
        validation: DataSource | None,
        callbacks: CallbackList,
        interruptible: Interruptible,
        watch: LossWatch,
        backup: Backup,
        checkup: Checkup | None = None,
    ) -> None:
        self._trainer, self._options, self._count, self._validation = trainer, options, count, validation
        self._callbacks, self._interruptible, self._watch, self._backup = callbacks, interruptible, watch, backup
        self._checkup = checkup
        others: list[Watch] = [checkup] if checkup is not None else []
        others += [callback for callback in callbacks.callbacks if isinstance(callback, Watch)]
        watches = Watches(watch, *others) if others else watch
        self._loop = Loop(trainer, "train", train, options.steps_per_epoch, callbacks, interruptible, watches, backup)

    def run(self) -> None:
        """Run all epochs, and the hooks around them."""
        trainer, callbacks, backup = self._trainer, self._callbacks, self._backup
        callbacks.on_train_begin()
        start = self._start()
        epoch, logs = start.epoch, start.logs or {}
        is_complete = True
        try:
            for epoch in range(start.epoch, self._count):
                if trainer.stop_training:  # by the process whose state this is
                    break
                logs = self._epoch(epoch, start if epoch == start.epoch and start.in_epoch else None)
                backup.epoch_ended(epoch, logs, is_last=trainer.stop_training or epoch == self._count - 1)
        except TrainingStoppedError:
            trainer.stop_training, is_complete = True, False
            callbacks.on_interrupt()
        except KeyboardInterrupt as error:
            if self._interruptible.insisted:
                raise
            is_complete = False
            self._interrupt(error, epoch)
        if self._checkup is not None:
            self._checkup.ended()
        if hasattr(trainer.optimizer, "finalize_variable_values"):
            trainer.optimizer.finalize_variable_values(trainer.model.trainable_variables)
        callbacks.on_train_end(logs=logs)
        if is_complete:
            backup.completed()

    def _start(self) -> Position:
        """Where training starts; all state is set if that is where another process was."""
        start = self._backup.start
        if start is None:
            self._backup.restore()
            return Position(self._options.initial_epoch)
        if start.in_epoch:
            # The hooks first, so that callbacks and data that keep no state can rely on them; what they change is then set.
            self._callbacks.on_epoch_begin(start.epoch)
            self._loop.source.on_epoch_begin()
            if start.step is not None:
                self._loop.go_on_from(start)
        self._backup.restore()
        if (self._callbacks.params or {}).get("verbose"):
            say(self._where(start))
        return start

    def _where(self, start: Position) -> str:
        """What the user reads when training goes on."""
        if self._trainer.stop_training:
            return f"This training has stopped after epoch {start.epoch}, in an earlier call of fit()."
        if start.epoch >= self._count:
            return f"All {self._count} epochs of this training have run, in an earlier call of fit(). Larger epochs=... trains on."
        step = f", batch {start.step + 1}" if start.step else ""
        return f"Going on from epoch {start.epoch + 1}{step}."

    def _epoch(self, epoch: int, resumed: Position | None) -> dict[str, float]:
        """One epoch and its validation, or the rest of one; the logs at its end."""
        callbacks, loop = self._callbacks, self._loop
        self._watch.epoch = loop.number = epoch
        if resumed is None:
            callbacks.on_epoch_begin(epoch)
            loop.source.on_epoch_begin()
        if resumed is None or resumed.step is not None:
            logs = loop.epoch()
            loop.source.on_epoch_end()
        else:
            logs = dict(resumed.logs or {})
        if self._validation is not None and _validates_after(epoch + 1, self._options.validation_freq):
            with self._backup.validating(epoch, logs):
                logs |= self._validate(epoch, self._validation)
        callbacks.on_epoch_end(epoch, logs)
        if self._checkup is not None:
            self._checkup.epoch_ended(logs)
        return logs

    def _validate(self, epoch: int, source: DataSource) -> dict[str, float]:
        trainer, watch = self._trainer, self._watch
        result = ResultWatch(trainer, "test", f"model '{trainer.model.name}'.fit, validation after epoch {epoch + 1}")
        with about_validation_data():
            logs = test_epoch(trainer, source, self._options.validation_steps, self._callbacks, self._interruptible, result)
        if watch.is_open and not watch.validation_told:
            watch.validation_told = result.tell(source.arrays)
        return {f"val_{name}": value for name, value in logs.items()}

    def _interrupt(self, error: KeyboardInterrupt, epoch: int) -> None:
        """Keep the state, and tell the callbacks and the user."""
        # A KeyboardInterrupt of the user's code, or of an `evaluate` in a callback, comes in the middle of hooks.
        is_between_steps = isinstance(error, InterruptedBetweenStepsError) and error.interruptible is self._interruptible
        kept = self._backup.interrupted(self._loop.position if is_between_steps else None)
        self._trainer.stop_training = True
        self._callbacks.on_interrupt()
        verb = "Terminated" if self._interruptible.terminated else "Interrupted"
        advice = kept or "fit() again goes on from them."
        print(f"{verb} in epoch {epoch + 1} of {self._count}. The model keeps the weights of the last whole step; {advice}")


def _validates_after(number: int, freq: ValidationFreq) -> bool:
    """Whether there is a validation after the epoch of this number, which counts from 1 whatever the initial epoch, as in Keras."""
    return number in freq if isinstance(freq, Collection) else number % freq == 0


def test_epoch(
    trainer: Trainer, source: DataSource, steps: int | None, callbacks: CallbackList, interruptible: Interruptible, watch: ResultWatch
) -> dict[str, float]:
    """One pass over data to evaluate on, with its hooks; the logs."""
    callbacks.on_test_begin()
    trainer.prepare("test", source.first_batch())
    source.on_epoch_begin()
    logs = Loop(trainer, "test", source, steps, callbacks, interruptible, watch).epoch()
    source.on_epoch_end()
    callbacks.on_test_end(logs)
    return logs

"""Watching for losses and predictions that are not finite: each is noticed at once, traced to its cause, and reported once."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from glassworks import tree
from glassworks.checks import Finding, is_on, tell
from glassworks.errors import DataError
from glassworks.training.data.base import Batch
from glassworks.training.diagnosis import cause
from glassworks.training.diagnosis.recording import Recording, Steps, restore, weights_are_finite

if TYPE_CHECKING:
    from glassworks.training.trainer import Trainer

Again = tuple[Callable[[int], Any], int] | None
ON_NAN = ("warn", "stop", "raise", "ignore")
MOST_BYTES_UNASKED = 1 << 28
"""A state larger than this is kept only where `on_nan` asks for the last good weights."""


class NotFiniteLossError(DataError, RuntimeError):
    """The loss is NaN or infinite, and `fit(on_nan="raise")` or `TerminateOnNaN(raise_error=True)` asked for an error."""


class TrainingStoppedError(Exception):
    """Ends the training of `fit(on_nan="stop")`; `fit` itself catches it."""


class Watch:
    """The interface of a watch, which does nothing: for modes and settings in which nothing is watched.

    A loop calls `resume` before steps and `pause` after them if other code may run in between, and `ran_batch` or `ran_slice` with
    what ran.
    """

    def resume(self) -> None:
        """Called before steps run."""

    def pause(self) -> None:
        """Called when other code, such as a callback, may change the model."""

    def ran_batch(self, step: int, data: Batch, returned: object, run: Callable[[Any], Any], again: Again = None) -> None:
        """Called after one step.

        Args:
            step: The number of the step in the epoch.
            data: Its batch.
            returned: The result of the step.
            run: A function that runs a step on a batch.
            again: A function that gives batches again by number, and the number of this batch; None if the batch must be kept for that.
        """

    def ran_slice(self, first: int, count: int, run: Callable[[int, int], Any], batch: Callable[[int], Any]) -> None:
        """Called after several steps in one call of the engine.

        Args:
            first: The number of the first step in the epoch.
            count: The number of steps.
            run: A function that runs steps of this epoch again: `run(start, count)`.
            batch: A function that returns the batch of a step by number.
        """

    def steps_left(self) -> int:
        """The number of steps after which it wants to be called at the latest."""
        return sys.maxsize


class Watches(Watch):
    """Several watches with the interface of a single one.

    Args:
        watches: The watches, in the order in which they are called.
    """

    def __init__(self, *watches: Watch) -> None:
        self._watches = watches

    def resume(self) -> None:
        """Called before steps run."""
        for watch in self._watches:
            watch.resume()

    def pause(self) -> None:
        """Called when other code, such as a callback, may change the model."""
        for watch in self._watches:
            watch.pause()

    def ran_batch(self, step: int, data: Batch, returned: object, run: Callable[[Any], Any], again: Again = None) -> None:
        """Called after one step."""
        for watch in self._watches:
            watch.ran_batch(step, data, returned, run, again)

    def ran_slice(self, first: int, count: int, run: Callable[[int, int], Any], batch: Callable[[int], Any]) -> None:
        """Called after several steps in one call of the engine."""
        for watch in self._watches:
            watch.ran_slice(first, count, run, batch)

    def steps_left(self) -> int:
        """The number of steps after which the first of them wants to be called."""
        return min(watch.steps_left() for watch in self._watches)


class LossWatch(Watch):
    """Watches the loss of one `fit`.

    The loss tracker sums the losses of an epoch, so one number tells after any number of steps whether all were finite. If not, the
    steps since the last saved state are repeated one by one to find the first loss that was not finite, and its cause.

    Args:
        trainer: The trainer with the model and the step.
        on_nan: "warn", "stop", "raise" or "ignore".

    Attributes:
        epoch: The number of the epoch, from 0; the caller sets it.
        is_open: Whether nothing was reported so far.
        validation_told: Whether a validation loss that was not finite was reported.
    """

    def __init__(self, trainer: Trainer, on_nan: str) -> None:
        self._trainer, self._on_nan = trainer, on_nan
        self._own_step = trainer.keeps_logs("train")
        self._recording = Recording(trainer, MOST_BYTES_UNASKED if on_nan == "warn" else math.inf)
        self._loss = ""
        self.epoch, self.validation_told = 0, False
        self.is_open = on_nan in ("stop", "raise") or (on_nan == "warn" and is_on("not_finite"))

    def resume(self) -> None:
        """Record what other code changed."""
        if self.is_open:
            self._recording.resume()

    def pause(self) -> None:
        """Called when other code, such as a callback, may change the model."""
        if self.is_open:
            self._recording.pause()

    def ran_batch(self, step: int, data: Batch, returned: object, run: Callable[[Any], Any], again: Again = None) -> None:
        """Record the step, and check the loss."""
        if not self.is_open:
            return
        self._recording.add_step(self.epoch, step, run, data, again)
        if self._fails(returned):
            self._handle(step, 1)
        else:
            self._recording.keep_if_due()

    def ran_slice(self, first: int, count: int, run: Callable[[int, int], Any], batch: Callable[[int], Any]) -> None:
        """Record the steps, and check the loss."""
        if not self.is_open:
            return
        self._recording.add_steps(Steps(self.epoch, first, count, run, batch))
        if self._fails(None):
            self._handle(first, count)

    def _fails(self, returned: object) -> bool:
        """Whether the loss so far is not finite."""
        self._loss = loss_fails(self._trainer, returned, self._own_step)
        return bool(self._loss)

    def _handle(self, first: int, count: int) -> None:
        """Repeat the steps, report the cause, and do what `on_nan` says."""
        self.is_open = False
        after = self._recording.state()
        try:
            place, why = self._find_cause(first, count)
        except Exception:
            # The user's own step may fail when it is repeated; training, which would go on, does not end for that.
            place, why = _place(self.epoch, first, count), None
        if self._on_nan == "warn":
            restore(after)
        self._act(place, why)

    def _find_cause(self, first: int, count: int) -> tuple[str, cause.Cause | None]:
        """The place and the cause, from the recording. The model is left in the last good state."""
        recording, trainer = self._recording, self._trainer
        if not recording:
            return _place(self.epoch, first, count), None
        total = len(recording)
        failed = recording.replay(total, self._fails)
        if failed == total:
            recording.replay(0)
            return _place(self.epoch, first, count), None
        good = self._replay_while_finite(failed)
        epoch, step, data, rows = recording.step(failed)
        place = _place(epoch, step, 1)
        found = cause.in_data(data)
        if found is None and good == failed:
            found = cause.in_forward(trainer, data)
        elif found is None:
            epoch, step, data, rows = recording.step(good)
            found = cause.in_data(data) or cause.in_gradient(trainer, data)
            if found is not None:
                found = found._replace(found=f"its weights were not finite since {_place(epoch, step, 1)}, where {found.found}")
        return place, None if found is None else found.naming_rows(rows)

    def _replay_while_finite(self, failed: int) -> int:
        """Repeat the steps before the failed one, or fewer, so that all weights are finite; return their number."""
        low, high = 0, failed
        # Usually the weights are finite right before the failed step, or one step earlier.
        trial = high
        while True:
            self._recording.replay(trial)
            if weights_are_finite(self._trainer.model):
                low = trial
            else:
                high = trial - 1
            if low >= high:
                break
            trial = high if high >= failed - 1 else (low + high + 1) // 2
        if trial != low:
            self._recording.replay(low)
        return low

    def _act(self, place: str, why: cause.Cause | None) -> None:
        where = f"model '{self._trainer.model.name}'.fit, {place}"
        found = f"the loss is {self._loss or 'not finite'}" + (f": {why.found}" if why is not None else "")
        fix = why.fix if why is not None else "a smaller learning rate, clipnorm=1.0 in the optimizer, or inputs scaled to about -1 to 1"
        if self._on_nan == "raise":
            raise NotFiniteLossError(found, "a finite loss", f"{fix}. The model has the last good weights", where=where)
        if self._on_nan == "stop":
            tell(Finding("not_finite", where, found, "a finite loss", f"{fix}. Training ends here, with the last good weights"))
            raise TrainingStoppedError
        tell(Finding("not_finite", where, found, "a finite loss", f"{fix}. fit(on_nan='stop') ends with the last good weights"))


class ResultWatch(Watch):
    """Watches the loss of an evaluation, or predictions, and keeps the first batch whose result is not finite.

    Args:
        trainer: The trainer with the model.
        mode: "test" or "predict".
        where: The start of the message.
    """

    def __init__(self, trainer: Trainer, mode: str, where: str) -> None:
        self._trainer, self._mode, self._where = trainer, mode, where
        self._own_step = trainer.keeps_logs(mode)
        self._failed: tuple[str, str, Any] | None = None

    def ran_batch(self, step: int, data: Batch, returned: object, run: Callable[[Any], Any], again: Again = None) -> None:
        """Check the result of a step."""
        if self._failed is not None:
            return
        if self._mode == "predict":
            fails = "predictions are NaN" if any(has_nan(np.asarray(leaf)) for leaf in tree.flatten(returned)) else ""
        else:
            fails = self._loss_text(returned)
        if fails:
            self._failed = (fails, f"batch {step + 1}", data)

    def ran_slice(self, first: int, count: int, run: Callable[[int, int], Any], batch: Callable[[int], Any]) -> None:
        """Check the loss after some steps."""
        if self._failed is None and (fails := self._loss_text(None)):
            self._failed = (fails, f"batches {first + 1} to {first + count}", batch(first))

    def _loss_text(self, returned: object) -> str:
        loss = loss_fails(self._trainer, returned, self._own_step)
        return f"the loss is {loss}" if loss else ""

    def tell(self, arrays: tuple | None = None, columns: list[str] | None = None) -> bool:
        """Warn if a result was not finite, and return whether that was so.

        Args:
            arrays: All of `(x, y, sample_weight)`, if the data is in arrays.
            columns: The names of the columns of x, where it came from a DataFrame.
        """
        if self._failed is None or not is_on("not_finite"):
            return False
        what, place, data = self._failed
        try:
            in_data = (None if arrays is None else cause.in_data(arrays, columns)) or cause.in_data(data, columns)
            why = in_data or cause.in_weights(self._trainer.model)
            if why is None:
                why = cause.in_prediction(self._trainer, data) if self._mode == "predict" else cause.in_forward(self._trainer, data, False)
                why = None if why is None else why.naming_rows(None)
        except Exception:
            why = None  # without a cause the message is still worth giving
        found, fix = (f"{what}: {why.found}", why.fix) if why is not None else (what, "look at the data: np.isfinite(x).all()")
        tell(Finding("not_finite", f"{self._where}, {place}", found, "finite numbers", fix))
        return True


def loss_fails(trainer: Trainer, returned: object, own_step: bool) -> str:
    """ "NaN" or "infinite", as the loss so far is: the sum in the tracker, or what the user's own step returned as losses; else ""."""
    if not own_step:
        losses = [trainer.loss_tracker.total.peek()] if trainer.loss_tracker is not None else []
    elif isinstance(returned, dict):
        losses = [value for name, value in returned.items() if str(name) == "loss" or str(name).endswith("_loss")]
    else:
        return ""
    for loss in losses:
        value = float(loss) if np.ndim(loss) == 0 else float(np.sum(loss))
        if not math.isfinite(value):
            return "NaN" if math.isnan(value) else "infinite"
    return ""


def has_nan(array: np.ndarray) -> bool:
    """Whether any number is NaN. Infinity may be intended, as the logarithm of a probability of 0."""
    if array.dtype.kind != "f":
        return False
    # If the sum is not NaN, no number is; it costs a tenth of testing each. For a few numbers, the sum of squares is quicker.
    flat = array.reshape(-1)
    with np.errstate(over="ignore", invalid="ignore"):
        total = flat.dot(flat) if flat.size <= 4096 else array.sum()
    return math.isnan(total) and bool(np.isnan(array).any())


def _place(epoch: int, first: int, count: int) -> str:
    steps = f"batch {first + 1}" if count == 1 else f"batches {first + 1} to {first + count}"
    return f"epoch {epoch + 1}, {steps}"

"""`Recording`: what happened to a model since its state was last saved, so that any step since then can be repeated.

A step is a pure function of variables and batch, random numbers included, so running it again from the same state gives the same
bits. The recording saves the state from time to time, and in between the steps that ran and what other code changed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from glassworks import tree
from glassworks.graph import Variable
from glassworks.training.data.base import Batch
from glassworks.training.variables import variables_of

if TYPE_CHECKING:
    from glassworks.models.model import Model
    from glassworks.training.trainer import Trainer

SHARE = 0.005
"""The share of the time that may go into keeping states."""
SHORTEST_SECONDS = 0.05
MOST_BATCH_BYTES = 1 << 26
"""The most memory for batches of a source that cannot give them again."""

State = Sequence[tuple[Variable, np.ndarray]]


@dataclass(slots=True)
class Steps:
    """Consecutive steps on batches that can be produced again.

    Attributes:
        epoch, first: The epoch, and the number of the first step in it.
        count: The number of steps.
        run_from: A function that runs steps again: `run_from(number, count)`.
        batch_of: A function that returns the batch of a number.
        shift: The number of a batch minus that of its step; not 0 if an epoch began in the middle of the batches.
    """

    epoch: int
    first: int
    count: int
    run_from: Callable[[int, int], Any]
    batch_of: Callable[[int], Any]
    shift: int = 0

    def run(self, start: int, count: int) -> Any:
        """Run some of the steps again."""
        return self.run_from(self.first + self.shift + start, count)

    def batch(self, number: int) -> Any:
        """The batch of one of the steps."""
        return self.batch_of(self.first + self.shift + number)

    def rows(self, number: int) -> np.ndarray | None:
        """The numbers in the data set of the rows of that batch; None where they are not known."""
        rows_of = getattr(self.batch_of, "rows", None)
        return None if rows_of is None else rows_of(self.first + self.shift + number)

    def takes(self, epoch: int, step: int, batch_of: Callable[[int], Any], number: int) -> bool:
        """Add a step if it is the next one, and return whether it was."""
        following = (epoch, step, number) == (self.epoch, self.first + self.count, self.first + self.count + self.shift)
        if not following or batch_of is not self.batch_of:
            return False
        self.count += 1
        return True


@dataclass(slots=True)
class OneStep:
    """A single step, whose batch is kept.

    Attributes:
        epoch, first: The epoch, and the number of the step in it.
        run_on: A function that runs a step on a batch.
        data: The batch.
    """

    epoch: int
    first: int
    run_on: Callable[[Any], Any]
    data: Any
    count: ClassVar[int] = 1

    def run(self, start: int, count: int) -> Any:
        """Run the step again."""
        return self.run_on(self.data)

    def batch(self, number: int) -> Any:
        """The batch of the step."""
        return self.data

    def rows(self, number: int) -> np.ndarray | None:
        """None: the source cannot tell."""
        return None


class Recording:
    """The state of a model, its optimizers and metrics at one moment, and the steps and changes since then.

    Args:
        trainer: The trainer with the model and its optimizer.
        most_bytes: The largest state that is saved.
    """

    def __init__(self, trainer: Trainer, most_bytes: float) -> None:
        self._trainer, self._most_bytes = trainer, most_bytes
        self._saved: State | None = None
        self._entries: list[Steps | OneStep | State] = []
        self._versions: list[int] = []
        self._due = 0.0
        self._most_entries: int | None = None

    # ---- recording

    def state(self) -> State:
        """The current values of all variables."""
        return [(variable, variable.array) for variable in variables_of(self._trainer)]

    def keep_if_due(self) -> None:
        """Save the state and drop the earlier one, if enough time has passed; a state with weights that are not finite is never saved."""
        start = time.perf_counter()
        if start < self._due and (self._most_entries is None or len(self._entries) < self._most_entries):
            return
        variables = variables_of(self._trainer)
        if sum(variable.size * 4 for variable in variables) > self._most_bytes:
            self._saved, self._due = None, float("inf")
            return
        if weights_are_finite(self._trainer.model):
            self._saved = [(variable, variable.array) for variable in variables]
            self._entries.clear()
            self.pause()
        self._due = time.perf_counter() + max(SHORTEST_SECONDS, (time.perf_counter() - start) / SHARE)

    def pause(self) -> None:
        """Called when other code may change variables."""
        self._versions = [variable.version for variable, _ in self._saved or []]

    def resume(self) -> None:
        """Record what other code changed, before the next step."""
        if self._saved is not None:
            pairs = zip(self._saved, self._versions, strict=True)
            changed = [(variable, variable.array) for (variable, _), version in pairs if variable.version != version]
            if changed:
                self._entries.append(changed)
        self.keep_if_due()

    def add_steps(self, steps: Steps) -> None:
        """Record steps that ran in one call of the engine."""
        if self._saved is not None:
            self._entries.append(steps)

    def add_step(
        self, epoch: int, step: int, run_on: Callable[[Any], Any], data: Batch, again: tuple[Callable[[int], Any], int] | None
    ) -> None:
        """Record one step: by the number of its batch if the source can give it again, else with the batch."""
        if self._saved is None:
            return
        if again is None:
            self._entries.append(OneStep(epoch, step, run_on, data))
            if self._most_entries is None:
                size = sum(leaf.nbytes for leaf in tree.flatten(data) if leaf is not None)
                self._most_entries = max(1, MOST_BATCH_BYTES // max(size, 1))
            return
        batch_of, number = again
        last = self._entries[-1] if self._entries else None
        if not isinstance(last, Steps) or not last.takes(epoch, step, batch_of, number):
            self._entries.append(Steps(epoch, step, 1, _run_singly(run_on, batch_of), batch_of, number - step))

    # ---- replay

    def __len__(self) -> int:
        """The number of steps since the state was saved."""
        return sum(entry.count for entry in self._entries if isinstance(entry, (Steps, OneStep)))

    def __bool__(self) -> bool:
        """Whether a state was saved."""
        return self._saved is not None

    def replay(self, count: int, stop: Callable[[Any], bool] | None = None) -> int:
        """Restore the saved state and repeat steps.

        Args:
            count: The number of steps.
            stop: Called with the result of each step; replay ends where it returns True.

        Returns:
            The number of steps before the one at which `stop` returned True; else `count`.
        """
        restore(self._saved or [])
        done = 0
        for entry in self._entries:
            if not isinstance(entry, (Steps, OneStep)):
                restore(entry)
                continue
            if done == count:
                break
            many = min(entry.count, count - done)
            if stop is None:
                entry.run(0, many)
                done += many
                continue
            for i in range(many):
                if stop(entry.run(i, 1)):
                    return done
                done += 1
        return done

    def step(self, number: int) -> tuple[int, int, Any, np.ndarray | None]:
        """The epoch, the number in it, the batch of a step, counted from the saved state, and the numbers of its rows in the data set."""
        for entry in self._entries:
            if isinstance(entry, (Steps, OneStep)):
                if number < entry.count:
                    return entry.epoch, entry.first + number, entry.batch(number), entry.rows(number)
                number -= entry.count
        raise IndexError(f"the recording has no step {number}")


def _run_singly(run_on: Callable[[Any], Any], batch_of: Callable[[int], Any]) -> Callable[[int, int], Any]:
    def run_from(number: int, count: int) -> Any:
        returned = None
        for i in range(number, number + count):
            returned = run_on(batch_of(i))
        return returned

    return run_from


def restore(state: State) -> None:
    """Set all variables to the values of a saved state."""
    for variable, array in state:
        variable.set_array(array)


def weights_are_finite(model: Model) -> bool:
    """Whether all weights that training changes are finite."""
    return all(is_finite(variable.peek()) for variable in model.trainable_variables)


def is_finite(array: object) -> bool:
    """Whether an array has neither NaN nor infinity."""
    array = np.asarray(array)
    if array.dtype.kind not in "fc" and array.dtype.name not in ("bfloat16",):
        return True
    # A sum is finite only if all numbers are, and costs a tenth of testing each number.
    with np.errstate(all="ignore"):
        return bool(np.isfinite(np.sum(array, dtype=np.float32)) or np.isfinite(array).all())

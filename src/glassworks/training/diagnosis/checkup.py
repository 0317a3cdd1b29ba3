"""`Checkup`: measures how one `fit` goes, at a small share of its time, and gives the rules what it measured.

The mean loss of every slice of steps costs nothing, since the loss tracker has it. How far the first step moves the kernels takes one
copy of a part of them. All else takes an `Examination`, which is made after an epoch if its time is within the budget, or if the
losses give a reason. Nothing that is measured changes the steps, their programs, or the state of a random generator.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from glassworks.graph import Variable
from glassworks.training.data.base import Batch, DataSource
from glassworks.training.diagnosis import floors
from glassworks.training.diagnosis.constant import constant_loss
from glassworks.training.diagnosis.course import Course, Look
from glassworks.training.diagnosis.diagnosis import Diagnosis
from glassworks.training.diagnosis.examination import Examiner, norm
from glassworks.training.diagnosis.learned import GAIN, is_suspicious, modes_are_suspicious
from glassworks.training.diagnosis.lines import line_of_call
from glassworks.training.diagnosis.loss_watch import Again, Watch
from glassworks.training.diagnosis.rules import Moment, results
from glassworks.training.diagnosis.samples import Samples
from glassworks.training.outputs import flat_targets
from glassworks.training.steps import unpack

if TYPE_CHECKING:
    from glassworks.training.trainer import Trainer

FIRST_LOOKS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 128, 256, 512)
"""The numbers of steps after which the first looks come, so that an early rise of the loss is seen."""
LOOK_SECONDS = 0.05
MOST_ELEMENTS = 1 << 16
"""The number of elements of a kernel that are compared; of larger ones a part."""
BUDGET = 0.03
"""The share of the time of training that examinations take at most, unless the losses give a reason for one."""
BUDGET_IF_SUSPICIOUS = 0.1
FIRST_COST = 0.05
"""The seconds that a first examination may take to trace the network, and the number of training steps that running it may last."""
FIRST_STEPS = 30


class Checkup(Watch):
    """Measures how one `fit` goes.

    Args:
        trainer: The trainer.
        diagnosis: Takes the findings.
        source: The source of the batches.
        where: The call, for findings.
        patience: For how many looks a condition must hold.
        every_epoch: Whether to examine the network after each epoch, whatever it costs.
    """

    def __init__(
        self, trainer: Trainer, diagnosis: Diagnosis, source: DataSource, where: str, patience: int = 3, every_epoch: bool = False
    ) -> None:
        self._trainer, self._diagnosis, self._every_epoch = trainer, diagnosis, every_epoch
        self.course = course_of(trainer, source, where, patience)
        self._loss_is_known = not trainer.keeps_logs("train") and trainer.loss_tracker is not None
        self._total = self._count = 0.0
        self._next, self._due = 1, 0.0
        self._before: list[tuple[Variable, np.ndarray]] = []
        self._samples, self._examiner = Samples(source), Examiner(trainer)
        self._started, self._spent, self._cost = time.perf_counter(), 0.0, 0.0

    # ---- what the loop calls

    def steps_left(self) -> int:
        """The number of steps until the next look, at the start of training."""
        return self._next - self.course.steps

    def resume(self) -> None:
        """Keep the kernels before the first step."""
        if self.course.steps == 0 and not self._before:
            self._before = [(variable, _part(variable).copy()) for variable in _kernels(self._trainer)]
            self.course.rate = _learning_rate(self._trainer)

    def ran_batch(self, step: int, data: Batch, returned: object, run: Callable[[Any], Any], again: Again = None) -> None:
        """Look, if it is time."""
        self.course.steps += 1
        if self.course.steps >= self._next or (self._next == sys.maxsize and time.perf_counter() >= self._due):
            self._samples.keep(data)
            self._look()

    def ran_slice(self, first: int, count: int, run: Callable[[int, int], Any], batch: Callable[[int], Any]) -> None:
        """Look at the loss of the steps."""
        self.course.steps += count
        self._look()

    def epoch_ended(self, logs: dict[str, Any]) -> None:
        """Keep the logs of an epoch, look into the network if that is due, and let the rules look."""
        course = self.course
        self._look()
        self._total = self._count = 0.0
        course.rate_now = _learning_rate(self._trainer)
        course.epochs.append({name: float(value) for name, value in logs.items() if np.ndim(value) == 0})
        if self._is_affordable():
            self._examine()
            self._apply("examination")
        self._apply("epoch")

    def ended(self) -> None:
        """Look into the network if there is a reason, and let all rules look at the end of training."""
        course = self.course
        course.is_over = True
        if is_suspicious(course) or modes_are_suspicious(course):
            for _ in range(course.patience):
                self._examine()
        course.moved = self._moved()
        self._apply(None)

    # ---- measurements

    def _look(self) -> None:
        course = self.course
        if course.steps and not course.updates:
            course.updates = {
                path.rpartition("/")[0] or path: moved for path, moved in sorted(self._moved().items(), key=lambda item: item[1])
            }
        tracker = self._trainer.loss_tracker
        if self._loss_is_known and tracker is not None:
            total, count = float(tracker.total.peek()), float(tracker.count.peek())
            if count > self._count:
                course.add(Look(course.steps, (total - self._total) / (count - self._count), count - self._count))
            self._total, self._count = total, count
        self._next = next((step for step in FIRST_LOOKS if step > course.steps), sys.maxsize)
        self._due = time.perf_counter() + LOOK_SECONDS
        self._apply("look")

    def _moved(self) -> dict[str, float]:
        """Path of a kernel -> how far it has moved since the start, relative to its size then."""
        sizes = [(variable, before, norm(before)) for variable, before in self._before]
        return {variable.path: norm(_part(variable) - before) / size for variable, before, size in sizes if size > 0}

    def _is_affordable(self) -> bool:
        """Whether an examination now stays within the budget of time, or was asked for."""
        if self._every_epoch:
            return self._cost < float("inf")
        course = self.course
        elapsed = time.perf_counter() - self._started - self._spent
        # Only where nothing was learned for a while, it is worth more time, so that the user need not wait for the end.
        waits = len(course.epochs) >= course.patience and course.steps >= 1000 and (course.gain or 0.0) < GAIN and is_suspicious(course)
        cost = self._cost or FIRST_COST + FIRST_STEPS * elapsed / max(course.steps, 1)
        return self._spent + cost < (BUDGET_IF_SUSPICIOUS if waits else BUDGET) * elapsed

    def _examine(self) -> None:
        """Look into the network once; what cannot be examined, such as a model that cannot be traced, is left out."""
        start = time.perf_counter()
        try:
            batches = self._samples.draw()
            look = self._examiner.examine(batches) if batches else None
        except Exception:  # users' own code may do anything when it is traced once more, and training must go on
            look = None
            self._cost = float("inf")
        if look is not None:
            look.step = self.course.steps
            self.course.examine(look)
            self._diagnosis.flow.add(look)
        seconds = time.perf_counter() - start
        self._spent += seconds
        self._cost = max(self._cost, seconds)

    def _apply(self, at: Moment | None) -> None:
        """Let the rules of a moment look."""
        for check, finding in results(self.course, at):
            self._diagnosis.update(check, finding)


def course_of(trainer: Trainer, source: DataSource, where: str, patience: int) -> Course:
    """What is known before the first step."""
    course = Course(where, line_of_call(), batch_size=source.batch_size, patience=patience)
    if trainer.optimizer is not None:
        inner = getattr(trainer.optimizer, "inner_optimizer", trainer.optimizer)
        course.optimizer = type(inner).__name__
    momenta = [layer.momentum for layer in trainer.model._flat_layers() if type(layer).__name__ == "BatchNormalization" and layer.trainable]
    course.momentum = max(momenta, default=None)
    losses, arrays = trainer.losses, source.arrays
    if losses is None or not losses.built or arrays is None or trainer.keeps_logs("train"):
        return course
    _, y, sample_weight = unpack(arrays)
    if y is None:
        return course
    targets = flat_targets(y, losses.names)
    weights = [1.0 if weight is None else float(weight) for weight in losses.weights]
    course.constant_loss = constant_loss(losses.losses, weights, targets, flat_targets(sample_weight, losses.names, "sample_weight"))
    course.floors = floors.of_targets(targets)
    return course


def _kernels(trainer: Trainer) -> list[Variable]:
    """The trainable weights with two axes or more: biases start at 0, so their relative change says nothing."""
    return [variable for variable in trainer.model.trainable_variables if variable.ndim >= 2]


def _part(variable: Variable) -> np.ndarray:
    """A variable's elements as a flat float array, or some rows of a large one."""
    array = np.asarray(variable.peek())
    rows = max(MOST_ELEMENTS // max(array.size // len(array), 1), 1)
    return np.asarray(array[:: -(-len(array) // rows)], np.float32).reshape(-1)


def _learning_rate(trainer: Trainer) -> float | None:
    try:
        return float(np.asarray(trainer.optimizer.learning_rate))
    except (AttributeError, TypeError, ValueError):
        return None

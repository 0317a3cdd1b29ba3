"""`Course`: what is known about the course of one training, in the plain numbers that the rules look at."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from glassworks.training.diagnosis.examination import Examination

FEWEST_SAMPLES = 16
"""A mean loss over fewer samples than this says little."""
MOST_LOOKS = 512
LEARNS = 0.3
"""The gain from which on a network counts as one that learns: what is unusual in it is then worth knowing, not a mistake."""

Item = TypeVar("Item")


class Look(NamedTuple):
    """The mean loss of some steps.

    Attributes:
        step: The number of steps that had run.
        loss: The mean loss of the steps since the look before.
        samples: The number of their samples.
    """

    step: int
    loss: float
    samples: float


@dataclass
class Course:
    """One training so far.

    Attributes:
        where: The call, for findings: `"model 'net'.fit"`.
        line: The user's line with that call.
        optimizer: The name of the class of the optimizer; empty where there is none.
        rate, rate_now: The learning rate in the first step and in the last one; None where it is not known.
        batch_size: Samples in a batch; None where they are not known.
        constant_loss: The loss of the best constant answer; None where it is not known.
        patience: The number of looks for which a condition must hold.
        steps: The number of steps so far.
        looks: The mean losses, with fewer of the older ones in a long training.
        first: The loss at the start; None before the first look.
        peak: The highest finite loss of a look.
        not_finite: Whether a loss was NaN or infinite.
        updates: Layer -> the change of its kernel in the first step, relative to its size.
        moved: Path of a kernel -> its change since the start, relative to its size then.
        epochs: The logs of the epochs.
        examinations: What the last looks into the network found, as many as a condition must hold for.
        floors: The lowest losses that probabilities can have where the loss takes them for scores, by the number of classes of the targets.
        momentum: The momentum of the averages of batch normalization; None without it.
        is_over: Whether training has ended.
    """

    where: str = ""
    line: str = ""
    optimizer: str = ""
    rate: float | None = None
    rate_now: float | None = None
    batch_size: int | None = None
    constant_loss: float | None = None
    patience: int = 3
    steps: int = 0
    looks: list[Look] = field(default_factory=list)
    first: float | None = None
    peak: float = -math.inf
    not_finite: bool = False
    updates: dict[str, float] = field(default_factory=dict)
    moved: dict[str, float] = field(default_factory=dict)
    epochs: list[dict[str, float]] = field(default_factory=list)
    examinations: list[Examination] = field(default_factory=list)
    floors: list[float] = field(default_factory=list)
    momentum: float | None = None
    is_over: bool = False

    def add(self, look: Look) -> None:
        """Add a look; the loss of small batches is first averaged over some of them."""
        if not math.isfinite(look.loss):
            self.not_finite = True
            return
        last = self.looks[-1] if self.looks else None
        if last is not None and last.samples < FEWEST_SAMPLES:
            samples = last.samples + look.samples
            self.looks.pop()
            look = Look(look.step, (last.loss * last.samples + look.loss * look.samples) / samples, samples)
        self.looks.append(look)
        if len(self.looks) == 1:
            self.first = look.loss
        if look.samples >= FEWEST_SAMPLES:
            self.peak = max(self.peak, look.loss)
        if len(self.looks) > MOST_LOOKS:
            old = len(self.looks) // 2
            self.looks[:old] = self.looks[:old:2]

    def examine(self, look: Examination) -> None:
        """Add an examination; the oldest one is dropped."""
        self.examinations = [*self.examinations, look][-max(self.patience, 1) :]

    @property
    def start(self) -> float | None:
        """The loss that a network without training has: that of the first look, or that of a constant answer if it is higher."""
        if self.first is None:
            return None
        return self.first if self.constant_loss is None else max(self.first, self.constant_loss)

    @property
    def losses(self) -> list[float]:
        """The losses of the epochs."""
        return [epoch["loss"] for epoch in self.epochs if "loss" in epoch]

    @property
    def loss(self) -> float | None:
        """The loss now: that of the last epoch, or the mean of the last looks before the first epoch has ended."""
        if self.epochs and "loss" in self.epochs[-1]:
            return self.epochs[-1]["loss"]
        last = self.looks[-self.patience :]
        samples = sum(look.samples for look in last)
        return sum(look.loss * look.samples for look in last) / samples if samples else None

    @property
    def gain(self) -> float | None:
        """The share of the loss of a constant answer, or of that of the start where the former is not known, that is gone; None where it is not known."""
        line = self.first if self.constant_loss is None else self.constant_loss
        if line is None or line <= 0 or self.loss is None or not math.isfinite(self.loss) or self.loss < 0:
            return None
        return 1 - self.loss / line

    @property
    def learns(self) -> bool:
        """Whether it has learned something for certain, or whether that cannot be known."""
        return not self.not_finite and (self.gain is None or self.gain >= LEARNS)

    @property
    def last_examinations(self) -> list[Examination]:
        """The examinations that a condition must hold for: as many as patience asks for; fewer where training is over and there are fewer."""
        last = self.examinations[-self.patience :]
        return last if self.is_over or len(last) == self.patience else []

    def holds(self, items: Sequence[Item], condition: Callable[[Item], bool]) -> bool:
        """Whether a condition holds for the last items, as many as patience asks for."""
        last = items[-self.patience :]
        return len(last) == self.patience and all(map(condition, last))

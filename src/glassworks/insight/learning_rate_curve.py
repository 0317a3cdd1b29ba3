"""The result of `lr_find`: the curve, what it suggests, and whether it can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import TYPE_CHECKING

import numpy as np

from glassworks.display.table import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FALL = 0.02
"""The part of the first loss by which the loss must fall at least."""
_WINDOW = 3
FEWEST_BATCHES = 10
FEWEST_STEPS = 30
_SHOWN = 12


@dataclass(repr=False)
class LearningRateCurve:
    """Losses at growing learning rates; print it, or draw it with `plot()`.

    Attributes:
        rates: The learning rate of each step.
        losses: The loss of each step, before its update.
        smoothed: The moving average of the losses, from which the suggestions come.
        stopped: Why it ended, in words.
        end: The last rate that was planned.
        current: The learning rate of the model's optimizer.
        doubts: Why the curve is not to be trusted, in words; empty if it can be.
    """

    rates: np.ndarray
    losses: np.ndarray
    smoothed: np.ndarray
    stopped: str
    end: float
    current: float | None = None
    doubts: list[str] = field(default_factory=list)

    @property
    def trusted(self) -> bool:
        """Whether there are no doubts."""
        return not self.doubts

    @property
    def suggestion(self) -> float | None:
        """The rate to try: `valley`. None where the loss never falls, since then no point of the curve means anything."""
        return self.valley

    @property
    def valley(self) -> float | None:
        """The rate in the middle of the longest stretch on which the loss falls, past its first third."""
        if not self._falls():
            return None
        rates, losses = self._middle()
        first, last = _longest_fall(losses)
        third = (last - first) / 3
        return float(rates[first + int(third) + int(third / 2)])

    @property
    def steepest(self) -> float | None:
        """The rate at which the loss falls fastest, within the stretch of `valley`."""
        if not self._falls():
            return None
        rates, losses = self._middle()
        first, last = _longest_fall(losses)
        # Neighbours differ by chance as well, so the slope is that over several steps.
        starts = np.arange(first, max(last - 2 * _WINDOW, first) + 1)
        ends = np.minimum(starts + 2 * _WINDOW, len(losses) - 1)
        best = int(np.argmin(losses[ends] - losses[starts]))
        return float(rates[(starts[best] + ends[best]) // 2])

    def plot(self, path: str | PathLike[str] | None = None) -> Figure:
        """A picture of the curve, with the suggestion; needs matplotlib.

        Args:
            path: Where to save it.
        """
        from glassworks.drawing.learning_rate import learning_rate_curve

        return learning_rate_curve(self.rates, self.losses, self.smoothed, self.suggestion, self.steepest, self.current, self.doubts, path)

    def table(self) -> Table:
        """A dozen points of the curve, the suggestions and the doubts."""
        places = np.unique(np.linspace(0, len(self.rates) - 1, min(_SHOWN, len(self.rates))).round().astype(int))
        low, high = self._range()
        rows = [[f"{self.rates[i]:.1e}", float(self.smoothed[i]), _bar(self.smoothed[i], low, high)] for i in places]
        return Table(["Learning rate", "Loss", ""], rows, "rrl", "The loss at growing learning rates", self._notes())

    def _range(self) -> tuple[float, float]:
        """The lowest loss and the highest one before it, without the first tenth, which the moving average has little to average over."""
        settled = self.smoothed[len(self.smoothed) // 10 :]
        settled = settled[np.isfinite(settled)]
        if not len(settled):
            return 0.0, 1.0
        low = float(settled.min())
        return low, max(float(settled[: np.argmin(settled) + 1].max()), low + 1e-3 * abs(low) + 1e-12)

    def _notes(self) -> list[str]:
        notes = [f"Ended because {self.stopped}."]
        if self.suggestion is not None:
            notes.append(f"Suggestion: learning_rate={self.suggestion:.2g}; the loss falls fastest at {self.steepest:.2g}.")
        if self.current is not None:
            notes.append(f"The optimizer has {self.current:.3g} now.")
        notes += [f"Do not trust this curve: {doubt}." for doubt in self.doubts]
        return notes

    def __str__(self) -> str:
        return self.table().text()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.table().html()

    def _middle(self) -> tuple[np.ndarray, np.ndarray]:
        """The curve without its first tenth and its last five points, as fastai cuts it; short ones are not cut."""
        first, last = len(self.rates) // 10, len(self.rates) - 5
        if last - first < 5:
            first, last = 0, len(self.rates)
        finite = np.isfinite(self.smoothed[first:last])
        return self.rates[first:last][finite], self.smoothed[first:last][finite]

    def _falls(self) -> bool:
        _, losses = self._middle()
        return len(losses) > 2 and losses[0] - losses.min() > FALL * max(abs(losses[0]), 1e-12)


def _longest_fall(losses: np.ndarray) -> tuple[int, int]:
    """Begin and end of the longest subsequence of falling losses, as fastai's `valley` measures it."""
    lengths = np.ones(len(losses), int)
    for i in range(1, len(losses)):
        before = lengths[:i][losses[:i] > losses[i]]
        lengths[i] = 1 + before.max(initial=0)
    last = int(np.argmax(lengths))
    return max(last - int(lengths[last]), 0), last


def doubts_about(curve: LearningRateCurve, batches: int | None, steps: int) -> list[str]:
    """What speaks against a curve, in words.

    Args:
        curve: The curve.
        batches: How many different batches there are; None if that is not known.
        steps: How many steps were planned.
    """
    count = len(curve.losses)
    if count < max(steps // 10, 3):
        if count and not np.isfinite(curve.losses[0]):
            return ["the loss of the first step is not a finite number, whatever the learning rate: look for NaN in the data and in layers"]
        if curve.stopped.startswith("the data"):
            return [f"the data ended after {count} batches: pass more data, or arrays"]
        if _is_sudden(curve):
            return [_SUDDEN]
        return [
            f"the loss grows at once, after {count} steps: begin lower, start={curve.rates[0] / 1000:.0e}, or look at the scale of x and y"
        ]
    doubts = []
    if batches is not None and batches < FEWEST_BATCHES:
        several = "1 batch is" if batches == 1 else f"{batches} batches are"
        doubts.append(f"{several} used again and again, so the curve shows how they are learned by heart: pass a smaller batch_size")
    if min(count, steps) < FEWEST_STEPS:
        doubts.append(f"it has only {count} steps: pass steps=100")
    return doubts + _doubts_about_shape(curve)


def _doubts_about_shape(curve: LearningRateCurve) -> list[str]:
    """Whether the curve falls, by more than by chance, and rises again."""
    # The moving average has nothing to average over at first.
    finite = curve.smoothed[len(curve.smoothed) // 10 :]
    finite = finite[np.isfinite(finite)]
    if not len(finite):
        return ["no loss is a finite number: look for NaN in the data and in layers"]
    lowest, doubts = int(np.argmin(finite)), []
    fall = float(finite[0] - finite[lowest])
    if _is_sudden(curve):
        doubts.append(_SUDDEN)
    if fall <= FALL * abs(finite[0]):
        doubts.append(
            f"the loss never falls by more than {fall / max(abs(finite[0]), 1e-12):.1%}: the model is trained already, the rates are too low "
            "(a larger end=...), or it cannot learn; insight.overfit_one_batch(model, x, y) tells which"
        )
        return doubts
    before = curve.losses[: lowest + len(curve.smoothed) // 10 + 1]
    # The moving average lags behind, so it falls by less than the losses do.
    noise, fall = noise_of(before), max(fall, float(finite[0] - _means(before).min()))
    if fall < 1.5 * noise:
        doubts.append(
            f"the loss differs from batch to batch by {noise:.2g}, about as much as it falls ({fall:.2g}): pass a larger batch_size"
        )
    if lowest >= len(finite) - 2 and curve.stopped.startswith("the last rate"):
        doubts.append(f"the loss still falls at the highest rate: pass end={curve.end * 100:g}")
    return doubts


_SUDDEN = "the loss was not growing when it became NaN: look for NaN in the data, and for log or division by 0 in your own layers and loss"


def _is_sudden(curve: LearningRateCurve) -> bool:
    """Whether the loss became NaN or infinite without having grown before."""
    before = curve.losses[:-1]
    return bool(len(before) and not np.isfinite(curve.losses[-1]) and before[-1] < 2 * abs(before[0]))


def _means(losses: np.ndarray) -> np.ndarray:
    """The means of windows of seven losses."""
    width = min(2 * _WINDOW + 1, len(losses))
    return np.convolve(losses, np.full(width, 1 / width), "valid")


def noise_of(losses: Sequence[float] | np.ndarray) -> float:
    """The deviation of a loss from batch to batch, from the differences of neighbours; the median makes it blind to a few jumps.

    >>> round(noise_of(np.random.default_rng(0).normal(size=1000)), 1)
    1.0
    """
    if len(losses) < 3:
        return 0.0
    return float(1.4826 * np.median(np.abs(np.diff(losses))) / np.sqrt(2))


def _bar(loss: float, low: float, high: float) -> str:
    """The loss as a bar; one above the highest loss of the fall gets an arrow."""
    if not np.isfinite(loss):
        return ""
    share = (loss - low) / (high - low)
    return "#" * round(1 + 24 * min(max(share, 0.0), 1.0)) + (">" if share > 1.05 else "")

"""`threshold_table`: what a yes-or-no model catches, misses and wrongly reports at each threshold."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from glassworks.display import Table
from glassworks.errors import ArgumentError, DataError
from glassworks.insight.predicted import Classified, ClassNames, classified
from glassworks.typing import Data, Structure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from glassworks.models.model import Model

_WHERE = "insight.threshold_table"


class Threshold(NamedTuple):
    """What happens when every sample whose score is at least `threshold` is reported.

    Attributes:
        threshold: The threshold.
        precision: Of what is reported, the share that is right; 1 where nothing is reported.
        recall: Of the samples of the class, the share that is reported.
        f1: The harmonic mean of both.
        false_alarms: How many samples are reported wrongly.
        missed: How many samples of the class are not reported.
        false_alarms_per_1000: The same per 1,000 samples of all classes.
        cost: What false alarms and missed samples cost together, per sample.
    """

    threshold: float
    precision: float
    recall: float
    f1: float
    false_alarms: int
    missed: int
    false_alarms_per_1000: float
    cost: float


@dataclass(repr=False)
class ThresholdTable:
    """The thresholds of a yes-or-no question. `str()` and notebooks show them as a table.

    Attributes:
        name: The class that is reported.
        truth: Whether each sample has the class.
        scores: The probability of the class for each sample, or what the model gives in its place.
        cost_of_false_alarm, cost_of_miss: What one mistake of each kind costs.
        thresholds: The thresholds of the table's rows.
    """

    name: str
    truth: np.ndarray
    scores: np.ndarray
    cost_of_false_alarm: float
    cost_of_miss: float
    thresholds: Sequence[float]

    def __post_init__(self) -> None:
        # Scores from high to low, with the samples of the class and the others among those reported so far.
        order = np.argsort(-self.scores, kind="stable")
        self._sorted = self.scores[order]
        self._caught = np.concatenate([[0], np.cumsum(self.truth[order])])
        self._alarms = np.concatenate([[0], np.cumsum(~self.truth[order].astype(bool))])

    def at(self, threshold: float) -> Threshold:
        """The numbers at any threshold.

        Args:
            threshold: Samples with at least this score are reported.
        """
        reported = int(np.searchsorted(-self._sorted, -threshold, side="right"))
        caught, alarms = int(self._caught[reported]), int(self._alarms[reported])
        total, count = int(self._caught[-1]), len(self.scores)
        missed = total - caught
        cost = (alarms * self.cost_of_false_alarm + missed * self.cost_of_miss) / count
        f1 = 2 * caught / (2 * caught + alarms + missed)
        precision = caught / reported if reported else 1.0
        return Threshold(float(threshold), precision, caught / total, f1, alarms, missed, 1000 * alarms / count, cost)

    @property
    def rows(self) -> list[Threshold]:
        """The numbers at each threshold of the table."""
        return [self.at(threshold) for threshold in self.thresholds]

    @property
    def best_f1(self) -> Threshold:
        """The threshold with the highest F1, of all that the scores tell apart."""
        return max(self._all, key=lambda row: row.f1)

    @property
    def best_cost(self) -> Threshold:
        """The threshold with the lowest cost, of all that the scores tell apart and of reporting nothing."""
        return min(self._all, key=lambda row: row.cost)

    @functools.cached_property
    def _all(self) -> list[Threshold]:
        """Every threshold that reports another set of samples: halfway between neighbouring scores, so that it suits new samples, too."""
        scores = np.unique(self.scores)
        between = (scores[1:] + scores[:-1]) / 2
        between = np.where(between > scores[:-1], between, scores[1:])  # neighbours among floats have nothing between them
        return [self.at(value) for value in (scores[0], *between, np.nextafter(scores[-1], np.inf))]

    def table(self) -> Table:
        """The rows as a table, with the best thresholds as notes."""
        heads = ["Threshold", "Precision", "Recall", "F1", "False alarms per 1,000", "Missed", "Cost per sample"]
        cells = [
            [f"{r.threshold:.3g}", r.precision, r.recall, r.f1, f"{r.false_alarms_per_1000:,.1f}", r.missed, r.cost] for r in self.rows
        ]
        by_f1, by_cost = self.best_f1, self.best_cost
        positive, count = int(self.truth.sum()), len(self.truth)
        notes = [
            f"{positive:,} of {count:,} samples are '{self.name}'.",
            f"Best F1: {by_f1.f1:.3f} at threshold {by_f1.threshold:.3g}.",
            f"Lowest cost: {by_cost.cost:.4g} per sample at threshold {by_cost.threshold:.3g} "
            f"(false alarm {self.cost_of_false_alarm:g}, miss {self.cost_of_miss:g}).",
        ]
        return Table(heads, cells, align="rrrrrrr", title=f"Samples reported as '{self.name}'", notes=notes)

    def plot(self, path: str | PathLike[str] | None = None) -> Figure:
        """A picture of precision, recall and F1 over the threshold, with the best thresholds.

        Args:
            path: Where to save the picture; the ending says in which format.
        """
        from glassworks.drawing.evaluation import threshold_picture

        rows = self._all
        curves = {name: np.array([getattr(row, name) for row in rows]) for name in ("precision", "recall", "f1")}
        marks = {"best F1": self.best_f1.threshold, "lowest cost": self.best_cost.threshold}
        return threshold_picture(np.array([row.threshold for row in rows]), curves, marks, self.name, path)

    def __repr__(self) -> str:
        return str(self.table())

    def _repr_html_(self) -> str:
        return self.table().html()


def threshold_table(
    model: Model,
    x: Data,
    y: Structure = None,
    positive: int | str | None = None,
    cost_of_false_alarm: float = 1.0,
    cost_of_miss: float = 1.0,
    thresholds: Sequence[float] | None = None,
    class_names: ClassNames = None,
    output: str | None = None,
    steps: int | None = None,
    batch_size: int | None = None,
) -> ThresholdTable:
    """What a classifier catches, misses and wrongly reports at each threshold.

    Args:
        model, x, y, class_names, output, steps, batch_size: As for `confusion_matrix`.
        positive: The class to report, by number or name; the second one by default, where there are two.
        cost_of_false_alarm, cost_of_miss: What one sample costs that is wrongly reported, or not reported.
        thresholds: The thresholds of the table; by default 0.05 to 0.95, or 19 quantiles of scores that are not probabilities. The best
            ones are searched among all that the scores tell apart.

    Raises:
        DataError: No sample of the class, or none without it.

    >>> import numpy as np
    >>> from glassworks import Sequential, insight, layers
    >>> model = Sequential([layers.Input((1,)), layers.Dense(1, kernel_initializer="ones")])
    >>> x, y = np.array([[0.1], [0.3], [0.6], [0.9]]), [0, 1, 0, 1]
    >>> table = insight.threshold_table(model, x, y, cost_of_miss=5.0)
    >>> table.at(0.5).precision, table.at(0.5).recall, table.at(0.5).false_alarms_per_1000
    (0.5, 0.5, 250.0)
    >>> round(table.best_cost.threshold, 2), table.best_cost.cost
    (0.2, 0.25)
    """
    for name, cost in (("cost_of_false_alarm", cost_of_false_alarm), ("cost_of_miss", cost_of_miss)):
        if not cost >= 0:
            raise ArgumentError(f"{name}={cost!r}", "a number of at least 0", "give the cost of one mistake", where=_WHERE)
    samples = classified(model, x, y, _WHERE, class_names, positive, output, steps, batch_size)
    _check(samples)
    scores, truth = samples.scores[:, 1], samples.truth.astype(bool)
    if thresholds is None:
        grid = np.linspace(0.05, 0.95, 19)
        thresholds = (grid if samples.are_probabilities else np.unique(np.quantile(scores, grid))).tolist()
    return ThresholdTable(samples.names[1], truth, scores, cost_of_false_alarm, cost_of_miss, list(thresholds))


def _check(samples: Classified) -> None:
    if len(samples.names) > 2:
        fix = f"pass positive={samples.names[0]!r}" if not samples.names[0].isdigit() else "pass positive=0"
        raise ArgumentError(f"{len(samples.names)} classes", "one class to report", fix, where=_WHERE)
    if not np.isfinite(samples.scores).all():
        raise DataError(
            "scores that are NaN or infinite", "numbers", "train with fit(on_nan='raise') to see where they arise", where=_WHERE
        )
    positive = int(samples.truth.sum())
    if positive in (0, len(samples.truth)):
        name = samples.names[1 if positive == 0 else 0]
        raise DataError(f"no sample of class '{name}'", "samples with and without the class", "pass more samples", where=_WHERE)

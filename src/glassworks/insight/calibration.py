"""`calibration`: whether what a model calls 80 % probable is right in 80 % of the cases."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from glassworks.arguments import Integer, OneOf, check
from glassworks.display import Table
from glassworks.display.numbers import share_text
from glassworks.errors import DataError
from glassworks.insight.predicted import ClassNames, classified
from glassworks.typing import Data, Structure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from glassworks.models.model import Model

_WHERE = "insight.calibration"


class Bin(NamedTuple):
    """The samples whose probability lies in an interval.

    Attributes:
        low, high: The interval; it includes `high`, and the first one also `low`.
        probability: The mean of the predicted probabilities.
        share: The share of samples for which what was predicted is the case.
        samples: How many samples.
    """

    low: float
    high: float
    probability: float
    share: float
    samples: int


@dataclass(repr=False)
class Calibration:
    """Predicted probabilities beside what is the case. `str()` and notebooks show them as a table.

    Attributes:
        bins: The intervals that have samples, from low to high.
        what: What is predicted: a class, or "the predicted class".
    """

    bins: list[Bin]
    what: str

    @property
    def expected_error(self) -> float:
        """The expected calibration error: the mean distance of probability and share over all samples (Guo et al., 2017)."""
        return sum(b.samples * abs(b.share - b.probability) for b in self.bins) / self._samples

    @property
    def bias(self) -> float:
        """The mean probability minus the share over all samples: positive where the model is too sure of what it predicts."""
        return sum(b.samples * (b.probability - b.share) for b in self.bins) / self._samples

    @property
    def _samples(self) -> int:
        return sum(b.samples for b in self.bins)

    def sentences(self) -> list[str]:
        """What the numbers say, in words."""
        lines = [
            f"Expected calibration error: {self.expected_error:.4f}; the probability is off by {share_text(self.expected_error)} on average."
        ]
        worst = max(self.bins, key=lambda b: b.samples * abs(b.share - b.probability))
        if worst.samples * abs(worst.share - worst.probability) > 0:
            lines.append(
                f"Largest part of it: where {share_text(worst.probability)} is predicted on average ({worst.low:.3g} to {worst.high:.3g}), "
                f"it is the case for {share_text(worst.share)} of {worst.samples:,} samples."
            )
        if self.what == "the predicted class" and abs(self.bias) > 0.02:
            lines.append(
                f"The model is too {'sure' if self.bias > 0 else 'unsure'}: its probabilities are {abs(self.bias):.3f} too {'high' if self.bias > 0 else 'low'}."
            )
        return lines

    def table(self) -> Table:
        """The intervals as a table, with the sentences as notes."""
        rows = [[f"{b.low:.3g} to {b.high:.3g}", b.samples, b.probability, b.share, b.share - b.probability] for b in self.bins]
        heads = ["Probability", "Samples", "Mean predicted", "Share", "Difference"]
        return Table(
            heads, rows, title=f"Predicted probability of {self.what}, and how often it is the case", notes=self.sentences(), shade=[4]
        )

    def plot(self, path: str | PathLike[str] | None = None) -> Figure:
        """The reliability diagram: the share over the probability, with the line on which both are equal, and the number of samples.

        Args:
            path: Where to save the picture; the ending says in which format.
        """
        from glassworks.drawing.evaluation import calibration_picture

        low, high, probability, share, samples = (np.array(column, float) for column in zip(*self.bins, strict=True))
        return calibration_picture(low, high, probability, share, samples, self.what, self.expected_error, path)

    def __repr__(self) -> str:
        return str(self.table())

    def _repr_html_(self) -> str:
        return self.table().html()


def calibration(
    model: Model,
    x: Data,
    y: Structure = None,
    bins: int = 10,
    strategy: str = "uniform",
    class_names: ClassNames = None,
    positive: int | str | None = None,
    output: str | None = None,
    steps: int | None = None,
    batch_size: int | None = None,
) -> Calibration:
    """Compare the predicted probabilities with how often what was predicted is the case.

    Args:
        model, x, y, class_names, output, steps, batch_size: As for `confusion_matrix`.
        bins: The number of intervals of probabilities.
        strategy: "uniform" for intervals of equal width, "quantile" for intervals of about equally many samples.
        positive: The class whose probability is compared. By default, for yes and no, it is yes; for more classes, the probability of the
            class that is predicted is compared with the share of samples for which it is right.

    Raises:
        DataError: Outputs that are not probabilities.

    >>> import numpy as np
    >>> from glassworks import Sequential, insight, layers
    >>> model = Sequential([layers.Input((1,)), layers.Dense(1, kernel_initializer="ones")])
    >>> x, y = np.array([[0.2]] * 5 + [[0.9]] * 4), [1, 0, 0, 0, 0, 1, 1, 1, 0]
    >>> result = insight.calibration(model, x, y)
    >>> [(b.samples, round(b.probability, 2), b.share) for b in result.bins]
    [(5, 0.2, 0.2), (4, 0.9, 0.75)]
    >>> round(result.expected_error, 4)
    0.0667
    """
    check(_WHERE, {"bins": Integer(minimum=1), "strategy": OneOf("uniform", "quantile")}, bins=bins, strategy=strategy)
    samples = classified(model, x, y, _WHERE, class_names, positive, output, steps, batch_size)
    if not samples.are_probabilities:
        raise DataError(
            f"outputs from {samples.scores.min():.4g} to {samples.scores.max():.4g}",
            "probabilities",
            "end the model with activation='softmax' (or 'sigmoid'), or compile it with a loss that is from_logits=True",
            where=_WHERE,
        )
    if len(samples.names) == 2:
        probabilities, happened, what = samples.scores[:, 1], samples.truth == 1, f"'{samples.names[1]}'"
    else:
        probabilities, happened = samples.scores.max(axis=1), samples.predicted == samples.truth
        what = "the predicted class"
    edges = np.linspace(0, 1, bins + 1) if strategy == "uniform" else np.unique(np.quantile(probabilities, np.linspace(0, 1, bins + 1)))
    return Calibration(_binned(probabilities, happened, edges), what)


def _binned(probabilities: np.ndarray, happened: np.ndarray, edges: np.ndarray) -> list[Bin]:
    """The samples by the interval of their probability; each interval includes its upper edge."""
    if len(edges) == 1:  # all probabilities are equal
        edges = np.repeat(edges, 2)
    places = np.clip(np.searchsorted(edges[1:-1], probabilities, side="left"), 0, len(edges) - 2)
    counts = np.bincount(places, minlength=len(edges) - 1)
    sums, shares = (np.bincount(places, values.astype(float), len(edges) - 1) for values in (probabilities, happened))
    return [
        Bin(float(edges[i]), float(edges[i + 1]), float(sums[i] / counts[i]), float(shares[i] / counts[i]), int(counts[i]))
        for i in np.flatnonzero(counts)
    ]

"""`confusion_matrix`: which classes a model takes for which others, as numbers, in words and as a picture."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from glassworks.display import Table
from glassworks.display.numbers import share_text
from glassworks.insight.predicted import ClassNames, classified
from glassworks.typing import Data, Structure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from glassworks.models.model import Model

_MOST_COLUMNS = 12
"""The number of classes up to which the text has all counts, and not only those per class."""


class Confusion(NamedTuple):
    """How often one class was taken for another.

    Attributes:
        true: The class that the samples have.
        predicted: The class that the model gave them.
        times: How many samples.
        share: Their share of the samples of the true class.
    """

    true: str
    predicted: str
    times: int
    share: float

    def __str__(self) -> str:
        times = "once" if self.times == 1 else f"{self.times} times"
        return f"'{self.true}' called '{self.predicted}' {times} ({share_text(self.share)} of '{self.true}')"


@dataclass(repr=False)
class ConfusionMatrix:
    """Counts of samples by true and predicted class. `str()` and notebooks show them as a table.

    Attributes:
        counts: Shape (classes, classes); a row per true class, a column per predicted class.
        names: The names of the classes.
    """

    counts: np.ndarray
    names: list[str]

    @property
    def samples(self) -> np.ndarray:
        """How many samples each class has, shape (classes,)."""
        return self.counts.sum(axis=1)

    @property
    def accuracy(self) -> float:
        """The share of samples whose class is right."""
        return float(np.trace(self.counts) / self.counts.sum())

    @property
    def recall(self) -> np.ndarray:
        """The share of the samples of a class that the model gives this class; NaN for a class without samples."""
        return _shares(np.diag(self.counts), self.samples)

    @property
    def precision(self) -> np.ndarray:
        """The share of the samples to which the model gives a class that have it; NaN for a class that it never gives."""
        return _shares(np.diag(self.counts), self.counts.sum(axis=0))

    @property
    def f1(self) -> np.ndarray:
        """The harmonic mean of precision and recall of each class; NaN where neither samples nor predictions have the class."""
        return _shares(2 * np.diag(self.counts), self.samples + self.counts.sum(axis=0))

    def most_confused(self, count: int = 5) -> list[Confusion]:
        """The most frequent mistakes, as pairs of a true and a predicted class.

        Args:
            count: How many pairs at most.
        """
        mistakes = self.counts - np.diag(np.diag(self.counts))
        order = np.argsort(-mistakes, axis=None, kind="stable")[:count]
        pairs = [divmod(int(place), len(self.names)) for place in order if mistakes.flat[place]]
        return [Confusion(self.names[i], self.names[j], int(mistakes[i, j]), float(mistakes[i, j] / self.samples[i])) for i, j in pairs]

    def sentences(self) -> list[str]:
        """What the counts say, in words: the accuracy, a class that is always or never given, the most frequent mistakes."""
        total, right = int(self.counts.sum()), int(np.trace(self.counts))
        lines = [f"{right:,} of {total:,} samples are right: accuracy {share_text(self.accuracy)}."]
        given = self.counts.sum(axis=0)
        if (given > 0).sum() == 1:
            lines.append(f"Every sample is called '{self.names[int(given.argmax())]}'.")
        else:
            never = [name for name, samples, times in zip(self.names, self.samples, given, strict=True) if samples and not times]
            lines += [f"Never given: {', '.join(never[:8])}{', ...' if len(never) > 8 else ''}."] if never else []
        return lines + [f"{mistake}." for mistake in self.most_confused()]

    def tables(self) -> list[Table]:
        """The counts by true and predicted class (up to 12 classes), and the numbers per class with the sentences as notes."""
        rows = list(zip(self.names, self.samples, *map(_or_nothing, (self.recall, self.precision, self.f1)), strict=True))
        by_class = Table(["Class", "Samples", "Recall", "Precision", "F1"], rows, title="", notes=self.sentences())
        if len(self.names) > _MOST_COLUMNS:
            return [by_class]
        cells = [[name, *map(int, counts)] for name, counts in zip(self.names, self.counts, strict=True)]
        counts = Table(["True class", *(f"→ {name}" for name in self.names)], cells, title="Samples by true and predicted class (columns)")
        return [counts, by_class]

    def plot(self, path: str | PathLike[str] | None = None) -> Figure:
        """A picture of the counts: what is right in blue, mistakes in orange, the darker the larger their share of the true class.

        Args:
            path: Where to save the picture; the ending says in which format.
        """
        from glassworks.drawing.evaluation import confusion_picture

        return confusion_picture(self.counts, self.names, path)

    def __repr__(self) -> str:
        return "\n\n".join(map(str, self.tables()))

    def _repr_html_(self) -> str:
        return "\n".join(table.html() for table in self.tables())


def confusion_matrix(
    model: Model,
    x: Data,
    y: Structure = None,
    class_names: ClassNames = None,
    positive: int | str | None = None,
    output: str | None = None,
    steps: int | None = None,
    batch_size: int | None = None,
) -> ConfusionMatrix:
    """Compare the predicted classes with the true ones.

    Args:
        model: A classifier: one output per class, or a single one for yes and no.
        x: Arrays, a DataFrame, or a source of batches `(x, y)`.
        y: Class numbers, one-hot rows, or 0 and 1; not for sources.
        class_names: The names of the classes, in order or by number. A folder of images has them already.
        positive: A class, by number or name, to set against all others. For samples with several labels it chooses the label.
        output: The name of the output to look at, for a model with several.
        steps: Batches to take from a source; all by default.
        batch_size: Rows that are predicted at a time, for arrays; 32 by default.

    Returns:
        The counts, with recall, precision and the most frequent mistakes. The predicted class is the one with the highest score; for yes
        and no, yes if its probability is above 0.5. Logits are recognised by the loss (`from_logits`). Outputs for each position of a
        sequence or image count each position.

    Raises:
        DataError: Targets that are not classes.

    >>> import numpy as np
    >>> from glassworks import Sequential, insight, layers
    >>> model = Sequential([layers.Input((2,)), layers.Dense(2, kernel_initializer="identity", activation="softmax")])
    >>> x = np.array([[1.0, 0.0], [0.0, 1.0], [2.0, 0.0], [3.0, 1.0]])
    >>> matrix = insight.confusion_matrix(model, x, [0, 1, 1, 0], class_names=["cat", "dog"])
    >>> matrix.counts.tolist(), matrix.recall.tolist()
    ([[2, 0], [1, 1]], [1.0, 0.5])
    >>> print(matrix.most_confused()[0])
    'dog' called 'cat' once (50.0% of 'dog')
    """
    samples = classified(model, x, y, "insight.confusion_matrix", class_names, positive, output, steps, batch_size)
    classes = len(samples.names)
    counts = np.bincount(samples.truth * classes + samples.predicted, minlength=classes**2).reshape(classes, classes)
    return ConfusionMatrix(counts, samples.names)


def _shares(parts: np.ndarray, totals: np.ndarray) -> np.ndarray:
    return np.divide(parts, totals, out=np.full(len(parts), np.nan), where=totals > 0)


def _or_nothing(shares: np.ndarray) -> list[float | None]:
    return [None if np.isnan(share) else float(share) for share in shares]

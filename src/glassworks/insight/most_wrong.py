"""`most_wrong`: the samples with the largest loss, which are often mislabelled, or of a kind that the model has seldom seen."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from glassworks import tree
from glassworks.arguments import Integer, check
from glassworks.display import Table
from glassworks.display.numbers import cell_text
from glassworks.errors import DataError
from glassworks.insight.predicted import Chunk, ClassNames, chunks, class_scores
from glassworks.losses import Loss
from glassworks.typing import Data, Structure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from glassworks.models.model import Model

_WHERE = "insight.most_wrong"
Words: TypeAlias = Sequence[str] | Mapping[int, str] | None
"""The word of each token number."""

Inputs: TypeAlias = np.ndarray | str | dict[str, Any] | list[Any]
"""What a model was given for a sample: an array, a text, a row of a table, or an array for each input."""


@dataclass(frozen=True)
class Sample:
    """A sample that the model gets wrong.

    Attributes:
        index: Its number in the data, from 0.
        loss: Its loss.
        true: The name of its class, or its target.
        predicted: The name of the predicted class, or the output.
        probability: The probability of the predicted class; None for scores and quantities.
        inputs: What the model was given, without the axis of samples; for a DataFrame a dict of the row.
    """

    index: int
    loss: float
    true: str
    predicted: str
    probability: float | None
    inputs: Inputs

    @property
    def sentence(self) -> str:
        """The sample in a line, as above its picture."""
        sure = "" if self.probability is None else f" ({self.probability:.0%})"
        return f"sample {self.index}, loss {self.loss:.3g}: true {self.true}, predicted {self.predicted}{sure}"


@dataclass(repr=False)
class MostWrong:
    """The samples with the largest loss, the largest first. `str()` and notebooks show them as a table.

    Attributes:
        samples: The samples.
        columns: The names of the columns, for tables.
        words: The word of each token number, for texts.
    """

    samples: list[Sample]
    columns: list[str] | None = None
    words: Words = None

    @property
    def indices(self) -> list[int]:
        """The numbers of the samples in the data: `x[result.indices]` for arrays, `x.iloc[...]` for DataFrames."""
        return [sample.index for sample in self.samples]

    def table(self) -> Table:
        """The samples as a table, with a short form of their inputs."""
        heads, align = ["Sample", "Loss", "True", "Predicted", "Probability", "Inputs"], "rrllrl"
        rows = [[f"{s.index}", s.loss, s.true, s.predicted, s.probability, self._short(s.inputs)] for s in self.samples]
        if all(sample.probability is None for sample in self.samples):
            heads, align, rows = heads[:4] + heads[5:], "rrlll", [row[:4] + row[5:] for row in rows]
        return Table(heads, rows, align=align, title="Largest losses")

    def plot(
        self, path: str | PathLike[str] | None = None, kind: str = "auto", image_shape: Sequence[int] | None = None, columns: int = 3
    ) -> Figure:
        """A picture of the samples: images, curves, texts or rows of a table.

        Args:
            path: Where to save the picture; the ending says in which format.
            kind: "image", "series", "text" or "row"; "auto" decides by the shape of the inputs.
            image_shape: The shape of images that are vectors in the data: `(28, 28)`.
            columns: How many samples beside one another.
        """
        from glassworks.drawing.samples import sample_picture

        inputs = [self._drawable(sample.inputs, image_shape) for sample in self.samples]
        titles = [sample.sentence.replace(": true", ":\ntrue", 1) for sample in self.samples]
        return sample_picture(inputs, titles, kind, columns, path)

    def _drawable(self, inputs: Inputs, image_shape: Sequence[int] | None) -> np.ndarray | str | dict[str, Any]:
        """An array, a text, or a dict of names and values."""
        if image_shape is not None:
            return np.asarray(inputs).reshape(tuple(image_shape))
        text = self._text(inputs)
        if text is not None:
            return text
        if self.columns is not None and isinstance(inputs, np.ndarray) and inputs.ndim == 1:
            return dict(zip(self.columns, inputs, strict=True))
        if isinstance(inputs, (list, tuple)):
            return {f"input {number}": part for number, part in enumerate(inputs)}
        return inputs if isinstance(inputs, dict) else np.asarray(inputs)

    def _text(self, inputs: Inputs) -> str | None:
        """The words of a text, where the inputs are one."""
        if isinstance(inputs, dict):
            return None
        flat: list[Any] = np.ravel(inputs).tolist() if not isinstance(inputs, (str, bytes, list, tuple)) else [inputs]
        if flat and isinstance(flat[0], (str, bytes)):
            return " ".join(part.decode("utf-8", "replace") if isinstance(part, bytes) else str(part) for part in flat)
        if self.words is None:
            return None
        return " ".join(self._word(int(token)) for token in flat if token)

    def _word(self, token: int) -> str:
        if isinstance(self.words, Mapping):
            return self.words.get(token, f"[{token}]")
        return self.words[token] if self.words is not None and token < len(self.words) else f"[{token}]"

    def _short(self, inputs: Inputs) -> str:
        shown = self._drawable(inputs, None)
        if isinstance(shown, str):
            return shown if len(shown) <= 60 else f"{shown[:57]}..."
        if isinstance(shown, dict):
            cells = [f"{name}={cell_text(value) if np.ndim(value) == 0 else f'shape {np.shape(value)}'}" for name, value in shown.items()]
            return ", ".join(cells[:4]) + (f" and {len(cells) - 4} more" if len(cells) > 4 else "")
        values = np.ravel(shown)
        if values.size > 4:
            return f"shape {np.shape(shown)}, from {cell_text(values.min())} to {cell_text(values.max())}"
        return ", ".join(map(cell_text, values))

    def __repr__(self) -> str:
        return str(self.table())

    def _repr_html_(self) -> str:
        return self.table().html()


def most_wrong(
    model: Model,
    x: Data,
    y: Structure = None,
    count: int = 9,
    class_names: ClassNames = None,
    words: Words = None,
    output: str | None = None,
    steps: int | None = None,
    batch_size: int | None = None,
) -> MostWrong:
    """The samples with the largest loss.

    Args:
        model, x, y, class_names, output, steps, batch_size: As for `confusion_matrix`; here quantities are targets, too.
        count: How many samples.
        words: The word of each token number, for texts that are given as numbers: a list, or a dict such as
            `{number: word for word, number in imdb.get_word_index().items()}`. Tokens of 0 are padding and are left out.

    Returns:
        The samples, with what is true, what was predicted, and a method `plot()` that shows them.

    The loss is the one that the model was compiled with; without one it is the cross-entropy.

    Raises:
        DataError: Targets that do not fit, or a loss that gives one number for a whole batch.

    >>> import numpy as np
    >>> from glassworks import Sequential, insight, layers
    >>> model = Sequential([layers.Input((1,)), layers.Dense(1, kernel_initializer="ones")])
    >>> model.compile(loss="binary_crossentropy")
    >>> result = insight.most_wrong(model, np.array([[0.9], [0.2], [0.3]]), [1, 1, 0], count=2)
    >>> [(sample.index, sample.true, sample.predicted, round(sample.loss, 2)) for sample in result.samples]
    [(1, '1', '0', 1.61), (2, '0', '0', 0.36)]
    """
    check(_WHERE, {"count": Integer(minimum=1)}, count=count)
    names = class_names if class_names is not None else getattr(x, "class_names", None)
    worst: list[Sample] = []
    start = 0
    for chunk in chunks(model, x, y, _WHERE, output, steps, batch_size):
        losses = _losses(chunk)
        order = np.argsort(-np.where(np.isnan(losses), np.inf, losses), kind="stable")[:count]
        worst += [_sample(chunk, int(place), start, float(losses[place]), names) for place in order]
        worst = sorted(worst, key=lambda sample: -np.inf if np.isnan(sample.loss) else -sample.loss)[:count]
        start += len(chunk.targets)
    columns = [str(name) for name in getattr(x, "columns", ())] or None
    return MostWrong(worst, columns, words)


def _losses(chunk: Chunk) -> np.ndarray:
    """The loss of each sample; the mean over the positions of a sequence or image."""
    count = len(chunk.targets)
    if chunk.loss is None:
        samples = class_scores(chunk.targets, chunk.outputs, None, _WHERE)
        if not samples.are_probabilities or len(samples.truth) != count:
            fix = "compile the model with the loss that it was trained with"
            raise DataError("a model without a loss, and outputs that are not probabilities", "a loss", fix, where=_WHERE)
        return -np.log(np.clip(samples.scores[np.arange(count), samples.truth], 1e-7, 1))
    values = np.asarray(_unreduced(chunk.loss)(chunk.targets, chunk.outputs), dtype=float)
    if values.ndim == 0 or len(values) != count:
        raise DataError(
            f"the loss '{chunk.loss.name}' gives shape {values.shape} for {count} samples",
            "a number for each sample",
            "let the function return one loss per sample: ops.mean(..., axis=-1); the mean over the batch is taken by itself",
            where=_WHERE,
        )
    return values.reshape(count, -1).mean(axis=1)


def _unreduced(loss: Loss) -> Loss:
    alone = copy.copy(loss)
    alone.reduction = "none"
    return alone


def _sample(chunk: Chunk, place: int, start: int, loss: float, names: ClassNames) -> Sample:
    target, output = chunk.targets[place : place + 1], chunk.outputs[place : place + 1]
    inputs = _row(chunk.inputs, place)
    try:
        label = class_scores(target, output, chunk.loss, _WHERE, names)
    except DataError:
        label = None
    if label is None or len(label.truth) != 1 or not _is_classification(chunk):
        return Sample(start + place, loss, _quantity(target), _quantity(output), None, inputs)
    predicted = int(label.predicted[0])
    probability = float(label.scores[0, predicted]) if label.are_probabilities else None
    return Sample(start + place, loss, label.names[int(label.truth[0])], label.names[predicted], probability, inputs)


def _is_classification(chunk: Chunk) -> bool:
    """Whether targets are classes: not for losses of quantities, whose targets may happen to be 0 and 1."""
    name = getattr(getattr(chunk.loss, "fn", None), "__name__", type(chunk.loss).__name__).lower()
    if chunk.loss is None or "crossentropy" in name or "hinge" in name:
        return True
    return chunk.outputs.ndim > 1 and chunk.outputs.shape[-1] > 1 and chunk.targets.dtype.kind in "iub"


def _quantity(values: np.ndarray) -> str:
    flat = values.ravel()
    return ", ".join(f"{value:.4g}" for value in flat[:4].astype(float)) + (", ..." if len(flat) > 4 else "")


def _row(data: Data, place: int) -> Inputs:
    """A sample of inputs in any form."""
    x: Any = data
    if hasattr(x, "iloc"):
        row = x.iloc[place]
        return row.to_dict() if hasattr(row, "to_dict") else row
    if isinstance(x, (list, tuple)) and not any(hasattr(part, "shape") for part in x):
        return x[place] if not isinstance(x[place], list) else np.asarray(x[place])
    return tree.map_structure(lambda part: part.iloc[place] if hasattr(part, "iloc") else part[place], x)

"""`permutation_importance`: how much worse a model gets when the values of one column are shuffled."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from glassworks.arguments import Integer, check
from glassworks.display import Table
from glassworks.errors import ArgumentError, DataError, suggest
from glassworks.training.callbacks.monitor import MonitorCallback
from glassworks.training.data.convert import to_arrays
from glassworks.training.data.kinds import kind_of
from glassworks.training.progress import Progbar
from glassworks.typing import Data, Structure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from glassworks.models.model import Model

_WHERE = "insight.permutation_importance"


class Importance(NamedTuple):
    """The importance of a column, or of a group of columns that are shuffled together.

    Attributes:
        name: Its name.
        mean: How much worse the measure gets, on average over the repeats; near 0 for a column that the model does not use.
        spread: The standard deviation over the repeats.
        values: How much worse it got each time.
    """

    name: str
    mean: float
    spread: float
    values: list[float]


@dataclass(repr=False)
class PermutationImportance:
    """The importance of each column, the largest first. `str()` and notebooks show it as a table.

    Attributes:
        columns: The importance of each column.
        metric: The name of the measure: "loss" or a metric.
        score: The measure on the data as it is.
        larger_is_better: The direction of the measure.
    """

    columns: list[Importance]
    metric: str
    score: float
    larger_is_better: bool

    @property
    def measure(self) -> str:
        """What the numbers are, in words."""
        return f"{'decrease' if self.larger_is_better else 'increase'} of {self.metric}"

    def table(self) -> Table:
        """The columns as a table, with notes on how to read it."""
        rows = [[c.name, c.mean, c.spread, "" if c.mean > 2 * c.spread else "no more than chance"] for c in self.columns]
        notes = [
            f"{self.metric} is {self.score:.4g} on the data as it is.",
            "Columns that say the same hide one another: shuffle them together with groups={name: [columns]}.",
        ]
        title = f"Importance: {self.measure} when a column is shuffled"
        return Table(["Column", "Importance", "Spread", ""], rows, align="lrrl", title=title, notes=notes, shade=[1])

    def plot(self, path: str | PathLike[str] | None = None, count: int = 25) -> Figure:
        """A picture of the importance as bars.

        Args:
            path: Where to save the picture; the ending says in which format.
            count: How many columns, the most important ones.
        """
        from glassworks.drawing.evaluation import importance_picture

        shown = self.columns[:count]
        means, spreads = np.array([column.mean for column in shown]), np.array([column.spread for column in shown])
        measure = self.measure + (
            f" (the {len(shown)} of {len(self.columns)} columns with the largest)" if len(shown) < len(self.columns) else ""
        )
        return importance_picture([column.name for column in shown], means, spreads, measure, path)

    def __repr__(self) -> str:
        return str(self.table())

    def _repr_html_(self) -> str:
        return self.table().html()


def permutation_importance(
    model: Model,
    x: Data,
    y: Structure,
    metric: str = "loss",
    repeats: int = 5,
    seed: int = 0,
    columns: Sequence[str] | None = None,
    groups: Mapping[str, Sequence[str]] | None = None,
    batch_size: int | None = None,
    verbose: int | str = "auto",
) -> PermutationImportance:
    """How much worse a model gets when the values of one column are shuffled among the samples (Breiman, 2001).

    Args:
        model: A compiled model.
        x: A DataFrame or an array of shape (samples, columns), or a list or dict of them for several inputs. An input with more axes,
            such as images, is shuffled as a whole beside others. A series of shape (samples, steps, features) needs `columns`: each
            feature is shuffled with all its steps.
        y: The targets.
        metric: "loss", or the name of a metric that the model was compiled with.
        repeats: How often each column is shuffled.
        seed: The seed of the shuffles: the same seed gives the same numbers.
        columns: The names of the columns, where x does not have them.
        groups: Name -> columns that are shuffled together, such as those of one category in one-hot form. The others stand alone.
        batch_size: Rows at a time; 32 by default.
        verbose: 0 for silence, 1 or "auto" for a progress bar.

    Returns:
        The importance of each column with its spread, measured on these samples: pass samples that the model was not trained on.

    Raises:
        DataError: A single input whose parts mean nothing alone, such as images.

    >>> import numpy as np
    >>> from glassworks import Sequential, insight, layers
    >>> model = Sequential([layers.Input((2,)), layers.Dense(1)])
    >>> model.compile(loss="mse")
    >>> model.set_weights([np.array([[1.0], [0.0]]), np.zeros(1)])
    >>> x = np.random.default_rng(0).normal(size=(50, 2))
    >>> result = insight.permutation_importance(model, x, x[:, 0], columns=["used", "unused"], verbose=0)
    >>> [(column.name, column.mean > 1) for column in result.columns], result.columns[1].mean
    ([('used', True), ('unused', False)], 0.0)
    """
    check(_WHERE, {"repeats": Integer(minimum=1)}, repeats=repeats)
    parts = _Parts(x, columns, list(getattr(model, "input_names", [])))
    score, larger_is_better = _score(model, x, y, metric, batch_size), _larger_is_better(model, metric)
    generator = np.random.default_rng(seed)
    chosen = _grouped(parts.features, groups or {})
    bar = Progbar(len(chosen), verbose=1 if verbose == "auto" else int(verbose), unit_name="column")
    measured = []
    for number, (name, features) in enumerate(chosen.items()):
        values = []
        for _ in range(repeats):
            shuffled = parts.shuffled(features, generator.permutation(parts.length))
            change = _score(model, shuffled, y, metric, batch_size) - score
            values.append(-change if larger_is_better else change)
        measured.append(Importance(name, float(np.mean(values)), float(np.std(values)), values))
        bar.update(number + 1)
    measured.sort(key=lambda column: -column.mean)
    return PermutationImportance(measured, metric, score, larger_is_better)


class _Feature(NamedTuple):
    """A column of an input, or all of an input (column None)."""

    part: Hashable
    column: Hashable


class _Parts:
    """The inputs, as tables and arrays that can be shuffled by column."""

    def __init__(self, x: Data, columns: Sequence[str] | None, input_names: list[str]) -> None:
        if kind_of(x) != "arrays":
            fix = "collect the samples first: x = np.concatenate([batch[0] for batch in source])"
            raise DataError(f"a {kind_of(x)}", "arrays or a DataFrame, whose rows can be shuffled", fix, where=_WHERE)
        converted: Any = x if hasattr(x, "iloc") else to_arrays(x, "x")
        self._is_single = not isinstance(converted, (dict, list, tuple))
        if isinstance(converted, dict):
            self._parts: dict[Hashable, Any] = dict(converted)
            names = {key: str(key) for key in converted}
        else:
            self._parts = dict(enumerate([converted] if self._is_single else converted))
            known = len(input_names) == len(self._parts)
            names = {key: input_names[key] if known else f"input {key}" for key in range(len(self._parts))}
        self._is_dict = isinstance(converted, dict)
        self.length = len(next(iter(self._parts.values())))
        self.features: dict[str, _Feature] = {}
        for key, part in self._parts.items():
            self._add(key, part, names[key], columns if self._is_single else None)

    def _add(self, key: Hashable, part: np.ndarray, name: str, columns: Sequence[str] | None) -> None:
        if hasattr(part, "columns"):  # a DataFrame
            self.features.update({str(column): _Feature(key, column) for column in part.columns})
            return
        width = part.shape[-1] if part.ndim > 1 else 1
        if columns is not None and len(columns) != width:
            raise ArgumentError(f"{len(columns)} names of columns", f"{width}, one for each", "name them all", where=_WHERE)
        if part.ndim > 2 and columns is None:
            if self._is_single:
                raise DataError(
                    f"x of shape {part.shape}: an image or a series",
                    "a table, whose columns mean something alone",
                    "insight.integrated_gradients shows which parts of such a sample matter; for a series of features pass columns=[...]",
                    where=_WHERE,
                )
            self.features[name] = _Feature(key, None)
        elif width == 1 and columns is None:
            self.features["column 0" if self._is_single else name] = _Feature(key, None)
        else:
            labels = columns or [f"column {place}" if self._is_single else f"{name} {place}" for place in range(width)]
            self.features.update({str(label): _Feature(key, place) for place, label in enumerate(labels)})

    def shuffled(self, features: Sequence[_Feature], order: np.ndarray) -> Data:
        """The inputs with the rows of some columns in another order."""
        parts = dict(self._parts)
        for key, column in features:
            parts[key] = _shuffled(parts[key], column, order, is_own=parts[key] is not self._parts[key])
        if self._is_single:
            return parts[0]
        return parts if self._is_dict else list(parts.values())


def _shuffled(part: np.ndarray, column: Hashable, order: np.ndarray, is_own: bool) -> np.ndarray:
    """A table or array with one column, or all of it, in another order; a copy unless it is one already."""
    data: Any = part
    if column is None:
        return data.iloc[order].set_axis(data.index) if hasattr(data, "iloc") else data[order]
    result = data if is_own else data.copy()
    if hasattr(data, "iloc"):
        result[column] = data[column].iloc[order].set_axis(data.index)
    else:
        result[..., column] = data[order][..., column]
    return result


def _grouped(features: Mapping[str, _Feature], groups: Mapping[str, Sequence[str]]) -> dict[str, list[_Feature]]:
    members = [name for names in groups.values() for name in names]
    for name in members:
        if name not in features:
            raise ArgumentError(f"groups with {name!r}", "names of columns", suggest(name, features), where=_WHERE)
    alone = {name: [feature] for name, feature in features.items() if name not in members}
    return alone | {name: [features[member] for member in names] for name, names in groups.items()}


def _score(model: Model, x: Data, y: Structure, metric: str, batch_size: int | None) -> float:
    logs = model.evaluate(x, y, batch_size=batch_size, verbose=0, return_dict=True)
    if metric not in logs:
        fix = f"{suggest(metric, logs)}; other metrics are given to compile(metrics=[...])"
        raise ArgumentError(f"metric={metric!r}", f"one of {', '.join(logs)}", fix, where=_WHERE)
    return float(logs[metric])


def _larger_is_better(model: Model, metric: str) -> bool:
    watch = MonitorCallback(metric)
    watch.set_model(model)
    return watch.improves(1.0, 0.0)

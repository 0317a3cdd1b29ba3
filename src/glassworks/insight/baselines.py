"""`baselines`: what answers without a network reach on data, so that a network's numbers can be compared with something."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassworks.display.table import Table
from glassworks.errors import DataError
from glassworks.training.baselines import COMMON, MEAN, Answer, constant_answer
from glassworks.training.data.convert import to_array
from glassworks.typing import ArrayLike

MOST_ROWS = 20_000
"""The number of rows that the models of scikit-learn are trained on; of more rows a sample is taken."""
_EPSILON = 1e-7


@dataclass(frozen=True)
class Baseline:
    """One answer, and how good it is on the rows that it has not seen.

    Attributes:
        name: What answers: "chance", "most common class", "logistic regression".
        loss: Its loss: cross-entropy for classes, the mean squared error for quantities.
        metric: Its accuracy, or its mean absolute error.
    """

    name: str
    loss: float | None
    metric: float


class Baselines:
    """The baselines of some data; printed, it is a table.

    Attributes:
        task: "classes", "several labels" or "quantities".
        loss, metric: The names of the two numbers: `"cross-entropy"` and `"accuracy"`.
        rows: A `Baseline` per line.
        notes: What is to be known about them.
    """

    def __init__(self, task: str, rows: list[Baseline], notes: list[str]) -> None:
        self.task, self.rows, self.notes = task, rows, notes
        self.loss, self.metric = ("mean squared error", "mean absolute error") if task == "quantities" else ("cross-entropy", "accuracy")

    def __getitem__(self, name: str) -> Baseline:
        return next(row for row in self.rows if row.name == name)

    def _table(self) -> Table:
        heads, rows = ["baseline", self.loss, self.metric], [[row.name, row.loss, row.metric] for row in self.rows]
        return Table(heads, rows, "lrr", title=f"Baselines for {self.task}", notes=self.notes)

    def __repr__(self) -> str:
        return self._table().text()

    def _repr_html_(self) -> str:
        return self._table().html()


def baselines(
    x: ArrayLike,
    y: ArrayLike,
    sample_weight: ArrayLike | None = None,
    validation_data: tuple | None = None,
    task: str | None = None,
    seed: int = 0,
) -> Baselines:
    """What simple answers reach on data: chance, a constant answer, and with scikit-learn a linear model and gradient boosting.

    All are given the training rows and judged on others: the validation data, or a quarter of the rows, chosen at random.

    Args:
        x: Inputs, shape (n, ...); the models of scikit-learn see each row as a flat list of numbers.
        y: Class numbers of shape (n,), one-hot rows, rows of 0 and 1 for several labels, or quantities.
        sample_weight: A weight per row.
        validation_data: `(x, y)` or `(x, y, sample_weight)` to judge on.
        task: "classes", "several labels" or "quantities". By default y decides: floats with fractions, and integers with more than 100
            different values or more than one for every 5 rows, are quantities.
        seed: For the choice of the rows to judge on.

    Returns:
        The baselines; printed, they are a table.

    Raises:
        DataError: x and y have different lengths, or there are fewer than 8 rows.

    >>> x = np.arange(40.0)[:, None]
    >>> found = baselines(x, np.repeat([0, 1], [10, 30]), validation_data=(x, np.repeat([0, 1], [10, 30])))
    >>> [(row.name, round(row.loss, 4), row.metric) for row in found.rows[:2]]
    [('chance', 0.6931, 0.5), ('most common class', 0.5623, 0.75)]
    """
    train = _part(x, y, sample_weight, "")
    if task is None:
        task = _task(train[1])
    if task not in ("classes", "several labels", "quantities"):
        raise DataError(
            f"task={task!r}", "'classes', 'several labels' or 'quantities'", "leave it out to let y decide", where="insight.baselines"
        )
    if validation_data is not None:
        x_held, y_held, weight = (*validation_data, None)[:3]
        held = _part(x_held, y_held, weight, " of the validation data")
    else:
        order = np.random.default_rng(seed).permutation(len(train[0]))
        cut = max(len(order) // 4, 1)
        train, held = _rows(train, np.sort(order[cut:])), _rows(train, np.sort(order[:cut]))
    rows = _simple(task, train, held)
    notes = [f"judged on {len(held[0]):,} rows, learned from {len(train[0]):,} others"]
    if importlib.util.find_spec("sklearn") is None:
        notes.append("pip install scikit-learn (the extra sklearn) adds a linear model and gradient boosting")
    elif train[0].dtype.kind in "biuf":
        if len(train[0]) > MOST_ROWS:
            train = _rows(train, np.sort(np.random.default_rng(seed).choice(len(train[0]), MOST_ROWS, replace=False)))
            notes.append(f"the models of scikit-learn learned from {MOST_ROWS:,} of them")
        rows += _learned(task, train, held, seed)
    return Baselines(task, rows, notes)


_Part = tuple[np.ndarray, np.ndarray, "np.ndarray | None"]


def _part(x: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None, what: str) -> _Part:
    for name, given in (("x", x), ("y", y)):
        # Rows are at least 8, so a shorter list of arrays holds inputs or outputs of a model with several.
        if isinstance(given, dict) or (isinstance(given, (list, tuple)) and len(given) < 8 and all(np.ndim(one) > 0 for one in given)):
            fix = "join them: np.concatenate([part.reshape(len(part), -1) for part in parts], axis=1)"
            fix = fix if name == "x" else "one call for each output: insight.baselines(x, y[0])"
            raise DataError(f"{name}{what} in {len(given)} parts", "one array, a row for each sample", fix, where="insight.baselines")
    inputs, targets = to_array(x, "x"), to_array(y, "y")
    if len(inputs) != len(targets) or len(inputs) < 8:
        found = f"x{what} with {len(inputs)} rows and y with {len(targets)}"
        raise DataError(found, "the same number of rows, at least 8", "pass the arrays that fit gets", where="insight.baselines")
    weight = None if sample_weight is None else to_array(sample_weight, "sample_weight").reshape(-1).astype(np.float64)
    if targets.ndim > 1 and targets.size == len(targets):
        targets = targets.reshape(-1)
    return inputs.reshape(len(inputs), -1), targets, weight


def _rows(part: _Part, chosen: np.ndarray) -> _Part:
    return part[0][chosen], part[1][chosen], None if part[2] is None else part[2][chosen]


def _task(y: np.ndarray) -> str:
    """What the targets are, by their numbers."""
    if y.ndim > 1:
        if not ((y == 0) | (y == 1)).all():
            return "quantities"
        return "classes" if (y.sum(axis=1) == 1).all() else "several labels"
    different = len(np.unique(y))
    is_class = (y == np.floor(y)).all() and y.min() >= 0 and different <= min(100, max(2, len(y) // 5))
    return "classes" if is_class else "quantities"


def _class_numbers(y: np.ndarray) -> np.ndarray:
    return y.argmax(axis=1) if y.ndim > 1 else y.astype(np.int64)


def _simple(task: str, train: _Part, held: _Part) -> list[Baseline]:
    """Chance, and the best constant answer."""
    if task == "quantities":
        answer = _answer("mean_squared_error", 1, train[1], train[2])
        return [_of_quantities(MEAN, np.broadcast_to(answer.values, held[1].reshape(len(held[1]), -1).shape), held)]
    if task == "several labels":
        answer = _answer("binary_crossentropy", 1, train[1], train[2])
        return [
            _of_labels("chance", np.full(held[1].shape, 0.5), held),
            _of_labels(COMMON, np.broadcast_to(answer.values, held[1].shape), held),
        ]
    classes = int(max(_class_numbers(train[1]).max(), _class_numbers(held[1]).max())) + 1
    answer = _answer("sparse_categorical_crossentropy", classes, _class_numbers(train[1]), train[2])
    even = np.full(classes, 1 / classes)
    chance = _of_classes("chance", np.tile(even, (len(held[1]), 1)), held)
    return [Baseline("chance", chance.loss, 1 / classes), _of_classes(COMMON, np.tile(answer.values, (len(held[1]), 1)), held)]


def _answer(function: str, units: int, y: np.ndarray, weight: np.ndarray | None) -> Answer:
    answer = constant_answer(function, {}, units, y, weight)
    if answer is None:
        raise DataError(
            f"y of dtype {y.dtype} and shape {y.shape}", "numbers that are targets", "pass the y that fit gets", where="insight.baselines"
        )
    return answer


def _of_quantities(name: str, predicted: np.ndarray, held: _Part) -> Baseline:
    errors = predicted.reshape(len(predicted), -1) - held[1].reshape(len(held[1]), -1)
    return Baseline(name, _mean(np.square(errors).mean(axis=1), held), _mean(np.abs(errors).mean(axis=1), held))


def _of_labels(name: str, p: np.ndarray, held: _Part) -> Baseline:
    y, p = held[1], np.clip(p, _EPSILON, 1 - _EPSILON)
    losses = -np.where(y == 1, np.log(p), np.log(1 - p)).mean(axis=1)
    return Baseline(name, _mean(losses, held), 0.5 if name == "chance" else _mean(((p > 0.5) == y).mean(axis=1), held))


def _of_classes(name: str, p: np.ndarray, held: _Part) -> Baseline:
    labels = _class_numbers(held[1])
    losses = -np.log(np.clip(p[np.arange(len(p)), labels], _EPSILON, 1.0))
    return Baseline(name, _mean(losses, held), _mean(p.argmax(axis=1) == labels, held))


def _mean(values: np.ndarray, held: _Part) -> float:
    return float(np.average(values, weights=held[2]))


def _learned(task: str, train: _Part, held: _Part, seed: int) -> list[Baseline]:
    """A linear model on standardised columns, and gradient boosting, both of scikit-learn with its defaults."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.linear_model import LogisticRegression, Ridge

    mean, deviation = train[0].mean(axis=0), train[0].std(axis=0)
    deviation = np.where(deviation > 0, deviation, 1.0)
    x, x_held = (train[0] - mean) / deviation, (held[0] - mean) / deviation
    if task == "quantities":
        linear = Ridge().fit(x, train[1], sample_weight=train[2])
        rows = [_of_quantities("ridge regression", linear.predict(x_held), held)]
        if train[1].ndim == 1:
            trees = HistGradientBoostingRegressor(random_state=seed).fit(x, train[1], sample_weight=train[2])
            rows.append(_of_quantities("gradient boosting", trees.predict(x_held), held))
        return rows
    if task == "several labels":
        columns = [_probability(LogisticRegression(max_iter=200), x, train[1][:, i], train[2], x_held) for i in range(train[1].shape[1])]
        return [_of_labels("logistic regression", np.stack(columns, axis=1), held)]
    y = _class_numbers(train[1])
    classes = int(max(y.max(), _class_numbers(held[1]).max())) + 1
    rows = []
    if len(np.unique(y)) < 2:
        return rows
    for name, model in (
        ("logistic regression", LogisticRegression(max_iter=200)),
        ("gradient boosting", HistGradientBoostingClassifier(random_state=seed)),
    ):
        model.fit(x, y, sample_weight=train[2])
        p = np.zeros((len(x_held), classes))
        p[:, model.classes_] = model.predict_proba(x_held)
        rows.append(_of_classes(name, p, held))
    return rows


def _probability(model: Any, x: np.ndarray, y: np.ndarray, weight: np.ndarray | None, x_held: np.ndarray) -> np.ndarray:
    """The probability of one label; constant where all rows have it, or none."""
    if len(np.unique(y)) < 2:
        return np.full(len(x_held), float(y[0]))
    return model.fit(x, y, sample_weight=weight).predict_proba(x_held)[:, 1]

"""Counts of true and false predictions at thresholds, and precision, recall, sensitivity and specificity from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks import ops, settings
from glassworks.arguments import Anything, Integer, Number, Optional
from glassworks.errors import ArgumentError, ShapeError
from glassworks.graph import Variable, spec_of
from glassworks.losses.base import same_rank
from glassworks.metrics.base import Metric
from glassworks.metrics.labels import check_one_per_output
from glassworks.typing import ArrayLike, DTypeLike, Tensor

# The predictions (true: above the threshold) and labels that each count includes.
COUNTS = {
    "true_positives": (True, True),
    "false_positives": (True, False),
    "true_negatives": (False, False),
    "false_negatives": (False, True),
}


def as_thresholds(thresholds: Any, where: str, default: float = 0.5) -> list[float]:
    """Thresholds as a list, with a check that they lie in [0, 1]."""
    listed = [default] if thresholds is None else list(thresholds) if isinstance(thresholds, (list, tuple, np.ndarray)) else [thresholds]
    if thresholds is not None and any(one is None or not 0 <= one <= 1 for one in listed):
        raise ArgumentError(
            f"thresholds={thresholds}", "numbers in [0, 1]", "predictions are compared with them as probabilities", where=where
        )
    return [float(one) for one in listed]


def even_thresholds(count: int) -> list[float]:
    """`count` thresholds, evenly spaced from 0 to 1."""
    return [0.5] if count == 1 else [i / (count - 1) for i in range(count)]


def count_at_thresholds(
    variables: dict[str, Variable],
    y_true: ArrayLike,
    y_pred: ArrayLike,
    thresholds: Sequence[float],
    sample_weight: ArrayLike | None = None,
    top_k: int | None = None,
    class_id: int | None = None,
    multi_label: bool = False,
    label_weights: ArrayLike | None = None,
    where: str = "metrics",
) -> None:
    """Add a batch to counts of true and false positives and negatives, one per threshold (and label, with `multi_label`)."""
    dtype = next(iter(variables.values())).spec.dtype
    y_pred, y_true = same_rank(ops.cast(y_pred, dtype), ops.cast(y_true, dtype))
    check_one_per_output(y_true, y_pred, broadcasts=False)
    if _are_even(thresholds):
        y_pred = ops.clip(y_pred, 0.0, 1.0)
    weight = None if sample_weight is None else _per_entry(ops.cast(sample_weight, dtype), y_pred)
    if top_k is not None:
        # Exactly k of each sample, the first ones of ties, as in Keras.
        chosen = ops.sum(ops.one_hot(ops.top_k(y_pred, top_k)[1], spec_of(y_pred).shape[-1], dtype=dtype), axis=-2)
        y_pred = ops.where(chosen > 0, y_pred, -1e10)
    if class_id is not None:
        _require_class(class_id, tuple(spec_of(y_pred).shape), where)
        y_true, y_pred = y_true[..., class_id], y_pred[..., class_id]
        weight = None if weight is None else weight[..., class_id]
    if label_weights is not None:
        own = ops.broadcast_to(ops.cast(label_weights, dtype), spec_of(y_pred).shape)
        weight = own if weight is None else weight * own
    if multi_label:
        counted = _compared(y_true, y_pred, thresholds, weight)
    else:
        weight = None if weight is None else ops.reshape(weight, (-1,))
        counted = _counted(ops.reshape(y_true, (-1,)), ops.reshape(y_pred, (-1,)), weight, thresholds)
    for name, variable in variables.items():
        variable.assign_add(counted[COUNTS[name]])


def _are_even(thresholds: Sequence[float]) -> bool:
    """Whether thresholds divide 0 to 1 evenly: with those, Keras takes predictions outside for the nearest probability."""
    return len(thresholds) > 2 and np.allclose(thresholds, np.linspace(0, 1, len(thresholds)), atol=settings.epsilon())


def _require_class(class_id: int, predicted: tuple, where: str) -> None:
    if len(predicted) < 2:
        raise ShapeError(
            f"class_id={class_id} with predictions of shape {predicted}",
            "one column per class in both",
            "one-hot encode class numbers: utils.to_categorical(y); leave class_id out for a single output",
            where=where,
        )
    if class_id >= predicted[-1]:
        raise ArgumentError(
            f"class_id={class_id} with predictions of shape {predicted}",
            f"a class from 0 to {predicted[-1] - 1}",
            "classes are counted from 0: the last axis of the predictions has one column per class",
            where=where,
        )


def _compared(y_true: Tensor, y_pred: Tensor, thresholds: Sequence[float], weight: Tensor | None) -> dict[tuple[bool, bool], Tensor]:
    """(above, label) -> sums of weights for each threshold and column, from comparisons of all predictions with all thresholds."""
    dtype = spec_of(y_pred).dtype
    levels = np.asarray(thresholds, dtype=dtype).reshape(-1, 1, 1)
    above, label = ops.greater(ops.expand_dims(y_pred, 0), levels), ops.expand_dims(ops.cast(y_true, "bool"), 0)
    counted = {}
    for wants in COUNTS.values():
        hit = ops.logical_and(*(one if wanted else ops.logical_not(one) for one, wanted in zip((above, label), wants, strict=True)))
        counted[wants] = ops.sum(ops.cast(hit, dtype) if weight is None else ops.where(hit, ops.expand_dims(weight, 0), 0.0), axis=1)
    return counted


def _counted(y_true: Tensor, y_pred: Tensor, weight: Tensor | None, thresholds: Sequence[float]) -> dict[tuple[bool, bool], Tensor]:
    """(above, label) -> sums of weights for each threshold, for a single column, without comparing all with all.

    Each prediction lies between two thresholds. Weights are added per interval; running sums from the top then give the
    sum above each threshold.
    """
    dtype = spec_of(y_pred).dtype
    levels = np.sort(np.asarray(thresholds, dtype=dtype))
    gap = ops.searchsorted(levels, y_pred)
    positive = ops.cast(ops.cast(y_true, "bool"), dtype)
    weight = ops.ones_like(y_pred) if weight is None else weight
    # Intervals are numbered from below; `order` restores the given order of the thresholds.
    order = np.argsort(np.argsort(np.asarray(thresholds, dtype=dtype), kind="stable"), kind="stable")
    counted = {}
    for label, share in ((True, positive * weight), (False, (1.0 - positive) * weight)):
        per_gap = ops.segment_sum(share, gap, len(levels) + 1)
        above = ops.take(ops.flip(ops.cumsum(ops.flip(per_gap[1:]))), order)
        counted[True, label] = above
        counted[False, label] = ops.sum(per_gap) - above
    return counted


def _per_entry(weight: Tensor, y_pred: Tensor) -> Tensor:
    """Weights per sample broadcast over the entries of each prediction."""
    shape, own = spec_of(y_pred).shape, spec_of(weight).shape
    if len(own) == len(shape) + 1 and own[-1] == 1:
        weight = ops.squeeze(weight, -1)
    elif len(own) < len(shape):
        weight = ops.reshape(weight, (*own, *(1,) * (len(shape) - len(own))))
    return ops.broadcast_to(weight, shape)


class _AtThresholds(Metric):
    """Counts for one or several thresholds."""

    thresholds = Anything()

    def _keep_thresholds(self, thresholds: float | Sequence[float] | None, default: float = 0.5) -> None:
        self.init_thresholds = thresholds
        self.thresholds = as_thresholds(thresholds, type(self).__name__, default)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "thresholds": self.init_thresholds}


class _Count(_AtThresholds):
    """One of the four counts."""

    counts = ""

    def __init__(self, thresholds: float | Sequence[float] | None = None, name: str | None = None, dtype: DTypeLike = None) -> None:
        super().__init__(dtype, name)
        self._keep_thresholds(thresholds)
        self.accumulator = self.add_variable((len(self.thresholds),), "zeros", name="accumulator")

    def update_state(self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> None:
        with self._named():
            count_at_thresholds({self.counts: self.accumulator}, y_true, y_pred, self.thresholds, sample_weight)

    def result(self) -> Tensor:
        return self.accumulator.value[0] if len(self.thresholds) == 1 else self.accumulator.value


class TruePositives(_Count):
    """The number of positives that were predicted as positive.

    >>> from glassworks import metrics
    >>> float(metrics.TruePositives()([0, 1, 1], [0.9, 0.8, 0.1]))
    1.0
    """

    counts = "true_positives"


class FalsePositives(_Count):
    """The number of negatives that were predicted as positive.

    >>> from glassworks import metrics
    >>> float(metrics.FalsePositives()([0, 1, 1], [0.9, 0.8, 0.1]))
    1.0
    """

    counts = "false_positives"


class TrueNegatives(_Count):
    """The number of negatives that were predicted as negative.

    >>> from glassworks import metrics
    >>> float(metrics.TrueNegatives()([0, 1, 1], [0.9, 0.8, 0.1]))
    0.0
    """

    counts = "true_negatives"


class FalseNegatives(_Count):
    """The number of positives that were predicted as negative.

    >>> from glassworks import metrics
    >>> float(metrics.FalseNegatives()([0, 1, 1], [0.9, 0.8, 0.1]))
    1.0
    """

    counts = "false_negatives"


class FourCounts:
    """The four counts of a metric as attributes, as in Keras."""

    counts: dict[str, Variable]

    @property
    def true_positives(self) -> Variable:
        """The positives that were predicted as positive, per threshold."""
        return self.counts["true_positives"]

    @property
    def false_positives(self) -> Variable:
        """The negatives that were predicted as positive, per threshold."""
        return self.counts["false_positives"]

    @property
    def true_negatives(self) -> Variable:
        """The negatives that were predicted as negative, per threshold."""
        return self.counts["true_negatives"]

    @property
    def false_negatives(self) -> Variable:
        """The positives that were predicted as negative, per threshold."""
        return self.counts["false_negatives"]


class _Ratio(_AtThresholds):
    """True positives divided by the sum of them and another count."""

    top_k = Optional(Integer(1))
    class_id = Optional(Integer(0))
    other = ""
    _direction = "up"

    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: DTypeLike = None,
    ) -> None:
        super().__init__(dtype, name)
        self._keep_arguments(top_k=top_k, class_id=class_id)
        self._keep_thresholds(thresholds, 0.5 if top_k is None else -1e10)
        self.true_positives = self.add_variable((len(self.thresholds),), "zeros", name="true_positives")
        self.others = self.add_variable((len(self.thresholds),), "zeros", name=self.other)

    def update_state(self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> None:
        variables = {"true_positives": self.true_positives, self.other: self.others}
        with self._named():
            count_at_thresholds(
                variables, y_true, y_pred, self.thresholds, sample_weight, self.top_k, self.class_id, where=f"metric '{self.name}'"
            )

    def result(self) -> Tensor:
        share = ops.divide_no_nan(self.true_positives.value, self.true_positives.value + self.others.value)
        return share[0] if len(self.thresholds) == 1 else share


class Precision(_Ratio):
    """The fraction of positive predictions that are correct.

    Args:
        thresholds: One or several in [0, 1]; 0.5 by default.
        top_k: The number of the largest predictions of each sample that count as positive.
        class_id: The only class that counts.
        name, dtype: See `Metric`.

    >>> from glassworks import metrics
    >>> round(float(metrics.Precision()([0, 1, 1, 1], [1, 0, 1, 1])), 4)
    0.6667
    """

    other = "false_positives"

    @property
    def false_positives(self) -> Variable:
        """The negatives that were predicted as positive, per threshold."""
        return self.others


class Recall(_Ratio):
    """The fraction of positives that were predicted as positive.

    Args:
        thresholds, top_k, class_id, name, dtype: As in `Precision`.

    >>> from glassworks import metrics
    >>> round(float(metrics.Recall()([0, 1, 1, 1], [1, 0, 1, 1])), 4)
    0.6667
    """

    other = "false_negatives"

    @property
    def false_negatives(self) -> Variable:
        """The positives that were predicted as negative, per threshold."""
        return self.others


class _BestUnderConstraint(FourCounts, Metric):
    """The best of one ratio over the thresholds at which another ratio reaches a limit.

    Attributes:
        best: The ratio to maximise.
        under: The ratio with a limit.
        limit: The name of the argument with the limit.
    """

    _direction = "up"
    num_thresholds = Integer(1)
    class_id = Optional(Integer(0))
    best = under = limit = ""

    def __init__(self, num_thresholds: int = 200, class_id: int | None = None, name: str | None = None, dtype: DTypeLike = None) -> None:
        super().__init__(dtype, name)
        self._keep_arguments(num_thresholds=num_thresholds, class_id=class_id)
        self.thresholds = even_thresholds(num_thresholds)
        self.counts = {count: self.add_variable((len(self.thresholds),), "zeros", name=count) for count in COUNTS}

    @property
    def value(self) -> float:
        """The limit of the constrained ratio."""
        return getattr(self, self.limit)

    @value.setter
    def value(self, value: float) -> None:
        self._keep_arguments(**{self.limit: value})

    def update_state(self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> None:
        with self._named():
            count_at_thresholds(
                self.counts, y_true, y_pred, self.thresholds, sample_weight, class_id=self.class_id, where=f"metric '{self.name}'"
            )

    def _ratio(self, name: str) -> Tensor:
        right, wrong = {
            "sensitivity": ("true_positives", "false_negatives"),
            "specificity": ("true_negatives", "false_positives"),
            "precision": ("true_positives", "false_positives"),
        }[name]
        return ops.divide_no_nan(self.counts[right].value, self.counts[right].value + self.counts[wrong].value)

    def result(self) -> Tensor:
        return ops.max(ops.where(self._ratio(self.under) >= self.value, self._ratio(self.best), 0.0), initial=0.0)


class SensitivityAtSpecificity(_BestUnderConstraint):
    """The best sensitivity (recall) at thresholds with at least this specificity.

    >>> from glassworks import metrics
    >>> float(metrics.SensitivityAtSpecificity(0.5)([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8]))
    0.5
    """

    specificity = Number(0, 1)
    limit = "specificity"
    best, under = "sensitivity", "specificity"

    def __init__(
        self, specificity: float, num_thresholds: int = 200, class_id: int | None = None, name: str | None = None, dtype: DTypeLike = None
    ) -> None:
        super().__init__(num_thresholds, class_id, name, dtype)
        self._keep_arguments(specificity=specificity)


class SpecificityAtSensitivity(_BestUnderConstraint):
    """The best specificity at thresholds with at least this sensitivity (recall).

    >>> from glassworks import metrics
    >>> round(float(metrics.SpecificityAtSensitivity(0.5)([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8])), 4)
    0.6667
    """

    sensitivity = Number(0, 1)
    limit = "sensitivity"
    best, under = "specificity", "sensitivity"

    def __init__(
        self, sensitivity: float, num_thresholds: int = 200, class_id: int | None = None, name: str | None = None, dtype: DTypeLike = None
    ) -> None:
        super().__init__(num_thresholds, class_id, name, dtype)
        self._keep_arguments(sensitivity=sensitivity)


class PrecisionAtRecall(_BestUnderConstraint):
    """The best precision at thresholds with at least this recall.

    >>> from glassworks import metrics
    >>> float(metrics.PrecisionAtRecall(0.5)([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8]))
    0.5
    """

    recall = Number(0, 1)
    limit = "recall"
    best, under = "precision", "sensitivity"

    def __init__(
        self, recall: float, num_thresholds: int = 200, class_id: int | None = None, name: str | None = None, dtype: DTypeLike = None
    ) -> None:
        super().__init__(num_thresholds, class_id, name, dtype)
        self._keep_arguments(recall=recall)


class RecallAtPrecision(_BestUnderConstraint):
    """The best recall at thresholds with at least this precision.

    >>> from glassworks import metrics
    >>> float(metrics.RecallAtPrecision(0.8)([0, 0, 1, 1], [0, 0.5, 0.3, 0.9]))
    0.5
    """

    precision = Number(0, 1)
    limit = "precision"
    best, under = "sensitivity", "precision"

    def __init__(
        self, precision: float, num_thresholds: int = 200, class_id: int | None = None, name: str | None = None, dtype: DTypeLike = None
    ) -> None:
        super().__init__(num_thresholds, class_id, name, dtype)
        self._keep_arguments(precision=precision)

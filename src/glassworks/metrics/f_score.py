"""F-scores: precision and recall in one number."""

from __future__ import annotations

from typing import Any

from glassworks import ops
from glassworks.arguments import FIXED, Number, OneOf, Optional
from glassworks.errors import ShapeError
from glassworks.graph import Variable, spec_of
from glassworks.metrics.base import Metric
from glassworks.metrics.labels import check_one_per_output
from glassworks.typing import ArrayLike, DTypeLike, Tensor


class FBetaScore(Metric):
    """`(1 + beta**2) * precision * recall / (beta**2 * precision + recall)`.

    Args:
        average: None for one score per class, "micro" (all counts together), "macro" (mean), "weighted" (by class size).
        beta: The weight of recall relative to precision.
        threshold: The score above which a class is predicted; None for the largest of each sample.
        name, dtype: See `Metric`.

    >>> from glassworks import metrics
    >>> score = metrics.FBetaScore(beta=2.0, threshold=0.5)
    >>> score([[1, 1], [1, 0]], [[0.2, 0.6], [0.6, 0.2]]).numpy().round(4)
    array([0.5556, 1.    ], dtype=float32)
    """

    _direction = "up"
    average = OneOf(None, "micro", "macro", "weighted")
    beta = Number(0, closed="neither")
    threshold = Optional(Number(0, 1, closed="right"))

    def __init__(
        self,
        average: str | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str | None = "fbeta_score",
        dtype: DTypeLike = None,
    ) -> None:
        super().__init__(dtype, name)
        self._keep_arguments(average=average, beta=beta, threshold=threshold)
        self.counts: dict[str, Variable] = {}

    def _build(self, targets: tuple, shape: tuple) -> None:
        if len(shape) != 2 or len(targets) != 2:
            one_hot = len(shape) == 2 and shape[1] > 1
            fix = f"one-hot targets: keras.utils.to_categorical(y, {shape[1]})" if one_hot else "pass y.reshape(-1, 1) for a single class"
            found = f"targets of shape {targets} and predictions of shape {shape}"
            raise ShapeError(found, "shape (batch, classes) for both", fix, where=type(self).__name__)
        size = () if self.average == "micro" else (shape[1],)
        names = ("true_positives", "false_positives", "false_negatives", "intermediate_weights")
        self.counts = {name: self.add_variable(size, "zeros", name=name) for name in names}

    @property
    def axis(self) -> int | None:
        """The axis over which counts are summed; None for all."""
        return None if self.average == "micro" else 0

    def update_state(self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> None:
        y_true, y_pred = ops.convert_to_tensor(y_true, self._sum_dtype), ops.convert_to_tensor(y_pred, self._sum_dtype)
        if not self.counts:
            self._build(tuple(spec_of(y_true).shape), tuple(spec_of(y_pred).shape))
        check_one_per_output(y_true, y_pred)
        if self.threshold is None:
            called = ops.logical_and(y_pred >= ops.max(y_pred, axis=-1, keepdims=True), ops.absolute(y_pred) > 1e-9)
        else:
            called = y_pred > self.threshold
        y_pred = ops.cast(called, self._sum_dtype)
        weight: Any = 1.0
        if sample_weight is not None:
            weight = ops.cast(sample_weight, self._sum_dtype)
            weight = ops.expand_dims(weight, 1) if len(spec_of(weight).shape) == 1 else weight
        axis = self.axis
        for name, hits in (
            ("true_positives", y_pred * y_true),
            ("false_positives", y_pred * (1.0 - y_true)),
            ("false_negatives", (1.0 - y_pred) * y_true),
            ("intermediate_weights", y_true),
        ):
            self.counts[name].assign_add(ops.sum(hits * weight, axis=axis))

    def result(self) -> Tensor:
        if not self.counts:
            return ops.zeros(())
        right = self.counts["true_positives"].value
        precision = ops.divide_no_nan(right, right + self.counts["false_positives"].value)
        recall = ops.divide_no_nan(right, right + self.counts["false_negatives"].value)
        score = (1 + self.beta**2) * ops.divide_no_nan(precision * recall, precision * self.beta**2 + recall)
        if self.average == "weighted":
            sizes = self.counts["intermediate_weights"].value
            score = ops.sum(score * ops.divide_no_nan(sizes, ops.sum(sizes)))
        elif self.average is not None:
            score = ops.mean(score)
        return ops.cast(score, self.dtype)


class F1Score(FBetaScore):
    """The harmonic mean of precision and recall.

    >>> from glassworks import metrics
    >>> metrics.F1Score(threshold=0.5)([[1, 1], [1, 0]], [[0.2, 0.6], [0.6, 0.2]]).numpy().round(4)
    array([0.6667, 1.    ], dtype=float32)
    """

    beta = FIXED

    def __init__(
        self, average: str | None = None, threshold: float | None = None, name: str | None = "f1_score", dtype: DTypeLike = None
    ) -> None:
        super().__init__(average, 1.0, threshold, name, dtype)

"""The area under the ROC curve, the precision-recall curve, or that of their gains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks import ops, settings
from glassworks.arguments import AnyCase, Anything, Integer
from glassworks.errors import ArgumentError, ShapeError
from glassworks.graph import spec_of
from glassworks.metrics.base import Metric
from glassworks.metrics.confusion import COUNTS, FourCounts, as_thresholds, count_at_thresholds
from glassworks.typing import ArrayLike, DTypeLike, Tensor


class AUC(FourCounts, Metric):
    """The area under the ROC curve (or the precision-recall curve), summed over thresholds.

    Args:
        num_thresholds: The number of points of the curve.
        curve: "ROC", "PR", or "PRGAIN", the precision-recall curve in which a classifier that always says yes has 0 (Flach and Kull, 2015).
        summation_method: "interpolation", "minoring" or "majoring".
        name, dtype: See `Metric`.
        thresholds: The thresholds, instead of evenly spaced ones.
        multi_label: Whether each label (of the last axis) has a curve; the areas are averaged.
        num_labels: The number of labels, with `multi_label`.
        label_weights: A weight per label.
        from_logits: Whether predictions are scores before the sigmoid.

    >>> from glassworks import metrics
    >>> float(metrics.AUC(num_thresholds=3)([0, 0, 1, 1], [0, 0.5, 0.3, 0.9]))
    0.75
    """

    _direction = "up"
    num_thresholds = Integer(2)
    curve = AnyCase("ROC", "PR", "PRGAIN")
    summation_method = AnyCase("interpolation", "minoring", "majoring")
    thresholds = Anything().unsaved()
    multi_label = num_labels = label_weights = from_logits = Anything()

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str = "ROC",
        summation_method: str = "interpolation",
        name: str | None = None,
        dtype: DTypeLike = None,
        thresholds: float | Sequence[float] | None = None,
        multi_label: bool = False,
        num_labels: int | None = None,
        label_weights: ArrayLike | None = None,
        from_logits: bool = False,
    ) -> None:
        super().__init__(dtype, name)
        self._keep_arguments(num_thresholds=num_thresholds, curve=curve, summation_method=summation_method)
        self._keep_arguments(multi_label=multi_label, num_labels=num_labels, from_logits=from_logits)
        if num_labels and not multi_label:
            raise ArgumentError(
                f"num_labels={num_labels} without multi_label",
                "multi_label=True",
                "add multi_label=True, or remove num_labels",
                where="AUC",
            )
        self.given_thresholds = thresholds
        inner = (
            sorted(as_thresholds(thresholds, "AUC"))
            if thresholds is not None
            else [i / (num_thresholds - 1) for i in range(1, num_thresholds - 1)]
        )
        self.num_thresholds = len(inner) + 2
        # The ends are just outside of [0, 1], so that predictions of exactly 0 and 1 lie between them.
        self.thresholds = [-settings.epsilon(), *inner, 1 + settings.epsilon()]
        self.label_weights = None if label_weights is None else np.asarray(label_weights, dtype=self._sum_dtype)
        self.counts: dict[str, Any] = {}
        if not multi_label or num_labels:
            self._build(num_labels if multi_label else None)

    def _build(self, labels: int | None) -> None:
        shape = (self.num_thresholds,) if labels is None else (self.num_thresholds, labels)
        self.counts = {count: self.add_variable(shape, "zeros", name=count) for count in COUNTS}

    def update_state(self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> None:
        y_pred = ops.convert_to_tensor(y_pred, self._sum_dtype)
        if not self.counts:
            if len(spec_of(y_pred).shape) != 2:
                raise ShapeError(
                    f"predictions of shape {spec_of(y_pred).shape}",
                    "shape (batch, labels)",
                    "multi_label=True wants one column per label",
                    where="AUC",
                )
            self._build(spec_of(y_pred).shape[1])
        if self.from_logits:
            y_pred = ops.sigmoid(y_pred)
        weights = None if self.multi_label else self.label_weights
        with self._named():
            count_at_thresholds(
                self.counts, y_true, y_pred, self.thresholds, sample_weight, multi_label=self.multi_label, label_weights=weights
            )

    def result(self) -> Tensor:
        if not self.counts:
            return ops.zeros(())
        positives, false = self.counts["true_positives"].value, self.counts["false_positives"].value
        missed, negatives = self.counts["false_negatives"].value, self.counts["true_negatives"].value
        if self.curve == "PR" and self.summation_method == "interpolation":
            return self._over_labels(ops.sum(_precision_recall_parts(positives, false, missed), axis=0))
        recall = ops.divide_no_nan(positives, positives + missed)
        if self.curve == "ROC":
            x, y = ops.divide_no_nan(false, false + negatives), recall
        elif self.curve == "PR":
            x, y = recall, ops.divide_no_nan(positives, positives + false)
        else:
            x, y = _gains(positives, false, missed, negatives)
        left, right = y[:-1], y[1:]
        height = {"interpolation": (left + right) / 2.0, "minoring": ops.minimum(left, right), "majoring": ops.maximum(left, right)}[
            self.summation_method
        ]
        return self._over_labels(ops.sum((x[:-1] - x[1:]) * height, axis=0))

    def _over_labels(self, area: Tensor) -> Tensor:
        if not self.multi_label:
            return area
        if self.label_weights is None:
            return ops.mean(area)
        return ops.divide_no_nan(ops.sum(area * self.label_weights), ops.sum(self.label_weights))

    def get_config(self) -> dict[str, Any]:
        weights = None if self.label_weights is None else self.label_weights.tolist()
        config = {**super().get_config(), "label_weights": weights}
        if self.given_thresholds is not None:
            config["thresholds"] = self.thresholds[1:-1]
        return config


def _gains(positives: Tensor, false: Tensor, missed: Tensor, negatives: Tensor) -> tuple[Tensor, Tensor]:
    """Recall gain and precision gain (Flach and Kull, 2015): 1 - (P / N) times missed or false positives over true ones.

    As in Keras, they are 0 and 1 where nothing true was found, and a negative recall gain is 0.
    """
    ratio = ops.divide_no_nan(positives + missed, negatives + false)
    recall, precision = (1.0 - ratio * ops.divide_no_nan(wrong, positives) for wrong in (missed, false))
    nothing = ops.equal(positives, 0.0)
    return ops.maximum(ops.where(nothing, 0.0, recall), 0.0), ops.where(nothing, 1.0, precision)


def _precision_recall_parts(positives: Tensor, false: Tensor, missed: Tensor) -> Tensor:
    """The areas between neighbouring thresholds, with linear interpolation of true positives (Davis and Goadrich, 2006)."""
    called = positives + false
    gained, more = positives[:-1] - positives[1:], ops.maximum(called[:-1] - called[1:], 0.0)
    slope = ops.divide_no_nan(gained, more)
    intercept = positives[1:] - slope * called[1:]
    both = ops.logical_and(called[:-1] > 0, called[1:] > 0)
    ratio = ops.where(both, ops.divide_no_nan(called[:-1], called[1:]), 1.0)
    return ops.divide_no_nan(slope * (gained + intercept * ops.log(ratio)), positives[1:] + missed[1:])

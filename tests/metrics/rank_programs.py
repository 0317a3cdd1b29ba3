"""Metrics and losses on labels and predictions whose shapes differ, and on predictions that are no probabilities."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

_ROW = np.array([0.0, 1.0, 1.0, 0.0], "float32")
_SCORES = np.array([0.2, 0.7, 0.9, 0.4], "float32")
_TABLE = np.array([[0.5, 0.3, 0.2], [0.1, 0.6, 0.3], [0.15, 0.25, 0.6], [0.8, 0.05, 0.15]], "float32")
_ONE_HOT = np.eye(3, dtype="float32")[[0, 1, 2, 1]]
_NUMBERS = np.array([0, 1, 2, 1])
# By name, labels and predictions.
PAIRS: dict[str, tuple[Any, Any]] = {
    "rows": (_ROW, _SCORES),
    "labels in a row": (_ROW, _SCORES[:, None]),
    "labels in a column": (_ROW[:, None], _SCORES),
    "columns": (_ROW[:, None], _SCORES[:, None]),
    "one-hot": (_ONE_HOT, _TABLE),
    "class numbers": (_NUMBERS, _TABLE),
    "a column of class numbers": (_NUMBERS[:, None], _TABLE),
    "one row for all": (_ONE_HOT[:1], _TABLE),
    "outside 0 to 1": (_ROW, np.array([-0.5, 1.2, 0.5, 0.3], "float32")),
    "pictures": (np.eye(2, dtype="float32")[[[0, 1], [1, 0]]], np.stack([_TABLE[:2, :2], _TABLE[2:, :2]])),
}
WEIGHTS = {"no weights": None, "weights": np.array([1.0, 2.0, 3.0, 4.0], "float32")}
METRICS = [
    "Accuracy()",
    "BinaryAccuracy()",
    "CategoricalAccuracy()",
    "SparseCategoricalAccuracy()",
    "TopKCategoricalAccuracy(k=2)",
    "SparseTopKCategoricalAccuracy(k=2)",
    "AUC()",
    "AUC(curve='PR')",
    "AUC(thresholds=[0.5])",
    "AUC(thresholds=[0.4,0.7])",
    "AUC(multi_label=True)",
    "Precision()",
    "Precision(thresholds=[0.3,0.6])",
    "Precision(top_k=1)",
    "Precision(class_id=1)",
    "Recall()",
    "TruePositives()",
    "FalseNegatives()",
    "F1Score()",
    "F1Score(threshold=0.5)",
    "BinaryCrossentropy()",
    "CategoricalCrossentropy()",
    "SparseCategoricalCrossentropy()",
    "CosineSimilarity()",
    "SparseCategoricalCrossentropy(ignore_class=1)",
    "Hinge()",
    "SquaredHinge()",
    "CategoricalHinge()",
    "KLDivergence()",
    "Poisson()",
    "LogCoshError()",
    "MeanAbsoluteError()",
    "MeanSquaredError()",
    "RootMeanSquaredError()",
    "R2Score()",
    "BinaryIoU()",
    "MeanIoU(3)",
    "OneHotIoU(3,[0])",
    "SensitivityAtSpecificity(0.5)",
    "PrecisionAtRecall(0.5)",
]
LOSSES = [
    "BinaryCrossentropy()",
    "BinaryFocalCrossentropy()",
    "CategoricalCrossentropy()",
    "SparseCategoricalCrossentropy()",
    "Hinge()",
    "CategoricalHinge()",
    "KLDivergence()",
    "Poisson()",
    "MeanSquaredError()",
    "MeanAbsoluteError()",
    "Huber()",
    "LogCosh()",
    "CosineSimilarity()",
    "Tversky()",
    "Dice()",
]


def _metric(code: str, pair: tuple[Any, Any], weights: Any) -> Callable[[Any], Any]:
    def run(keras: Any) -> Any:
        metric = eval(f"keras.metrics.{code}", {"keras": keras})
        metric.update_state(*pair, weights)
        return metric.result()

    return run


def _loss(code: str, pair: tuple[Any, Any], weights: Any) -> Callable[[Any], Any]:
    return lambda keras: eval(f"keras.losses.{code}", {"keras": keras})(*pair, weights)


def _sum(keras: Any) -> Any:
    total = keras.metrics.Sum()
    total.update_state(_TABLE, WEIGHTS["weights"])
    return total.result()


PROGRAMS = {
    f"{kind} {code}, {name}, {weighted}": make(code, pair, weights)
    for kind, make, codes in (("metric", _metric, METRICS), ("loss", _loss, LOSSES))
    for code in codes
    for name, pair in PAIRS.items()
    for weighted, weights in WEIGHTS.items()
} | {"sum of rows with a weight each": _sum}

"""What "accuracy" means for these shapes."""

from __future__ import annotations

from typing import Any

from glassworks.metrics import accuracy
from glassworks.metrics.base import Metric
from glassworks.metrics.reduction import MeanMetricWrapper


def resolve(identifier: Any, target: Any, prediction: Any) -> Metric:
    """The metric object that is meant."""
    if isinstance(identifier, Metric):
        return identifier
    from glassworks import metrics

    if identifier in ("accuracy", "acc"):
        binary = prediction.shape[-1] == 1
        sparse = len(target.shape) < len(prediction.shape) or target.shape[-1] == 1
        function = accuracy.binary_accuracy if binary else accuracy.sparse_categorical_accuracy if sparse else accuracy.categorical_accuracy
        return MeanMetricWrapper(function, name=identifier)
    found = metrics.get(identifier)
    return found if isinstance(found, Metric) else MeanMetricWrapper(found)

"""The metric for a name: "accuracy" depends on the shapes of targets and predictions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from glassworks.graph import Spec
from glassworks.metrics import accuracy, probabilistic
from glassworks.metrics.base import METRICS, Metric
from glassworks.metrics.reduction import MeanMetricWrapper
from glassworks.registry import name_of_function

_FAMILIES: dict[str, tuple[Any, Any, Any]] = {
    "accuracy": (accuracy.binary_accuracy, accuracy.sparse_categorical_accuracy, accuracy.categorical_accuracy),
    "crossentropy": (
        probabilistic.binary_crossentropy,
        probabilistic.sparse_categorical_crossentropy,
        probabilistic.categorical_crossentropy,
    ),
}
_FAMILIES["acc"], _FAMILIES["ce"] = _FAMILIES["accuracy"], _FAMILIES["crossentropy"]
WORDS = tuple(_FAMILIES)


def resolve(identifier: str | Callable | Metric | type[Metric], target: Spec | None, prediction: Spec) -> Metric:
    """The metric object for a name, function or metric, given the specs of targets and predictions."""
    if isinstance(identifier, Metric):
        return identifier
    if isinstance(identifier, str) and identifier.lower() in _FAMILIES:
        binary, sparse, categorical = _FAMILIES[identifier.lower()]
        if prediction.shape and prediction.shape[-1] == 1:
            chosen = binary
        elif target is not None and (len(target.shape) < len(prediction.shape) or target.shape[-1] == 1):
            chosen = sparse
        elif target is not None and len(target.shape) == len(prediction.shape) == 1:
            chosen = binary
        else:
            chosen = categorical
        return MeanMetricWrapper(chosen, name=identifier)
    metric = METRICS.get(identifier)
    if isinstance(metric, Metric):
        return metric
    return MeanMetricWrapper(metric, name=identifier if isinstance(identifier, str) else name_of_function(metric))

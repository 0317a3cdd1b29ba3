"""Shares of right answers."""

from __future__ import annotations

from typing import Any

from glassworks import ops
from glassworks.graph import spec_of


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Any:
    """Whether the prediction is on the target's side of the threshold."""
    if len(spec_of(y_true).shape) < len(spec_of(y_pred).shape):
        y_true = ops.expand_dims(y_true, -1)
    return ops.cast(ops.equal(ops.cast(y_true, "float32"), ops.cast(y_pred > threshold, "float32")), "float32")


def categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """Whether the largest prediction is at the largest target."""
    return ops.cast(ops.equal(ops.argmax(y_true, -1), ops.argmax(y_pred, -1)), "float32")


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """Whether the largest prediction is at the target."""
    if len(spec_of(y_true).shape) == len(spec_of(y_pred).shape):
        y_true = ops.squeeze(y_true, -1)
    return ops.cast(ops.equal(ops.cast(y_true, "int32"), ops.argmax(y_pred, -1)), "float32")

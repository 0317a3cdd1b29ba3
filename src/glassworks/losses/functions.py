"""Common steps of losses: targets in the dtype of the predictions, and label smoothing."""

from __future__ import annotations

from collections.abc import Callable

from glassworks import ops
from glassworks.graph import spec_of
from glassworks.losses.base import require_fitting, same_rank
from glassworks.typing import ArrayLike, Tensor


def pair(y_true: ArrayLike, y_pred: ArrayLike, name: str) -> tuple[Tensor, Tensor]:
    """Targets and predictions as arrays of one dtype, with a check that their shapes fit."""
    y_pred = ops.convert_to_tensor(y_pred)
    if not spec_of(y_pred).dtype.startswith(("float", "bfloat")):
        y_pred = ops.cast(y_pred, None)
    y_true = ops.cast(y_true, spec_of(y_pred).dtype)
    y_true, y_pred = same_rank(y_true, y_pred)
    require_fitting(y_true, y_pred, name)
    return y_true, y_pred


def takes_labels(function: Callable) -> Callable:
    """Mark a loss function whose targets are class numbers: they keep their dtype."""
    function.takes_labels = True  # type: ignore[attr-defined]
    return function


def smoothed(y_true: Tensor, label_smoothing: float, classes: int) -> Tensor:
    """Labels smoothed towards a uniform distribution over the classes (Szegedy et al., 2015)."""
    return y_true * (1.0 - label_smoothing) + label_smoothing / classes if label_smoothing else y_true

"""Correlations of predictions and targets."""

from __future__ import annotations

from glassworks import ops, settings
from glassworks.arguments import Anything
from glassworks.graph import spec_of
from glassworks.losses.base import same_rank
from glassworks.metrics.base import METRICS
from glassworks.metrics.reduction import MeanMetricWrapper
from glassworks.typing import ArrayLike, Axis, DTypeLike, Tensor


def _pair(y_true: ArrayLike, y_pred: ArrayLike) -> tuple[Tensor, Tensor]:
    y_pred = ops.convert_to_tensor(y_pred)
    return same_rank(ops.cast(y_true, spec_of(y_pred).dtype), y_pred)


def _centered(x: Tensor, axis: Axis) -> Tensor:
    return x - ops.mean(x, axis=axis, keepdims=True)


def pearson_correlation(y_true: ArrayLike, y_pred: ArrayLike, axis: Axis = -1) -> Tensor:
    """The Pearson correlation, from -1 to 1: the mean product after both are normalised to mean 0 and variance 1.

    Args:
        y_true: Targets.
        y_pred: Predictions.
        axis: The axis (or axes) of the correlation.

    >>> from glassworks import metrics
    >>> metrics.pearson_correlation([[0.0, 1.0, 2.0]], [[1.0, 3.0, 5.0]]).numpy().round(4)
    array([1.], dtype=float32)
    """
    parts = [_centered(y, axis) for y in _pair(y_true, y_pred)]
    true, predicted = (part / ops.std(part, axis=axis, keepdims=True) for part in parts)
    return ops.mean(true * predicted, axis=axis)


def concordance_correlation(y_true: ArrayLike, y_pred: ArrayLike, axis: Axis = -1) -> Tensor:
    """Twice the covariance divided by the sum of variances and the squared distance of means: 1 only for equal numbers (Lin, 1989).

    Args:
        y_true: Targets.
        y_pred: Predictions.
        axis: The axis (or axes) of the correlation.

    >>> from glassworks import metrics
    >>> metrics.concordance_correlation([[0.0, 1.0, 2.0]], [[1.0, 2.0, 3.0]]).numpy().round(4)
    array([0.5714], dtype=float32)
    """
    y_true, y_pred = _pair(y_true, y_pred)
    true, predicted = _centered(y_true, axis), _centered(y_pred, axis)
    distance = ops.mean(y_true, axis=axis, keepdims=True) - ops.mean(y_pred, axis=axis, keepdims=True)
    variances = ops.var(true, axis=axis, keepdims=True) + ops.var(predicted, axis=axis, keepdims=True)
    # Subtracting either mean gives the covariance, since the other factor sums to 0.
    covariance = (true + distance) * predicted
    return ops.mean(2 * covariance / (variances + ops.square(distance) + settings.epsilon()), axis=axis)


class PearsonCorrelation(MeanMetricWrapper):
    """The mean of `pearson_correlation`: 1 if predictions are a linear function of the targets.

    Args:
        name, dtype: See `Metric`.
        axis: The axis (or axes) of the correlation.

    >>> from glassworks import metrics
    >>> round(float(metrics.PearsonCorrelation()([[0.0, 1.0, 2.0]], [[1.0, 3.0, 5.0]])), 4)
    1.0
    """

    _direction = "up"
    axis = Anything()

    def __init__(self, name: str | None = "pearson_correlation", dtype: DTypeLike = None, axis: Axis = -1) -> None:
        super().__init__(pearson_correlation, name, dtype, axis=axis)


class ConcordanceCorrelation(MeanMetricWrapper):
    """The mean of `concordance_correlation`: 1 if predictions equal the targets.

    Args:
        name, dtype: See `Metric`.
        axis: The axis (or axes) of the correlation.

    >>> from glassworks import metrics
    >>> round(float(metrics.ConcordanceCorrelation()([[0.0, 1.0, 2.0]], [[1.0, 2.0, 3.0]])), 4)
    0.5714
    """

    _direction = "up"
    axis = Anything()

    def __init__(self, name: str | None = "concordance_correlation", dtype: DTypeLike = None, axis: Axis = -1) -> None:
        super().__init__(concordance_correlation, name, dtype, axis=axis)


METRICS.add(pearson_correlation)
METRICS.add(concordance_correlation)

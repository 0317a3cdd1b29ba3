"""Metrics."""

from typing import Any

from glassworks import losses as _losses
from glassworks.metrics.base import METRICS as METRICS
from glassworks.metrics.base import Metric as Metric
from glassworks.metrics.reduction import Mean as Mean
from glassworks.metrics.reduction import MeanMetricWrapper as MeanMetricWrapper

METRICS.add(_losses.mean_squared_error, "mse")
METRICS.add(_losses.mean_absolute_error, "mae")


def get(identifier: Any) -> Any:
    """The metric meant."""
    return METRICS.get(identifier)

"""Hinge losses as metrics."""

from __future__ import annotations

from glassworks.losses import categorical_hinge, hinge, squared_hinge
from glassworks.metrics.base import METRICS
from glassworks.metrics.reduction import MeanMetricWrapper
from glassworks.typing import DTypeLike


class Hinge(MeanMetricWrapper):
    """The mean hinge loss.

    >>> from glassworks import metrics
    >>> float(metrics.Hinge()([[1.0]], [[0.25]]))
    0.75
    """

    _direction = "down"

    def __init__(self, name: str | None = "hinge", dtype: DTypeLike = None) -> None:
        super().__init__(hinge, name, dtype)


class SquaredHinge(MeanMetricWrapper):
    """The mean squared hinge loss.

    >>> from glassworks import metrics
    >>> float(metrics.SquaredHinge()([[1.0]], [[0.5]]))
    0.25
    """

    _direction = "down"

    def __init__(self, name: str | None = "squared_hinge", dtype: DTypeLike = None) -> None:
        super().__init__(squared_hinge, name, dtype)


class CategoricalHinge(MeanMetricWrapper):
    """The mean hinge loss between classes.

    >>> from glassworks import metrics
    >>> float(metrics.CategoricalHinge()([[0.0, 1.0]], [[0.5, 0.75]]))
    0.75
    """

    _direction = "down"

    def __init__(self, name: str | None = "categorical_hinge", dtype: DTypeLike = None) -> None:
        super().__init__(categorical_hinge, name, dtype)


for _function in (hinge, squared_hinge, categorical_hinge):
    METRICS.add(_function)

"""Hinge losses as metrics."""

from __future__ import annotations

from glassworks.configured import defaults
from glassworks.losses import categorical_hinge, hinge, squared_hinge
from glassworks.metrics.base import METRICS
from glassworks.metrics.reduction import FunctionMetric


@defaults(name="hinge")
class Hinge(FunctionMetric):
    """The mean hinge loss.

    >>> from glassworks import metrics
    >>> float(metrics.Hinge()([[1.0]], [[0.25]]))
    0.75
    """

    _direction = "down"
    _function = staticmethod(hinge)


@defaults(name="squared_hinge")
class SquaredHinge(FunctionMetric):
    """The mean squared hinge loss.

    >>> from glassworks import metrics
    >>> float(metrics.SquaredHinge()([[1.0]], [[0.5]]))
    0.25
    """

    _direction = "down"
    _function = staticmethod(squared_hinge)


@defaults(name="categorical_hinge")
class CategoricalHinge(FunctionMetric):
    """The mean hinge loss between classes.

    >>> from glassworks import metrics
    >>> float(metrics.CategoricalHinge()([[0.0, 1.0]], [[0.5, 0.75]]))
    0.75
    """

    _direction = "down"
    _function = staticmethod(categorical_hinge)


for _function in (hinge, squared_hinge, categorical_hinge):
    METRICS.add(_function)

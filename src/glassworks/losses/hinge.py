"""Hinge losses: a margin between right and wrong answers."""

from __future__ import annotations

from glassworks import ops
from glassworks.configured import defaults
from glassworks.losses.base import LOSSES, FunctionLoss
from glassworks.losses.functions import pair
from glassworks.typing import ArrayLike, Tensor


def _plus_minus(y_true: Tensor) -> Tensor:
    """Labels 0 and 1 as -1 and 1; others stay."""
    binary = ops.all(ops.logical_or(ops.equal(y_true, 0), ops.equal(y_true, 1)))
    return ops.where(binary, 2.0 * y_true - 1.0, y_true)


def hinge(y_true: ArrayLike, y_pred: ArrayLike) -> Tensor:
    """The mean of max(1 - y_true * y_pred, 0) for labels -1 and 1 (0 counts as -1).

    >>> from glassworks import losses
    >>> losses.hinge([[1.0]], [[0.25]]).numpy().round(4)
    array([0.75], dtype=float32)
    """
    y_true, y_pred = pair(y_true, y_pred, "hinge")
    return ops.mean(ops.maximum(1.0 - _plus_minus(y_true) * y_pred, 0.0), axis=-1)


def squared_hinge(y_true: ArrayLike, y_pred: ArrayLike) -> Tensor:
    """The mean of max(1 - y_true * y_pred, 0) squared.

    >>> from glassworks import losses
    >>> losses.squared_hinge([[1.0]], [[0.5]]).numpy().round(4)
    array([0.25], dtype=float32)
    """
    y_true, y_pred = pair(y_true, y_pred, "squared_hinge")
    return ops.mean(ops.square(ops.maximum(1.0 - _plus_minus(y_true) * y_pred, 0.0)), axis=-1)


def categorical_hinge(y_true: ArrayLike, y_pred: ArrayLike) -> Tensor:
    """max(best wrong score - right score + 1, 0) for one-hot labels.

    >>> from glassworks import losses
    >>> losses.categorical_hinge([[0.0, 1.0]], [[0.5, 0.75]]).numpy().round(4)
    array([0.75], dtype=float32)
    """
    y_true, y_pred = pair(y_true, y_pred, "categorical_hinge")
    right = ops.sum(y_true * y_pred, axis=-1)
    wrong = ops.max((1.0 - y_true) * y_pred, axis=-1)
    return ops.maximum(wrong - right + 1.0, 0.0)


@defaults(name="hinge")
class Hinge(FunctionLoss):
    """The hinge loss, for labels -1 and 1.

    Args:
        reduction, name, dtype: See `Loss`.

    >>> from glassworks import losses
    >>> float(losses.Hinge()([[1.0]], [[0.25]]))
    0.75
    """

    _function = staticmethod(hinge)


@defaults(name="squared_hinge")
class SquaredHinge(FunctionLoss):
    """The squared hinge loss, for labels -1 and 1.

    Args:
        reduction, name, dtype: See `Loss`.

    >>> from glassworks import losses
    >>> float(losses.SquaredHinge()([[1.0]], [[0.5]]))
    0.25
    """

    _function = staticmethod(squared_hinge)


@defaults(name="categorical_hinge")
class CategoricalHinge(FunctionLoss):
    """The hinge loss between classes, for one-hot labels.

    Args:
        reduction, name, dtype: See `Loss`.

    >>> from glassworks import losses
    >>> float(losses.CategoricalHinge()([[0.0, 1.0]], [[0.5, 0.75]]))
    0.75
    """

    _function = staticmethod(categorical_hinge)


for _function in (hinge, squared_hinge, categorical_hinge):
    LOSSES.add(_function)

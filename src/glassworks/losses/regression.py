"""Losses for regression: squared, absolute, relative and logarithmic errors, Huber, log-cosh, Poisson, cosine."""

from __future__ import annotations

import math

from glassworks import ops, settings
from glassworks.arguments import Anything
from glassworks.configured import defaults
from glassworks.losses.base import LOSSES, FunctionLoss, LossFunctionWrapper
from glassworks.losses.functions import pair
from glassworks.typing import ArrayLike, DTypeLike, Tensor


def mean_squared_error(y_true: ArrayLike, y_pred: ArrayLike) -> Tensor:
    """The mean of (y_true - y_pred) squared, over the last axis.

    >>> from glassworks import losses
    >>> losses.mean_squared_error([[0.0, 1.0]], [[1.0, 1.0]]).numpy().round(4)
    array([0.5], dtype=float32)
    """
    y_true, y_pred = pair(y_true, y_pred, "mean_squared_error")
    return ops.mean(ops.square(y_true - y_pred), axis=-1)


def mean_absolute_error(y_true: ArrayLike, y_pred: ArrayLike) -> Tensor:
    """The mean of |y_true - y_pred|, over the last axis.

    >>> from glassworks import losses
    >>> losses.mean_absolute_error([[0.0, 1.0]], [[2.0, 1.0]]).numpy().round(4)
    array([1.], dtype=float32)
    """
    y_true, y_pred = pair(y_true, y_pred, "mean_absolute_error")
    return ops.mean(ops.absolute(y_true - y_pred), axis=-1)


def mean_absolute_percentage_error(y_true: ArrayLike, y_pred: ArrayLike) -> Tensor:
    """The mean of |y_true - y_pred| in percent of |y_true|, over the last axis.

    >>> from glassworks import losses
    >>> losses.mean_absolute_percentage_error([[2.0]], [[3.0]]).numpy().round(4)
    array([50.], dtype=float32)
    """
    y_true, y_pred = pair(y_true, y_pred, "mean_absolute_percentage_error")
    return 100.0 * ops.mean(ops.absolute((y_true - y_pred) / ops.maximum(ops.absolute(y_true), settings.epsilon())), axis=-1)


def mean_squared_logarithmic_error(y_true: ArrayLike, y_pred: ArrayLike) -> Tensor:
    """The mean of (log(1 + y_true) - log(1 + y_pred)) squared, over the last axis.

    >>> from glassworks import losses
    >>> losses.mean_squared_logarithmic_error([[0.0]], [[1.0]]).numpy().round(4)
    array([0.4805], dtype=float32)
    """
    y_true, y_pred = pair(y_true, y_pred, "mean_squared_logarithmic_error")
    logs = [ops.log(ops.maximum(y, settings.epsilon()) + 1.0) for y in (y_pred, y_true)]
    return ops.mean(ops.square(logs[0] - logs[1]), axis=-1)


def cosine_similarity(y_true: ArrayLike, y_pred: ArrayLike, axis: int = -1) -> Tensor:
    """Minus the cosine of the angle between targets and predictions along an axis: -1 is the same direction.

    >>> from glassworks import losses
    >>> losses.cosine_similarity([[0.0, 1.0]], [[0.0, 2.0]]).numpy().round(4)
    array([-1.], dtype=float32)
    """
    y_true, y_pred = pair(y_true, y_pred, "cosine_similarity")
    return -ops.sum(ops.normalize(y_true, axis=axis) * ops.normalize(y_pred, axis=axis), axis=axis)


def huber(y_true: ArrayLike, y_pred: ArrayLike, delta: float = 1.0) -> Tensor:
    """Squared error up to `delta`, absolute error beyond, so that outliers have less influence (Huber, 1964).

    >>> from glassworks import losses
    >>> losses.huber([[0.0]], [[3.0]]).numpy().round(4)
    array([2.5], dtype=float32)
    """
    y_true, y_pred = pair(y_true, y_pred, "huber")
    error = ops.absolute(y_pred - y_true)
    return ops.mean(ops.where(error <= delta, 0.5 * ops.square(error), delta * error - 0.5 * delta * delta), axis=-1)


def log_cosh(y_true: ArrayLike, y_pred: ArrayLike) -> Tensor:
    """The mean of log(cosh(y_pred - y_true)): squared for small errors, absolute for large ones.

    >>> from glassworks import losses
    >>> losses.log_cosh([[0.0]], [[1.0]]).numpy().round(4)
    array([0.4338], dtype=float32)
    """
    y_true, y_pred = pair(y_true, y_pred, "log_cosh")
    error = y_pred - y_true
    return ops.mean(error + ops.softplus(-2.0 * error) - math.log(2.0), axis=-1)


def poisson(y_true: ArrayLike, y_pred: ArrayLike) -> Tensor:
    """The mean of y_pred - y_true * log(y_pred), for counts.

    >>> from glassworks import losses
    >>> losses.poisson([[1.0]], [[1.0]]).numpy().round(4)
    array([1.], dtype=float32)
    """
    y_true, y_pred = pair(y_true, y_pred, "poisson")
    return ops.mean(y_pred - y_true * ops.log(y_pred + settings.epsilon()), axis=-1)


@defaults(name="mean_squared_error")
class MeanSquaredError(FunctionLoss):
    """The mean squared error.

    Args:
        reduction, name, dtype: See `Loss`.

    >>> from glassworks import losses
    >>> float(losses.MeanSquaredError()([[0.0, 1.0]], [[1.0, 1.0]]))
    0.5
    """

    _function = staticmethod(mean_squared_error)


@defaults(name="mean_absolute_error")
class MeanAbsoluteError(FunctionLoss):
    """The mean absolute error.

    Args:
        reduction, name, dtype: See `Loss`.

    >>> from glassworks import losses
    >>> float(losses.MeanAbsoluteError()([[0.0, 1.0]], [[2.0, 1.0]]))
    1.0
    """

    _function = staticmethod(mean_absolute_error)


@defaults(name="mean_absolute_percentage_error")
class MeanAbsolutePercentageError(FunctionLoss):
    """The mean absolute error in percent of the target.

    Args:
        reduction, name, dtype: See `Loss`.

    >>> from glassworks import losses
    >>> float(losses.MeanAbsolutePercentageError()([[2.0]], [[3.0]]))
    50.0
    """

    _function = staticmethod(mean_absolute_percentage_error)


@defaults(name="mean_squared_logarithmic_error")
class MeanSquaredLogarithmicError(FunctionLoss):
    """The mean squared error of logarithms, for targets over several orders of magnitude.

    Args:
        reduction, name, dtype: See `Loss`.

    >>> from glassworks import losses
    >>> round(float(losses.MeanSquaredLogarithmicError()([[0.0]], [[1.0]])), 4)
    0.4805
    """

    _function = staticmethod(mean_squared_logarithmic_error)


class CosineSimilarity(LossFunctionWrapper):
    """Minus the cosine of the angle between targets and predictions.

    Args:
        axis: The axis of the vectors.
        reduction, name, dtype: See `Loss`.

    >>> from glassworks import losses
    >>> round(float(losses.CosineSimilarity()([[0.0, 1.0]], [[0.0, 2.0]])), 4)
    -1.0
    """

    axis = Anything()

    def __init__(
        self, axis: int = -1, reduction: str | None = "sum_over_batch_size", name: str | None = "cosine_similarity", dtype: DTypeLike = None
    ) -> None:
        super().__init__(cosine_similarity, reduction, name, dtype, axis=axis)


class Huber(LossFunctionWrapper):
    """Squared error up to `delta`, absolute error beyond.

    Args:
        delta: The error at which squared changes to absolute.
        reduction, name, dtype: See `Loss`.

    >>> from glassworks import losses
    >>> float(losses.Huber()([[0.0]], [[3.0]]))
    2.5
    """

    delta = Anything()

    def __init__(
        self, delta: float = 1.0, reduction: str | None = "sum_over_batch_size", name: str | None = "huber_loss", dtype: DTypeLike = None
    ) -> None:
        super().__init__(huber, reduction, name, dtype, delta=delta)


@defaults(name="log_cosh")
class LogCosh(FunctionLoss):
    """The logarithm of the hyperbolic cosine of the error.

    Args:
        reduction, name, dtype: See `Loss`.

    >>> from glassworks import losses
    >>> round(float(losses.LogCosh()([[0.0]], [[1.0]])), 4)
    0.4338
    """

    _function = staticmethod(log_cosh)


@defaults(name="poisson")
class Poisson(FunctionLoss):
    """The Poisson loss, for counts.

    Args:
        reduction, name, dtype: See `Loss`.

    >>> from glassworks import losses
    >>> round(float(losses.Poisson()([[1.0]], [[1.0]])), 4)
    1.0
    """

    _function = staticmethod(poisson)


LOSSES.add(mean_squared_error, "mse", "MSE")
LOSSES.add(mean_absolute_error, "mae", "MAE")
LOSSES.add(mean_absolute_percentage_error, "mape", "MAPE")
LOSSES.add(mean_squared_logarithmic_error, "msle", "MSLE")
LOSSES.add(log_cosh, "logcosh")
LOSSES.add(huber, "huber_loss")
for _function in (cosine_similarity, poisson):
    LOSSES.add(_function)

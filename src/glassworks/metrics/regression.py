"""Regression errors, as metrics."""

from __future__ import annotations

from typing import Any

from glassworks import ops
from glassworks.arguments import Anything, Integer, OneOf
from glassworks.configured import defaults
from glassworks.errors import ShapeError
from glassworks.graph import spec_of
from glassworks.losses import (
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
)
from glassworks.losses.base import same_rank
from glassworks.metrics.base import METRICS, Metric
from glassworks.metrics.labels import check_one_per_output
from glassworks.metrics.reduction import FunctionMetric, Mean, MeanMetricWrapper
from glassworks.typing import ArrayLike, DTypeLike, Tensor


@defaults(name="mean_squared_error")
class MeanSquaredError(FunctionMetric):
    """The mean squared error.

    >>> from glassworks import metrics
    >>> float(metrics.MeanSquaredError()([[0.0]], [[2.0]]))
    4.0
    """

    _direction = "down"
    _function = staticmethod(mean_squared_error)


@defaults(name="mean_absolute_error")
class MeanAbsoluteError(FunctionMetric):
    """The mean absolute error.

    >>> from glassworks import metrics
    >>> float(metrics.MeanAbsoluteError()([[0.0]], [[2.0]]))
    2.0
    """

    _direction = "down"
    _function = staticmethod(mean_absolute_error)


@defaults(name="mean_absolute_percentage_error")
class MeanAbsolutePercentageError(FunctionMetric):
    """The mean absolute error in percent of the target.

    >>> from glassworks import metrics
    >>> float(metrics.MeanAbsolutePercentageError()([[2.0]], [[3.0]]))
    50.0
    """

    _direction = "down"
    _function = staticmethod(mean_absolute_percentage_error)


@defaults(name="mean_squared_logarithmic_error")
class MeanSquaredLogarithmicError(FunctionMetric):
    """The mean squared error of logarithms.

    >>> from glassworks import metrics
    >>> round(float(metrics.MeanSquaredLogarithmicError()([[0.0]], [[1.0]])), 4)
    0.4805
    """

    _direction = "down"
    _function = staticmethod(mean_squared_logarithmic_error)


@defaults(name="logcosh")
class LogCoshError(FunctionMetric):
    """The mean of the logarithm of the error's hyperbolic cosine.

    >>> from glassworks import metrics
    >>> round(float(metrics.LogCoshError()([[0.0]], [[1.0]])), 4)
    0.4338
    """

    _direction = "down"
    _function = staticmethod(log_cosh)


class RootMeanSquaredError(Mean):
    """The square root of the mean squared error.

    >>> from glassworks import metrics
    >>> float(metrics.RootMeanSquaredError()([0.0, 0.0], [3.0, 3.0]))
    3.0
    """

    _direction = "down"

    def __init__(self, name: str | None = "root_mean_squared_error", dtype: DTypeLike = None) -> None:
        super().__init__(name, dtype)

    # Targets and predictions, as in Keras, where the mean that it inherits from takes values.
    def update_state(self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> None:  # type: ignore[override]
        y_true, y_pred = same_rank(ops.convert_to_tensor(y_true, self._sum_dtype), ops.convert_to_tensor(y_pred, self._sum_dtype))
        self._count(ops.square(y_pred - y_true), sample_weight)

    def result(self) -> Tensor:
        return ops.sqrt(super().result())


def cosine_similarity(y_true: ArrayLike, y_pred: ArrayLike, axis: int = -1) -> Tensor:
    """The cosine of the angle between target and prediction."""
    y_true, y_pred = same_rank(ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred))
    return ops.sum(ops.normalize(y_true, axis=axis) * ops.normalize(y_pred, axis=axis), axis=axis)


class CosineSimilarity(MeanMetricWrapper):
    """The mean cosine of the angle between target and prediction.

    >>> from glassworks import metrics
    >>> round(float(metrics.CosineSimilarity()([[0.0, 1.0]], [[0.0, 2.0]])), 4)
    1.0
    """

    _direction = "up"
    axis = Anything()

    def __init__(self, name: str | None = "cosine_similarity", dtype: DTypeLike = None, axis: int = -1) -> None:
        super().__init__(cosine_similarity, name, dtype, axis=axis)


class R2Score(Metric):
    """The fraction of the targets' variance that the predictions explain: 1 is perfect, 0 as good as their mean.

    Args:
        class_aggregation: `"uniform_average"` or `"variance_weighted_average"` over outputs, or None for one value each.
        num_regressors: For the adjusted score: the number of input features.
        name, dtype: See `Metric`.

    >>> from glassworks import metrics
    >>> round(float(metrics.R2Score()([[1.0], [4.0], [3.0]], [[2.0], [4.0], [4.0]])), 4)
    0.5714
    """

    _direction = "up"
    class_aggregation = OneOf("uniform_average", "variance_weighted_average", None)
    num_regressors = Integer(0, floats=True)

    def __init__(
        self,
        class_aggregation: str | None = "uniform_average",
        num_regressors: int = 0,
        name: str | None = "r2_score",
        dtype: DTypeLike = None,
    ) -> None:
        super().__init__(dtype, name)
        self._keep_arguments(class_aggregation=class_aggregation, num_regressors=num_regressors)
        self.num_samples = self.add_variable((), "zeros", name="num_samples")
        self._built = False

    def _build(self, targets: tuple, shape: tuple) -> None:
        if len(shape) != 2 or len(targets) != 2:
            found = f"targets of shape {targets} and predictions of shape {shape}"
            raise ShapeError(found, "shape (batch, outputs) for both", "reshape them with y.reshape(-1, 1)", where="R2Score")
        outputs = (shape[1],)
        self.squared_sum = self.add_variable(outputs, "zeros", name="squared_sum")
        self.sum = self.add_variable(outputs, "zeros", name="sum")
        self.total_mse = self.add_variable(outputs, "zeros", name="residual")
        self.count = self.add_variable(outputs, "zeros", name="count")
        self._built = True

    def update_state(self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> None:
        y_true, y_pred = same_rank(ops.convert_to_tensor(y_true, self._sum_dtype), ops.convert_to_tensor(y_pred, self._sum_dtype))
        if not self._built:
            self._build(tuple(spec_of(y_true).shape), tuple(spec_of(y_pred).shape))
        check_one_per_output(y_true, y_pred)
        weight: Any = 1.0 if sample_weight is None else ops.cast(sample_weight, self._sum_dtype)
        if sample_weight is not None and len(spec_of(weight).shape) == 1:
            weight = ops.expand_dims(weight, 1)
        weighted = y_true * weight
        self.sum.assign_add(ops.sum(weighted, axis=0))
        self.squared_sum.assign_add(ops.sum(y_true * weighted, axis=0))
        self.total_mse.assign_add(ops.sum(ops.square(y_true - y_pred) * weight, axis=0))
        self.count.assign_add(ops.sum(weight + y_true * 0.0, axis=0))
        self.num_samples.assign_add(float(spec_of(y_true).size))

    def result(self) -> Tensor:
        if not self._built:
            return ops.zeros(())
        mean = self.sum.value / self.count.value
        total = self.squared_sum.value - self.sum.value * mean
        raw = 1.0 - self.total_mse.value / total
        raw = ops.where(ops.isinf(raw), 0.0, raw)
        if self.class_aggregation == "uniform_average":
            score = ops.mean(raw)
        elif self.class_aggregation == "variance_weighted_average":
            score = ops.sum(total * raw) / ops.sum(total)
        else:
            score = raw
        if self.num_regressors:
            samples = self.num_samples.value
            free = samples - self.num_regressors - 1.0
            adjusted = 1.0 - ops.divide_no_nan((1.0 - score) * (samples - 1.0), free)
            # With too few samples there is nothing to adjust by.
            score = ops.where(free > 0, adjusted, score)
        return score


METRICS.add(mean_squared_error, "mse", "MSE")
METRICS.add(mean_absolute_error, "mae", "MAE")
METRICS.add(mean_absolute_percentage_error, "mape", "MAPE")
METRICS.add(mean_squared_logarithmic_error, "msle", "MSLE")
METRICS.add(log_cosh, "logcosh")
METRICS.add(cosine_similarity)
METRICS.add(RootMeanSquaredError, "rmse", "RMSE")

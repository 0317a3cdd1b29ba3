"""Means and sums over all batches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from glassworks import dtypes, ops
from glassworks.configured import FunctionWrapper
from glassworks.errors import returned_none
from glassworks.graph import spec_of
from glassworks.losses.base import masked
from glassworks.metrics.base import Metric
from glassworks.typing import ArrayLike, DTypeLike, Tensor


def weighted_values(
    values: ArrayLike, sample_weight: ArrayLike | None, dtype: str, reduce: Callable[..., Tensor] = ops.mean
) -> tuple[Tensor, Tensor | None]:
    """Values times their weights, and the weights, both of one shape.

    Args:
        values: The values; those with a mask, as of an ignored class, count where they have weights and the mask is True.
        sample_weight: A weight for each value, or for each sample, whose values are reduced to one first.
        dtype: The dtype of both.
        reduce: The function that reduces them.
    """
    mask = getattr(values, "_keras_mask", None)
    values = ops.cast(values, dtype)
    if sample_weight is None:
        return values, None
    sample_weight = ops.cast(sample_weight, dtype)
    if mask is not None:
        sample_weight = masked(sample_weight, ops.cast(mask, dtype), "sum")
    shape, weights = spec_of(values).shape, spec_of(sample_weight).shape
    if len(weights) == len(shape) + 1 and weights[-1] == 1:
        sample_weight = ops.squeeze(sample_weight, -1)
    elif 0 < len(weights) < len(shape):
        values = reduce(values, axis=tuple(range(len(weights), len(shape))))
    return values * sample_weight, ops.broadcast_to(sample_weight, spec_of(values).shape)


def _widened(x: ArrayLike) -> Tensor:
    """Predictions in the dtype of the sums, so that the function's own arithmetic neither overflows nor rounds to 16 bits."""
    x = ops.convert_to_tensor(x)
    return ops.cast(x, dtypes.accumulator(spec_of(x).dtype))


class Sum(Metric):
    """The weighted sum of all values.

    >>> from glassworks import metrics
    >>> float(metrics.Sum()([1, 2, 3]))
    6.0
    """

    def __init__(self, name: str | None = "sum", dtype: DTypeLike = None) -> None:
        super().__init__(dtype, name)
        self.total = self.add_variable((), "zeros", name="total")

    def update_state(self, values: ArrayLike, sample_weight: ArrayLike | None = None) -> None:
        self.total.assign_add(ops.sum(weighted_values(values, sample_weight, self._sum_dtype, ops.sum)[0]))

    def result(self) -> Tensor:
        return ops.cast(self.total.value, self.dtype)


class Mean(Metric):
    """The weighted mean of all values.

    >>> from glassworks import metrics
    >>> mean = metrics.Mean()
    >>> mean.update_state([1, 3])
    >>> float(mean([5], sample_weight=[2]))
    3.5
    """

    def __init__(self, name: str | None = "mean", dtype: DTypeLike = None) -> None:
        super().__init__(dtype, name)
        self.total = self.add_variable((), "zeros", name="total")
        self.count = self.add_variable((), "zeros", name="count")

    def update_state(self, *args: Any, sample_weight: ArrayLike | None = None) -> None:
        """Add values to the mean: `update_state(values, sample_weight=None)`."""
        values, *more = args
        self._count(values, more[0] if more else sample_weight)

    def _count(self, values: ArrayLike, sample_weight: ArrayLike | None) -> None:
        values, weights = weighted_values(values, sample_weight, self._sum_dtype)
        self.total.assign_add(ops.sum(values))
        self.count.assign_add(float(spec_of(values).size) if weights is None else ops.sum(weights))

    def result(self) -> Tensor:
        """The mean so far; 0 before the first value."""
        return ops.cast(ops.divide_no_nan(self.total.value, self.count.value), self.dtype)


class MeanMetricWrapper(FunctionWrapper, Mean):
    """The mean of a function of (y_true, y_pred).

    Args:
        fn: The function, which returns one value per sample.
        name: Its name; the function's by default.
        dtype: The dtype of the computation.
        kwargs: Options passed on to the function.

    >>> from glassworks import losses, metrics
    >>> float(metrics.MeanMetricWrapper(losses.mean_absolute_error)([[1.0]], [[3.0]]))
    2.0
    """

    def __init__(self, fn: Callable, name: str | None = None, dtype: DTypeLike = None, **kwargs: Any) -> None:
        super().__init__(name or getattr(fn, "__name__", None), dtype)
        self._keep_function(fn, kwargs)

    # Targets and predictions, as in Keras, where the mean that it inherits from takes values.
    def update_state(self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> None:  # type: ignore[override]
        mask = getattr(y_pred, "_keras_mask", None)
        with self._named():
            values = self.fn(ops.convert_to_tensor(y_true), _widened(y_pred), **self.options)
        if values is None:
            raise returned_none(getattr(self.fn, "__name__", repr(self.fn)), "value")
        if mask is not None:
            given = None if sample_weight is None else ops.cast(sample_weight, self._sum_dtype)
            sample_weight = masked(given, ops.cast(mask, self._sum_dtype), "sum")
        self._count(values, sample_weight)


class FunctionMetric(MeanMetricWrapper):
    """The base of metrics whose function has no options: their common constructor."""

    _function: ClassVar[staticmethod]

    def __init__(self, name: str | None = None, dtype: DTypeLike = None) -> None:
        super().__init__(self._function, name, dtype)

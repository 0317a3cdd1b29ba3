"""Means and sums over all batches."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

from glassworks import dtypes, ops
from glassworks.configured import FunctionWrapper
from glassworks.errors import returned_none
from glassworks.graph import spec_of
from glassworks.losses.base import masked, same_rank
from glassworks.metrics.base import Metric
from glassworks.typing import ArrayLike, DTypeLike, Tensor


def per_sample(
    values: ArrayLike, sample_weight: ArrayLike | None, dtype: str, reduce: Callable[..., Tensor]
) -> tuple[Tensor, Tensor | None]:
    """One weighted value per sample, and its weight; without weights the values as they are.

    Args:
        values: The values, shape (batch, ...).
        sample_weight: Weights for the first axes of the values; what is inside of those axes is reduced before it is weighted.
        dtype: The dtype of the sums.
        reduce: How the entries of a sample become one value: `ops.mean` or `ops.sum`.
    """
    mask = getattr(values, "_keras_mask", None)
    values = ops.cast(values, dtype)
    if sample_weight is None:
        return values, None
    sample_weight = ops.cast(sample_weight, dtype)
    # As in Keras, a mask of the values, such as that of `ignore_class`, counts together with weights only.
    if mask is not None:
        sample_weight = masked(sample_weight, ops.cast(mask, dtype), "sum")
    values, sample_weight = same_rank(values, sample_weight)
    weighted_axes = len(spec_of(sample_weight).shape)
    values = _from_axis(values, weighted_axes, reduce)
    sample_weight = ops.broadcast_to(sample_weight, spec_of(values).shape)
    return _from_axis(values * sample_weight, 1, reduce), _from_axis(sample_weight, 1, reduce)


def _from_axis(x: Tensor, axis: int, reduce: Callable[..., Tensor]) -> Tensor:
    """An array that is reduced over an axis and all that follow."""
    rank = len(spec_of(x).shape)
    return reduce(x, axis=tuple(range(axis, rank))) if rank > axis else x


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
        self.total.assign_add(ops.sum(per_sample(values, sample_weight, self._sum_dtype, ops.sum)[0]))

    def result(self) -> Tensor:
        return ops.cast(self.total.value, self.dtype)


class Mean(Metric):
    """The weighted mean of all values; where samples have several, each sample counts once, with the mean of its own.

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
        values, weights = per_sample(values, sample_weight, self._sum_dtype, ops.mean)
        total, shape = ops.sum(values), spec_of(values).shape
        # A sample counts the same, however many values it has.
        entries = 1 if weights is not None else math.prod(shape[1:])
        self.total.assign_add(total if entries == 1 else total / float(entries))
        self.count.assign_add(float(shape[0] if shape else 1) if weights is None else ops.sum(weights))

    def result(self) -> Tensor:
        """The mean so far; 0 before the first value."""
        return ops.cast(ops.divide_no_nan(self.total.value, self.count.value), self.dtype)


class MeanMetricWrapper(FunctionWrapper, Mean):
    """The mean of a function of (y_true, y_pred).

    Args:
        fn: The function, which returns one value per sample, or several that are averaged.
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

"""Means and sums over all batches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from glassworks import ops
from glassworks.graph import spec_of
from glassworks.metrics.base import Metric


class Mean(Metric):
    """The weighted mean of all values."""

    def __init__(self, name: str | None = "mean", dtype: Any = None) -> None:
        super().__init__(dtype, name)
        self.total = self.add_variable((), "zeros", name="total")
        self.count = self.add_variable((), "zeros", name="count")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Count values."""
        values = ops.cast(values, self.dtype)
        if sample_weight is None:
            count: Any = float(spec_of(values).size)
        else:
            sample_weight = ops.cast(sample_weight, self.dtype)
            rank = len(spec_of(sample_weight).shape)
            if 0 < rank < len(spec_of(values).shape):
                values = ops.mean(values, axis=tuple(range(rank, len(spec_of(values).shape))))
            values = values * sample_weight
            count = ops.sum(ops.broadcast_to(sample_weight, spec_of(values).shape))
        self.total.assign_add(ops.sum(values))
        self.count.assign_add(count)

    def result(self) -> Any:
        """The mean so far."""
        return ops.divide_no_nan(self.total.value, self.count.value)


class MeanMetricWrapper(Mean):
    """The mean of a function of (y_true, y_pred)."""

    def __init__(self, fn: Callable, name: str | None = None, dtype: Any = None, **kwargs: Any) -> None:
        super().__init__(name or fn.__name__, dtype)
        self.fn, self.options = fn, kwargs

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count a batch."""
        super().update_state(self.fn(ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred), **self.options), sample_weight)

"""The base of callbacks that monitor a number of the logs: its name, the better direction, improvements."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassworks.arguments import AnyCase, Anything, Number
from glassworks.errors import ArgumentError, go_on, suggest, warn
from glassworks.training.callbacks.callback import Callback, Logs

_UP = ("acc", "auc", "precision", "recall", "f1", "fbeta", "r2", "iou", "top_k", "sensitivity", "specificity", "similarity", "hits")
_DOWN = ("loss", "error", "mse", "mae", "mape", "msle", "rmse", "entropy", "divergence", "perplexity", "hinge", "logcosh", "poisson")


class _Distance(Number):
    """A number without its sign."""

    def convert(self, value: float) -> float:
        return abs(value)


class _Mode(AnyCase):
    """A direction; as in Keras, an unknown name means "auto", with a warning."""

    def __init__(self) -> None:
        super().__init__("auto", "min", "max")

    def allows(self, value: object) -> bool:
        return isinstance(value, str)

    def convert(self, value: str) -> str:
        if super().allows(value):
            return super().convert(value)
        go_on(ArgumentError(f"mode={value!r}, which counts as 'auto'", f"mode to be {self}", self.fix(value)))
        return "auto"


class MonitorCallback(Callback):
    """Base class of callbacks that monitor an entry of the logs.

    Args:
        monitor: Its name, such as `"val_loss"`.
        mode: "min" if smaller is better, "max" if larger is, "auto" to decide by the metric.
        min_delta: The least change that counts as an improvement.

    Raises:
        ArgumentError: At the first epoch, a metric whose direction "auto" does not know.
    """

    monitor = Anything()
    mode = _Mode()
    min_delta = _Distance()

    def __init__(self, monitor: str = "val_loss", mode: str = "auto", min_delta: float = 0) -> None:
        super().__init__()
        self._keep_arguments(monitor=monitor, mode=mode, min_delta=min_delta)
        self.best: float | None = None
        self._larger_is_better: bool | None = None
        self._warned = False

    @property
    def monitor_op(self) -> np.ufunc | None:
        """The comparison of a new value with the best: `numpy.greater` or `numpy.less`; None before mode "auto" has met the metric."""
        if self._larger_is_better is None and self.mode == "auto":
            return None
        return np.greater if self._larger_is_better or self.mode == "max" else np.less

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Reset the state of an earlier training."""
        self.best = None
        self._warned = False

    _state: tuple[str, ...] = ("best", "_warned")
    """The attributes that change from epoch to epoch."""

    def get_state(self) -> dict[str, Any]:
        """The best value so far, and what the callback counts."""
        return {name: getattr(self, name) for name in self._state}

    def monitored(self, logs: Logs | None) -> float | None:
        """The monitored number; None, with a warning the first time, if the logs do not have it."""
        value = (logs or {}).get(self.monitor)
        if value is None and not self._warned:
            self._warned = True
            warn(_missing(type(self).__name__, self.monitor, logs or {}))
        return value

    def improves(self, value: float, reference: float | None) -> bool:
        """Whether a value is better than a reference by more than `min_delta`; anything is better than None."""
        if self._larger_is_better is None:
            self._larger_is_better = self._direction()
        if reference is None:
            return True
        return value - self.min_delta > reference if self._larger_is_better else value + self.min_delta < reference

    def _direction(self) -> bool:
        if self.mode != "auto":
            return self.mode == "max"
        name = self.monitor.removeprefix("val_")
        for metric in _single(getattr(self.model, "metrics", None) or []):
            direction = getattr(metric, "_direction", None)
            if metric.name == name and direction in ("up", "down"):
                return direction == "up"
        if any(word in name.lower() for word in _DOWN):
            return False
        if any(word in name.lower() for word in _UP):
            return True
        raise ArgumentError(
            f"monitor={self.monitor!r} with mode='auto'",
            "a metric of which it is known whether larger is better",
            "pass mode='max' if larger is better, else mode='min'",
            where=type(self).__name__,
        )


def _single(metrics: list[Any]) -> list[Any]:
    """The metrics, with those of `compile` one by one."""
    return [one for metric in metrics for one in getattr(metric, "metrics", [metric])]


def _missing(where: str, monitor: str, logs: Logs) -> str:
    there = ", ".join(logs) or "none"
    if monitor.startswith("val_") and not any(name.startswith("val_") for name in logs):
        fix = f"pass validation_data or validation_split to fit(), or monitor={monitor.removeprefix('val_')!r}"
    else:
        fix = suggest(monitor, logs)
    return f"[{where}] monitor={monitor!r} is not in the logs of this epoch, so nothing was done. There are: {there}. {fix}"

"""What tools need that train a copy of a model: the loss of a step, and the learning rate, whatever kind of optimizer it has."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from glassworks.errors import StateError
from glassworks.optimizers import Optimizer
from glassworks.optimizers.schedules.base import LearningRateSchedule

if TYPE_CHECKING:
    from glassworks.models.model import Model
    from glassworks.typing import ArrayLike


class Constant(LearningRateSchedule):
    """One rate for all steps. Unlike a number, it takes the place of any other schedule.

    >>> Constant(0.1)(7)
    0.1
    """

    def __init__(self, rate: float) -> None:
        self.rate = rate

    def __call__(self, step: ArrayLike) -> Any:
        """The rate."""
        return self.rate


def loss_of(logs: dict[str, float]) -> float:
    """The loss among the logs of a step: "loss", or the first number with that word in its name, or the first one."""
    if not logs:
        raise StateError(
            "a train_step that returns no numbers",
            "a dict with the loss",
            'end train_step with: return {"loss": loss}',
            where="insight",
        )
    name = "loss" if "loss" in logs else next((name for name in logs if "loss" in name), next(iter(logs)))
    return float(np.mean(logs[name]))


def rate_of(model: Model) -> float | None:
    """The learning rate of the next step; None where the optimizer does not say."""
    rate = getattr(model.optimizer, "learning_rate", None)
    if rate is None:
        return None
    number = float(np.asarray(rate))
    return number if math.isfinite(number) else None


def set_rate(model: Model, rate: float | LearningRateSchedule) -> None:
    """Give a copy another learning rate or schedule."""
    optimizer = model.optimizer
    if not isinstance(optimizer, Optimizer):
        raise StateError(
            f"an optimizer of type {type(optimizer).__name__}",
            "an optimizer with a learning rate",
            'model.compile(optimizer="adam", ...)',
            where="insight",
        )
    optimizer.learning_rate = rate if isinstance(rate, LearningRateSchedule) else Constant(rate)

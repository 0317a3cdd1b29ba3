"""`LearningRateSchedule`: a learning rate that depends on the step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from glassworks import registry
from glassworks.configured import Configured
from glassworks.guards import Observed
from glassworks.typing import ArrayLike, Tensor

SCHEDULES = registry.Registry("optimizers.schedules", "schedule")


class LearningRateSchedule(Configured, Observed):
    """The base of all schedules. Subclasses write `__call__(step)`, with ops, and `get_config`.

    >>> from glassworks import optimizers
    >>> class Halving(optimizers.schedules.LearningRateSchedule):
    ...     def __call__(self, step):
    ...         return 0.1 * 0.5 ** (step // 1000)
    >>> Halving()(2000)
    0.025
    """

    def __call__(self, step: ArrayLike) -> Tensor:
        """The learning rate at a step."""
        raise NotImplementedError(f"schedule {type(self).__name__} does not define __call__(self, step)")

    def get_config(self) -> dict[str, Any]:
        if not type(self)._declared_arguments:
            raise NotImplementedError(f"schedule {type(self).__name__} does not define get_config(self), which saving needs")
        return super().get_config()


def serialize(learning_rate_schedule: LearningRateSchedule) -> Any:
    """The config of a schedule."""
    return registry.serialize(learning_rate_schedule)


def deserialize(config: Any, custom_objects: dict | None = None) -> Any:
    """A schedule from its config."""
    return registry.deserialize(config, custom_objects, kind="optimizers.schedules")


LearningRate: TypeAlias = float | LearningRateSchedule | Callable[[], ArrayLike]
"""A number, a schedule, or a function without arguments that is asked at each step."""

"""`LearningRateScheduler`: the learning rate of each epoch by a function."""

from __future__ import annotations

import inspect
import numbers
from collections.abc import Callable
from typing import Any

from glassworks.arguments import Anything
from glassworks.arguments import Callable as CallableArgument
from glassworks.errors import ArgumentTypeError, StateError
from glassworks.training.callbacks.callback import Callback, Logs
from glassworks.training.progress import say


class LearningRateScheduler(Callback):
    """Set the learning rate at the start of each epoch, and add it to the logs as `learning_rate`.

    Args:
        schedule: `schedule(epoch, learning_rate)` or `schedule(epoch)`; epochs count from 0. Returns the learning rate.
        verbose: 1 to print each change.

    Raises:
        ArgumentTypeError: The function returned something that is not a number.
        StateError: The optimizer has a schedule.

    >>> halved = LearningRateScheduler(lambda epoch, rate: rate * 0.5 if epoch else rate)
    """

    schedule = CallableArgument()
    verbose = Anything()

    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        super().__init__()
        self._keep_arguments(schedule=schedule, verbose=verbose)

    def get_state(self) -> dict[str, Any]:
        """Nothing: the learning rate is a variable of the optimizer."""
        return {}

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Set the learning rate of this epoch."""
        optimizer = self.model.optimizer
        arguments = (epoch, float(optimizer.learning_rate)) if _takes_two(self.schedule) else (epoch,)
        rate = self.schedule(*arguments)
        if getattr(rate, "ndim", None) == 0:
            rate = float(rate)
        if isinstance(rate, bool) or not isinstance(rate, numbers.Real):
            raise ArgumentTypeError(
                f"schedule{arguments} returned {rate!r}",
                "a number",
                "return the learning rate from the function",
                where="LearningRateScheduler",
            )
        set_learning_rate(optimizer, float(rate), "LearningRateScheduler")
        if self.verbose:
            say(f"Epoch {epoch + 1}: learning rate {float(rate):.4g}")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Add the learning rate to the logs."""
        if logs is not None:
            logs["learning_rate"] = float(self.model.optimizer.learning_rate)


def set_learning_rate(optimizer: Any, rate: float, where: str) -> None:
    """Set an optimizer's learning rate; a `StateError` if a schedule decides it."""
    try:
        optimizer.learning_rate = rate
    except (TypeError, ValueError, AttributeError) as error:
        raise StateError(
            f"{type(optimizer).__name__} does not let its learning rate be set: {getattr(error, 'found', error)}",
            "an optimizer with a number as its learning rate",
            f"remove the {where} callback, or the schedule from the optimizer",
            where=where,
        ) from None


def _takes_two(function: Callable[..., Any]) -> bool:
    try:
        inspect.signature(function).bind(0, 0.0)
    except TypeError:
        return False
    except ValueError:  # built-in functions without a signature
        return True
    return True

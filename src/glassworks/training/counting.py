"""Which trainer's metrics are counting: a call inside a callback must not change the numbers of the epoch around it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from glassworks.context import context
from glassworks.graph import Variable

if TYPE_CHECKING:
    from glassworks.training.trainer import Trainer


@contextmanager
def counting(trainer: Trainer) -> Iterator[None]:
    """Within this `with` block a trainer uses the metrics of its model.

    What an outer block was counting (the epoch of a `fit` whose callback evaluates) is restored at the end, whether the
    inner block uses the same model or another one with the same metrics. So is whether the outer `fit` shall stop.
    """
    outer = context.trainers
    used = [variable for other in outer for variable in _variables(other)]
    kept = [(variable, variable.value) for variable in used]
    nested, stopping = any(other is trainer for other in outer), trainer.stop_training
    outer.append(trainer)
    try:
        yield
    finally:
        outer.pop()
        for variable, value in kept:
            variable.assign(value)
        if nested:
            _forget_new(trainer, used)
            trainer.stop_training = stopping


def counts(function: Callable) -> Callable:
    """Decorate a function whose first argument is a trainer, so that it runs in a block of `counting`."""

    @functools.wraps(function)
    def wrapped(trainer: Trainer, *args: Any, **kwargs: Any) -> Any:
        with counting(trainer):
            return function(trainer, *args, **kwargs)

    return wrapped


def _variables(trainer: Trainer) -> list[Variable]:
    return [variable for metric in trainer.model.metrics for variable in metric.variables]


def _forget_new(trainer: Trainer, known: list[Variable]) -> None:
    """Reset the metrics that the inner block created: the outer block has not counted anything in them yet."""
    for metric in trainer.model.metrics:
        if not any(variable is one for variable in metric.variables for one in known):
            metric.reset_state()

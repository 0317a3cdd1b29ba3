"""The rules that look at the `Course` of a training, by name. Each is a pure function from measured numbers to a finding."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from glassworks.checks import CHECKS, Finding, is_on
from glassworks.training.diagnosis.course import Course

Moment = Literal["look", "epoch", "examination"]
"""When a rule looks: after some steps, after an epoch, after an examination of the network. All of them look when training ends."""


class Rule(NamedTuple):
    """A rule.

    Attributes:
        at: When it looks.
        look: From the course of a training to a finding, or None.
    """

    at: Moment
    look: Callable[[Course], Finding | None]


DURING_TRAINING: dict[str, Rule] = {}
"""The name of a check -> its rule."""
ORDER = (
    "exploding_gradients",
    "learning_rate_high",
    "loss_floor",
    "batch_norm_modes",
    "clipped_loss",
    "underfitting",
    "dead_units",
    "saturated_units",
    "vanishing_gradients",
    "learning_rate_low",
    "one_class_predicted",
    "nothing_learned",
    "overfitting",
    "plateau",
)
"""The order in which rules look: causes before what follows from them."""


def watches_for(name: str, at: Moment) -> Callable[[Callable[[Course], Finding | None]], Callable[[Course], Finding | None]]:
    """Register a function as the rule of a name in `glassworks.checks.CHECKS`."""
    assert name in CHECKS, f"{name} has no line in glassworks.checks.CHECKS"

    def register(function: Callable[[Course], Finding | None]) -> Callable[[Course], Finding | None]:
        DURING_TRAINING[name] = Rule(at, function)
        return function

    return register


def results(course: Course, at: Moment | None) -> Iterator[tuple[str, Finding | None]]:
    """The result of each rule that is on and looks at this moment; of all rules for None."""
    for name in sorted(DURING_TRAINING, key=ORDER.index):
        rule = DURING_TRAINING[name]
        if at in (None, rule.at) and is_on(name):
            yield name, rule.look(course)

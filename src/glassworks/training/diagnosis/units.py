"""Rules about units that are stuck: dead ones of relu, saturated ones of sigmoid and tanh."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from glassworks.checks import Finding, Severity
from glassworks.training.diagnosis.course import Course
from glassworks.training.diagnosis.examination import DIES, SATURATES, Examination
from glassworks.training.diagnosis.rules import watches_for

# A relu is 0 for about half of its inputs (Glorot et al., 2011), so the mean says nothing: a unit is dead if it is 0 for every sample.
DEAD_INFO, DEAD_WARNING, DEAD_ERROR = 0.1, 0.3, 0.5
"""Shares of dead units in a layer. SageMaker's debugger and nnscope give an alarm at 50%."""
SATURATED = 0.25
"""The share of saturated units in a layer from which on it is reported."""
ALWAYS = 0.9
"""A unit is saturated if it is near an end of its range for this share of the samples."""


@watches_for("dead_units", at="examination")
def dead_units(course: Course) -> Finding | None:
    """A finding if many units of a layer were 0 for every sample in all of the last examinations."""
    worst = max(_stuck(course.last_examinations, DIES, 1.0), key=lambda layer: layer[2].mean(), default=None)
    if worst is None or worst[2].mean() <= DEAD_INFO:
        return None
    layer, op, stuck = worst
    share, samples = float(stuck.mean()), sum(look.samples for look in course.last_examinations)
    limit = DEAD_WARNING if share > DEAD_WARNING else DEAD_INFO
    severity: Severity = "error" if share > DEAD_ERROR else "warning" if share > DEAD_WARNING else "info"
    return Finding(
        "dead_units",
        course.where,
        f"{int(stuck.sum())} of {stuck.size} units of '{layer}' ({op}) were 0 for all of {samples} samples: {_numbers(stuck)}",
        f"at most {limit:.0%} of the units of a layer",
        f"activation='leaky_relu' in '{layer}', which has a slope on both sides; and {_rate(course)}kernel_initializer='he_normal', bias_initializer='zeros'",
        "a dead unit has no slope, so no gradient reaches its weights and it never comes back",
        "info" if course.learns else severity,
        layer,
        share,
        limit,
        course.line,
    )


@watches_for("saturated_units", at="examination")
def saturated_units(course: Course) -> Finding | None:
    """A finding if many units of a layer were at an end of their range for almost every sample in all of the last examinations."""
    worst = max(_stuck(course.last_examinations, tuple(SATURATES), ALWAYS), key=lambda layer: layer[2].mean(), default=None)
    if worst is None or worst[2].mean() <= SATURATED:
        return None
    layer, op, stuck = worst
    low, high = SATURATES[op]
    return Finding(
        "saturated_units",
        course.where,
        f"{int(stuck.sum())} of {stuck.size} units of '{layer}' ({op}) were near {low:g} or {high:g} for over {ALWAYS:.0%} of the samples: {_numbers(stuck)}",
        f"at most {SATURATED:.0%} of the units of a layer",
        f"inputs scaled to about -1 to 1, kernel_initializer='glorot_uniform' in '{layer}', {_rate(course)}or activation='relu' there",
        f"at the ends of its range a {op} has almost no slope, so almost no gradient reaches the layers before it",
        "info" if course.learns else "warning",
        layer,
        float(stuck.mean()),
        SATURATED,
        course.line,
    )


def _stuck(examinations: list[Examination], ops: tuple[str, ...], share: float) -> Iterator[tuple[str, str, np.ndarray]]:
    """Layer, op, and for each unit whether it was stuck in all examinations."""
    for number, units in enumerate(examinations[-1].units if examinations else ()):
        same = [look.units[number] for look in examinations if number < len(look.units)]
        fit = [other.stuck for other in same if (other.layer, other.op) == units[:2] and other.stuck.shape == units.stuck.shape]
        if units.op in ops and len(fit) == len(examinations):
            yield units.layer, units.op, np.all([stuck >= share for stuck in fit], axis=0)


def _numbers(stuck: np.ndarray, most: int = 8) -> str:
    numbers = np.flatnonzero(stuck)
    more = f" and {len(numbers) - most} more" if len(numbers) > most else ""
    return f"unit{'' if len(numbers) == 1 else 's'} {', '.join(map(str, numbers[:most]))}{more}"


def _rate(course: Course) -> str:
    return "" if course.rate is None or not course.optimizer else f"learning_rate={course.rate / 10:g} (you have {course.rate:.4g}), "

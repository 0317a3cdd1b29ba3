"""Rules about whether anything was learned, measured against answers that do not look at the inputs."""

from __future__ import annotations

import math

from glassworks.checks import Finding
from glassworks.training.diagnosis import floors
from glassworks.training.diagnosis.answers import Answers
from glassworks.training.diagnosis.course import Course
from glassworks.training.diagnosis.flatness import is_flat
from glassworks.training.diagnosis.learning_rate import SPIKE
from glassworks.training.diagnosis.modes import averages_are_young
from glassworks.training.diagnosis.rules import watches_for

ENOUGH_STEPS = 100
"""After fewer steps than this nothing can be said."""
GAIN = 0.02
"""The share of the loss of a constant answer that a network which has learned something saves at least."""
ONE_CLASS = 0.99
"""The share of one class among the predictions from which on they count as one class."""
HARDLY = 0.3
"""The share of a class that is recognised, below which the class counts as one that is hardly ever recognised (SageMaker's debugger)."""
LITTLE = 0.2
"""The gain up to which one class for all samples is a mistake; with more the outputs tell classes apart, only not at their threshold."""
OTHERS = 0.02
"""The share of samples of other classes that such predictions must get wrong."""


@watches_for("one_class_predicted", at="examination")
def one_class_predicted(course: Course) -> Finding | None:
    """A finding if in all of the last examinations almost every prediction was the same class, or a class was hardly ever recognised."""
    looks = course.last_examinations
    if not course.is_over or course.steps < ENOUGH_STEPS or not looks or not all(any(map(_is_one_sided, look.answers)) for look in looks):
        return None
    worst = max(filter(_is_one_sided, looks[-1].answers), key=lambda entry: entry.predicted)
    learned = course.gain is None or course.gain > LITTLE
    uneven = worst.majority > 1.5 / max(worst.classes, 2)
    balance = "class_weight='balanced' in fit, and " if uneven else ""
    return Finding(
        "one_class_predicted",
        course.where,
        f"{worst.predicted:.1%} of the predictions of '{worst.output}' are the same class, which {worst.majority:.1%} of the targets are"
        if _is_one_class(worst)
        else f"{worst.predicted:.1%} of the predictions of '{worst.output}' are the same class; of another class {worst.recall:.0%} are recognised",
        "predictions that differ between samples, for each class",
        f"{balance}metrics that one class does not deceive: keras.metrics.AUC(), keras.metrics.F1Score(average='macro')",
        f"an accuracy of {worst.accuracy:.1%} {'is reached without a look at the inputs' if _is_one_class(worst) else 'hides that'}",
        "info" if learned else "warning",
        value=worst.predicted if _is_one_class(worst) else worst.recall,
        threshold=ONE_CLASS if _is_one_class(worst) else HARDLY,
        line=course.line,
    )


def _is_one_sided(entry: Answers) -> bool:
    """Whether almost all predictions are one class, or a class is hardly ever recognised."""
    return _is_one_class(entry) or (entry.kind != "quantities" and entry.recall < HARDLY and entry.predicted > entry.majority)


def _is_one_class(entry: Answers) -> bool:
    return entry.kind != "quantities" and entry.classes > 1 and entry.predicted >= ONE_CLASS and entry.majority <= entry.predicted - OTHERS


@watches_for("nothing_learned", at="epoch")
def nothing_learned(course: Course) -> Finding | None:
    """A finding if training has ended, and the loss is that of a constant answer, or that of the start where the former is not known."""
    gain, line = course.gain, course.first if course.constant_loss is None else course.constant_loss
    if not course.is_over or course.steps < ENOUGH_STEPS or gain is None or gain >= GAIN or course.loss is None or line is None:
        return None
    if any(map(_knows_something, course.examinations[-1].answers if course.examinations else ())):
        return None
    known = course.constant_loss is not None
    return Finding(
        "nothing_learned",
        course.where,
        f"after {course.steps} steps the loss is {course.loss:.4g}, "
        + (f"and always giving the same best answer has {line:.4g}" if known else f"as at the start ({line:.4g})"),
        f"a loss below {(1 - GAIN) * line:.4g}",
        "first see whether it can learn at all: insight.overfit_one_batch(model, x, y); if it can, look at whether each row of x belongs to its row of y",
        "the network gives answers that do not depend on its inputs",
        "warning",
        value=course.loss,
        threshold=(1 - GAIN) * line,
        line=course.line,
    )


def _knows_something(entry: Answers) -> bool:
    """Whether the answers in use, without dropout and penalties, are better than always giving the most common class."""
    if entry.kind == "quantities":
        return False
    chance = entry.majority
    return entry.accuracy > chance + 0.05 + 3 * math.sqrt(chance * (1 - chance) / max(entry.samples, 1))


def is_suspicious(course: Course) -> bool:
    """Whether the losses give a reason to look into the network."""
    if course.steps < ENOUGH_STEPS or course.not_finite:  # with NaN, all numbers in it would be NaN
        return False
    start, loss = course.start, course.loss
    if start is None or loss is None or start <= 0 or loss <= 0:
        return False
    return not course.learns or is_stuck(course) or floors.is_near(course) or (course.peak > SPIKE * start and loss > 0.5 * start)


def is_stuck(course: Course) -> bool:
    """Whether the loss has stopped falling at a high value."""
    return course.start is not None and is_flat(course.losses) and course.losses[-1] > 0.3 * course.start


def modes_are_suspicious(course: Course) -> bool:
    """Whether batch normalization may give other results in use than in training."""
    if course.momentum is None or course.steps < 20 or course.not_finite or not course.epochs:
        return False
    epoch = course.epochs[-1]
    validation, train = epoch.get("val_loss"), epoch.get("loss")
    if validation is not None and train is not None:
        return validation > 1.5 * train > 0
    return averages_are_young(course)

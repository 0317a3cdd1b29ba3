"""Rules about losses that cannot fall: probabilities that the loss takes for scores, and answers so wrong that the loss is clipped."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks.checks import Finding
from glassworks.training.diagnosis.answers import Answers
from glassworks.training.diagnosis.course import Course
from glassworks.training.diagnosis.rules import watches_for

NEAR = 0.02
"""The share by which a loss on its floor differs from it at most."""
CLIPPED = 0.05
"""The share of samples with a clipped loss from which on it is reported."""
ONE_CLASS = 0.99
"""The share of predictions of one class from which on outputs count as constant."""
LARGEST_LOSS = -math.log(1e-7)


def of_classes(classes: int) -> float:
    """The lowest cross-entropy of probabilities that are taken for scores: those of a sure answer, 1 and otherwise 0.

    >>> round(of_classes(10), 3), round(of_classes(2), 3)
    (1.461, 0.313)
    """
    return math.log(1 + (classes - 1) / math.e)


def of_targets(targets: Sequence[Any]) -> list[float]:
    """The floors for a single output, by what its targets look like; empty where that is not known."""
    if len(targets) != 1 or targets[0] is None:
        return []
    y = np.asarray(targets[0][: 1 << 14])
    if y.dtype.kind not in "biuf" or not y.size or not bool((y == np.floor(y)).all()) or y.min() < 0:
        return []
    if y.max() == 1 and (y.ndim == 1 or y.shape[-1] == 1):
        ones = float(y.mean())
        return [of_classes(2), ones * math.log1p(1 / math.e) + (1 - ones) * math.log(2)]
    if y.ndim > 1 and y.shape[-1] > 1 and bool((y.sum(axis=-1) == 1).all()):
        return [of_classes(y.shape[-1])]
    return [of_classes(int(y.max()) + 1)] if y.max() > 1 else []


def is_near(course: Course) -> bool:
    """Whether the loss lies on one of its possible floors."""
    loss = course.loss
    return loss is not None and any(-0.005 * floor <= loss - floor < NEAR * floor for floor in course.floors)


@watches_for("loss_floor", at="examination")
def loss_floor(course: Course) -> Finding | None:
    """A finding if the outputs are probabilities and the loss takes them for scores, by its value or by the floor that it lies on."""
    looks = course.last_examinations
    pairs = [_as_scores(look.answers) for look in looks]
    if not pairs or not all(pair is not None for pair in pairs):
        return None
    (answers,) = [pair for pair in pairs if pair is not None][-1:]
    last = "sigmoid" if answers.kind == "binary" else "softmax"
    floor = of_classes(answers.classes) if answers.kind == "classes" else 0.503
    twice = answers.largest <= _sure(answers.classes) * 1.01
    return Finding(
        "loss_floor",
        course.where,
        f"{last} is applied twice: the loss is {answers.loss:.4g}, that of the outputs as scores; "
        f"as the probabilities that they are they have {answers.cross_entropy:.4g}"
        if not twice
        else f"{last} is applied twice: no output is above {answers.largest:.3g}, the most that it gives for probabilities",
        f"one {last}: so the loss cannot go below {floor:.4g}",
        f"remove activation='{last}' from the last layer, or from_logits=True from the loss"
        if not twice
        else f"remove one of the two: activation='{last}' of the last layer, or the layer before it",
        "probabilities are so close together that another softmax makes them almost equal: the loss stays high, and its slope small",
        "error",
        value=course.loss,
        threshold=floor,
        line=course.line,
    )


def _as_scores(answers: Sequence[Answers]) -> Answers | None:
    """The output whose loss takes probabilities for scores."""
    for entry in answers:
        if not entry.is_probability:
            continue
        if _is_loss_of_scores(entry) or _is_softmax_of_probabilities(entry):
            return entry
    return None


def _is_softmax_of_probabilities(entry: Answers) -> bool:
    """Whether the surest output is as sure as a softmax of probabilities can be. A constant output may have that value by chance."""
    if entry.kind != "classes" or entry.classes <= 2 or entry.predicted > ONE_CLASS:
        return False
    return 0.97 <= entry.largest / _sure(entry.classes) <= 1.01


def _is_loss_of_scores(entry: Answers) -> bool:
    differ = abs(entry.as_scores - entry.cross_entropy) > 0.05 * entry.as_scores
    return differ and math.isfinite(entry.loss) and abs(entry.loss - entry.as_scores) < 0.005 * entry.as_scores


def _sure(classes: int) -> float:
    """The highest probability that a softmax gives for probabilities."""
    return math.e / (math.e + classes - 1) if classes > 1 else 1.0


@watches_for("clipped_loss", at="examination")
def clipped_loss(course: Course) -> Finding | None:
    """A finding if for a share of the samples the correct answer has a probability that the loss clips."""
    looks = course.last_examinations
    if not looks or not all(any(map(_is_clipped, look.answers)) for look in looks):
        return None
    worst = max(filter(_is_clipped, looks[-1].answers), key=lambda entry: entry.clipped)
    return Finding(
        "clipped_loss",
        course.where,
        f"for {worst.clipped:.0%} of the samples the correct answer has the probability 0: they add about {worst.clipped * LARGEST_LOSS:.3g} to the loss",
        f"at most {CLIPPED:.0%}",
        "end with scores and let the loss make probabilities of them: no activation in the last layer, and from_logits=True in the loss",
        "cross-entropy is clipped there and has no slope, so what is most wrong is not corrected",
        "info" if course.learns and course.gain is not None else "warning",
        value=worst.clipped,
        threshold=CLIPPED,
        line=course.line,
    )


def _is_clipped(entry: Answers) -> bool:
    """Whether the loss is that of clipped probabilities. The engine computes a softmax with its cross-entropy without clipping."""
    return entry.kind != "quantities" and entry.clipped >= CLIPPED and abs(entry.loss - entry.cross_entropy) < 0.1 * entry.cross_entropy

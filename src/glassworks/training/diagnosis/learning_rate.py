"""Rules about the learning rate, from the losses and from how far the first step moved the kernels."""

from __future__ import annotations

import math

from glassworks.checks import Finding
from glassworks.training.diagnosis.course import Course
from glassworks.training.diagnosis.flatness import is_flat
from glassworks.training.diagnosis.rules import watches_for

UPDATE_TOO_LARGE = 0.9
"""The share of its own size by which the first step moves a kernel. In 60 trainings of a ReLU network with SGD and Adam it was 0.95 or
more in all 27 that failed, and 0.39 or less in all others. A healthy linear model may exceed it, so the loss has to agree."""
UPDATE_HEALTHY = 0.3
"""In the grey zone between both, a network that has learned nothing at the end took steps that were too large."""
PEAK = 3.5
"""The highest loss over the one at the start: 3.7 or more in those 27 trainings, 2.9 or less in the others (fastai stops at 4 times the best)."""
SPIKE = 2.0
"""A rise that means a collapse where the loss stays as high as at the start for the rest of training."""
ENOUGH_STEPS = 30
"""Steps after which a loss that does not fall confirms that steps are too large."""
NOT_FALLEN = 0.95

ALMOST_START = 0.95
"""The loss now over that of the start from which on nothing has happened."""
HARDLY_MOVED = 0.02
"""The share of its size that a kernel has moved since the start, by which no network changes what it computes."""
LONG_ENOUGH = 100
RATE_GONE = 0.01
"""The learning rate at the end over that at the start, below which a schedule has stopped training."""

_ADAPTIVE = ("Adam", "AdamW", "Adamax", "Nadam", "RMSprop", "Lion", "Muon", "LossScaleOptimizer")


@watches_for("learning_rate_high", at="look")
def learning_rate_high(course: Course) -> Finding | None:
    """A finding if the first step moved a kernel by its own size and the loss does not fall, or if the loss rose to a multiple."""
    start = course.start
    layer, update = max(course.updates.items(), key=lambda item: item[1], default=("", 0.0))
    if start is None or start <= 0:
        return None
    risen = course.peak / start
    stays_high = course.not_finite or course.holds(course.looks[1:], lambda look: look.loss > NOT_FALLEN * start)
    moved_far = update > UPDATE_TOO_LARGE and stays_high and (course.not_finite or risen > 1.5 or course.steps >= ENOUGH_STEPS)
    jumped = stays_high and course.steps >= ENOUGH_STEPS and (risen > PEAK or (risen > SPIKE and course.steps >= LONG_ENOUGH))
    in_vain = update > UPDATE_HEALTHY and course.is_over and course.steps >= LONG_ENOUGH and course.gain is not None and course.gain < 0.02
    failed = course.not_finite and update > UPDATE_HEALTHY and risen > SPIKE
    if not (moved_far or jumped or failed or in_vain):
        return None
    said = []
    if update > UPDATE_HEALTHY:
        said.append(f"the first step moved the kernel of '{layer}' by {update:.0%} of its own size")
    if course.not_finite:
        said.append(f"the loss went from {start:.4g} to {'NaN' if risen <= PEAK else f'{course.peak:.4g}, then NaN'}")
    elif risen > 1.5:
        said.append(f"the loss rose from {start:.4g} to {course.peak:.4g}")
    else:
        said.append(f"after {course.steps} steps the loss is {course.looks[-1].loss:.4g}, from {start:.4g} at the start")
    by_update = update > UPDATE_HEALTHY
    return Finding(
        "learning_rate_high",
        course.where,
        ", and ".join(said),
        f"a first step that moves kernels by less than {UPDATE_HEALTHY:.0%}, and a loss that falls",
        _lower(course, update),
        "steps this large overwrite what the weights had, and the network cannot find its way back",
        "error",
        layer if by_update else "",
        update if by_update else risen,
        UPDATE_TOO_LARGE if by_update else PEAK,
        course.line,
    )


def _lower(course: Course, update: float) -> str:
    """Code for a learning rate that would have moved the kernels by one to three percent in the first step, or of a tenth."""
    rate, name = course.rate, course.optimizer
    usual = 0.001 if name in _ADAPTIVE else 0.01
    if rate is None or rate <= 0:
        return f"a lower learning rate: optimizer={name or 'Adam'}(learning_rate={usual:g})"
    lower = min(rate * 0.03 / update if update > 0 else rate, rate / 10)
    lower = 10.0 ** math.floor(math.log10(lower) + 1e-9)
    return f"optimizer=keras.optimizers.{name}(learning_rate={lower:g}) (you have {rate:.4g})"


@watches_for("learning_rate_low", at="epoch")
def learning_rate_low(course: Course) -> Finding | None:
    """A finding if training has ended near the loss of its start, without ever having jumped, and no kernel has moved by much.

    The size of the steps alone would point the wrong way: a network that collapsed takes tiny steps, too.
    """
    start, loss = course.start, course.loss
    if not course.is_over or course.steps < LONG_ENOUGH or start is None or loss is None or start <= 0 or not course.moved:
        return None
    if rate_has_gone(course) and is_flat(course.losses) and not course.learns:
        return _gone(course)
    path, moved = max(course.moved.items(), key=lambda item: item[1])
    if loss < ALMOST_START * start or course.peak > 1.5 * start or not 0 < moved < HARDLY_MOVED or course.not_finite:
        return None
    rate, name = course.rate, course.optimizer
    usual = 0.001 if name in _ADAPTIVE else 0.01
    higher = max(usual, 10 ** round(math.log10(rate * 0.1 / moved))) if rate else usual
    return Finding(
        "learning_rate_low",
        course.where,
        f"in {course.steps} steps no kernel has moved by more than {moved:.2g} of its size ('{path}'), and the loss went from {start:.4g} to {loss:.4g}",
        f"kernels that move by more than {HARDLY_MOVED:.0%}",
        f"optimizer=keras.optimizers.{name or 'Adam'}(learning_rate={higher:g})" + (f" (you have {rate:.4g})" if rate is not None else ""),
        "the steps are so small that training would take far more epochs than anyone waits for",
        "warning",
        path.rpartition("/")[0],
        moved,
        HARDLY_MOVED,
        course.line,
    )


def rate_has_gone(course: Course) -> bool:
    """Whether a schedule has brought the learning rate to almost nothing."""
    return course.rate is not None and course.rate_now is not None and course.rate_now < RATE_GONE * course.rate


def _gone(course: Course) -> Finding:
    """The finding about a schedule that ends before the training."""
    return Finding(
        "learning_rate_low",
        course.where,
        f"the learning rate has gone from {course.rate:.4g} to {course.rate_now:.4g}, and the loss stays at {course.loss:.4g}",
        f"a learning rate above {RATE_GONE * (course.rate or 0.0):.4g} while the loss can still fall",
        f"a schedule that lasts as long as training: decay_steps of about {course.steps}, the number of steps of this training",
        "with a learning rate this low the weights stand still",
        "warning",
        value=course.rate_now,
        threshold=RATE_GONE * (course.rate or 0.0),
        line=course.line,
    )

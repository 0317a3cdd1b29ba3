"""Rules about gradients that vanish or explode on their way back through the layers.

A small gradient alone is not a mistake: Adam and its relatives divide by its size, so the weights move all the same. The size of the
updates and the loss therefore have to agree.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from glassworks.checks import Finding
from glassworks.training.diagnosis.course import Course
from glassworks.training.diagnosis.examination import Examination
from glassworks.training.diagnosis.rules import watches_for

VANISHED = 1e-3
"""The gradient of the first kernel over that of the last one (AutoTrainer)."""
SMALL = 1e-4
"""A gradient of the first kernel that is small in itself (AutoTrainer)."""
MOVES = 1e-5
"""The share of its size by which a step moves a kernel that still learns: a tenth of what NeuroScope calls too little."""
EXPLODED = 1e3
"""The gradient of a kernel over the size of the kernel; in healthy networks it is about 0.01 to 10."""
SMALL_STEP, LEAP = 0.3, 1e3
"""A first step that moves no kernel by more than this share is not large; if the loss then leaps to this multiple, its slope is far too steep."""
PLAIN = ("SGD",)
"""Optimizers whose steps are proportional to the gradient, so that the first step tells its size."""


class _Ends(NamedTuple):
    first: str
    last: str
    ratio: float
    gradient: float
    update: float


@watches_for("vanishing_gradients", at="examination")
def vanishing_gradients(course: Course) -> Finding | None:
    """A finding if in all of the last examinations the gradient of the first kernel was far smaller than that of the last one."""
    ends = [_ends(look) for look in course.last_examinations]
    if not ends or not all(end is not None and end.ratio < VANISHED and end.gradient < SMALL for end in ends):
        return None
    (worst,) = [end for end in ends if end is not None][-1:]
    moves = worst.update >= MOVES
    if moves and course.learns:
        return None
    return Finding(
        "vanishing_gradients",
        course.where,
        f"the gradient of '{worst.first}' is {worst.gradient:.2g}, {worst.ratio:.2g} of that of '{worst.last}', and a step moves it by {worst.update:.2g} of its size",
        f"a gradient of at least {VANISHED:g} of that of the last layer",
        "activation='relu' with kernel_initializer='he_normal' in the hidden layers, BatchNormalization() between them, or residual connections",
        "each layer multiplies the gradient by a factor below 1 on its way back, so the first layers do not learn",
        "info" if course.learns else "warning",
        worst.first.rpartition("/")[0],
        worst.ratio,
        VANISHED,
        course.line,
    )


@watches_for("exploding_gradients", at="look")
def exploding_gradients(course: Course) -> Finding | None:
    """A finding if the first gradient was thousands of times the size of its kernel, and the loss does not fall."""
    start, rate = course.start, course.rate
    layer, update = max(course.updates.items(), key=lambda item: item[1], default=("", 0.0))
    if start is None or start <= 0 or not math.isfinite(update):
        return None
    size = update / rate if rate and course.optimizer in PLAIN and update >= 1 else 0.0
    steep = update < SMALL_STEP and course.peak > LEAP * start
    fails = course.not_finite or (course.steps >= 30 and course.holds(course.looks[1:], lambda look: look.loss > 0.95 * start))
    if not fails or not (size > EXPLODED or steep):
        return None
    rate_text = f"learning_rate={rate:g}, " if rate else ""
    end = "NaN" if course.not_finite else f"{course.peak:.4g}"
    return Finding(
        "exploding_gradients",
        course.where,
        f"the first gradient of '{layer}' was {size:.2g} times the size of its kernel, and the loss went from {start:.4g} to {end}"
        if size > EXPLODED
        else f"the first step moved no kernel by more than {update:.1%}, and the loss went from {start:.4g} to {course.peak:.4g}"
        + (", then NaN" if course.not_finite else ""),
        f"a gradient of at most {EXPLODED:g} times the size of the kernel",
        f"optimizer=keras.optimizers.{course.optimizer or 'Adam'}({rate_text}clipnorm=1.0); and initializers whose weights are smaller, or LayerNormalization() between the layers",
        "each layer or time step multiplies the gradient by a factor above 1 on its way back, so no learning rate suits all layers",
        "error",
        layer,
        size if size > EXPLODED else course.peak / start,
        EXPLODED if size > EXPLODED else LEAP,
        course.line,
    )


def _ends(look: Examination) -> _Ends | None:
    """The first and the last kernel; None where there are fewer than three, or their gradients are not known, or the last one has none."""
    kernels = [kernel for kernel in look.kernels if not math.isnan(kernel.gradient)]
    if len(kernels) < 3 or not kernels[-1].gradient > 0 or not math.isfinite(kernels[0].gradient):
        return None
    first, last = kernels[0], kernels[-1]
    return _Ends(first.path, last.path, first.gradient / last.gradient, first.gradient, first.update)

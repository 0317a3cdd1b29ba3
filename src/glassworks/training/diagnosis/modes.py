"""The rule about batch normalization whose moving averages are not those of the data."""

from __future__ import annotations

from glassworks.checks import Finding
from glassworks.training.diagnosis.course import Course
from glassworks.training.diagnosis.examination import Examination
from glassworks.training.diagnosis.rules import watches_for

MODES_DIFFER = 1.5
"""The loss in use over the loss in training, for the same samples."""
OF_LINE = 0.1
"""The share of the loss of the start by which both must differ: a ratio of two tiny losses says nothing."""


def averages_are_young(course: Course) -> bool:
    """Whether batch normalization has taken so few steps that the values its averages began with still count."""
    return course.momentum is not None and course.steps < 5 / (1 - min(course.momentum, 0.9999))


@watches_for("batch_norm_modes", at="examination")
def batch_norm_modes(course: Course) -> Finding | None:
    """A finding if in all of the last examinations the loss in use was far above that in training, for the same samples."""
    if course.momentum is None or course.start is None or course.start <= 0 or not course.last_examinations:
        return None
    start = course.start

    def differs(look: Examination) -> bool:
        if look.loss_train is None or look.loss_test is None or look.loss_train <= 0:
            return False
        return look.loss_test > MODES_DIFFER * look.loss_train and look.loss_test - look.loss_train > OF_LINE * start

    if not all(map(differs, course.last_examinations)):
        return None
    look = course.last_examinations[-1]
    assert look.loss_test is not None and look.loss_train is not None
    needed = round(5 / (1 - min(course.momentum, 0.9999)))
    young = averages_are_young(course)
    why = f"its moving averages (momentum={course.momentum:g}) need about {needed} steps, and have had {course.steps}" if young else ""
    small = f", larger batches (you have batch_size={course.batch_size})" if course.batch_size and course.batch_size < 16 else ""
    return Finding(
        "batch_norm_modes",
        course.where,
        f"for the same samples the loss is {look.loss_train:.4g} in training and {look.loss_test:.4g} in use{': ' if why else ''}{why}",
        f"at most {MODES_DIFFER:g} times the loss in training",
        f"layers.BatchNormalization(momentum=0.9) (you have {course.momentum:g}), more epochs{small}, or layers.LayerNormalization(), which has no averages",
        "in use, batch normalization scales by averages over training instead of those of the batch; until they agree, evaluate and predict give other results than training",
        "warning",
        value=look.loss_test / look.loss_train,
        threshold=MODES_DIFFER,
        line=course.line,
    )

"""Rules about the losses of the epochs: training and validation that part, and losses that have stopped falling."""

from __future__ import annotations

from glassworks.checks import Finding, Severity
from glassworks.training.diagnosis.course import Course
from glassworks.training.diagnosis.flatness import FLAT, FLAT_EPOCHS, is_flat
from glassworks.training.diagnosis.rules import watches_for

VALIDATION_ROSE = 1.15
"""The validation loss over its lowest one (nnscope)."""
TRAINING_FELL = 0.9
"""The training loss over that of the epoch with the lowest validation loss (nnscope)."""
GAP_IN_ACCURACY = 0.1
"""The accuracy in training minus that in validation from which on overfitting is a warning (AutoTrainer)."""
ROSE_FAR = 1.5
"""The same for the validation loss over its lowest one, where accuracy is not measured."""
LITTLE = 0.5
"""A gain over a constant answer below which a network that has stopped learning may underfit: the data may as well say no more."""
HEAVY = 0.3
"""The share of penalties in the loss from which on they are the cause."""


@watches_for("overfitting", at="epoch")
def overfitting(course: Course) -> Finding | None:
    """A finding if the validation loss has risen for some epochs while the training loss went on falling."""
    pairs = [(epoch["loss"], epoch["val_loss"]) for epoch in course.epochs if {"loss", "val_loss"} <= epoch.keys()]
    if len(pairs) <= course.patience or min(min(pair) for pair in pairs) < 0:
        return None
    best = min(range(len(pairs)), key=lambda number: pairs[number][1])
    train_then, lowest = pairs[best]
    since = pairs[best + 1 :]
    if not course.holds(since, lambda pair: pair[1] > VALIDATION_ROSE * lowest and pair[0] < TRAINING_FELL * train_then):
        return None
    train, validation = pairs[-1]
    return Finding(
        "overfitting",
        course.where,
        f"the validation loss was lowest in epoch {best + 1} ({lowest:.4g}) and is {validation:.4g} now, while the training loss fell from {train_then:.4g} to {train:.4g}",
        f"a validation loss of at most {VALIDATION_ROSE:g} times its lowest one",
        "callbacks=[keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True)]; and layers.Dropout(0.3), fewer units, or more data",
        "the network learns the training samples by heart, and gets worse on others",
        _severity(course, validation / lowest),
        value=validation / lowest,
        threshold=VALIDATION_ROSE,
        line=course.line,
    )


def _severity(course: Course, rose: float) -> Severity:
    """A warning where the results suffer, too: a loss rises with confidence alone, even while answers get better."""
    last = course.epochs[-1]
    names = [name for name in last if "acc" in name and f"val_{name}" in last]
    if not names:
        return "warning" if rose > ROSE_FAR else "info"
    return "warning" if any(last[name] - last[f"val_{name}"] > GAP_IN_ACCURACY for name in names) else "info"


@watches_for("underfitting", at="epoch")
def underfitting(course: Course) -> Finding | None:
    """A finding if training has ended with a loss that no longer falls and is little below that of a constant answer."""
    line, loss = course.constant_loss, course.loss
    if not course.is_over or line is None or loss is None or line <= 0 or not is_flat(course.losses):
        return None
    look = course.examinations[-1] if course.examinations else None
    penalty = 0.0 if look is None else look.penalty
    gain, share = 1 - (loss - penalty) / line, penalty / loss
    if not 0 < gain < LITTLE:
        return None
    heavy = share > HEAVY
    return Finding(
        "underfitting",
        course.where,
        f"the loss has stayed at {loss:.4g} for {FLAT_EPOCHS} epochs, "
        + (f"and {share:.0%} of it are penalties on the weights" if heavy else f"{gain:.0%} below that of a constant answer"),
        f"a loss at least {LITTLE:.0%} below {line:.4g}",
        "a smaller penalty: kernel_regularizer=keras.regularizers.L2(1e-4)"
        if heavy
        else "more units or layers, less Dropout, or features that say more about the target",
        "the network cannot follow the data; more epochs do not change that",
        "warning" if heavy else "info",
        value=gain,
        threshold=LITTLE,
        line=course.line,
    )


@watches_for("plateau", at="epoch")
def plateau(course: Course) -> Finding | None:
    """A finding if the loss has stopped falling well above 0."""
    losses = course.losses
    if (
        not course.is_over
        or len(losses) < 2 * FLAT_EPOCHS
        or course.start is None
        or not is_flat(losses)
        or losses[-1] < 0.1 * course.start
    ):
        return None
    now = course.rate_now
    lower = f"learning_rate={now / 10:g} (you have {now:.4g})" if now else "a lower learning rate"
    return Finding(
        "plateau",
        course.where,
        f"the loss has changed by less than {FLAT:.0%} in {FLAT_EPOCHS} epochs: {losses[-FLAT_EPOCHS]:.4g} to {losses[-1]:.4g}",
        "a loss that falls",
        f"stop here, or go on with {lower}: callbacks=[keras.callbacks.ReduceLROnPlateau(monitor='loss', patience=2)]",
        "further epochs with these settings bring nothing",
        "info",
        value=(losses[-FLAT_EPOCHS] - losses[-1]) / losses[-FLAT_EPOCHS],
        threshold=FLAT,
        line=course.line,
    )

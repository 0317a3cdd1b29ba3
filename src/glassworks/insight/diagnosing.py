"""`diagnose`: what the doctor says about a model and its data after the fact, trained or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from glassworks.checks import listening
from glassworks.training.checks import check_before_training
from glassworks.training.data import DataSource, make_source
from glassworks.training.data.columns import for_named_inputs
from glassworks.training.diagnosis.checkup import course_of
from glassworks.training.diagnosis.course import Course
from glassworks.training.diagnosis.diagnosis import Diagnosis
from glassworks.training.diagnosis.examination import Examiner
from glassworks.training.diagnosis.lines import line_of_call, lines_of_layers
from glassworks.training.diagnosis.rules import results
from glassworks.training.diagnosis.samples import Samples
from glassworks.typing import Data, Structure

if TYPE_CHECKING:
    from glassworks.models.model import Model
    from glassworks.training.callbacks.history import History


def diagnose(
    model: Model,
    x: Data,
    y: Structure = None,
    history: History | None = None,
    validation_data: Data = None,
    batch_size: int = 32,
) -> Diagnosis:
    """Look for mistakes in a model and its data, as `fit` does: all checks before the first step, and looks into the network as it is now.

    Nothing is trained, and nothing of the model changes.

    Args:
        model: A compiled model, trained or not.
        x, y: The data that it is trained on, as for `fit`.
        history: What `fit` returned: the losses of the epochs, and the findings of the doctor that looked during training.
        validation_data: `(x, y)`, or a source of batches.
        batch_size: Samples in a batch.

    Returns:
        A `Diagnosis`: printable, with `findings`, the likely cause first, and `report()`.

    Raises:
        DataError: Data that cannot be trained on.
        StateError: `compile` was not called.

    >>> from glassworks import Sequential, layers
    >>> model = Sequential([layers.Input(shape=(2,)), layers.Dense(4, "relu", bias_initializer="zeros"), layers.Dense(1)])
    >>> model.compile("adam", "mse")
    >>> x = np.random.default_rng(0).normal(size=(64, 2))
    >>> diagnose(model, x * [1, 1e5], x[:, 0]).findings[0].check
    'unscaled_inputs'
    """
    trainer = model._trainer
    trainer.require_compiled("diagnose")
    diagnosis = Diagnosis()
    where = f"model '{model.name}', insight.diagnose"
    source = make_source(for_named_inputs(model, x), y, batch_size=batch_size, shuffle=False)
    validation = None
    if isinstance(validation_data, (tuple, list)):
        validation = make_source(for_named_inputs(model, validation_data[0]), *validation_data[1:], batch_size=batch_size, shuffle=False)
    elif validation_data is not None:
        validation = make_source(validation_data, shuffle=False)
    first = trainer.on_host(source.first_batch())
    trainer.prepare("train", first)
    diagnosis.line, diagnosis.lines = line_of_call(), lines_of_layers(model)
    if history is not None and history.doctor is not None:
        for finding in reversed(history.findings):
            diagnosis.add(finding)
    with listening(lambda finding: None if finding.check in diagnosis else diagnosis.add(finding)):
        check_before_training(trainer, source, first, validation)
    course = course_of(trainer, source, where, patience=3)
    _look(course, model, source, history)
    for check, result in results(course, None):
        if check not in diagnosis:
            diagnosis.update(check, result)
    return diagnosis


def _look(course: Course, model: Model, source: DataSource, history: History | None) -> None:
    """Fill the course with the epochs that are known, and with looks into the network."""
    trainer = model._trainer
    course.is_over = True
    course.steps = int(np.asarray(getattr(trainer.optimizer, "iterations", 0)))
    if history is not None:
        count = max((len(values) for values in history.history.values()), default=0)
        for number in range(count):
            logs = {name: values[number] for name, values in history.history.items() if number < len(values)}
            course.epochs.append({name: float(value) for name, value in logs.items() if np.ndim(value) == 0})
        course.first = course.losses[0] if course.losses else None
    samples, examiner = Samples(source), Examiner(trainer)
    for _ in range(course.patience):
        batches = [trainer.on_host(batch) for batch in samples.draw()]
        if batches:
            course.examinations.append(examiner.examine(batches))
    seen = [look.loss_train for look in course.examinations if look.loss_train is not None]
    if not course.epochs and seen:
        course.epochs.append({"loss": float(np.mean(seen))})
        course.first = course.losses[0]

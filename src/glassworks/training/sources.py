"""From the arguments of `fit`, `evaluate` and `predict` to sources of batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from glassworks.errors import ArgumentError, DataError, go_on
from glassworks.scope import Frame, scope
from glassworks.training.data import DataSource, make_source, train_validation_split
from glassworks.training.data.kinds import kind_of
from glassworks.training.options import FitOptions
from glassworks.typing import Data, Structure

if TYPE_CHECKING:
    from glassworks.models.model import Model


def about_validation_data() -> scope:
    """A `with` block in which errors say that they are about the validation data."""
    return scope(Frame("data", "validation_data"))


def training_source(x: Data, y: Structure, options: FitOptions, where: str) -> tuple[DataSource, Any]:
    """The source to train on, and the data to validate on."""
    sample_weight, validation_data = options.sample_weight, options.validation_data
    if options.validation_split:
        if validation_data is not None:
            error = ArgumentError(
                "validation_split and validation_data",
                "one of them: validation_data is used",
                "remove validation_split",
                where=where,
            )
            go_on(error)
        else:
            (x, y, sample_weight), validation_data = train_validation_split(x, y, sample_weight, options.validation_split)
    train = make_source(
        x,
        y,
        sample_weight,
        batch_size=options.batch_size,
        shuffle=options.shuffle,
        class_weight=options.class_weight,
        steps=options.steps_per_epoch,
    )
    return train, validation_data


def validation_source(data: Any, options: FitOptions, where: str, needs_targets: bool) -> DataSource | None:
    """The source to validate on, if there is one."""
    if data is None:
        return None
    batch_size, steps = options.validation_batch_size or options.batch_size, options.validation_steps
    pair = "pass a tuple: validation_data=(x_validation, y_validation)"
    if isinstance(data, (tuple, list)):
        if len(data) not in (2, 3):
            found = f"validation_data with {len(data)} {'entry' if len(data) == 1 else 'entries'}"
            raise ArgumentError(found, "(x, y) or (x, y, sample_weight)", pair, where=where)
        return make_source(*data, batch_size=batch_size, shuffle=False, steps=steps)
    if kind_of(data) != "arrays":
        return make_source(data, batch_size=None, shuffle=False, steps=steps)
    if needs_targets:
        found = f"validation_data of type {type(data).__name__}: inputs without targets"
        raise ArgumentError(found, "(x, y) or (x, y, sample_weight)", pair, where=where)
    return make_source(data, batch_size=batch_size, shuffle=False, steps=steps)


def refuse_pair(model: Model, x: object, y: object, what: str) -> None:
    """Raise an error for inputs and targets in one tuple, `fit((x, y))`, where the model has one input."""
    if y is not None or not isinstance(x, (tuple, list)) or len(x) not in (2, 3) or not all(hasattr(part, "shape") for part in x):
        return
    symbolic = getattr(getattr(model, "_functional", None) or model, "_inputs", None)
    if not hasattr(symbolic, "shape") and not hasattr(model, "_functional"):
        return
    kind = type(x).__name__
    fix = "model.predict(x)" if what == "predict" else f"model.{what}(x, y); model.{what}(*data) where data is the {kind}"
    raise DataError(f"x is a {kind} of {len(x)} arrays, and y is missing", "x and y as two arguments; the model has one input", fix)

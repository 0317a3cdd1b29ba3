"""`fit`, `evaluate`, `predict` and the `*_on_batch` calls: what `Model`'s methods of these names do."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence, Set
from dataclasses import replace
from os import PathLike
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from glassworks import settings, tree
from glassworks.arguments import Argument, Flag, Integer, OneOf, Optional, accept, check
from glassworks.checks import listening, tell
from glassworks.errors import ArgumentError, DataError, go_on
from glassworks.graph import Array, Journal
from glassworks.training.baselines import last_line, set_baselines
from glassworks.training.callbacks.callback_list import CallbackList
from glassworks.training.callbacks.doctor import Doctor
from glassworks.training.callbacks.history import History
from glassworks.training.calls import predict_few
from glassworks.training.checks import check_before_training
from glassworks.training.counting import counting, counts
from glassworks.training.data import HostedSource, make_source
from glassworks.training.data.columns import for_named_inputs
from glassworks.training.diagnosis.checkup import Checkup
from glassworks.training.diagnosis.diagnosis import ACTIONS
from glassworks.training.diagnosis.frames import column_names, frame_columns, frame_index
from glassworks.training.diagnosis.lines import line_of_call, lines_of_layers
from glassworks.training.diagnosis.loss_watch import ON_NAN, LossWatch, ResultWatch
from glassworks.training.epochs import Epochs, test_epoch
from glassworks.training.interrupt import Interruptible
from glassworks.training.loop import Loop, collect
from glassworks.training.options import Callbacks, FitOptions, RunOptions, Verbosity
from glassworks.training.progress import say, screen
from glassworks.training.resuming import backs_up, backup_for
from glassworks.training.sources import about_validation_data, refuse_pair, training_source, validation_source
from glassworks.training.trainer import Trainer
from glassworks.typing import Data, Structure

if TYPE_CHECKING:
    from glassworks.models.model import Model


class _Epochs(Integer):
    """A number of epochs, at least 1, or the numbers of some epochs in a list or another collection."""

    @staticmethod
    def _are_several(value: object) -> TypeGuard[Collection]:
        if isinstance(value, np.ndarray):
            return value.ndim > 0
        return isinstance(value, (Sequence, Set)) and not isinstance(value, (str, bytes))

    def allows(self, value: object) -> bool:
        return all(map(Integer().allows, value)) if self._are_several(value) else super().allows(value)

    def convert(self, value: object) -> Any:
        return value if self._are_several(value) else super().convert(value)

    def __str__(self) -> str:
        return f"{super().__str__()}, or a list of the numbers of epochs, counted from 1"


class _Count(Integer):
    """A number of batches or samples; None, and 0 as in Keras, for the default."""

    def __init__(self) -> None:
        super().__init__(minimum=0, floats=True)

    def allows(self, value: object) -> bool:
        return value is None or super().allows(value)

    def convert(self, value: Any) -> Any:
        return None if value is None or not value else super().convert(value)

    def __str__(self) -> str:
        return f"None or {super().__str__()}"


class _Shuffle(Flag):
    """A flag, or "batch"."""

    def allows(self, value: object) -> bool:
        return (isinstance(value, str) and value == "batch") or super().allows(value)

    def convert(self, value: Any) -> Any:
        return value if isinstance(value, str) else super().convert(value)

    def __str__(self) -> str:
        return "one of True, False, 'batch'"


class _Folder(Argument):
    """The path of a folder."""

    def allows(self, value: object) -> bool:
        return isinstance(value, (str, PathLike)) and bool(os.fspath(value))

    def __str__(self) -> str:
        return "the path of a folder"


_OPTIONAL = ("batch_size", "steps_per_epoch", "validation_steps", "validation_batch_size", "steps")
_COUNTS: dict[str, Argument] = {
    "epochs": Integer(minimum=0),
    "initial_epoch": Integer(minimum=0),
    "validation_freq": _Epochs(minimum=1),
    "shuffle": _Shuffle(),
    **{name: _Count() for name in _OPTIONAL},
}
_OF_FIT = ("epochs", "initial_epoch", "validation_freq", "shuffle", *_OPTIONAL[:-1])


@counts
def fit(trainer: Trainer, x: Data, y: Structure, options: FitOptions) -> History:
    """Train; see `Model.fit`."""
    trainer.require_compiled("fit")
    where = f"model '{trainer.model.name}'.fit"
    allowed = {"on_nan": OneOf(*ON_NAN), "doctor": OneOf(*ACTIONS), "resume": Optional(_Folder())}
    check(where, allowed, **{name: getattr(options, name) for name in allowed})
    options = replace(options, **accept(where, _COUNTS, **{name: getattr(options, name) for name in _OF_FIT}))
    doctor = _doctor(options)
    doctor.begin().line = line_of_call()
    with listening(doctor.diagnosis.hear):
        return _fit(trainer, x, y, options, where, doctor)


def _doctor(options: FitOptions) -> Doctor:
    """The doctor among the callbacks; else one as the arguments ask for."""
    given = tree.flatten(options.callbacks) if options.callbacks else []
    return next((callback for callback in given if isinstance(callback, Doctor)), None) or Doctor(options.doctor)


def _fit(trainer: Trainer, x: Data, y: Structure, options: FitOptions, where: str, doctor: Doctor) -> History:
    model = trainer.model
    tell(frame_index(x, y, where))
    trainer.target_columns = column_names(y)
    x = for_named_inputs(model, x)
    options = replace(options, validation_data=_named_validation(model, options.validation_data))
    trainer.columns = column_names(x)
    refuse_pair(trainer.model, x, y, "fit")
    train, validation_data = training_source(x, y, options, where)
    if backs_up(options):
        train.keep_state()
    train = _after_host_layers(trainer, train)
    with about_validation_data():
        validation = validation_source(validation_data, options, where, _needs_targets(trainer))
        if validation is not None and backs_up(options):
            validation.keep_state()
        validation = _after_host_layers(trainer, validation)
    if isinstance(options.validation_data, (tuple, list)):
        x_held_out, y_held_out = options.validation_data[:2]
        tell(frame_columns(trainer.columns, x_held_out, "x_validation", where))
        tell(frame_index(x_held_out, y_held_out, where, "_validation"))
    limit = settings.max_epochs()
    epochs = options.epochs if limit is None else min(options.epochs, limit)
    steps = options.steps_per_epoch
    if steps is None and train.never_ends:
        fix = f"pass steps_per_epoch=..., or leave repeat() out and pass epochs={epochs}"
        raise ArgumentError(
            f"a {train.kind} that repeats for ever, without steps_per_epoch", "the number of batches in an epoch", fix, where=where
        )
    if steps is None and train.is_endless and epochs - options.initial_epoch > 1:
        found, fix = "a generator without steps_per_epoch", "a generator has no length: pass steps_per_epoch=..., or a PyDataset"
        go_on(ArgumentError(f"{found}: an epoch lasts until it ends", "the number of batches in an epoch", fix, where=where))
    first = train.first_batch()
    trainer.prepare("train", first)
    doctor.diagnosis.lines = lines_of_layers(model)
    check_before_training(trainer, train, first, validation, is_split=bool(options.validation_split))
    backup = backup_for(trainer, options, train, validation, first, where)
    verbose = _verbosity(options.verbose)
    callbacks = CallbackList(
        options.callbacks,
        add_history=True,
        add_progbar=verbose != 0,
        model=model,
        verbose=verbose,
        epochs=epochs,
        steps=steps or train.num_batches,
        **{"resumed": True} if backup.resumes else {},
    )
    history = model.history
    trainer.stop_training = False
    watch = LossWatch(trainer, options.on_nan)
    backup.attach(callbacks, watch)
    checkup = None
    if doctor.action != "off":
        history.doctor = doctor.diagnosis
        checkup = Checkup(trainer, doctor.diagnosis, train, where, doctor.patience, doctor.every_epoch)
    with screen(), Interruptible(terminable=True) as interruptible:
        Epochs(trainer, options, epochs, train, validation, callbacks, interruptible, watch, backup, checkup).run()
    model.history = history  # a callback may have called fit as well
    set_baselines(trainer, history, train, validation)
    if verbose and (line := last_line(history, callbacks, trainer.losses.names if trainer.losses is not None else [])):
        say(line)
    interruptible.exit_if_terminated()
    return history


def _needs_targets(trainer: Trainer) -> bool:
    """Whether validation compares outputs with targets, in steps that the user did not write."""
    return trainer.losses is not None and not (trainer.keeps_logs("train") or trainer.keeps_logs("test"))


def _named_validation(model: Model, data: object) -> Any:
    """Validation data; where the model has named inputs, a DataFrame of inputs becomes a dict of columns."""
    if not isinstance(data, (tuple, list)) or not len(data):
        return data
    with about_validation_data():
        return (for_named_inputs(model, data[0]), *data[1:])


def _after_host_layers(trainer: Trainer, source: Any) -> Any:
    """The source whose batches have passed the host layers, as the model's graph sees it."""
    if source is None:
        return None
    trainer.on_host(source.first_batch())
    return HostedSource(source, trainer.on_host) if trainer.model.host_part else source


@counts
def evaluate(trainer: Trainer, x: Data, y: Structure, sample_weight: Structure, options: RunOptions, return_dict: bool) -> Any:
    """Loss and metrics on data; see `Model.evaluate`."""
    model = trainer.model
    trainer.require_compiled("evaluate")
    options = _checked(options, f"model '{model.name}'.evaluate")
    tell(frame_index(x, y, f"model '{model.name}'.evaluate"))
    x = for_named_inputs(model, x)
    tell(frame_columns(trainer.columns, x, "x", f"model '{model.name}'.evaluate"))
    refuse_pair(model, x, y, "evaluate")
    source = make_source(x, y, sample_weight, batch_size=options.batch_size, shuffle=False, steps=options.steps)
    source = _after_host_layers(trainer, source)
    verbose = _verbosity(options.verbose)
    callbacks = _callback_list(options.callbacks, model, verbose, options.steps or source.num_batches)
    watch = ResultWatch(trainer, "test", f"model '{model.name}'.evaluate")
    with screen(), Interruptible() as interruptible:
        logs = test_epoch(trainer, source, options.steps, callbacks, interruptible, watch)
    watch.tell(source.arrays, column_names(x))
    return logs if return_dict else as_list(trainer, logs)


def predict(trainer: Trainer, x: Data, options: RunOptions) -> Any:
    """Predictions for data; see `Model.predict`."""
    few = predict_few(trainer, x, options)
    if few is not None:
        return few
    model = trainer.model
    options = _checked(options, f"model '{model.name}'.predict")
    x = for_named_inputs(model, x)
    tell(frame_columns(trainer.columns, x, "x", f"model '{model.name}'.predict"))
    refuse_pair(model, x, None, "predict")
    source = make_source(x, batch_size=options.batch_size, shuffle=False, steps=options.steps, for_predict=True)
    source = _after_host_layers(trainer, source)
    trainer.prepare("predict", source.first_batch())
    verbose = _verbosity(options.verbose)
    callbacks = _callback_list(options.callbacks, model, verbose, options.steps or source.num_batches)
    batches: list[Any] = []
    watch = ResultWatch(trainer, "predict", f"model '{model.name}'.predict")
    with screen(), Interruptible() as interruptible, counting(trainer):
        callbacks.on_predict_begin()
        Loop(trainer, "predict", source, options.steps, callbacks, interruptible, watch).epoch(batches.append)
        callbacks.on_predict_end()
    watch.tell(source.arrays, column_names(x))
    return collect(batches)


def _checked(options: RunOptions, where: str) -> RunOptions:
    """The options with their numbers checked and converted."""
    return replace(options, **accept(where, _COUNTS, batch_size=options.batch_size, steps=options.steps))


@counts
def train_on_batch(trainer: Trainer, data: object, return_dict: bool) -> Any:
    """One update on one batch; the loss and metrics of this batch."""
    trainer.require_compiled("train_on_batch")
    return _on_batch(trainer, "train", data, return_dict)


@counts
def test_on_batch(trainer: Trainer, data: object, return_dict: bool) -> Any:
    """The loss and metrics of one batch."""
    trainer.require_compiled("test_on_batch")
    return _on_batch(trainer, "test", data, return_dict)


def _on_batch(trainer: Trainer, mode: str, data: Any, return_dict: bool) -> Any:
    data = as_batch(trainer, data)
    trainer.prepare(mode, data)
    with Journal() as reset:
        trainer.model.reset_metrics()
    try:
        returned = trainer.run(mode, data)
    except BaseException:
        reset.undo()
        raise
    logs = trainer.logs(returned, mode)
    return logs if return_dict else as_list(trainer, logs)


@counts
def predict_on_batch(trainer: Trainer, x: Data) -> Any:
    """Predictions for one batch of arrays."""
    data = as_batch(trainer, (x,))
    trainer.prepare("predict", data)
    result = trainer.run("predict", data)
    return tree.map_structure(lambda a: a.numpy() if isinstance(a, Array) else a, result)


def as_batch(trainer: Trainer, data: tuple) -> tuple[Any, Any, Any]:
    """One batch `(x, y, sample_weight)` of NumPy arrays in the dtypes that `fit` would use."""
    x, y, sample_weight = (*data, None, None)[:3]
    if x is None:
        raise DataError("x=None", "arrays", "pass the inputs of the batch")
    x = for_named_inputs(trainer.model, x)
    source = make_source(x, y, sample_weight, batch_size=max(_length(x), 1), shuffle=False)
    return trainer.on_host(source.first_batch())


def _length(x: Data) -> int:
    first = tree.flatten(x)[0]
    return len(first) if hasattr(first, "__len__") else 1


def as_list(trainer: Trainer, logs: dict[str, float]) -> Any:
    """Logs in Keras's form: the loss alone, or a list in the order of the model's metrics, and then of their names."""
    single = [one.name for metric in trainer.model.metrics for one in getattr(metric, "metrics", [metric])]
    names = [name for name in dict.fromkeys(single) if name in logs]
    values = [logs[name] for name in [*names, *sorted(logs.keys() - set(names))]]
    return values[0] if len(values) == 1 else values


def _callback_list(callbacks: Callbacks, model: Model, verbose: int, steps: int | None) -> CallbackList:
    if isinstance(callbacks, CallbackList):
        return callbacks
    return CallbackList(callbacks, add_history=False, add_progbar=verbose != 0, model=model, verbose=verbose, epochs=1, steps=steps)


def _verbosity(verbose: Verbosity) -> int:
    if verbose == "auto":
        return 1
    if verbose in (0, 1, 2):
        return int(verbose)
    fix = "0 is silent, 1 a progress bar, 2 one line per epoch"
    go_on(ArgumentError(f"verbose={verbose!r}, which is silent", "'auto', 0, 1 or 2", fix))
    return 0

"""`fit`, `evaluate`, `predict` and the `*_on_batch` calls: what `Model`'s methods of these names do."""

from __future__ import annotations

from collections.abc import Collection, Sequence, Set
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from glassworks import settings, tree
from glassworks.arguments import Argument, Integer, OneOf, Optional, check
from glassworks.checks import tell
from glassworks.errors import ArgumentError, DataError
from glassworks.graph import Array, Journal
from glassworks.training.callbacks.callback_list import CallbackList
from glassworks.training.callbacks.history import History
from glassworks.training.calls import predict_few
from glassworks.training.checks import check_before_training
from glassworks.training.counting import counting, counts
from glassworks.training.data import DataSource, HostedSource, make_source
from glassworks.training.data.columns import for_named_inputs
from glassworks.training.diagnosis.frames import column_names, frame_columns, frame_index
from glassworks.training.diagnosis.loss_watch import ON_NAN, LossWatch, ResultWatch, TrainingStoppedError
from glassworks.training.interrupt import Interruptible
from glassworks.training.loop import Loop, collect
from glassworks.training.options import Callbacks, FitOptions, RunOptions, ValidationFreq, Verbosity
from glassworks.training.sources import about_validation_data, refuse_pair, training_source, validation_source
from glassworks.training.trainer import Trainer
from glassworks.typing import Data, Structure

if TYPE_CHECKING:
    from glassworks.models.model import Model


class _Epochs(Integer):
    """A number of epochs, at least 1, or the numbers of some epochs in a list or another collection."""

    def allows(self, value: object) -> bool:
        is_scalar = isinstance(value, (str, bytes)) or (isinstance(value, np.ndarray) and not value.ndim)
        if isinstance(value, (Sequence, Set, np.ndarray)) and not is_scalar:
            return all(Integer().allows(number) for number in value)
        return super().allows(value)

    def __str__(self) -> str:
        return f"{super().__str__()}, or a list of the numbers of epochs, counted from 1"


_OPTIONAL = ("batch_size", "steps_per_epoch", "validation_steps", "steps")
_COUNTS: dict[str, Argument] = {
    "epochs": Integer(minimum=1),
    "initial_epoch": Integer(minimum=0),
    "validation_freq": _Epochs(minimum=1),
    **{name: Optional(Integer(minimum=1)) for name in _OPTIONAL},
}


@counts
def fit(trainer: Trainer, x: Data, y: Structure, options: FitOptions) -> History:
    """Train; see `Model.fit`."""
    model = trainer.model
    trainer.require_compiled("fit")
    where = f"model '{model.name}'.fit"
    counted = ("epochs", "batch_size", "steps_per_epoch", "validation_steps", "initial_epoch", "validation_freq")
    check(where, {**_COUNTS, "on_nan": OneOf(*ON_NAN)}, **{name: getattr(options, name) for name in (*counted, "on_nan")})
    tell(frame_index(x, y, where))
    trainer.target_columns = column_names(y)
    x = for_named_inputs(model, x)
    options = replace(options, validation_data=_named_validation(model, options.validation_data))
    trainer.columns = column_names(x)
    refuse_pair(trainer.model, x, y, "fit")
    train, validation_data = training_source(x, y, options, where)
    train = _after_host_layers(trainer, train)
    with about_validation_data():
        validation = _after_host_layers(trainer, validation_source(validation_data, options, where, _needs_targets(trainer)))
    if isinstance(options.validation_data, (tuple, list)):
        x_held_out, y_held_out = options.validation_data[:2]
        tell(frame_columns(trainer.columns, x_held_out, "x_validation", where))
        tell(frame_index(x_held_out, y_held_out, where, "_validation"))
    limit = settings.max_epochs()
    epochs = options.epochs if limit is None else min(options.epochs, limit)
    steps = options.steps_per_epoch
    if steps is None and train.is_endless and epochs - options.initial_epoch > 1:
        raise ArgumentError(
            "a generator without steps_per_epoch",
            "the number of batches in an epoch",
            "a generator has no length: pass steps_per_epoch=..., or a PyDataset",
            where=where,
        )
    first = train.first_batch()
    trainer.prepare("train", first)
    check_before_training(trainer, train, first, validation, is_split=bool(options.validation_split))
    verbose = _verbosity(options.verbose)
    callbacks = CallbackList(
        options.callbacks,
        add_history=True,
        add_progbar=verbose != 0,
        model=model,
        verbose=verbose,
        epochs=epochs,
        steps=steps or train.num_batches,
    )
    history = model.history
    trainer.stop_training = False
    with Interruptible() as interruptible:
        watch = LossWatch(trainer, options.on_nan)
        loop = Loop(trainer, "train", train, steps, callbacks, interruptible, watch)
        callbacks.on_train_begin()
        logs: dict[str, float] = {}
        try:
            for epoch in range(options.initial_epoch, epochs):
                watch.epoch = epoch
                logs = _epoch(trainer, loop, epoch, validation, options, callbacks, interruptible, watch)
                if trainer.stop_training:
                    break
        except TrainingStoppedError:
            trainer.stop_training = True
            callbacks.on_interrupt()
        except KeyboardInterrupt:
            if interruptible.insisted:
                raise
            trainer.stop_training = True
            callbacks.on_interrupt()
            print(
                f"Interrupted in epoch {epoch + 1} of {epochs}. The model keeps the weights of the last whole step; fit() again goes on from them."
            )
        if hasattr(trainer.optimizer, "finalize_variable_values"):
            trainer.optimizer.finalize_variable_values(model.trainable_variables)
        callbacks.on_train_end(logs=logs)
    model.history = history  # a callback may have called fit as well
    return history


def _epoch(
    trainer: Trainer,
    loop: Loop,
    epoch: int,
    validation: DataSource | None,
    options: FitOptions,
    callbacks: CallbackList,
    interruptible: Interruptible,
    watch: LossWatch,
) -> dict[str, float]:
    callbacks.on_epoch_begin(epoch)
    loop.source.on_epoch_begin()
    logs = loop.epoch()
    loop.source.on_epoch_end()
    if validation is not None and _validates_after(epoch + 1, options.validation_freq):
        result = ResultWatch(trainer, "test", f"model '{trainer.model.name}'.fit, validation after epoch {epoch + 1}")
        with about_validation_data():
            found = _test_epoch(trainer, validation, options.validation_steps, callbacks, interruptible, result)
        if watch.is_open and not watch.validation_told:
            watch.validation_told = result.tell(validation.arrays)
        logs |= {f"val_{name}": value for name, value in found.items()}
    callbacks.on_epoch_end(epoch, logs)
    return logs


def _validates_after(number: int, freq: ValidationFreq) -> bool:
    """Whether there is a validation after the epoch of this number, which counts from 1 whatever the initial epoch, as in Keras."""
    return number in freq if isinstance(freq, Collection) else number % freq == 0


def _test_epoch(
    trainer: Trainer, source: DataSource, steps: int | None, callbacks: CallbackList, interruptible: Interruptible, watch: ResultWatch
) -> dict[str, float]:
    callbacks.on_test_begin()
    trainer.prepare("test", source.first_batch())
    source.on_epoch_begin()
    logs = Loop(trainer, "test", source, steps, callbacks, interruptible, watch).epoch()
    source.on_epoch_end()
    callbacks.on_test_end(logs)
    return logs


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
    check(f"model '{model.name}'.evaluate", _COUNTS, batch_size=options.batch_size, steps=options.steps)
    tell(frame_index(x, y, f"model '{model.name}'.evaluate"))
    x = for_named_inputs(model, x)
    tell(frame_columns(trainer.columns, x, "x", f"model '{model.name}'.evaluate"))
    refuse_pair(model, x, y, "evaluate")
    source = make_source(x, y, sample_weight, batch_size=options.batch_size, shuffle=False, steps=options.steps)
    source = _after_host_layers(trainer, source)
    verbose = _verbosity(options.verbose)
    callbacks = _callback_list(options.callbacks, model, verbose, options.steps or source.num_batches)
    watch = ResultWatch(trainer, "test", f"model '{model.name}'.evaluate")
    with Interruptible() as interruptible:
        logs = _test_epoch(trainer, source, options.steps, callbacks, interruptible, watch)
    watch.tell(source.arrays, column_names(x))
    return logs if return_dict else as_list(logs)


def predict(trainer: Trainer, x: Data, options: RunOptions) -> Any:
    """Predictions for data; see `Model.predict`."""
    few = predict_few(trainer, x, options)
    if few is not None:
        return few
    model = trainer.model
    check(f"model '{model.name}'.predict", _COUNTS, batch_size=options.batch_size, steps=options.steps)
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
    callbacks.on_predict_begin()
    with Interruptible() as interruptible, counting(trainer):
        Loop(trainer, "predict", source, options.steps, callbacks, interruptible, watch).epoch(batches.append)
    watch.tell(source.arrays, column_names(x))
    callbacks.on_predict_end()
    return collect(batches)


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
    return logs if return_dict else as_list(logs)


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


def as_list(logs: dict[str, float]) -> Any:
    """Logs in Keras's form: the loss alone, or a list with the loss first."""
    names = list(logs)
    if "loss" in names:
        names.remove("loss")
        names.insert(0, "loss")
    values = [logs[name] for name in names]
    return values[0] if len(values) == 1 else values


def _callback_list(callbacks: Callbacks, model: Model, verbose: int, steps: int | None) -> CallbackList:
    if isinstance(callbacks, CallbackList):
        return callbacks
    return CallbackList(callbacks, add_history=False, add_progbar=verbose != 0, model=model, verbose=verbose, epochs=1, steps=steps)


def _verbosity(verbose: Verbosity) -> int:
    if verbose == "auto":
        return 1
    if verbose not in (0, 1, 2, True, False):
        raise ArgumentError(f"verbose={verbose!r}", "'auto', 0, 1 or 2", "0 is silent, 1 a progress bar, 2 one line per epoch")
    return int(verbose)

"""What callbacks do beyond Keras: warnings that help, weights restored, logs computed only when asked for.

Their decisions epoch by epoch are compared with Keras in `test_against_keras.py`.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from glassworks import Variable, optimizers
from glassworks.errors import ArgumentError, ArgumentTypeError, GlassworksWarning, StateError
from glassworks.training.callbacks import (
    Callback,
    CallbackList,
    CSVLogger,
    EarlyStopping,
    History,
    LambdaCallback,
    LearningRateScheduler,
    ProgbarLogger,
    ReduceLROnPlateau,
    SwapEMAWeights,
    TerminateOnNaN,
)


class Model:
    """Its one weight is the number of epochs done."""

    def __init__(self, metrics: tuple[Any, ...] = ()) -> None:
        self.optimizer = SimpleNamespace(learning_rate=0.1)
        self.stop_training, self.weights, self.metrics, self.history = False, [np.zeros(1)], list(metrics), None

    def get_weights(self) -> list[np.ndarray]:
        return [weight.copy() for weight in self.weights]

    def set_weights(self, weights: list[np.ndarray]) -> None:
        self.weights = weights


def train(callback: Callback, values: list[float], monitor: str = "val_loss", model: Any = None, interrupt: int | None = None) -> Any:
    """Run epochs with made-up logs; as after Ctrl-C where `interrupt` says."""
    model = model or Model()
    callbacks = CallbackList([callback], model=model, epochs=len(values), steps=1, verbose=0)
    callbacks.on_train_begin()
    for epoch, value in enumerate(values):
        callbacks.on_epoch_begin(epoch)
        model.weights = [np.array([epoch + 1.0])]
        if epoch == interrupt:
            callbacks.on_interrupt()
            break
        callbacks.on_epoch_end(epoch, {"loss": 1.0, monitor: value})
        if model.stop_training:
            break
    callbacks.on_train_end()
    return model


# ---- CallbackList


@pytest.mark.parametrize(
    ("callback", "hooks"),
    [
        (History(), ""),
        (ProgbarLogger(), ""),
        (TerminateOnNaN(), ""),
        (EarlyStopping(), ""),
        (LambdaCallback(on_epoch_end=print), ""),
        (LambdaCallback(on_train_batch_end=print), "train"),
        (LambdaCallback(on_batch_begin=print), "train"),
        (LambdaCallback(on_test_batch_begin=print), "test"),
        (LambdaCallback(on_predict_batch_end=print), "predict"),
        (type("Own", (Callback,), {"on_batch_end": print})(), "train"),
        (type("Own", (Callback,), {"on_test_batch_end": print})(), "test"),
    ],
)
def test_the_list_knows_whether_a_callback_wants_each_batch(callback: Callback, hooks: str) -> None:
    callbacks = CallbackList([callback])
    found = [mode for mode in ("train", "test", "predict") if getattr(callbacks, f"has_{mode}_batch_hooks")]
    assert found == ([hooks] if hooks else [])


def test_every_hook_reaches_every_callback_with_its_arguments() -> None:
    heard: list[Any] = []
    names = [name for name in vars(Callback) if name.startswith("on_") and name != "on_progress"]
    recording = {name: lambda self, *args, name=name, **kwargs: heard.append((name, args)) for name in names}
    callbacks = CallbackList([type("Ear", (Callback,), recording)() for _ in range(2)])
    for name in names:
        counted = "epoch" in name or "batch" in name
        heard.clear()
        getattr(callbacks, name)(*([3] if counted else []))
        assert [entry[0] for entry in heard] == [name, name]
        assert all(entry[1][:1] == ((3,) if counted else entry[1][:1]) for entry in heard)


def test_the_older_batch_names_are_called_by_the_newer_ones() -> None:
    heard = []
    callbacks = CallbackList(LambdaCallback(on_batch_end=lambda batch, logs: heard.append((batch, logs))))
    callbacks.on_train_batch_end(4, {"loss": 1.0})
    assert heard == [(4, {"loss": 1.0})]


def test_progress_computes_logs_once_and_only_if_asked() -> None:
    computed, seen = [], []

    def logs() -> dict[str, float]:
        computed.append(1)
        return {"loss": 1.0}

    CallbackList([Callback()]).on_progress(1, logs)
    assert computed == []
    asks = LambdaCallback(on_progress=lambda step, logs: seen.append((step, logs())))
    CallbackList([asks, asks]).on_progress(2, logs)
    assert computed == [1] and seen == [(2, {"loss": 1.0})] * 2


def test_defaults_are_added_once_and_entries_may_be_nested() -> None:
    history = History()
    callbacks = CallbackList([[history], Callback()], add_history=True, add_progbar=True, model=Model())
    assert [type(callback).__name__ for callback in callbacks] == ["History", "Callback", "ProgbarLogger"]
    assert callbacks.model.history is history


@pytest.mark.parametrize(("entry", "pieces"), [(EarlyStopping, "the class EarlyStopping"), (print, "LambdaCallback"), ("early", "'early'")])
def test_what_is_no_callback_is_refused(entry: Any, pieces: str) -> None:
    with pytest.raises(ArgumentTypeError, match=pieces):
        CallbackList([entry])


def test_a_callback_that_forgets_super_init_works() -> None:
    class Forgetful(Callback):
        def __init__(self) -> None:
            pass

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.model.stop_training = True

    assert train(Forgetful(), [1.0, 1.0]).stop_training


# ---- callbacks that watch a number


def test_best_weights_come_back_at_the_end_of_all_epochs_and_after_ctrl_c() -> None:
    losses = [0.5, 0.2, 0.3, 0.4, 0.35]
    assert train(EarlyStopping(patience=10, restore_best_weights=True), losses).weights == [2.0]
    assert train(EarlyStopping(patience=10, restore_best_weights=True), losses, interrupt=3).weights == [2.0]
    assert train(EarlyStopping(patience=10), losses).weights == [5.0]


def test_early_stopping_says_what_it_did_where_asked(capsys: pytest.CaptureFixture[str]) -> None:
    train(EarlyStopping(patience=2, restore_best_weights=True, verbose=1), [0.5, 0.2, 0.3, 0.4, 0.35])
    assert capsys.readouterr().out.splitlines() == [
        "Epoch 4: early stopping, because val_loss did not improve for 2 epochs",
        "The model now has the weights of its best epoch, 2",
    ]


@pytest.mark.parametrize(
    ("monitor", "values"),
    [
        ("val_loss", [3, 2, 1]),
        ("accuracy", [1, 2, 3]),
        ("val_auc_1", [1, 2, 3]),
        ("val_mean_squared_error", [3, 2, 1]),
        ("binary_crossentropy", [3, 2, 1]),
        ("top_k_categorical_accuracy", [1, 2, 3]),
        ("out_precision", [1, 2, 3]),
        ("speed", [1, 2, 3]),
        ("dirt", [3, 2, 1]),
    ],
)
def test_auto_mode_knows_the_direction_by_the_metric(monitor: str, values: list[float]) -> None:
    metrics = (SimpleNamespace(name="speed", _direction="up"), SimpleNamespace(name="dirt", _direction="down"))
    assert not train(EarlyStopping(monitor), values, monitor, Model(metrics)).stop_training
    assert train(EarlyStopping(monitor), values[::-1], monitor, Model(metrics)).stop_training


def test_auto_mode_asks_where_it_cannot_know() -> None:
    with pytest.raises(ArgumentError, match="monitor='charm' with mode='auto'") as caught:
        train(EarlyStopping("charm"), [1.0], "charm")
    assert "mode='max'" in str(caught.value)


@pytest.mark.parametrize("callback", [EarlyStopping, ReduceLROnPlateau])
@pytest.mark.parametrize(
    ("monitor", "there", "piece"),
    [
        ("val_acuracy", "val_accuracy", "did you mean 'val_accuracy'?"),
        ("val_accuracy", "accuracy", "validation_data or validation_split to fit(), or monitor='accuracy'"),
    ],
)
def test_a_number_that_is_not_there_is_warned_of_once_with_the_nearest(callback: Any, monitor: str, there: str, piece: str) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        train(callback(monitor, mode="max"), [0.1, 0.2, 0.3], there)
    assert [warning.category for warning in caught] == [GlassworksWarning]
    text = str(caught[0].message)
    assert f"[{callback.__name__}] monitor={monitor!r} is not in the logs" in text and piece in text and f"loss, {there}" in text


@pytest.mark.parametrize(
    "make",
    [
        lambda: EarlyStopping(patience=-1),
        lambda: EarlyStopping(patience=1.5),
        lambda: EarlyStopping(baseline="low"),
        lambda: ReduceLROnPlateau(factor=1.0),
        lambda: ReduceLROnPlateau(cooldown=-1),
        lambda: ReduceLROnPlateau(min_lr=-0.1),
        lambda: LearningRateScheduler(0.1),
        lambda: LambdaCallback(on_epoch_end=3),
    ],
)
def test_arguments_that_make_no_sense_are_refused(make: Any) -> None:
    with pytest.raises((ArgumentError, ArgumentTypeError)):
        make()


def test_a_misspelt_hook_is_named_with_the_nearest() -> None:
    with pytest.warns(GlassworksWarning, match="did you mean 'on_epoch_end'"):
        LambdaCallback(on_epoch_ends=print)


def test_an_unknown_mode_counts_as_auto_as_in_keras_with_a_warning() -> None:
    with pytest.warns(GlassworksWarning, match="counts as 'auto'"):
        assert EarlyStopping(mode="best").mode == "auto"
    assert EarlyStopping(mode="MAX").mode == "max"


# ---- learning rates


def test_the_learning_rate_is_in_the_history_and_said_where_asked(capsys: pytest.CaptureFixture[str]) -> None:
    model, history = Model(), History()
    callbacks = CallbackList(
        [ReduceLROnPlateau(patience=1, verbose=1), LearningRateScheduler(lambda epoch: 1.0 / 2**epoch, verbose=1), history], model=model
    )
    callbacks.on_train_begin()
    for epoch in range(2):
        callbacks.on_epoch_begin(epoch)
        callbacks.on_epoch_end(epoch, {"val_loss": 1.0})
    assert history.history == {"val_loss": [1.0, 1.0], "learning_rate": [1.0, 0.05]}
    assert capsys.readouterr().out.splitlines() == [
        "Epoch 1: learning rate 1",
        "Epoch 2: learning rate 0.5",
        "Epoch 2: val_loss is on a plateau; the learning rate goes from 0.5 to 0.05",
    ]


def test_a_schedule_that_returns_no_number_is_refused() -> None:
    with pytest.raises(ArgumentTypeError, match=r"schedule\(0, 0.1\) returned None"):
        train(LearningRateScheduler(lambda epoch, rate: None), [1.0])


def test_an_error_inside_a_schedule_comes_out_as_it_is() -> None:
    def schedule(epoch: int, rate: float) -> float:
        raise TypeError("mine")

    with pytest.raises(TypeError, match="mine"):
        train(LearningRateScheduler(schedule), [1.0])


def test_an_optimizer_with_a_schedule_of_its_own_is_named_as_the_reason() -> None:
    model = Model()
    model.optimizer = optimizers.SGD(optimizers.schedules.ExponentialDecay(0.1, 10, 0.5))  # type: ignore[assignment]
    with pytest.raises(StateError, match="remove the LearningRateScheduler callback"):
        train(LearningRateScheduler(lambda epoch: 0.5), [1.0], model=model)


# ---- the rest


@pytest.mark.parametrize("loss", [float("nan"), float("inf"), np.float32("nan")])
@pytest.mark.parametrize("hook", ["epoch", "progress", "batch"])
def test_training_ends_when_the_loss_is_no_number(loss: float, hook: str, capsys: pytest.CaptureFixture[str]) -> None:
    def run(callbacks: CallbackList) -> None:
        if hook == "epoch":
            callbacks.on_epoch_end(2, {"loss": loss})
        elif hook == "progress":
            callbacks.on_progress(8, lambda: {"loss": loss})
        else:
            callbacks.on_train_batch_end(7, {"loss": loss})

    callbacks = CallbackList([TerminateOnNaN()], model=Model())
    run(callbacks)
    assert callbacks.model.stop_training
    assert capsys.readouterr().out.startswith("Epoch 3: the loss is" if hook == "epoch" else "Batch 7: the loss is")
    with pytest.raises(RuntimeError, match="smaller learning rate"):
        run(CallbackList([TerminateOnNaN(raise_error=True)], model=Model()))


def test_a_finite_loss_or_none_goes_on() -> None:
    model = train(TerminateOnNaN(), [1.0, 2.0])
    assert not model.stop_training
    CallbackList([TerminateOnNaN()], model=model).on_progress(1, dict)
    assert not model.stop_training


def test_the_csv_file_has_each_epoch_on_disk_when_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    logger = CSVLogger(path)
    logger.on_train_begin()
    logger.on_epoch_end(0, {"loss": 0.5, "val_loss": 1.0})
    assert path.read_text() == "epoch,loss,val_loss\n0,0.5,1.0\n"
    logger.on_train_end()


def test_averaged_weights_are_in_the_model_while_it_is_evaluated() -> None:
    weight = Variable(np.array(1.0, "float32"))
    model = Model()
    model.optimizer = optimizers.SGD(use_ema=True)  # type: ignore[assignment]
    model.optimizer.build([weight])
    (average,) = model.optimizer._averages
    average.assign(5.0)

    def values() -> tuple[float, float]:
        return float(weight), float(average)

    callback = SwapEMAWeights()
    callback.set_model(model)
    for begin, end in ((callback.on_test_begin, callback.on_test_end), (callback.on_predict_begin, callback.on_predict_end)):
        begin()
        assert values() == (5.0, 1.0)
        end()
        assert values() == (1.0, 5.0)
    callback = SwapEMAWeights(swap_on_epoch=True)
    callback.set_model(model)
    callback.set_params({"epochs": 2})
    callback.on_epoch_end(0)
    assert values() == (5.0, 1.0)
    callback.on_epoch_begin(1)
    assert values() == (1.0, 5.0)
    callback.on_epoch_end(1)
    assert values() == (5.0, 5.0), "the model takes over the average when fit ends"


def test_an_optimizer_without_averages_is_refused_with_the_fix() -> None:
    callback = SwapEMAWeights()
    callback.set_model(Model())
    with pytest.raises(StateError, match="use_ema=True"):
        callback.on_test_begin()


def test_before_the_first_step_there_is_nothing_to_exchange() -> None:
    callback, model = SwapEMAWeights(), Model()
    model.optimizer = optimizers.SGD(use_ema=True)  # type: ignore[assignment]
    callback.set_model(model)
    callback.on_test_begin()
    callback.on_test_end()


def test_a_list_gives_logs_to_callbacks_that_have_no_default_for_them() -> None:
    heard: list[str] = []

    class Strict(Callback):
        def on_train_begin(self, log: Any) -> None:
            heard.append("train")

        def on_epoch_begin(self, number: int, log: Any) -> None:
            heard.append("epoch")

        def on_train_batch_end(self, number: int, logs: Any) -> None:
            heard.append("batch")

    callbacks = CallbackList([Strict()])
    callbacks.on_train_begin()
    callbacks.on_epoch_begin(0)
    callbacks.on_train_batch_end(0)
    assert heard == ["train", "epoch", "batch"]

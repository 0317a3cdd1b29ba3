"""Callbacks decide as Keras's do, epoch for epoch, on the same made-up logs."""

from __future__ import annotations

import warnings
from typing import Any

import keras as real
import numpy as np
import pytest

from glassworks import callbacks

LOSSES = [1.0, 0.8, 0.85, 0.79, 0.7999, 0.81, 0.5, 0.6, 0.61, 0.5, 0.5, 0.55, 0.56, 0.57, 0.3, 0.4, 0.41, 0.42]
ACCURACIES = [0.3, 0.5, 0.4, 0.55, 0.55, 0.2, 0.6, 0.61, 0.6, 0.6, 0.6, 0.7, 0.1, 0.1, 0.1]
BROKEN = [float("nan"), float("nan"), 0.5, float("nan"), 0.4, float("nan"), float("nan")]
GAPS = [1.0, None, 0.5, None, 0.7, None, 0.8, None, 0.9]


class Metric:
    """A metric with a direction, as both libraries look for it."""

    def __init__(self, name: str, direction: str) -> None:
        self.name, self._direction = name, direction


class Optimizer:
    def __init__(self) -> None:
        self.learning_rate: Any = 0.1


class Model:
    """Its one weight is the number of epochs done."""

    def __init__(self) -> None:
        self.optimizer, self.stop_training, self.weights = Optimizer(), False, [np.zeros(1)]

    @property
    def metrics(self) -> list[Any]:
        return []

    def get_weights(self) -> list[np.ndarray]:
        return [weight.copy() for weight in self.weights]

    def set_weights(self, weights: list[np.ndarray]) -> None:
        self.weights = [np.array(weight) for weight in weights]


def run(callback: Any, values: list[float | None], monitor: str, trainings: int = 1) -> list[Any]:
    """What the callback did in each epoch, and the weights it left."""
    seen: list[Any] = []
    model = Model()
    callback.set_model(model)
    callback.set_params({"epochs": len(values), "steps": 1, "verbose": 0})
    for _ in range(trainings):
        model.stop_training = False
        callback.on_train_begin()
        for epoch, value in enumerate(values):
            callback.on_epoch_begin(epoch)
            model.weights = [np.array([epoch + 1.0])]
            logs: dict[str, Any] = {"loss": 0.0} if value is None else {"loss": 0.0, monitor: value}
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                callback.on_epoch_end(epoch, logs)
            state = {name: getattr(callback, name, None) for name in ("wait", "stopped_epoch", "best_epoch", "cooldown_counter")}
            seen.append(
                (epoch, model.stop_training, round(float(model.optimizer.learning_rate), 9), logs.get("learning_rate") is not None, state)
            )
            if model.stop_training:
                break
        callback.on_train_end()
        seen.append(model.weights[0].tolist())
    return seen


STOPPING: list[dict[str, Any]] = [
    {},
    {"patience": 1},
    {"patience": 3},
    {"patience": 2, "min_delta": 0.02},
    {"patience": 2, "min_delta": -0.02},
    {"patience": 3, "baseline": 0.75},
    {"patience": 1, "baseline": 0.1},
    {"patience": 2, "baseline": 0.0, "restore_best_weights": True},
    {"patience": 2, "restore_best_weights": True},
    {"patience": 100, "restore_best_weights": True},
    {"patience": 1, "start_from_epoch": 5},
    {"patience": 0, "start_from_epoch": 3, "restore_best_weights": True},
    {"patience": 2, "start_from_epoch": 100, "restore_best_weights": True},
]
SERIES = [
    ("val_loss", "min", LOSSES),
    ("val_loss", "auto", LOSSES),
    ("accuracy", "max", ACCURACIES),
    ("loss2", "min", BROKEN),
    ("val_loss", "min", GAPS),
]


@pytest.mark.parametrize("options", STOPPING, ids=str)
@pytest.mark.parametrize(("monitor", "mode", "values"), SERIES, ids=["losses", "auto", "accuracies", "nan", "gaps"])
def test_early_stopping_stops_and_restores_as_keras(monitor: str, mode: str, values: list[Any], options: dict[str, Any]) -> None:
    ours = run(callbacks.EarlyStopping(monitor, mode=mode, **options), values, monitor, trainings=2)
    theirs = run(real.callbacks.EarlyStopping(monitor, mode=mode, **options), values, monitor, trainings=2)
    assert ours == theirs


PLATEAU: list[dict[str, Any]] = [
    {"patience": 1},
    {"patience": 2, "factor": 0.5},
    {"patience": 0},
    {"patience": 1, "cooldown": 2},
    {"patience": 1, "cooldown": 1, "min_lr": 0.02},
    {"patience": 1, "min_lr": 0.1},
    {"patience": 1, "min_delta": 0.05, "factor": 0.9},
]


@pytest.mark.parametrize("options", PLATEAU, ids=str)
@pytest.mark.parametrize(("monitor", "mode", "values"), SERIES, ids=["losses", "auto", "accuracies", "nan", "gaps"])
def test_the_learning_rate_is_reduced_as_in_keras(monitor: str, mode: str, values: list[Any], options: dict[str, Any]) -> None:
    ours = run(callbacks.ReduceLROnPlateau(monitor, mode=mode, **options), values, monitor, trainings=2)
    theirs = run(real.callbacks.ReduceLROnPlateau(monitor, mode=mode, **options), values, monitor, trainings=2)
    assert ours == theirs


@pytest.mark.parametrize(
    "schedule",
    [lambda epoch, rate: rate * 0.9 if epoch > 2 else rate, lambda epoch: 1.0 / (epoch + 1), lambda epoch, rate: np.float32(0.5)],
)
def test_the_learning_rate_schedule_is_followed_as_in_keras(schedule: Any) -> None:
    ours = run(callbacks.LearningRateScheduler(schedule), LOSSES[:6], "val_loss")
    assert ours == run(real.callbacks.LearningRateScheduler(schedule), LOSSES[:6], "val_loss")


def test_the_csv_file_reads_as_keras_writes_it(tmp_path: Any) -> None:
    texts = []
    for library in (callbacks, real.callbacks):
        path = tmp_path / f"{library.__name__}.csv"
        for append in (False, True):
            logger = library.CSVLogger(path, separator=";", append=append)
            logger.on_train_begin()
            logger.on_epoch_end(0, {"loss": 0.5, "accuracy": np.float32(0.25), "each": np.array([1.0, 2.0])})
            logger.on_epoch_end(1, {"loss": 0.25, "val_loss": 1.5, "accuracy": np.array(1.0)})
            logger.on_train_end()
        texts.append(path.read_text().splitlines())
    assert texts[0] == texts[1]


def test_every_hook_of_keras_is_a_method_of_ours_with_the_same_arguments() -> None:
    import inspect

    for name in dir(real.callbacks.Callback):
        if name.startswith(("on_", "set_")):
            theirs, ours = (inspect.signature(getattr(cls, name)).parameters for cls in (real.callbacks.Callback, callbacks.Callback))
            assert list(ours) == list(theirs), name


@pytest.mark.parametrize("name", [name for name in dir(callbacks) if name[0].isupper() and name != "Doctor"])
def test_constructors_take_the_arguments_of_keras(name: str) -> None:
    import inspect

    ours, theirs = (inspect.signature(getattr(library, name).__init__).parameters for library in (callbacks, real.callbacks))
    assert [(p.name, p.default) for p in ours.values()] == [(p.name, p.default) for p in theirs.values()]

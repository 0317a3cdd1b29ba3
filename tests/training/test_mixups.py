"""What belongs in no argument of `compile`, or in another one, is refused there, by name and with the place where it goes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import glassworks as keras
from glassworks import layers, ops
from glassworks.errors import ArgumentError, ArgumentTypeError

DECAY = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
WRONG: dict[str, tuple[Any, str]] = {
    "a layer": (layers.Dense(1), "Dense(...), which is a layer"),
    "a class of layers": (layers.Dense, "Dense, which is a layer"),
    "a model": (keras.Sequential([layers.Dense(1)]), "Sequential(...), which is a layer"),
    "a schedule": (DECAY, "ExponentialDecay(...), which is a learning rate schedule"),
    "a callback": (keras.callbacks.EarlyStopping(), "EarlyStopping(...), which is a callback"),
    "an initializer": (keras.initializers.Zeros(), "Zeros(...), which is an initializer"),
    "a regularizer": (keras.regularizers.L2(), "L2(...), which is a regularizer"),
    "a constraint": (keras.constraints.NonNeg(), "NonNeg(...), which is a constraint"),
    "a number": (0.01, "0.01, which is of type float"),
    "an array": (np.ones(3), "an array, which is of type ndarray"),
    "a symbolic value": (ops.mean(keras.Input((3,))), "an array, which is of type KerasTensor"),
}


def model() -> Any:
    return keras.Sequential([keras.Input((3,)), layers.Dense(1)])


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("place", ["optimizer", "loss", "metrics", "weighted_metrics"])
def test_what_is_no_optimizer_loss_or_metric_is_refused_by_compile(place: str, name: str) -> None:
    value, text = WRONG[name]
    given = {"optimizer": "adam", "loss": "mse", place: [value] if "metrics" in place else value}
    with pytest.raises(ArgumentTypeError) as caught:
        model().compile(**given)
    message = str(caught.value)
    assert "[compile]" in message and f"{place}={text}" in message and "expected:" in message and "fix:" in message


@pytest.mark.parametrize(
    ("given", "fix"),
    [
        ({"optimizer": 0.01}, "optimizer=keras.optimizers.Adam(learning_rate=0.01)"),
        ({"optimizer": DECAY}, "optimizer=keras.optimizers.Adam(learning_rate=ExponentialDecay(...))"),
        ({"optimizer": "accuracy"}, "metrics=['accuracy'], and optimizer='adam'"),
        ({"loss": "accuracy"}, "metrics=['accuracy'], and loss='mse'"),
        ({"loss": "softmax"}, "activation='softmax' in the last layer, and loss='mse'"),
        ({"metrics": ["relu"]}, "activation='relu' in the last layer, and metrics=['mae']"),
        ({"metrics": keras.metrics.AUC()}, "write metrics=[AUC(...)]"),
        ({"loss": {"out": keras.metrics.Mean()}}, "metrics=[Mean(...)], and loss='mse'"),
        ({"metrics": ["adam"]}, "optimizer='adam', and metrics=['mae']"),
        ({"metrics": [keras.optimizers.SGD()]}, "optimizer=SGD(...), and metrics=['mae']"),
        ({"metrics": [keras.callbacks.EarlyStopping()]}, "model.fit(..., callbacks=[EarlyStopping(...)])"),
        ({"loss_weights": ["accuracy", "mae"]}, "metrics=['accuracy', 'mae'], by name"),
        ({"loss_weights": "accuracy"}, "metrics=['accuracy'], by name"),
    ],
)
def test_the_fix_says_where_it_belongs(given: dict[str, Any], fix: str) -> None:
    with pytest.raises((ArgumentError, ArgumentTypeError)) as caught:
        model().compile(**{"optimizer": "adam", "loss": "mse", **given})
    assert fix in str(caught.value)


class Distance(layers.Layer):
    """A layer that takes targets and outputs, which Keras lets stand for a loss."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return ops.mean(ops.square(y_true - y_pred), axis=-1)


class Callable:
    """An object of the user's own that can be called."""

    def __call__(self, y_true: Any, y_pred: Any) -> Any:
        return ops.mean(ops.square(y_true - y_pred), axis=-1)


@pytest.mark.parametrize("function", [Distance(), Callable(), keras.losses.MeanSquaredError(), keras.losses.mean_squared_error])
def test_what_takes_targets_and_outputs_may_be_loss_and_metric(function: Any) -> None:
    one = model()
    one.compile("sgd", function, metrics=[function])
    one.fit(np.ones((8, 3)), np.zeros((8, 1)), verbose=0)


def test_none_is_allowed_in_every_place() -> None:
    model().compile(None, None, None, None, None)
    model().compile("adam", ["mse"], [None], [[None, "mae"]], {"dense": None})


def test_a_metric_may_be_a_config() -> None:
    one = model()
    one.compile("sgd", "mse", metrics=[{"class_name": "MeanAbsoluteError", "config": {"name": "distance", "dtype": "float32"}}])
    assert "distance" in one.fit(np.ones((8, 3)), np.zeros((8, 1)), verbose=0).history


@pytest.mark.parametrize("value", [["adam"], ("adam", 0.1), {"name": "adam"}, len, keras.metrics.AUC, layers.Flatten])
def test_what_is_not_an_optimizer_is_refused_wherever_one_is_looked_up(value: Any) -> None:
    with pytest.raises((ArgumentError, ArgumentTypeError), match="an optimizer"):
        keras.optimizers.get(value)
    with pytest.raises((ArgumentError, ArgumentTypeError), match="an optimizer"):
        model().compile(value, "mse")

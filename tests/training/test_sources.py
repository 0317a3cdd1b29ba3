"""Faults of validation data say so, those of `evaluate` and `predict` name the call, and what is passed wrongly is said how to pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import glassworks as keras
from glassworks import layers
from glassworks.errors import GlassworksError

X = np.random.default_rng(0).normal(size=(40, 4)).astype("float32")
Y = X.sum(axis=1)
CLASSES = np.arange(40) % 3
HOLE = np.where(np.arange(40) == 3, np.nan, Y)


def net(units: int = 1, activation: Any = None, loss: Any = "mse") -> Any:
    model = keras.Sequential([keras.Input((4,)), layers.Dense(units, activation=activation, name="out")], name="net")
    model.compile("sgd", loss)
    return model


def classifier() -> Any:
    return net(3, "softmax", "sparse_categorical_crossentropy")


def message(call: Callable[[], Any]) -> str:
    with pytest.raises(GlassworksError) as caught:
        call()
    return str(caught.value)


class Epochs(keras.callbacks.Callback):
    """Counts epochs that were trained before an error came."""

    count = 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.count += 1


def batches(x: Any, y: Any) -> Iterator[Any]:
    while True:
        yield x, y


@pytest.mark.parametrize(
    ("make", "y", "held_out"),
    [
        (net, Y, (X[:, :3], Y)),
        (net, Y, (X, Y[:7])),
        (net, Y, (X, HOLE)),
        (net, Y, (np.where(X > 2, np.inf, X), Y)),
        (net, Y, (X, np.array(["a"] * 40))),
        (net, Y, (np.array([["a", "b", "c", "d"]] * 40), Y)),
        (net, Y, (X, np.eye(3)[CLASSES])),
        (net, Y, (X[:0], Y[:0])),
        (net, Y, (X, None)),
        (net, Y, X),
        (net, Y, {"x": X}),
        (net, Y, (X,)),
        (net, Y, (X, Y, np.ones(3), 1)),
        (net, Y, (X, Y, np.ones(3))),
        (classifier, CLASSES, (X, CLASSES + 5)),
        (classifier, CLASSES, (X, CLASSES + 0.5)),
        (classifier, CLASSES, (X, np.eye(3)[CLASSES])),
        (classifier, CLASSES, batches(X[:, :2], CLASSES)),
    ],
)
def test_a_fault_of_validation_data_says_so_before_any_training(make: Callable, y: np.ndarray, held_out: Any) -> None:
    epochs = Epochs()
    steps = {"validation_steps": 1} if isinstance(held_out, Iterator) else {}
    text = message(lambda: make().fit(X, y, validation_data=held_out, callbacks=[epochs], verbose=0, **steps))
    assert "validation_data" in text
    assert epochs.count == 0


def test_a_fault_of_later_validation_batches_says_so() -> None:
    def worse() -> Iterator[Any]:
        yield X, Y
        yield X[:, :2], Y

    assert "validation_data" in message(lambda: net().fit(X, Y, validation_data=worse(), validation_steps=2, verbose=0))


def test_a_fault_of_training_data_does_not_speak_of_validation() -> None:
    assert "validation_data" not in message(lambda: net().fit(X[:, :3], Y, validation_data=(X, Y), verbose=0))
    assert "validation_data" not in message(lambda: net().fit(X, HOLE, validation_data=(X, Y), verbose=0))


def test_validation_data_that_has_another_length_or_layout_of_targets_is_fine() -> None:
    net().fit(X, Y, validation_data=(X[:7], Y[:7, None]), verbose=0)
    net().fit(X, Y, validation_data=[X[:7], Y[:7]], verbose=0)
    doubled = keras.Sequential([keras.Input((4,)), layers.Dense(2)])
    doubled.compile(
        "sgd", lambda y_true, y_pred: keras.ops.mean(keras.ops.square(y_pred - keras.ops.mean(y_true, axis=-1, keepdims=True)), axis=-1)
    )
    doubled.fit(X, X[:, :3], validation_data=(X, X[:, :2]), verbose=0)
    recurrent = keras.Sequential([keras.Input((None, 1)), layers.LSTM(2, return_sequences=True), layers.Dense(1)])
    recurrent.compile("sgd", "mse")
    recurrent.fit(X[..., None], X[..., None], validation_data=(X[:, :3, None], X[:, :3, None]), verbose=0)


@pytest.mark.parametrize(("argument", "other"), [("evaluate", "fit"), ("test_on_batch", "fit"), ("train_on_batch", ".fit")])
def test_faults_of_other_calls_name_these_calls(argument: str, other: str) -> None:
    def call(x: Any, y: Any) -> Callable[[], Any]:
        options = {"verbose": 0} if argument == "evaluate" else {}
        return lambda: getattr(net(), argument)(x, y, **options)

    for x, y in ((X, Y[:3]), (X, None), (X, np.array(["a"] * 40)), (X[:0], Y[:0])):
        text = message(call(x, y))
        assert f"[model 'net'.{argument}" in text
        assert other not in text.splitlines()[0]


def test_faults_of_predict_name_predict() -> None:
    for x in (X[:0], np.array([["a", "b", "c", "d"]] * 40), [[1.0], [1.0, 2.0]]):
        assert "[model 'net'.predict]" in message(lambda x=x: net().predict(x, verbose=0))


# ---- x and y passed as one


@pytest.mark.parametrize("kind", [tuple, list])
@pytest.mark.parametrize("call", ["fit", "evaluate", "predict"])
def test_a_pair_for_a_model_of_one_input_is_told_to_be_two_arguments(call: str, kind: type) -> None:
    text = message(lambda: getattr(net(), call)(kind((X, Y)), verbose=0))
    assert f"x is a {kind.__name__} of 2 arrays" in text
    assert f"model.{call}(x" in text


def test_a_pair_is_an_input_where_the_model_has_two() -> None:
    a, b = keras.Input((4,)), keras.Input((4,))
    model = keras.Model([a, b], layers.Dense(1)(layers.add([a, b])))
    assert model.predict((X, X), verbose=0).shape == (40, 1)
    model.compile("sgd", "mse")
    assert "pass the targets as y" in message(lambda: model.fit((X, X), verbose=0))


def test_a_list_of_arrays_with_targets_is_told_what_a_model_of_one_input_takes() -> None:
    text = message(lambda: net().fit([X, X], Y, verbose=0))
    assert "the model has one input" in text
    assert "np.concatenate" in text


# ---- NaN


@pytest.mark.parametrize(
    ("x", "y", "weight"),
    [
        (X, HOLE, None),
        (X, np.stack([Y, HOLE], axis=1), None),
        (np.where(X > 1.5, np.nan, X), Y, None),
    ],
)
def test_rows_with_holes_are_left_out_by_the_code_that_the_error_shows(x: np.ndarray, y: np.ndarray, weight: Any) -> None:
    model = net(1 if y.ndim == 1 else 2)
    text = message(lambda: model.fit(x, y, verbose=0))
    name = "y" if np.isnan(y).any() else "x"
    assert f"{name} has NaN in" in text
    if name == "y":
        assert "nan_to_num(x)" not in text
    code = text.split("keep = ")[1].split(";")[0]
    keep = eval(code, {"np": np, "x": x, "y": y})
    assert 0 < keep.sum() < 40
    model.fit(x[keep], y[keep], verbose=0)


def test_weights_with_holes_get_weights() -> None:
    weights = np.where(np.arange(40) == 3, np.inf, 1.0)
    text = message(lambda: net().fit(X, Y, sample_weight=weights, verbose=0))
    assert "np.nan_to_num(sample_weight, posinf=0.0)" in text
    net().fit(X, Y, sample_weight=np.nan_to_num(weights, posinf=0.0), verbose=0)

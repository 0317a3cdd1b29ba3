"""Targets, outputs and losses that do not go together: the error says what is wrong, and its fix works when it is followed."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import glassworks as keras
from glassworks import layers, losses, ops
from glassworks.errors import DataError, GlassworksWarning, ShapeError

X = np.random.default_rng(0).normal(size=(60, 4)).astype("float32")
TWO, THREE = np.arange(60) % 2, np.arange(60) % 3
BINARY = ["binary_crossentropy", "binary_focal_crossentropy"]


def train(
    y: np.ndarray, units: int = 1, activation: Any = "sigmoid", loss: Any = "binary_crossentropy", x: np.ndarray = X, **dense: Any
) -> None:
    """Fit without a warning, or with an error."""
    model = keras.Sequential([keras.Input((4,)), layers.Dense(units, activation=activation, **dense)])
    model.compile("sgd", loss)
    with warnings.catch_warnings():
        warnings.simplefilter("error", GlassworksWarning)
        model.fit(x, y, verbose=0)


def fix_for(y: np.ndarray, **options: Any) -> str:
    with pytest.raises((DataError, GlassworksWarning)) as caught:
        train(y, **options)
    return str(caught.value).split("fix:")[1].strip()


# ---- targets of a binary loss


@pytest.mark.parametrize("dtype", ["int64", "float32", "uint8"])
@pytest.mark.parametrize("loss", BINARY)
@pytest.mark.parametrize(
    ("y", "code"),
    [
        (TWO + 1, "y - 1"),
        (TWO * 255, "y / 255"),
        (TWO * 2, "y / 2"),
        (TWO * 10, "y / 10"),
        (TWO + 4, "y - 4"),
        (TWO * 5 + 2, "(y == 7).astype('float32')"),
    ],
)
def test_two_labels_that_are_not_0_and_1_are_brought_there(y: np.ndarray, code: str, loss: str, dtype: str) -> None:
    y = y.astype(dtype)
    fix = fix_for(y, loss=loss)
    assert fix.endswith(f"train on {code}")
    assert "more than two classes" not in fix
    fixed = eval(code, {"y": y})
    assert sorted(np.unique(fixed)) == [0, 1]
    assert ((fixed == 1) == (y == y.max())).all()
    train(fixed, loss=loss)


@pytest.mark.parametrize(("y", "code"), [(TWO * 2 - 1, "(y + 1) / 2"), (TWO - 3, "y + 3")])
def test_negative_labels_are_brought_to_0_and_1(y: np.ndarray, code: str) -> None:
    assert f"train on {code}" in fix_for(y)
    train(eval(code, {"y": y}))


def test_more_classes_get_a_layer_of_that_many_units() -> None:
    for y, shift in ((THREE, ""), (THREE + 1, "y - 1")):
        fix = fix_for(y)
        assert "Dense(3, activation='softmax')" in fix
        assert shift in fix
        train(y - y.min(), units=3, activation="softmax", loss="sparse_categorical_crossentropy")


def test_grey_levels_percentages_and_quantities_are_told_apart() -> None:
    assert "y / 255" in fix_for(np.arange(60) * 4)
    assert "y / 100" in fix_for(np.linspace(0, 99.5, 60))
    assert "loss='mse'" in fix_for(np.linspace(-3, 9.5, 60))
    assert "leave them out" in fix_for(THREE - 1)
    keep = THREE != 0
    train((THREE - 1)[keep], x=X[keep])


def test_labels_that_are_all_one_number_are_said_to_be_so() -> None:
    with pytest.raises(DataError, match="y that are all 2 with binary_crossentropy"):
        train(TWO * 0 + 2)


# ---- class numbers


@pytest.mark.parametrize(
    ("y", "fix", "fixed"),
    [
        (THREE + 1, "train on y - 1", lambda y: y - 1),
        (THREE + 5, "np.unique(y, return_inverse=True)", lambda y: np.unique(y, return_inverse=True)[1]),
        (THREE * 50, "np.unique(y, return_inverse=True)", lambda y: np.unique(y, return_inverse=True)[1]),
        (THREE - 2, "np.unique(y, return_inverse=True)", lambda y: np.unique(y, return_inverse=True)[1]),
        (THREE - 1, "number the classes from 0 (y + 1)", lambda y: y + 1),
    ],
)
def test_class_numbers_outside_the_outputs_are_numbered_from_0(y: np.ndarray, fix: str, fixed: Callable) -> None:
    options = {"units": 3, "activation": "softmax", "loss": "sparse_categorical_crossentropy"}
    assert fix in fix_for(y, **options)
    train(fixed(y), **options)


def test_more_class_numbers_than_outputs_get_more_outputs() -> None:
    options = {"activation": "softmax", "loss": "sparse_categorical_crossentropy"}
    assert "give the last layer 6 units" in fix_for(np.arange(60) % 6, units=3, **options)
    train(np.arange(60) % 6, units=6, **options)
    many = (np.arange(60) % 5) * 1000
    fix = fix_for(many, units=3, **options)
    assert "number the 5 classes" in fix
    assert "give the last layer 5 units" in fix
    train(np.unique(many, return_inverse=True)[1], units=5, **options)


def test_the_mark_for_no_label_is_ignored() -> None:
    y = np.where(TWO == 0, THREE, 255)
    options = {"units": 3, "activation": "softmax"}
    assert "ignore_class=255" in fix_for(y, loss="sparse_categorical_crossentropy", **options)
    train(y, loss=losses.SparseCategoricalCrossentropy(ignore_class=255), **options)


def test_labels_that_are_all_one_class_number_are_said_to_be_so() -> None:
    with pytest.raises(DataError, match="labels that are all 3 with"):
        train(THREE * 0 + 3, units=3, activation="softmax", loss="sparse_categorical_crossentropy")


# ---- one output with a loss for several classes


@pytest.mark.parametrize("activation", ["sigmoid", "softmax", None, "tanh"])
@pytest.mark.parametrize(
    "loss",
    ["categorical_crossentropy", "sparse_categorical_crossentropy", "categorical_focal_crossentropy", losses.CategoricalCrossentropy()],
)
@pytest.mark.parametrize("y", [TWO, TWO[:, None].astype("float32")])
def test_one_output_is_told_the_binary_loss_and_the_sigmoid_at_once(y: np.ndarray, loss: Any, activation: Any) -> None:
    fix = fix_for(y, activation=activation, loss=loss)
    assert "loss='binary_crossentropy'" in fix
    assert "Dense(1, activation='sigmoid')" in fix
    assert "softmax" not in fix
    train(y)


def test_one_output_of_scores_keeps_its_scores() -> None:
    fix = fix_for(TWO, activation=None, loss=losses.CategoricalCrossentropy(from_logits=True))
    assert "keras.losses.BinaryCrossentropy(from_logits=True)" in fix
    train(TWO, activation=None, loss=losses.BinaryCrossentropy(from_logits=True))


def test_one_output_for_more_classes_gets_an_output_for_each() -> None:
    fix = fix_for(THREE, loss="sparse_categorical_crossentropy")
    assert "Dense(3, activation='softmax')" in fix
    fix = fix_for(np.eye(3)[THREE], loss="categorical_crossentropy")
    assert "Dense(3, activation='softmax')" in fix
    train(np.eye(3)[THREE], units=3, activation="softmax", loss="categorical_crossentropy")


def test_numbers_for_a_one_hot_loss_are_told_where_they_have_to_run() -> None:
    fix = fix_for(THREE + 1, units=3, activation="softmax", loss="categorical_crossentropy")
    assert "once the numbers run from 0 to 2 (here 1 to 3)" in fix


# ---- outputs: what the last layer is decides


def saturated(sign: float) -> dict[str, Any]:
    return {"kernel_initializer": "zeros", "bias_initializer": keras.initializers.Constant(sign * 1000.0)}


@pytest.mark.parametrize("loss", BINARY)
@pytest.mark.parametrize("activation", ["sigmoid", "hard_sigmoid"])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_sigmoid_that_saturates_is_still_a_sigmoid(sign: float, activation: str, loss: str) -> None:
    keras.config.disable_checks("initial_loss")  # which rightly says that the start is far off
    train(TWO, activation=activation, loss=loss, **saturated(sign))


def test_a_sigmoid_of_ops_in_an_own_model_is_found_too() -> None:
    class Own(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = layers.Dense(1, **saturated(1.0))

        def call(self, x: Any) -> Any:
            return ops.reshape(ops.sigmoid(self.dense(x)), (-1, 1))

    keras.config.disable_checks("initial_loss")
    model = Own()
    model.compile("sgd", "binary_crossentropy")
    model.fit(X, TWO, verbose=0)


@pytest.mark.parametrize("make", [lambda: [layers.Dense(1, activation="softmax")], lambda: [layers.Dense(1), layers.Softmax()]])
def test_a_softmax_over_one_output_is_refused_however_it_is_written(make: Callable) -> None:
    model = keras.Sequential([keras.Input((4,)), *make()])
    model.compile("sgd", "binary_crossentropy")
    with pytest.raises(DataError, match="a softmax over 1 output"):
        model.fit(X, TWO, verbose=0)


@pytest.mark.parametrize("bias", [0.0, 0.5, 1.0])
@pytest.mark.parametrize(
    ("units", "y", "loss"),
    [
        (1, TWO, losses.BinaryCrossentropy(from_logits=True)),
        (2, np.eye(2)[TWO], losses.BinaryCrossentropy(from_logits=True)),
        (2, TWO, losses.SparseCategoricalCrossentropy(from_logits=True)),
        (2, np.eye(2)[TWO], losses.CategoricalCrossentropy(from_logits=True)),
    ],
)
def test_scores_that_happen_to_lie_between_0_and_1_are_scores(units: int, y: np.ndarray, loss: Any, bias: float) -> None:
    train(y, units, None, loss, kernel_initializer="zeros", bias_initializer=keras.initializers.Constant(bias))


@pytest.mark.parametrize(
    ("units", "y", "loss", "activation"),
    [
        (1, TWO, "binary_crossentropy", "sigmoid"),
        (2, np.eye(2)[TWO], "categorical_crossentropy", "softmax"),
        (2, TWO, "sparse_categorical_crossentropy", "softmax"),
    ],
)
def test_a_layer_without_activation_is_found_even_where_its_outputs_look_like_probabilities(
    units: int, y: np.ndarray, loss: str, activation: str
) -> None:
    options = {"kernel_initializer": "zeros", "bias_initializer": keras.initializers.Constant(1 / units)}
    with pytest.raises(GlassworksWarning, match=f"add activation='{activation}' to the last layer, or from_logits=True"):
        train(y, units, None, loss, **options)
    train(y, units, activation, loss, **options)


@pytest.mark.parametrize("activation", ["sigmoid", "softmax"])
def test_probabilities_of_a_binary_loss_from_logits_are_found_by_the_layer(activation: str) -> None:
    with pytest.raises(GlassworksWarning, match=f"remove activation='{activation}'"):
        train(np.eye(2)[TWO], 2, activation, losses.BinaryCrossentropy(from_logits=True))


def test_a_sigmoid_with_a_loss_for_classes_is_told_both_ways_out() -> None:
    y = np.eye(3)[THREE]
    with pytest.raises(GlassworksWarning) as caught:
        train(y, 3, "sigmoid", "categorical_crossentropy")
    assert "activation='softmax'" in str(caught.value)
    assert "loss='binary_crossentropy'" in str(caught.value)
    train(y, 3, "softmax", "categorical_crossentropy")
    train(y, 3, "sigmoid", "binary_crossentropy")


def test_the_softmax_of_half_precision_is_a_softmax() -> None:
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        train(THREE, 3, "softmax", "sparse_categorical_crossentropy")
    finally:
        keras.mixed_precision.set_global_policy(None)


def test_every_fix_is_a_sentence_without_an_empty_place() -> None:
    for y in (TWO + 1, TWO * 255, THREE, THREE + 1, THREE - 1, np.linspace(-3, 3, 60), TWO * 0 + 7):
        assert not re.search(r"\s{2}|\(\)|nan", fix_for(y))


@pytest.mark.parametrize("classes", [2, 3])
def test_one_hot_labels_for_one_output_are_told_both_ways_out(classes: int) -> None:
    y = np.eye(classes, dtype="float32")[np.arange(60) % classes]
    with pytest.raises(ShapeError, match=rf"one-hot labels of shape \(60, {classes}\) for 1 output") as caught:
        train(y, 1, "sigmoid", "binary_crossentropy")
    assert ("y[:, 1]" in str(caught.value)) == (classes == 2)
    assert f"Dense({classes}, activation='softmax') with loss='categorical_crossentropy'" in str(caught.value)
    train(y, classes, "softmax", "categorical_crossentropy")
    if classes == 2:
        train(y[:, 1], 1, "sigmoid", "binary_crossentropy")


@pytest.mark.parametrize(
    ("values", "code"), [([1, 2], "y[:, 1] - 1"), ([0, 255], "y[:, 1] / 255"), ([-1, 1], "(y[:, 1] + 1) / 2"), ([3, 7], "(y[:, 1] == 7)")]
)
def test_of_several_labels_the_column_that_is_wrong_is_named_in_the_fix(values: list[int], code: str) -> None:
    y = np.stack([np.arange(len(X)) % 2, np.array(values)[np.arange(len(X)) % 2], np.ones(len(X))], axis=1)
    with pytest.raises((DataError, GlassworksWarning)) as caught:
        train(y, 3)
    assert f"y[:, 1] from {values[0]} to {values[1]}" in str(caught.value) and f"train on {code}" in str(caught.value)
    y[:, 1] = eval(str(caught.value).split("train on ")[1].split(", or")[0], {"y": y})
    train(y, 3)

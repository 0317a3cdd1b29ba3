"""Mistakes in making and compiling models: the error says what was meant, and following its fix works."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import glassworks as keras
from glassworks import layers, losses, metrics, ops, optimizers
from glassworks.errors import ArgumentError, ArgumentTypeError, GlassworksError, GlassworksWarning, ShapeError, StateError

X = np.random.default_rng(0).normal(size=(30, 4)).astype("float32")
Y = X.sum(axis=1)
TWO, THREE = np.arange(30) % 2, np.arange(30) % 3


def fix_of(call: Callable[[], Any], kind: type[GlassworksError] = GlassworksError) -> str:
    with pytest.raises(kind) as caught:
        call()
    assert "fix:" in str(caught.value), caught.value
    return str(caught.value).split("fix:")[1].strip()


# ---- Sequential


@pytest.mark.parametrize("name", ["relu", "softmax", "sigmoid", "gelu"])
def test_the_name_of_an_activation_becomes_a_layer(name: str) -> None:
    fix = fix_of(lambda: keras.Sequential([layers.Dense(3), name]), ArgumentTypeError)
    assert fix == f'layers.Activation("{name}")'
    by_function = fix_of(lambda: keras.Sequential([layers.Dense(3), getattr(keras.activations, name)]), ArgumentTypeError)
    assert by_function == fix
    model = keras.Sequential([layers.Dense(3), eval(fix, {"layers": layers})])
    assert model.predict(X, verbose=0).shape == (30, 3)


def test_other_entries_of_the_list_are_told_what_to_be() -> None:
    assert fix_of(lambda: keras.Sequential([[layers.Dense(1)]])) == "unpack the list: Sequential([*layers, ...])"
    assert fix_of(lambda: keras.Sequential([None])) == "leave it out"
    assert "layers.Lambda" in fix_of(lambda: keras.Sequential([lambda x: x]))
    assert "layers.Dense(10)" in fix_of(lambda: keras.Sequential(["dense"]))
    assert fix_of(lambda: keras.Sequential([64])) == "make a layer of it, for example layers.Dense(64)"


# ---- Model


def test_a_model_without_outputs_or_inputs_says_which_are_missing() -> None:
    x = keras.Input((4,))
    for call in (lambda: keras.Model(x), lambda: keras.Model(inputs=x), lambda: keras.Model([x])):
        with pytest.raises(ArgumentError, match="inputs without outputs"):
            call()
    with pytest.raises(ArgumentError, match="outputs without inputs"):
        keras.Model(outputs=layers.Dense(1)(x))
    with pytest.raises(ArgumentTypeError, match="write outputs="):
        keras.Model(inputs=x, output=x)


def test_a_model_whose_call_returns_nothing_is_told_to_return() -> None:
    class Own(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = layers.Dense(1)

        def call(self, x: Any) -> Any:
            self.dense(x)

    model = Own()
    model.compile("sgd", "mse")
    for call in (lambda: model.fit(X, Y, verbose=0), lambda: model.predict(X, verbose=0), lambda: Own()(keras.Input((4,)))):
        with pytest.raises(StateError, match=r"Own\.call returned None"):
            call()


def test_a_layer_whose_call_returns_nothing_is_told_to_return() -> None:
    class Own(layers.Layer):
        def call(self, x: Any) -> Any:
            ops.add(x, 1.0)

    with pytest.raises(StateError, match=r"end Own\.call with: return outputs"):
        keras.Sequential([keras.Input((4,)), Own(), layers.Dense(1)])
    with pytest.raises(ShapeError, match="end its call with a return"):
        layers.Dense(1)(Own()(X))


@pytest.mark.parametrize(("given", "wanted"), [("rigth", "right"), ("riht", "right"), ("b", "right")])
def test_a_misspelt_input_is_told_the_name_that_the_model_has(given: str, wanted: str) -> None:
    a, b = keras.Input((4,), name="left"), keras.Input((4,), name="right")
    model = keras.Model([a, b], layers.add([a, b]))
    fix = fix_of(lambda: model.predict({"left": X, given: X}, verbose=0))
    assert fix == f"{given!r} is not an input: did you mean {wanted!r}?"
    model.predict({"left": X, wanted: X}, verbose=0)
    assert fix_of(lambda: model.predict({"left": X}, verbose=0)) == "pass 'right' too"


# ---- compile


@pytest.mark.parametrize("optimizer", ["adam", "sgd", optimizers.Adam(), optimizers.SGD])
@pytest.mark.parametrize("loss", ["mse", "hinge", losses.MeanSquaredError(), losses.mean_squared_error])
def test_swapped_optimizer_and_loss_are_told_their_places(optimizer: Any, loss: Any) -> None:
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    fix = fix_of(lambda: model.compile(loss, optimizer), ArgumentError)
    match = re.fullmatch(r"model\.compile\(optimizer=(.*), loss=(.*)\)", fix)
    assert match
    if isinstance(optimizer, str) and isinstance(loss, str):
        assert match.groups() == (repr(optimizer), repr(loss))
    model.compile(optimizer=optimizer, loss=loss)
    assert model.compiled


def test_one_argument_in_the_wrong_place_is_named() -> None:
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    assert fix_of(lambda: model.compile("mse")) == "model.compile(optimizer='adam', loss='mse')"
    assert fix_of(lambda: model.compile(loss="adam")) == "model.compile(optimizer='adam', loss='mse')"
    for metric in ("accuracy", "auc", metrics.AUC()):
        assert fix_of(lambda metric=metric: model.compile("adam", metric)).startswith("metrics=[")


def test_names_that_are_a_loss_and_a_metric_are_losses() -> None:
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    for name in ("mae", "mse", "binary_crossentropy", "MeanSquaredError", "cosine_similarity", "hinge"):
        model.compile("adam", name, metrics=[name])


# ---- metrics of labels


@pytest.mark.parametrize(
    "make",
    [
        metrics.AUC,
        metrics.Precision,
        metrics.Recall,
        metrics.TruePositives,
        lambda: metrics.SensitivityAtSpecificity(0.5),
        lambda: metrics.Precision(class_id=1),
    ],
)
@pytest.mark.parametrize("classes", [2, 3])
def test_class_numbers_for_a_metric_of_single_labels_become_one_hot(make: Callable, classes: int) -> None:
    y = np.arange(30) % classes
    model = keras.Sequential([keras.Input((4,)), layers.Dense(classes, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=[make()])
    fix = fix_of(lambda: model.fit(X, y, verbose=0), ShapeError)
    assert f"keras.utils.to_categorical(y, {classes})" in fix
    assert "loss='categorical_crossentropy'" in fix
    model.compile("sgd", "categorical_crossentropy", metrics=[make()])
    model.fit(X, keras.utils.to_categorical(y, classes), verbose=0)
    if classes == 2:
        assert "Dense(1, activation='sigmoid')" in fix
    with pytest.raises(ShapeError, match="to_categorical"):
        make().update_state(y[:, None], np.full((30, classes), 0.5))


# ---- losses without a gradient


def share_of_mistakes(y_true: Any, y_pred: Any) -> Any:
    return ops.mean(ops.cast(ops.not_equal(ops.argmax(y_pred, -1), ops.cast(ops.reshape(y_true, (-1,)), "int32")), "float32"))


def test_a_loss_without_gradient_in_fit_does_not_speak_of_tapes() -> None:
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="softmax")])
    model.compile("sgd", share_of_mistakes)
    fix = fix_of(lambda: model.fit(X, THREE, verbose=0))
    assert "tape" not in fix
    assert "argmax" in fix


def test_a_loss_outside_the_tape_is_told_to_go_inside() -> None:
    weight = keras.Variable(np.ones(3, "float32"))
    with keras.GradientTape() as tape:
        pass
    loss = ops.sum(weight * 2.0)
    assert "inside the tape" in fix_of(lambda: optimizers.SGD().apply([tape.gradient(loss, weight)], [weight]))


# ---- arguments


@pytest.mark.parametrize(
    ("call", "fix"),
    [
        (lambda: layers.Dense(0), "the smallest that is allowed is 1"),
        (lambda: layers.Dense(-3), "the smallest that is allowed is 1"),
        (lambda: layers.Dense("64"), "pass the number without quotes, for example 64"),
        (lambda: layers.Dense(3.5), "pass an int, for example 3"),
        (lambda: layers.Dense(None), "pass an int, for example 1"),
        (lambda: layers.Dropout(50), "pass a fraction: 0.5 for 50 %"),
        (lambda: layers.Dropout(-0.5), "pass a larger number than -0.5"),
        (lambda: layers.Dropout("half"), "pass a number, not the string 'half'"),
        (lambda: layers.Conv2D(3, 3, padding=1), "pass 'valid', for example"),
        (lambda: keras.Sequential([keras.Input((4,)), layers.Dense(1)]).predict(X, batch_size=-1), "the smallest that is allowed is 0"),
    ],
)
def test_an_argument_out_of_range_is_told_one_that_is_allowed(call: Callable, fix: str) -> None:
    assert fix in fix_of(call)


@pytest.mark.parametrize("metric", ["binary_accuracy", "top_k_categorical_accuracy", "f1_score"])
def test_class_numbers_are_never_compared_as_one_hot_labels(metric: str) -> None:
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=[metric])
    fix = fix_of(lambda: model.fit(X, THREE, verbose=0), ShapeError)
    assert "keras.utils.to_categorical(y, 3)" in fix
    assert "expand_dims" not in fix
    model.compile("sgd", "categorical_crossentropy", metrics=[metric])
    model.fit(X, keras.utils.to_categorical(THREE, 3), verbose=0)
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(X, THREE, verbose=0)


def test_categorical_accuracy_beside_class_numbers_warns_and_trains_as_in_keras() -> None:
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["categorical_accuracy"])
    with pytest.warns(GlassworksWarning, match=r"keras.utils.to_categorical\(y, 3\)"):
        model.fit(X, THREE, verbose=0)


@pytest.mark.parametrize("metric", ["sparse_categorical_accuracy", "sparse_top_k_categorical_accuracy"])
def test_one_hot_labels_are_never_compared_as_class_numbers(metric: str) -> None:
    y = keras.utils.to_categorical(THREE, 3)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="softmax")])
    model.compile("sgd", "categorical_crossentropy", metrics=[metric])
    assert "metrics=['accuracy']" in fix_of(lambda: model.fit(X, y, verbose=0), ShapeError)
    model.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
    model.fit(X, y, verbose=0)


def test_overlap_of_scores_is_told_how_to_take_them() -> None:
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=[metrics.MeanIoU(3)])
    assert "MeanIoU(..., sparse_y_pred=False)" in fix_of(lambda: model.fit(X, THREE, verbose=0), ShapeError)
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=[metrics.MeanIoU(3, sparse_y_pred=False)])
    model.fit(X, THREE, verbose=0)


def test_a_softmax_over_one_output_is_refused_with_any_loss() -> None:
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, activation="softmax")])
    model.compile("sgd", "mse")
    assert "leave activation='softmax' out" in fix_of(lambda: model.fit(X, Y, verbose=0))


# ---- layers in the place of tensors, flat data in the place of images


def test_a_layer_in_the_place_of_a_tensor_is_told_to_be_called() -> None:
    x = keras.Input((4,))
    assert "outputs = layer(inputs)" in fix_of(lambda: keras.Model(x, layers.Dense(1)))
    assert "call it first" in fix_of(lambda: layers.Dense(1)(layers.Dense(2)))
    assert keras.Model(x, layers.Dense(1)(layers.Dense(2)(x))).output_shape == (None, 1)


def test_a_convolution_behind_flatten_is_told_to_go_before_it() -> None:
    fix = fix_of(lambda: keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), layers.Conv2D(2, 3)]), ShapeError)
    assert "before Flatten" in fix
    assert "batch of one" not in fix


def test_grey_images_without_channels_get_them_in_data_and_input() -> None:
    fix = fix_of(lambda: keras.Sequential([keras.Input((8, 6)), layers.Conv2D(2, 3)]), ShapeError)
    assert "x[..., None], with Input(shape=(8, 6, 1))" in fix
    x = np.zeros((2, 8, 6), "float32")
    assert keras.Sequential([keras.Input(shape=(8, 6, 1)), layers.Conv2D(2, 3)]).predict(x[..., None], verbose=0).shape == (2, 6, 4, 2)


def test_two_losses_for_one_output_are_told_what_metrics_are_for() -> None:
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("sgd", ["mse", "mae"])
    with pytest.warns(GlassworksWarning, match=r"metrics=\[\.\.\.\]"):
        model.fit(X, Y, verbose=0)

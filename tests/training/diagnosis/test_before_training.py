"""Each check finds its mistake, says it in words and numbers at the user's line, once, and is off by its name."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glassworks as keras
from glassworks import checks, layers, ops
from glassworks.errors import ArgumentError, GlassworksWarning
from glassworks.training.diagnosis.registry import BEFORE_TRAINING

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 4)).astype("float32")
NUMBERS = X.sum(axis=1, keepdims=True)
CLASSES = (np.arange(200) * 7) % 3
ONE_HOT = np.eye(3, dtype="float32")[CLASSES]

Case = tuple[str, str, Callable[[], Any], list[str]]
CASES: list[Case] = []


def mistake(check: str, *pieces: str) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Register a program that makes a mistake, with the check that must find it and pieces of what it must say."""

    def register(function: Callable[[], Any]) -> Callable[[], Any]:
        CASES.append((function.__name__, check, function, list(pieces)))
        return function

    return register


def net(units: int = 1, activation: Any = None, loss: Any = "mse", inputs: Any = (4,), hidden: Any = None, **compiled: Any) -> Any:
    first = [layers.Dense(8, activation="relu")] if hidden is None else hidden
    model = keras.Sequential([keras.Input(shape=inputs), *first, layers.Dense(units, activation=activation, name="out")], name="net")
    model.compile("adam", loss, **compiled)
    return model


def fit(model: Any, x: Any, y: Any, **options: Any) -> Any:
    return model.fit(x, y, verbose=0, **options)


# ---- how the model is put together


@mistake("frozen", "none of the 49 parameters is trainable", "trainable = True")
def every_layer_is_frozen() -> None:
    model = net()
    for layer in model.layers:
        layer.trainable = False
    fit(model, X, NUMBERS)


@mistake("frozen", "none of the 49 parameters is trainable", "model.trainable = True")
def the_model_is_frozen() -> None:
    model = net()
    model.trainable = False
    fit(model, X, NUMBERS)


@mistake("frozen", "'base' is frozen", "fit() changes no weight")
def transfer_without_a_head() -> None:
    base = keras.Sequential([keras.Input(shape=(4,)), layers.Dense(1)], name="base")
    base.trainable = False
    inputs = keras.Input(shape=(4,))
    model = keras.Model(inputs, base(inputs))
    model.compile("adam", "mse")
    fit(model, X, NUMBERS)


@mistake("frozen", "no parameters to train")
def a_model_without_weights() -> None:
    model = keras.Sequential([keras.Input(shape=(4,)), layers.Dropout(0.5)])
    model.compile("adam", "mse")
    fit(model, X, X)


@mistake("all_dropped", "Dropout(rate=1.0)", "the rate is the share that is dropped")
def dropout_of_everything() -> None:
    fit(net(hidden=[layers.Dense(8), layers.Dropout(1.0)]), X, NUMBERS)


@mistake("all_dropped", "layer 'inner'", "SpatialDropout1D(rate=1.0)")
def dropout_of_everything_in_a_subclass() -> None:
    class Own(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dropout, self.dense = layers.SpatialDropout1D(1.0, name="inner"), layers.Dense(1)

        def call(self, x: Any, training: bool = False) -> Any:
            return self.dense(self.dropout(x, training=training)[:, 0])

    model = Own()
    model.compile("adam", "mse")
    fit(model, X.reshape(200, 2, 2), NUMBERS)


# ---- outputs, losses, targets


@mistake("softmax_binary", "'out' is a softmax over 3 outputs, with binary_crossentropy", "loss='categorical_crossentropy'", "'sigmoid'")
def softmax_with_binary_crossentropy() -> None:
    fit(net(3, "softmax", "binary_crossentropy"), X, ONE_HOT)


@mistake("softmax_binary", "a softmax over 2 outputs")
def softmax_over_two_with_binary_crossentropy_as_a_layer_and_an_object() -> None:
    model = keras.Sequential([keras.Input(shape=(4,)), layers.Dense(2), layers.Softmax()])
    model.compile("adam", keras.losses.BinaryCrossentropy())
    fit(model, X, np.eye(2)[CLASSES % 2])


@mistake("several_labels", "of the rows of y for 'out' have more than one label (up to 3)", "activation='sigmoid'", "binary_crossentropy")
def several_labels_with_softmax() -> None:
    fit(net(3, "softmax", "categorical_crossentropy"), X, (X[:, :3] > 0).astype("float32"))


@mistake("several_labels", "more than one label")
def several_labels_with_logits() -> None:
    fit(net(3, None, keras.losses.CategoricalCrossentropy(from_logits=True)), X, (X[:, :3] > 0).astype("int32"))


@mistake("target_range", "sigmoid, gives numbers from 0 to 1", "cannot reach", "leave the activation of the last layer out")
def sigmoid_for_quantities() -> None:
    fit(net(1, "sigmoid"), X, NUMBERS)


@mistake("target_range", "tanh, gives numbers from -1 to 1")
def tanh_for_quantities_in_mae() -> None:
    fit(net(1, "tanh", "mae"), X, NUMBERS * 2)


@mistake("target_range", "relu, gives numbers of 0 or more")
def relu_for_negative_quantities() -> None:
    fit(net(1, "relu", keras.losses.Huber()), X, NUMBERS)


@mistake("target_range", "softmax, gives numbers from 0 to 1")
def softmax_for_quantities() -> None:
    fit(net(2, "softmax"), X, np.hstack([NUMBERS, NUMBERS * 3]))


@mistake("target_range", "sigmoid")
def an_autoencoder_of_standardised_data_that_ends_in_a_sigmoid() -> None:
    fit(net(4, "sigmoid"), X, X)


@mistake("target_range", "lstm_sequence, gives numbers from -1 to 1")
def an_lstm_as_the_last_layer_of_a_forecast() -> None:
    model = keras.Sequential([keras.Input(shape=(2, 2)), layers.LSTM(1, name="out")])
    model.compile("adam", "mse")
    fit(model, X.reshape(200, 2, 2), 20 + NUMBERS)


@mistake("target_range", "sigmoid")
def sigmoid_for_quantities_in_a_subclass_behind_a_reshape() -> None:
    class Own(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = layers.Dense(2)

        def call(self, x: Any) -> Any:
            return ops.reshape(ops.sigmoid(self.dense(x)), (-1, 2, 1))

    model = Own()
    model.compile("adam", "mse")
    fit(model, X, 5 * X[:, :2, None])


@mistake("accuracy_of_quantities", "metric 'accuracy' for 'out'", "quantities", "metrics=['mae']")
def accuracy_of_a_regression() -> None:
    fit(net(metrics=["accuracy"]), X, NUMBERS)


@mistake("accuracy_of_quantities", "accuracy")
def accuracy_objects_of_a_regression_with_integer_targets() -> None:
    fit(net(loss="mae", metrics=[keras.metrics.BinaryAccuracy()]), X, np.round(5 * NUMBERS).astype("int32"))


@mistake("accuracy_of_quantities", "metric 'accuracy' for 'out', whose targets are quantities", "with root_of_squares")
def accuracy_of_a_regression_with_a_loss_of_its_own() -> None:
    def root_of_squares(y_true: Any, y_pred: Any) -> Any:
        return ops.sqrt(ops.mean(ops.square(y_true - y_pred)))

    fit(net(loss=root_of_squares, metrics=["accuracy"]), X, NUMBERS)


@mistake("accuracy_of_quantities", "for 'right'")
def accuracy_of_one_of_two_outputs() -> None:
    inputs = keras.Input(shape=(4,))
    left, right = layers.Dense(1, activation="sigmoid", name="left")(inputs), layers.Dense(1, name="right")(inputs)
    model = keras.Model(inputs, [left, right])
    model.compile("adam", ["binary_crossentropy", "mse"], metrics=[["accuracy"], ["accuracy"]])
    fit(model, X, [CLASSES % 2, NUMBERS])


@mistake("stretched_targets", "targets of shape (n, 2) for 'out' of shape (n, 1)", "give the last layer 2 units")
def two_targets_for_one_output() -> None:
    fit(net(1), X, X[:, :2])


@mistake("stretched_targets", "targets of shape (n, 1) for 'out' of shape (n, 3)", "each target is compared with several outputs")
def one_target_for_three_outputs() -> None:
    fit(net(3), X, NUMBERS)


@mistake("stretched_targets", "targets of shape (n, 1) for 'out' of shape (n, 3), with cosine_similarity", "give y one target per output")
def a_number_for_three_outputs_compared_by_angle() -> None:
    fit(net(3, loss="cosine_similarity"), X, NUMBERS)


@mistake("stretched_targets", "targets of shape (n, 1) for 'out' of shape (n, 2, 1)", "return_sequences=True")
def single_values_for_sequences() -> None:
    model = net(1, inputs=(2, 2), hidden=[layers.LSTM(3, return_sequences=True)])
    fit(model, X.reshape(200, 2, 2), NUMBERS)


@mistake("stretched_targets", "targets of shape (n, 1)", "of shape (n, 3)")
def one_label_for_three_sigmoids() -> None:
    fit(net(3, "sigmoid", "binary_crossentropy"), X, (CLASSES % 2)[:, None])


@mistake("all_dropped", "LSTM(recurrent_dropout=1.0)")
def a_recurrent_layer_that_drops_its_state() -> None:
    fit(net(hidden=[layers.LSTM(3, recurrent_dropout=1.0)], inputs=(2, 2)), X.reshape(200, 2, 2), NUMBERS)


# ---- scales


@mistake("unscaled_inputs", "column 2 of x goes from", "nothing in the model scales them", "layers.Normalization()")
def one_column_a_thousand_times_as_large() -> None:
    fit(net(), X * [1, 1, 1000, 1], NUMBERS)


@mistake("unscaled_inputs", "column 0 of x['b']")
def an_unscaled_column_among_named_inputs() -> None:
    inputs = {name: keras.Input(shape=(2,), name=name) for name in "ab"}
    model = keras.Model(inputs, layers.Dense(1)(layers.Concatenate()(list(inputs.values()))))
    model.compile("adam", "mse")
    fit(model, {"a": X[:, :2], "b": X[:, 2:] * [20_000, 1]}, NUMBERS)


@mistake("unscaled_inputs", "column 0 of x goes from")
def unscaled_sequences_into_an_lstm() -> None:
    fit(net(hidden=[layers.LSTM(3)], inputs=(4, 1)), X[..., None] * 5000 + 40_000, NUMBERS)


@mistake("unscaled_inputs", "column 1 of x")
def an_integer_table_of_ages_and_incomes() -> None:
    fit(net(hidden=[], inputs=(2,)), np.stack([RNG.integers(18, 80, 200), RNG.integers(8_000, 90_000, 200)], axis=1), NUMBERS)


@mistake("unscaled_inputs", "column 1 of x goes from 1950 to 2019")
def a_column_of_years() -> None:
    fit(net(), np.where([False, True, False, False], RNG.integers(1950, 2020, (200, 1)), X), NUMBERS)


@mistake("unscaled_inputs", "column 0 of x goes from 1.7e+09 to 1.700025e+09")
def times_in_seconds() -> None:
    fit(net(hidden=[layers.GRU(3)], inputs=(1, 1)), 1_700_000_000 + 128.0 * np.arange(200)[:, None, None], NUMBERS)


@mistake("unscaled_targets", "targets of 'out' have mean", "deviation", "model.predict(x) * y.std() + y.mean()")
def prices_as_they_stand() -> None:
    fit(net(), X, 200_000 + 100_000 * NUMBERS)


@mistake("validation_scale", "x has mean", "for training", "for validation", "the training data was", "x_train.std(axis=0)")
def pixels_scaled_for_training_only() -> None:
    pixels = RNG.integers(0, 256, (200, 4))
    fit(net(), pixels / 255, NUMBERS, validation_data=(pixels[:50], NUMBERS[:50]))


@mistake("validation_scale", "x has mean", "the training data was")
def a_table_standardized_for_training_only() -> None:
    table = X * [1.0, 0.3, 5.0, 2.0] + [2.5, 1.0, 40.0, -9.0]
    fit(net(), (table - table.mean(axis=0)) / table.std(axis=0), NUMBERS, validation_data=(table[:50], NUMBERS[:50]))


@mistake("validation_scale", "targets of 'out' have mean", "y_train.std(), then (y - mean) / std")
def targets_scaled_for_training_only() -> None:
    fit(net(), X, NUMBERS, validation_data=(0.9 * X[:50], 100 + 50 * NUMBERS[:50]))


# ---- labels


@mistake("one_class", "all 200 labels of 'out' are 1", "at least two classes")
def one_class_for_a_sigmoid() -> None:
    fit(net(1, "sigmoid", "binary_crossentropy"), X, np.ones(200))


@mistake("one_class", "labels of 'out' are 2")
def one_class_in_one_hot_labels() -> None:
    fit(net(3, "softmax", "categorical_crossentropy"), X, np.eye(3)[np.full(200, 2)])


@mistake(
    "sorted_labels", "100% of the held-out labels are of classes that training never sees: 2", "shuffle first", "the last 100 of 200 rows"
)
def labels_sorted_by_class() -> None:
    fit(net(3, "softmax", "sparse_categorical_crossentropy"), X, np.repeat([0, 1, 2], [50, 50, 100]), validation_split=0.5)


@mistake("sorted_labels", "the labels are sorted: training ends with class 0", "1 of 2 classes")
def a_few_ones_before_all_zeros() -> None:
    fit(net(1, "sigmoid", "binary_crossentropy"), X, np.repeat([1, 0], [40, 160]), validation_split=0.3)


@mistake("sorted_labels", "the labels are sorted: training ends with class 1", "1 of 2 classes")
def half_zeros_then_half_ones() -> None:
    fit(net(1, "sigmoid", "binary_crossentropy"), X, np.repeat([0, 1], 100), validation_split=0.2)


def told(program: Callable[[], Any]) -> list[warnings.WarningMessage]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        program()
    return [one for one in caught if issubclass(one.category, GlassworksWarning)]


@pytest.mark.parametrize(("check", "program", "pieces"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_mistake_is_told_once_with_what_where_and_how_to_mend_it(check: str, program: Callable[[], Any], pieces: list[str]) -> None:
    found = told(program)
    texts = [str(one.message) for one in found]
    ours = [one for one in found if f"config.disable_checks('{check}')" in str(one.message)]
    assert len(ours) == 1, texts
    text = str(ours[0].message)
    assert [piece for piece in pieces if piece not in text] == [], text
    assert [label for label in ("found:", "expected:", "fix:", "model '") if label not in text] == [], text
    assert ours[0].filename == __file__


@pytest.mark.parametrize(("check", "program"), [case[1:3] for case in CASES], ids=[case[0] for case in CASES])
def test_a_mistake_gives_no_other_warning_and_none_when_its_check_is_off(check: str, program: Callable[[], Any]) -> None:
    keras.config.disable_checks(check)
    try:
        assert [str(one.message) for one in told(program)] == []
    finally:
        keras.config.enable_checks()


@pytest.mark.parametrize(
    ("check", "program"),
    [
        ("inputs_like_bytes", lambda: fit(net(hidden=[], inputs=(20,)), RNG.integers(0, 256, (200, 20)), NUMBERS)),
        (
            "inputs_like_bytes",
            lambda: fit(net(hidden=[layers.Conv1D(2, 3), layers.Flatten()], inputs=(20, 1)), RNG.integers(0, 256, (9, 20, 1)), X[:9, :1]),
        ),
        ("outputs_for_loss", lambda: fit(net(3, None, "sparse_categorical_crossentropy"), X, CLASSES)),
        ("outputs_for_loss", lambda: fit(net(3, "sigmoid", "categorical_crossentropy"), X, ONE_HOT)),
        ("outputs_for_loss", lambda: fit(net(1, "sigmoid", keras.losses.BinaryCrossentropy(from_logits=True)), X, CLASSES % 2)),
    ],
)
def test_warnings_of_inputs_and_outputs_have_all_parts(check: str, program: Callable[[], Any]) -> None:
    (one,) = told(program)
    text = str(one.message)
    labels = ("[model 'net'.fit, before the first step]", "found:", "expected:", "fix:", f"config.disable_checks('{check}')")
    assert [label for label in labels if label not in text] == [], text
    assert one.filename == __file__


def test_every_check_has_a_case_here_or_in_the_files_of_data_and_of_models() -> None:
    others = "".join(Path(__file__).with_name(f"test_{name}_checks.py").read_text(encoding="utf-8") for name in ("data", "model"))
    assert {case[1] for case in CASES} | {name for name in BEFORE_TRAINING if f'"{name}")' in others} == set(BEFORE_TRAINING)


def test_the_switch_lists_all_checks_and_refuses_unknown_ones() -> None:
    assert all(keras.config.checks().values())
    missing = [name for name, line in checks.CHECKS.items() if f"`{name}`: {line}" not in (keras.config.disable_checks.__doc__ or "")]
    assert missing == []
    with pytest.raises(ArgumentError, match="did you mean 'frozen'"):
        keras.config.disable_checks("frosen")


def test_the_switch_without_names_is_for_all() -> None:
    keras.config.disable_checks()
    try:
        assert not any(keras.config.checks().values())
        keras.config.enable_checks("frozen")
        assert [name for name, on in keras.config.checks().items() if on] == ["frozen"]
    finally:
        keras.config.enable_checks()

"""Mistakes in compile, labels, losses and data."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import glassworks as keras
from glassworks import layers, ops
from tests.mistakes.register import CLASSES, NUMBERS, ONE_HOT, RNG, X, classifier, mistake

# ---- compile


@mistake("[model 'net'.fit]", "not compiled", 'model.compile(optimizer="adam"')
def fit_before_compile() -> None:
    keras.Sequential([keras.Input(shape=(4,)), layers.Dense(3)], name="net").fit(X, CLASSES)


@mistake("evaluate() on a model that is not compiled", "compile() first")
def evaluate_before_compile() -> None:
    keras.Sequential([keras.Input(shape=(4,)), layers.Dense(3)], name="net").evaluate(X, CLASSES)


@mistake("optimizer 'adm'", "did you mean 'adam'?")
def an_unknown_optimizer() -> None:
    keras.Sequential([layers.Dense(1)]).compile("adm", "mse")


@mistake("loss 'mean_square_error'", "did you mean 'mean_squared_error'?")
def an_unknown_loss() -> None:
    keras.Sequential([layers.Dense(1)]).compile("adam", "mean_square_error")


@mistake("metric 'acuracy'", "did you mean")
def an_unknown_metric() -> None:
    classifier(metrics=["acuracy"])


@mistake("metrics='accuracy'", "a list", "metrics=['accuracy']")
def metrics_that_are_not_a_list() -> None:
    classifier(metrics="accuracy")


@mistake("no loss to minimise", "compile with loss=")
def fit_without_a_loss() -> None:
    classifier(loss=None).fit(X, CLASSES, verbose=0)


@mistake("loss with 3 entries", "2 entries", "a, b")
def more_losses_than_outputs() -> None:
    inputs = keras.Input(shape=(4,))
    model = keras.Model(inputs, [layers.Dense(1, name="a")(inputs), layers.Dense(1, name="b")(inputs)])
    model.compile("adam", ["mse", "mse", "mse"])
    model.fit(X, [NUMBERS, NUMBERS], verbose=0)


@mistake("outputs that are inputs ('x')", "swap them: Model(inputs, outputs)")
def a_model_of_outputs_and_inputs() -> None:
    inputs = keras.Input(shape=(4,), name="x")
    keras.Model(layers.Dense(1)(inputs), inputs)


@mistake("'hight'", "did you mean 'height'?")
def a_loss_for_an_unknown_output() -> None:
    inputs = keras.Input(shape=(4,))
    model = keras.Model(inputs, {"height": layers.Dense(1)(inputs), "width": layers.Dense(1)(inputs)})
    model.compile("adam", {"hight": "mse", "width": "mse"})
    model.fit(X, {"height": NUMBERS, "width": NUMBERS}, verbose=0)


@mistake("learning_rate='0.001'", "pass the number, learning_rate=0.001")
def a_learning_rate_as_a_string() -> None:
    keras.optimizers.Adam(learning_rate="0.001")


@mistake("[Adam]", "learning_rate='0.001'", "pass the number, learning_rate=0.001")
def a_learning_rate_that_is_set_to_a_string() -> None:
    keras.optimizers.Adam().learning_rate = "0.001"


@mistake("[SGD]", "learning_rate=nan", "a number >= 0")
def a_learning_rate_that_is_set_to_no_number() -> None:
    keras.optimizers.SGD().learning_rate = float("nan")


@mistake("[SGD]", "nan", "a number >= 0")
def a_learning_rate_that_is_set_to_no_number_of_numpy() -> None:
    keras.optimizers.SGD().learning_rate = np.float32("nan")


@mistake("momentum=2", "a number in [0, 1]")
def a_momentum_above_one() -> None:
    keras.optimizers.SGD(momentum=2)


@mistake("clipnorm=1.0, clipvalue=0.5", "only one way of clipping")
def two_ways_of_clipping_at_once() -> None:
    keras.optimizers.SGD(clipnorm=1.0, clipvalue=0.5)


@mistake("[model 'net'.fit]", "optimizer=None", "model.compile(optimizer='adam', ...)")
def fit_without_an_optimizer() -> None:
    model = classifier()
    model.compile(None, "mse")
    model.fit(X, ONE_HOT, verbose=0)


# ---- labels and losses


@mistake("labels from 0 to 5", "3 outputs", "give the last layer 6 units")
def labels_beyond_the_outputs() -> None:
    classifier().fit(X, np.arange(40) % 6, verbose=0)


@mistake("labels from 1 to 3", "labels 0 to 2", "your classes start at 1: train on y - 1")
def labels_that_start_at_one() -> None:
    classifier().fit(X, CLASSES + 1, verbose=0)


@mistake("labels from -1 to 1", "number the classes from 0")
def negative_labels() -> None:
    classifier().fit(X, CLASSES - 1, verbose=0)


@mistake("y of shape (40, 3)", "these are one-hot labels: use loss='categorical_crossentropy'")
def one_hot_labels_with_a_sparse_loss() -> None:
    classifier().fit(X, ONE_HOT, verbose=0)


@mistake("sparse_categorical_crossentropy", "to_categorical")
def class_numbers_with_a_one_hot_loss() -> None:
    classifier("categorical_crossentropy").fit(X, CLASSES, verbose=0)


@mistake("y with fractions such as 0.5", "class numbers 0 to 2", "use loss='mse'")
def labels_that_are_fractions() -> None:
    classifier().fit(X, CLASSES + 0.5, verbose=0)


@mistake("y from 0 to 2", "a loss for binary targets", "targets from 0 to 1")
def binary_labels_outside_zero_and_one() -> None:
    classifier("binary_crossentropy", units=1, activation="sigmoid").fit(X, CLASSES, verbose=0)


@mistake("text", "numbers")
def labels_as_text() -> None:
    classifier().fit(X, np.array(["cat", "dog"] * 20), verbose=0)


@mistake("probabilities already", "applies softmax to them again", "remove activation='softmax'")
def probabilities_with_from_logits() -> None:
    classifier(keras.losses.SparseCategoricalCrossentropy(from_logits=True)).fit(X, CLASSES, verbose=0)


@mistake("rows do not add up to 1", "add activation='softmax' to the last layer, or from_logits=True")
def logits_without_from_logits() -> None:
    classifier(activation=None).fit(X * 10, CLASSES, verbose=0)


@mistake("a softmax over 1 output", "Dense(1, activation='sigmoid')")
def a_softmax_over_one_output() -> None:
    classifier("binary_crossentropy", units=1).fit(X, CLASSES % 2, verbose=0)


@mistake("targets of shape (32, 3) and predictions of shape (32, 2)", "give the last layer 3 units")
def targets_of_another_width() -> None:
    classifier("mse", units=2, activation=None).fit(X, ONE_HOT, verbose=0)


@mistake("[loss 'nothing'", "nothing returned None", "end nothing with: return loss")
def a_loss_that_returns_nothing() -> None:
    def nothing(y_true: Any, y_pred: Any) -> None:
        ops.mean(y_true - y_pred)

    classifier(nothing).fit(X, ONE_HOT, verbose=0)


@mistake("[loss 'own'", "Own.call returned None", "end Own.call with: return loss")
def a_loss_class_that_returns_nothing() -> None:
    class Own(keras.losses.Loss):
        def call(self, y_true: Any, y_pred: Any) -> None:
            ops.mean(y_true - y_pred)

    classifier(Own(name="own")).fit(X, ONE_HOT, verbose=0)


@mistake("[metric 'nothing'", "nothing returned None", "end nothing with: return value")
def a_metric_that_returns_nothing() -> None:
    def nothing(y_true: Any, y_pred: Any) -> None:
        ops.mean(y_true - y_pred)

    classifier("mse", metrics=[nothing]).fit(X, ONE_HOT, verbose=0)


# ---- data


@mistake("validation_data]", "input of shape (32, 3)", "shape (None, 4)", "size 3 at axis 1")
def validation_data_with_fewer_features() -> None:
    classifier().fit(X, CLASSES, validation_data=(X[:, :3], CLASSES), verbose=0)


@mistake("x", "NaN", "row")
def nan_in_the_inputs() -> None:
    broken = X.copy()
    broken[3, 2] = np.nan
    classifier().fit(broken, CLASSES, verbose=0)


@mistake("y", "NaN")
def nan_in_the_targets() -> None:
    broken = NUMBERS.copy()
    broken[5] = np.nan
    classifier("mse", units=1, activation=None).fit(X, broken, verbose=0)


@mistake("inf")
def infinity_in_the_inputs() -> None:
    broken = X.copy()
    broken[0, 0] = np.inf
    classifier().fit(broken, CLASSES, verbose=0)


@mistake("empty")
def an_empty_data_set() -> None:
    classifier().fit(X[:0], CLASSES[:0], verbose=0)


@mistake("x has 40, y has 39")
def fewer_labels_than_samples() -> None:
    classifier().fit(X, CLASSES[:39], verbose=0)


@mistake("class_weight", "0")
def a_class_without_a_weight() -> None:
    classifier().fit(X, CLASSES, class_weight={1: 1.0, 2: 2.0}, verbose=0)


@mistake("batches", "10", "2")
def a_generator_that_ends_early() -> None:
    def two_batches() -> Any:
        for i in range(2):
            yield X[i * 8 : i * 8 + 8], CLASSES[i * 8 : i * 8 + 8]

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        classifier().fit(two_batches(), steps_per_epoch=10, verbose=0)


@mistake("y", "generator")
def labels_beside_a_generator() -> None:
    classifier().fit(((X, CLASSES) for _ in range(3)), CLASSES, steps_per_epoch=1, verbose=0)


@mistake("a generator without steps_per_epoch", "pass steps_per_epoch=")
def an_endless_generator_without_steps() -> None:
    def endless() -> Any:
        while True:
            yield X, CLASSES

    classifier().fit(endless(), epochs=2, verbose=0)


@mistake("validation_split")
def a_validation_split_of_everything() -> None:
    classifier().fit(X, CLASSES, validation_split=1.0, verbose=0)


@mistake("validation_split and validation_data", "one of them")
def two_kinds_of_validation() -> None:
    classifier().fit(X, CLASSES, validation_split=0.2, validation_data=(X, CLASSES), verbose=0)


@mistake("batch_size=-1", "None or an integer >= 0")
def a_negative_batch_size() -> None:
    classifier().fit(X, CLASSES, batch_size=-1, verbose=0)


@mistake("epochs=-1", "an integer >= 0")
def a_negative_number_of_epochs() -> None:
    classifier().fit(X, CLASSES, epochs=-1, verbose=0)


@mistake("[model 'net'.fit", "x has 40, y has 40, sample_weight has 3", "one weight per sample")
def sample_weights_of_another_length() -> None:
    classifier().fit(X, CLASSES, sample_weight=np.ones(3), verbose=0)


@mistake("column", "colour")
def a_data_frame_with_a_column_of_text() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"size": [1.0, 2.0], "colour": ["red", "blue"]})
    classifier().fit(frame, np.array([0, 1]), verbose=0)


@mistake("255", "divide")
def images_in_bytes() -> None:
    model = keras.Sequential([keras.Input(shape=(8, 8)), layers.Flatten(), layers.Dense(3, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(RNG.integers(0, 256, (40, 8, 8)).astype("uint8"), CLASSES, verbose=0)


@mistake("from 0 to 255", "divide by 255")
def images_in_bytes_that_are_only_flipped_resized_and_pooled() -> None:
    hidden = [layers.RandomFlip(), layers.Resizing(6, 6), layers.MaxPooling2D(), layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(3)]
    model = keras.Sequential([keras.Input(shape=(8, 8, 1)), *hidden])
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(RNG.integers(0, 256, (40, 8, 8, 1)).astype("uint8"), CLASSES, verbose=0)

"""Training a whole model gives the numbers that real Keras gives, from the same weights and batches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras as real
import numpy as np
import pytest

import glassworks

RNG = np.random.default_rng(3)
X = RNG.normal(size=(70, 5)).astype("float32")
LABELS = RNG.integers(0, 3, 70)
NUMBERS = RNG.normal(size=(70, 1)).astype("float32")
BINARY = (X[:, :1] > 0).astype("float32")
WEIGHTS = RNG.uniform(0.5, 2, 70).astype("float32")

Build = Callable[[Any], Any]


def classifier(k: Any) -> Any:
    model = k.Sequential([k.Input((5,)), k.layers.Dense(8, activation="relu"), k.layers.Dense(3, activation="softmax")])
    model.compile(k.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def regularised(k: Any) -> Any:
    layers = [
        k.Input((5,)),
        k.layers.Dense(8, "tanh", kernel_regularizer="l2", activity_regularizer=k.regularizers.L1(0.01)),
        k.layers.Dense(3),
    ]
    model = k.Sequential(layers)
    model.compile(
        k.optimizers.SGD(0.1, momentum=0.9), k.losses.SparseCategoricalCrossentropy(from_logits=True), weighted_metrics=["accuracy"]
    )
    return model


def normalised(k: Any) -> Any:
    layers = [k.Input((5,)), k.layers.Dense(8), k.layers.BatchNormalization(), k.layers.Activation("relu"), k.layers.Dense(1, "sigmoid")]
    model = k.Sequential(layers)
    model.compile("rmsprop", "binary_crossentropy", metrics=["accuracy", k.metrics.AUC(name="auc"), k.metrics.Precision(name="precision")])
    return model


def regression(k: Any) -> Any:
    inputs = k.Input((5,))
    x = k.layers.Dense(5, activation="gelu")(inputs)
    x = k.layers.LayerNormalization()(k.layers.add([x, inputs]))
    model = k.Model(inputs, k.layers.Dense(1)(x))
    model.compile(k.optimizers.AdamW(0.01, clipnorm=0.5), "mse", metrics=["mae"])
    return model


def two_outputs(k: Any) -> Any:
    inputs = k.Input((5,), name="features")
    hidden = k.layers.Dense(6, activation="relu")(inputs)
    outputs = {"kind": k.layers.Dense(3, "softmax", name="kind")(hidden), "size": k.layers.Dense(1, name="size")(hidden)}
    model = k.Model(inputs, outputs)
    model.compile(
        "adam",
        {"kind": "sparse_categorical_crossentropy", "size": "mse"},
        loss_weights={"kind": 1.0, "size": 0.3},
        metrics={"kind": ["accuracy"], "size": ["mae"]},
    )
    return model


def accumulating(k: Any) -> Any:
    model = k.Sequential([k.Input((5,)), k.layers.Dense(4, "relu"), k.layers.Dense(1)])
    schedule = k.optimizers.schedules.ExponentialDecay(0.05, 5, 0.9)
    model.compile(k.optimizers.SGD(schedule, gradient_accumulation_steps=2), "mae")
    return model


CASES: list[tuple[Build, Any, dict[str, Any]]] = [
    (classifier, LABELS, {}),
    (classifier, LABELS, {"validation_split": 0.25}),
    (classifier, LABELS, {"class_weight": {0: 1.0, 1: 3.0, 2: 0.5}}),
    (regularised, LABELS, {"sample_weight": WEIGHTS}),
    (normalised, BINARY, {"validation_data": (X[:20], BINARY[:20])}),
    (regression, NUMBERS, {"batch_size": 70}),
    (two_outputs, {"kind": LABELS, "size": NUMBERS}, {"validation_split": 0.2}),
    (accumulating, NUMBERS, {}),
]


@pytest.mark.parametrize(
    ("build", "y", "options"), CASES, ids=[f"{build.__name__}-{'-'.join(options) or 'plain'}" for build, _, options in CASES]
)
def test_fit_gives_the_history_of_keras(build: Build, y: Any, options: dict[str, Any]) -> None:
    ours, theirs = build(glassworks), build(real)
    ours.set_weights(theirs.get_weights())
    common = {"epochs": 3, "batch_size": 16, "shuffle": False, "verbose": 0} | options
    mine, reference = ours.fit(X, y, **common), theirs.fit(X, y, **common)
    assert sorted(mine.history) == sorted(reference.history)
    for name, values in reference.history.items():
        np.testing.assert_allclose(mine.history[name], values, rtol=2e-5, atol=2e-5, err_msg=name)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-5)


def epochs_with_validation(k: Any, freq: Any, initial_epoch: int) -> list[int]:
    seen: list[int] = []
    note = k.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(epoch) if "val_loss" in logs else None)
    options = {"epochs": 5, "initial_epoch": initial_epoch, "verbose": 0, "callbacks": [note]}
    classifier(k).fit(X, LABELS, batch_size=70, validation_data=(0.9 * X, LABELS), validation_freq=freq, **options)
    return seen


@pytest.mark.parametrize("initial_epoch", [0, 1])
@pytest.mark.parametrize("freq", [1, 2, 3, [1, 4], [0, 2, 7], []], ids=str)
def test_validation_comes_after_the_epochs_of_keras(freq: Any, initial_epoch: int) -> None:
    epochs = epochs_with_validation(real, freq, initial_epoch)
    assert epochs_with_validation(glassworks, freq, initial_epoch) == epochs
    if isinstance(freq, list):  # other collections, which Keras refuses
        for container in (tuple(freq), set(freq), np.array(freq, int)):
            assert epochs_with_validation(glassworks, container, initial_epoch) == epochs


@pytest.mark.parametrize("build", [classifier, normalised, regression], ids=lambda build: build.__name__)
def test_predict_and_evaluate_give_the_numbers_of_keras(build: Build) -> None:
    ours, theirs = build(glassworks), build(real)
    ours.set_weights(theirs.get_weights())
    y = {classifier: LABELS, normalised: BINARY, regression: NUMBERS}[build]
    np.testing.assert_allclose(ours.predict(X, verbose=0), theirs.predict(X, verbose=0), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(ours.evaluate(X, y, verbose=0), theirs.evaluate(X, y, verbose=0), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("build", [classifier, normalised, regression, two_outputs], ids=lambda build: build.__name__)
def test_a_model_config_written_by_keras_builds_the_same_model(build: Build) -> None:
    theirs = build(real)
    ours = type(build(glassworks)).from_config(theirs.get_config())
    assert [w.shape for w in ours.weights] == [tuple(w.shape) for w in theirs.weights]
    ours.set_weights(theirs.get_weights())
    mine, reference = ours.predict(X, verbose=0), theirs.predict(X, verbose=0)
    for a, b in zip(glassworks.tree.flatten(mine), glassworks.tree.flatten(reference), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)

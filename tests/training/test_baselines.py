"""The baselines in a History and in the last line of `fit`, compared with Keras's own metrics of constant answers, and with scikit-learn's."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.metrics import accuracy_score, log_loss, mean_absolute_error, mean_squared_error

import glassworks as keras
from glassworks import layers

RNG = np.random.default_rng(8)
X, HELD = RNG.normal(size=(240, 6)).astype("float32"), RNG.normal(size=(80, 6)).astype("float32")
CLASSES, HELD_CLASSES = RNG.choice(4, 240, p=[0.1, 0.5, 0.2, 0.2]), RNG.choice(4, 80, p=[0.1, 0.5, 0.2, 0.2])
NUMBERS, HELD_NUMBERS = 3 + X.sum(axis=1), 3 + HELD.sum(axis=1)


def trained(
    units: int, activation: str | None, loss: Any, y: Any, held: Any = None, metrics: Any = (), weighted: Any = (), **options: Any
) -> Any:
    model = keras.Sequential([keras.Input(shape=(6,)), layers.Dense(units, activation=activation)])
    model.compile("adam", loss, metrics=list(metrics), weighted_metrics=list(weighted))
    options = {"verbose": 0, **options}
    return model.fit(X, y, validation_data=None if held is None else (HELD, held), **options)


@pytest.mark.parametrize("one_hot", [False, True])
def test_classes(one_hot: bool) -> None:
    y, held = (np.eye(4)[part] if one_hot else part for part in (CLASSES, HELD_CLASSES))
    loss = "categorical_crossentropy" if one_hot else "sparse_categorical_crossentropy"
    found = trained(4, "softmax", loss, y, held, ["accuracy"]).baselines
    common = DummyClassifier(strategy="most_frequent").fit(X, CLASSES)
    shares = DummyClassifier(strategy="prior").fit(X, CLASSES)
    for prefix, x, labels in (("", X, CLASSES), ("val_", HELD, HELD_CLASSES)):
        assert found[f"{prefix}accuracy"] == {"chance": 0.25, "most common class": pytest.approx(accuracy_score(labels, common.predict(x)))}
        expected = log_loss(labels, shares.predict_proba(x))
        assert found[f"{prefix}loss"] == {"chance": pytest.approx(math.log(4)), "shares of the classes": pytest.approx(expected)}


def test_quantities() -> None:
    found = trained(1, None, "mse", NUMBERS, HELD_NUMBERS, ["mae", keras.metrics.RootMeanSquaredError()]).baselines
    mean = DummyRegressor().fit(X, NUMBERS)
    for prefix, x, y in (("", X, NUMBERS), ("val_", HELD, HELD_NUMBERS)):
        squared = mean_squared_error(y, mean.predict(x))
        assert found[f"{prefix}loss"]["mean of the targets"] == pytest.approx(squared, rel=1e-5)
        assert found[f"{prefix}mae"]["mean of the targets"] == pytest.approx(mean_absolute_error(y, mean.predict(x)), rel=1e-5)
        assert found[f"{prefix}root_mean_squared_error"]["mean of the targets"] == pytest.approx(math.sqrt(squared), rel=1e-5)


def test_several_labels_and_weights_by_the_library_itself() -> None:
    y, weight = (X[:, :3] > 0.4).astype(int), RNG.random(240)
    found = trained(
        3, "sigmoid", "binary_crossentropy", y, None, ["binary_accuracy"], [keras.metrics.BinaryAccuracy(name="w")], sample_weight=weight
    ).baselines
    p = np.tile(np.average(y, axis=0, weights=weight), (240, 1))
    assert found["loss"]["shares of the classes"] == pytest.approx(
        float(keras.losses.BinaryCrossentropy()(y, p, sample_weight=weight)), rel=1e-5
    )
    metric = keras.metrics.BinaryAccuracy()
    metric.update_state(y, p, sample_weight=weight)
    assert found["w"] == {"chance": 0.5, "most common class": pytest.approx(float(metric.result()), rel=1e-5)}
    assert found["binary_accuracy"]["most common class"] == pytest.approx(float((y == (p > 0.5)).mean()))


def test_several_outputs() -> None:
    inputs = keras.Input(shape=(6,))
    outputs = [layers.Dense(4, activation="softmax", name="kind")(inputs), layers.Dense(1, name="size")(inputs)]
    model = keras.Model(inputs, outputs)
    model.compile("adam", ["sparse_categorical_crossentropy", "mse"], loss_weights=[1.0, 0.5], metrics=[["accuracy"], ["mae"]])
    found = model.fit(X, [CLASSES, NUMBERS], verbose=0).baselines
    assert found["kind_loss"]["chance"] == pytest.approx(math.log(4)) and "size_mae" in found and "kind_accuracy" in found
    total = found["kind_loss"]["shares of the classes"] + 0.5 * found["size_loss"]["mean of the targets"]
    assert found["loss"] == {"best constant answers": pytest.approx(total)}


@pytest.mark.parametrize(
    "options",
    [
        {"loss": lambda y, p: (y - p) ** 2, "y": NUMBERS},
        {"loss": keras.losses.Huber(), "y": NUMBERS},
        {"loss": keras.losses.MeanSquaredError(reduction="sum"), "y": NUMBERS},
    ],
    ids=["own", "huber", "sum"],
)
def test_nothing_is_made_up_for_other_losses(options: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    history = trained(1, None, **options, verbose=2)
    assert "loss" not in history.baselines and len(capsys.readouterr().out.splitlines()) == 1


def test_nothing_is_made_up_for_batches_of_a_generator_and_for_penalties() -> None:
    model = keras.Sequential([keras.Input(shape=(6,)), layers.Dense(1, kernel_regularizer="l2")])
    model.compile("adam", "mse")
    assert model.fit(X, NUMBERS, verbose=0).baselines == {}
    assert model.fit(((X[:32], NUMBERS[:32]) for _ in range(3)), verbose=0, steps_per_epoch=2).baselines == {}


def test_validation_targets_of_another_layout_have_no_lines() -> None:
    steps = keras.Sequential([keras.Input(shape=(None, 1)), layers.Dense(1)])
    steps.compile("adam", "mse")
    found = steps.fit(X[..., None], X[..., None], validation_data=(HELD[:, :3, None], HELD[:, :3, None]), verbose=0).baselines
    assert list(found) == ["loss"]


# ---- the last line


@pytest.mark.parametrize("verbose", [0, 1, 2])
def test_the_last_line_compares_validation_with_the_most_common_class(verbose: int, capsys: pytest.CaptureFixture[str]) -> None:
    history = trained(4, "softmax", "sparse_categorical_crossentropy", CLASSES, HELD_CLASSES, ["accuracy"], verbose=verbose, epochs=2)
    lines = capsys.readouterr().out.splitlines()
    share = (HELD_CLASSES == 1).mean()
    expected = f"accuracy {history.history['val_accuracy'][-1]:.4f} on validation data (always the most common class: {share:.4f})"
    assert lines[-1:] == ([expected] if verbose else []) and len(lines) == (3 if verbose else 0)


def test_the_last_line_of_a_regression_without_validation(capsys: pytest.CaptureFixture[str]) -> None:
    history = trained(1, None, "mse", NUMBERS, verbose=2)
    assert capsys.readouterr().out.splitlines()[-1] == (
        f"loss {history.history['loss'][-1]:.4g} on the training data (always the mean of the targets: {NUMBERS.var():.4f})"
    )


def test_the_last_line_is_about_the_weights_that_the_model_has(capsys: pytest.CaptureFixture[str]) -> None:
    stopping = keras.callbacks.EarlyStopping(monitor="val_loss", mode="max", patience=1, restore_best_weights=True)
    history = trained(
        4, "softmax", "sparse_categorical_crossentropy", CLASSES, HELD_CLASSES, ["accuracy"], verbose=2, epochs=9, callbacks=[stopping]
    )
    last = capsys.readouterr().out.splitlines()[-1]
    assert stopping.best_epoch == 0 and len(history.epoch) == 2
    assert last.startswith(f"accuracy {history.history['val_accuracy'][0]:.4f} ") and last.endswith(" (weights of epoch 1)")


def test_the_last_line_of_several_outputs_has_a_part_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    inputs = keras.Input(shape=(6,))
    outputs = [layers.Dense(4, activation="softmax", name="kind")(inputs), layers.Dense(1, name="size")(inputs)]
    model = keras.Model(inputs, outputs)
    model.compile("adam", ["sparse_categorical_crossentropy", "mse"], metrics=[["accuracy"], None])
    model.fit(X, [CLASSES, NUMBERS], verbose=2)
    first, second = capsys.readouterr().out.splitlines()[-1].split("; ")
    assert first.startswith("kind_accuracy ") and "most common class" in first
    assert second.startswith("size_loss ") and "mean of the targets" in second

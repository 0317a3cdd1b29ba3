"""Checks of a model's structure and start values before the first step: each finds its mistake, and the code that it prints helps."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import glassworks as keras
from glassworks import insight, layers, ops
from glassworks.checks import Finding
from glassworks.errors import GlassworksWarning

RNG = np.random.default_rng(6)
X = RNG.normal(size=(200, 10)).astype("float32")
CLASSES = RNG.integers(0, 4, 200)
NUMBERS = X @ RNG.normal(size=(10, 1))


def sequential(*stack: Any, loss: Any = "sparse_categorical_crossentropy", inputs: tuple[int, ...] = (10,)) -> Any:
    model = keras.Sequential([keras.Input(shape=inputs), *stack], name="net")
    model.compile("adam", loss)
    return model


def head(units: int = 4, activation: Any = "softmax", **options: Any) -> Any:
    return layers.Dense(units, activation=activation, name="out", **options)


def found(monkeypatch: pytest.MonkeyPatch, model: Any, x: Any = X, y: Any = CLASSES, **options: Any) -> list[Finding]:
    """The findings before the first step of a training."""
    told: list[Finding] = []
    monkeypatch.setattr("glassworks.training.checks.tell", lambda finding: told.append(finding) if finding is not None else None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what happens in training is not the subject here
        model.fit(x, y, verbose=0, **options)
    return told


def only(findings: list[Finding], check: str) -> Finding:
    (finding,) = findings
    assert finding.check == check and finding.why and finding.value is not None and finding.threshold is not None, finding
    return finding


# ---- structure


@pytest.mark.parametrize(
    "end", [[head(), layers.Dropout(0.3)], [head(activation=None), layers.Dropout(0.3), layers.Softmax()]], ids=["last", "before softmax"]
)
def test_dropout_of_the_outputs(monkeypatch: pytest.MonkeyPatch, end: list[Any]) -> None:
    finding = only(found(monkeypatch, sequential(layers.Dense(8, activation="relu"), *end)), "output_dropout")
    assert (
        "Dropout(0.3)" in finding.found
        and finding.layer.startswith("dropout")
        and "[..., layers.Dropout(0.3), layers.Dense(...)]" in finding.fix
    )
    assert found(monkeypatch, sequential(layers.Dense(8, activation="relu"), layers.Dropout(0.3), head())) == []


def test_dropout_at_the_end_of_a_nested_model_and_of_one_of_two_outputs(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = keras.Input(shape=(10,))
    nested = keras.Sequential([keras.Input(shape=(10,)), head(), layers.Dropout(0.5)], name="nested")
    model = keras.Model(inputs, [layers.Dense(1, name="size")(inputs), nested(inputs)], name="net")
    model.compile("adam", ["mse", "sparse_categorical_crossentropy"])
    assert only(found(monkeypatch, model, X, [NUMBERS, CLASSES]), "output_dropout").value == 0.5
    inputs = keras.Input(shape=(10,))
    features = keras.Sequential([keras.Input(shape=(10,)), layers.Dense(8, activation="relu"), layers.Dropout(0.5)])
    model = keras.Model(inputs, head()(features(inputs)))
    model.compile("adam", "sparse_categorical_crossentropy")
    assert found(monkeypatch, model) == []


@pytest.mark.parametrize(
    ("stack", "loss", "y", "piece"),
    [
        ([head(activation="relu"), layers.Softmax()], "sparse_categorical_crossentropy", CLASSES, "relu and then softmax"),
        ([head(), layers.Activation("softmax")], "sparse_categorical_crossentropy", CLASSES, "softmax and then softmax"),
        ([head(activation="tanh"), layers.Softmax()], "sparse_categorical_crossentropy", CLASSES, "at most e^2 times"),
        ([head(1, "relu"), layers.Activation("sigmoid")], "binary_crossentropy", CLASSES % 2, "no number below 0.5"),
        ([head(1, "sigmoid"), layers.Activation("sigmoid")], "binary_crossentropy", CLASSES % 2, "from 0.5 to 0.731"),
    ],
)
def test_two_activations_in_a_row(monkeypatch: pytest.MonkeyPatch, stack: list[Any], loss: str, y: Any, piece: str) -> None:
    finding = only(found(monkeypatch, sequential(*stack, loss=loss), X, y), "double_activation")
    assert piece in finding.found and finding.layer == "out" and "of layer 'out'" in finding.fix
    stack[0].activation = keras.activations.linear
    assert found(monkeypatch, sequential(layers.Dense(4), head(y.max() + 1 if y.max() > 1 else 1, None), stack[1], loss=loss), X, y) == []


def test_activations_in_a_row_that_do_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    model = sequential(
        layers.Dense(8, activation="sigmoid"), layers.ReLU(), layers.Dense(8, activation="relu"), layers.ReLU(), head(), layers.ReLU()
    )
    assert found(monkeypatch, model) == []


def test_batch_normalization_with_batches_of_one_row(monkeypatch: pytest.MonkeyPatch) -> None:
    def model() -> Any:
        return sequential(layers.Dense(8), layers.BatchNormalization(name="norm"), head())

    finding = only(found(monkeypatch, model(), batch_size=1), "batch_norm_single")
    assert finding.layer == "norm" and finding.severity == "error" and "batch_size=32" in finding.fix
    assert found(monkeypatch, model(), batch_size=32) == []
    assert found(monkeypatch, sequential(layers.Dense(8), layers.LayerNormalization(), head()), batch_size=1) == []
    images = sequential(layers.Conv2D(2, 2), layers.BatchNormalization(), layers.Flatten(), head(), inputs=(5, 2, 1))
    assert found(monkeypatch, images, X.reshape(200, 5, 2, 1), batch_size=1) == []


def test_a_last_layer_that_is_frozen_while_others_train(monkeypatch: pytest.MonkeyPatch) -> None:
    model = sequential(layers.Dense(8, activation="relu", name="first"), head())
    model.get_layer("out").trainable = False
    (finding,) = found(monkeypatch, model)
    assert (finding.check, finding.severity, finding.layer) == ("frozen", "info", "out")
    model.get_layer("first").trainable, model.get_layer("out").trainable = False, True
    model.compile("adam", "sparse_categorical_crossentropy")
    assert found(monkeypatch, model) == []


# ---- weights without gradient


class TwoPaths(keras.Model):
    """One layer whose outputs are not used, or only through an op without slope."""

    def __init__(self, join: Callable[[Any, Any], Any]) -> None:
        super().__init__(name="net")
        self.used, self.side, self.out = layers.Dense(8, name="used"), layers.Dense(4, name="side"), head()
        self.join = join

    def call(self, x: Any) -> Any:
        return self.out(self.join(self.used(x), self.side(x)))


@pytest.mark.parametrize(
    ("join", "piece"),
    [
        (lambda a, b: a, "on which the loss does not depend"),
        (lambda a, b: ops.concatenate([a, ops.cast(ops.argmax(b, axis=-1, keepdims=True), "float32")], axis=-1), "ops.argmax"),
        (lambda a, b: ops.concatenate([a, ops.stop_gradient(b)], axis=-1), "ops.stop_gradient"),
        (lambda a, b: ops.concatenate([a, ops.round(b)], axis=-1), "ops.round"),
    ],
    ids=["unused", "argmax", "stopped", "rounded"],
)
def test_weights_that_no_gradient_reaches(monkeypatch: pytest.MonkeyPatch, join: Any, piece: str) -> None:
    model = TwoPaths(join)
    model.compile("adam", "sparse_categorical_crossentropy")
    finding = only(found(monkeypatch, model), "unused_weights")
    assert piece in finding.found and "44 of" in finding.found and finding.layer == "side"
    exec(finding.fix.split("as they are: ")[1], {"model": model})
    model.compile("adam", "sparse_categorical_crossentropy")
    assert found(monkeypatch, model) == []


def test_the_optimizer_does_not_say_it_again() -> None:
    model = TwoPaths(lambda a, b: a)
    model.compile("adam", "sparse_categorical_crossentropy")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, CLASSES, verbose=0)
    assert [one.category for one in caught] == [GlassworksWarning] and "unused_weights" in str(caught[0].message)


def test_weights_that_only_an_added_loss_uses_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    class Penalised(TwoPaths):
        def call(self, x: Any) -> Any:
            self.add_loss(0.01 * ops.mean(ops.square(self.side(x))))
            return super().call(x)

    model = Penalised(lambda a, b: a)
    model.compile("adam", "sparse_categorical_crossentropy")
    assert found(monkeypatch, model) == []


# ---- start values


@pytest.mark.parametrize(
    ("hidden", "initializer"), [("relu", "zeros"), ("tanh", "zeros"), ("relu", "ones"), ("tanh", keras.initializers.Constant(0.1))]
)
def test_kernels_of_one_value(monkeypatch: pytest.MonkeyPatch, hidden: str, initializer: Any) -> None:
    def model(start: Any) -> Any:
        return sequential(layers.Dense(8, activation=hidden, kernel_initializer=start, name="first"), head(kernel_initializer=start))

    finding = only(found(monkeypatch, model(initializer)), "initial_weights")
    assert finding.severity == "error" and finding.layer == "first" and "all 80 weights of first/kernel start at" in finding.found
    assert found(monkeypatch, model("glorot_uniform")) == []


def test_a_last_layer_of_zeros_and_a_logistic_regression_of_zeros_are_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(monkeypatch, sequential(layers.Dense(8, activation="relu"), head(kernel_initializer="zeros"))) == []
    assert found(monkeypatch, sequential(head(kernel_initializer="zeros"))) == []


def test_kernels_that_are_far_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    x = RNG.normal(size=(200, 150)).astype("float32")

    def model(**options: Any) -> Any:
        return sequential(layers.Dense(64, activation="tanh", name="first", **options), head(), inputs=(150,))

    finding = only(found(monkeypatch, model(kernel_initializer=keras.initializers.RandomNormal(stddev=1.0)), x), "initial_weights")
    assert finding.layer == "first" and finding.value == pytest.approx(math.sqrt(150), rel=0.05) and "(threshold 10)" in finding.found
    assert found(monkeypatch, model(kernel_initializer="he_normal"), x) == []


def test_a_first_loss_far_above_that_of_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    x = 60 * X
    finding = only(found(monkeypatch, sequential(layers.Dense(64, activation="relu"), head()), x), "initial_loss")
    assert (
        finding.severity == "warning"
        and finding.value is not None
        and finding.value > 4
        and "1.39, that of equal probabilities" in finding.found
    )
    normalization = layers.Normalization()
    normalization.adapt(x)
    assert found(monkeypatch, sequential(normalization, layers.Dense(64, activation="relu"), head()), x) == []


def test_the_first_loss_is_that_of_the_first_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    model = sequential(layers.Dense(64, activation="relu"), head())
    model.optimizer.learning_rate = 0.0
    expected = model.evaluate(15 * X[:32], CLASSES[:32], verbose=0) / math.log(4)
    assert only(found(monkeypatch, model, 15 * X), "initial_loss").value == pytest.approx(expected, rel=0.05)  # the eager loss clips


def test_quantities_far_from_the_first_outputs(monkeypatch: pytest.MonkeyPatch) -> None:
    y = 300 + 5 * NUMBERS
    finding = only(found(monkeypatch, sequential(layers.Dense(8, activation="relu"), head(1, None), loss="mse"), X, y), "initial_loss")
    assert finding.severity == "warning" and "Constant(" in finding.fix
    last = eval(finding.fix.split(" as the last layer")[0], {"layers": layers, "keras": keras})
    assert found(monkeypatch, sequential(layers.Dense(8, activation="relu"), last, loss="mse"), X, y) == []
    assert found(monkeypatch, sequential(layers.Dense(8, activation="relu"), head(1, None), loss="mse"), X, (y - y.mean()) / y.std()) == []


def test_a_bias_that_is_far_from_scaled_targets(monkeypatch: pytest.MonkeyPatch) -> None:
    last = layers.Dense(1, bias_initializer=keras.initializers.Constant(150.0), name="out")
    y = (NUMBERS - NUMBERS.mean()) / NUMBERS.std()
    finding = only(found(monkeypatch, sequential(layers.Dense(8, activation="relu"), last, loss="mse"), X, y), "initial_loss")
    assert finding.severity == "warning" and "bias_initializer='zeros'" in finding.fix


def test_a_model_that_has_learned_and_one_that_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    y = (X[:, 0] > 0).astype(int)
    model = sequential(layers.Dense(16, activation="relu"), head(1, "sigmoid"), loss="binary_crossentropy")
    model.fit(X, y, verbose=0, epochs=60)
    assert [one.check for one in found(monkeypatch, model, X, y) if one.check != "leaking_column"] == []
    model.compile("adam", "binary_crossentropy")
    findings = [one for one in found(monkeypatch, model, X, y) if one.check != "leaking_column"]
    assert [(one.check, one.severity) for one in findings] == [("initial_loss", "info")]


def test_smoothed_labels_weights_and_penalties_do_not_count_in_the_first_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    penalty = keras.regularizers.L2(10.0)
    model = sequential(
        layers.Dense(16, activation="relu", kernel_regularizer=penalty),
        head(),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.2),
    )
    assert found(monkeypatch, model, X, np.eye(4)[CLASSES], sample_weight=np.full(200, 50.0)) == []


def is_diagnosed(model: Any, x: Any, y: Any, check: str) -> bool:
    return any(finding.check == check for finding in insight.diagnose(model, x, y).findings)


def own_loss(from_logits: bool) -> Any:
    def loss(y_true: Any, y_pred: Any) -> Any:
        return ops.mean(
            (1 + 0.2 * ops.cast(y_true, "float32")) * ops.sparse_categorical_crossentropy(y_true, y_pred, from_logits=from_logits)
        )

    return loss


@pytest.mark.parametrize("from_logits, activation, expected", [(True, "softmax", True), (True, None, False), (False, "softmax", False)])
def test_a_loss_of_ones_own_is_asked_whether_it_takes_scores(from_logits: bool, activation: str | None, expected: bool) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(64, 5)), rng.integers(0, 3, 64)
    model = keras.Sequential([keras.Input((5,)), layers.Dense(3, activation=activation)])
    model.compile("sgd", own_loss(from_logits))
    assert is_diagnosed(model, x, y, "loss_floor") is expected


def test_a_loss_of_ones_own_that_clips_half_of_the_outputs() -> None:
    def log_loss(y_true: Any, y_pred: Any) -> Any:
        p = ops.clip(y_pred, 1e-7, 1 - 1e-7)
        return -ops.mean(y_true * ops.log(p) + (1 - y_true) * ops.log(1 - p))

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(64, 5)), rng.integers(0, 2, (64, 1)).astype("float32")
    for activation, expected in (("tanh", True), ("sigmoid", False)):
        model = keras.Sequential([keras.Input((5,)), layers.Dense(1, activation=activation)])
        model.compile("sgd", log_loss)
        assert is_diagnosed(model, x, y, "clipped_loss") is expected

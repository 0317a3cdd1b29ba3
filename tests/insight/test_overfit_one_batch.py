"""A batch is learned by heart, or the cause is named; the user's model and all random generators stay as they are."""

from __future__ import annotations

import random as python_random
import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest

import glassworks as keras
from glassworks import insight, layers
from glassworks.errors import StateError
from glassworks.insight.copies import copy_of, unchanged_randomness, without_noise
from glassworks.random import get_global_state

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 10)).astype("float32")
Y = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)


def network(
    *inner: layers.Layer,
    activation: str | None = "softmax",
    units: int = 3,
    optimizer: object = None,
    loss: object = None,
    inputs: int = 10,
) -> keras.Sequential:
    stack = [layers.Input((inputs,)), layers.Dense(32, activation="relu"), *inner, layers.Dense(units, activation=activation, name="last")]
    model = keras.Sequential(stack)
    model.compile(keras.optimizers.Adam(0.01) if optimizer is None else optimizer, loss or "sparse_categorical_crossentropy")
    return model


def test_a_healthy_network_learns_the_batch_and_stops_there() -> None:
    result = insight.overfit_one_batch(network(), X, Y)
    assert result.reached and result.causes == []
    assert result.losses[-1] < 0.01 * result.losses[0] <= result.losses[-2]
    assert "PASSED" in str(result) and f"{len(result.losses) - 1} steps" in str(result)
    assert "PASSED" in result._repr_html_() and "<table" in result._repr_html_()


def test_a_trained_network_whose_loss_still_falls_is_not_told_that_its_learning_rate_is_wrong() -> None:
    model = network(optimizer=keras.optimizers.Adam(0.001))
    model.fit(X, Y, epochs=150, verbose=0, doctor="off")
    result = insight.overfit_one_batch(model, X, Y, steps=400)
    assert not result.reached and result.losses[-1] < 0.25 * result.losses[0]
    assert result.verdict.startswith("NOT YET") and "steps=2000" in result.verdict and not result.causes


def test_the_first_losses_are_those_of_training_by_hand() -> None:
    model = network(optimizer=keras.optimizers.SGD(0.1))
    result = insight.overfit_one_batch(model, X, Y, batch_size=16, steps=3, seed=5)
    rows = np.sort(np.random.default_rng(5).choice(len(X), 16, replace=False))
    by_hand = [model.train_on_batch(X[rows], Y[rows]) for _ in range(4)]
    np.testing.assert_allclose(result.losses, by_hand, rtol=1e-6)


def test_the_model_its_optimizer_and_all_random_generators_stay_as_they_are() -> None:
    model = network(layers.Dropout(0.5), layers.BatchNormalization())
    model.fit(X, Y, verbose=0)
    before = [*(w.numpy() for w in model.weights), *(v.numpy() for v in model.optimizer.variables)]
    seeds, numpys, pythons = str(get_global_state()), np.random.get_state()[1].tolist(), python_random.getstate()  # type: ignore[index]
    insight.overfit_one_batch(model, X, Y, steps=20)
    after = [*(w.numpy() for w in model.weights), *(v.numpy() for v in model.optimizer.variables)]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    assert str(get_global_state()) == seeds
    assert np.random.get_state()[1].tolist() == numpys and python_random.getstate() == pythons  # type: ignore[index]
    assert model.layers[1].rate == 0.5


def test_dropout_and_penalties_are_switched_off_and_named() -> None:
    model = network(layers.Dropout(0.9, name="heavy"), layers.Dense(32, kernel_regularizer="l2"))
    result = insight.overfit_one_batch(model, X, Y)
    assert result.reached
    assert result.quiet == ["heavy", "penalties"]
    assert "heavy" in str(result)


class Noise(layers.Layer):
    """A random layer of the user's own."""

    def __init__(self) -> None:
        super().__init__(name="own_noise")
        self.generator = keras.random.SeedGenerator(1)

    def call(self, x, training=False):
        return x + keras.random.normal(x.shape, seed=self.generator) if training else x


@pytest.mark.parametrize(
    "layer",
    [
        Noise(),
        layers.GaussianNoise(0.3),
        layers.SpatialDropout1D(0.3),
        layers.AlphaDropout(0.3),
        layers.LSTM(3, dropout=0.3, recurrent_dropout=0.2, return_sequences=True),
        layers.GRU(3, dropout=0.3, return_sequences=True),
        layers.Bidirectional(layers.LSTM(3, dropout=0.3, return_sequences=True)),
    ],
    ids=lambda layer: layer.name,
)
def test_random_layers_act_as_in_prediction(layer: layers.Layer) -> None:
    x = RNG.normal(size=(4, 6, 5)).astype("float32")
    layer(x)
    twin = copy_of(layer, "test")
    assert without_noise(twin)
    assert not np.allclose(layer(x, training=True), layer(x, training=False))
    np.testing.assert_allclose(twin(x, training=True), twin(x, training=False), atol=1e-6)


def test_augmentation_and_attention_act_as_in_prediction() -> None:
    image, sequence = layers.Input((8, 8, 3)), layers.Input((6, 4))
    flipped = layers.RandomFlip()(layers.RandomZoom(0.3)(image))
    attended = layers.MultiHeadAttention(2, 4, dropout=0.5)(sequence, sequence)
    model = keras.Model([image, sequence], [flipped, attended])
    twin = copy_of(model, "test")
    assert len(without_noise(twin)) == 3
    x = [RNG.uniform(size=(2, 8, 8, 3)).astype("float32"), RNG.normal(size=(2, 6, 4)).astype("float32")]
    for trained, predicted in zip(twin(x, training=True), twin(x, training=False), strict=True):
        np.testing.assert_allclose(trained, predicted, atol=1e-5)


BROKEN: dict[str, tuple[Callable[[], keras.Model], np.ndarray, np.ndarray, str]] = {
    "probabilities as logits": (
        lambda: network(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)),
        *(X, Y),
        "probabilities already",
    ),
    "equal inputs": (network, X * 0, Y, "all inputs of the batch are equal"),
    "equal inputs with other labels": (lambda: network(inputs=1), np.round(X[:, :1]), Y, "same inputs as another one"),
    "unreachable targets": (
        lambda: network(activation="relu", units=1, loss="mse"),
        *(X, -np.abs(X[:, :1]) - 1),
        "cannot reach",
    ),
    "a rate far too high": (lambda: network(optimizer=keras.optimizers.SGD(100.0)), X, Y, "learning rate is too high"),
    "NaN in the inputs": (network, np.where(X > 2, np.nan, X), Y, "NaN"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_the_cause_of_a_failure_comes_first(case: str) -> None:
    make, x, y, words = BROKEN[case]
    result = insight.overfit_one_batch(make(), x, y, steps=200)
    assert not result.reached
    assert words in result.causes[0], result
    assert "FAILED" in result.verdict


def test_frozen_layers_and_unconnected_weights_are_named() -> None:
    model = network()
    model.trainable = False
    model.compile("adam", "sparse_categorical_crossentropy")
    assert "nothing can be trained" in insight.overfit_one_batch(model, X, Y, steps=5).causes[0]

    class Cut(layers.Layer):
        def call(self, x):
            return keras.ops.stop_gradient(x)

    inputs = layers.Input((10,))
    hidden = layers.Dense(2, name="before_the_cut")(inputs)
    model = keras.Model(inputs, layers.Dense(1, name="after")(Cut()(hidden)))
    model.compile("adam", "mse")
    with pytest.warns(UserWarning, match="gradient"):
        result = insight.overfit_one_batch(model, X, X.sum(axis=1) ** 2, steps=20)
    assert any("before_the_cut/kernel" in cause for cause in result.causes)


@pytest.mark.parametrize("rate", [0.01, 1e-5])
def test_a_low_learning_rate_is_not_called_a_fault_of_the_network(rate: float) -> None:
    result = insight.overfit_one_batch(network(optimizer=keras.optimizers.SGD(rate)), X, Y, steps=300)
    assert not result.reached and result.causes == []
    assert "learning rate is too low" in result.verdict and "FAILED" not in result.verdict


def entropy(p: np.ndarray) -> float:
    return float(-(p * np.log(p)).sum(axis=-1).mean())


SMOOTH = np.array([0.9 + 0.1 / 3, 0.1 / 3, 0.1 / 3])
SOFT = RNG.uniform(0.1, 0.9, size=(200, 3))


@pytest.mark.parametrize(
    ("model", "y", "lowest"),
    [
        (network(loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.1)), np.eye(3)[Y], entropy(SMOOTH)),
        (network(activation="sigmoid", loss="binary_crossentropy"), SOFT, None),
        (network(activation=None, loss=keras.losses.BinaryCrossentropy(from_logits=True)), SOFT, None),
        (network(activation=None, loss="cosine_similarity"), X[:, :3], -1.0),
    ],
    ids=["label smoothing", "soft binary", "soft binary logits", "cosine similarity"],
)
def test_the_goal_takes_the_lowest_possible_loss_into_account(model: keras.Model, y: np.ndarray, lowest: float | None) -> None:
    result = insight.overfit_one_batch(model, X, y)
    if lowest is None:
        rows = np.sort(np.random.default_rng(0).choice(200, 32, replace=False))
        lowest = float(-(y[rows] * np.log(y[rows]) + (1 - y[rows]) * np.log(1 - y[rows])).mean())
    assert result.lowest == pytest.approx(lowest, abs=1e-5)
    assert result.reached
    assert "lowest loss that these targets allow" in str(result)


def test_data_may_be_a_source_of_batches_and_a_model_may_be_unbuilt() -> None:
    def batches() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for start in range(0, 200, 50):
            yield X[start : start + 50], Y[start : start + 50]

    model = keras.Sequential([layers.Dense(32, activation="relu"), layers.Dense(3, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    result = insight.overfit_one_batch(model, batches(), batch_size=20)
    assert result.reached and result.samples == 20
    assert not model.built


def test_several_outputs_and_a_training_step_of_the_users_own_work() -> None:
    inputs = layers.Input((10,))
    hidden = layers.Dense(32, activation="relu")(inputs)
    model = keras.Model(inputs, {"a": layers.Dense(1, name="a")(hidden), "b": layers.Dense(3, activation="softmax", name="b")(hidden)})
    model.compile(keras.optimizers.Adam(0.01), {"a": "mse", "b": "sparse_categorical_crossentropy"})
    assert insight.overfit_one_batch(model, X, {"a": X[:, :1], "b": Y}).reached

    class Own(keras.Sequential):
        def train_step(self, data):
            x, y = data
            with keras.GradientTape() as tape:
                loss = keras.ops.mean((self(x, training=True) - y) ** 2)
            self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
            return {"my_loss": loss}

    model = Own([layers.Input((10,)), layers.Dense(32, activation="relu"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01))
    assert insight.overfit_one_batch(model, X, X[:, :1]).reached


def test_what_cannot_be_copied_or_is_not_compiled_is_an_error_with_a_fix() -> None:
    model = network()
    model.lock = threading.Lock()
    with pytest.raises(StateError, match="locks"):
        insight.overfit_one_batch(model, X, Y)
    with pytest.raises(StateError, match="compile"):
        insight.overfit_one_batch(keras.Sequential([layers.Dense(1)]), X, Y)


def test_unchanged_randomness_restores_generators_after_an_error() -> None:
    state = str(get_global_state())
    with pytest.raises(KeyError), unchanged_randomness():
        keras.random.make_default_seed()
        raise KeyError
    assert str(get_global_state()) == state

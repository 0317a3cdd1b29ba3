"""Integrated gradients are complete, and those that JAX integrates on the same weights."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

from glassworks import Input, Model, Sequential, insight, layers
from glassworks.errors import ArgumentError, DataError, GlassworksWarning
from glassworks.insight.attribution.path import COMPLETE

RANDOM = np.random.default_rng(0)


def by_hand(score: Callable, x: np.ndarray, start: np.ndarray, points: int = 4000) -> np.ndarray:
    """The integral of the gradient from start to x, by the midpoint rule with many points."""
    t = ((np.arange(points) + 0.5) / points).reshape(-1, *[1] * x.ndim)
    return (x - start) * jax.vmap(jax.grad(score))(start + t * (x - start)).mean(0)


def complete(got: insight.Attribution) -> None:
    """Check the completeness from the values themselves, and the number that the attribution gives for it."""
    assert got.baseline_score is not None and got.completeness is not None
    total = sum(part.values.reshape(len(got), -1).astype(np.float64).sum(1) for part in got.parts)
    error = np.abs(total - (got.score - got.baseline_score)) / np.abs(got.score - got.baseline_score)
    assert error.max() <= COMPLETE
    np.testing.assert_allclose(got.completeness, error, atol=1e-5)


@pytest.mark.usefixtures("engine")
def test_those_of_a_network_with_relu_are_complete_and_those_of_jax() -> None:
    model = Sequential([Input((6,)), layers.Dense(16, "relu"), layers.Dense(16, "relu"), layers.Dense(3, "softmax")])
    x = RANDOM.normal(size=(4, 6)).astype("float32")
    got = insight.integrated_gradients(model, x)
    complete(got)
    w1, b1, w2, b2, w3, b3 = (weight.astype(np.float64) for weight in model.get_weights())
    for sample, target in enumerate(got.target):

        def score(row: jnp.ndarray, target: object = target) -> jnp.ndarray:
            return (jax.nn.relu(jax.nn.relu(row @ w1 + b1) @ w2 + b2) @ w3 + b3)[target]

        np.testing.assert_allclose(got.values[sample], by_hand(score, x[sample], np.zeros(6)), atol=2e-3)
        np.testing.assert_allclose(got.score[sample] - got.baseline_score[sample], score(x[sample]) - score(np.zeros(6)), rtol=1e-4)  # type: ignore[index]


def test_those_of_a_convolutional_network_are_complete_and_those_of_jax() -> None:
    model = Sequential([Input((8, 8, 1)), layers.Conv2D(3, 3, activation="tanh"), layers.Flatten(), layers.Dense(2, "softmax")])
    x = RANDOM.random(size=(2, 8, 8, 1)).astype("float32")
    got = insight.integrated_gradients(model, x, target=1, baseline=0.5)
    complete(got)
    kernel, bias, dense, last = model.get_weights()

    def score(image: jnp.ndarray) -> jnp.ndarray:
        maps = jax.lax.conv_general_dilated(image[None], kernel, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))
        return (jnp.tanh(maps + bias).reshape(-1) @ dense + last)[1]

    for sample in range(2):
        np.testing.assert_allclose(got.values[sample], by_hand(score, x[sample], np.full((8, 8, 1), 0.5, "float32"), 500), atol=1e-5)


def test_a_probability_is_divided_completely() -> None:
    model = Sequential([Input((4,)), layers.Dense(1, "sigmoid")])
    x = RANDOM.normal(size=(3, 4)).astype("float32")
    got = insight.integrated_gradients(model, x, of="probability")
    complete(got)
    np.testing.assert_allclose(got.score - got.baseline_score, model.predict(x, verbose=0)[:, 0] - 0.5, rtol=1e-4)


@pytest.mark.usefixtures("engine")
def test_those_of_words_are_those_of_jax_at_the_output_of_the_embedding() -> None:
    text = layers.TextVectorization(output_sequence_length=6)
    text.adapt(["a good film", "a bad long film"])
    model = Sequential(
        [
            Input((1,), dtype="string"),
            text,
            layers.Embedding(8, 3, mask_zero=True),
            layers.GlobalAveragePooling1D(),
            layers.Dense(5, "tanh"),
            layers.Dense(2, "softmax"),
        ]
    )
    got = insight.integrated_gradients(model, ["a good, long film", "bad"], target=0)
    complete(got)
    assert got.values.shape == (2, 6)
    assert got.parts[0].labels[0] == ["a", "good", "long", "film", "", ""]
    table, w1, b1, w2, b2 = model.get_weights()
    for sample, words in enumerate(got.parts[0].labels):
        ids = np.array([text.get_vocabulary().index(word) for word in words])
        mask = ids != 0

        def score(vectors: jnp.ndarray, mask: np.ndarray = mask) -> jnp.ndarray:
            return (jnp.tanh((vectors * mask[:, None]).sum(0) / mask.sum() @ w1 + b1) @ w2 + b2)[0]

        np.testing.assert_allclose(got.values[sample], by_hand(score, table[ids], np.zeros((6, 3)), 500).sum(-1), atol=1e-5)


def test_a_baseline_of_text_or_numbers_is_one_of_their_vectors() -> None:
    model = Sequential([Input((3,), dtype="int32"), layers.Embedding(5, 2), layers.Flatten(), layers.Dense(1)])
    table, kernel, _ = model.get_weights()
    got = insight.integrated_gradients(model, np.array([[1, 2, 3]]), baseline=4)
    complete(got)
    expected = ((table[[1, 2, 3]] - table[4]) * kernel.reshape(3, 2)).sum(-1)
    np.testing.assert_allclose(got.values[0], expected, rtol=1e-4, atol=1e-7)
    text = layers.TextVectorization()
    text.adapt(["a b c"])
    words = Sequential([Input((1,), dtype="string"), text, layers.Embedding(5, 2), layers.GlobalMaxPooling1D(), layers.Dense(1)])
    got = insight.integrated_gradients(words, "a b b", baseline="")
    complete(got)
    assert got.values.shape == (3,)


def test_columns_that_enter_a_normalization_begin_at_its_mean_and_categories_belong_to_their_column() -> None:
    frame = pd.DataFrame({"age": [20.0, 60.0, 40.0], "hours": [10.0, 50.0, 30.0], "job": ["cook", "clerk", "cook"]})
    age, hours, job = Input((1,), name="age"), Input((1,), name="hours"), Input((1,), dtype="string", name="job")
    scaled = layers.Normalization()
    scaled.adapt(frame[["age"]].to_numpy())
    lookup = layers.StringLookup(vocabulary=["cook", "clerk"], output_mode="one_hot")
    joined = layers.Concatenate()([scaled(age), hours, lookup(job)])
    model = Model({"age": age, "hours": hours, "job": job}, layers.Dense(1, name="last")(joined))
    kernel = model.get_layer("last").get_weights()[0][:, 0]
    got = insight.integrated_gradients(model, frame)
    complete(got)
    ages = frame["age"].to_numpy()
    np.testing.assert_allclose(got.values["age"][:, 0], (ages - 40) / ages.std() * kernel[0], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(got.values["hours"][:, 0], frame["hours"] * kernel[1], rtol=1e-4)
    np.testing.assert_allclose(got.values["job"], kernel[[3, 4, 3]], rtol=1e-4)
    row = insight.integrated_gradients(model, frame.iloc[1])
    np.testing.assert_allclose(row.values["job"], kernel[4], rtol=1e-4)
    assert "clerk" in str(row) and "hours" in str(row)


def test_the_steps_rise_until_the_values_are_complete() -> None:
    model = Sequential([Input((2,)), layers.Dense(2, "sigmoid", kernel_initializer="ones", bias_initializer="zeros"), layers.Dense(1)])
    model.layers[0].set_weights([np.array([[90.0, 0.0], [0.0, 1.0]]), np.array([-33.0, 0.0])])
    model.layers[1].set_weights([np.array([[1.0], [0.1]]), np.zeros(1)])
    got = insight.integrated_gradients(model, np.array([[1.0, 1.0], [0.0, 1.0]]), steps=8)
    complete(got)
    assert got.steps is not None
    assert got.steps[0] > 8  # a steep step in the middle
    assert got.steps[1] == 8  # a smooth way


def test_values_that_stay_incomplete_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("glassworks.insight.attribution.path.MOST_STEPS", 8)
    model = Sequential([Input((1,)), layers.Dense(1, "sigmoid", kernel_initializer="ones")])
    model.set_weights([np.array([[500.0]]), np.array([-200.0])])
    with pytest.warns(GlassworksWarning, match="1 of 1 samples are not complete"):
        got = insight.integrated_gradients(model, np.array([[1.0]]), of="probability", steps=8)
    assert got.completeness is not None and got.completeness[0] > COMPLETE


def test_a_sample_equal_to_its_baseline_counts_nothing() -> None:
    model = Sequential([Input((2,)), layers.Dense(1)])
    got = insight.integrated_gradients(model, np.zeros((1, 2)))
    np.testing.assert_array_equal(got.values, np.zeros((1, 2)))
    assert got.completeness is not None and got.completeness[0] == 0


def test_corners_of_a_network_cost_few_points() -> None:
    """The score is a sum of ramps, whose corners no quadrature with equal pieces meets."""
    corners = np.linspace(0.05, 0.95, 7) ** 1.3
    model = Sequential([Input((1,)), layers.Dense(7, "relu"), layers.Dense(1)])
    model.layers[0].set_weights([np.ones((1, 7)), -corners])
    model.layers[1].set_weights([np.array([[5.0], [-9.0], [8.0], [-7.0], [9.0], [-8.0], [6.0]]), np.zeros(1)])
    got = insight.integrated_gradients(model, np.array([[1.0]]), steps=8)
    complete(got)
    assert got.steps is not None and got.steps[0] < 1000
    assert got.values[0, 0] == pytest.approx(float(model.predict(np.array([[1.0]]), verbose=0)[0, 0]), rel=1e-3)


def test_scores_that_are_not_finite_are_named() -> None:
    model = Sequential([Input((2,)), layers.Dense(1)])
    with pytest.raises(DataError, match="a score of nan at sample 1"):
        insight.integrated_gradients(model, np.array([[1.0, 2.0], [np.nan, 1.0]]))
    with pytest.raises(DataError, match="at baseline 0"):
        insight.integrated_gradients(model, np.ones((1, 2)), baseline=np.inf)


def test_a_baseline_that_does_not_fit_is_named() -> None:
    model = Sequential([Input((2,)), layers.Dense(1)])
    with pytest.raises(ArgumentError, match=r"x_train.mean\(axis=0\)"):
        insight.integrated_gradients(model, np.ones((3, 2)), baseline=np.ones(3))
    with pytest.raises(ArgumentError, match="numbers"):
        insight.integrated_gradients(model, np.ones((3, 2)), baseline="")
    with pytest.raises(ArgumentError, match="steps"):
        insight.integrated_gradients(model, np.ones((3, 2)), steps=0)

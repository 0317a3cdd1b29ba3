"""Dropout and noise: their statistics, their seeds, and that inference leaves the inputs alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from glassworks import engine, layers, random
from glassworks.errors import ArgumentError, ShapeError

ONES = np.ones((200, 500), "float32")
NOISY = [
    ("Dropout", {"rate": 0.3}, (3, 4)),
    ("GaussianNoise", {"stddev": 0.3}, (3, 4)),
    ("GaussianDropout", {"rate": 0.3}, (3, 4)),
    ("AlphaDropout", {"rate": 0.3}, (3, 4)),
    ("SpatialDropout1D", {"rate": 0.3}, (3, 4, 5)),
    ("SpatialDropout2D", {"rate": 0.3}, (3, 4, 5, 6)),
    ("SpatialDropout3D", {"rate": 0.3}, (3, 4, 5, 6, 2)),
]


def noisy(layer: Any, inputs: Any) -> np.ndarray:
    return layer(inputs, training=True).numpy()


@pytest.mark.parametrize(("name", "arguments", "shape"), NOISY)
def test_inference_gives_the_inputs_themselves(name: str, arguments: dict, shape: tuple) -> None:
    x = np.random.default_rng(0).normal(size=shape).astype("float32")
    layer = getattr(layers, name)(**arguments)
    np.testing.assert_array_equal(layer(x), x)
    np.testing.assert_array_equal(layer(x, training=False), x)


@pytest.mark.parametrize(("name", "arguments", "shape"), NOISY)
def test_same_seed_same_noise_and_new_noise_at_each_call(name: str, arguments: dict, shape: tuple) -> None:
    x = np.random.default_rng(0).normal(size=shape).astype("float32")
    one, two = (getattr(layers, name)(**arguments, seed=5) for _ in range(2))
    first, second = noisy(one, x), noisy(one, x)
    np.testing.assert_array_equal(first, noisy(two, x))
    np.testing.assert_array_equal(second, noisy(two, x))
    assert (first != second).any()


@pytest.mark.parametrize(("name", "arguments", "shape"), NOISY)
def test_global_seed_covers_layers_without_a_seed(name: str, arguments: dict, shape: tuple) -> None:
    x = np.ones(shape, "float32")
    results = []
    for _ in range(2):
        random.set_global_seed(11)
        results.append(noisy(getattr(layers, name)(**arguments), x))
    np.testing.assert_array_equal(*results)


@pytest.mark.parametrize(("name", "arguments", "shape"), NOISY)
def test_traced_noise_equals_eager_noise_and_advances(name: str, arguments: dict, shape: tuple) -> None:
    x = np.ones(shape, "float32")
    eager, traced = (getattr(layers, name)(**arguments, seed=5) for _ in range(2))
    program = engine.function(lambda x: traced(x, training=True))
    for _ in range(2):
        # Two engines may round differently; the random numbers are the same.
        np.testing.assert_allclose(noisy(eager, x), program(x), rtol=1e-6, atol=1e-6)


def test_dropout_drops_the_share_and_keeps_the_mean() -> None:
    y = noisy(layers.Dropout(0.3, seed=1), ONES)
    assert abs((y == 0).mean() - 0.3) < 0.005
    np.testing.assert_allclose(y[y > 0], 1 / 0.7, rtol=1e-6)
    assert abs(y.mean() - 1) < 0.01


def test_dropout_of_rate_one_gives_zeros_and_of_rate_zero_the_inputs() -> None:
    assert not noisy(layers.Dropout(1.0), ONES).any()
    np.testing.assert_array_equal(noisy(layers.Dropout(0.0), ONES), ONES)


@pytest.mark.parametrize("noise_shape", [(None, 1, None), (20, 1, 30)])
def test_noise_shape_shares_decisions(noise_shape: tuple) -> None:
    y = noisy(layers.Dropout(0.5, noise_shape=noise_shape, seed=1), np.ones((20, 10, 30)))
    np.testing.assert_array_equal(y, np.broadcast_to(y[:, :1], y.shape))
    assert 0.3 < (y == 0).mean() < 0.7


def test_noise_shape_that_does_not_fit_is_refused() -> None:
    with pytest.raises((ShapeError, ArgumentError), match="noise_shape"):
        layers.Dropout(0.5, noise_shape=(1, 2, 3))(ONES, training=True)


@pytest.mark.parametrize(
    ("name", "shape", "arguments", "axes"),
    [
        ("SpatialDropout1D", (8, 6, 40), {}, (1,)),
        ("SpatialDropout2D", (8, 4, 5, 40), {}, (1, 2)),
        ("SpatialDropout2D", (8, 40, 4, 5), {"data_format": "channels_first"}, (2, 3)),
        ("SpatialDropout3D", (8, 2, 3, 4, 40), {}, (1, 2, 3)),
        ("SpatialDropout3D", (8, 40, 2, 3, 4), {"data_format": "channels_first"}, (2, 3, 4)),
    ],
)
def test_spatial_dropout_drops_whole_channels(name: str, shape: tuple, arguments: dict, axes: tuple) -> None:
    y = noisy(getattr(layers, name)(0.5, seed=3, **arguments), np.ones(shape))
    per_channel = y.mean(axis=axes)
    assert set(np.unique(per_channel)) == {0.0, 2.0}
    assert 0.35 < (per_channel == 0).mean() < 0.65


@pytest.mark.parametrize(
    ("layer", "mean", "stddev"),
    [
        (layers.GaussianNoise(0.5, seed=1), 1.0, 0.5),
        (layers.GaussianDropout(0.2, seed=1), 1.0, 0.5),
    ],
)
def test_gaussian_noise_has_the_promised_moments(layer: Any, mean: float, stddev: float) -> None:
    y = noisy(layer, ONES)
    assert abs(y.mean() - mean) < 0.01
    assert abs(y.std() - stddev) < 0.01


def test_alpha_dropout_keeps_mean_and_variance_of_normal_inputs() -> None:
    x = np.random.default_rng(0).normal(size=(400, 500)).astype("float32")
    y = noisy(layers.AlphaDropout(0.4, seed=1), x)
    assert abs(y.mean()) < 0.01
    assert abs(y.std() - 1) < 0.01


def test_noise_has_the_compute_dtype() -> None:
    assert noisy(layers.GaussianNoise(0.1, dtype="float64"), np.ones((2, 3))).dtype == np.float64


def test_seed_state_is_a_variable_of_the_layer_but_not_a_weight() -> None:
    layer = layers.Dropout(0.5)
    assert len(layer.variables) == 1
    assert layer.weights == []
    assert layers.Dropout(0.0).variables == []


def test_activity_regularization_adds_a_penalty_per_sample() -> None:
    layer = layers.ActivityRegularization(l1=0.1, l2=0.01)
    x = np.array([[1.0, -2.0], [3.0, 0.0]], "float32")
    np.testing.assert_array_equal(layer(x), x)
    np.testing.assert_allclose(float(layer.losses[0]), (0.1 * 6 + 0.01 * 14) / 2, rtol=1e-6)

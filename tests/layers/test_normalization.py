"""Normalization layers beyond the comparison with Keras: masks, freezing, moving averages, errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from glassworks import engine, layers
from glassworks.errors import ShapeError

X = np.random.default_rng(0).normal(3.0, 2.0, size=(8, 4)).astype("float32")


def test_batch_normalization_normalizes_each_feature_while_training() -> None:
    y = layers.BatchNormalization(epsilon=0.0)(X, training=True).numpy()
    np.testing.assert_allclose(y.mean(0), 0.0, atol=1e-5)
    np.testing.assert_allclose(y.std(0), 1.0, rtol=1e-5)


def test_moving_averages_follow_the_formula_eager_and_traced() -> None:
    eager, traced = layers.BatchNormalization(momentum=0.9), layers.BatchNormalization(momentum=0.9)
    program = engine.function(lambda x: traced(x, training=True))
    mean, variance = np.zeros(4), np.ones(4)
    for step in range(4):
        x = X * (step + 1)
        np.testing.assert_allclose(eager(x, training=True), program(x), rtol=1e-5, atol=1e-6)
        mean, variance = 0.9 * mean + 0.1 * x.mean(0), 0.9 * variance + 0.1 * x.var(0)
    for layer in (eager, traced):
        np.testing.assert_allclose(layer.moving_mean, mean, rtol=1e-5)
        np.testing.assert_allclose(layer.moving_variance, variance, rtol=1e-5)


def test_inference_leaves_the_averages_alone_and_uses_them() -> None:
    layer = layers.BatchNormalization(epsilon=0.0)
    layer.build((None, 4))
    layer.set_weights([np.full(4, 2.0), np.full(4, 1.0), np.full(4, 3.0), np.full(4, 4.0)])
    np.testing.assert_allclose(layer(X), (X - 3) / 2 * 2 + 1, rtol=1e-5)
    np.testing.assert_array_equal(layer.moving_mean, np.full(4, 3.0))


def test_frozen_batch_normalization_stays_in_inference() -> None:
    layer = layers.BatchNormalization()
    layer.trainable = False
    np.testing.assert_allclose(layer(X, training=True), X / np.sqrt(1.001), rtol=1e-5)
    np.testing.assert_array_equal(layer.moving_mean, np.zeros(4))
    assert layer.trainable_weights == []


def test_masked_positions_do_not_count() -> None:
    x = np.random.default_rng(1).normal(size=(2, 3, 4)).astype("float32")
    mask = np.array([[True, True, False], [True, False, False]])
    layer = layers.BatchNormalization(momentum=0.0)
    layer(x, training=True, mask=mask)
    np.testing.assert_allclose(layer.moving_mean, x[mask].mean(0), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(layer.moving_variance, x[mask].var(0), rtol=1e-4, atol=1e-6)


def test_mask_of_another_shape_is_refused() -> None:
    with pytest.raises(ShapeError, match="mask of shape"):
        layers.BatchNormalization()(X, training=True, mask=np.ones((8, 4), bool))


@pytest.mark.parametrize(
    "layer", [layers.BatchNormalization(), layers.LayerNormalization(), layers.RMSNormalization(), layers.GroupNormalization(1)]
)
def test_unknown_feature_size_is_refused(layer: Any) -> None:
    with pytest.raises(ShapeError, match="unknown at axis -1"):
        layer.build((None, 3, None))


@pytest.mark.parametrize("cls", [layers.BatchNormalization, layers.LayerNormalization, layers.RMSNormalization])
def test_axis_that_is_not_there_is_refused(cls: Any) -> None:
    with pytest.raises(ShapeError, match="axis 2 of inputs of shape"):
        cls(axis=2)(X)


def test_group_normalization_says_which_groups_would_fit() -> None:
    with pytest.raises(ShapeError, match="use groups=2"):
        layers.GroupNormalization(groups=3)(X)
    with pytest.raises(ShapeError, match="use groups=4"):
        layers.GroupNormalization()(X)


def test_batch_normalization_refuses_other_features_than_it_was_built_with() -> None:
    layer = layers.BatchNormalization()
    layer(X)
    with pytest.raises(ShapeError, match="size 4 at axis -1"):
        layer(X[:, :3])


@pytest.mark.parametrize("name", ["BatchNormalization", "LayerNormalization", "GroupNormalization"])
def test_mixed_precision_keeps_weights_in_float32(name: str) -> None:
    arguments = {"groups": 2} if name == "GroupNormalization" else {}
    layer = getattr(layers, name)(dtype="mixed_bfloat16", **arguments)
    assert layer(X).dtype.name == "bfloat16"
    assert {weight.dtype for weight in layer.weights} == {"float32"}

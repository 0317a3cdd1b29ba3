"""Networks of convolutions train as in Keras: from the same weights and batches, the same losses and the same weights after."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras as real
import numpy as np
import pytest

import glassworks

IMAGES = np.random.default_rng(0).normal(size=(50, 12, 10, 3)).astype("float32")
LABELS = np.random.default_rng(1).integers(0, 4, 50)


def usual(k: Any) -> list[Any]:
    return [
        k.layers.Conv2D(8, 3, activation="relu"),
        k.layers.MaxPooling2D(2),
        k.layers.Conv2D(6, 3, padding="same", activation="relu", kernel_regularizer="l2"),
        k.layers.Flatten(),
    ]


def normalised(k: Any) -> list[Any]:
    return [
        k.layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False),
        k.layers.BatchNormalization(),
        k.layers.ReLU(),
        k.layers.SeparableConv2D(6, 3, padding="same", activation="tanh"),
        k.layers.DepthwiseConv2D(2, depth_multiplier=2),
        k.layers.GlobalAveragePooling2D(),
    ]


def enlarging(k: Any) -> list[Any]:
    return [
        k.layers.ZeroPadding2D(1),
        k.layers.Conv2D(4, (3, 2), dilation_rate=(1, 2), groups=1, activation="relu"),
        k.layers.Conv2DTranspose(3, 3, strides=2, padding="same", activation="relu"),
        k.layers.Cropping2D(2),
        k.layers.AveragePooling2D(3, strides=2, padding="same"),
        k.layers.UpSampling2D(2),
        k.layers.GlobalMaxPooling2D(),
    ]


def sequences(k: Any) -> list[Any]:
    return [
        k.layers.Reshape((60, 6)),
        k.layers.Conv1D(8, 3, padding="causal", dilation_rate=2, activation="relu"),
        k.layers.MaxPooling1D(3),
        k.layers.Conv1D(4, 5, groups=2, strides=2),
        k.layers.Flatten(),
    ]


def trained(k: Any, body: Callable[[Any], list[Any]], weights: list[np.ndarray] | None) -> tuple[list[np.ndarray], list[float], Any]:
    """The starting weights, the losses of each epoch and the trained model."""
    model = k.Sequential([k.Input((12, 10, 3)), *body(k), k.layers.Dense(4, activation="softmax")])
    model.compile(k.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    if weights is not None:
        model.set_weights(weights)
    weights = model.get_weights()
    history = model.fit(IMAGES, LABELS, batch_size=16, epochs=3, shuffle=False, verbose=0).history
    return weights, history["loss"] + history["accuracy"], model


@pytest.mark.parametrize("body", [usual, normalised, enlarging, sequences])
def test_three_epochs_give_the_losses_and_weights_of_keras(body: Callable[[Any], list[Any]]) -> None:
    weights, losses, theirs = trained(real, body, None)
    _, ours, model = trained(glassworks, body, weights)
    np.testing.assert_allclose(ours, losses, rtol=1e-4)
    for mine, other in zip(model.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-2, atol=1e-3)
    np.testing.assert_allclose(model.predict(IMAGES, verbose=0), theirs.predict(IMAGES, verbose=0), atol=2e-3)

"""The accuracies that the introductions promise, on the real MNIST."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import glassworks as keras


@pytest.fixture(scope="module")
def mnist(shared_data: Path) -> dict[str, np.ndarray]:
    """MNIST in 0..1."""
    with np.load(shared_data / "mnist.npz") as data:
        scaled = {name: data[name] for name in data}
    return {name: (a / 255).astype("float32") if name.startswith("x") else a for name, a in scaled.items()}


def test_784_128_10_reaches_97_5_percent_in_5_epochs(mnist: dict[str, np.ndarray]) -> None:
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input(shape=(28, 28)),
            keras.layers.Flatten(),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(mnist["x_train"], mnist["y_train"], epochs=5, batch_size=64, verbose=0)
    assert model.evaluate(mnist["x_test"], mnist["y_test"], verbose=0)[1] >= 0.975


def test_784_128_64_10_with_dropout_reaches_98_percent_in_15_epochs(mnist: dict[str, np.ndarray]) -> None:
    keras.utils.set_random_seed(1)
    layers = keras.layers
    hidden = [layers.Dense(128, activation="relu"), layers.Dropout(0.2), layers.Dense(64, activation="relu"), layers.Dropout(0.2)]
    model = keras.Sequential([keras.Input(shape=(28, 28)), layers.Flatten(), *hidden, layers.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(mnist["x_train"], mnist["y_train"], epochs=15, batch_size=128, verbose=0)
    assert model.evaluate(mnist["x_test"], mnist["y_test"], verbose=0)[1] >= 0.98

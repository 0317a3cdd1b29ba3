"""Problem 1: the shapes of outputs and targets differ, and are stretched to each other without an error.

The network has one output per digit, and each target is a single number. The error "expected 2 dimensions" was answered with
`reshape(-1, 1)`: now all ten outputs are compared with the same number, and learn its mean.

Run: python examples/failures/p01_targets_of_another_shape.py
"""

from __future__ import annotations

import numpy as np
from story import tell

import glassworks as keras
from glassworks import layers


def train(changed: bool) -> tuple[keras.callbacks.History, float]:
    (x, y), (x_test, y_test) = keras.datasets.digits.load_data()
    model = keras.Sequential([layers.Flatten(), layers.Dense(64, activation="relu"), layers.Dense(10)])
    model.compile(keras.optimizers.Adam(0.003), "mse")
    targets = keras.utils.to_categorical(y, 10) if changed else y.reshape(-1, 1).astype("float32")
    history = model.fit(x / 16, targets, epochs=12, verbose=0)
    answers = np.asarray(model.predict(x_test / 16, verbose=0)).argmax(axis=1)
    return history, float((answers == y_test).mean())


if __name__ == "__main__":
    tell(train, "one target per output: to_categorical(y, 10)")

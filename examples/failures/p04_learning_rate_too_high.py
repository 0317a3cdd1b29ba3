"""Problem 4: the loss jumps, and stays at that of guessing, because the learning rate is too high.

The first step already moves the weights by more than their own size. What is left of the network is one answer for all images.

Run: python examples/failures/p04_learning_rate_too_high.py
"""

from __future__ import annotations

from story import tell

import glassworks as keras
from glassworks import layers


def train(changed: bool) -> tuple[keras.callbacks.History, float]:
    (x, y), (x_test, y_test) = keras.datasets.digits.load_data()
    model = keras.Sequential(
        [
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.001 if changed else 1.0), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x / 16, y, epochs=10, verbose=0)
    return history, model.evaluate(x_test / 16, y_test, verbose=0)[1]


if __name__ == "__main__":
    tell(train, "Adam(0.001), its usual rate, instead of Adam(1.0)")

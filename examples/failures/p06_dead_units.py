"""Problem 6: the units of a hidden layer give 0 for every image, and a relu at 0 has no gradient.

A bias of -4.6 is right for the output of a detector that should start at a probability of 1%. In a hidden layer with relu it lets no
unit fire, so that nothing in front of it can learn.

Run: python examples/failures/p06_dead_units.py
"""

from __future__ import annotations

from story import tell

import glassworks as keras
from glassworks import layers


def train(changed: bool) -> tuple[keras.callbacks.History, float]:
    (x, y), (x_test, y_test) = keras.datasets.digits.load_data()
    bias = keras.initializers.Constant(0.0 if changed else -4.6)
    model = keras.Sequential(
        [
            layers.Flatten(),
            layers.Dense(64, activation="relu", bias_initializer=bias),
            layers.Dense(32, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x / 16, y, epochs=10, verbose=0)
    return history, model.evaluate(x_test / 16, y_test, verbose=0)[1]


if __name__ == "__main__":
    tell(train, "let the bias of the hidden layer start at 0")

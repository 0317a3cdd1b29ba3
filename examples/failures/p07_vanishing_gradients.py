"""Problem 7: the gradient shrinks from layer to layer on its way back, so that the first layers do not learn.

The slope of a sigmoid is at most 1/4: after twelve of them next to nothing is left.

Run: python examples/failures/p07_vanishing_gradients.py
"""

from __future__ import annotations

from story import tell

import glassworks as keras
from glassworks import layers


def train(changed: bool) -> tuple[keras.callbacks.History, float]:
    (x, y), (x_test, y_test) = keras.datasets.digits.load_data()
    options = {"activation": "relu", "kernel_initializer": "he_normal"} if changed else {"activation": "sigmoid"}
    hidden = [layers.Dense(32, **options) for _ in range(12)]
    model = keras.Sequential([layers.Flatten(), *hidden, layers.Dense(10, activation="softmax")])
    model.compile(keras.optimizers.SGD(0.05), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x / 16, y, epochs=12, verbose=0)
    return history, model.evaluate(x_test / 16, y_test, verbose=0)[1]


if __name__ == "__main__":
    tell(train, "relu with kernel_initializer='he_normal' instead of sigmoid")

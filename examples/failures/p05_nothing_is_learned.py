"""Problem 5: the accuracy stays at that of guessing, because the labels do not belong to the images.

The images were shuffled, and the labels were not. The network has nothing to find, whatever its layers and its learning rate are.

Run: python examples/failures/p05_nothing_is_learned.py
"""

from __future__ import annotations

import numpy as np
from story import tell

import glassworks as keras
from glassworks import layers


def train(changed: bool) -> tuple[keras.callbacks.History, float]:
    (x, y), (x_test, y_test) = keras.datasets.digits.load_data()
    order = np.random.default_rng(0).permutation(len(x))
    x, y = x[order], y[order] if changed else y
    model = keras.Sequential([layers.Flatten(), layers.Dense(32, activation="relu"), layers.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x / 16, y, epochs=10, validation_data=(x_test / 16, y_test), verbose=0)
    return history, history.history["val_accuracy"][-1]


if __name__ == "__main__":
    tell(train, "shuffle images and labels in the same order")

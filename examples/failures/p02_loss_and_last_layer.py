"""Problem 2: the loss expects probabilities, and the last layer gives scores.

Cross-entropy takes the logarithm of a probability. Without a sigmoid the outputs are any numbers: those below 0 are clipped, the
gradient is 0 there, and these samples stay wrong.

Run: python examples/failures/p02_loss_and_last_layer.py
"""

from __future__ import annotations

import numpy as np
from story import tell

import glassworks as keras
from glassworks import layers


def train(changed: bool) -> tuple[keras.callbacks.History, float]:
    (x, y), (x_test, y_test) = keras.datasets.digits.load_data()
    x, x_test = x / 16, x_test / 16
    model = keras.Sequential(
        [layers.Flatten(), layers.Dense(32, activation="relu"), layers.Dense(1, activation="sigmoid" if changed else None)]
    )
    model.compile(keras.optimizers.SGD(0.1), "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y > 4, epochs=15, verbose=0)
    answers = np.asarray(model.predict(x_test, verbose=0))[:, 0] > 0.5
    return history, float((answers == (y_test > 4)).mean())


if __name__ == "__main__":
    tell(train, "give the last layer activation='sigmoid'")

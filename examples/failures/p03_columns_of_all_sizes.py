"""Problem 3: the columns of a table have very different sizes.

Of 13 measurements of a wine, proline is about 750 and the hue about 1. Proline alone decides what the network computes, and a step
that suits its weight is far too small for the others.

Run: python examples/failures/p03_columns_of_all_sizes.py          (needs scikit-learn, which brings the table)
"""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from story import tell

import glassworks as keras
from glassworks import layers


def train(changed: bool) -> tuple[keras.callbacks.History, float]:
    x, x_test, y, y_test = train_test_split(*load_wine(return_X_y=True), test_size=0.3, random_state=0)
    scale = layers.Normalization()
    scale.adapt(x)
    first = [scale] if changed else []
    model = keras.Sequential([*first, layers.Dense(16, activation="relu"), layers.Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=40, batch_size=16, verbose=0)
    return history, float((np.asarray(model.predict(x_test, verbose=0)).argmax(axis=1) == y_test).mean())


if __name__ == "__main__":
    tell(train, "start the model with a Normalization layer that has seen the training data")

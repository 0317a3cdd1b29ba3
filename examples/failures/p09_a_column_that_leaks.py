"""Problem 9: a column contains the answer, and is not known when the model is used.

The code for the insurance is written after the diagnosis, and follows from it. In validation the network is nearly perfect; for new
patients, who have no code yet, it is not.

Run: python examples/failures/p09_a_column_that_leaks.py          (needs scikit-learn, which brings the table)
"""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from story import tell

import glassworks as keras
from glassworks import layers


def train(changed: bool) -> tuple[keras.callbacks.History, float]:
    x, y = load_breast_cancer(return_X_y=True)
    x = ((x - x.mean(axis=0)) / x.std(axis=0))[:, :5]
    x, x_new, y, y_new = train_test_split(x, y, test_size=0.3, random_state=0)
    if not changed:
        code = np.where(y == 1, 2.0, -1.0) + np.random.default_rng(0).normal(0, 0.2, len(y))
        x, x_new = np.column_stack([x, code]), np.column_stack([x_new, np.full(len(x_new), 2.0)])
    model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=15, validation_split=0.2, verbose=0)
    return history, model.evaluate(x_new, y_new, verbose=0)[1]


if __name__ == "__main__":
    tell(train, "leave the column out", "accuracy on new patients")

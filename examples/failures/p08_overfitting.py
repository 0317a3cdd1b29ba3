"""Problem 8: the network learns its 309 patients by heart, and gets worse on all others.

The loss in training falls to nearly 0, while that of validation has been rising since the first epochs.

Run: python examples/failures/p08_overfitting.py          (needs scikit-learn, which brings the table)
"""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
from story import tell

import glassworks as keras
from glassworks import layers


def train(changed: bool) -> tuple[keras.callbacks.History, float]:
    x, y = load_diabetes(return_X_y=True)
    x, y = x / x.std(axis=0), (y - y.mean()) / y.std()
    x, x_test, y, y_test = train_test_split(x, y, test_size=0.3, random_state=0)
    model = keras.Sequential([layers.Dense(256, activation="relu"), layers.Dense(128, activation="relu"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.003), "mse")
    stop = [keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True)] if changed else []
    history = model.fit(x, y, epochs=60, validation_data=(x_test, y_test), callbacks=stop, verbose=0)
    error = np.asarray(model.predict(x_test, verbose=0))[:, 0] - y_test
    return history, float(1 - np.square(error).mean() / y_test.var())


if __name__ == "__main__":
    tell(train, "EarlyStopping(patience=3, restore_best_weights=True)", "share of the variance explained (R2)")

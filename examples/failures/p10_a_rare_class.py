"""Problem 10: "no" is right in 95 of 100 cases, and the network has learned to say nothing else.

An accuracy of 95% looks good. The score here is the mean of the shares of sevens and of other digits that are recognised, which is 0.5
for a network that always says the same.

Run: python examples/failures/p10_a_rare_class.py
"""

from __future__ import annotations

import numpy as np
from story import tell

import glassworks as keras
from glassworks import layers


def train(changed: bool) -> tuple[keras.callbacks.History, float]:
    (x, y), (x_test, y_test) = keras.datasets.digits.load_data()
    kept = (y != 7) | (np.cumsum(y == 7) <= 60)
    x, seven = x[kept] / 16, y[kept] == 7
    model = keras.Sequential([layers.Flatten(), layers.Dense(16, activation="relu"), layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.SGD(0.02), "binary_crossentropy", metrics=["accuracy"])
    weights = {0: 1.0, 1: 21.0} if changed else None
    history = model.fit(x, seven, epochs=10, class_weight=weights, verbose=0)
    answers, is_seven = np.asarray(model.predict(x_test / 16, verbose=0))[:, 0] > 0.5, y_test == 7
    return history, float((answers[is_seven].mean() + (~answers[~is_seven]).mean()) / 2)


if __name__ == "__main__":
    tell(train, "class_weight={0: 1.0, 1: 21.0}", "balanced accuracy")

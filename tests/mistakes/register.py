"""What the files of this folder share: a mistake is a function that makes it, with pieces that the error's text must hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import glassworks as keras
from glassworks import layers

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 4)).astype("float32")
CLASSES = np.arange(40) % 3
ONE_HOT = np.eye(3, dtype="float32")[CLASSES]
NUMBERS = X.sum(axis=1)

Case = tuple[str, Callable[[], Any], list[str]]
CASES: list[Case] = []


def mistake(*pieces: str) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Register a mistake with the pieces its message must hold."""

    def register(function: Callable[[], Any]) -> Callable[[], Any]:
        CASES.append((function.__name__, function, list(pieces)))
        return function

    return register


def classifier(loss: Any = "sparse_categorical_crossentropy", units: int = 3, activation: Any = "softmax", **compile_options: Any) -> Any:
    model = keras.Sequential(
        [keras.Input(shape=(4,)), layers.Dense(8, activation="relu"), layers.Dense(units, activation=activation, name="scores")], name="net"
    )
    model.compile("adam", loss, **compile_options)
    return model

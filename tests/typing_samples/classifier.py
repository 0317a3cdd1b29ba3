"""What a user writes, for the type checker."""

from __future__ import annotations

import numpy as np

import glassworks as keras
from glassworks import layers, ops
from glassworks.typing import Tensor


class Scale(layers.Layer):
    """A layer of the user's own."""

    def __init__(self, factor: float, **kwargs: object) -> None:
        super().__init__()
        self.factor = factor

    def call(self, x: Tensor) -> Tensor:
        return ops.multiply(x, self.factor)


def build(units: int = 32) -> keras.Sequential:
    model = keras.Sequential(
        [keras.Input(shape=(8, 8)), layers.Flatten(), layers.Dense(units, activation="relu"), Scale(0.5), layers.Dense(10)]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=loss, metrics=["accuracy"])
    return model


def train() -> np.ndarray:
    (x_train, y_train), (x_test, _) = keras.datasets.digits.load_data()
    model = build()
    stopping = keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True)
    history = model.fit(x_train / 16, y_train, epochs=2, validation_split=0.1, callbacks=[stopping], verbose=0)
    print(history.history["loss"], model.count_params())
    predictions: np.ndarray = model.predict(x_test / 16, verbose=0)
    return predictions


def by_hand() -> float:
    kernel = keras.Variable(np.ones((2, 1), "float32"), name="kernel")
    with keras.GradientTape() as tape:
        loss = ops.sum(ops.square(ops.matmul(np.ones((3, 2), "float32"), kernel)))
    gradient = tape.gradient(loss, kernel)
    keras.optimizers.SGD(0.1).apply([gradient], [kernel])
    return float(keras.grad(lambda x: x * x)(3.0))

"""Models that are exported in the tests, and their inputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from glassworks import Input, Model, Sequential, layers, ops


def mlp() -> Any:
    hidden, classes = layers.Dense(16, activation="relu", name="hidden"), layers.Dense(4, activation="softmax", name="classes")
    return Sequential([Input((12,)), hidden, layers.Dropout(0.5, name="dropout"), classes], name="digits")


def convnet() -> Any:
    parts = [layers.Conv2D(4, 3, activation="relu", padding="same"), layers.BatchNormalization(), layers.MaxPooling2D()]
    return Sequential([Input((12, 12, 1)), *parts, layers.Conv2D(8, 3, strides=2), layers.Flatten(), layers.Dense(3)], name="convnet")


def residual() -> Any:
    x = inputs = Input((9, 9, 3))
    x = layers.Conv2D(4, 3, padding="same", use_bias=False)(x)
    for _ in range(2):
        y = layers.Conv2D(4, 3, padding="same", use_bias=False)(layers.ReLU()(layers.BatchNormalization()(x)))
        x = layers.Add()([x, y])
    x = layers.AveragePooling2D(2, padding="same")(x)
    return Model(inputs, layers.Dense(2)(layers.GlobalAveragePooling2D()(x)))


def lstm() -> Any:
    parts = [layers.Embedding(20, 6, mask_zero=True), layers.LSTM(5, return_sequences=True), layers.LSTM(4)]
    return Sequential([Input((None,)), *parts, layers.Dense(1, activation="sigmoid")])


def gru() -> Any:
    parts = [layers.Bidirectional(layers.GRU(4, return_sequences=True)), layers.GRU(3, go_backwards=True)]
    return Sequential([Input((7, 3)), *parts])


def simple_rnn() -> Any:
    backwards = layers.SimpleRNN(3, go_backwards=True, return_sequences=True)
    return Sequential([Input((None, 3)), layers.Bidirectional(layers.SimpleRNN(4, return_sequences=True)), backwards, layers.SimpleRNN(2)])


def transformer() -> Any:
    tokens = Input((None,), dtype="int32")
    x = layers.Embedding(30, 8)(tokens)
    for _ in range(2):
        normal = layers.LayerNormalization(epsilon=1e-6)(x)
        x = layers.Add()([x, layers.MultiHeadAttention(2, 4)(normal, normal, use_causal_mask=True)])
        x = layers.Add()([x, layers.Dense(8)(layers.Dense(16, activation="gelu")(layers.LayerNormalization()(x)))])
    return Model(tokens, layers.Dense(30)(x))


def several() -> Any:
    a, b = Input((5,), name="wide"), Input((3,), name="deep")
    x = layers.Concatenate()([layers.Dense(4, activation="elu")(a), layers.Dense(4, activation="silu")(b)])
    return Model([a, b], [layers.Dense(1, name="price")(x), layers.Dense(2, activation="softmax", name="class")(x)])


def nested() -> Any:
    encoder = Sequential([Input((6,)), layers.Dense(4, activation="tanh")], name="encoder")
    a, b = Input((6,)), Input((6,))
    shared = [encoder(a), encoder(b)]
    return Model([a, b], layers.Dot(-1, normalize=True)(shared))


class Subclassed(Model):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = layers.Dense(5, activation="selu"), layers.Dense(2)

    def call(self, x: Any) -> Any:
        y = self.first(x)
        return self.second(ops.concatenate([y, ops.square(y) / 2 - ops.mean(y, axis=-1, keepdims=True)], axis=-1))


def subclassed() -> Any:
    model = Subclassed()
    model.predict(np.ones((1, 4)), verbose=0)
    return model


MODELS: dict[str, tuple[Callable[[], Any], Callable[[np.random.Generator, int], list[np.ndarray]]]] = {
    "mlp": (mlp, lambda rng, n: [rng.normal(size=(n, 12))]),
    "convnet": (convnet, lambda rng, n: [rng.normal(size=(n, 12, 12, 1))]),
    "residual": (residual, lambda rng, n: [rng.normal(size=(n, 9, 9, 3))]),
    "lstm": (lstm, lambda rng, n: [rng.integers(0, 20, (n, 5 + n))]),
    "gru": (gru, lambda rng, n: [rng.normal(size=(n, 7, 3))]),
    "simple_rnn": (simple_rnn, lambda rng, n: [rng.normal(size=(n, 3 + n, 3))]),
    "transformer": (transformer, lambda rng, n: [rng.integers(0, 30, (n, 4 + n))]),
    "several": (several, lambda rng, n: [rng.normal(size=(n, 5)), rng.normal(size=(n, 3))]),
    "nested": (nested, lambda rng, n: [rng.normal(size=(n, 6)), rng.normal(size=(n, 6))]),
    "subclassed": (subclassed, lambda rng, n: [rng.normal(size=(n, 4))]),
}

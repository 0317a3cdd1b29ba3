"""What the programs of the tables share: data and small models. The runner executes this file first, with the names of the library it tries."""

from __future__ import annotations

from typing import Any

import numpy as np

keras: Any = globals().get("keras")
Input, Model, Sequential, layers = (getattr(keras, name, None) for name in ("Input", "Model", "Sequential", "layers"))

X = np.linspace(-1, 1, 48).reshape(12, 4).astype("float32")
C = np.arange(12) % 3
H = np.eye(3, dtype="float32")[C]
B = np.arange(12) % 2
N = X.sum(1)


def net(loss: Any = "sparse_categorical_crossentropy", units: int = 3, activation: Any = "softmax", **options: Any) -> Any:
    model = Sequential([Input((4,)), layers.Dense(units, activation=activation)])
    model.compile("adam", loss, **options)
    return model


def two(loss: Any = "mse", **options: Any) -> Any:
    inputs = Input((4,))
    model = Model(inputs, [layers.Dense(1, name="a")(inputs), layers.Dense(1, name="b")(inputs)])
    model.compile("adam", loss, **options)
    return model


def gen(count: int | None = None, x: Any = X, y: Any = C) -> Any:
    step = 0
    while count is None or step < count:
        begin = 4 * (step % 3)
        step += 1
        yield x[begin : begin + 4], y[begin : begin + 4]


class DS(keras.utils.PyDataset if keras is not None else object):  # type: ignore[misc]  # the library's own base
    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: int) -> Any:
        return X[4 * index : 4 * index + 4], C[4 * index : 4 * index + 4]

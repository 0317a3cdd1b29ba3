"""Write the files of Keras 2 that the tests read: `python tests/saving/files/keras_2.py`, where TensorFlow 2.15 is installed.

Beside each `NAME.h5` lies `NAME.npz` with inputs of the model (`x0`, `x1` ...) and what it predicts (`y0`, `y1` ...).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow import keras

FOLDER = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
L = keras.layers
numbers = np.random.default_rng(0)


def uniform(*shape: int) -> np.ndarray:
    return numbers.random(shape, "float32")


def write(name: str, model: Any, *inputs: np.ndarray, targets: Any = None, optimizer: bool = False) -> None:
    if targets is not None:
        model.fit(list(inputs) if len(inputs) > 1 else inputs[0], targets, epochs=2, batch_size=4, verbose=0)
    outputs = model.predict(list(inputs) if len(inputs) > 1 else inputs[0], verbose=0)
    outputs = outputs if isinstance(outputs, list) else [outputs]
    model.save(FOLDER / f"{name}.h5", include_optimizer=optimizer)
    arrays = {f"x{i}": array for i, array in enumerate(inputs)} | {f"y{i}": array for i, array in enumerate(outputs)}
    np.savez(FOLDER / f"{name}.npz", **arrays)


def images() -> None:
    model = keras.Sequential(
        [
            L.Conv2D(3, 3, activation="relu", input_shape=(8, 8, 1)),
            L.BatchNormalization(),
            L.MaxPooling2D(),
            L.SeparableConv2D(2, 2),
            L.DepthwiseConv2D(2),
            L.LeakyReLU(0.2),
            L.Flatten(),
            L.Dropout(0.2),
            L.Dense(3, activation="softmax", kernel_regularizer="l2"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    write("images", model, uniform(8, 8, 8, 1), targets=numbers.integers(0, 3, 8))


def texts() -> None:
    model = keras.Sequential(
        [
            L.Embedding(10, 3, mask_zero=True, input_length=6),
            L.Bidirectional(L.LSTM(2, return_sequences=True)),
            L.TimeDistributed(L.Dense(2)),
            L.GRU(2, recurrent_activation="hard_sigmoid"),
            L.LayerNormalization(),
            L.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("rmsprop", "binary_crossentropy", metrics=["acc"])
    write("texts", model, numbers.integers(0, 10, (8, 6)), targets=numbers.integers(0, 2, (8, 1)))


def graph() -> None:
    a, b, shared = keras.Input((4,), name="a"), keras.Input((4,), name="b"), L.Dense(4, activation="tanh")
    inner_input = keras.Input((4,))
    inner = keras.Model(inner_input, L.Dense(4)(L.BatchNormalization()(inner_input)), name="inner")
    x = shared(a) + shared(b) * 2.0
    x = inner(x) - inner(shared(x))
    x = keras.Sequential([L.Dense(4, input_shape=(4,)), L.PReLU()], name="chain")(x)
    x = tf.math.sqrt(tf.abs(x) + 1.0)
    x = tf.concat([x, tf.reshape(x[:, 1:3], (-1, 2))], axis=-1)
    x = L.Concatenate()([x, L.Add()([a, b])])
    model = keras.Model([a, b], [L.Dense(1, name="sum")(x), 1.0 - tf.reduce_mean(x, axis=-1, keepdims=True)])
    write("graph", model, uniform(8, 4), uniform(8, 4))


def translation() -> None:
    source, target = keras.Input((None, 3)), keras.Input((None, 2))
    _, h, c = L.LSTM(3, return_state=True)(source)
    x = L.LSTM(3, return_sequences=True)(target, initial_state=[h, c])
    write("translation", keras.Model([source, target], L.TimeDistributed(L.Dense(2))(x)), uniform(4, 5, 3), uniform(4, 4, 2))


def attention() -> None:
    x = keras.Input((5, 4))
    y = L.LayerNormalization()(L.MultiHeadAttention(2, 3)(x, x) + x)
    write("attention", keras.Model(x, L.GlobalAveragePooling1D()(L.Attention(use_scale=True)([y, x]))), uniform(4, 5, 4))


def optimizers() -> None:
    """A model in mid-training with each form of optimizer state: since 2.11, and before."""
    made = {
        "adam": keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.01, 10, 0.9), clipnorm=1.0),
        "sgd": keras.optimizers.SGD(0.01, momentum=0.9),
        "old_adam": keras.optimizers.legacy.Adam(0.01, decay=0.1),
        "old_rmsprop": keras.optimizers.legacy.RMSprop(0.01),
    }
    for name, optimizer in made.items():
        model = keras.Sequential([L.Dense(3, input_shape=(4,)), L.Dense(1)])
        model.compile(optimizer, keras.losses.MeanSquaredError(), metrics=["mae", keras.metrics.RootMeanSquaredError()])
        inputs, targets = uniform(8, 4), uniform(8, 1)
        write(name, model, inputs, targets=targets, optimizer=True)
        model.fit(inputs, targets, epochs=3, batch_size=8, verbose=0)  # what training goes on to
        with np.load(FOLDER / f"{name}.npz") as arrays:
            np.savez(FOLDER / f"{name}.npz", **arrays, targets=targets, later=model.predict(inputs, verbose=0))
    model.save_weights(FOLDER / "weights_only.h5")


if __name__ == "__main__":
    keras.utils.set_random_seed(1)
    for write_files in (images, texts, graph, translation, attention, optimizers):
        write_files()

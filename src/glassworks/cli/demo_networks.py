"""The data and the networks of `glassworks demo`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from glassworks import Sequential
    from glassworks.callbacks import History
    from glassworks.layers import Layer
    from glassworks.optimizers import Optimizer

Arrays = tuple[np.ndarray, np.ndarray]
SMALL = 10_000
"""A data set with fewer images is small: it gets smaller batches and more epochs."""


class Data(NamedTuple):
    """Images of digits in 0..1, with their labels."""

    name: str
    train: Arrays
    test: Arrays

    @property
    def is_small(self) -> bool:
        """Whether training on it takes seconds."""
        return len(self.train[0]) < SMALL

    @property
    def classes(self) -> int:
        """The number of classes."""
        return int(max(self.train[1].max(), self.test[1].max())) + 1


def load(source: str) -> Data:
    """The data set of a name or path, scaled to 0..1."""
    from glassworks import datasets

    if source == "digits":
        name, (train, test) = "scikit-learn's handwritten digits", datasets.digits.load_data()
    elif source == "mnist":
        name, (train, test) = "MNIST", datasets.mnist.load_data()
    else:
        name, (train, test) = source, datasets.load_npz(source)
    top = float(np.max(train[0])) or 1.0

    def scaled(part: Arrays) -> Arrays:
        x, y = part
        return np.asarray(x, dtype="float32") / top, np.asarray(y).reshape(-1).astype("int32")

    return Data(name, scaled(train), scaled(test))


def dense_network(data: Data, optimizer: str | Optimizer = "adam") -> Sequential:
    """Flatten, 128 ReLU neurons, dropout, one softmax output per class."""
    from glassworks import layers

    hidden = [layers.Flatten(), layers.Dense(128, activation="relu", name="hidden"), layers.Dropout(0.2)]
    return _network(data, "digits", data.train[0].shape[1:], hidden, optimizer)


def convolutional_network(data: Data) -> Sequential:
    """Two convolutions, pooling, 128 ReLU neurons: weights that are the same at each place of the image."""
    from glassworks import layers

    shape = data.train[0].shape[1:]
    with_channel = shape if len(shape) == 3 else (*shape, 1)
    hidden = [
        layers.Reshape(with_channel),
        layers.Conv2D(32, 3, padding="same", activation="relu", name="strokes"),
        layers.Conv2D(64, 3, padding="same", activation="relu", name="shapes"),
        layers.MaxPooling2D(),
        layers.Dropout(0.25),
        layers.Flatten(),
        layers.Dense(128, activation="relu", name="hidden"),
        layers.Dropout(0.5),
    ]
    return _network(data, "convolutional", shape, hidden, "adam")


def _network(data: Data, name: str, shape: tuple[int, ...], hidden: list[Layer], optimizer: str | Optimizer) -> Sequential:
    from glassworks import Sequential, layers

    output = layers.Dense(data.classes, activation="softmax", name="output")
    model = Sequential([layers.Input(shape=shape), *hidden, output], name=name)
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def train(model: Sequential, data: Data, epochs: int | None, **options: Any) -> History:
    """Fit with a tenth of the data for validation, until its loss stops improving.

    Args:
        model: One of the networks.
        data: What to train on.
        epochs: The largest number of epochs; None for a usual one.
        options: Other arguments of `fit`.
    """
    from glassworks.callbacks import EarlyStopping

    stopping = EarlyStopping(monitor="val_loss", patience=8 if data.is_small else 2, restore_best_weights=True)
    most = epochs or (80 if data.is_small else 20)
    size = 32 if data.is_small else 128
    return model.fit(*data.train, epochs=most, batch_size=size, validation_split=0.1, callbacks=[stopping], **options)

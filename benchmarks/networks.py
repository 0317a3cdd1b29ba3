"""What is timed besides dense networks: images, sequences and text, as Keras code that Glassworks and Keras both run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Data = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Network:
    """A network and how it is trained.

    Attributes:
        name: The name on the command line.
        build: From a Keras-like package to a compiled model.
        data: Inputs and targets of one epoch; random, since only time is measured.
        batch: Samples per step; 0 means: predict one sample at a time.
        samples: Of one epoch.
        flops: Arithmetic of the products of one step: forward, and twice that backward (less the first layer's input gradient).
    """

    name: str
    build: Callable[[Any], Any]
    data: Callable[[], Data]
    batch: int
    samples: int
    flops: int

    @property
    def steps(self) -> int:
        """Steps in an epoch."""
        return self.samples // max(self.batch, 1)


def _classified(keras: Any, model: Any, loss: Any = "sparse_categorical_crossentropy") -> Any:
    model.compile(keras.optimizers.Adam(1e-3), loss)
    return model


def convnet(keras: Any) -> Any:
    """Two convolutions, as introductions have them for MNIST."""
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    return _classified(keras, model)


def resnet(keras: Any) -> Any:
    """Nine 3x3 convolutions with batch normalisation in four residual blocks and a stem; two 1x1 ones where shapes change."""
    layers = keras.layers

    def convolved(x: Any, filters: int, strides: int = 1, size: int = 3) -> Any:
        return layers.BatchNormalization()(layers.Conv2D(filters, size, strides=strides, padding="same", use_bias=False)(x))

    inputs = keras.Input((32, 32, 3))
    x = layers.Activation("relu")(convolved(inputs, 32))
    for filters, strides in ((32, 1), (64, 2), (64, 1), (128, 2)):
        y = layers.Activation("relu")(convolved(x, filters, strides))
        y = convolved(y, filters)
        if strides != 1:
            x = convolved(x, filters, strides, 1)
        x = layers.Activation("relu")(layers.Add()([x, y]))
    outputs = layers.Dense(10, activation="softmax")(layers.GlobalAveragePooling2D()(x))
    return _classified(keras, keras.Model(inputs, outputs))


def lstm(keras: Any) -> Any:
    """Sentiment of a review of 100 words."""
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((100,), dtype="int32"), layers.Embedding(20_000, 128), layers.LSTM(64), layers.Dense(1, activation="sigmoid")]
    )
    return _classified(keras, model, "binary_crossentropy")


def gru(keras: Any) -> Any:
    """The next value of a series of 64 steps of 16 features."""
    layers = keras.layers
    model = keras.Sequential([keras.Input((64, 16)), layers.GRU(128, return_sequences=True), layers.GRU(128), layers.Dense(1)])
    return _classified(keras, model, "mean_squared_error")


def text_convnet(keras: Any) -> Any:
    """Sentiment of a review of 200 words: three convolutions along it, and the largest of each filter."""
    layers = keras.layers
    inputs = keras.Input((200,), dtype="int32")
    x = layers.Embedding(10_000, 64)(inputs)
    for size in (3, 4, 5):
        x = layers.Conv1D(64, size, activation="relu")(x)
    outputs = layers.Dense(1, activation="sigmoid")(layers.GlobalMaxPooling1D()(x))
    return _classified(keras, keras.Model(inputs, outputs), "binary_crossentropy")


def dilated(keras: Any) -> Any:
    """The next values of a series: causal convolutions that look ever further back, with a sum around each."""
    layers = keras.layers
    inputs = keras.Input((256, 16))
    x = layers.Conv1D(64, 1)(inputs)
    for dilation in (1, 2, 4, 8, 16):
        y = layers.Conv1D(64, 3, padding="causal", dilation_rate=dilation, activation="relu")(x)
        x = layers.Add()([x, layers.Conv1D(64, 1)(y)])
    return _classified(keras, keras.Model(inputs, layers.Dense(1)(x)), "mean_squared_error")


def autoencoder(keras: Any) -> Any:
    """Wide dense layers, with a loss for each of the 784 outputs."""
    layers = keras.layers
    hidden = [layers.Dense(units, activation="relu") for units in (512, 64, 512)]
    model = keras.Sequential([keras.Input((784,)), *hidden, layers.Dense(784, activation="sigmoid")])
    return _classified(keras, model, "binary_crossentropy")


def _language_model(keras: Any, length: int, width: int, heads: int, vocabulary: int, blocks: int) -> Any:
    layers = keras.layers
    inputs = keras.Input((length,), dtype="int32")
    positions = layers.Embedding(length, width)(np.arange(length)[None])
    x = layers.Embedding(vocabulary, width)(inputs) + positions
    for _ in range(blocks):
        y = layers.LayerNormalization()(x)
        x = layers.Add()([x, layers.MultiHeadAttention(heads, width // heads)(y, y, use_causal_mask=True)])
        y = layers.LayerNormalization()(x)
        x = layers.Add()([x, layers.Dense(width)(layers.Dense(4 * width, activation="gelu")(y))])
    outputs = layers.Dense(vocabulary)(layers.LayerNormalization()(x))
    return _classified(keras, keras.Model(inputs, outputs), keras.losses.SparseCategoricalCrossentropy(from_logits=True))


LENGTH, WIDTH, HEADS, CHARACTERS = 128, 128, 4, 96
TOKENS, GPT_WIDTH, VOCABULARY, BLOCKS = 256, 384, 8192, 6


def transformer(keras: Any) -> Any:
    """A language model of characters: two blocks with causal attention, normalised before each part."""
    return _language_model(keras, LENGTH, WIDTH, HEADS, CHARACTERS, blocks=2)


def gpt(keras: Any) -> Any:
    """The same, larger: six blocks, and a vocabulary of 8,192."""
    return _language_model(keras, TOKENS, GPT_WIDTH, 6, VOCABULARY, BLOCKS)


def _images(samples: int, *shape: int) -> Callable[[], Data]:
    def make() -> Data:
        rng = np.random.default_rng(0)
        return rng.random((samples, *shape), dtype="float32"), rng.integers(0, 10, samples).astype("int32")

    return make


def _reviews(words: int, length: int) -> Callable[[], Data]:
    def make() -> Data:
        rng = np.random.default_rng(0)
        return rng.integers(0, words, (3200, length)).astype("int32"), rng.integers(0, 2, (3200, 1)).astype("float32")

    return make


def _long_series() -> Data:
    rng = np.random.default_rng(0)
    return rng.random((1600, 256, 16), dtype="float32"), rng.random((1600, 256, 1), dtype="float32")


def _pictures() -> Data:
    x = np.random.default_rng(0).random((12_800, 784), dtype="float32")
    return x, x


def _series() -> Data:
    rng = np.random.default_rng(0)
    return rng.random((6400, 64, 16), dtype="float32"), rng.random((6400, 1), dtype="float32")


def _text(samples: int, length: int, vocabulary: int) -> Callable[[], Data]:
    def make() -> Data:
        text = np.random.default_rng(0).integers(0, vocabulary, (samples, length + 1)).astype("int32")
        return np.ascontiguousarray(text[:, :-1]), np.ascontiguousarray(text[:, 1:])

    return make


# Multiplications and additions of a sample's forward pass, layer by layer.
_CONVNET = [2 * 26 * 26 * 9 * 32, 2 * 11 * 11 * 9 * 32 * 64, 2 * 1600 * 10]
_RESNET = [
    2 * 1024 * 9 * (3 * 32),
    2 * 1024 * 9 * (2 * 32 * 32),
    2 * 256 * (9 * 32 * 64 + 32 * 64 + 3 * 9 * 64 * 64),
    2 * 64 * (9 * 64 * 128 + 64 * 128 + 9 * 128 * 128),
]
_LSTM = [2 * 100 * 128 * 256, 2 * 100 * 64 * 256]
_GRU = [2 * 64 * 16 * 384, 2 * 64 * 384 * (128 + 128 + 128)]
_TRANSFORMER = [2 * LENGTH * (2 * (12 * WIDTH * WIDTH + LENGTH * WIDTH) + WIDTH * CHARACTERS)]
_TEXT_CONVNET = [2 * 64 * 64 * (198 * 3 + 195 * 4 + 191 * 5)]
_DILATED = [2 * 256 * 16 * 64, 2 * 256 * 5 * (3 + 1) * 64 * 64]
_AUTOENCODER = [2 * 784 * 512, 2 * (512 * 64 + 64 * 512 + 512 * 784)]
_GPT = [2 * TOKENS * (BLOCKS * (12 * GPT_WIDTH**2 + TOKENS * GPT_WIDTH) + GPT_WIDTH * VOCABULARY)]

NETWORKS = {
    network.name: network
    for network in (
        Network("convnet", convnet, _images(12_800, 28, 28, 1), 128, 12_800, 128 * (3 * sum(_CONVNET) - _CONVNET[0])),
        Network("resnet", resnet, _images(1280, 32, 32, 3), 64, 1280, 64 * (3 * sum(_RESNET) - _RESNET[0])),
        Network("lstm", lstm, _reviews(20_000, 100), 32, 3200, 32 * 3 * sum(_LSTM)),
        Network("gru", gru, _series, 64, 6400, 64 * (3 * sum(_GRU) - _GRU[0])),
        Network("transformer", transformer, _text(1280, LENGTH, CHARACTERS), 32, 1280, 32 * 3 * sum(_TRANSFORMER)),
        Network("text-convnet", text_convnet, _reviews(10_000, 200), 32, 3200, 32 * 3 * sum(_TEXT_CONVNET)),
        Network("dilated", dilated, _long_series, 32, 1600, 32 * (3 * sum(_DILATED) - _DILATED[0])),
        Network("autoencoder", autoencoder, _pictures, 128, 12_800, 128 * (3 * sum(_AUTOENCODER) - _AUTOENCODER[0])),
        Network("gpt", gpt, _text(32, TOKENS, VOCABULARY), 4, 32, 4 * 3 * sum(_GPT)),
        Network("predict-image", convnet, _images(200, 28, 28, 1), 0, 200, sum(_CONVNET)),
    )
}

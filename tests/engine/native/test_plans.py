"""The plans of eight networks as text, each in a file of `plans/`: what changes a plan shows in a diff.

`python -m tests.engine.native.test_plans` writes them from scratch; read the diff before you commit it. A plan depends on
shapes alone, so the texts hold on every machine.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glassworks as keras
from glassworks import layers
from glassworks.engine.native import NativeEngine
from glassworks.names import reset_names

FOLDER = Path(__file__).parent / "plans"
NETWORKS: dict[str, Callable[[], tuple[Any, tuple[Any, ...]]]] = {}


def network(make: Callable[[], tuple[Any, tuple[Any, ...]]]) -> Callable[[], tuple[Any, tuple[Any, ...]]]:
    """Enter a function that makes a compiled model and a batch."""
    NETWORKS[make.__name__] = make
    return make


def classifier(shape: tuple[int, ...], *stack: Any, optimizer: str = "adam", batch: int = 32) -> tuple[Any, tuple[Any, ...]]:
    """A compiled model of ten classes with a batch of zeros."""
    model = keras.Sequential([keras.Input(shape), *stack, layers.Dense(10, activation="softmax")])
    model.compile(optimizer, "sparse_categorical_crossentropy")
    return model, (np.zeros((batch, *shape), "float32"), np.zeros(batch, "int32"))


@network
def dense_with_adam() -> tuple[Any, tuple[Any, ...]]:
    return classifier((784,), layers.Dense(128, activation="relu"), layers.Dropout(0.2))


@network
def batch_normalization() -> tuple[Any, tuple[Any, ...]]:
    return classifier((64,), layers.Dense(48, use_bias=False), layers.BatchNormalization(), layers.ReLU(), optimizer="sgd")


@network
def convnet() -> tuple[Any, tuple[Any, ...]]:
    blocks = [layer for n in (16, 32) for layer in (layers.Conv2D(n, 3, activation="relu", padding="same"), layers.MaxPooling2D())]
    return classifier((28, 28, 1), *blocks, layers.Flatten(), batch=16)


@network
def residual() -> tuple[Any, tuple[Any, ...]]:
    inputs = keras.Input((8, 8, 16))
    x = layers.Activation("relu")(layers.BatchNormalization()(layers.Conv2D(16, 3, padding="same")(inputs)))
    x = layers.Activation("relu")(layers.Add()([inputs, layers.BatchNormalization()(layers.Conv2D(16, 3, padding="same")(x))]))
    model = keras.Model(inputs, layers.Dense(10)(layers.GlobalAveragePooling2D()(x)))
    model.compile(keras.optimizers.SGD(0.1, momentum=0.9), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model, (np.zeros((8, 8, 8, 16), "float32"), np.zeros(8, "int32"))


@network
def lstm() -> tuple[Any, tuple[Any, ...]]:
    model = keras.Sequential([keras.Input((20,), dtype="int32"), layers.Embedding(1000, 32), layers.LSTM(24), layers.Dense(1)])
    model.compile("adam", keras.losses.BinaryCrossentropy(from_logits=True), metrics=["accuracy"])
    return model, (np.zeros((16, 20), "int32"), np.zeros((16, 1), "float32"))


@network
def gru() -> tuple[Any, tuple[Any, ...]]:
    return classifier((12, 8), layers.GRU(16, return_sequences=True), layers.GRU(16), optimizer="rmsprop")


@network
def attention() -> tuple[Any, tuple[Any, ...]]:
    inputs = keras.Input((24, 32))
    x = layers.LayerNormalization()(layers.Add()([inputs, layers.MultiHeadAttention(4, 8)(inputs, inputs, use_causal_mask=True)]))
    x = layers.Add()([x, layers.Dense(32)(layers.Dense(64, activation="gelu")(x))])
    model = keras.Model(inputs, layers.Dense(50)(x))
    model.compile("adamw", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model, (np.zeros((4, 24, 32), "float32"), np.zeros((4, 24), "int32"))


@network
def weighted_classes() -> tuple[Any, tuple[Any, ...]]:
    model, (x, y) = classifier((20,), layers.Dense(16, activation="tanh"))
    return model, (x, y, np.ones(len(x), "float32"))  # class_weight becomes a weight per sample


def text_of(name: str) -> str:
    """The stations of a training step, and of a prediction, line by line."""
    reset_names()
    keras.utils.set_random_seed(0)
    model, batch = NETWORKS[name]()
    programs = {"train": NativeEngine().compile(model.training_graph(*batch))}
    model.predict(batch[0], batch_size=len(batch[0]), verbose=0)
    programs["predict"] = model._trainer.planned_program("predict", len(batch[0]))[1]
    lines = []
    for mode, program in programs.items():
        lines.append(f"{name}: one {mode} step on a batch of {len(batch[0])}")
        for station in program.stations():
            threads = "*" if station.threads else " "
            lines.append(f"{station.wave:4}{threads} {', '.join(station.layers)} [{station.shape}] {station.flops} FLOP, {station.bytes} B")
            lines.append(f"        {' > '.join(station.ops)} -> {station.place}")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", NETWORKS)
def test_the_plan_is_the_one_on_file(name: str) -> None:
    assert text_of(name) == (FOLDER / f"{name}.txt").read_text()


def test_every_plan_on_file_is_that_of_a_network() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(NETWORKS)


if __name__ == "__main__":
    for network_name in NETWORKS:
        (FOLDER / f"{network_name}.txt").write_text(text_of(network_name))

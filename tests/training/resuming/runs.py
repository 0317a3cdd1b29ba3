"""Training runs that are stopped and go on in what stands for another process, and what must be the same at their end."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import glassworks as keras
from glassworks import config, dtype_policy, layers, random
from glassworks.names import reset_names
from glassworks.training.data.dataset import loaded
from glassworks.training.data.object_state import get_shared_state
from glassworks.training.variables import variables_of

EPOCHS, STEPS = 3, 5
RNG = np.random.default_rng(0)
ROWS = 18
IMAGES = RNG.normal(size=(ROWS, 6, 6, 2)).astype("float32")
LABELS = RNG.integers(0, 3, ROWS)


def mlp() -> list[Any]:
    return [keras.Input((6, 6, 2)), layers.Flatten(), layers.Dense(12, "relu"), layers.Dropout(0.4), layers.Dense(3, "softmax")]


def cnn() -> list[Any]:
    body = [layers.Conv2D(4, 3, use_bias=False), layers.BatchNormalization(momentum=0.7), layers.ReLU(), layers.GlobalAveragePooling2D()]
    return [keras.Input((6, 6, 2)), *body, layers.Dense(3, "softmax")]


def lstm() -> list[Any]:
    return [keras.Input((6, 6, 2)), layers.Reshape((6, 12)), layers.LSTM(5, dropout=0.2), layers.Dense(3, "softmax")]


MODELS: dict[str, Callable[[], list[Any]]] = {"mlp": mlp, "cnn": cnn, "lstm": lstm}
OPTIMIZERS: dict[str, Callable[[], Any]] = {
    "sgd": lambda: keras.optimizers.SGD(0.05, momentum=0.9),
    "adam": lambda: keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.01, 5, 0.9)),
    "adamw": lambda: keras.optimizers.AdamW(0.01, weight_decay=0.01, gradient_accumulation_steps=2),
    "ema": lambda: keras.optimizers.Adam(0.01, use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=4),
    "loss scale": lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.01), initial_scale=2.0**17, dynamic_growth_steps=3),
}


class Stateful:
    """A generator of batches without end that can say where it is."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(8)

    def __iter__(self) -> Stateful:
        return self

    def __next__(self) -> Any:
        rows = self.rng.integers(0, ROWS, 4)
        return IMAGES[rows] + self.rng.normal(size=(4, 1, 1, 1)).astype("float32"), LABELS[rows]

    def get_state(self) -> Any:
        return self.rng.bit_generator.state

    def set_state(self, state: Any) -> None:
        self.rng.bit_generator.state = state


class Batches(keras.utils.PyDataset):
    """A data set that shuffles its samples after each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.order = np.arange(ROWS)

    def __len__(self) -> int:
        return STEPS

    def __getitem__(self, index: int) -> Any:
        rows = self.order[4 * index : 4 * index + 4]
        return IMAGES[rows] * np.random.uniform(0.5, 1.0), LABELS[rows]

    def on_epoch_end(self) -> None:
        np.random.shuffle(self.order)


def plain() -> Iterator[Any]:
    rng = np.random.default_rng(9)
    while True:
        rows = rng.integers(0, ROWS, 4)
        yield IMAGES[rows], LABELS[rows]


def folder(path: Path) -> Any:
    """A folder of images, read in threads."""
    if not path.exists():
        from PIL import Image

        for number, (image, label) in enumerate(zip(IMAGES, LABELS, strict=True)):
            place = path / str(label)
            place.mkdir(parents=True, exist_ok=True)
            Image.fromarray((np.abs(image) * 60).astype("uint8")[..., :1].repeat(3, -1)).save(place / f"{number}.png")
    read = keras.utils.image_dataset_from_directory(path, image_size=(6, 6), batch_size=4, verbose=False)
    return read.map(lambda x, y: (x[..., :2] / 255, y))


DATA: dict[str, Callable[[Path], dict[str, Any]]] = {
    "arrays": lambda path: {"x": IMAGES, "y": LABELS, "batch_size": 4},
    "arrays and hooks": lambda path: {"x": IMAGES, "y": LABELS, "batch_size": 4, "callbacks": [Hook()]},
    "weighted": lambda path: {"x": IMAGES, "y": LABELS, "batch_size": 4, "class_weight": {0: 1.0, 1: 2.0, 2: 0.5}, "steps_per_epoch": 3},
    "generator with state": lambda path: {"x": Stateful(), "steps_per_epoch": STEPS},
    "generator": lambda path: {"x": plain(), "steps_per_epoch": STEPS},
    "PyDataset": lambda path: {"x": Batches()},
    "folder of images": lambda path: {"x": folder(path / "images")},
    "loaded": lambda path: {"x": loaded(lambda rows: (IMAGES[rows], LABELS[rows]), ROWS, 4, shuffle=True).prefetch()},
}


class Hook(keras.callbacks.Callback):
    """A callback of the user's that is called at each batch and counts."""

    def __init__(self) -> None:
        super().__init__()
        self.batches, self.noise = 0, np.random.default_rng(1)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.batches += 1

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs["batches"], logs["noise"], logs["shared"] = self.batches, self.noise.random(), np.random.rand()


class StopError(Exception):
    """Ends a run."""


class Stop(keras.callbacks.Callback):
    """Ends a run after some steps: by an exception, by Ctrl-C, or by killing the process."""

    def __init__(self, epoch: int, step: int | None, how: str) -> None:
        super().__init__()
        self.at, self.how, self.epoch = (epoch, step), how, 0

    def get_state(self) -> dict[str, Any]:
        return {}

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if (self.epoch, batch + 1) == self.at:
            self.end()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if (epoch, None) == self.at:
            self.end()

    def end(self) -> None:
        if self.how == "raise":
            raise StopError
        os.kill(os.getpid(), {"ctrl-c": signal.SIGINT, "kill": signal.SIGKILL}[self.how])


@dataclass(frozen=True)
class Case:
    """One run."""

    model: str = "mlp"
    optimizer: str = "adam"
    data: str = "arrays"
    engine: str = "native"
    policy: str = "float32"

    def make(self, seed: int) -> Any:
        """The compiled model, as a program makes it that sets a seed."""
        config.set_engine(self.engine)
        reset_names()
        keras.utils.set_random_seed(seed)
        dtype_policy.set_dtype_policy(self.policy)
        try:
            model = keras.Sequential(MODELS[self.model]())
            model.compile(OPTIMIZERS[self.optimizer](), "sparse_categorical_crossentropy", metrics=["accuracy"])
        finally:
            dtype_policy.set_dtype_policy("float32")
        return model

    def fit(self, path: Path, seed: int = 1, callbacks: Any = (), epochs: int = EPOCHS, **options: Any) -> Any:
        """Train, and return the model."""
        model = self.make(seed)
        data = DATA[self.data](path)
        callbacks = [*data.pop("callbacks", []), *callbacks]
        held_out = (IMAGES[:8], LABELS[:8])
        model.fit(**data, epochs=epochs, validation_data=held_out, callbacks=callbacks, verbose=0, **options)
        return model


def outcome(model: Any) -> dict[str, Any]:
    """All that must be the same, to the bit."""
    variables = {f"{i} {v.path}": v.numpy().tobytes() for i, v in enumerate(variables_of(model._trainer))}
    shared = get_shared_state()
    return {
        **variables,
        "history": model.history.history,
        "epochs": model.history.epoch,
        "glassworks": repr(random.get_global_state()),
        "numpy": shared["numpy"]["state"]["key"].tobytes() + bytes([shared["numpy"]["state"]["pos"] % 256]),
        "python": repr(shared["python"]),
    }


def assert_same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert found.keys() == expected.keys()
    differing = [name for name in expected if found[name] != expected[name] and repr(found[name]) != repr(expected[name])]
    assert not differing, [(name, found[name], expected[name]) for name in differing][:2]

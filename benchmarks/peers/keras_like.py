"""The workload as Keras code; Glassworks and Keras run the very same lines."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.networks import Network
from benchmarks.workloads import Workload


class Epoch:
    """One epoch of training; `several` are timed within one `fit`, as users train."""

    def __init__(self, keras: Any, model: Any, batch: int, x: np.ndarray, y: np.ndarray) -> None:
        self.keras, self.model, self.batch, self.x, self.y = keras, model, batch, x, y

    def __call__(self) -> None:
        """Run one epoch."""
        self.model.fit(self.x, self.y, batch_size=self.batch, epochs=1, verbose=0)

    def several(self, epochs: int) -> list[float]:
        """Seconds of each epoch of one `fit`, after one to warm up."""
        starts: list[float] = []
        ends: list[float] = []
        clock = self.keras.callbacks.LambdaCallback(
            on_epoch_begin=lambda epoch, logs: starts.append(time.perf_counter()),
            on_epoch_end=lambda epoch, logs: ends.append(time.perf_counter()),
        )
        self.model.fit(self.x, self.y, batch_size=self.batch, epochs=epochs + 1, verbose=0, callbacks=[clock])
        return [end - start for start, end in zip(starts, ends, strict=True)][1:]


def build(keras: Any, workload: Workload | Network) -> Any:
    """The compiled model."""
    if isinstance(workload, Network):
        return workload.build(keras)
    layers = [keras.Input((workload.inputs,))]
    for units in workload.hidden:
        if workload.batch_norm:
            layers += [keras.layers.Dense(units), keras.layers.BatchNormalization(), keras.layers.Activation("relu")]
        else:
            layers.append(keras.layers.Dense(units, activation="relu"))
        if workload.dropout:
            layers.append(keras.layers.Dropout(workload.dropout))
    layers.append(keras.layers.Dense(workload.outputs, activation="softmax"))
    model = keras.Sequential(layers)
    optimizer = keras.optimizers.Adam(1e-3) if workload.optimizer == "adam" else keras.optimizers.SGD(0.01)
    model.compile(optimizer, "sparse_categorical_crossentropy")
    return model


def prepare(keras: Any, workload: Workload | Network, x: np.ndarray, y: np.ndarray) -> Callable[[], None]:
    """A function that runs one epoch."""
    model = build(keras, workload)
    if not workload.batch:
        rows = [x[i : i + 1] for i in range(workload.samples)]
        return lambda: [model.predict(row, verbose=0) for row in rows[:200]] and None

    return Epoch(keras, model, workload.batch, x, y)

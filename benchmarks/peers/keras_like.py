"""The workload as Keras code; Glassworks and Keras run the very same lines."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.workloads import Workload


def build(keras: Any, workload: Workload) -> Any:
    """The compiled model."""
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


def prepare(keras: Any, workload: Workload, x: np.ndarray, y: np.ndarray) -> Callable[[], None]:
    """A function that runs one epoch."""
    model = build(keras, workload)
    if not workload.batch:
        rows = [x[i : i + 1] for i in range(workload.samples)]
        return lambda: [model.predict(row, verbose=0) for row in rows[:200]] and None

    def several(epochs: int) -> list[float]:
        """Seconds of each epoch of one `fit`, after one to warm up: as users train."""
        starts: list[float] = []
        ends: list[float] = []
        clock = keras.callbacks.LambdaCallback(
            on_epoch_begin=lambda epoch, logs: starts.append(time.perf_counter()),
            on_epoch_end=lambda epoch, logs: ends.append(time.perf_counter()),
        )
        model.fit(x, y, batch_size=workload.batch, epochs=epochs + 1, verbose=0, callbacks=[clock])
        return [end - start for start, end in zip(starts, ends, strict=True)][1:]

    def epoch() -> None:
        model.fit(x, y, batch_size=workload.batch, epochs=1, verbose=0)

    epoch.several = several  # type: ignore[attr-defined]
    return epoch

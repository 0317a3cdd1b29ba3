"""Keras on the backend that the parent process set in KERAS_BACKEND."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np

from benchmarks.networks import Network
from benchmarks.peers.keras_like import prepare as prepare_keras
from benchmarks.workloads import Workload


def prepare(workload: Workload | Network, x: np.ndarray, y: np.ndarray) -> Callable[[], None]:
    """A function that runs one epoch."""
    return prepare_keras(keras, workload, x, y)

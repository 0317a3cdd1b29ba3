"""Glassworks' compiled call, for predictions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import glassworks
from benchmarks.networks import Network
from benchmarks.peers.keras_like import build
from benchmarks.workloads import Workload


def prepare(workload: Workload | Network, x: np.ndarray, y: np.ndarray) -> Callable[[], None]:
    """A function that makes all predictions."""
    if workload.batch:
        raise NotImplementedError("a compiled call predicts")
    call = build(glassworks, workload).compile_call()
    rows = [x[i : i + 1] for i in range(200)]
    return lambda: [call(row) for row in rows] and None

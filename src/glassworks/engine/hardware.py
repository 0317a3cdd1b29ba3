"""The peak performance of this machine, with which the time of each station is compared."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from glassworks.engine.choice import compile_graph
from glassworks.graph import Spec, apply, trace
from glassworks.ops.primitives.matmul import matmul


class Machine(NamedTuple):
    """Measured peak rates: arithmetic operations of a matrix product, and bytes moved through the cache, per second."""

    flops_per_second: float
    bytes_per_second: float

    def least_seconds(self, flops: int, moved: int) -> float:
        """The least time that this machine needs for the given arithmetic, or to move the given bytes."""
        return max(flops / self.flops_per_second, moved / self.bytes_per_second)


@functools.cache
def machine() -> Machine:
    """The peak rates of this machine with the engine and threads in use, measured once in about 20 milliseconds.

    Arithmetic: a product of 384 x 384 matrices. Bytes: a copy of 256 KiB, which stays in the second-level cache.
    """
    size = 384
    square = Spec((size, size), "float32")
    program = compile_graph(trace(lambda x, y: apply(matmul, x, y), square, square))
    x = np.full((size, size), 0.5, "float32")
    arithmetic = 2 * size**3 / _fastest(lambda: program(x, x))
    source = np.zeros(1 << 16, "float32")
    target = np.empty_like(source)
    moved = 2 * source.nbytes / _fastest(lambda: np.copyto(target, source))
    return Machine(arithmetic, moved)


def _fastest(run: Callable, seconds: float = 0.01) -> float:
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
    return best

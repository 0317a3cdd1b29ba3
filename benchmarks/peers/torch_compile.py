"""PyTorch with `torch.compile`, and the fused Adam."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.peers import torch_fused
from benchmarks.workloads import Workload


def prepare(workload: Workload, x: np.ndarray, y: np.ndarray) -> Callable[[], None]:
    """A function that runs one epoch."""
    return torch_fused.prepare(workload, x, y, compiled=True)

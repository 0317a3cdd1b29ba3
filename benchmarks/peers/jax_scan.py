"""JAX by hand, a whole epoch in one jitted `lax.scan`."""

from __future__ import annotations

from collections.abc import Callable

import jax
import numpy as np

from benchmarks.networks import Network
from benchmarks.peers import jax_model
from benchmarks.workloads import Workload


def prepare(workload: Workload | Network, x: np.ndarray, y: np.ndarray) -> Callable[[], None]:
    """A function that runs one epoch."""
    if isinstance(workload, Network):
        raise NotImplementedError("dense networks only")
    if not workload.batch:
        raise NotImplementedError("nothing to scan over in a prediction")
    state = jax_model.start(workload)
    rng = np.random.default_rng(0)
    data, labels = jax.device_put(x), jax.device_put(y)

    @jax.jit
    def run(s: object, rows: object) -> object:
        return jax.lax.scan(lambda c, r: (jax_model.step(c, data[r], labels[r], workload), None), s, rows)[0]

    def epoch() -> None:
        nonlocal state
        order = rng.permutation(len(x))[: workload.steps * workload.batch].reshape(workload.steps, workload.batch)
        state = jax.block_until_ready(run(state, order))

    return epoch

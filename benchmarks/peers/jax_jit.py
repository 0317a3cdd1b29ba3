"""JAX by hand, one jitted call per step."""

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
    state = jax_model.start(workload)
    rng = np.random.default_rng(0)
    if not workload.batch:
        predict = jax.jit(lambda params, row: jax.nn.softmax(jax_model.forward(params, row, workload)))
        return lambda: [np.asarray(predict(state[0], x[i : i + 1])) for i in range(200)] and None
    run = jax.jit(lambda s, a, b: jax_model.step(s, a, b, workload), donate_argnums=0)

    def epoch() -> None:
        nonlocal state
        order = rng.permutation(len(x))
        for i in range(workload.steps):
            rows = order[i * workload.batch : (i + 1) * workload.batch]
            state = run(state, x[rows], y[rows])
        jax.block_until_ready(state)

    return epoch

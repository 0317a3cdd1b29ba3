"""The workload in JAX by hand: parameters, loss, and an update written out."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.workloads import Workload


def start(workload: Workload) -> Any:
    """Parameters, the optimizer's state, and a random key."""
    rng = np.random.default_rng(0)
    sizes = [workload.inputs, *workload.hidden, workload.outputs]
    params = []
    for i, (a, b) in enumerate(pairwise(sizes)):
        layer = {"w": jnp.asarray(rng.normal(0, np.sqrt(2 / a), (a, b)), jnp.float32), "b": jnp.zeros(b)}
        if workload.batch_norm and i < len(workload.hidden):
            layer |= {"scale": jnp.ones(b), "offset": jnp.zeros(b)}
        params.append(layer)
    # Two trees of their own: donated buffers must not be the same.
    slots = [jax.tree.map(jnp.zeros_like, params) for _ in range(2)]
    return params, (*slots, jnp.zeros((), jnp.int32)), jax.random.PRNGKey(0)


def forward(params: Any, x: Any, workload: Workload, key: Any = None) -> Any:
    """Scores before softmax."""
    for i, layer in enumerate(params[:-1]):
        x = x @ layer["w"] + layer["b"]
        if workload.batch_norm:
            x = (x - x.mean(0)) * jax.lax.rsqrt(x.var(0) + 1e-3) * layer["scale"] + layer["offset"]
        x = jax.nn.relu(x)
        if workload.dropout and key is not None:
            keep = jax.random.bernoulli(jax.random.fold_in(key, i), 1 - workload.dropout, x.shape)
            x = jnp.where(keep, x / (1 - workload.dropout), 0)
    return x @ params[-1]["w"] + params[-1]["b"]


def step(state: Any, x: Any, y: Any, workload: Workload) -> Any:
    """One update."""
    params, (m, v, t), key = state
    key, used = jax.random.split(key)

    def loss(p: Any) -> Any:
        logs = jax.nn.log_softmax(forward(p, x, workload, used))
        return -jnp.take_along_axis(logs, y[:, None], 1).mean()

    gradients = jax.grad(loss)(params)
    if workload.optimizer == "sgd":
        return jax.tree.map(lambda p, g: p - 0.01 * g, params, gradients), (m, v, t), key
    t = t + 1
    m = jax.tree.map(lambda a, g: 0.9 * a + 0.1 * g, m, gradients)
    v = jax.tree.map(lambda a, g: 0.999 * a + 0.001 * g * g, v, gradients)
    rate = 1e-3 * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    params = jax.tree.map(lambda p, a, b: p - rate * a / (jnp.sqrt(b) + 1e-7), params, m, v)
    return params, (m, v, t), key

"""One file per peer; each has `prepare(workload, x, y)`, which returns a function that runs one epoch (or all predictions)."""

PEERS = {
    "glassworks": ("glassworks_fit", "glassworks"),
    "sklearn": ("sklearn_mlp", "sklearn"),
    "torch": ("torch_fused", "torch"),
    "jax-jit": ("jax_jit", "jax"),
    "jax-scan": ("jax_scan", "jax"),
    "keras-jax": ("keras_fit", "keras"),
    "keras-torch": ("keras_fit", "torch"),
    "keras-tensorflow": ("keras_fit", "tensorflow"),
}

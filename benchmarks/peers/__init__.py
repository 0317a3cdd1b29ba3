"""One file per peer; each has `prepare(workload, x, y)`, which returns a function that runs one epoch (or all predictions)."""

PEERS = {
    "glassworks": ("glassworks_fit", "glassworks"),
    "glassworks-call": ("glassworks_call", "glassworks"),
    "onnxruntime": ("onnx_runtime", "onnxruntime"),
    "sklearn": ("sklearn_mlp", "sklearn"),
    "torch": ("torch_fused", "torch"),
    "torch-compile": ("torch_compile", "torch"),
    "jax-jit": ("jax_jit", "jax"),
    "jax-scan": ("jax_scan", "jax"),
    "keras-jax": ("keras_fit", "keras"),
    "keras-torch": ("keras_fit", "torch"),
    "keras-tensorflow": ("keras_fit", "tensorflow"),
}

OURS = ("glassworks", "glassworks-call")

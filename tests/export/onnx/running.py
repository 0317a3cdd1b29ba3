"""Exported models in onnxruntime, compared with `predict`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime

from glassworks import Model, layers, tree

# Batches of other sizes than those for which models are traced.
BATCHES = (1, 7)
TOLERANCE = {"float16": 4e-3, "bfloat16": 4e-2, "float64": 1e-6}


def load(path: Path) -> onnxruntime.InferenceSession:
    """A session of onnxruntime for a file that onnx's checker accepts."""
    onnx.checker.check_model(str(path), full_check=True)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def draw(rng: np.random.Generator, shape: tuple[int, ...], dtype: str) -> np.ndarray:
    """Numbers for an input: small integers, or normal ones."""
    if "int" in dtype:
        return rng.integers(0, 3, shape).astype(dtype)
    return (rng.random(shape) > 0.5) if dtype == "bool" else rng.normal(size=shape).astype(dtype)


def randomize(model: Model, rng: np.random.Generator) -> None:
    """Weights in place of the zeros and ones that some layers start with; variances stay positive."""
    for weight in model.weights:
        if "float" in weight.dtype:
            numbers = rng.normal(size=weight.shape) * 0.5
            weight.assign(np.abs(numbers) + 0.5 if "variance" in weight.path or "rate" in weight.path else numbers)


def compare(model: Model, shapes: list[tuple[int, ...]], dtypes: list[str], path: Path, **options: Any) -> onnxruntime.InferenceSession:
    """Export a model, run it in onnxruntime at two batch sizes, and compare each output with `predict`.

    Args:
        shapes, dtypes: Those of one sample of each input, in the order of the model's inputs.
        options: For `export`.
    """
    rng = np.random.default_rng(0)
    model.export(path, **options)
    session = load(path)
    names = [one.name for one in session.get_inputs()]
    for batch in BATCHES:
        arrays = [draw(rng, (batch, *shape), dtype) for shape, dtype in zip(shapes, dtypes, strict=True)]
        wanted = tree.flatten(model.predict(arrays if len(arrays) > 1 else arrays[0], verbose=0))
        given = session.run(None, dict(zip(names, arrays, strict=True)))
        assert len(wanted) == len(given)
        for x, y in zip(wanted, given, strict=True):
            assert (x.shape, x.dtype) == (y.shape, y.dtype)
            allowed = TOLERANCE.get(x.dtype.name, 1e-5)
            np.testing.assert_allclose(y.astype("float64"), x.astype("float64"), rtol=allowed, atol=allowed)
    return session


def model_of(layer: Any, shapes: Any, dtype: str) -> Model:
    """A model of one layer with random weights."""
    several = isinstance(shapes, list)
    inputs = [layers.Input(shape=shape[1:], dtype=dtype) for shape in (shapes if several else [shapes])]
    model = Model(inputs if several else inputs[0], layer(inputs if several else inputs[0]))
    randomize(model, np.random.default_rng(0))
    return model


def adapt(layer: Any, shapes: Any) -> None:
    """Adapt a layer that learns from data before training."""
    if isinstance(layer, layers.Normalization) and layer.input_mean is None:
        layer.adapt(np.random.default_rng(0).normal(size=(20, *shapes[1:])))


def check(layer: Any, shapes: Any, dtype: str, path: Path) -> None:
    """Compare a model of one layer."""
    adapt(layer, shapes)
    model = model_of(layer, shapes, dtype)
    every = shapes if isinstance(shapes, list) else [shapes]
    compare(model, [shape[1:] for shape in every], [dtype] * len(every), path)

"""The lines of NumPy for layers that weigh, normalise, drop, merge and attend."""

from __future__ import annotations

import numpy as np

from glassworks.export.numpy_program import lessons
from glassworks.insight.activation_lines import ACTIVATIONS
from glassworks.insight.line_rules import finished, given, rule, with_bias
from glassworks.insight.lines import Lines, first_that_agrees
from glassworks.insight.stages import Stage
from glassworks.layers import (
    BatchNormalization,
    Concatenate,
    Dropout,
    EinsumDense,
    GroupNormalization,
    LayerNormalization,
    LeakyReLU,
    Normalization,
    Rescaling,
    RMSNormalization,
    UnitNormalization,
)


@rule("Dense")
def _dense(stage: Stage) -> Lines:
    return finished(stage, [], with_bias(stage, "x @ kernel"))


@rule("EinsumDense")
def _einsum(stage: Stage) -> Lines:
    layer = stage.layer_as(EinsumDense)
    return finished(stage, [], with_bias(stage, f'np.einsum("{layer.equation}", x, kernel)'))


@rule("Embedding")
def _embedding(stage: Stage) -> Lines:
    return Lines(["y = embeddings[x.astype(int)]"], given(stage), {"y": stage.outputs[0]})


@rule("Activation", "ReLU", "LeakyReLU", "ELU", "Softmax")
def _activation(stage: Stage) -> Lines | None:
    layer = stage.layer
    lines = ACTIVATIONS.get(stage.activation)
    if isinstance(layer, LeakyReLU):
        lines = [f"y = np.where(z > 0, z, {layer.negative_slope:g} * z)"]
    return Lines(lines, {"z": stage.inputs[0]}, {"y": stage.outputs[0]}) if lines is not None else None


@rule("PReLU")
def _prelu(stage: Stage) -> Lines:
    return Lines(["y = np.where(x > 0, x, alpha * x)"], given(stage), {"y": stage.outputs[0]})


# ---- noise


@rule("Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D")
def _dropout(stage: Stage) -> Lines | None:
    layer = stage.layer_as(Dropout)
    x, y = stage.inputs[0], stage.outputs[0]
    if np.array_equal(x, y):
        return Lines(["y = x"], given(stage), {"y": y})
    return Lines([f"y = x * kept / (1 - {layer.rate:g})"], given(stage, kept=kept_by(stage)), {"y": y})


def kept_by(stage: Stage) -> np.ndarray:
    """Which numbers the random generator kept in this step: 1 for those that went through, or whose gradient did."""
    kept = stage.outputs[0] != 0
    passed = stage.gradients.get("passed")
    return (kept if passed is None else kept | (passed != 0)).astype(stage.outputs[0].dtype)


@rule("GaussianNoise", "GaussianDropout", "AlphaDropout")
def _still_noise(stage: Stage) -> Lines | None:
    return Lines(["y = x"], given(stage), {"y": stage.outputs[0]}) if np.array_equal(stage.inputs[0], stage.outputs[0]) else None


# ---- normalisation


def _scaled(stage: Stage) -> str:
    scale = " * gamma" if "gamma" in stage.weights else ""
    return scale + (" + beta" if "beta" in stage.weights else "")


@rule("BatchNormalization")
def _batch_normalization(stage: Stage) -> Lines | None:
    layer = stage.layer_as(BatchNormalization)
    x = stage.inputs[0]
    if layer.axis not in (-1, x.ndim - 1):
        return None
    axes = tuple(range(x.ndim - 1))
    axis = str(axes[0] if len(axes) == 1 else axes)
    formula = f"y = (x - mean) / np.sqrt(variance + {layer.epsilon:g}){_scaled(stage)}"
    statistics = [f"mean = x.mean(axis={axis})", f"variance = x.var(axis={axis})"]
    moving = ["mean, variance = moving_mean, moving_variance"]
    expected = {"y": stage.outputs[0]}
    return first_that_agrees(Lines([*statistics, formula], given(stage), expected), Lines([*moving, formula], given(stage), expected))


@rule("LayerNormalization")
def _layer_normalization(stage: Stage) -> Lines | None:
    layer = stage.layer_as(LayerNormalization)
    axes = layer.axis if isinstance(layer.axis, (list, tuple)) else (layer.axis,)
    axis = str(axes[0] if len(axes) == 1 else tuple(axes))
    lines = [f"mean = x.mean(axis={axis}, keepdims=True)", f"variance = x.var(axis={axis}, keepdims=True)"]
    return Lines([*lines, f"y = (x - mean) / np.sqrt(variance + {layer.epsilon:g}){_scaled(stage)}"], given(stage), {"y": stage.outputs[0]})


@rule("RMSNormalization")
def _rms_normalization(stage: Stage) -> Lines:
    layer = stage.layer_as(RMSNormalization)
    scale = " * scale" if "scale" in stage.weights else ""
    line = f"y = x / np.sqrt((x ** 2).mean(axis={layer.axis}, keepdims=True) + {layer.epsilon:g}){scale}"
    return Lines([line], given(stage), {"y": stage.outputs[0]})


@rule("UnitNormalization")
def _unit_normalization(stage: Stage) -> Lines:
    layer = stage.layer_as(UnitNormalization)
    return Lines([f"y = x / np.linalg.norm(x, axis={layer.axis}, keepdims=True)"], given(stage), {"y": stage.outputs[0]})


@rule("GroupNormalization")
def _group_normalization(stage: Stage) -> Lines | None:
    layer = stage.layer_as(GroupNormalization)
    x = stage.inputs[0]
    if layer.axis not in (-1, x.ndim - 1):
        return None
    groups = layer.groups if layer.groups > 0 else x.shape[-1]
    axes = (*range(1, x.ndim - 1), x.ndim)
    lines = [
        f"g = x.reshape(*x.shape[:-1], {groups}, -1)",
        f"g = (g - g.mean(axis={axes}, keepdims=True)) / np.sqrt(g.var(axis={axes}, keepdims=True) + {layer.epsilon:g})",
        f"y = g.reshape(x.shape){_scaled(stage)}",
    ]
    return Lines(lines, given(stage), {"y": stage.outputs[0]})


@rule("Rescaling")
def _rescaling(stage: Stage) -> Lines:
    layer = stage.layer_as(Rescaling)
    return Lines([f"y = x * {layer.scale!r} + {layer.offset!r}"], given(stage), {"y": stage.outputs[0]})


@rule("Normalization")
def _normalization(stage: Stage) -> Lines | None:
    layer = stage.layer_as(Normalization)
    mean, variance = getattr(layer, "mean", None), getattr(layer, "variance", None)
    if mean is None or variance is None or getattr(layer, "invert", False):
        return None
    names = given(stage, mean=np.asarray(mean), variance=np.asarray(variance))
    return Lines(["y = (x - mean) / np.sqrt(variance)"], names, {"y": stage.outputs[0]})


# ---- several inputs

_MERGES = {
    "Add": " + ",
    "Multiply": " * ",
    "Subtract": " - ",
}


@rule("Add", "Multiply", "Subtract")
def _merge(stage: Stage) -> Lines:
    operation = next(sign for base, sign in _MERGES.items() if any(cls.__name__ == base for cls in type(stage.layer).__mro__))
    return Lines([f"y = {operation.join(_names(stage))}"], given(stage), {"y": stage.outputs[0]})


@rule("Average", "Maximum", "Minimum")
def _reduce(stage: Stage) -> Lines:
    function = {"Average": "np.mean", "Maximum": "np.max", "Minimum": "np.min"}[stage.kind]
    return Lines([f"y = {function}([{', '.join(_names(stage))}], axis=0)"], given(stage), {"y": stage.outputs[0]})


@rule("Concatenate")
def _concatenate(stage: Stage) -> Lines:
    layer = stage.layer_as(Concatenate)
    return Lines([f"y = np.concatenate([{', '.join(_names(stage))}], axis={layer.axis})"], given(stage), {"y": stage.outputs[0]})


def _names(stage: Stage) -> list[str]:
    return ["x"] if len(stage.inputs) == 1 else [f"x{i}" for i in range(len(stage.inputs))]


# ---- attention


@rule("MultiHeadAttention")
def _multi_head(stage: Stage) -> Lines | None:
    names = given(stage)
    inputs = _names(stage)
    query, value = inputs[0], inputs[min(1, len(inputs) - 1)]
    key = inputs[2] if len(inputs) > 2 else value
    if stage.inputs[0].ndim != 3:
        return None
    parts = [
        f"{part[0]} = project({x}, {part}_kernel{f', {part}_bias' if f'{part}_bias' in names else ''})"
        for part, x in (("query", query), ("key", key), ("value", value))
    ]
    output = "attention_output_kernel" + (", attention_output_bias" if "attention_output_bias" in names else "")
    size = stage.weights["query/kernel"].shape[-1]
    masked = ", mask=mask[:, None, None, :]" if stage.mask is not None else ""
    if stage.mask is not None:
        names = {**names, "mask": stage.mask}

    def lines(options: str) -> Lines:
        return Lines(
            [
                *parts,
                f"heads = attention(q, k, v, scale=1 / np.sqrt({size}){options})",
                f"y = project(heads, {output}, axes=2)",
            ],
            names,
            {"y": stage.outputs[0]},
            (lessons.project, lessons.attention, lessons.softmax),
        )

    return first_that_agrees(*(lines(options) for options in ("", ", causal=True", masked, masked + ", causal=True")))


@rule("Attention")
def _attention(stage: Stage) -> Lines | None:
    inputs = _names(stage)
    query, value = inputs[0], inputs[min(1, len(inputs) - 1)]
    key = inputs[2] if len(inputs) > 2 else value
    scale = " * scale" if "scale" in stage.weights else ""
    lines = [f"scores = {query} @ {key}.swapaxes(1, 2){scale}", f"y = softmax(scores) @ {value}"]
    return Lines(lines, given(stage), {"y": stage.outputs[0]}, (lessons.softmax,))

"""The lines of NumPy for layers that rearrange numbers, and for pooling over all positions."""

from __future__ import annotations

from glassworks.insight.families import GLOBAL_AVERAGE_POOLING, GLOBAL_MAX_POOLING
from glassworks.insight.line_rules import given, rule
from glassworks.insight.lines import Lines
from glassworks.insight.stages import Stage
from glassworks.layers import Permute, UpSampling1D, UpSampling2D, UpSampling3D, ZeroPadding1D, ZeroPadding2D, ZeroPadding3D


def _single(stage: Stage, line: str) -> Lines:
    return Lines([f"y = {line}"], given(stage), {"y": stage.outputs[0]})


@rule("Flatten")
def _flatten(stage: Stage) -> Lines:
    return _single(stage, "x.reshape(len(x), -1)")


@rule("Reshape")
def _reshape(stage: Stage) -> Lines:
    return _single(stage, f"x.reshape(len(x), {', '.join(map(str, stage.outputs[0].shape[1:]))})")


@rule("Permute")
def _permute(stage: Stage) -> Lines:
    layer = stage.layer_as(Permute)
    return _single(stage, f"x.transpose(0, {', '.join(map(str, layer.dims))})")


@rule("RepeatVector")
def _repeat(stage: Stage) -> Lines:
    return _single(stage, f"np.repeat(x[:, None], {stage.outputs[0].shape[1]}, axis=1)")


@rule("ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D")
def _pad(stage: Stage) -> Lines | None:
    layer = stage.layer_as(ZeroPadding1D, ZeroPadding2D, ZeroPadding3D)
    if getattr(layer, "data_format", "channels_last") != "channels_last":
        return None
    padding = layer.padding if isinstance(layer.padding[0], (list, tuple)) else [layer.padding]
    widths = [(0, 0), *(tuple(pair) for pair in padding), (0, 0)]
    return _single(stage, f"np.pad(x, {widths})")


@rule("UpSampling1D", "UpSampling2D", "UpSampling3D")
def _repeat_cells(stage: Stage) -> Lines:
    layer = stage.layer_as(UpSampling1D, UpSampling2D, UpSampling3D)
    sizes = layer.size if isinstance(layer.size, (list, tuple)) else (layer.size,)
    text = "x"
    for axis, size in enumerate(sizes, 1):
        text = f"np.repeat({text}, {size}, axis={axis})"
    return _single(stage, text)


@rule("GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAveragePooling3D")
def _global_mean(stage: Stage) -> Lines:
    return _single(stage, f"x.mean({_positions(stage)})")


@rule("GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D")
def _global_max(stage: Stage) -> Lines:
    return _single(stage, f"x.max({_positions(stage)})")


def _positions(stage: Stage) -> str:
    layer = stage.layer_as(*GLOBAL_MAX_POOLING, *GLOBAL_AVERAGE_POOLING)
    first = 2 if getattr(layer, "data_format", "channels_last") == "channels_first" else 1
    axes = tuple(range(first, first + stage.inputs[0].ndim - 2))
    kept = ", keepdims=True" if getattr(layer, "keepdims", False) else ""
    return f"axis={axes[0] if len(axes) == 1 else axes}{kept}"

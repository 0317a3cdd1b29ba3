"""The lines of NumPy that carry gradients from the output of a layer to its inputs and weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassworks.export.numpy_program import lessons
from glassworks.insight.activation_lines import DERIVATIVES
from glassworks.insight.families import AVERAGE_POOLING, MAX_POOLING, PLAIN
from glassworks.insight.layer_lines import kept_by
from glassworks.insight.line_rules import given, identifier
from glassworks.insight.lines import Lines
from glassworks.insight.stages import Stage
from glassworks.insight.wide_lines import padding_of
from glassworks.layers import BatchNormalization, Dense, Dropout, LayerNormalization, Rescaling


def backward_lines(stage: Stage, targets: np.ndarray | None = None) -> list[Lines]:
    """The lines for a call of a layer, each with the gradient that it gives; only those that give the numbers of the run.

    In them `dy` is the gradient of the loss with respect to the output, `dz` to what goes into the activation function, `dx` to the input, and
    `d_kernel` to a weight.

    Args:
        stage: The call, with its gradients.
        targets: The targets, where the layer is the last one of the model.
    """
    known = {"output": "dy", "preactivation": "dz", "passed": "dx"}
    names = {known.get(name, f"d_{identifier(name)}"): array for name, array in stage.gradients.items()}
    if len(stage.inputs) > 1 and "dx" in names:
        names["dx0"] = names.pop("dx")
        names |= {f"dx{i}": stage.gradients[f"passed_{i}"] for i in range(1, len(stage.inputs)) if f"passed_{i}" in stage.gradients}
    arrays: dict[str, Any] = {**given(stage), "y": stage.outputs[0] if stage.outputs else None, "z": stage.preactivation}
    if type(stage.layer).__name__ == "Dropout":
        arrays["kept"] = kept_by(stage)
    if targets is not None:
        arrays["y_true"] = targets
    arrays |= {name: array for name, array in names.items() if name in ("dy", "dz")}
    pieces = [*_through_activation(stage, names, targets), *_through_layer(stage, names)]
    found: list[Lines] = []
    for name, code, helpers in pieces:
        if name in names and not any(name in lines.expected for lines in found):
            lines = Lines(code, arrays, {name: names[name]}, helpers)
            if lines.agree():
                found.append(lines)
    return found


Piece = tuple[str, list[str], tuple]


def _through_activation(stage: Stage, names: dict[str, Any], targets: np.ndarray | None) -> list[Piece]:
    pieces: list[Piece] = []
    if "dz" not in names:
        return pieces
    if targets is not None:
        # Softmax or sigmoid and its cross-entropy together: their slopes cancel.
        classes = stage.outputs[0].shape[-1] if stage.outputs[0].ndim else 1
        rows = ["y_true = np.eye(" + str(classes) + ")[y_true.astype(int).ravel()].reshape(y.shape)"]
        pieces.append(("dz", [*rows, "dz = (y - y_true) / len(y)"], ()))
        pieces.append(("dz", ["dz = (y - y_true.reshape(y.shape)) / y.size"], ()))
        pieces.append(("dz", ["dz = (y - y_true) / len(y)"], ()))
    if "dy" in names and stage.activation in DERIVATIVES:
        pieces.append(("dz", DERIVATIVES[stage.activation], ()))
    return pieces


def _through_layer(stage: Stage, names: dict[str, Any]) -> list[Piece]:
    """Candidates for the gradients of weights and inputs. `d` is the gradient behind the activation function, or that of the output."""
    kind, d = type(stage.layer).__name__, "dz" if "dz" in names else "dy"
    if d not in names or not stage.inputs:
        return []
    rank = stage.inputs[0].ndim
    rule = _LAYERS.get(kind)
    return rule(stage, d, rank) if rule is not None else []


def _dense(stage: Stage, d: str, rank: int) -> list[Piece]:
    layer = stage.layer_as(Dense)
    flat = "x.T @ {}" if rank == 2 else "x.reshape(-1, x.shape[-1]).T @ {0}.reshape(-1, {0}.shape[-1])"
    axis = "0" if rank == 2 else str(tuple(range(rank - 1)))
    penalty = float(getattr(getattr(layer, "kernel_regularizer", None), "l2", 0.0) or 0.0)
    return [
        ("d_kernel", [f"d_kernel = {flat.format(d)}"], ()),
        ("d_kernel", [f"d_kernel = {flat.format(d)} + {2 * penalty:g} * kernel"], ()),
        ("d_bias", [f"d_bias = {d}.sum(axis={axis})"], ()),
        ("dx", [f"dx = {d} @ kernel.T"], ()),
    ]


def _convolution(stage: Stage, d: str, rank: int) -> list[Piece]:
    layer = stage.layer_as(*PLAIN)
    window = stage.weights["kernel"].shape[: rank - 2]
    strides, dilation = (tuple(v) if isinstance(v, (list, tuple)) else (v,) * len(window) for v in (layer.strides, layer.dilation_rate))
    pads = padding_of(layer.padding, stage.inputs[0].shape[1:-1], window, strides, dilation)
    axes = list(range(rank - 1))
    options = (f", strides={strides}" if set(strides) != {1} else "") + (f", dilation={dilation}" if set(dilation) != {1} else "")
    options += f", padding={pads}" if any(map(any, pads)) else ""
    sum_of = f"np.tensordot(part, {d}, axes=({axes}, {axes}))"
    lines = [
        f"seen = [part for _, part in windows_of(x, {window}, {strides}, {dilation}, {pads})]",
        f"d_kernel = np.array([{sum_of} for part in seen]).reshape(kernel.shape)",
    ]
    return [
        ("d_kernel", lines, (lessons.windows_of,)),
        ("d_bias", [f"d_bias = {d}.sum(axis={tuple(axes)})"], ()),
        ("dx", [f"dx = convolution_transpose({d}, kernel, size=x.shape[1:-1]{options})"], (lessons.convolution_transpose,)),
    ]


def _normalized(stage: Stage, d: str, rank: int) -> list[Piece]:
    layer = stage.layer_as(BatchNormalization, LayerNormalization)
    axes = tuple(range(rank - 1))
    over = "-1" if type(layer).__name__ == "LayerNormalization" else str(axes[0] if len(axes) == 1 else axes)
    kept = f"axis={over}, keepdims=True"
    root = f"np.sqrt(x.var({kept}) + {layer.epsilon:g})"
    before = [f"root = {root}", f"x_hat = (x - x.mean({kept})) / root"]
    scaled = "d = dy * gamma" if "gamma" in stage.weights else "d = dy"
    return [
        ("d_gamma", [*before, f"d_gamma = (dy * x_hat).sum(axis={axes})"], ()),
        ("d_beta", [f"d_beta = dy.sum(axis={axes})"], ()),
        ("dx", [*before, scaled, f"dx = (d - d.mean({kept}) - x_hat * (d * x_hat).mean({kept})) / root"], ()),
    ]


def _windows_pooled(stage: Stage, d: str, rank: int) -> list[Piece]:
    """Windows that do not overlap and leave nothing out: each number of the output belongs to the numbers of its window."""
    layer = stage.layer_as(*MAX_POOLING, *AVERAGE_POOLING)
    sizes = layer.pool_size if isinstance(layer.pool_size, (list, tuple)) else (layer.pool_size,) * (rank - 2)
    text = "{}"
    for axis, size in enumerate(sizes, 1):
        text = f"np.repeat({text}, {size}, axis={axis})"
    if "Max" in type(layer).__name__:
        return [("dx", [f"dx = {text.format('dy')} * (x == {text.format('y')})"], ())]
    return [("dx", [f"dx = {text.format('dy')} / {int(np.prod(sizes))}"], ())]


def _dropout(stage: Stage, d: str, rank: int) -> list[Piece]:
    layer = stage.layer_as(Dropout)
    return [("dx", [f"dx = dy * kept / (1 - {layer.rate:g})"], ()), ("dx", ["dx = dy"], ())]


def _rescaled(stage: Stage, d: str, rank: int) -> list[Piece]:
    layer = stage.layer_as(Rescaling)
    return [("dx", [f"dx = dy * {layer.scale!r}"], ())]


def _rearranged(stage: Stage, d: str, rank: int) -> list[Piece]:
    return [("dx", ["dx = dy.reshape(x.shape)"], ())]


def _embedding(stage: Stage, d: str, rank: int) -> list[Piece]:
    lines = ["d_embeddings = np.zeros_like(embeddings)", "np.add.at(d_embeddings, x.astype(int), dy)"]
    return [("d_embeddings", lines, ())]


def _added(stage: Stage, d: str, rank: int) -> list[Piece]:
    return [(f"dx{i}", [f"dx{i} = dy"], ()) for i in range(len(stage.inputs))]


def _averaged(stage: Stage, d: str, rank: int) -> list[Piece]:
    axes = ", ".join(["None"] * (rank - 2))
    return [("dx", [f"dx = np.zeros_like(x) + dy[:, {axes}] * dy[0].size / x[0].size"], ())]


def _pooled(stage: Stage, d: str, rank: int) -> list[Piece]:
    axes = ", ".join(["None"] * (rank - 2))
    return [("dx", [f"dx = dy[:, {axes}] * (x == y[:, {axes}])"], ())]


_LAYERS: dict[str, Any] = {
    "Dense": _dense,
    "Conv1D": _convolution,
    "Conv2D": _convolution,
    "Conv3D": _convolution,
    "BatchNormalization": _normalized,
    "LayerNormalization": _normalized,
    "Dropout": _dropout,
    "Rescaling": _rescaled,
    "Flatten": _rearranged,
    "Reshape": _rearranged,
    "Embedding": _embedding,
    "Add": _added,
    **{f"{name}Pooling{n}D": _windows_pooled for name in ("Max", "Average") for n in (1, 2, 3)},
    **{f"GlobalAveragePooling{n}D": _averaged for n in (1, 2, 3)},
    **{f"GlobalMaxPooling{n}D": _pooled for n in (1, 2, 3)},
}

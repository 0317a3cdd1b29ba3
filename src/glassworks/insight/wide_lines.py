"""The lines of NumPy for layers that slide windows over images and sequences, and for those that walk over the steps of a sequence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glassworks.export.numpy_program import lessons
from glassworks.insight.families import AVERAGE_POOLING, DEPTHWISE, MAX_POOLING, PLAIN, SEPARABLE, TRANSPOSED
from glassworks.insight.line_rules import finished, given, rule, with_bias
from glassworks.insight.lines import Lines, first_that_agrees
from glassworks.insight.stages import Stage
from glassworks.layers import GRU, LSTM, Bidirectional, SimpleRNN


def _sizes(value: int | Sequence[int], rank: int) -> tuple[int, ...]:
    return (value,) * rank if isinstance(value, int) else tuple(value)


def padding_of(
    kind: str, sizes: Sequence[int], window: Sequence[int], strides: Sequence[int], dilation: Sequence[int]
) -> list[tuple[int, int]]:
    """How many cells are added before and after each axis for "same", "causal" and "valid" windows.

    >>> padding_of("same", [28], [3], [1], [1]), padding_of("causal", [28], [3], [1], [2])
    ([(1, 1)], [(4, 0)])
    """
    pads = []
    for size, width, stride, step in zip(sizes, window, strides, dilation, strict=True):
        extent = (width - 1) * step + 1
        total = max((-(-size // stride) - 1) * stride + extent - size, 0) if kind == "same" else 0
        pads.append((extent - 1, 0) if kind == "causal" else (total // 2, total - total // 2))
    return pads


def _options(stage: Stage, window: Sequence[int], strides: tuple[int, ...], dilation: tuple[int, ...]) -> str:
    layer = stage.layer_as(*PLAIN, *DEPTHWISE, *SEPARABLE)
    pads = padding_of(layer.padding, stage.inputs[0].shape[1:-1], window, strides, dilation)
    text = f", strides={strides}" if set(strides) != {1} else ""
    text += f", dilation={dilation}" if set(dilation) != {1} else ""
    return text + (f", padding={pads}" if any(map(any, pads)) else "")


@rule("Conv1D", "Conv2D", "Conv3D")
def _convolution(stage: Stage) -> Lines | None:
    layer = stage.layer_as(*PLAIN)
    if layer.data_format != "channels_last":
        return None
    rank = stage.inputs[0].ndim - 2
    window = stage.weights["kernel"].shape[:rank]
    options = _options(stage, window, _sizes(layer.strides, rank), _sizes(layer.dilation_rate, rank))
    groups = f", groups={layer.groups}" if layer.groups != 1 else ""
    bias = ", bias" if "bias" in stage.weights else ""
    return finished(stage, [], f"convolution(x, kernel{bias}{options}{groups})", (lessons.convolution, lessons.windows_of))


@rule("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose")
def _convolution_transpose(stage: Stage) -> Lines | None:
    layer = stage.layer_as(*TRANSPOSED)
    if layer.data_format != "channels_last":
        return None
    rank = stage.inputs[0].ndim - 2
    size = stage.outputs[0].shape[1:-1]
    window, strides = stage.weights["kernel"].shape[:rank], _sizes(layer.strides, rank)
    pads = padding_of(layer.padding, size, window, strides, (1,) * rank)
    bias = ", bias" if "bias" in stage.weights else ""
    options = (f", strides={strides}" if set(strides) != {1} else "") + (f", padding={pads}" if any(map(any, pads)) else "")
    return finished(stage, [], f"convolution_transpose(x, kernel{bias}, size={size}{options})", (lessons.convolution_transpose,))


@rule("DepthwiseConv1D", "DepthwiseConv2D")
def _depthwise(stage: Stage) -> Lines | None:
    return _separated(stage, "kernel", None)


@rule("SeparableConv1D", "SeparableConv2D")
def _separable(stage: Stage) -> Lines | None:
    return _separated(stage, "depthwise_kernel", "pointwise_kernel")


def _separated(stage: Stage, name: str, mixing: str | None) -> Lines | None:
    layer = stage.layer_as(*DEPTHWISE, *SEPARABLE)
    if layer.data_format != "channels_last" or name not in stage.weights:
        return None
    rank = stage.inputs[0].ndim - 2
    kernel = stage.weights[name]
    window, channels = kernel.shape[:rank], kernel.shape[rank]
    options = _options(stage, window, _sizes(layer.strides, rank), _sizes(layer.dilation_rate, rank))
    shaped = f"{name}.reshape({', '.join(map(str, window))}, 1, -1)"
    call = f"convolution(x, {shaped}{options}, groups={channels})"
    helpers = (lessons.convolution, lessons.windows_of)
    if mixing is None:
        return finished(stage, [], with_bias(stage, call), helpers)
    return finished(stage, [f"each = {call}"], with_bias(stage, f"each @ {mixing}.reshape({mixing}.shape[-2:])"), helpers)


@rule("MaxPooling1D", "MaxPooling2D", "MaxPooling3D")
def _max_pooling(stage: Stage) -> Lines | None:
    pads, window, strides = _window(stage)
    if pads is None:
        return None
    padding = f", padding={pads}" if any(map(any, pads)) else ""
    line = f"y = max_pool(x, window={window}, strides={strides}{padding})"
    return Lines([line], given(stage), {"y": stage.outputs[0]}, (lessons.max_pool, lessons.windows_of))


@rule("AveragePooling1D", "AveragePooling2D", "AveragePooling3D")
def _average_pooling(stage: Stage) -> Lines | None:
    pads, window, strides = _window(stage)
    if pads is None or any(map(any, pads)):
        return None
    ones = (1,) * len(window)
    line = f"y = np.mean([seen for _, seen in windows_of(x, {window}, {strides}, {ones}, {pads})], axis=0)"
    return Lines([line], given(stage), {"y": stage.outputs[0]}, (lessons.windows_of,))


def _window(stage: Stage) -> tuple[list[tuple[int, int]] | None, tuple[int, ...], tuple[int, ...]]:
    layer = stage.layer_as(*MAX_POOLING, *AVERAGE_POOLING)
    rank = stage.inputs[0].ndim - 2
    window = _sizes(layer.pool_size, rank)
    strides = _sizes(layer.strides if layer.strides is not None else layer.pool_size, rank)
    if layer.data_format != "channels_last":
        return None, window, strides
    return padding_of(layer.padding, stage.inputs[0].shape[1:-1], window, strides, (1,) * rank), window, strides


# ---- recurrent layers


def _walked(stage: Stage, call: str, helpers: tuple, has_cell: bool) -> Lines | None:
    """Lines that walk over the steps, and take all states or the last one."""
    layer = stage.layer_as(LSTM, GRU, SimpleRNN)
    states = ["hidden", "cell"][: 2 if has_cell else 1]
    names: dict[str, Any] = {**given(stage), "x": stage.inputs[0]}
    options = ""
    for name, array in zip(states, stage.inputs[1:], strict=False):
        names[f"{name}_before"] = array
        options += f", {name}={name}_before"
    if stage.mask is not None:
        names["mask"] = stage.mask
        options += ", mask=mask"
    backwards = bool(layer.go_backwards)
    options += ", reverse=True" if backwards else ""
    left = "states, cells" if has_cell else "states"
    walk = f"{left} = {call}{options})"
    if layer.return_sequences:
        taken = "states[:, ::-1]" if backwards else "states"
    else:
        taken = "states[:, 0]" if backwards else "states[:, -1]"
    ends = [taken] if stage.mask is None else [taken, f"{taken} * mask[:, {'::-1' if backwards else ':'}, None]"]
    # Inside of Bidirectional, the states of masked steps are given as 0.
    return first_that_agrees(*(Lines([walk, f"y = {end}"], names, {"y": stage.outputs[0]}, helpers) for end in ends))


@rule("SimpleRNN")
def _simple_rnn(stage: Stage) -> Lines | None:
    return _walked(stage, f"simple_rnn({with_bias(stage, 'x @ kernel')}, recurrent_kernel", (lessons.simple_rnn,), False)


@rule("LSTM")
def _lstm(stage: Stage) -> Lines | None:
    return _walked(stage, f"lstm({with_bias(stage, 'x @ kernel')}, recurrent_kernel", (lessons.lstm, lessons.sigmoid), True)


@rule("GRU")
def _gru(stage: Stage) -> Lines | None:
    layer = stage.layer_as(GRU)
    if not layer.reset_after or "bias" not in stage.weights:
        return None
    return _walked(stage, "gru(x @ kernel + bias[0], recurrent_kernel, bias[1]", (lessons.gru, lessons.sigmoid), False)


@rule("Bidirectional")
def _bidirectional(stage: Stage) -> Lines | None:
    """Both directions are explained as parts; this line joins them."""
    layer = stage.layer_as(Bidirectional)
    if len(stage.parts) != 2:
        return None
    names = {"forward": stage.parts[0].outputs[0], "backward": stage.parts[1].outputs[0]}
    joins = {"concat": "np.concatenate([forward, {}], axis=-1)", "sum": "forward + {}", "mul": "forward * {}", "ave": "(forward + {}) / 2"}
    text = joins.get(layer.merge_mode or "")
    if text is None:
        return None
    ends = ("backward", "backward[:, ::-1]")
    return first_that_agrees(*(Lines([f"y = {text.format(end)}"], names, {"y": stage.outputs[0]}) for end in ends))


@rule("TimeDistributed")
def _time_distributed(stage: Stage) -> Lines | None:
    """The layer runs on all steps as if they were samples; its call is explained as a part."""
    if len(stage.parts) != 1:
        return None
    shape = ", ".join(map(str, stage.outputs[0].shape))
    return Lines([f"y = each.reshape({shape})"], {"each": stage.parts[0].outputs[0]}, {"y": stage.outputs[0]})

"""Convolution and pooling. ONNX has channels first, so axes are transposed before and after; runtimes remove what cancels."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from glassworks import dtypes
from glassworks.export.merging import MergedNode
from glassworks.export.onnx.builder import TO_THE_END, Builder, Operand
from glassworks.export.onnx.lowerings.table import lowers
from glassworks.export.sizes import Varying, minus, plus, times
from glassworks.export.unexportable import GIVE_SIZES, UnexportableError
from glassworks.ops.primitives.convolution import Windows


def channels_first(b: Builder, x: Operand, rank: int) -> Operand:
    """(batch, *size, channels) as (batch, channels, *size)."""
    return b.transpose(x, [0, rank - 1, *range(1, rank - 1)])


def channels_last(b: Builder, x: Operand, rank: int) -> Operand:
    """(batch, channels, *size) as (batch, *size, channels)."""
    return b.transpose(x, [0, *range(2, rank), 1])


def _padded(b: Builder, x: Operand, node: MergedNode, fill: float) -> tuple[Operand, list[int]]:
    """x, channels first, and the padding that is left for the operator, all starts before all ends.

    Padding that depends on the size is written out, and so is what negative padding cuts off.
    """
    windows: Windows = node.attributes["windows"]
    if any(isinstance(n, Varying) for pair in windows.padding for n in pair):
        return _padded_as_same(b, x, node, windows, fill), [0] * (2 * len(windows.window))
    for axis, (before, after) in enumerate(_numbers(windows, node), start=2):
        if before < 0 or after < 0:
            x = b.part(x, axis, max(-before, 0), after if after < 0 else TO_THE_END)
    befores, afters = zip(*windows.padding, strict=True)
    return x, [max(n, 0) for n in (*befores, *afters)]


def _numbers(windows: Windows, node: MergedNode) -> Sequence[tuple[int, int]]:
    if all(isinstance(n, int) for pair in windows.padding for n in pair):
        return windows.padding
    raise UnexportableError("padding that depends on an open size", GIVE_SIZES, node.origin.call)


def _padded_as_same(b: Builder, x: Operand, node: MergedNode, windows: Windows, fill: float) -> Operand:
    """x with as many cells around it as padding="same" needs for its size: half of them before, the other half, or one more, behind."""
    befores, afters = [], []
    axes = enumerate(zip(windows.extent(), windows.strides, windows.padding, strict=True))
    for axis, (reach, stride, padding) in axes:
        if isinstance(padding[0], int) and isinstance(padding[1], int) and min(padding) >= 0:
            before, after = (b.integers(n) for n in padding)
        else:
            sizes = [shape[axis + 1] for shape in node.inputs[0].shapes]
            if [_same(n, reach, stride) for n in sizes] != _in_traces(padding, len(sizes)):
                raise UnexportableError("padding that depends on an open size", GIVE_SIZES, node.origin.call)
            size, one, two = b.op("Shape", x, dtype="int64", start=axis + 2, end=axis + 3), b.integers(1), b.integers(2)
            places = b.op("Div", b.op("Add", size, b.integers(stride - 1)), b.integers(stride))
            covered = b.op("Add", b.op("Mul", b.op("Sub", places, one), b.integers(stride)), b.integers(reach))
            total = b.op("Max", b.op("Sub", covered, size), b.integers(0))
            before = b.op("Div", total, two)
            after = b.op("Sub", total, before)
        befores.append(before)
        afters.append(after)
    none = b.integers(0, 0)
    return b.op("Pad", x, b.op("Concat", none, *befores, none, *afters, axis=0), b.number(fill, x))


def _same(size: int, reach: int, stride: int) -> tuple[int, int]:
    total = max((-(-size // stride) - 1) * stride + reach - size, 0)
    return total // 2, total - total // 2


def _in_traces(padding: Sequence[int | Varying], count: int) -> list[tuple[int, int]]:
    before, after = (n.values if isinstance(n, Varying) else (n,) * count for n in padding)
    return list(zip(before, after, strict=True))


@lowers("convolution")
def convolution(b: Builder, node: MergedNode, x: Operand, kernel: Operand) -> Operand:
    """Conv: the kernel (*window, channels / groups, filters) becomes (filters, channels / groups, *window)."""
    windows, rank = node.attributes["windows"], node.inputs[0].rank
    x, pads = _padded(b, channels_first(b, x, rank), node, 0)
    weights = b.transpose(kernel, [rank - 1, rank - 2, *range(rank - 2)])
    y = b.op(
        "Conv",
        x,
        weights,
        kernel_shape=list(windows.window),
        strides=list(windows.strides),
        dilations=list(windows.dilation),
        pads=pads,
        group=node.attributes["groups"],
    )
    return channels_last(b, y, rank)


@lowers("convolution_input_gradient")
def transposed_convolution(b: Builder, node: MergedNode, y: Operand, kernel: Operand) -> Operand:
    """ConvTranspose without padding, of which the part inside is taken, with zeros where no window reached."""
    windows, rank = node.attributes["windows"], node.inputs[0].rank
    weights = b.transpose(kernel, [rank - 1, rank - 2, *range(rank - 2)])
    x = b.op(
        "ConvTranspose",
        channels_first(b, y, rank),
        weights,
        kernel_shape=list(windows.window),
        strides=list(windows.strides),
        dilations=list(windows.dilation),
        group=node.attributes["groups"],
    )
    return channels_last(b, _fitted(b, x, node, windows), rank)


def _fitted(b: Builder, x: Operand, node: MergedNode, windows: Windows) -> Operand:
    """The part of a transposed convolution that has the wanted size."""
    axes = zip(node.inputs[0].shape[1:-1], node.attributes["size"], windows.strides, windows.extent(), _numbers(windows, node), strict=True)
    starts, stops, missing, covers = [], [], [], True
    for places, size, stride, reach, (start, _) in axes:
        covered = plus(times(minus(places, 1), stride), reach)
        stop = plus(size, start)
        rest = minus(stop, covered)
        if not isinstance(rest, int):
            raise UnexportableError(
                "a transposed convolution whose size depends on an open size in a way of its own", GIVE_SIZES, node.origin.call
            )
        starts.append(start)
        stops.append(stop)
        missing.append(max(rest, 0))
        covers = covers and start == 0 and rest >= 0
    if any(missing):
        x = b.op("Pad", x, b.integers(*[0] * (4 + len(starts)), *missing))
    if covers:
        return x
    return b.op("Slice", x, b.integers(*starts), b.sizes(stops, node.origin.call), b.integers(*range(2, 2 + len(starts))))


@lowers("max_pool")
def max_pool(b: Builder, node: MergedNode, x: Operand) -> list[Operand | None]:
    """MaxPool; which tap was the largest is for gradients alone."""
    windows, rank, dtype = node.attributes["windows"], node.inputs[0].rank, x.dtype
    if dtype in ("int32", "int64"):  # float64 holds all of int32
        x = b.cast(x, "float64")
    x, pads = _padded(b, channels_first(b, x, rank), node, -math.inf if dtypes.is_float(x.dtype) else np.iinfo(x.dtype).min)
    y = b.op(
        "MaxPool",
        x,
        kernel_shape=list(windows.window),
        strides=list(windows.strides),
        dilations=list(windows.dilation),
        pads=pads,
    )
    return [b.cast(channels_last(b, y, rank), dtype), None]

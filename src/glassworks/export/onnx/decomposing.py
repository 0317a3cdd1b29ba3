"""Primitives as others that ONNX, or onnxruntime, has operators for, before a graph is written.

Attention is several products and a softmax. For float64, onnxruntime has no convolutions and no error function: the first are sums over the
taps of the window, of slices times a part of the kernel; the second is the approximation that the primitive itself computes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from glassworks.export.numpy_program.rolled import roll
from glassworks.graph import Graph, Node, Value, apply, optimize, spec_of
from glassworks.graph.passes import rewrite
from glassworks.ops.primitives.attention import composed_attention
from glassworks.ops.primitives.convolution import Sizes, Windows, convolution
from glassworks.ops.primitives.joining import place_slices, take_slices
from glassworks.ops.primitives.matmul import matmul
from glassworks.ops.primitives.shape import reshape, transpose
from glassworks.ops.primitives.special import composed_erfc
from glassworks.scope import adopt
from glassworks.typing import Tensor

_ALL = (None, None, 1)


def _attention(node: Node, inputs: tuple[Value, ...]) -> tuple[Tensor, ...]:
    query, key, value, *mask = inputs
    means = composed_attention(query, key, value, mask=mask[0] if mask else None, **node.attributes)
    return means, node.outputs[1]  # the second output is for gradients alone


def _convolution(node: Node, inputs: tuple[Value, ...]) -> tuple[Tensor, ...] | None:
    x, kernel = inputs
    return (_by_taps(x, kernel, **node.attributes),) if x.dtype == "float64" else None


def _by_taps(x: Tensor, kernel: Tensor, windows: Windows, groups: int) -> Tensor:
    """A convolution as the sum over taps of the cells that each tap sees, times the part of the kernel there."""
    size, (channels, filters) = spec_of(x).shape[1:-1], spec_of(kernel).shape[-2:]
    places = windows.places(size)
    needed = windows.needed(places)
    used = [min(n, reach - before) for n, reach, (before, _) in zip(size, needed, windows.padding, strict=True)]
    x = apply(take_slices, x, slices=(_ALL, *((max(-before, 0), n, 1) for n, (before, _) in zip(used, windows.padding, strict=True)), _ALL))
    inside = [(max(before, 0), before + n, 1) for n, (before, _) in zip(used, windows.padding, strict=True)]
    batch, *_, width = spec_of(x).shape
    x = apply(place_slices, x, slices=(_ALL, *inside, _ALL), shape=(batch, *needed, width))
    total = None
    for _, tap in windows.taps():
        seen = [(part.start, part.stop, part.step) for part in windows.seen(tap, places)[1:-1]]
        piece = apply(take_slices, x, slices=(_ALL, *seen, _ALL))
        weights = apply(take_slices, kernel, slices=(*((t, t + 1, 1) for t in tap), _ALL, _ALL))
        weights = apply(transpose, apply(reshape, weights, shape=(channels, groups, filters // groups)), axes=(1, 0, 2))
        rows = apply(reshape, piece, shape=(batch, *places, groups, 1, channels))
        product = apply(matmul, rows, weights)
        total = product if total is None else total + product
    assert total is not None  # a window has taps
    return apply(reshape, total, shape=(batch, *places, filters))


def _transposed_convolution(node: Node, inputs: tuple[Value, ...]) -> tuple[Tensor, ...] | None:
    y, kernel = inputs
    return (_by_spreading(y, kernel, **node.attributes),) if y.dtype == "float64" else None


def _by_spreading(y: Tensor, kernel: Tensor, windows: Windows, groups: int, size: Sizes) -> Tensor:
    """A transposed convolution as a convolution of what it reads, spread apart by the strides, with the kernel turned round."""
    batch, *places, width = spec_of(y).shape
    *window, channels, filters = spec_of(kernel).shape
    strides, extent = windows.strides, windows.extent()
    apart = [(p - 1) * s + 1 for p, s in zip(places, strides, strict=True)]
    spread = (_ALL, *((0, n, s) for n, s in zip(apart, strides, strict=True)), _ALL)
    y = apply(place_slices, y, slices=spread, shape=(batch, *apart, width))
    kernel = apply(take_slices, kernel, slices=(*((None, None, -1) for _ in window), _ALL, _ALL))
    rank = len(window)
    kernel = apply(reshape, kernel, shape=(*window, channels, groups, filters // groups))
    kernel = apply(transpose, kernel, axes=(*range(rank), rank + 2, rank + 1, rank))
    kernel = apply(reshape, kernel, shape=(*window, filters // groups, groups * channels))
    before = [reach - 1 - start for reach, (start, _) in zip(extent, windows.padding, strict=True)]
    padding = tuple((b, n + reach - 1 - b - a) for b, n, reach, a in zip(before, size, extent, apart, strict=True))
    return apply(convolution, y, kernel, windows=Windows(tuple(window), (1,) * rank, windows.dilation, padding), groups=groups)


def _error_function(node: Node, inputs: tuple[Value, ...]) -> tuple[Tensor, ...] | None:
    (x,) = inputs
    if x.dtype != "float64":
        return None
    if node.primitive.name == "gelu":
        return (x * composed_erfc(x * -math.sqrt(0.5)) * 0.5,)
    complement = composed_erfc(x)
    return (complement if node.primitive.name == "erfc" else 1.0 - complement,)


def _loop(node: Node, inputs: tuple[Value, ...]) -> tuple[Tensor, ...]:
    attributes = {**node.attributes, "step": decompose(node.attributes["step"])}
    return Node(node.primitive, inputs, attributes, node.origin).outputs


# Primitive -> a function from a node and its new inputs to the new outputs, or to None where the node stays.
COMPOSED: dict[str, Callable[[Node, tuple[Value, ...]], tuple[Any, ...] | None]] = {
    "attention": _attention,
    "convolution": _convolution,
    "convolution_input_gradient": _transposed_convolution,
    **dict.fromkeys(["erf", "erfc", "gelu"], _error_function),
    "while_loop": _loop,
}


def decompose(graph: Graph) -> Graph:
    """The graph with primitives in place of those that have no operators, optimised, and with one in place of all steps of a simple recurrent layer."""

    def rule(node: Node, inputs: tuple[Value, ...]) -> tuple[Value, ...] | None:
        composed = COMPOSED.get(node.primitive.name)
        if composed is None:
            return None
        with adopt(node.origin):
            return composed(node, inputs)

    # Once more, as transposed convolutions become convolutions.
    for _ in range(2):
        graph = graph.replaced(rewrite(graph.results, rule))
    return roll(optimize(graph))

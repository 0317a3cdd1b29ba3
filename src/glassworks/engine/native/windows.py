"""Rules for windows that slide over images: convolution and its gradients, depthwise convolution, pooling.

The core knows no strides, dilation or padding. It gets a table for each axis: which cell of the source each tap of each
window sees, -1 for none. The gradient of the source is the same work with other tables: there the windows of a cell
are the places that saw it.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from glassworks.engine.native.core import native
from glassworks.engine.native.lower import Lowering, Rule
from glassworks.engine.native.operations import Product, Shape, Station, Storage, Tensor
from glassworks.graph import Node

AXES = 3  # the core's images have three spatial axes; those that are missing have one cell
MOST_LINES = 128  # of a window whose taps are looked at one by one: `most_seen` of the core
MOST_CHANNELS = 16_384  # of a window's tap
MOST_CELLS = 1 << 24  # in tables: at 4 bytes, as much as a large data set
PARTS = 8  # the rows of a kernel's gradient are cut into so many parts, which are summed at the end
ROWS_IN_PART = 256  # at least
MOST_ROWS_IN_SUM = 1024  # of a depthwise kernel's gradient, which adds row after row: rounding errors grow with them
NUMBERS_IN_PARTS = 1 << 22  # at most, in all parts together
NUMBERS_IN_PIECE = 1 << 17  # of a kernel's gradient that one thread fills at a time
FEWEST_CHANNELS_BY_WINOGRAD = 16  # on both sides: transforming them must cost less than the products saved
MOST_WEIGHTS_BY_WINOGRAD = 1 << 16
FEWEST_CHANNELS_BY_PHASE = 16  # that make a product with a single tap worth while
MOST_PHASES = 64  # each is looked for in every tile
MOST_NUMBERS_BY_PHASE = 1 << 15  # of a window, which must fit the block that is laid out

Strides = tuple[int, int, int]


class Geometry(NamedTuple):
    """What the core needs to know of windows; see `Windows` in native/include/glassworks/program.h."""

    source: Shape
    target: Shape
    window: Shape
    groups: int
    channels: int
    columns: int
    runs: bool
    cells: tuple[np.ndarray, ...]
    step: Shape = (1, 1, 1)

    @property
    def numbers(self) -> list[int]:
        """As the core reads them."""
        return [*self.source, *self.target, *self.window, self.groups, self.channels, self.columns, int(self.runs), *self.step]

    @property
    def tables(self) -> Sequence[int]:
        """The cells of all axes, one after the other: millions for long windows over long sequences, so packed."""
        return array("i", np.concatenate([table.reshape(-1) for table in self.cells]).astype(np.int32).tobytes())

    @property
    def taps(self) -> int:
        """How many taps a window has."""
        return math.prod(self.window)


def _three(sizes: Any, fill: int = 1) -> Shape:
    return (fill,) * (AXES - len(sizes)) + tuple(sizes)


def _looking(windows: Any, size: Any, places: Any, groups: int, channels: int, columns: int) -> Geometry:
    """Windows at places of the output that see cells of the input."""
    window, strides, dilation = _three(windows.window), _three(windows.strides), _three(windows.dilation)
    before, size, places = _three([one for one, _ in windows.padding], 0), _three(size), _three(places)
    cells = []
    for n, count, w, s, d, b in zip(size, places, window, strides, dilation, before, strict=True):
        seen = np.arange(count)[:, None] * s + np.arange(w) * d - b
        cells.append(np.where((seen >= 0) & (seen < n), seen, -1))
    return Geometry(size, places, window, groups, channels, columns, dilation[-1] == 1 and groups == 1, tuple(cells))


def _looking_back(windows: Any, size: Any, places: Any, groups: int, channels: int, columns: int, turned: bool) -> Geometry:
    """Cells of the input, with the places of the output whose windows see them; `turned` counts taps from the last."""
    window, strides, dilation = _three(windows.window), _three(windows.strides), _three(windows.dilation)
    before, size, places = _three([one for one, _ in windows.padding], 0), _three(size), _three(places)
    cells = []
    for n, count, w, s, d, b in zip(size, places, window, strides, dilation, before, strict=True):
        tap = np.arange(w)[::-1] if turned else np.arange(w)
        distance = np.arange(n)[:, None] + b - tap * d
        place = distance // s
        cells.append(np.where((distance % s == 0) & (place >= 0) & (place < count), place, -1))
    runs = turned and groups == 1 and dilation[-1] == 1 and strides[-1] == 1
    return Geometry(places, size, window, groups, channels, columns, runs, tuple(cells))


def _is_pointwise(windows: Any, groups: int) -> bool:
    """Whether every window is one cell: then the convolution is a matrix product."""
    one = all(w == 1 and s == 1 for w, s in zip(windows.window, windows.strides, strict=True))
    return one and groups == 1 and all(width == (0, 0) for width in windows.padding)


def _is_depthwise(kernel: Shape, groups: int) -> bool:
    return groups > 1 and kernel[-2] == 1 and kernel[-1] == groups and _has_few_lines(kernel[:-2])


def _has_few_lines(window: Any) -> bool:
    return math.prod(_three(window)[:-1]) <= MOST_LINES


def _has(name: str, dtype: str, channels: int, windows: Any, size: Any, places: Any) -> bool:
    """Whether the core has this and can hold its tables: for each place of `places` or cell of `size`, one entry for each tap."""
    cells = sum(max(n, count) * w for n, count, w in zip(size, places, windows.window, strict=True))
    return native.has_task(f"{name}.{dtype}") and channels <= MOST_CHANNELS and cells <= MOST_CELLS


def _head(lowering: Lowering, node: Node, kind: str, a: Storage, b: Storage, geometry: Geometry) -> bool:
    """A station that begins with windows of `a`; the output of a node."""
    spec = node.outputs[0].spec
    rows, columns = spec.size // geometry.columns, geometry.columns
    depth = geometry.taps * (geometry.channels if kind == "convolution" else 1)
    output = Storage(spec.size, spec.dtype, name=kind)
    lowering.units.append(Product(a, b, output, 1, rows, columns, depth, (0, 0, 0), (0, columns, 1), (node,), kind, geometry))
    return lowering.define(node, output)


def _is_winograd(geometry: Geometry) -> bool:
    """Whether windows are 3x3, one cell apart, over two axes, with channels that fill vectors: then four places are made at a time."""
    lanes = native.vector_bytes() // 4
    regular = geometry.groups == 1 and geometry.runs and geometry.step == (1, 1, 1)
    if not regular or geometry.window != (1, 3, 3) or geometry.target[0] != 1 or geometry.source[0] != 1:
        return False
    # Neighbouring places see the cells one further on.
    follow = all(np.array_equal(cells[1:, :2], cells[:-1, 1:]) for cells in geometry.cells[1:])
    fits = geometry.channels * geometry.columns <= MOST_WEIGHTS_BY_WINOGRAD and max(geometry.channels, geometry.columns) <= 1024
    enough = min(geometry.channels, geometry.columns) >= FEWEST_CHANNELS_BY_WINOGRAD and min(geometry.target[1:]) >= 2
    return follow and fits and enough and geometry.channels % lanes == 0 and geometry.columns % lanes == 0


def _transformed(kernel: np.ndarray) -> np.ndarray:
    """G k G^T of each channel and filter, as `winograd_kernel` of the core."""
    g = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]], kernel.dtype)
    return np.einsum("ai,ijcf,bj->abcf", g, kernel, g)


def _winograd(lowering: Lowering, node: Node, a: Storage, kernel: Storage, geometry: Geometry) -> bool:
    """The transformed kernel first, then a head of whole lines."""
    size = geometry.channels * geometry.columns
    if kernel.variable is not None and kernel.variable not in lowering.graph.writes:
        # To predict, weights are transformed once.
        return _head(lowering, node, "winograd", a, lowering.prepared(kernel.variable, 16 * size, _transformed), geometry)
    transformed = Storage(16 * size, kernel.dtype, name="winograd_kernel")
    tiles = max(1, min(8, size // 4096))
    details = {"kernel": f"winograd_kernel.{kernel.dtype}", "numbers": [size, tiles], "tiles": tiles, "operations": 50 * size}
    lowering.units.append(Station("task", (kernel,), (transformed,), (node,), details))
    return _head(lowering, node, "winograd", a, transformed, geometry)


def convolution(lowering: Lowering, node: Node, x: Tensor, kernel: Tensor) -> bool:
    """Windows of x times the kernel."""
    windows, groups = node.attributes["windows"], node.attributes["groups"]
    out, channels, filters = node.outputs[0].spec.shape, kernel.shape[-2], kernel.shape[-1]
    a, b = lowering.plain(x).storage, lowering.plain(kernel).storage
    if not _has("convolution", x.dtype, channels, windows, x.shape[1:-1], out[1:-1]):
        return False
    if _is_pointwise(windows, groups):
        return _product(lowering, node, a, b, (math.prod(out[:-1]), filters, channels), (0, channels, 1), (0, filters, 1))
    if _is_depthwise(kernel.shape, groups):
        return _head(lowering, node, "depthwise", a, b, _looking(windows, x.shape[1:-1], out[1:-1], groups, 1, filters))
    geometry = _looking(windows, x.shape[1:-1], out[1:-1], groups, channels, filters)
    if _is_winograd(geometry):
        return _winograd(lowering, node, a, b, geometry)
    return _head(lowering, node, "convolution", a, b, geometry)


def convolution_input_gradient(lowering: Lowering, node: Node, gradient: Tensor, kernel: Tensor) -> bool:
    """For each cell, the windows that saw it times the kernel, turned around and with filters and channels exchanged."""
    windows, groups, size = (node.attributes[name] for name in ("windows", "groups", "size"))
    channels, filters = kernel.shape[-2], kernel.shape[-1]
    group_filters = filters // groups
    a, b = lowering.plain(gradient).storage, lowering.plain(kernel).storage
    if not _has("convolution", gradient.dtype, group_filters, windows, size, gradient.shape[1:-1]):
        return False
    if _is_pointwise(windows, groups):
        return _product(lowering, node, a, b, (a.size // filters, channels, filters), (0, filters, 1), (0, 1, filters))
    taps, tap = math.prod(windows.window), channels * filters
    # From (tap, channel, group, filter) to (last tap first, filter, group, channel).
    shape = (taps, group_filters, groups, channels)
    turned = lowering.copy(b, shape, [-tap, 1, group_filters, filters], (taps - 1) * tap)
    places = gradient.shape[1:-1]
    if _is_depthwise(kernel.shape, groups):
        return _head(lowering, node, "depthwise", a, turned, _looking_back(windows, size, places, groups, 1, filters, True))
    geometry = _looking_back(windows, size, places, groups, group_filters, channels * groups, True)
    fits = taps * group_filters <= MOST_NUMBERS_BY_PHASE and math.prod(windows.strides) <= MOST_PHASES
    if groups == 1 and group_filters >= FEWEST_CHANNELS_BY_PHASE and fits:
        geometry = geometry._replace(step=_three(windows.strides))
    if _is_winograd(geometry):
        return _winograd(lowering, node, a, turned, geometry)
    return _head(lowering, node, "convolution", a, turned, geometry)


def convolution_kernel_gradient(lowering: Lowering, node: Node, x: Tensor, gradient: Tensor) -> bool:
    """Windows of x, transposed, times the gradient: in parts of the rows, which are summed at the end."""
    windows, groups = node.attributes["windows"], node.attributes["groups"]
    spec = node.outputs[0].spec
    channels, filters = spec.shape[-2], spec.shape[-1]
    if not _has("convolution_kernel_gradient", x.dtype, channels, windows, x.shape[1:-1], gradient.shape[1:-1]):
        return False
    a, g = lowering.plain(x).storage, lowering.plain(gradient).storage
    rows = g.size // filters
    geometry = _looking(windows, x.shape[1:-1], gradient.shape[1:-1], groups, channels, filters)
    if _is_winograd(geometry):
        return _winograd_kernel_gradient(lowering, node, a, g, geometry)
    depthwise = _is_depthwise(spec.shape, groups)
    most = max(PARTS, rows // MOST_ROWS_IN_SUM) if depthwise else PARTS
    parts = max(1, min(most, rows // ROWS_IN_PART, NUMBERS_IN_PARTS // spec.size))
    pieces = 1 if depthwise else min(geometry.window[0] * geometry.window[1], -(-spec.size // NUMBERS_IN_PIECE))
    name = "depthwise_kernel_gradient" if depthwise else "convolution_kernel_gradient"
    details = _task(f"{name}.{spec.dtype}", geometry, [rows, parts, pieces], parts * pieces, 2 * rows * spec.size)
    return _sum_of_parts(lowering, node, (a, g), parts, details)


def _winograd_kernel_gradient(lowering: Lowering, node: Node, a: Storage, g: Storage, geometry: Geometry) -> bool:
    spec = node.outputs[0].spec
    rows = g.size // geometry.columns
    lines = rows // geometry.target[2]
    parts = max(1, min(PARTS, lines // 2, rows // ROWS_IN_PART, NUMBERS_IN_PARTS // spec.size))
    details = _task(f"winograd_kernel_gradient.{spec.dtype}", geometry, [lines, parts], parts, rows * spec.size)
    return _sum_of_parts(lowering, node, (a, g), parts, details)


def _sum_of_parts(lowering: Lowering, node: Node, reads: tuple[Storage, ...], parts: int, details: dict[str, Any]) -> bool:
    """A task that fills as many gradients of a kernel as there are parts, and their sum."""
    spec = node.outputs[0].spec
    partial = Storage(parts * spec.size, spec.dtype, name=node.primitive.name)
    lowering.units.append(Station("task", reads, (partial,), (node,), details))
    if parts == 1:
        return lowering.define(node, partial)
    sums = Tensor(partial, (parts, spec.size), (parts, spec.size))
    return lowering.define(node, lowering.over_columns(f"reduce_sum_rows.{spec.dtype}", "rows", sums, (parts, spec.size), spec.dtype))


def max_pool(lowering: Lowering, node: Node, x: Tensor) -> bool:
    """The largest of each window, and which tap it is."""
    values, index = node.outputs
    windows = node.attributes["windows"]
    if index.dtype != "uint8" or not _has_few_lines(windows.window):
        return False
    if not _has("max_pool", x.dtype, 1, windows, x.shape[1:-1], values.spec.shape[1:-1]):
        return False
    rows, channels = values.spec.size // x.shape[-1], x.shape[-1]
    geometry = _looking(windows, x.shape[1:-1], values.spec.shape[1:-1], 1, channels, channels)
    tiles = max(1, min(rows, values.spec.size * geometry.taps // 16_384))
    details = _task(f"max_pool.{x.dtype}", geometry, [rows, tiles], tiles, values.spec.size * geometry.taps)
    return lowering.task(node, [lowering.plain(x).storage], **details)


def max_unpool(lowering: Lowering, node: Node, x: Tensor, index: Tensor) -> bool:
    """For each cell, what the windows send back that it won."""
    windows, size = node.attributes["windows"], node.attributes["size"]
    if index.dtype != "uint8" or not _has_few_lines(windows.window):
        return False
    if not _has("max_unpool", x.dtype, 1, windows, size, x.shape[1:-1]):
        return False
    channels = x.shape[-1]
    geometry = _looking_back(windows, size, x.shape[1:-1], 1, channels, channels, False)
    return _head(lowering, node, "max_unpool", lowering.plain(x).storage, lowering.plain(index).storage, geometry)


def _product(lowering: Lowering, node: Node, a: Storage, b: Storage, sizes: Strides, a_strides: Strides, b_strides: Strides) -> bool:
    m, n, k = sizes
    output = Storage(node.outputs[0].spec.size, a.dtype, name="matmul")
    lowering.units.append(Product(a, b, output, 1, m, n, k, a_strides, b_strides, (node,)))
    return lowering.define(node, output)


def _task(kernel: str, geometry: Geometry, more: list[int], tiles: int, operations: int) -> dict[str, Any]:
    numbers = [*geometry.numbers, *more]
    return {"kernel": kernel, "numbers": numbers, "cells": geometry.tables, "tiles": tiles, "operations": operations}


WINDOW_RULES: dict[str, Rule] = {
    "convolution": convolution,
    "convolution_input_gradient": convolution_input_gradient,
    "convolution_kernel_gradient": convolution_kernel_gradient,
    "max_pool": max_pool,
    "max_unpool": max_unpool,
}

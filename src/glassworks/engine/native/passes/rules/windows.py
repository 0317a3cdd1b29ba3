"""Rules for windows that slide over images: convolution and its gradients, depthwise convolution, pooling.

The core knows no strides, dilation or padding. It gets a table for each axis: which element of the source each tap of each
window sees, -1 for none. The gradient of the source is the same work with other tables: there the windows of an element
are the positions that saw it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from glassworks.engine.native.ir.kernels import Given, Kernel
from glassworks.engine.native.ir.ops import Geometry, MatMul
from glassworks.engine.native.ir.values import Shape, Storage, Tensor
from glassworks.engine.native.passes.lowering import Lowering, Rule
from glassworks.graph import Node
from glassworks.ops.primitives.convolution import Windows

AXES = 3  # the core's images have three spatial axes; those that are missing have one element
MOST_CHANNELS = 16_384  # of a window's tap
MOST_CELLS = 1 << 24  # in tables: at 4 bytes, as much as a large data set
PARTS = 8  # the number of parts into which the rows of a kernel's gradient are split; the parts are summed at the end
ROWS_IN_PART = 256  # at least
MOST_ROWS_IN_SUM = 1024  # of a depthwise kernel's gradient, which adds row after row: rounding errors grow with them
ELEMENTS_IN_PARTS = 1 << 22  # at most, in all parts together
ELEMENTS_IN_PIECE = 1 << 17  # of a kernel's gradient that one thread fills at a time
FEWEST_CHANNELS_BY_WINOGRAD = 16  # on both sides: transforming them must cost less than the products saved
MOST_WEIGHTS_BY_WINOGRAD = 1 << 16
FEWEST_CHANNELS_BY_PHASE = 16  # that make a product with a single tap worth while
MOST_PHASES = 64  # each is looked for in every tile
MOST_ELEMENTS_BY_PHASE = 1 << 15  # of a window, which must fit the block that is laid out

Strides = tuple[int, int, int]


def _three(sizes: Sequence[int], fill: int = 1) -> Shape:
    return (fill,) * (AXES - len(sizes)) + tuple(sizes)


def forward_geometry(windows: Windows, size: Shape, positions: Shape, groups: int, channels: int, columns: int) -> Geometry:
    """Windows at positions of the output that see elements of the input."""
    window, strides, dilation = _three(windows.window), _three(windows.strides), _three(windows.dilation)
    before, size, positions = _three([one for one, _ in windows.padding], 0), _three(size), _three(positions)
    cells = []
    for n, count, w, s, d, b in zip(size, positions, window, strides, dilation, before, strict=True):
        seen = np.arange(count)[:, None] * s + np.arange(w) * d - b
        cells.append(np.where((seen >= 0) & (seen < n), seen, -1))
    return Geometry(size, positions, window, groups, channels, columns, dilation[-1] == 1 and groups == 1, tuple(cells))


def input_gradient_geometry(
    windows: Windows, size: Shape, positions: Shape, groups: int, channels: int, columns: int, flip_taps: bool
) -> Geometry:
    """Elements of the input, with the positions of the output whose windows see them; `flip_taps` counts taps from the last."""
    window, strides, dilation = _three(windows.window), _three(windows.strides), _three(windows.dilation)
    before, size, positions = _three([one for one, _ in windows.padding], 0), _three(size), _three(positions)
    cells = []
    for n, count, w, s, d, b in zip(size, positions, window, strides, dilation, before, strict=True):
        tap = np.arange(w)[::-1] if flip_taps else np.arange(w)
        distance = np.arange(n)[:, None] + b - tap * d
        position = distance // s
        cells.append(np.where((distance % s == 0) & (position >= 0) & (position < count), position, -1))
    contiguous_taps = flip_taps and groups == 1 and dilation[-1] == 1 and strides[-1] == 1
    return Geometry(positions, size, window, groups, channels, columns, contiguous_taps, tuple(cells))


def _is_pointwise(windows: Windows, groups: int) -> bool:
    """Whether every window is one cell: then the convolution is a matrix product."""
    one = all(w == 1 and s == 1 for w, s in zip(windows.window, windows.strides, strict=True))
    return one and groups == 1 and all(width == (0, 0) for width in windows.padding)


def _is_depthwise(lowering: Lowering, kernel: Shape, groups: int) -> bool:
    return groups > 1 and kernel[-2] == 1 and kernel[-1] == groups and _has_few_lines(lowering, kernel[:-2])


def _has_few_lines(lowering: Lowering, window: Shape) -> bool:
    return math.prod(_three(window)[:-1]) <= lowering.target.most_window_lines


def _find(lowering: Lowering, op: str, dtype: str, channels: int, windows: Windows, size: Shape, positions: Shape) -> Kernel | None:
    """The kernel, if the core has it and can hold its tables: for each of `positions` or of `size`, one entry for each tap."""
    cells = sum(max(n, count) * w for n, count, w in zip(size, positions, windows.window, strict=True))
    return lowering.find(op, dtype) if channels <= MOST_CHANNELS and cells <= MOST_CELLS else None


def _head(lowering: Lowering, node: Node, op: str, a: Storage, b: Storage, geometry: Geometry) -> bool:
    """A tile filled by windows of `a`; the output of a node."""
    spec = node.outputs[0].spec
    rows, columns = spec.size // geometry.columns, geometry.columns
    depth = geometry.taps * (geometry.channels if op == "convolution" else 1)
    output, head = lowering.temporary(spec.size, spec.dtype, op), lowering.target.kernel(op, spec.dtype)
    product = MatMul(a, b, output, 1, rows, columns, depth, (0, 0, 0), (0, columns, 1), (node,), head, geometry)
    return lowering.define(node, *lowering.append(product))


def _is_winograd(lowering: Lowering, geometry: Geometry) -> bool:
    """Whether windows are 3x3, one element apart, over two axes, with channels that fill vectors: four positions are then computed at a time."""
    lanes = lowering.target.vector_bytes // 4
    regular = geometry.groups == 1 and geometry.contiguous_taps and geometry.phase_stride == (1, 1, 1)
    if not regular or geometry.window != (1, 3, 3) or geometry.target[0] != 1 or geometry.source[0] != 1:
        return False
    # Neighbouring positions see the elements one further on.
    follow = all(np.array_equal(cells[1:, :2], cells[:-1, 1:]) for cells in geometry.cells[1:])
    fits = geometry.channels * geometry.columns <= MOST_WEIGHTS_BY_WINOGRAD and max(geometry.channels, geometry.columns) <= 1024
    enough = min(geometry.channels, geometry.columns) >= FEWEST_CHANNELS_BY_WINOGRAD and min(geometry.target[1:]) >= 2
    return follow and fits and enough and geometry.channels % lanes == 0 and geometry.columns % lanes == 0


def _transformed(kernel: np.ndarray) -> np.ndarray:
    """G k G^T of each channel and filter, as `winograd_kernel` of the core."""
    g = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]], kernel.dtype)
    return np.einsum("ai,ijcf,bj->abcf", g, kernel, g)


def _winograd(lowering: Lowering, node: Node, a: Storage, kernel: Storage, geometry: Geometry) -> bool:
    """The transformed kernel first, then a head of whole lines. To predict, weights are transformed once."""
    size = geometry.channels * geometry.columns
    transformed = lowering.derived(kernel, 16 * size, _transformed)
    if transformed is None:
        result = lowering.temporary(16 * size, kernel.dtype, "winograd_kernel")
        transform = lowering.target.kernel("winograd_kernel", kernel.dtype)
        ints = {"size": size, "tiles": max(1, min(8, size // 4096))}
        (transformed,) = lowering.task(transform, {"kernel": kernel}, [result], ints=ints, work=50 * size)
    return _head(lowering, node, "winograd", a, transformed, geometry)


def convolution(lowering: Lowering, node: Node, x: Tensor, kernel: Tensor) -> bool:
    """Windows of x times the kernel."""
    windows, groups = node.attributes["windows"], node.attributes["groups"]
    out, channels, filters = node.outputs[0].spec.shape, kernel.shape[-2], kernel.shape[-1]
    a, b = lowering.materialize(x), lowering.materialize(kernel)
    if _find(lowering, "convolution", x.dtype, channels, windows, x.shape[1:-1], out[1:-1]) is None:
        return False
    if _is_pointwise(windows, groups):
        return _product(lowering, node, a, b, (math.prod(out[:-1]), filters, channels), (0, channels, 1), (0, filters, 1))
    if _is_depthwise(lowering, kernel.shape, groups):
        return _head(lowering, node, "depthwise", a, b, forward_geometry(windows, x.shape[1:-1], out[1:-1], groups, 1, filters))
    geometry = forward_geometry(windows, x.shape[1:-1], out[1:-1], groups, channels, filters)
    if _is_winograd(lowering, geometry):
        return _winograd(lowering, node, a, b, geometry)
    return _head(lowering, node, "convolution", a, b, geometry)


def convolution_input_gradient(lowering: Lowering, node: Node, gradient: Tensor, kernel: Tensor) -> bool:
    """For each element, the windows that saw it times the kernel, its taps reversed and its filters and channels swapped."""
    windows, groups, size = (node.attributes[name] for name in ("windows", "groups", "size"))
    channels, filters = kernel.shape[-2], kernel.shape[-1]
    group_filters = filters // groups
    a, b = lowering.materialize(gradient), lowering.materialize(kernel)
    if _find(lowering, "convolution", gradient.dtype, group_filters, windows, size, gradient.shape[1:-1]) is None:
        return False
    if _is_pointwise(windows, groups):
        return _product(lowering, node, a, b, (a.size // filters, channels, filters), (0, filters, 1), (0, 1, filters))
    taps, tap = math.prod(windows.window), channels * filters
    # From (tap, channel, group, filter) to (last tap first, filter, group, channel).
    shape = (taps, group_filters, groups, channels)
    flipped = lowering.copy(b, shape, [-tap, 1, group_filters, filters], (taps - 1) * tap)
    positions = gradient.shape[1:-1]
    if _is_depthwise(lowering, kernel.shape, groups):
        geometry = input_gradient_geometry(windows, size, positions, groups, 1, filters, flip_taps=True)
        return _head(lowering, node, "depthwise", a, flipped, geometry)
    geometry = input_gradient_geometry(windows, size, positions, groups, group_filters, channels * groups, flip_taps=True)
    fits = taps * group_filters <= MOST_ELEMENTS_BY_PHASE and math.prod(windows.strides) <= MOST_PHASES
    if groups == 1 and group_filters >= FEWEST_CHANNELS_BY_PHASE and fits:
        geometry = geometry._replace(phase_stride=_three(windows.strides))
    if _is_winograd(lowering, geometry):
        return _winograd(lowering, node, a, flipped, geometry)
    return _head(lowering, node, "convolution", a, flipped, geometry)


def convolution_kernel_gradient(lowering: Lowering, node: Node, x: Tensor, gradient: Tensor) -> bool:
    """Windows of x, transposed, times the gradient: in parts of the rows, which are summed at the end."""
    windows, groups = node.attributes["windows"], node.attributes["groups"]
    spec = node.outputs[0].spec
    channels, filters = spec.shape[-2], spec.shape[-1]
    if _find(lowering, "convolution_kernel_gradient", x.dtype, channels, windows, x.shape[1:-1], gradient.shape[1:-1]) is None:
        return False
    a, g = lowering.materialize(x), lowering.materialize(gradient)
    rows = g.size // filters
    geometry = forward_geometry(windows, x.shape[1:-1], gradient.shape[1:-1], groups, channels, filters)
    inputs, work = {"source": a, "gradient": g}, 2 * rows * spec.size
    if _is_winograd(lowering, geometry):
        lines = rows // geometry.target[2]
        parts = _parts(rows, spec.size, max(1, min(PARTS, lines // 2)))
        return _sum_of_parts(lowering, node, "winograd_kernel_gradient", inputs, geometry, {"lines": lines, "parts": parts}, work // 2)
    if _is_depthwise(lowering, spec.shape, groups):
        parts = _parts(rows, spec.size, max(PARTS, rows // MOST_ROWS_IN_SUM))
        return _sum_of_parts(lowering, node, "depthwise_kernel_gradient", inputs, geometry, {"rows": rows, "parts": parts}, work)
    pieces = min(geometry.window[0] * geometry.window[1], -(-spec.size // ELEMENTS_IN_PIECE))
    more = {"rows": rows, "parts": _parts(rows, spec.size, PARTS), "pieces": pieces}
    return _sum_of_parts(lowering, node, "convolution_kernel_gradient", inputs, geometry, more, work)


def _parts(rows: int, size: int, most: int) -> int:
    """The number of parts into which the rows are split for a kernel with the given number of elements."""
    return max(1, min(most, rows // ROWS_IN_PART, ELEMENTS_IN_PARTS // size))


def _sum_of_parts(
    lowering: Lowering,
    node: Node,
    op: str,
    inputs: Given[Storage | None],
    geometry: Geometry,
    more: dict[str, int],
    work: int,
) -> bool:
    """A task that fills as many gradients of a kernel as there are parts, and their sum."""
    spec, parts = node.outputs[0].spec, more["parts"]
    partial = lowering.temporary(parts * spec.size, spec.dtype)
    kernel, ints = lowering.target.kernel(op, spec.dtype), {**geometry.int_args, **more}
    lowering.task(kernel, inputs, [partial], ints=ints, index_tables=geometry.index_tables, work=work)
    if parts == 1:
        return lowering.define(node, partial)
    sums, add = Tensor.of(partial, (parts, spec.size)), lowering.target.kernel("reduce_sum_rows", spec.dtype)
    return lowering.define(node, lowering.reduce(add, sums, (parts, spec.size), spec.dtype))


def max_pool(lowering: Lowering, node: Node, x: Tensor) -> bool:
    """The largest of each window, and which tap it is."""
    values, index = node.outputs
    windows, shape = node.attributes["windows"], values.spec.shape
    kernel = _find(lowering, "max_pool", x.dtype, 1, windows, x.shape[1:-1], shape[1:-1])
    if kernel is None or index.dtype != "uint8" or not _has_few_lines(lowering, windows.window):
        return False
    rows, channels = values.spec.size // x.shape[-1], x.shape[-1]
    geometry = forward_geometry(windows, x.shape[1:-1], shape[1:-1], 1, channels, channels)
    work = values.spec.size * geometry.taps
    ints = {**geometry.int_args, "rows": rows, "tiles": max(1, min(rows, work // 16_384))}
    inputs = {"source": lowering.materialize(x)}
    return lowering.define(node, *lowering.task(kernel, inputs, ints=ints, index_tables=geometry.index_tables, work=work))


def max_unpool(lowering: Lowering, node: Node, x: Tensor, index: Tensor) -> bool:
    """For each element, what the windows send back that it won."""
    windows, size = node.attributes["windows"], node.attributes["size"]
    kernel = _find(lowering, "max_unpool", x.dtype, 1, windows, size, x.shape[1:-1])
    if kernel is None or index.dtype != "uint8" or not _has_few_lines(lowering, windows.window):
        return False
    channels = x.shape[-1]
    geometry = input_gradient_geometry(windows, size, x.shape[1:-1], 1, channels, channels, flip_taps=False)
    return _head(lowering, node, "max_unpool", lowering.materialize(x), lowering.materialize(index), geometry)


def _product(lowering: Lowering, node: Node, a: Storage, b: Storage, sizes: Strides, a_strides: Strides, b_strides: Strides) -> bool:
    output = lowering.temporary(node.outputs[0].spec.size, a.dtype, "matmul")
    return lowering.define(node, *lowering.append(MatMul(a, b, output, 1, *sizes, a_strides, b_strides, (node,))))


WINDOW_RULES: dict[str, Rule] = {
    "convolution": convolution,
    "convolution_input_gradient": convolution_input_gradient,
    "convolution_kernel_gradient": convolution_kernel_gradient,
    "max_pool": max_pool,
    "max_unpool": max_unpool,
}

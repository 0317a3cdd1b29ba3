"""One rule per primitive that has kernels: how a node becomes operations. A rule returns False where it has none."""

from __future__ import annotations

import math
from typing import Any

from glassworks.engine.native.attention import ATTENTION_RULES
from glassworks.engine.native.core import has_kernel, native
from glassworks.engine.native.lower import Lowering, Rule
from glassworks.engine.native.operations import Product, Station, Storage, Tensor, part_rows, row_major
from glassworks.engine.native.sequences import SEQUENCE_RULES
from glassworks.engine.native.windows import WINDOW_RULES
from glassworks.graph import Node, Value

NUMBERS_IN_TILE = 8192  # of a task that moves numbers or adds them up
MOST_JOINED = 60  # arrays that one task joins: with the result, fewer than `most_operands` of the core
MANY_ROWS = 1024  # from so many on, sums over rows are taken in parts

_BY_PLACE = [
    "add",
    "subtract",
    "multiply",
    "divide",
    "maximum",
    "minimum",
    "power",
    "mod",
    "floor_divide",
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "left_shift",
    "right_shift",
    "equal",
    "not_equal",
    "less",
    "less_equal",
    "logical_and",
    "logical_or",
    "logical_xor",
    "logical_not",
    "is_nan",
    "is_inf",
    "is_finite",
    "negative",
    "square",
    "absolute",
    "sign",
    "relu",
    "sqrt",
    "rsqrt",
    "floor",
    "ceil",
    "trunc",
    "sin",
    "cos",
    "erf",
    "gelu",
    "gelu_slope",
    "exp",
    "expm1",
    "log",
    "log1p",
    "tanh",
    "sigmoid",
    "softplus",
    "clip",
]


def by_place(lowering: Lowering, node: Node, *inputs: Tensor) -> bool:
    """Elementwise: the kernel of the same name."""
    kernel = f"{node.primitive.name}.{inputs[0].dtype}"
    if not has_kernel(kernel):
        return False
    spec = node.outputs[0].spec
    if node.primitive.name == "divide" and (divisor := _power_of_two(inputs[1])):
        # Multiplying by the inverse gives the same bits, and is many times faster.
        inputs = (inputs[0], lowering.constant(1.0 / divisor, inputs[1].dtype))
        kernel = f"multiply.{inputs[0].dtype}"
    return lowering.define(node, lowering.map(kernel, list(inputs), spec.shape, spec.dtype))


def _power_of_two(tensor: Tensor) -> float | None:
    """The constant, if its inverse is exact and no subnormal number."""
    array = tensor.storage.array
    if array is None or array.size != 1 or tensor.dtype not in ("float32", "float64"):
        return None
    number = float(array.reshape(-1)[0])
    fraction, exponent = math.frexp(number)
    return number if abs(fraction) == 0.5 and abs(exponent) < 100 else None


def round_(lowering: Lowering, node: Node, x: Tensor) -> bool:
    """Rounding to whole numbers only."""
    kernel = f"round.{x.dtype}"
    if node.attributes.get("decimals", 0) or not has_kernel(kernel):
        return False
    return lowering.define(node, lowering.map(kernel, [x], x.shape, x.dtype))


def where(lowering: Lowering, node: Node, condition: Tensor, x: Tensor, y: Tensor) -> bool:
    """A choice moves bytes, whatever their dtype."""
    kernel = f"where.{x.storage.item}"
    spec = node.outputs[0].spec
    if condition.dtype != "bool" or not has_kernel(kernel):
        return False
    return lowering.define(node, lowering.map(kernel, [condition, x, y], spec.shape, spec.dtype))


def cast(lowering: Lowering, node: Node, x: Tensor) -> bool:
    """Change of dtype."""
    to = node.attributes["dtype"]
    if to == x.dtype:
        return lowering.define(node, x.storage, x.shape, x.base)
    if not has_kernel(f"cast.{x.dtype}.{to}"):
        return False
    return lowering.define(node, lowering.map(f"cast.{x.dtype}.{to}", [x], x.shape, to))


def reshape(lowering: Lowering, node: Node, x: Tensor) -> bool:
    """The same memory, seen in another shape."""
    shape = node.outputs[0].spec.shape
    if x.storage.size == 1:
        return lowering.define(node, x.storage, shape, (1,) * len(shape))
    return lowering.define(node, lowering.plain(x).storage, shape)


def broadcast_to(lowering: Lowering, node: Node, x: Tensor) -> bool:
    """The same memory, repeated; written out only for those who cannot read it so."""
    shape = node.outputs[0].spec.shape
    return lowering.define(node, x.storage, shape, (1,) * (len(shape) - len(x.base)) + x.base)


def same(lowering: Lowering, node: Node, x: Tensor) -> bool:
    """Values never change, so a copy is the value itself."""
    return lowering.define(node, x.storage, x.shape, x.base)


def results(lowering: Lowering, node: Node, *inputs: Tensor) -> bool:
    """Of a function with its own gradient: what it computed stands before its arguments."""
    for value, tensor in zip(node.outputs, inputs, strict=False):
        lowering.tensors[value] = tensor
    return True


def reduce(lowering: Lowering, node: Node, x: Tensor) -> bool:
    """Over the last axes or the first; over others after a transposition; over all in two steps."""
    name, shape = node.primitive.name.removeprefix("reduce_"), x.shape
    dtype, out = x.dtype, node.outputs[0].spec.shape
    kernel = "sum" if name == "mean" else name
    if not has_kernel(f"reduce_{kernel}_columns.{dtype}") or (name == "mean" and dtype not in ("float32", "float64")):
        return False
    axes = [axis for axis in node.attributes["axes"] if shape[axis] != 1]
    kept = [axis for axis in range(len(shape)) if axis not in axes and shape[axis] != 1]
    storage = _reduce(lowering, x, kernel, axes, kept)
    if name == "mean":
        count = math.prod(shape[axis] for axis in axes)
        storage = lowering.map(f"divide.{dtype}", [Tensor(storage, out, out), lowering.constant(count, dtype)], out, dtype)
    return lowering.define(node, storage)


def _reduce(lowering: Lowering, x: Tensor, kernel: str, axes: list[int], kept: list[int]) -> Storage:
    dtype, shape = x.dtype, x.shape
    if not axes:
        return lowering.plain(x).storage
    count, left = math.prod(shape[axis] for axis in axes), math.prod(shape[axis] for axis in kept)
    if not kept:
        first = shape[axes[0]]
        if first == count:
            return lowering.over_columns(f"reduce_{kernel}_columns.{dtype}", "columns", x, (1, count), dtype)
        rows = lowering.over_columns(f"reduce_{kernel}_columns.{dtype}", "columns", x, (first, count // first), dtype)
        return lowering.over_columns(f"reduce_{kernel}_columns.{dtype}", "columns", Tensor(rows, (first,), (first,)), (1, first), dtype)
    if kept[-1] < axes[0]:
        return lowering.over_columns(f"reduce_{kernel}_columns.{dtype}", "columns", x, (left, count), dtype)
    if axes[-1] < kept[0]:
        if count >= MANY_ROWS:
            parts = -(-count // part_rows((count, left), x.shape))
            sums = lowering.over_columns(f"reduce_{kernel}_rows.{dtype}", "parts", x, (count, left), dtype)
            x, count = Tensor(sums, (parts, left), (parts, left)), parts
        return lowering.over_columns(f"reduce_{kernel}_rows.{dtype}", "rows", x, (count, left), dtype)
    if axes == list(range(axes[0], axes[-1] + 1)) and native.has_task(f"reduce_{kernel}_middle.{dtype}"):
        return _reduce_middle(lowering, x, kernel, axes, count)
    order = (*kept, *axes)
    moved = _transposed(lowering, x, order)
    return lowering.over_columns(f"reduce_{kernel}_columns.{dtype}", "columns", moved, (left, count), dtype)


def _reduce_middle(lowering: Lowering, x: Tensor, kernel: str, axes: list[int], count: int) -> Storage:
    outer, inner = math.prod(x.shape[: axes[0]]), math.prod(x.shape[axes[-1] + 1 :])
    tiles = max(1, min(outer, x.storage.size // NUMBERS_IN_TILE))
    result = Storage(outer * inner, x.dtype, name=f"reduce_{kernel}")
    source = lowering.plain(x).storage
    details = {
        "kernel": f"reduce_{kernel}_middle.{x.dtype}",
        "numbers": [outer, count, inner, tiles],
        "tiles": tiles,
        "operations": source.size,
    }
    lowering.units.append(Station("task", (source,), (result,), lowering.nodes, details))
    return result


def over_last_axis(lowering: Lowering, node: Node, x: Tensor) -> bool:
    """softmax, log_softmax, argmax and argmin along the last axis."""
    name, shape = node.primitive.name, x.shape
    kernel = f"{name}.{x.dtype}"
    if not shape or node.attributes["axis"] % len(shape) != len(shape) - 1 or not has_kernel(kernel):
        return False
    split = (math.prod(shape[:-1]), shape[-1])
    kind = "columns" if name.startswith("arg") else "rowwise"
    return lowering.define(node, lowering.over_columns(kernel, kind, x, split, node.outputs[0].spec.dtype))


def one_hot(lowering: Lowering, node: Node, indices: Tensor) -> bool:
    """One number per row to a row."""
    kernel = f"one_hot.{indices.dtype}.{node.attributes['dtype']}"
    if not has_kernel(kernel):
        return False
    plain = lowering.plain(indices)
    split = (plain.storage.size, node.attributes["classes"])
    return lowering.define(node, lowering.expand(kernel, "expand", plain.storage, split, node.attributes["dtype"]))


def random_bits(lowering: Lowering, node: Node, state: Tensor) -> bool:
    """Words from a state and their places."""
    shape = node.outputs[0].spec.shape
    columns = shape[-1] if shape else 1
    split = (math.prod(shape) // columns, columns)
    return lowering.define(node, lowering.expand("random_bits.uint32", "generate", state.storage, split, "uint32"))


def matmul(lowering: Lowering, node: Node, x: Tensor, y: Tensor, *, transpose: Any = None) -> bool:
    """Matrix products; leading axes of x become rows where y is one matrix."""
    flip_x, flip_y = node.attributes.get("transpose_x", False), node.attributes.get("transpose_y", False)
    if x.dtype not in ("float32", "float64") or len(x.shape) < 2 or len(y.shape) < 2:
        return False
    spec = node.outputs[0].spec
    batches, m, n = spec.shape[:-2], spec.shape[-2], spec.shape[-1]
    k = x.shape[-2] if flip_x else x.shape[-1]
    x_batch, y_batch = math.prod(x.shape[:-2]), math.prod(y.shape[:-2])
    batch = math.prod(batches)
    if not flip_x and y_batch == 1 and batch == x_batch:
        m, batch = m * batch, 1
    elif not (x.shape[:-2] == batches or x_batch == 1) or not (y.shape[:-2] == batches or y_batch == 1):
        return False
    a, b = lowering.plain(x).storage, lowering.plain(y).storage
    a_strides = (m * k if x_batch > 1 and batch > 1 else 0, 1 if flip_x else k, m if flip_x else 1)
    b_strides = (k * n if y_batch > 1 and batch > 1 else 0, 1 if flip_y else n, k if flip_y else 1)
    output = Storage(spec.size, spec.dtype, name="matmul")
    lowering.units.append(Product(a, b, output, batch, m, n, k, a_strides, b_strides, (node,)))
    return lowering.define(node, output)


def _transposed(lowering: Lowering, x: Tensor, order: tuple[int, ...]) -> Tensor:
    """A copy with axes in another order; axes that are left out have size 1."""
    x = lowering.plain(x)
    strides = row_major(x.shape)
    shape = tuple(x.shape[axis] for axis in order)
    return Tensor(lowering.copy(x.storage, shape, [strides[axis] for axis in order]), shape, shape)


def transpose(lowering: Lowering, node: Node, x: Tensor) -> bool:
    """Axes in another order."""
    axes = node.attributes["axes"]
    shape = node.outputs[0].spec.shape
    moving = [axis for axis in axes if x.shape[axis] != 1]
    if moving == sorted(moving):
        return lowering.define(node, lowering.plain(x).storage, shape)
    return lowering.define(node, _transposed(lowering, x, axes).storage)


def take_slices(lowering: Lowering, node: Node, x: Tensor) -> bool:
    """A copy with an offset and steps."""
    x = lowering.plain(x)
    strides, offset, steps = row_major(x.shape), 0, []
    for one, size, stride in zip(node.attributes["slices"], x.shape, strides, strict=True):
        start, _, step = slice(*one).indices(size)
        offset += start * stride
        steps.append(step * stride)
    shape = node.outputs[0].spec.shape
    return lowering.define(node, lowering.copy(x.storage, shape, steps, offset))


def unstack(lowering: Lowering, node: Node, x: Tensor) -> bool:
    """A copy for each entry along an axis."""
    axis = node.attributes["axis"]
    x = lowering.plain(x)
    strides = row_major(x.shape)
    shape, steps = (*x.shape[:axis], *x.shape[axis + 1 :]), [*strides[:axis], *strides[axis + 1 :]]
    for i, value in enumerate(node.outputs):
        lowering.tensors[value] = Tensor(lowering.copy(x.storage, shape, steps, i * strides[axis]), shape, shape)
    return True


def concatenate(lowering: Lowering, node: Node, *arrays: Tensor) -> bool:
    """Arrays one after the other: row after row of what lies before the axis."""
    axis, spec = node.attributes["axis"], node.outputs[0].spec
    rows = math.prod(spec.shape[:axis])
    storages = [lowering.plain(x).storage for x in arrays]
    while len(storages) > MOST_JOINED:
        storages = [_joined(lowering, storages[i : i + MOST_JOINED], rows) for i in range(0, len(storages), MOST_JOINED)]
    return lowering.define(node, _joined(lowering, storages, rows))


def _joined(lowering: Lowering, storages: list[Storage], rows: int) -> Storage:
    size = sum(storage.size for storage in storages)
    result = Storage(size, storages[0].dtype, name="concatenate")
    tiles = max(1, min(rows, size // NUMBERS_IN_TILE))
    numbers = [rows, tiles, len(storages), *(storage.bytes // rows for storage in storages)]
    details = {"kernel": "concatenate", "numbers": numbers, "tiles": tiles, "operations": size}
    lowering.units.append(Station("task", tuple(storages), (result,), lowering.nodes, details))
    return result


def place_slices(lowering: Lowering, node: Node, x: Tensor) -> bool:
    """Zeros with an array at slices of them."""
    target = node.outputs[0].spec.shape
    axes: list[tuple[int, int, int, int]] = []
    for one, cells, size in zip(node.attributes["slices"], x.shape, target, strict=True):
        start, _, step = slice(*one).indices(size)
        axes.append((cells, size, start, step))
    rows = 1
    while axes and axes[0] == (axes[0][1], axes[0][1], 0, 1):
        rows *= axes.pop(0)[0]
    tiles = max(1, min(rows, math.prod(target) // NUMBERS_IN_TILE))
    axes = axes or [(1, 1, 0, 1)]
    numbers = [x.storage.item, tiles, rows, len(axes), *(n for axis in axes for n in axis)]
    return lowering.task(
        node, [lowering.plain(x).storage], kernel="place_slices", numbers=numbers, tiles=tiles, operations=math.prod(target)
    )


def in_range(lowering: Lowering, node: Node, x: Tensor, *needed: Tensor) -> bool:
    """Indices and labels; a failure names the station."""
    attributes, spec = node.attributes, node.outputs[0].spec
    kernel = f"in_range.{x.dtype}.{spec.dtype}"
    if needed or not native.has_task(kernel):
        return False
    tiles = max(1, spec.size // NUMBERS_IN_TILE)
    what = attributes["what"]
    numbers = [spec.size, tiles, attributes["low"], attributes["high"], what == "label", what == "index"]
    return lowering.task(
        node, [lowering.plain(x).storage], kernel=kernel, numbers=numbers, tiles=tiles, operations=spec.size, can_fail=True
    )


def _exist(indices: Value, rows: int) -> bool:
    """Whether all these rows are known to exist before the program runs."""
    while indices.node is not None and indices.node.primitive.name in ("reshape", "broadcast_to", "transpose", "cast"):
        indices = indices.node.inputs[0]
    if indices.array is not None:
        return not indices.array.size or bool(indices.array.min() >= -rows and indices.array.max() < rows)
    if indices.node is None or indices.node.primitive.name != "in_range":
        return False
    return indices.node.attributes["what"] != "input" and indices.node.attributes["high"] <= rows


def gather(lowering: Lowering, node: Node, x: Tensor, indices: Tensor) -> bool:
    """Rows of a table."""
    if node.attributes["axis"] != 0 or indices.dtype not in ("int32", "int64"):
        return False
    x, indices = lowering.plain(x), lowering.plain(indices)
    details = {"rows": x.shape[0], "count": indices.storage.size, "width": math.prod(x.shape[1:])}
    details["can_fail"] = not _exist(node.inputs[1], x.shape[0])
    return lowering.station("gather", [x.storage, indices.storage], node, **details)


def scatter_add(lowering: Lowering, node: Node, x: Tensor, indices: Tensor) -> bool:
    """Rows added into a table of zeros."""
    if node.attributes["axis"] != 0 or indices.dtype not in ("int32", "int64") or not has_kernel(f"add.{x.dtype}"):
        return False
    x, indices = lowering.plain(x), lowering.plain(indices)
    rows = node.attributes["size"]
    details = {"rows": rows, "count": indices.storage.size, "width": node.outputs[0].spec.size // rows}
    details["can_fail"] = not _exist(node.inputs[1], rows)
    return lowering.station("scatter", [x.storage, indices.storage], node, **details)


RULES: dict[str, Rule] = {
    **dict.fromkeys(_BY_PLACE, by_place),
    "round": round_,
    "where": where,
    "cast": cast,
    "reshape": reshape,
    "broadcast_to": broadcast_to,
    "copy": same,
    "custom_gradient": results,
    **dict.fromkeys(["reduce_sum", "reduce_mean", "reduce_product", "reduce_max", "reduce_min", "reduce_any", "reduce_all"], reduce),
    **dict.fromkeys(["softmax", "log_softmax", "argmax", "argmin"], over_last_axis),
    "one_hot": one_hot,
    "random_bits": random_bits,
    "matmul": matmul,
    "transpose": transpose,
    "take_slices": take_slices,
    "place_slices": place_slices,
    "unstack": unstack,
    "concatenate": concatenate,
    "in_range": in_range,
    "gather": gather,
    "scatter_add": scatter_add,
    **WINDOW_RULES,
    **SEQUENCE_RULES,
    **ATTENTION_RULES,
}

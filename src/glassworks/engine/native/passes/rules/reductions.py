"""Rules for reductions, functions of whole rows, and what fills rows from numbers."""

from __future__ import annotations

import math

from glassworks.engine.native.ir.values import Storage, Tensor
from glassworks.engine.native.passes.lowering import Lowering, Rule
from glassworks.engine.native.passes.parts import part_rows
from glassworks.engine.native.passes.rules.moves import ELEMENTS_IN_TILE, transposed
from glassworks.graph import Node

MANY_ROWS = 1024  # from this number on, sums over rows are computed in parts


def reduce(lowering: Lowering, node: Node, x: Tensor) -> bool:
    """Over the last axes or the first; over others after a transposition; over all in two steps."""
    name, shape = node.primitive.name, x.shape
    dtype, out = x.dtype, node.outputs[0].spec.shape
    op = "reduce_sum" if name == "reduce_mean" else name
    if lowering.find(f"{op}_columns", dtype) is None or (name == "reduce_mean" and dtype not in ("float32", "float64")):
        return False
    axes = [axis for axis in node.attributes["axes"] if shape[axis] != 1]
    kept = [axis for axis in range(len(shape)) if axis not in axes and shape[axis] != 1]
    storage = _reduce(lowering, x, op, axes, kept)
    if name == "reduce_mean":
        count, divide = math.prod(shape[axis] for axis in axes), lowering.target.kernel("divide", dtype)
        storage = lowering.elementwise(divide, [Tensor.of(storage, out), lowering.constant(count, dtype)], out, dtype)
    return lowering.define(node, storage)


def _reduce(lowering: Lowering, x: Tensor, op: str, axes: list[int], kept: list[int]) -> Storage:
    dtype, shape = x.dtype, x.shape
    if not axes:
        return lowering.materialize(x)
    over_columns, over_rows = (lowering.target.kernel(f"{op}_{axis}", dtype) for axis in ("columns", "rows"))
    count, left = math.prod(shape[axis] for axis in axes), math.prod(shape[axis] for axis in kept)
    if not kept:
        first = shape[axes[0]]
        if first == count:
            return lowering.reduce(over_columns, x, (1, count), dtype)
        rows = lowering.reduce(over_columns, x, (first, count // first), dtype)
        return lowering.reduce(over_columns, Tensor.of(rows, (first,)), (1, first), dtype)
    if kept[-1] < axes[0]:
        return lowering.reduce(over_columns, x, (left, count), dtype)
    if axes[-1] < kept[0]:
        if count >= MANY_ROWS:
            part = part_rows((count, left), x.shape)
            sums, count = lowering.reduce(over_rows, x, (count, left), dtype, part), -(-count // part)
            x = Tensor.of(sums, (count, left))
        return lowering.reduce(over_rows, x, (count, left), dtype)
    middle = lowering.find(f"{op}_middle", dtype)
    if axes == list(range(axes[0], axes[-1] + 1)) and middle is not None:
        outer, inner = math.prod(shape[: axes[0]]), math.prod(shape[axes[-1] + 1 :])
        tiles = max(1, min(outer, x.storage.size // ELEMENTS_IN_TILE))
        source, result = lowering.materialize(x), lowering.temporary(outer * inner, dtype, op)
        ints = {"outer": outer, "middle": count, "inner": inner, "tiles": tiles}
        return lowering.task(middle, {"source": source}, [result], ints=ints, work=source.size)[0]
    return lowering.reduce(over_columns, transposed(lowering, x, (*kept, *axes)), (left, count), dtype)


def over_last_axis(lowering: Lowering, node: Node, x: Tensor) -> bool:
    """softmax, log_softmax, argmax and argmin along the last axis."""
    name, shape = node.primitive.name, x.shape
    kernel = lowering.find(name, x.dtype)
    if not shape or node.attributes["axis"] % len(shape) != len(shape) - 1 or kernel is None:
        return False
    split = (math.prod(shape[:-1]), shape[-1])
    call = lowering.reduce if name.startswith("arg") else lowering.rowwise
    return lowering.define(node, call(kernel, x, split, node.outputs[0].spec.dtype))


def one_hot(lowering: Lowering, node: Node, indices: Tensor) -> bool:
    """One number per row to a row."""
    dtype = node.attributes["dtype"]
    kernel = lowering.find("one_hot", indices.dtype, dtype)
    if kernel is None:
        return False
    storage = lowering.materialize(indices)
    split = (math.prod(indices.shape), node.attributes["classes"])
    return lowering.define(node, lowering.expand(kernel, storage, split, dtype))


def random_bits(lowering: Lowering, node: Node, state: Tensor) -> bool:
    """Words from a state and their positions."""
    shape = node.outputs[0].spec.shape
    columns = shape[-1] if shape else 1
    split = (math.prod(shape) // columns, columns)
    return lowering.define(node, lowering.expand(lowering.target.kernel("random_bits", "uint32"), state.storage, split, "uint32"))


REDUCTION_RULES: dict[str, Rule] = {
    **{f"reduce_{name}": reduce for name in ("sum", "mean", "product", "max", "min", "any", "all")},
    **dict.fromkeys(["softmax", "log_softmax", "argmax", "argmin"], over_last_axis),
    "one_hot": one_hot,
    "random_bits": random_bits,
}

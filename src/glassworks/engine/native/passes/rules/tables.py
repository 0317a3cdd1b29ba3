"""Rules for indices and labels, and for the rows of tables that they name."""

from __future__ import annotations

import math

from glassworks.engine.native.ir.ops import Gather, ScatterAdd
from glassworks.engine.native.ir.values import Tensor
from glassworks.engine.native.passes.lowering import Lowering, Rule
from glassworks.engine.native.passes.rules.moves import ELEMENTS_IN_TILE
from glassworks.graph import Node, Value


def in_range(lowering: Lowering, node: Node, x: Tensor, *needed: Tensor) -> bool:
    """Indices and labels; a failure names the station."""
    attributes, spec = node.attributes, node.outputs[0].spec
    kernel = lowering.find("in_range", x.dtype, spec.dtype)
    if needed or kernel is None:
        return False
    ints = {
        "count": spec.size,
        "tiles": max(1, spec.size // ELEMENTS_IN_TILE),
        "integers_only": int(attributes["what"] == "label"),
        "from_end": int(attributes["what"] == "index"),
        "low": attributes["low"],
        "high": attributes["high"],
    }
    return lowering.define(node, *lowering.task(kernel, {"numbers": lowering.materialize(x)}, ints=ints, work=spec.size, can_fail=True))


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
    reads, rows = (lowering.materialize(x), lowering.materialize(indices)), x.shape[0]
    sizes = {"rows": rows, "count": reads[1].size, "width": math.prod(x.shape[1:])}
    can_fail = not _exist(node.inputs[1], rows)
    return lowering.define(node, *lowering.append(Gather(reads, tuple(lowering.node_outputs()), (node,), can_fail=can_fail, **sizes)))


def scatter_add(lowering: Lowering, node: Node, x: Tensor, indices: Tensor) -> bool:
    """Rows added into a table of zeros."""
    add = lowering.find("add", x.dtype)
    if node.attributes["axis"] != 0 or indices.dtype not in ("int32", "int64") or add is None:
        return False
    reads, rows = (lowering.materialize(x), lowering.materialize(indices)), node.attributes["size"]
    sizes = {"rows": rows, "count": reads[1].size, "width": node.outputs[0].spec.size // rows}
    scatter = ScatterAdd(reads, tuple(lowering.node_outputs()), (node,), can_fail=not _exist(node.inputs[1], rows), add=add, **sizes)
    return lowering.define(node, *lowering.append(scatter))


TABLE_RULES: dict[str, Rule] = {"in_range": in_range, "gather": gather, "scatter_add": scatter_add}

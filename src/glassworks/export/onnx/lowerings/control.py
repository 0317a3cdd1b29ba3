"""Loops."""

from __future__ import annotations

import numpy as np

from glassworks.export.merging import MergedGraph, MergedNode
from glassworks.export.onnx.builder import Builder, Operand
from glassworks.export.onnx.lowerings.table import lower_nodes, lowers
from glassworks.export.sizes import Dimension


@lowers("while_loop", keeps=True)
def while_loop(b: Builder, node: MergedNode, *inputs: Operand) -> list[Operand]:
    """A Loop: each round computes whether to go on and the new state, and keeps the old state where the loop ends."""
    step: MergedGraph = node.attributes["step"]
    count = node.attributes["count"]
    state, others = inputs[:count], inputs[count:]
    declared: list[tuple[str, str, tuple[Dimension, ...] | None]] = [("round", "int64", ()), ("going", "bool", ())]
    declared += [(f"state_{i}", x.dtype, value.shape) for i, (x, value) in enumerate(zip(state, node.inputs, strict=False))]
    with b.subgraph("round", declared) as body:
        before = body.inputs[2:]
        b.values.update(zip(step.inputs, (*before, *others), strict=True))
        lower_nodes(b, step)
        going, *after = (b.operand(value) for value in step.outputs)
        going = b.op("Reshape", b.cast(going, "bool"), b.constant(np.zeros(0, np.int64)))
        body.give([going, *(_where(b, going, new, old) for new, old in zip(after, before, strict=True))])
    true = b.constant(np.asarray(True))
    return b.ops("Loop", [None, true, *state], [x.dtype for x in state], body=body.subgraph)


def _where(b: Builder, condition: Operand, new: Operand, old: Operand) -> Operand:
    """A choice of any dtype, by an operator that has kernels for all of them: the row of two at an index."""
    rows = b.op("Concat", b.op("Unsqueeze", old, b.integers(0)), b.op("Unsqueeze", new, b.integers(0)), axis=0)
    return b.op("Gather", rows, b.cast(condition, "int64"), axis=0)

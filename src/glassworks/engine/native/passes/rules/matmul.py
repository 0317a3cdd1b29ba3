"""The rule for matrix products."""

from __future__ import annotations

import math

from glassworks.engine.native.ir.ops import MatMul
from glassworks.engine.native.ir.values import Tensor
from glassworks.engine.native.passes.lowering import Lowering, Rule
from glassworks.graph import Node


def matmul(lowering: Lowering, node: Node, x: Tensor, y: Tensor) -> bool:
    """Leading axes of x become rows where y is one matrix."""
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
    a, b = lowering.materialize(x), lowering.materialize(y)
    a_strides = (m * k if x_batch > 1 and batch > 1 else 0, 1 if flip_x else k, m if flip_x else 1)
    b_strides = (k * n if y_batch > 1 and batch > 1 else 0, 1 if flip_y else n, k if flip_y else 1)
    output = lowering.temporary(spec.size, spec.dtype, "matmul")
    return lowering.define(node, *lowering.append(MatMul(a, b, output, batch, m, n, k, a_strides, b_strides, (node,))))


MATMUL_RULES: dict[str, Rule] = {"matmul": matmul}

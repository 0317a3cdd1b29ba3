"""Rules for recurrent layers over whole sequences: tasks whose tiles are some rows of the batch, walking through all steps."""

from __future__ import annotations

from glassworks.engine.native.ir.values import Tensor
from glassworks.engine.native.passes.lowering import Lowering, Rule
from glassworks.graph import Node

ROWS_IN_TILE = 16  # the number of rows that share each read of the recurrent kernel
FEWEST_ROWS = 6  # that are worth cutting

# What the primitives get, in their order, by the names that the kernels have for it; those that a kernel does not read are not passed on.
ARGUMENTS: dict[str, tuple[str, ...]] = {
    "lstm_sequence": ("gates", "kernel", "hidden", "cell", "mask"),
    "lstm_gradient": ("d_hiddens", "d_cells", "gates", "kernel", "hidden", "cell", "cells", "activated", "mask"),
    "gru_sequence": ("gates", "kernel", "recurrent_bias", "hidden", "mask"),
    "gru_gradient": ("d_hiddens", "gates", "kernel", "recurrent_bias", "hidden", "hiddens", "activated", "inner", "mask"),
}


def sequence(lowering: Lowering, node: Node, *tensors: Tensor) -> bool:
    """All steps of LSTM or GRU, forward or backward; the mask may be absent."""
    given = dict(zip(ARGUMENTS[node.primitive.name], tensors, strict=False))
    kernel = lowering.find(node.primitive.name, given["kernel"].dtype)
    if kernel is None:
        return False
    units, width = given["kernel"].shape
    rows, steps = next(value.spec.shape[:2] for value in (*node.outputs, *node.inputs) if len(value.spec.shape) == 3)
    tiles = max(2, 2 * round(rows / (2 * ROWS_IN_TILE))) if rows >= FEWEST_ROWS else 1
    ints = {"rows": rows, "steps": steps, "units": units, "tiles": tiles}
    flags = {"reverse": int(node.attributes["reverse"]), "has_mask": int("mask" in given)}
    inputs = {one.name: lowering.materialize(given[one.name]) if one.name in given else None for one in kernel.inputs}
    return lowering.define(node, *lowering.task(kernel, inputs, ints={**ints, **flags}, work=2 * rows * steps * units * width))


SEQUENCE_RULES: dict[str, Rule] = dict.fromkeys(ARGUMENTS, sequence)

"""Rules for recurrent layers over whole sequences: tasks whose tiles are some rows of the batch, walking through all steps."""

from __future__ import annotations

from glassworks.engine.native.core import native
from glassworks.engine.native.lower import Lowering, Rule
from glassworks.engine.native.operations import Tensor
from glassworks.graph import Node

ROWS_IN_TILE = 16  # so many rows share each reading of the recurrent kernel
FEWEST_ROWS = 6  # that are worth cutting


def lstm_sequence(
    lowering: Lowering, node: Node, gates: Tensor, kernel: Tensor, hidden: Tensor, cell: Tensor, mask: Tensor | None = None
) -> bool:
    """The states after each step."""
    return _walk(lowering, node, kernel, [gates, kernel, hidden, cell, mask])


def lstm_gradient(
    lowering: Lowering,
    node: Node,
    d_hiddens: Tensor,
    d_cells: Tensor,
    gates: Tensor,
    kernel: Tensor,
    hidden: Tensor,
    cell: Tensor,
    cells: Tensor,
    activated: Tensor,
    mask: Tensor | None = None,
) -> bool:
    """The steps backwards."""
    return _walk(lowering, node, kernel, [kernel, cell, mask, cells, activated, d_hiddens, d_cells])


def gru_sequence(
    lowering: Lowering, node: Node, gates: Tensor, kernel: Tensor, recurrent_bias: Tensor, hidden: Tensor, mask: Tensor | None = None
) -> bool:
    """The states after each step."""
    return _walk(lowering, node, kernel, [gates, kernel, recurrent_bias, hidden, mask])


def gru_gradient(
    lowering: Lowering,
    node: Node,
    d_hiddens: Tensor,
    gates: Tensor,
    kernel: Tensor,
    recurrent_bias: Tensor,
    hidden: Tensor,
    hiddens: Tensor,
    activated: Tensor,
    inner: Tensor,
    mask: Tensor | None = None,
) -> bool:
    """The steps backwards."""
    return _walk(lowering, node, kernel, [kernel, hidden, mask, hiddens, activated, inner, d_hiddens])


def _walk(lowering: Lowering, node: Node, kernel: Tensor, operands: list[Tensor | None]) -> bool:
    """A task with these operands; None where there is no mask."""
    name = f"{node.primitive.name}.{kernel.dtype}"
    if not native.has_task(name):
        return False
    units, width = kernel.shape
    sequence = next(value.spec for value in (*node.outputs, *node.inputs) if len(value.spec.shape) == 3)
    rows, steps = sequence.shape[:2]
    tiles = max(2, 2 * round(rows / (2 * ROWS_IN_TILE))) if rows >= FEWEST_ROWS else 1
    has_mask = node.inputs[-1].spec.dtype == "bool"
    numbers = [rows, steps, units, tiles, int(node.attributes["reverse"]), int(has_mask)]
    reads = [lowering.plain(one).storage if one is not None else None for one in operands]
    operations = 2 * rows * steps * units * width
    return lowering.task(node, reads, kernel=name, numbers=numbers, tiles=tiles, operations=operations)


SEQUENCE_RULES: dict[str, Rule] = {
    "lstm_sequence": lstm_sequence,
    "lstm_gradient": lstm_gradient,
    "gru_sequence": gru_sequence,
    "gru_gradient": gru_gradient,
}

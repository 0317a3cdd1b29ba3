"""Recurrent layers over whole sequences: ONNX's LSTM, GRU and RNN where they compute the same, else a Scan with the steps of the primitive.

ONNX's operators take the inputs and multiply them with the kernel themselves, whereas the primitives take the product. If it is found in
the graph (a matrix product and perhaps a bias, of all steps at once), its operands go to ONNX's operator; otherwise the product itself does,
with an identity matrix as kernel. Masked sequences, those whose cell states before the last are read, and those of float64 go through Scan: ONNX
knows lengths, not masks, and gives the last cell state alone, and onnxruntime computes them in float32.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from glassworks import dtypes
from glassworks.export.merging import MergedNode, MergedValue
from glassworks.export.onnx.builder import Builder, Operand
from glassworks.export.onnx.lowerings.table import lowers
from glassworks.export.sizes import minus

# The operator of a primitive, and its order of the gates by the numbers of ours: input, output, forget, cell; update, reset, hidden.
_OPERATORS = {"lstm_sequence": ("LSTM", (0, 3, 1, 2)), "gru_sequence": ("GRU", (0, 1, 2)), "simple_rnn": ("RNN", (0,))}


class Projection(NamedTuple):
    """What is multiplied with the kernel to give the gates of all steps.

    Attributes:
        inputs: (batch, time, features), as an operand.
        kernel: (features, gates).
        bias: (gates,), or None.
    """

    inputs: Operand
    kernel: Operand
    bias: Operand | None


def _projection(b: Builder, node: MergedNode, gates: Operand) -> Projection:
    """The product that gives the gates: the one in the graph, else that of the gates with an identity matrix."""
    *times, count = node.inputs[0].shape
    parts = _product(node.inputs[0])
    if parts is None:
        assert isinstance(count, int)  # the recurrent kernel has that size
        return Projection(gates, b.constant(np.eye(count, dtype=dtypes.numpy_dtype(gates.dtype))), None)
    rows, kernel, bias = parts
    x, matrix, added = (None if part is None else b.cast(b.operand(part), gates.dtype) for part in (rows, kernel, bias))
    assert x is not None and matrix is not None
    return Projection(b.reshape(x, [*times, kernel.shape[0]], node.origin.call), matrix, added)


def _product(value: MergedValue) -> tuple[MergedValue, MergedValue, MergedValue | None] | None:
    """Rows, kernel and bias of `reshape([add](matmul(rows, kernel), bias))`; None if the value is computed otherwise."""
    node, bias = _without_reshape(value), None
    if node is not None and node.name == "add":
        product, bias = node.inputs
        if bias.rank != 1 or bias.shape != value.shape[-1:]:
            return None
        node = _without_reshape(product)
    if node is None or node.name != "matmul" or any(node.attributes.get(name) for name in ("transpose_x", "transpose_y")):
        return None
    rows, kernel = node.inputs
    if kernel.rank != 2 or kernel.shape[1] != value.shape[-1] or value.dtype != rows.dtype:
        return None
    return rows, kernel, bias


def _without_reshape(value: MergedValue) -> MergedNode | None:
    """The node that computes a value, before reshapes that keep the last axis."""
    node = value.node
    while node is not None and node.name == "reshape" and node.inputs[0].shape[-1:] == value.shape[-1:]:
        node = node.inputs[0].node
    return node


def _in_order(b: Builder, x: Operand, order: Sequence[int], units: int, axis: int) -> Operand:
    """The gates along an axis in ONNX's order."""
    if list(order) == list(range(len(order))):
        return x
    return b.op("Gather", x, b.integers(*(gate * units + unit for gate in order for unit in range(units))), axis=axis)


def _one_direction(b: Builder, x: Operand) -> Operand:
    """ONNX's first axis, that of the directions, of which there is one here."""
    return b.op("Unsqueeze", x, b.integers(0))


def _weights(b: Builder, kernel: Operand, order: Sequence[int], units: int) -> Operand:
    return _one_direction(b, _in_order(b, b.transpose(kernel, [1, 0]), order, units, axis=0))


def _is_zero(value: MergedValue) -> bool:
    """Whether a value is the state that ONNX's operators start from."""
    return value.arrays is not None and not any(array.any() for array in value.arrays)


def _native(
    b: Builder, node: MergedNode, gates: Operand, kernel: Operand, recurrent_bias: Operand | None, states: Sequence[Operand]
) -> list[Operand]:
    """The hidden states (batch, time, units) by ONNX's operator, and the last cell state (batch, 1, units) of an LSTM."""
    kind, order = _OPERATORS[node.name]
    units = node.outputs[0].shape[-1]
    assert isinstance(units, int)
    found = _projection(b, node, gates)
    none = b.constant(np.zeros(len(order) * units, dtypes.numpy_dtype(gates.dtype)))
    biases = [none if x is None else _in_order(b, x, order, units, axis=0) for x in (found.bias, recurrent_bias)]
    inputs = [
        b.transpose(found.inputs, [1, 0, 2]),
        _weights(b, found.kernel, order, units),
        _weights(b, kernel, order, units),
        _one_direction(b, b.op("Concat", *biases, axis=0)),
        None,
        *(None if _is_zero(value) else _one_direction(b, state) for value, state in zip(node.inputs[-len(states) :], states, strict=True)),
    ]
    direction = "reverse" if node.attributes["reverse"] else "forward"
    options: dict[str, Any] = {"linear_before_reset": 1} if kind == "GRU" else {}
    results = [gates.dtype, "", gates.dtype] if kind == "LSTM" else [gates.dtype]
    y, *last = b.ops(kind, inputs, results, hidden_size=units, direction=direction, **options)
    # (time, directions, batch, units), and (directions, batch, units)
    hidden = b.transpose(b.op("Squeeze", y, b.integers(1)), [1, 0, 2])
    return [hidden, *(b.transpose(cell, [1, 0, 2]) for cell in last[1:])]


def _takes_last_step(node: MergedNode, reverse: bool) -> bool:
    """Whether a node takes the step of a sequence (batch, time, units) at which a walk over it ends, and that alone."""
    if node.name != "take_slices" or node.outputs[0].shape[1] != 1 or node.outputs[0].shape[::2] != node.inputs[0].shape[::2]:
        return False
    (_, _, first), (start, _, _), (_, _, last) = node.attributes["slices"]
    end = 0 if reverse else minus(node.inputs[0].shape[1], 1)
    return first == last == 1 and end is not None and start in (end, *(() if reverse else (-1,)))


@lowers("lstm_sequence")
def lstm_sequence(
    b: Builder, node: MergedNode, gates: Operand, kernel: Operand, hidden: Operand, cell: Operand, *mask: Operand
) -> list[Operand | None]:
    """See the primitive."""
    cells, reverse = node.outputs[1], node.attributes["reverse"]
    only_last = cells.uses == len(cells.readers) and all(_takes_last_step(reader, reverse) for reader in cells.readers)
    if not mask and only_last and gates.dtype != "float64":
        hiddens, last = _native(b, node, gates, kernel, None, [hidden, cell])
        b.values.update((reader.outputs[0], b.cast(last, cells.dtype)) for reader in cells.readers)
        return [hiddens, None, None]

    def step(given: Operand, before: Sequence[Operand]) -> list[Operand]:
        total = b.op("Add", given, b.op("MatMul", before[0], kernel))
        inputs, forget, candidate, output = b.ops("Split", [total], [gates.dtype] * 4, axis=-1, num_outputs=4)
        inputs, forget, output = (b.op("Sigmoid", gate) for gate in (inputs, forget, output))
        kept, added = b.op("Mul", forget, before[1]), b.op("Mul", inputs, b.op("Tanh", candidate))
        new_cell = b.op("Add", kept, added)
        return [b.op("Mul", output, b.op("Tanh", new_cell)), new_cell]

    return [*_scan(b, node, gates, [hidden, cell], mask, step), None]


@lowers("gru_sequence")
def gru_sequence(
    b: Builder, node: MergedNode, gates: Operand, kernel: Operand, bias: Operand, hidden: Operand, *mask: Operand
) -> list[Operand | None]:
    """See the primitive."""
    if not mask and gates.dtype != "float64":
        return [*_native(b, node, gates, kernel, bias, [hidden]), None, None]

    def step(given: Operand, before: Sequence[Operand]) -> list[Operand]:
        product = b.op("Add", b.op("MatMul", before[0], kernel), bias)
        given_parts = b.ops("Split", [given], [gates.dtype] * 3, axis=-1, num_outputs=3)
        parts = b.ops("Split", [product], [gates.dtype] * 3, axis=-1, num_outputs=3)
        update, reset = (b.op("Sigmoid", b.op("Add", x, s)) for x, s in zip(given_parts[:2], parts[:2], strict=True))
        candidate = b.op("Tanh", b.op("Add", given_parts[2], b.op("Mul", reset, parts[2])))
        rest = b.op("Sub", b.number(1, update), update)
        return [b.op("Add", b.op("Mul", update, before[0]), b.op("Mul", rest, candidate))]

    return [*_scan(b, node, gates, [hidden], mask, step), None, None]


@lowers("simple_rnn")
def simple_rnn(b: Builder, node: MergedNode, gates: Operand, kernel: Operand, hidden: Operand) -> list[Operand]:
    """The steps of a simple recurrent layer, which `roll` has found."""
    if gates.dtype != "float64":
        return _native(b, node, gates, kernel, None, [hidden])

    def step(given: Operand, before: Sequence[Operand]) -> list[Operand]:
        return [b.op("Tanh", b.op("Add", given, b.op("MatMul", before[0], kernel)))]

    return _scan(b, node, gates, [hidden], [], step)


_Step: TypeAlias = Callable[[Operand, Sequence[Operand]], list[Operand]]
"""The new states, from the gates of a step and the old states."""


def _scan(b: Builder, node: MergedNode, gates: Operand, states: Sequence[Operand], mask: Sequence[Operand], step: _Step) -> list[Operand]:
    """The states of all steps; a masked step leaves them as they were."""
    sequences = [b.transpose(gates, [1, 0, 2]), *(b.transpose(b.cast(x, "bool"), [1, 0]) for x in mask)]
    declared = [(f"state_{i}", state.dtype, None) for i, state in enumerate(states)]
    declared += [(f"step_{i}", x.dtype, None) for i, x in enumerate(sequences)]
    with b.subgraph("steps", declared) as body:
        before = body.inputs[: len(states)]
        given, *is_real = body.inputs[len(states) :]
        after = step(given, before)
        if is_real:
            chosen = b.op("Unsqueeze", is_real[0], b.integers(-1))
            after = [b.op("Where", chosen, new, old, dtype=new.dtype) for new, old in zip(after, before, strict=True)]
        body.give([*after, *after])
    backwards = int(node.attributes["reverse"])
    results = b.ops(
        "Scan",
        [*states, *sequences],
        [*[state.dtype for state in states] * 2],
        body=body.subgraph,
        num_scan_inputs=len(sequences),
        scan_input_directions=[backwards] * len(sequences),
        scan_output_directions=[backwards] * len(states),
    )
    return [b.transpose(x, [1, 0, 2]) for x in results[len(states) :]]

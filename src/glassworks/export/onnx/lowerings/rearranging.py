"""Shapes, order of axes, joining and taking parts. Numbers stay as they are, in whatever dtype."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks.export.merging import MergedNode
from glassworks.export.onnx.builder import TO_THE_END, TO_THE_START, Builder, Operand
from glassworks.export.onnx.lowerings.table import lowers
from glassworks.export.sizes import Dimension, Size, minus, plus
from glassworks.export.unexportable import UnexportableError


def _changed(node: MergedNode) -> list[tuple[int, Any]]:
    """The axes whose slice is more or less than all of it, with the slices."""
    shapes = zip(node.inputs[0].shape, node.outputs[0].shape, strict=True)
    same = [before == after and before is not None for before, after in shapes]
    parts = enumerate(node.attributes["slices"])
    return [(axis, part) for axis, part in parts if not (same[axis] and part[2] in (None, 1))]


@lowers("reshape", keeps=True)
def reshape(b: Builder, node: MergedNode, x: Operand) -> Operand:
    """Another shape."""
    return b.reshape(x, node.outputs[0].shape, node.origin.call)


@lowers("transpose", keeps=True)
def transpose(b: Builder, node: MergedNode, x: Operand) -> Operand:
    """Axes in another order."""
    return b.transpose(x, node.attributes["axes"])


@lowers("broadcast_to", keeps=True)
def broadcast_to(b: Builder, node: MergedNode, x: Operand) -> Operand:
    """Repeated along axes."""
    return b.op("Expand", x, b.sizes(node.outputs[0].shape, node.origin.call))


@lowers("concatenate", keeps=True)
def concatenate(b: Builder, node: MergedNode, *inputs: Operand) -> Operand:
    """One after the other."""
    return inputs[0] if len(inputs) == 1 else b.op("Concat", *inputs, axis=node.attributes["axis"])


@lowers("unstack", keeps=True)
def unstack(b: Builder, node: MergedNode, x: Operand) -> list[Operand | None]:
    """An output for each entry along an axis that is read at all."""
    axis = node.attributes["axis"]
    return [b.op("Gather", x, b.constant(np.int64(i)), axis=axis) if output.uses else None for i, output in enumerate(node.outputs)]


@lowers("take_slices", keeps=True)
def take_slices(b: Builder, node: MergedNode, x: Operand) -> Operand:
    """Python's slices; ONNX counts negative places and limits others in the same way."""
    parts = _changed(node)
    if not parts:
        return x
    starts, stops, steps = [], [], []
    for _, (start, stop, step) in parts:
        step = 1 if step is None else step
        starts.append((0 if step > 0 else TO_THE_END) if start is None else start)
        stops.append((TO_THE_END if step > 0 else TO_THE_START) if stop is None else stop)
        steps.append(step)
    where = node.origin.call
    return b.op("Slice", x, b.sizes(starts, where), b.sizes(stops, where), b.integers(*(axis for axis, _ in parts)), b.integers(*steps))


@lowers("place_slices")
def place_slices(b: Builder, node: MergedNode, x: Operand) -> Operand:
    """Zeros with the array at slices of them: axis by axis reversed, spread out and padded as its slice says."""
    shape: list[Dimension] = list(node.inputs[0].shape)
    for axis, part in _changed(node):
        size = node.outputs[0].shape[axis]
        start = part[0] or 0
        if part[2] in (None, 1) and isinstance(start, int) and start >= 0:
            x = _between_zeros(b, x, node, axis, start, minus(size, plus(shape[axis], start)))
            shape[axis] = size
            continue
        if not isinstance(size, int):
            raise UnexportableError(
                "zeros with numbers at a slice of an axis of open size", "concatenate with zeros instead", node.origin.call
            )
        places = range(*slice(*part).indices(size))
        if places.step < 0:
            x = b.op("Slice", x, b.integers(-1), b.integers(TO_THE_START), b.integers(axis), b.integers(-1))
            places = places[::-1]
        if places.step > 1:
            x = _spread(b, x, axis, shape, places.step)
        first = places[0] if places else 0
        covered = places[-1] + 1 if places else 0
        x = _between_zeros(b, x, node, axis, first, size - covered)
        shape[axis] = size
    return x


def _between_zeros(b: Builder, x: Operand, node: MergedNode, axis: int, before: Dimension, after: Dimension) -> Operand:
    rank = node.outputs[0].rank
    pads: list[Dimension] = [0] * (2 * rank)
    pads[axis], pads[rank + axis] = before, after
    return b.op("Pad", x, b.sizes(pads, node.origin.call))


def _spread(b: Builder, x: Operand, axis: int, shape: list[Dimension], step: int) -> Operand:
    """Zeros between the entries of an axis, so that they stand `step` apart."""
    count = shape[axis]
    assert isinstance(count, int)
    split = [*shape[: axis + 1], 1, *shape[axis + 1 :]]
    pads = [0] * len(split), [step - 1 if i == axis + 1 else 0 for i in range(len(split))]
    x = b.op("Pad", b.reshape(x, split), b.integers(*pads[0], *pads[1]))
    shape[axis] = count * step
    x = b.reshape(x, shape)
    shape[axis] = (count - 1) * step + 1
    return b.part(x, axis, 0, (count - 1) * step + 1)


def _first(b: Builder, starts: Operand, block: Sequence[Dimension], within: Sequence[Dimension], where: str) -> Operand:
    """The starts of a block: a negative one counts from the end, and then each moves until the block fits."""
    full, least = b.sizes(within, where), b.constant(np.int64(0))
    starts = b.cast(starts, "int64")
    starts = b.op("Where", b.op("Less", starts, least, dtype="bool"), b.op("Add", starts, full), starts, dtype="int64")
    return b.op("Max", b.op("Min", starts, b.op("Sub", full, b.sizes(block, where))), least)


@lowers("take_block", keeps=True)
def take_block(b: Builder, node: MergedNode, x: Operand, starts: Operand) -> Operand:
    """A block of a fixed shape, from computed starts."""
    shape, where = node.outputs[0].shape, node.origin.call
    first = _first(b, starts, shape, node.inputs[0].shape, where)
    return b.op("Slice", x, first, b.op("Add", first, b.sizes(shape, where)))


@lowers("place_block")
def place_block(b: Builder, node: MergedNode, x: Operand, block: Operand, starts: Operand) -> Operand:
    """x with a block put at computed starts: the block and ones in its shape are padded to the shape of x, and the ones choose."""
    whole, shape, where = node.inputs[0].shape, node.inputs[1].shape, node.origin.call
    first = _first(b, starts, shape, whole, where)
    after = b.op("Sub", b.sizes(whole, where), b.op("Add", first, b.sizes(shape, where)))
    pads = b.op("Concat", first, after, axis=0)
    ones = b.op("Expand", b.constant(np.int32(1)), b.sizes(shape, where))
    inside = b.cast(b.op("Pad", ones, pads), "bool")
    return b.op("Where", inside, b.op("Pad", block, pads), x, dtype=x.dtype)


@lowers("gather", keeps=True)
def gather(b: Builder, node: MergedNode, x: Operand, indices: Operand) -> Operand:
    """Entries of an axis."""
    return b.op("Gather", x, as_indices(b, indices), axis=node.attributes["axis"])


@lowers("gather_along", keeps=True)
def gather_along(b: Builder, node: MergedNode, x: Operand, indices: Operand) -> Operand:
    """For each place the entry at its index; axes of size 1 repeat, which ONNX wants to be written out."""
    axis, shape = node.attributes["axis"], node.outputs[0].shape
    wanted = [size if i == axis else full for i, (size, full) in enumerate(zip(node.inputs[0].shape, shape, strict=True))]
    if list(node.inputs[0].shape) != wanted:
        x = b.op("Expand", x, b.sizes(wanted, node.origin.call))
    return b.op("GatherElements", x, as_indices(b, indices), axis=axis)


def as_indices(b: Builder, indices: Operand) -> Operand:
    """Indices in a dtype that ONNX takes."""
    return indices if indices.dtype in ("int32", "int64") else b.cast(indices, "int64")


def _wide(b: Builder, x: Operand) -> Operand:
    """Numbers that are added up: those of 16 bits in 32."""
    return b.cast(x, "float32") if x.dtype == "float16" else x


@lowers("scatter_add")
def scatter_add(b: Builder, node: MergedNode, x: Operand, indices: Operand) -> Operand:
    """Zeros with entries added along an axis: the axes of the indices go to the front, and ScatterND adds there."""
    x = _wide(b, x)
    axis, where = node.attributes["axis"], node.origin.call
    count, rank = node.inputs[1].rank, node.inputs[0].rank
    entry = [*range(axis), *range(axis + count, rank)]
    updates = b.transpose(x, [*range(axis, axis + count), *entry])
    shape = node.outputs[0].shape
    zeros = b.op("Expand", b.number(0, x), b.sizes([shape[axis], *shape[:axis], *shape[axis + 1 :]], where))
    total = b.op("ScatterND", zeros, b.op("Unsqueeze", b.cast(indices, "int64"), b.integers(-1)), updates, reduction="add")
    return b.transpose(total, [*range(1, axis + 1), 0, *range(axis + 1, len(shape))])


@lowers("scatter_along")
def scatter_along(b: Builder, node: MergedNode, x: Operand, indices: Operand) -> Operand:
    """Zeros with entries added at the index of each place."""
    x = _wide(b, x)
    zeros = b.op("Expand", b.number(0, x), b.sizes(node.outputs[0].shape, node.origin.call))
    return b.op("ScatterElements", zeros, as_indices(b, indices), x, axis=node.attributes["axis"], reduction="add")


_REDUCTIONS = {"set": "none", "add": "add", "multiply": "mul", "maximum": "max", "minimum": "min"}


@lowers("scatter")
def scatter(b: Builder, node: MergedNode, x: Operand, indices: Operand, updates: Operand) -> Operand:
    """Entries of the first axis combined with updates; those out of range go to an extra entry that is cut off."""
    x, updates = _wide(b, x), _wide(b, updates)
    size = b.size(node.inputs[0].shape[0], node.origin.call)
    indices = b.cast(indices, "int64")
    outside = b.op("Or", b.op("Less", indices, b.integers(0), dtype="bool"), b.op("GreaterOrEqual", indices, size, dtype="bool"))
    indices = b.op("Unsqueeze", b.op("Where", outside, size, indices, dtype="int64"), b.integers(-1))
    rank = node.inputs[0].rank
    longer = b.op("Pad", x, b.integers(*[0] * rank, 1, *[0] * (rank - 1)))
    result = b.op("ScatterND", longer, indices, updates, reduction=_REDUCTIONS[node.attributes["reduction"]])
    return b.op("Slice", result, b.integers(0), size, b.integers(0))


@lowers("one_hot", keeps=True)
def one_hot(b: Builder, node: MergedNode, indices: Operand) -> Operand:
    """A comparison with 0, 1, 2 ...: zeros alone for an index out of range."""
    classes = node.attributes["classes"]
    indices = b.cast(indices, "int64")
    if isinstance(classes, Size):
        numbers = b.op("Range", b.constant(np.int64(0)), b.op("Squeeze", b.size(classes)), b.constant(np.int64(1)))
    else:
        numbers = b.constant(np.arange(classes))
    hot = b.op("Equal", b.op("Unsqueeze", indices, b.integers(-1)), numbers, dtype="bool")
    return b.cast(hot, node.attributes["dtype"])


@lowers("argsort")
def argsort(b: Builder, node: MergedNode, x: Operand) -> Operand:
    """All entries by TopK, the smallest first; of equal ones it gives the lower index first."""
    axis = node.attributes["axis"]
    count = b.size(node.inputs[0].shape[axis], node.origin.call)
    return b.ops("TopK", [x, count], [x.dtype, "int64"], axis=axis, largest=0, sorted=1)[1]


@lowers("search_sorted")
def search_sorted(b: Builder, node: MergedNode, row: Operand, values: Operand) -> Operand:
    """The number of entries of the row that stand before each value."""
    kind = "Less" if node.attributes["side"] == "left" else "LessOrEqual"
    before = b.op(kind, row, b.op("Unsqueeze", values, b.integers(-1)), dtype="bool")
    return b.reduce("ReduceSum", b.cast(before, "int32"), [-1])


@lowers("cumulative_sum")
def cumulative_sum(b: Builder, node: MergedNode, x: Operand) -> Operand:
    """Running sums."""
    return b.op("CumSum", x, b.constant(np.int64(node.attributes["axis"])))


@lowers("matmul")
def matmul(b: Builder, node: MergedNode, x: Operand, y: Operand) -> Operand:
    """The matrix product, of transposes where the attributes say so."""
    for name, place in (("transpose_x", 0), ("transpose_y", 1)):
        if node.attributes.get(name):
            rank = node.inputs[place].rank
            swapped = b.transpose((x, y)[place], [*range(rank - 2), rank - 1, rank - 2])
            x, y = (swapped, y) if place == 0 else (x, swapped)
    return b.op("MatMul", x, y)


@lowers("determinant")
def determinant(b: Builder, node: MergedNode, x: Operand) -> Operand:
    """The determinant of each matrix."""
    return b.op("Det", x)


_REDUCTION_OPERATORS = {
    "reduce_sum": "ReduceSum",
    "reduce_mean": "ReduceMean",
    "reduce_product": "ReduceProd",
    "reduce_max": "ReduceMax",
    "reduce_min": "ReduceMin",
}


@lowers(*_REDUCTION_OPERATORS)
def reduction(b: Builder, node: MergedNode, x: Operand) -> Operand:
    """A reduction over axes; the mean of no numbers is NaN, for which onnxruntime gives 0."""
    axes, keepdims = node.attributes["axes"], node.attributes["keepdims"]
    if node.name == "reduce_mean" and any(node.inputs[0].shape[axis] == 0 for axis in axes):
        return b.op("Div", b.reduce("ReduceSum", x, axes, keepdims), b.number(0, x))
    return b.reduce(_REDUCTION_OPERATORS[node.name], x, axes, keepdims)


@lowers("reduce_any", "reduce_all", keeps=True)
def logical_reduction(b: Builder, node: MergedNode, x: Operand) -> Operand:
    """Whether any or all are true, as the largest or smallest of 0 and 1."""
    bits = b.cast(b.cast(x, "bool"), "int32")
    kind = "ReduceMax" if node.name == "reduce_any" else "ReduceMin"
    return b.reduce(kind, bits, node.attributes["axes"], node.attributes["keepdims"])


@lowers("argmax", "argmin")
def arg_reduction(b: Builder, node: MergedNode, x: Operand) -> Operand:
    """The index of the first extreme."""
    if x.dtype == "int64":
        x = b.cast(x, "float64")
    kind, keepdims = "ArgMax" if node.name == "argmax" else "ArgMin", int(node.attributes["keepdims"])
    return b.op(kind, x, dtype="int64", axis=node.attributes["axis"], keepdims=keepdims)

"""A model as an ONNX graph."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from glassworks.errors import GlassworksError
from glassworks.export.merging import MergedGraph, MergedValue, merge
from glassworks.export.onnx import messages
from glassworks.export.onnx.builder import Builder, Operator
from glassworks.export.onnx.decomposing import decompose
from glassworks.export.onnx.lowerings import lower_nodes
from glassworks.export.sizes import Dimension, Probes, Size
from glassworks.export.source import Source, SourceInput
from glassworks.export.unexportable import UnexportableError
from glassworks.graph import Graph
from glassworks.protobuf import Message

# An input has, for each axis, its size, or the number of an open size.
Places = list[list[int | None]]


class OpenSize(NamedTuple):
    """A size that the exported program leaves open.

    Attributes:
        name: Its name in the ONNX graph.
        input, axis: Where it can be read.
    """

    name: str
    input: int
    axis: int


class OnnxGraph(NamedTuple):
    """An ONNX graph, ready to be written; inputs and outputs are messages of ValueInfo."""

    name: str
    operators: list[Operator]
    initializers: dict[str, np.ndarray]
    inputs: list[Message]
    outputs: list[Message]


def convert(source: Source) -> OnnxGraph:
    """The ONNX graph of a model.

    Raises:
        UnexportableError: Something in it cannot be expressed.
    """
    sizes, places, probes, graphs = _traces(source)
    _refuse_state(graphs[0])
    merged = merge(graphs, probes)
    builder = Builder(probes)
    names = [size.name for size in sizes]
    operands = [builder.new_operand(one.name, _outside(one.dtype)) for one in source.inputs]
    results = [builder.fresh(name) for name in source.output_names]
    builder.values.update((value, builder.cast(x, value.dtype)) for value, x in zip(merged.inputs, operands, strict=True))
    builder.set_open_sizes([(operands[size.input], size.axis) for size in sizes])
    lower_nodes(builder, merged)
    outputs = _give_outputs(builder, merged, results, names)
    inputs = [
        messages.value_info(
            operand.name, operand.dtype, [size if place is None else names[place] for size, place in zip(one.shape, row, strict=True)]
        )
        for one, operand, row in zip(source.inputs, operands, places, strict=True)
    ]
    operators = _needed(builder.operators, results)
    read = {name for operator in operators for name in operator.reads()}
    arrays = {name: value if isinstance(value, np.ndarray) else value.array for name, value in builder.initializers.items() if name in read}
    return OnnxGraph(source.model.name, operators, {name: array.view(np.ndarray) for name, array in arrays.items()}, inputs, outputs)


# ---- traces


def _traces(source: Source) -> tuple[list[OpenSize], Places, Probes, list[Graph]]:
    """The open sizes, where they stand in the inputs, and a trace for each assignment of numbers to them.

    The sizes of different inputs are taken as independent of one another, but for that of the batch; if the model does not run like that,
    sizes of the same axis are taken as equal.
    """
    attempts = [_open_sizes(source.inputs, shared) for shared in (False, True)]
    for sizes, places in attempts if attempts[0] != attempts[1] else attempts[:1]:
        probes = Probes(len(sizes), has_batch=any(size.axis == 0 for size in sizes[:1]))
        try:
            graphs = probes.traces(functools.partial(_trace, source, places))
        except GlassworksError as error:
            failure = error
            continue
        return sizes, places, probes, graphs
    if all(size.axis == 0 for size in attempts[0][0]):
        raise failure
    raise UnexportableError(
        f"a model that does not run for other sizes of its inputs: {failure.found}",
        "give all sizes but that of the batch: input_signature=[InputSpec(shape=(None, 28, 28, 1))]",
    ) from failure


def _open_sizes(inputs: Sequence[SourceInput], shared: bool) -> tuple[list[OpenSize], Places]:
    sizes: list[OpenSize] = []
    places: Places = []
    for number, one in enumerate(inputs):
        row: list[int | None] = []
        for axis, size in enumerate(one.shape):
            if size is not None:
                row.append(None)
                continue
            name = "batch" if axis == 0 else f"size_{axis}" if shared else f"{one.name}_{axis}"
            place = next((i for i, known in enumerate(sizes) if known.name == name), None)
            if place is None:
                place = len(sizes)
                sizes.append(OpenSize(name, number, axis))
            row.append(place)
        places.append(row)
    return sizes, places


def _trace(source: Source, places: Places, numbers: Sequence[int]) -> Graph:
    return decompose(source.trace(_shapes(source.inputs, places, numbers)))


def _shapes(inputs: Sequence[SourceInput], places: Places, numbers: Sequence[int]) -> list[tuple[int, ...]]:
    """The shapes of all inputs with numbers in place of the open sizes."""
    return [
        tuple(size if place is None else numbers[place] for size, place in zip(one.shape, row, strict=True))
        for one, row in zip(inputs, places, strict=True)
    ]


def _refuse_state(graph: Graph) -> None:
    """Raise an error if a call of the model changes a variable: an ONNX graph keeps no state."""
    for variable, value in graph.writes.items():
        if value is graph.reads.get(variable):
            continue
        raise UnexportableError(
            f"a model that changes {variable.path!r} at each call, and an ONNX graph keeps no state",
            "export a model without that: stateful=False in recurrent layers, no metrics or random numbers in call()",
            value.node.call if value.node is not None else None,
        )


def _outside(dtype: str) -> str:
    """The dtype of an input or output: onnxruntime takes and gives no arrays of bfloat16 in Python, and float32 holds its numbers."""
    return "float32" if dtype == "bfloat16" else dtype


# ---- results


def _give_outputs(builder: Builder, merged: MergedGraph, names: Sequence[str], open_names: Sequence[str]) -> list[Message]:
    outputs = []
    builder.start("")
    for name, value in zip(names, merged.outputs, strict=True):
        if not isinstance(value, MergedValue):
            raise UnexportableError(f"the output {value!r}", "leave it out of the model's outputs")
        builder.name_output(builder.cast(builder.operand(value), _outside(value.dtype)), name)
        outputs.append(messages.value_info(name, _outside(value.dtype), [_size_name(size, open_names) for size in value.shape]))
    return outputs


def _size_name(size: Dimension, names: Sequence[str]) -> int | str | None:
    """An integer, the name of an open size, a formula of them, or None."""
    if not isinstance(size, Size):
        return size
    terms = [name if factor == 1 else f"{factor}*{name}" for factor, name in zip(size.factors, names, strict=True) if factor]
    return " + ".join([*terms, *([str(size.constant)] if size.constant else [])])


def _needed(operators: Sequence[Operator], results: Sequence[str]) -> list[Operator]:
    """The operators that the results depend on."""
    wanted, kept = set(results), []
    for operator in reversed(operators):
        if wanted.intersection(operator.outputs):
            kept.append(operator)
            wanted.update(operator.reads())
    return kept[::-1]

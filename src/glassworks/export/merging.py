"""One graph with open sizes from traces of a model for several sizes.

A graph knows all its sizes, so a model is traced several times, with different numbers in place of each open size, and the traces are
compared node by node. Numbers in shapes and attributes that are the same in all traces are constants; others become a `Size` if a sum of
multiples of the open sizes gives them in every trace, some of which only check. Everything else must be the same, or the model cannot be
exported: a graph whose nodes depend on the batch size cannot be written down for every batch size.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks.export.sizes import Dimension, Probes, Varying
from glassworks.export.unexportable import GIVE_SIZES, UnexportableError
from glassworks.graph import Graph, Node, Primitive, Value, Variable
from glassworks.graph.spec import Shape


class MergedValue:
    """A value of the merged graph.

    Attributes:
        shape, dtype: Its spec.
        shapes: Its shape in each trace.
        node: The node that computes it, or None.
        variable: The variable whose content it is, or None.
        arrays: For a constant, its numbers in each trace.
        uses: The number of nodes and outputs that read it.
        readers: The nodes that read it.
    """

    __slots__ = ("arrays", "dtype", "node", "readers", "shape", "shapes", "uses", "variable")

    def __init__(self, shape: tuple[Dimension, ...], dtype: str, shapes: Sequence[Shape] = ()) -> None:
        self.shape, self.dtype, self.shapes = shape, dtype, shapes
        self.node: MergedNode | None = None
        self.variable: Variable | None = None
        self.arrays: list[np.ndarray] | None = None
        self.uses = 0
        self.readers: list[MergedNode] = []

    @property
    def rank(self) -> int:
        """The number of axes."""
        return len(self.shape)


class MergedNode:
    """A node of the merged graph.

    Attributes:
        origin: The node of the first trace.
        primitive: The primitive.
        inputs, outputs: The values read and computed.
        attributes: The static arguments: integers among them may be a `Size`, or `Varying`.
    """

    __slots__ = ("attributes", "inputs", "origin", "outputs", "primitive")

    def __init__(self, origin: Node, inputs: list[MergedValue], attributes: dict[str, Any]) -> None:
        self.origin, self.inputs, self.attributes = origin, inputs, attributes
        self.primitive: Primitive = origin.primitive
        self.outputs: list[MergedValue] = []

    @property
    def name(self) -> str:
        """The name of the primitive."""
        return self.primitive.name


class MergedGraph:
    """Inputs, nodes in an order that can be executed, and outputs."""

    def __init__(self, inputs: list[MergedValue], nodes: list[MergedNode], outputs: list[Any]) -> None:
        self.inputs, self.nodes, self.outputs = inputs, nodes, outputs


def merge(graphs: Sequence[Graph], probes: Probes) -> MergedGraph:
    """The graph that all traces are instances of.

    Args:
        graphs: A trace for each of the assignments of the probes.

    Raises:
        UnexportableError: The traces differ in more than sizes.
    """
    return _Merger(graphs, probes).graph()


class _Merger:
    def __init__(self, graphs: Sequence[Graph], probes: Probes) -> None:
        self._graphs, self._probes = graphs, probes
        # Per trace, each value that an input or a node gives -> its number.
        self._numbers: list[dict[Value, int]] = [{} for _ in graphs]
        self._values: list[MergedValue] = []
        self._variables = [{value: variable for variable, value in graph.reads.items()} for graph in graphs]
        self._reads: dict[Variable, MergedValue] = {}
        self._constants: dict[tuple[int, ...], MergedValue] = {}

    def graph(self) -> MergedGraph:
        inputs = [self._new(values) for values in zip(*(graph.inputs for graph in self._graphs), strict=True)]
        orders = [graph.nodes() for graph in self._graphs]
        nodes = []
        for number, node in enumerate(orders[0]):
            others = [order[number] if number < len(order) else None for order in orders]
            nodes.append(self._node(node, others))
        if len({len(order) for order in orders}) > 1:
            raise _differs(orders[0][-1].call if orders[0] else "")
        outputs = [self._output(values) for values in zip(*(graph.outputs for graph in self._graphs), strict=True)]
        return MergedGraph(inputs, nodes, outputs)

    def _new(self, values: Sequence[Value]) -> MergedValue:
        shapes = [value.shape for value in values]
        merged = MergedValue(self._shape(shapes), values[0].dtype, shapes)
        for numbers, value in zip(self._numbers, values, strict=True):
            numbers[value] = len(self._values)
        self._values.append(merged)
        return merged

    def _shape(self, shapes: Sequence[tuple[int, ...]]) -> tuple[Dimension, ...]:
        return tuple(self._probes.fit(sizes) for sizes in zip(*shapes, strict=True))

    def _node(self, first: Node, nodes: Sequence[Node | None]) -> MergedNode:
        same: list[Node] = [node for node in nodes if node is not None and node.primitive is first.primitive]
        if len(same) != len(nodes) or len({(len(node.inputs), len(node.outputs)) for node in same}) > 1:
            raise _differs(first.call, is_loop=first.primitive.name == "unstack")
        inputs = [self._read(values, first.call) for values in zip(*(node.inputs for node in same), strict=True)]
        attributes = self._attribute([node.attributes for node in same], first.call)
        merged = MergedNode(first, inputs, attributes)
        for value in inputs:
            value.readers.append(merged)
        for values in zip(*(node.outputs for node in same), strict=True):
            if len({(len(value.shape), value.dtype) for value in values}) > 1:
                raise _differs(first.call)
            merged.outputs.append(self._new(values))
            merged.outputs[-1].node = merged
        return merged

    def _read(self, values: Sequence[Value], where: str) -> MergedValue:
        merged = self._find(values, where)
        merged.uses += 1
        return merged

    def _find(self, values: Sequence[Value], where: str) -> MergedValue:
        numbers = {known.get(value, -1) for known, value in zip(self._numbers, values, strict=True)}
        if len(numbers) > 1:
            raise _differs(where)
        if numbers != {-1}:
            return self._values[numbers.pop()]
        variables = [known.get(value) for known, value in zip(self._variables, values, strict=True)]
        variable = variables[0]
        if variable is not None and all(other is variable for other in variables):
            return self._reads.setdefault(variable, self._leaf(values, variable))
        arrays = [value.array for value in values if value.array is not None]
        if len(arrays) != len(values) or len({(array.ndim, array.dtype) for array in arrays}) > 1:
            raise _differs(where)
        merged = self._constants.setdefault(tuple(map(id, values)), self._leaf(values, None))
        merged.arrays = [array.view(np.ndarray) for array in arrays]
        return merged

    def _leaf(self, values: Sequence[Value], variable: Variable | None) -> MergedValue:
        shapes = [value.shape for value in values]
        leaf = MergedValue(self._shape(shapes), values[0].dtype, shapes)
        leaf.variable = variable
        return leaf

    def _output(self, values: Sequence[Any]) -> Any:
        return self._read(values, "the model's outputs") if all(isinstance(value, Value) for value in values) else values[0]

    def _attribute(self, values: Sequence[Any], where: str) -> Any:
        """One attribute from those of all traces."""
        first = values[0]
        if any(type(value) is not type(first) for value in values):
            raise _differs(where)
        if isinstance(first, Graph):
            return merge(values, self._probes)
        if isinstance(first, dict):
            return {key: self._attribute([value[key] for value in values], where) for key in first}
        if isinstance(first, (list, tuple)):
            if len({len(value) for value in values}) > 1:
                raise _differs(where)
            parts = [self._attribute(part, where) for part in zip(*values, strict=True)]
            return type(first)(*parts) if hasattr(first, "_fields") else type(first)(parts)
        if isinstance(first, int) and not isinstance(first, bool):
            size = self._probes.fit(values)
            return Varying(tuple(values)) if size is None else size
        if isinstance(first, np.ndarray):
            if all(np.array_equal(value, first, equal_nan=first.dtype.kind == "f") for value in values):
                return first
        elif callable(first) or all(repr(value) == repr(first) for value in values):
            return first
        raise _differs(where)


def _differs(where: str, is_loop: bool = False) -> UnexportableError:
    reason = "a computation whose steps depend on an open size, such as that of the batch"
    if is_loop:
        reason = "a loop over an axis of open size: recurrent layers but LSTM, GRU and SimpleRNN with their usual activations are written step by step"
    return UnexportableError(reason, f"{GIVE_SIZES}; or write it with ops whose number does not depend on them", where)

"""`Graph`: inputs, outputs, and the variables read and written. The outputs determine the nodes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from glassworks import tree
from glassworks.graph.node import Node, topological_order
from glassworks.graph.print import to_text
from glassworks.graph.value import Value
from glassworks.graph.variable import Variable


class Graph:
    """A pure function of (inputs, variables) to (outputs, new values of variables).

    Attributes:
        inputs: The values fed at each run.
        outputs: The flat values returned; None and plain Python values pass through.
        structure: A structure whose leaves are in the order of `outputs`.
        reads: Variable -> the value that stands for its content at the start.
        writes: Variable -> the value it holds at the end.
    """

    def __init__(
        self,
        inputs: list[Value],
        outputs: list[Any],
        structure: object,
        reads: dict[Variable, Value],
        writes: dict[Variable, Value],
        name: str = "",
    ) -> None:
        self.inputs, self.outputs, self.structure = inputs, outputs, structure
        self.reads, self.writes, self.name = reads, writes, name

    @property
    def results(self) -> list[Value]:
        """Everything the graph must compute: outputs, then written variables."""
        return [value for value in self.outputs if isinstance(value, Value)] + list(self.writes.values())

    def nodes(self) -> list[Node]:
        """The nodes that the results need, in an order that can be executed. Dead nodes are not among them."""
        return topological_order(self.results)

    def replaced(self, new: dict[Value, Value]) -> Graph:
        """The same graph with some values replaced by others."""
        outputs = [new.get(value, value) if isinstance(value, Value) else value for value in self.outputs]
        writes = {variable: new.get(value, value) for variable, value in self.writes.items()}
        return Graph(self.inputs, outputs, self.structure, self.reads, writes, self.name)

    def pack(self, flat: Iterable[Any]) -> Any:
        """Put flat outputs into the structure that the traced function returned."""
        return tree.pack_sequence_as(self.structure, flat)

    def __str__(self) -> str:
        return to_text(self)

"""The reference engine: NumPy, node by node, written to be read. Other engines are tested against it.

A graph becomes a list of steps over numbered slots. Running it fills the slots of inputs, variables and
constants, executes each step, and clears a slot after its last use.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from glassworks import dtypes
from glassworks.engine.base import Observer, StationReport, clock, require_room, run_steps_one_by_one, who
from glassworks.errors import ShapeError
from glassworks.graph import Graph, Journal, Node, Value, Variable, optimize
from glassworks.graph.dispatch import shortage
from glassworks.scope import adopt

# The memory of a step in Python, measured: its node and values.
_BYTES_PER_STEP = 2000


class Step(NamedTuple):
    """One node, with the slots that it reads, fills, and uses for the last time."""

    node: Node
    reads: tuple[int, ...]
    writes: tuple[int, ...]
    frees: tuple[int, ...]


class ReferenceProgram:
    """A graph compiled to a list of steps.

    Args:
        graph: Any graph whose primitives have a forward.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = optimize(graph)
        require_room(self.graph)
        self._slots: dict[Value, int] = {}
        self._constants: list[tuple[int, np.ndarray]] = []
        self._inputs = [self._slot(value) for value in self.graph.inputs]
        self._variables: list[tuple[int, Variable]] = [(self._slot(value), variable) for variable, value in self.graph.reads.items()]
        nodes = self.graph.nodes()
        reads = [tuple(self._slot(value) for value in node.inputs) for node in nodes]
        writes = [tuple(self._slot(value) for value in node.outputs) for node in nodes]
        self._outputs = [self._slot(value) if isinstance(value, Value) else None for value in self.graph.outputs]
        self._updates = [(variable, self._slot(value)) for variable, value in self.graph.writes.items()]
        self._runs = 0
        self._seconds = [0.0] * len(nodes)
        self.steps = [Step(*parts) for parts in zip(nodes, reads, writes, self._last_uses(reads, writes), strict=True)]

    @property
    def bytes(self) -> int:
        """The approximate memory of constants and steps."""
        return sum(array.nbytes for _, array in self._constants) + _BYTES_PER_STEP * len(self.steps)

    def _slot(self, value: Value) -> int:
        if value not in self._slots:
            self._slots[value] = len(self._slots)
            if value.array is not None:
                self._constants.append((self._slots[value], value.array.view(np.ndarray)))
        return self._slots[value]

    def _last_uses(self, reads: list[tuple[int, ...]], writes: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
        """For each step, the slots that no later step needs."""
        needed = {slot for slot in self._outputs if slot is not None} | {slot for _, slot in self._updates}
        needed |= {slot for slot, _ in self._constants}
        frees = []
        for read, written in zip(reversed(reads), reversed(writes), strict=True):
            free = {*read, *written} - needed
            needed |= free
            frees.append(tuple(free))
        return frees[::-1]

    def __call__(self, *inputs: np.ndarray, observer: Observer | None = None) -> list[Any]:
        """Run the program once.

        Args:
            inputs: One array per graph input, of its shape and dtype.
            observer: Called after each node; None costs nothing.
        """
        values: list[Any] = [None] * len(self._slots)
        for slot, array in self._constants:
            values[slot] = array
        for slot, variable in self._variables:
            values[slot] = variable.array.view(np.ndarray)
        self._feed(values, inputs)
        # Division by zero and overflow are visible in the results; NumPy's warnings would only repeat that.
        with np.errstate(all="ignore"):
            for step in self.steps:
                self._take(step, values, observer)
        new = [values[slot].copy() if slot in self._outputs else _own(values[slot]) for _, slot in self._updates]
        with Journal():
            for (variable, _), array in zip(self._updates, new, strict=True):
                variable.set_array(array)
        return [value if slot is None else _own(values[slot]) for slot, value in zip(self._outputs, self.graph.outputs, strict=True)]

    def run_steps(
        self, data: Sequence[np.ndarray], rows: np.ndarray | None, first: int, batch_size: int, steps: int, seconds: float
    ) -> int:
        """Run over batches of rows; see `Program.run_steps`."""
        return run_steps_one_by_one(self, data, rows, first, batch_size, steps, seconds)

    def stations(self) -> list[StationReport]:
        """The stations: one per node."""
        return [self._report(i, step.node) for i, step in enumerate(self.steps)]

    def _report(self, index: int, node: Node) -> StationReport:
        cost = node.primitive.cost([v.spec for v in node.inputs], [v.spec for v in node.outputs], **node.attributes)
        shape = ", ".join(str(value.spec) for value in node.outputs)
        seconds = self._seconds[index] / self._runs if self._runs else None
        return StationReport(
            index, (who(node),), (node.primitive.name,), shape, cost.flops, cost.bytes, "an array of its own", False, seconds
        )

    def plan_text(self, stage: str) -> str:
        """The graph as text at every stage: no pass changes it."""
        return str(self.graph)

    def measure(self, steps: int) -> None:
        """Time each node over some runs on zeros; variables are restored afterwards."""
        inputs = [np.zeros(value.spec.shape, dtypes.numpy_dtype(value.spec.dtype)) for value in self.graph.inputs]
        place = {step.node: i for i, step in enumerate(self.steps)}
        before = {variable: variable.array for variable in self.graph.writes}

        def note(node: Node, arrays: tuple[np.ndarray, ...], seconds: float) -> None:
            self._seconds[place[node]] += seconds

        for _ in range(steps):
            self(*inputs, observer=note)
        self._runs += steps
        for variable, array in before.items():
            variable.set_array(array)

    def _feed(self, values: list[Any], inputs: tuple[np.ndarray, ...]) -> None:
        for slot, expected, array in zip(self._inputs, self.graph.inputs, inputs, strict=True):
            if array.shape != expected.shape:
                raise ShapeError(
                    f"an input of shape {array.shape}",
                    f"shape {expected.shape}, for which the graph was traced",
                    "trace again for the new shape",
                )
            values[slot] = array.view(np.ndarray)

    @staticmethod
    def _take(step: Step, values: list[Any], observer: Observer | None) -> None:
        node = step.node
        start = clock() if observer is not None else 0.0
        with adopt(node.origin):
            try:
                result = node.primitive.forward(np, *[values[slot] for slot in step.reads], **node.attributes)
            except MemoryError as error:
                raise shortage(node.primitive, [value.spec for value in node.inputs], node.attributes, where=node.call) from error
        results = result if isinstance(result, tuple) else (result,)
        for slot, array in zip(step.writes, results, strict=True):
            # NumPy gives scalars, not arrays, for results without axes.
            values[slot] = array if isinstance(array, np.ndarray) else np.asarray(array)
        if observer is not None:
            observer(node, tuple(values[slot] for slot in step.writes), clock() - start)
        for slot in step.frees:
            values[slot] = None


def _own(array: np.ndarray) -> np.ndarray:
    """The array, copied if it is a view: its memory might belong to a batch of the user or to a variable."""
    return array if array.base is None and array.flags.writeable else array.copy()


class ReferenceEngine:
    """Compiles graphs to `ReferenceProgram`s."""

    name = "reference"

    def workspace(self) -> None:
        """None: each run allocates its arrays."""

    def compile(self, graph: Graph, workspace: None = None) -> ReferenceProgram:
        """A program that computes the graph with NumPy."""
        return ReferenceProgram(graph)

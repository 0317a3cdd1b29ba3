"""The interface of every engine: it turns a graph into a program that runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from glassworks.graph import Graph, Node
from glassworks.memory import require

# Called after each node with its results and the seconds that it took.
Observer = Callable[[Node, tuple[np.ndarray, ...], float], None]

clock = time.perf_counter

# The stages of a plan: one after each pass of an engine that plans.
STAGES = ("lowered", "simplified", "fused", "tiled", "scheduled", "placed")


class StationReport(NamedTuple):
    """One station of a program: a step of it that is timed by itself.

    Attributes:
        wave: Stations of one wave may run at the same time.
        layers: The layers (or optimizer, loss, metric) that it belongs to.
        ops: The ops that it computes, in order.
        shape: The shape of its results, as text.
        flops, bytes: The arithmetic operations, and the bytes read and written outside the station.
        place: The kind of memory that holds its results.
        threads: Whether all threads share the work.
        seconds: Mean time of one run; None until measured.
        layer_flops: The arithmetic operations of each of the layers.
    """

    wave: int
    layers: tuple[str, ...]
    ops: tuple[str, ...]
    shape: str
    flops: int
    bytes: int
    place: str
    threads: bool
    seconds: float | None
    layer_flops: tuple[int, ...] = ()


class Program(Protocol):
    """An executable graph."""

    graph: Graph

    @property
    def bytes(self) -> int:
        """The approximate memory that the program itself takes."""
        ...

    def __call__(self, *inputs: np.ndarray, observer: Observer | None = None) -> list[Any]:
        """Run once: read variables, return the graph's flat outputs, leave the new values in the variables."""
        ...

    def run_steps(
        self, data: Sequence[np.ndarray], rows: np.ndarray | None, first: int, batch_size: int, steps: int, seconds: float
    ) -> int:
        """Run over consecutive batches of rows until the steps are done or the time is over; return the number of steps done.

        Args:
            data: For each input of the graph, an array whose rows are the samples.
            rows: The order of the samples (int64), or None to keep their order.
            first: The position in that order to begin with.
            batch_size: Rows in a batch.
            steps: The largest number of batches to run.
            seconds: The time after which no further step begins; one step is always run.
        """
        ...

    def stations(self) -> list[StationReport]:
        """The stations in order; with times after `measure`."""
        ...

    def plan_text(self, stage: str) -> str:
        """The plan after one of `STAGES`, as text."""
        ...

    def measure(self, steps: int) -> None:
        """Time each station over some runs on zeros; variables are restored afterwards."""
        ...


class Engine(Protocol):
    """Compiles graphs to programs."""

    name: str

    def workspace(self) -> Any:
        """Memory to be shared by programs that run one at a time; None if the engine needs none."""
        ...

    def compile(self, graph: Graph, workspace: Any = None) -> Program:
        """A program that computes the graph, in a workspace that it shares with others."""
        ...


def require_room(graph: Graph) -> None:
    """Raise an error if a value of a graph does not fit into memory, before the graph is planned or run.

    Raises:
        MemoryShortageError: It names the op, the layer and the size.
    """
    values = [value for node in graph.nodes() for value in node.outputs]
    largest = max(values, key=lambda value: value.spec.bytes, default=None)
    if largest is not None and largest.node is not None:
        node = largest.node
        found = f"{node.primitive.name} for {who(node) or 'the outputs'!r} gives {largest.spec}"
        require(largest.spec.bytes, found, "use smaller batches (batch_size=...) or smaller sizes", where=node.call or None)


def who(node: Node) -> str:
    """The layer that a node belongs to, or the optimizer, loss or metric."""
    suffix = " (gradient)" if node.is_gradient else ""
    layers = [frame.name for frame in node.origin if frame.kind == "layer"]
    if layers:
        return layers[-1] + suffix
    others = [frame for frame in node.origin if frame.kind not in ("ops", "gradient", "model", "data")]
    return f"{others[-1].kind} {others[-1].name}{suffix}" if others else ""


def run_steps_one_by_one(
    program: Program, data: Sequence[np.ndarray], rows: np.ndarray | None, first: int, batch_size: int, steps: int, seconds: float
) -> int:
    """`Program.run_steps` for programs that can only run single steps."""
    end = clock() + seconds
    for step in range(steps):
        start = first + step * batch_size
        chosen = slice(start, start + batch_size) if rows is None else rows[start : start + batch_size]
        program(*(array[chosen] for array in data))
        if clock() > end:
            return step + 1
    return steps

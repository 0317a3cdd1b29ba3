"""What every engine offers: turn a graph into a program that runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from glassworks.graph import Graph, Node

# Called after each node with the arrays it made and the seconds it took.
Observer = Callable[[Node, tuple[np.ndarray, ...], float], None]

clock = time.perf_counter


class Program(Protocol):
    """A graph made ready to run."""

    graph: Graph

    def __call__(self, *inputs: np.ndarray, observer: Observer | None = None) -> list[Any]:
        """Run once: read variables, return the graph's flat outputs, leave the new values in the variables."""
        ...

    def run_steps(self, data: Sequence[np.ndarray], rows: np.ndarray | None, first: int, batch_size: int, steps: int, seconds: float) -> int:
        """Run over one batch of rows after the other, until the steps are done or the time is over; how many were done.

        Args:
            data: For each input of the graph, an array whose rows are the samples.
            rows: The order of the samples (int64), or None for as they stand.
            first: Where in that order to begin.
            batch_size: Rows in a batch.
            steps: The most batches to run.
            seconds: The time after which no further step begins; one step is always run.
        """
        ...


class Engine(Protocol):
    """Makes programs of graphs."""

    name: str

    def compile(self, graph: Graph) -> Program:
        """A program that computes the graph."""
        ...


def run_steps_one_by_one(
    program: Program, data: Sequence[np.ndarray], rows: np.ndarray | None, first: int, batch_size: int, steps: int, seconds: float
) -> int:
    """`Program.run_steps` for programs that know single steps only."""
    end = clock() + seconds
    for step in range(steps):
        start = first + step * batch_size
        chosen = slice(start, start + batch_size) if rows is None else rows[start : start + batch_size]
        program(*(array[chosen] for array in data))
        if clock() > end:
            return step + 1
    return steps

"""What every engine offers: turn a graph into a program that runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np

from glassworks.graph import Graph, Node

# Called after each node with the arrays it made and the seconds it took.
Observer = Callable[[Node, tuple[np.ndarray, ...], float], None]

clock = time.perf_counter


class Feed(NamedTuple):
    """Where the rows of one input of a program come from."""

    array: np.ndarray


class Program(Protocol):
    """A graph made ready to run."""

    graph: Graph

    def __call__(self, *inputs: np.ndarray, observer: Observer | None = None) -> list[Any]:
        """Run once: read variables, return the graph's flat outputs, leave the new values in the variables."""
        ...


class Engine(Protocol):
    """Makes programs of graphs."""

    name: str

    def compile(self, graph: Graph) -> Program:
        """A program that computes the graph."""
        ...

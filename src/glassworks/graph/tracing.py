"""Tracing: run a Python function once on symbolic values and keep the graph it describes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from glassworks import tree
from glassworks.context import context
from glassworks.graph.graph import Graph
from glassworks.graph.spec import Spec
from glassworks.graph.value import Value
from glassworks.graph.variable import Variable

if TYPE_CHECKING:
    from glassworks.typing import Tensor


class Trace:
    """The variables that a function under trace reads and writes, and the arrays that a tape watches. Used as a context manager."""

    def __init__(self) -> None:
        self.reads: dict[Variable, Value] = {}
        self.writes: dict[Variable, Value] = {}
        # The id of an array -> the array, so that its id is not reused, and the constant of the graph that stands for it.
        self._watched: dict[int, tuple[np.ndarray, Value]] = {}

    def read(self, variable: Variable) -> Value:
        """The value that stands for the variable at this point: what was last written, else its start value."""
        if variable in self.writes:
            return self.writes[variable]
        if variable not in self.reads:
            self.reads[variable] = Value(variable.spec, name=variable.path)
        return self.reads[variable]

    def write(self, variable: Variable, value: Tensor | np.ndarray) -> None:
        """Make the graph leave this value in the variable."""
        self.writes[variable] = value if isinstance(value, Value) else Value.constant(np.asarray(value))

    def watch(self, array: np.ndarray) -> None:
        """Let one constant stand for an array wherever it is used, so that there is a gradient for it."""
        self._watched.setdefault(id(array), (array, Value.constant(array)))

    def watched(self, operand: object) -> Value | None:
        """The constant that stands for an array that is watched; None for anything else."""
        return self._watched[id(operand)][1] if id(operand) in self._watched else None

    def __enter__(self) -> Trace:
        context.traces.append(self)
        return self

    def __exit__(self, *_exception: object) -> None:
        context.traces.pop()


def trace(function: Callable, *arguments: Any, name: str = "") -> Graph:
    """The graph of a function.

    Args:
        function: Written with ops and variables; called once.
        arguments: A structure of `Spec` per argument; leaves that are not a `Spec` are passed as they are.
        name: What the graph is called when printed.

    >>> from glassworks import ops
    >>> print(trace(lambda x: ops.multiply(x, x), Spec((2,), "float32")))
    graph (%0: float32[2])
      %1 = multiply(%0, %0)  float32[2]  ops.multiply
      return %1
    """
    inputs: list[Value] = []

    def to_value(leaf: object) -> Any:
        if isinstance(leaf, Spec):
            inputs.append(Value(leaf))
            return inputs[-1]
        return leaf

    symbolic = [_map_specs(to_value, argument) for argument in arguments]
    with Trace() as recorded:
        result = function(*symbolic)
    flat = [_as_value(leaf, recorded) for leaf in tree.flatten(result)]
    return Graph(inputs, flat, result, dict(recorded.reads), dict(recorded.writes), name)


def _as_value(leaf: Any, recorded: Trace) -> Any:
    if isinstance(leaf, Variable):
        return recorded.read(leaf)
    if isinstance(leaf, Value) or leaf is None:
        return leaf
    from_array = getattr(leaf, "dtype", None) is not None
    return Value.constant(leaf) if from_array else leaf


def _map_specs(function: Callable, structure: object) -> Any:
    # A Spec is a tuple too, so the walk must stop at it.
    if isinstance(structure, Spec):
        return function(structure)
    if isinstance(structure, dict):
        mapped = {key: _map_specs(function, structure[key]) for key in tree.sorted_keys(structure)}
        return type(structure)((key, mapped[key]) for key in structure)
    if isinstance(structure, (list, tuple)):
        return type(structure)(_map_specs(function, child) for child in structure)
    return function(structure)

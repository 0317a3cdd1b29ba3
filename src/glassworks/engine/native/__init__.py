"""The native engine: a planner in Python and a compiled core that runs whole training steps in one call."""

from __future__ import annotations

from glassworks.engine.native import core
from glassworks.engine.native.program import NativeProgram
from glassworks.graph import Graph


class NativeEngine:
    """Makes `NativeProgram`s."""

    name = "native"

    def compile(self, graph: Graph) -> NativeProgram:
        """A program of stations that the core runs."""
        return NativeProgram(graph)


def available() -> bool:
    """Whether the core was built."""
    return core.available()

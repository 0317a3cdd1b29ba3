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


def missing() -> str | None:
    """Why there is no core, in words: "no C++ compiler was found when it was installed". None where there is one."""
    return core.missing

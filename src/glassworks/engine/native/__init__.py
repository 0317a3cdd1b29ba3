"""The native engine: a planner in Python and a compiled core that runs whole training steps in one call."""

from __future__ import annotations

from glassworks.engine.native import core
from glassworks.engine.native.program import NativeProgram
from glassworks.engine.native.workspace import Workspace
from glassworks.graph import Graph


class NativeEngine:
    """Makes `NativeProgram`s."""

    name = "native"

    def workspace(self) -> Workspace:
        """Memory that programs which run one at a time can share."""
        return Workspace()

    def compile(self, graph: Graph, workspace: Workspace | None = None) -> NativeProgram:
        """A program of stations that the core runs."""
        return NativeProgram(graph, workspace)


def available() -> bool:
    """Whether the core was built."""
    return core.available()

"""Which engine runs: the one asked for by `config.set_engine` or GLASSWORKS_ENGINE, else the fastest that is there."""

from __future__ import annotations

import functools
from typing import Any

from glassworks import config, environment
from glassworks.engine import native
from glassworks.engine.base import Engine, Program
from glassworks.engine.reference import ReferenceEngine
from glassworks.errors import warn
from glassworks.graph import Graph

ENGINES: dict[str, Engine] = {"reference": ReferenceEngine()}
if native.available():
    ENGINES["native"] = native.NativeEngine()


def choose() -> Engine:
    """The engine that new programs are made for."""
    name = config.requested_engine()
    if name == "auto":
        return ENGINES["native"] if "native" in ENGINES else _without_native()
    if name not in ENGINES:
        environment.require_native_core("GLASSWORKS_ENGINE")
    return ENGINES[name]


def compile_graph(graph: Graph, workspace: Any = None) -> Program:
    """A program for the chosen engine, in a workspace of that engine."""
    return choose().compile(graph, workspace)


def compile_by_node(graph: Graph) -> Program:
    """A program that runs node by node, whatever engine is chosen, and shows an observer the arrays of each."""
    return ENGINES["reference"].compile(graph)


@functools.cache
def _without_native() -> Engine:
    """The reference engine, and one line that says what is missing. Asked for by name, it says nothing."""
    warn(
        f"the native engine is missing: {environment.why_native_is_missing()}. The reference engine runs, many times slower. "
        f"{environment.HOW_TO_GET_NATIVE}, or silence this with GLASSWORKS_ENGINE=reference"
    )
    return ENGINES["reference"]

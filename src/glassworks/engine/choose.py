"""Which engine runs: the one asked for by `config.set_engine` or GLASSWORKS_ENGINE, else the fastest that is there."""

from __future__ import annotations

from glassworks import config
from glassworks.engine.base import Engine, Program
from glassworks.engine import native
from glassworks.engine.reference import ReferenceEngine
from glassworks.errors import ArgumentError, suggest
from glassworks.graph import Graph

ENGINES: dict[str, Engine] = {"reference": ReferenceEngine()}
if native.available():
    ENGINES["native"] = native.NativeEngine()


def choose() -> Engine:
    """The engine that new programs are made for."""
    name = config.engine()
    if name == "auto":
        return ENGINES.get("native", ENGINES["reference"])
    if name not in ENGINES:
        raise ArgumentError(f"engine {name!r}", "an engine that is installed", suggest(name, [*ENGINES, "auto"]), where="config.set_engine")
    return ENGINES[name]


def compile_graph(graph: Graph) -> Program:
    """A program for the chosen engine."""
    return choose().compile(graph)

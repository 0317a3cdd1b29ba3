"""Which engine runs: the one asked for by `config.set_engine` or GLASSWORKS_ENGINE, else the fastest that is there."""

from __future__ import annotations

import functools

from glassworks import config
from glassworks.engine import native
from glassworks.engine.base import Engine, Program
from glassworks.engine.reference import ReferenceEngine
from glassworks.errors import ArgumentError, suggest, warn
from glassworks.graph import Graph

HOW_TO_GET_NATIVE = "Install a C++ compiler (GCC or Clang) and reinstall glassworks without GLASSWORKS_PURE"

ENGINES: dict[str, Engine] = {"reference": ReferenceEngine()}
if native.available():
    ENGINES["native"] = native.NativeEngine()


def choose() -> Engine:
    """The engine that new programs are made for."""
    name = config.engine()
    if name == "auto":
        return ENGINES["native"] if "native" in ENGINES else _without_native()
    if name == "native" and name not in ENGINES:
        found = f"engine 'native', which is missing: {native.missing()}"
        raise ArgumentError(found, "an engine that is installed", f"{HOW_TO_GET_NATIVE}, or use 'reference'", where="config.set_engine")
    if name not in ENGINES:
        raise ArgumentError(f"engine {name!r}", "an engine that is installed", suggest(name, [*ENGINES, "auto"]), where="config.set_engine")
    return ENGINES[name]


def compile_graph(graph: Graph) -> Program:
    """A program for the chosen engine."""
    return choose().compile(graph)


@functools.cache
def _without_native() -> Engine:
    """The reference engine, and one line that says what is missing. Asked for by name, it says nothing."""
    warn(
        f"the native engine is missing: {native.missing()}. The reference engine runs, many times slower. "
        f"{HOW_TO_GET_NATIVE}, or silence this with GLASSWORKS_ENGINE=reference"
    )
    return ENGINES["reference"]

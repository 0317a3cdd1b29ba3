"""The choice of the engine: the one set by `config.set_engine` or GLASSWORKS_ENGINE, else the fastest available one."""

from __future__ import annotations

import functools

from glassworks import environment
from glassworks.engine import native
from glassworks.engine.base import Engine, Program
from glassworks.engine.native import core
from glassworks.engine.reference import ReferenceEngine
from glassworks.errors import warn
from glassworks.graph import Graph

ENGINES: dict[str, Engine] = {"reference": ReferenceEngine()}
if native.available():
    ENGINES["native"] = native.NativeEngine()
_requested = environment.engine()


def engine() -> str:
    """The engine in use: `"native"` or `"reference"`, also if `"auto"` was requested.

    >>> engine() in ("native", "reference")
    True
    """
    return _requested if _requested != "auto" else "native" if "native" in ENGINES else "reference"


def requested_engine() -> str:
    """The engine asked for by `set_engine` or GLASSWORKS_ENGINE: `"auto"` (native where it was built), `"native"` or `"reference"`.

    >>> before = requested_engine()
    >>> set_engine("auto")
    >>> requested_engine()
    'auto'
    >>> set_engine(before)
    """
    return _requested


def set_engine(name: str) -> None:
    """Choose the engine that runs training, evaluation and prediction; the environment variable is GLASSWORKS_ENGINE.

    Args:
        name: `"auto"`, `"native"` or `"reference"`.

    Raises:
        ArgumentError: The name is unknown, or the native engine was not built.

    >>> before = requested_engine()
    >>> set_engine("reference")
    >>> engine()
    'reference'
    >>> set_engine(before)
    """
    global _requested
    environment.known_engine(name, "name", "config.set_engine")
    if name == "native":
        core.require("config.set_engine")
    _requested = name


def choose() -> Engine:
    """The engine that compiles new programs."""
    name = requested_engine()
    if name == "auto":
        return ENGINES["native"] if "native" in ENGINES else _without_native()
    if name not in ENGINES:
        core.require("GLASSWORKS_ENGINE")
    return ENGINES[name]


def compile_graph(graph: Graph, workspace: object = None) -> Program:
    """Compile a graph with the chosen engine, in a workspace of that engine."""
    return choose().compile(graph, workspace)


def compile_by_node(graph: Graph) -> Program:
    """Compile a graph to a program that runs node by node with any engine, and passes the arrays of each node to an observer."""
    return ENGINES["reference"].compile(graph)


@functools.cache
def _without_native() -> Engine:
    """The reference engine; unless it was requested by name, a line says why the native engine is missing."""
    warn(
        f"the native engine is missing: {core.why_missing}. The reference engine runs, many times slower. "
        f"{core.HOW_TO_GET_NATIVE}, or silence this with GLASSWORKS_ENGINE=reference"
    )
    return ENGINES["reference"]

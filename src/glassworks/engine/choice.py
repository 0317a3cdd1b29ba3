"""Which engine runs: the one asked for by `config.set_engine` or GLASSWORKS_ENGINE, else the fastest that is there."""

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
    """The engine that runs: `"native"` or `"reference"`. Of `"auto"`, it is the one that this comes to.

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
        ArgumentError: There is none of this name, or the native engine was not built.

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
    """The engine that new programs are made for."""
    name = requested_engine()
    if name == "auto":
        return ENGINES["native"] if "native" in ENGINES else _without_native()
    if name not in ENGINES:
        core.require("GLASSWORKS_ENGINE")
    return ENGINES[name]


def compile_graph(graph: Graph, workspace: object = None) -> Program:
    """A program for the chosen engine, in a workspace of that engine."""
    return choose().compile(graph, workspace)


def compile_by_node(graph: Graph) -> Program:
    """A program that runs node by node, whatever engine is chosen, and shows an observer the arrays of each."""
    return ENGINES["reference"].compile(graph)


@functools.cache
def _without_native() -> Engine:
    """The reference engine, and one line that says what is missing. Asked for by name, it says nothing."""
    warn(
        f"the native engine is missing: {core.why_missing}. The reference engine runs, many times slower. "
        f"{core.HOW_TO_GET_NATIVE}, or silence this with GLASSWORKS_ENGINE=reference"
    )
    return ENGINES["reference"]

"""One engine that stands for all: each graph is traced once and then run by whichever engine is switched on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from glassworks import config
from glassworks.engine.choice import ENGINES
from glassworks.engine.native.core import native as core
from glassworks.graph import Graph
from tests.fuzz.oracle import Noise, disturbed


class Switch:
    """The engine; `kind` says which engine runs: `"reference"`, `"native"`, or `"noisy"` with a seed and an amplitude."""

    def __init__(self, engines: dict[str, Any]) -> None:
        self.engines, self.name = engines, "native" if "native" in engines else "reference"
        self.kind, self.noise = "reference", Noise()

    def use(self, kind: str, seed: int = 0, amplitude: float = 1.5, threads: int = 1, flush: bool = False) -> None:
        """Switch to another engine for all programs, those made before included."""
        self.kind = "native" if kind == "native" else "reference"
        self.noise.flush = flush
        self.noise.amplitude, self.noise.rng = amplitude if kind == "noisy" else 0.0, np.random.default_rng(seed)
        if core is not None:
            config.set_num_threads(threads)

    def workspace(self) -> dict[str, Any]:
        """The workspaces of all engines."""
        return {name: engine.workspace() for name, engine in self.engines.items()}

    def compile(self, graph: Graph, workspace: dict[str, Any] | None = None) -> SwitchProgram:
        """A program that is compiled for each engine when that first runs it."""
        return SwitchProgram(self, graph, workspace or {})


class SwitchProgram:
    """A graph with its programs on all engines."""

    def __init__(self, switch: Switch, graph: Graph, workspace: dict[str, Any]) -> None:
        self._workspace = workspace
        self.graph, self._switch, self._programs = graph, switch, dict[tuple[str, str], Any]()

    def _current(self) -> Any:
        switch = self._switch
        # A native program keeps to the instruction set that it was made for.
        key = (switch.kind, core.isa() if switch.kind == "native" else "")
        if key not in self._programs:
            if switch.kind == "native":
                self._programs[key] = switch.engines["native"].compile(self.graph, self._workspace.get("native"))
            else:
                self._programs[key] = disturbed(self.graph, switch.noise)
        return self._programs[key]

    def __call__(self, *inputs: np.ndarray, **options: Any) -> Any:
        return self._current()(*inputs, **options)

    def run_steps(self, *arguments: Any) -> int:
        """As `Program.run_steps`."""
        return self._current().run_steps(*arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._current(), name)


@contextmanager
def switched() -> Iterator[Switch]:
    """A `with` block in which all programs are made for a switch, which takes the place of an engine."""
    before, threads = config.engine(), config.num_threads()
    switch = Switch(dict(ENGINES))
    ENGINES[switch.name] = switch
    config.set_engine(switch.name)
    try:
        yield switch
    finally:
        config.set_engine(before)
        ENGINES.update(switch.engines)
        if core is not None:
            config.set_num_threads(threads)

"""The programs of a model: its training, test and predict steps, traced once per shape of batch.

A step is `model.train_step(data)` (or `test_step`, `predict_step`) under trace: forward pass, loss, penalties,
gradients, update and metrics become one graph, which an engine runs in one call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from glassworks import tree
from glassworks.engine import Observer, Program, choose, compile_graph
from glassworks.errors import warn
from glassworks.graph import Graph, Spec, trace

# As many programs are kept; and after so many shapes of batches, a warning says what changes.
MOST_PROGRAMS, MANY_SHAPES = 64, 8
MODES = ("train", "test", "predict")


class Programs:
    """Programs by mode and batch signature.

    Args:
        step: `step(mode, data)` runs one step of a mode under trace and returns its logs or predictions.
        results: Returns the current metric values under trace.
        keeps_logs: Whether a mode's logs must come out of the step itself, because the user wrote it.
    """

    def __init__(self, step: Callable, results: Callable, keeps_logs: Callable[[str], bool]) -> None:
        self._step, self._results, self._keeps_logs = step, results, keeps_logs
        self._programs: dict[Any, Program] = {}
        self._result_program: tuple[Any, Program] | None = None
        self.last: dict[str, Program] = {}
        self.typical: dict[str, Program] = {}  # not the one for the smaller batch at the end of an epoch
        self.few: dict[Any, Program] = {}  # programs for predictions on a few rows, by shape, dtype and engine

    def program(self, mode: str, data: Any, state: Any) -> Program:
        """The program of a mode for batches shaped like this one; `state` says what else it depends on."""
        specs = tree.map_structure(_spec, data)
        key = (mode, choose().name, state, _key(specs))
        if key not in self._programs:
            self._programs[key] = compile_graph(self.graph(mode, data))
            self._note_shapes(mode, key)
        self.last[mode] = program = self._programs[key]
        if mode not in self.typical or _rows(program) >= _rows(self.typical[mode]):
            self.typical[mode] = program
        return program

    def _note_shapes(self, mode: str, key: Any) -> None:
        """Warn if batches keep coming in new shapes, each of which needs a program of its own; forget the oldest programs."""
        while len(self._programs) > MOST_PROGRAMS:
            del self._programs[next(iter(self._programs))]
        kinds = [specs for other_mode, engine, state, specs in self._programs if (other_mode, engine, state) == key[:3]]
        if len(kinds) != MANY_SHAPES:
            return
        shapes = [[spec.shape for spec in _specs(specs)] for specs in kinds]
        changing = []
        for i, name in enumerate(("x", "y", "sample_weight")):
            axes = zip(*(one[i] for one in shapes if i < len(one)), strict=False)
            changing += [f"axis {axis} of {name} had sizes {_listed(sizes)}" for axis, sizes in enumerate(axes) if len(set(sizes)) > 2]
        cause = "; ".join(changing) or "their structure or dtype changes"
        warn(
            f"batches came in {MANY_SHAPES} different shapes for {mode} steps, and each new shape is planned anew: {cause}. "
            "Pad to a few fixed sizes (utils.pad_sequences), or drop the last, smaller batch"
        )

    def graph(self, mode: str, data: Any) -> Graph:
        """The graph of one step of a mode, for batches shaped like `data`."""
        specs = tree.map_structure(_spec, data)
        graph = trace(lambda batch: self._step(mode, batch), specs, name=f"{mode} step")
        if mode != "predict" and not self._keeps_logs(mode):
            # Metric values are asked for now and then, not at each step: a program of their own gives them.
            graph = Graph(graph.inputs, [], [], graph.reads, graph.writes, graph.name)
        return graph

    def run(self, program: Program, data: Any, observer: Observer | None = None) -> Any:
        """Run a step on a batch; its logs or predictions in the structure the step returned."""
        arrays = [leaf for leaf in tree.flatten(data) if leaf is not None]
        return program.graph.pack(program(*arrays, observer=observer))

    def results(self) -> dict[str, Any]:
        """The current metric values, as arrays."""
        key = choose().name
        if self._result_program is None or self._result_program[0] != key:
            self._result_program = (key, compile_graph(trace(self._results, name="metric results")))
        program = self._result_program[1]
        return program.graph.pack(program())


def _rows(program: Program) -> int:
    inputs = program.graph.inputs
    return inputs[0].shape[0] if inputs and inputs[0].shape else 0


def _specs(key: Any) -> list[Spec]:
    if isinstance(key, Spec):
        return [key]
    return [spec for part in key for spec in _specs(part)] if isinstance(key, tuple) else []


def _listed(sizes: tuple) -> str:
    return ", ".join(str(size) for size in sorted(set(sizes)))


def _spec(leaf: Any) -> Any:
    return None if leaf is None else Spec(leaf.shape, leaf.dtype.name)


def _key(structure: Any) -> Any:
    if isinstance(structure, Spec) or structure is None:
        return structure
    if isinstance(structure, dict):
        return tuple((name, _key(value)) for name, value in sorted(structure.items()))
    return tuple(_key(value) for value in structure)


def signature(data: Any) -> tuple:
    """Shapes and dtypes of a batch, quickly: the key of the inner loop."""
    return tuple((a.shape, a.dtype) if isinstance(a, np.ndarray) else None for a in tree.flatten(data))

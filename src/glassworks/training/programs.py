"""The programs of a model: its training, test and predict steps, traced once per shape of batch.

A step is `model.train_step(data)` (or `test_step`, `predict_step`) under trace: forward pass, loss, penalties,
gradients, update and metrics become one graph, which an engine runs in one call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from glassworks import tree
from glassworks.engine import CachedProgram, Observer, Program, ProgramCache, signature_of
from glassworks.errors import warn
from glassworks.graph import Graph, KerasTensor, Spec, trace
from glassworks.training.data.base import Batch

# After this number of shapes of batches, a warning says what changes.
MANY_SHAPES = 8
MODES = ("train", "test", "predict")


class Programs:
    """Programs by mode and batch signature.

    Args:
        step: `step(mode, data)` runs one step of a mode under trace and returns its logs or predictions.
        results: Returns the current metric values under trace.
        keeps_logs: Whether a mode's logs must come out of the step itself, because the user wrote it.

    Attributes:
        cache: The programs.
        last: The program used last, by mode.
        typical: As `last`, without programs for the smaller batch at the end of an epoch.
        inputs: Symbols for the inputs that were last predicted on, in their structure.
    """

    def __init__(self, step: Callable, results: Callable, keeps_logs: Callable[[str], bool]) -> None:
        self._step, self._results, self._keeps_logs = step, results, keeps_logs
        self.cache = ProgramCache()
        self.last: dict[str, CachedProgram] = {}
        self.typical: dict[str, CachedProgram] = {}
        self.inputs: Any = None
        self._shapes: dict[str, set[Any]] = {mode: set() for mode in MODES}

    def program(self, mode: str, data: Batch) -> Program:
        """The program of a mode for batches shaped like this one."""
        return self.cached(mode, data).program

    def cached(self, mode: str, data: Any) -> CachedProgram:
        """The program of a mode with its guard; see `program`."""
        specs = tree.map_structure(_spec, data)
        cached = self.cache.find((mode, signature_of(specs)), lambda: self.graph(mode, data))
        self._note_shapes(mode, specs)
        if mode == "predict" and cached is not self.last.get(mode):
            self.inputs = tree.map_structure(lambda a: None if a is None else KerasTensor((None, *a.shape[1:]), a.dtype.name), data[0])
        self.last[mode] = cached
        typical = self.typical.get(mode)
        if typical is None or _rows(cached.program) >= _rows(typical.program) or not typical.guard.holds():
            self.typical[mode] = cached
        return cached

    def _note_shapes(self, mode: str, specs: object) -> None:
        """Warn if batches keep coming in new shapes, each of which needs a separate program."""
        kinds = self._shapes[mode]
        if len(kinds) == MANY_SHAPES:
            return
        kinds.add(tuple(_specs(specs)))
        if len(kinds) < MANY_SHAPES:
            return
        shapes = [[spec.shape for spec in one] for one in kinds]
        changing = []
        for i, name in enumerate(("x", "y", "sample_weight")):
            axes = zip(*(one[i] for one in shapes if i < len(one)), strict=False)
            changing += [f"axis {axis} of {name} had sizes {_listed(sizes)}" for axis, sizes in enumerate(axes) if len(set(sizes)) > 2]
        cause = "; ".join(changing) or "their structure or dtype changes"
        warn(
            f"batches came in {MANY_SHAPES} different shapes for {mode} steps, and each new shape needs a new plan: {cause}. "
            "Pad to a few fixed sizes (utils.pad_sequences), or drop the last, smaller batch"
        )

    def graph(self, mode: str, data: Batch) -> Graph:
        """The graph of one step of a mode, for batches shaped like `data`."""
        specs = tree.map_structure(_spec, data)
        graph = trace(lambda batch: self._step(mode, batch), specs, name=f"{mode} step")
        if mode != "predict" and not self._keeps_logs(mode):
            # Metric values are needed only from time to time, not at each step: a separate program computes them.
            graph = Graph(graph.inputs, [], [], graph.reads, graph.writes, graph.name)
        return graph

    def run(self, program: Program, data: Batch, observer: Observer | None = None) -> Any:
        """Run a step on a batch; its logs or predictions in the structure the step returned."""
        arrays = [leaf for leaf in tree.flatten(data) if leaf is not None]
        return program.graph.pack(program(*arrays, observer=observer))

    def results(self) -> dict[str, Any]:
        """The current metric values, as arrays."""
        cached = self.cache.find("results", lambda: trace(self._results, name="metric results"))
        return cached.program.graph.pack(cached.program())


def _rows(program: Program) -> int:
    inputs = program.graph.inputs
    return inputs[0].shape[0] if inputs and inputs[0].shape else 0


def _specs(structure: Any) -> list[Spec]:
    if isinstance(structure, Spec):
        return [structure]
    parts = structure.values() if isinstance(structure, dict) else structure
    return [] if structure is None else [spec for part in parts for spec in _specs(part)]


def _listed(sizes: tuple) -> str:
    return ", ".join(str(size) for size in sorted(set(sizes)))


def _spec(leaf: Any) -> Any:
    return None if leaf is None else Spec(leaf.shape, leaf.dtype.name)

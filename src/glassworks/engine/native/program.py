"""`NativeProgram`: a graph planned and run by the compiled core."""

from __future__ import annotations

import math
import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks import dtypes
from glassworks.context import context
from glassworks.engine.base import Observer, StationReport
from glassworks.engine.native import verify
from glassworks.engine.native.codegen.emit import emit, listing
from glassworks.engine.native.codegen.target import current_target
from glassworks.engine.native.ir.ops import PythonCall
from glassworks.engine.native.ir.values import Storage
from glassworks.engine.native.passes.pipeline import make_plan
from glassworks.engine.native.report import reports
from glassworks.engine.native.workspace import Workspace
from glassworks.errors import GraphError, MemoryShortageError, ShapeError
from glassworks.graph import Graph, optimize
from glassworks.memory import in_words, require
from glassworks.scope import adopt

# A run that is expected to take less than this is done by the calling thread alone.
INLINE_NANOSECONDS = 60_000
# What Python keeps of a planned operation, measured: its nodes, values, storages and place in the plan.
_BYTES_PER_OP = 3000


class NativeProgram:
    """A graph as a program of stations.

    Args:
        graph: Any graph whose sizes are known. Ops without a kernel run by their reference forward.
        workspace: Shared with programs that do not run at the same time as this one.
    """

    def __init__(self, graph: Graph, workspace: Workspace | None = None) -> None:
        workspace = Workspace() if workspace is None else workspace
        self.graph = optimize(graph)
        self.plan = plan = make_plan(self.graph, current_target(), workspace.derived)
        verify.verify_order(([group.ops for group in wave] for wave in plan.waves), [*plan.inputs, *plan.reads.values()])
        emitted = emit(plan, workspace.memory)
        self.program = emitted.program
        self._stations = plan.stations
        self._workspace, self._turn = workspace, workspace.turn
        self._require_arena()
        if verify.enabled:
            verify.verify(listing(plan, emitted))
        self._error: BaseException | None = None
        self._specs = [(storage, value.spec.shape, storage.index) for storage, value in zip(plan.inputs, self.graph.inputs, strict=True)]
        self._shapes = [value.spec.shape for value in self.graph.inputs]
        self._dtypes = [dtypes.numpy_dtype(value.spec.dtype) for value in self.graph.inputs]
        self._arrays: dict[int, np.ndarray] = {}  # what the program's buffers point to; kept alive here
        self._bind_constants()
        self._bind_variables()
        self._results()
        if any(isinstance(op, PythonCall) for group in self._stations for op in group.ops):
            # Not a bound method: the core's program must not keep this one alive.
            this = weakref.ref(self)
            self.program.set_callback(lambda index: this()._call_back(index))  # type: ignore[union-attr]

    @property
    def bytes(self) -> int:
        """Roughly what it keeps for itself: tables, constants and the plan, without the workspace and the variables."""
        shared = {id(variable._memory) for variable in self._variables} | {id(derived.array) for derived in self.plan.derived}
        own = (array for array in self._arrays.values() if id(array) not in shared and not self._workspace.shares(array))
        kept = sum(array.nbytes for array in own)
        return self.program.bytes() + kept + sum(_BYTES_PER_OP * (1 + len(group.ops)) for group in self._stations)

    # ---- buffers

    def _bind(self, storage: Storage, array: np.ndarray, writable: bool = True) -> None:
        flat = array.reshape(-1).view(np.uint8)
        self.program.bind(storage.index, flat, storage.bytes, writable)
        self._arrays[storage.index] = array

    def _bind_constants(self) -> None:
        for storage in self.plan.buffers:
            if storage.array is not None:
                self._bind(storage, self._workspace.contiguous(storage.array), False)

    def _bind_variables(self) -> None:
        """The memory of a variable never moves, so its buffers are set once."""
        self._variables = list(dict.fromkeys([*self.plan.reads, *self.plan.writes]))
        self._written = list(self.plan.writes)
        for storage in self.plan.buffers:
            variable = self.plan.variable_of(storage)
            if variable is not None:
                self._bind(storage, variable.memory())

    def _results(self) -> None:
        """Outputs get a new array at each run; one that is computed in a variable's memory is copied from there."""
        plan = self.plan
        self._fresh: list[tuple[tuple[int, ...], np.dtype]] = []
        self._outputs: list[Any] = []
        position: dict[Storage, int] = {}
        for storage, value in zip(plan.outputs, self.graph.outputs, strict=True):
            if not isinstance(storage, Storage):
                self._outputs.append((None, value))
                continue
            shape = value.spec.shape
            variable = plan.in_place_variables.get(storage)
            if variable is None and storage not in position:
                position[storage] = len(self._fresh)
                self._fresh.append((shape, dtypes.numpy_dtype(storage.dtype)))
            self._outputs.append((variable if variable is not None else position[storage], shape))
        operands = [(storage.index, storage.bytes, False) for storage in plan.inputs]
        operands += [(storage.index, storage.bytes, True) for storage in position]
        self._operands = [index for index, _, _ in operands]
        self.program.set_call(operands, sum(group.cost for group in self._stations) < INLINE_NANOSECONDS)

    # ---- running

    def __call__(self, *inputs: np.ndarray, observer: Observer | None = None) -> list[Any]:
        """Run once.

        Args:
            inputs: One array per graph input, of its shape and dtype.
            observer: Called after each station, with its last node and no arrays; None costs nothing.
        """
        ready = inputs
        for array, shape, dtype in zip(inputs, self._shapes, self._dtypes, strict=True):
            if array.shape != shape:
                raise self._wrong_shape(array.shape, shape)
            if not array.flags.c_contiguous or array.dtype != dtype:
                ready = tuple(np.ascontiguousarray(x, t) for x, t in zip(inputs, self._dtypes, strict=True))
        try:
            fresh = [np.empty(shape, dtype) for shape, dtype in self._fresh]
            return self._turn.take(self._run_once, ready, fresh, observer)
        except MemoryError as error:
            raise self._shortage(error) from error

    def _run_once(self, ready: tuple[np.ndarray, ...], fresh: list[np.ndarray], observer: Observer | None) -> list[Any]:
        for variable in self._variables:
            variable.ensure_current()
        for derived in self.plan.derived:
            derived.refresh()
        self._note()
        try:
            finished = self.program.call(*ready, *fresh) if observer is None else self._observed(observer, (*ready, *fresh))
        finally:
            # Also after a Ctrl-C, which Python raises when the call returns: the step is then done.
            for variable in self._written:
                variable.memory_changed()
        if not finished:
            self._fail()
        return [self._output(source, shape, fresh) for source, shape in self._outputs]

    def _note(self) -> None:
        """For those who undo what an unfinished step of theirs has done, of which this run is a part."""
        if context.journals:
            for variable in self._written:
                variable.note()

    @staticmethod
    def _output(source: Any, shape: Any, fresh: list[np.ndarray]) -> Any:
        if source is None:
            return shape
        if isinstance(source, int):
            return fresh[source] if fresh[source].shape == shape else fresh[source].reshape(shape)
        return np.array(source.memory()).reshape(shape)

    def _wrong_shape(self, given: Any, expected: Any) -> ShapeError:
        return ShapeError(
            f"an input of shape {given}", f"shape {expected}, for which the graph was traced", "trace again for the new shape"
        )

    def run_steps(
        self, data: Sequence[np.ndarray], rows: np.ndarray | None, first: int, batch_size: int, steps: int, seconds: float
    ) -> int:
        """Run over batches of rows in one call, as `Program.run_steps` says."""
        feeds = []
        for (storage, shape, index), array in zip(self._specs, data, strict=True):
            if (batch_size, *array.shape[1:]) != shape:
                raise self._wrong_shape((batch_size, *array.shape[1:]), shape)
            feeds.append((index, np.ascontiguousarray(array), storage.bytes // batch_size))
        try:
            return self._turn.take(self._run_feeds, feeds, rows, first, batch_size, steps, seconds)
        except MemoryError as error:
            raise self._shortage(error) from error

    def _run_feeds(
        self, feeds: list[tuple[int, np.ndarray, int]], rows: np.ndarray | None, first: int, batch_size: int, steps: int, seconds: float
    ) -> int:
        for variable in self._variables:
            variable.memory()
        for derived in self.plan.derived:
            derived.refresh()
        # Outputs of steps in a row go nowhere, but need a place.
        unread = [np.empty(shape, dtype) for shape, dtype in self._fresh]
        for index, array in zip(self._operands[len(feeds) :], unread, strict=True):
            self.program.bind(index, array, array.nbytes, True)
        self._note()
        try:
            done = self.program.run_steps(feeds, rows, first, batch_size, steps, seconds)
        finally:
            for variable in self._written:
                variable.memory_changed()
        if done < 0:
            self._fail()
        return done

    def _call_back(self, index: int) -> bool:
        """Run an op without a kernel by its reference forward."""
        (op,) = self._stations[index].ops
        assert isinstance(op, PythonCall)
        try:
            self._run_reference(op)
        except BaseException as error:
            self._error = error
            return False
        return True

    def _run_reference(self, op: PythonCall) -> None:
        (node,) = op.nodes
        inputs = [self._view(s, shape) for s, shape in zip(op.reads, op.shapes, strict=True)]
        with np.errstate(all="ignore"), adopt(node.origin):
            result = node.primitive.forward(np, *inputs, **node.attributes)
        results = result if isinstance(result, tuple) else (result,)
        for storage, value, array in zip(op.writes, node.outputs, results, strict=True):
            self._view(storage, value.spec.shape)[...] = array

    def _view(self, storage: Storage, shape: Any) -> np.ndarray:
        if storage.size == 0:
            return np.empty(shape, dtypes.numpy_dtype(storage.dtype))
        memory = self.program.memory(storage.index, storage.bytes)
        return np.frombuffer(memory, np.uint8).view(dtypes.numpy_dtype(storage.dtype)).reshape(shape)

    def _fail(self) -> None:
        if self._error is not None:
            error, self._error = self._error, None
            raise error
        # A number outside its range: the reference forward of the same op says which, and what to do.
        op = self._stations[self.program.failed_station()].ops[0]
        node = op.nodes[0]
        with adopt(node.origin):
            node.primitive.forward(np, *(self._view(s, v.shape) for s, v in zip(op.reads, node.inputs, strict=True)), **node.attributes)
        raise GraphError(f"a number outside its range in {node!r}", "numbers that its forward finds in range", where=node.call)

    # ---- memory

    def _require_arena(self) -> None:
        """Raise an error if what lives only within a run does not fit into memory."""
        fix = "use smaller batches (batch_size=...) or smaller sizes"
        require(self.plan.arena_bytes, f"values in between of one step{self._largest()}", fix, freed=self._workspace.memory.bytes())

    def _largest(self) -> str:
        """The largest value in between, in words."""
        largest = max(self.plan.lifetimes, key=lambda storage: storage.bytes, default=None)
        op = next((op for group in self._stations for op in group.ops if largest in op.writes and op.nodes), None)
        return "" if op is None or largest is None else f", the largest by {op.nodes[-1].call} ({in_words(largest.bytes)})"

    def _shortage(self, error: MemoryError) -> MemoryError:
        if isinstance(error, MemoryShortageError):
            return error
        size = self.plan.arena_bytes + sum(math.prod(shape) * dtype.itemsize for shape, dtype in self._fresh)
        return MemoryShortageError(
            f"values in between and results of one step{self._largest()}: {in_words(size)}",
            "memory that is free",
            "use smaller batches (batch_size=...) or smaller sizes",
        )

    # ---- looking

    def stations(self) -> list[StationReport]:
        """What it does, station by station; with times after `measure`."""
        stations = [self.program.station(i) for i in range(len(self._stations))]
        return reports(self.plan, [station.seconds / station.runs if station.runs else None for station in stations])

    def plan_text(self, stage: str) -> str:
        """The plan after one of the passes; see `passes.pipeline`."""
        return str(make_plan(self.graph, current_target(), stage=stage))

    def measure(self, steps: int) -> None:
        """Time each station over some runs on zeros; variables are as before afterwards."""
        before = {variable: variable.array for variable in self._written}
        inputs = [np.zeros(value.spec.shape, dtypes.numpy_dtype(value.spec.dtype)) for value in self.graph.inputs]
        fresh = [np.empty(shape, dtype) for shape, dtype in self._fresh]
        self._turn.take(self._run_timed, [*inputs, *fresh], steps)
        for variable, array in before.items():
            variable.set_array(array)

    def _run_timed(self, operands: list[np.ndarray], steps: int) -> None:
        for variable in self._variables:
            variable.memory()
        for derived in self.plan.derived:
            derived.refresh()
        for index, array in zip(self._operands, operands, strict=True):
            self.program.bind(index, array, array.nbytes, True)
        if self.program.run_steps([], None, 0, 0, steps, 60.0, True) < 0:
            self._fail()
        for variable in self._written:
            variable.memory_changed()

    def _observed(self, observer: Observer, operands: tuple[np.ndarray, ...]) -> bool:
        for index, array in zip(self._operands, operands, strict=True):
            self.program.bind(index, array, array.nbytes, True)
        before = [self.program.station(i).seconds for i in range(len(self._stations))]
        finished = self.program.run(True)
        for i, group in enumerate(self._stations):
            nodes = [node for op in group.ops for node in op.nodes]
            if nodes:
                observer(nodes[-1], (), self.program.station(i).seconds - before[i])
        return finished

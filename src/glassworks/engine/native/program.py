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
from glassworks.engine.native.emit import Layout, emit, listing
from glassworks.engine.native.fuse import Alone, fuse
from glassworks.engine.native.lower import Lowering
from glassworks.engine.native.operations import Station, Storage
from glassworks.engine.native.report import reports
from glassworks.engine.native.rules import RULES
from glassworks.engine.native.schedule import schedule
from glassworks.engine.native.simplify import simplify
from glassworks.engine.native.tiles import estimate
from glassworks.engine.native.workspace import Workspace
from glassworks.errors import GraphError, MemoryShortageError, ShapeError
from glassworks.graph import Graph, optimize
from glassworks.memory import in_words, require
from glassworks.scope import adopt

# A run that is expected to take less than this is done by the calling thread alone.
ALONE_NANOSECONDS = 60_000
# What Python keeps of a planned operation, measured: its nodes, values, storages and place in the layout.
_BYTES_PER_UNIT = 3000


class NativeProgram:
    """A graph as a program of stations.

    Args:
        graph: Any graph whose sizes are known. Ops without a kernel run by their reference forward.
        workspace: Shared with programs that do not run at the same time as this one.
    """

    def __init__(self, graph: Graph, workspace: Workspace | None = None) -> None:
        workspace = Workspace() if workspace is None else workspace
        self.graph = optimize(graph)
        lowering = Lowering(self.graph, RULES, workspace.made)
        self.schedule = schedule(lowering, fuse(simplify(lowering)))
        verify.verify_order(([part.units for part in wave] for wave in self.schedule.waves), [*lowering.inputs, *lowering.reads.values()])
        self.program: Any
        self.layout: Layout
        self.program, self.layout = emit(lowering, self.schedule, workspace.memory)
        self._workspace, self._turn = workspace, workspace.turn
        self._require_arena()
        if verify.enabled:
            verify.verify(listing(lowering, self.schedule, self.layout))
        self._error: BaseException | None = None
        self._specs = [
            (storage, value.spec.shape, storage.index) for storage, value in zip(lowering.inputs, self.graph.inputs, strict=True)
        ]
        self._shapes = [value.spec.shape for value in self.graph.inputs]
        self._dtypes = [dtypes.numpy_dtype(value.spec.dtype) for value in self.graph.inputs]
        self._arrays: dict[int, np.ndarray] = {}  # what the program's buffers point to; kept alive here
        self._made = lowering.made
        self._bind_constants(lowering)
        self._bind_variables(lowering)
        self._results(lowering)
        if any(isinstance(part, Alone) and part.station.kind == "python" for part in self.layout.parts):
            # Not a bound method: the core's program must not keep this one alive.
            this = weakref.ref(self)
            self.program.set_callback(lambda index: this()._call_back(index))  # type: ignore[union-attr]

    @property
    def bytes(self) -> int:
        """Roughly what it keeps for itself: tables, constants and the plan, without the workspace and the variables."""
        shared = {id(variable._memory) for variable in self._variables} | {id(made.array) for made in self._made}
        own = (array for array in self._arrays.values() if id(array) not in shared and not self._workspace.shares(array))
        kept = sum(array.nbytes for array in own)
        return self.program.bytes() + kept + sum(_BYTES_PER_UNIT * (1 + len(part.units)) for part in self.layout.parts)

    # ---- buffers

    def _bind(self, storage: Storage, array: np.ndarray, writable: bool = True) -> None:
        flat = array.reshape(-1).view(np.uint8)
        self.program.bind(storage.index, flat, storage.bytes, writable)
        self._arrays[storage.index] = array

    def _bind_constants(self, lowering: Lowering) -> None:
        for storage in self.layout.storages:
            if storage.array is not None:
                self._bind(storage, self._workspace.contiguous(storage.array), False)

    def _bind_variables(self, lowering: Lowering) -> None:
        """Variables keep their memory for life, so their buffers are set once."""
        self._variables = list(dict.fromkeys([*lowering.reads, *lowering.writes]))
        self._written = list(lowering.writes)
        for storage in self.layout.storages:
            variable = self.schedule.homes.get(storage) if storage.variable is None else storage.variable
            if variable is not None:
                self._bind(storage, variable.memory())

    def _results(self, lowering: Lowering) -> None:
        """Outputs get a new array at each run; one that is computed in a variable's memory is copied from there."""
        self._fresh: list[tuple[tuple[int, ...], np.dtype]] = []
        self._outputs: list[Any] = []
        place: dict[Storage, int] = {}
        for storage, value in zip(lowering.outputs, self.graph.outputs, strict=True):
            if not isinstance(storage, Storage):
                self._outputs.append((None, value))
                continue
            shape = value.spec.shape
            home = self.schedule.homes.get(storage)
            if home is None and storage not in place:
                place[storage] = len(self._fresh)
                self._fresh.append((shape, dtypes.numpy_dtype(storage.dtype)))
            self._outputs.append((home if home is not None else place[storage], shape))
        operands = [(storage.index, storage.bytes, False) for storage in lowering.inputs]
        operands += [(storage.index, storage.bytes, True) for storage in place]
        self._operands = [index for index, _, _ in operands]
        self.program.set_call(operands, sum(map(estimate, self.layout.parts)) < ALONE_NANOSECONDS)

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
        for made in self._made:
            made.renew()
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

    def _wrong_shape(self, found: Any, expected: Any) -> ShapeError:
        return ShapeError(
            f"an input of shape {found}", f"shape {expected}, for which the graph was traced", "trace again for the new shape"
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
        for made in self._made:
            made.renew()
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
        part = self.layout.parts[index]
        assert isinstance(part, Alone)
        try:
            self._run_reference(part.station)
        except BaseException as error:
            self._error = error
            return False
        return True

    def _run_reference(self, station: Station) -> None:
        (node,) = station.nodes
        inputs = [self._view(s, shape) for s, shape in zip(station.reads, station.details["shapes"], strict=True)]
        with np.errstate(all="ignore"), adopt(node.origin):
            result = node.primitive.forward(np, *inputs, **node.attributes)
        results = result if isinstance(result, tuple) else (result,)
        for storage, value, array in zip(station.writes, node.outputs, results, strict=True):
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
        part = self.layout.parts[self.program.failed_station()]
        node = part.units[0].nodes[0]
        with adopt(node.origin):
            node.primitive.forward(
                np, *(self._view(s, v.shape) for s, v in zip(part.units[0].reads, node.inputs, strict=True)), **node.attributes
            )
        raise GraphError(f"a number outside its range in {node!r}", "numbers that its forward finds in range", where=node.call)

    # ---- memory

    def _require_arena(self) -> None:
        """Raise an error if what lives only within a run does not fit into memory."""
        fix = "use smaller batches (batch_size=...) or smaller sizes"
        require(self.layout.arena_bytes, f"values in between of one step{self._largest()}", fix, freed=self._workspace.memory.bytes())

    def _largest(self) -> str:
        """The largest value in between, in words."""
        largest = max(self.layout.lives, key=lambda storage: storage.bytes, default=None)
        units = (unit for part in self.layout.parts for unit in part.units if largest in unit.writes and unit.nodes)
        unit = next(units, None)
        return "" if unit is None or largest is None else f", the largest by {unit.nodes[-1].call} ({in_words(largest.bytes)})"

    def _shortage(self, error: MemoryError) -> MemoryError:
        if isinstance(error, MemoryShortageError):
            return error
        size = self.layout.arena_bytes + sum(math.prod(shape) * dtype.itemsize for shape, dtype in self._fresh)
        return MemoryShortageError(
            f"values in between and results of one step{self._largest()}: {in_words(size)}",
            "memory that is free",
            "use smaller batches (batch_size=...) or smaller sizes",
        )

    # ---- looking

    def stations(self) -> list[StationReport]:
        """What it does, station by station; with times after `measure`."""
        return reports(self.program, self.layout, self.schedule)

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
        for made in self._made:
            made.renew()
        for index, array in zip(self._operands, operands, strict=True):
            self.program.bind(index, array, array.nbytes, True)
        if self.program.run_steps([], None, 0, 0, steps, 60.0, True) < 0:
            self._fail()
        for variable in self._written:
            variable.memory_changed()

    def _observed(self, observer: Observer, operands: tuple[np.ndarray, ...]) -> bool:
        for index, array in zip(self._operands, operands, strict=True):
            self.program.bind(index, array, array.nbytes, True)
        before = [self.program.station(i).seconds for i in range(len(self.layout.parts))]
        finished = self.program.run(True)
        for i, part in enumerate(self.layout.parts):
            nodes = [node for unit in part.units for node in unit.nodes]
            if nodes:
                observer(nodes[-1], (), self.program.station(i).seconds - before[i])
        return finished

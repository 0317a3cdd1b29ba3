"""From a schedule to a program of the core: buffers, scratch slots, instructions, waves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from glassworks.engine.native.core import native
from glassworks.engine.native.fuse import Alone, Group, Placed
from glassworks.engine.native.lower import Lowering
from glassworks.engine.native.operations import COLUMN, FULL, ROW, SCALAR, Storage, row_major
from glassworks.engine.native.operations import Station as OneStation
from glassworks.engine.native.place import ALIGNMENT, Life, place
from glassworks.engine.native.schedule import Part, Schedule
from glassworks.engine.native.tiles import PARALLEL_NANOSECONDS, Tiling, estimate, tiling
from glassworks.engine.native.verify import MEMORY, Listing, Operand, Step, Work
from glassworks.graph import Variable

KINDS = {"tiles": 0, "copy": 1, "gather": 2, "scatter": 3, "python": 4, "task": 5}
View = tuple[int, int, int, int]


@dataclass(eq=False)
class Layout:
    """The buffers of a program.

    Attributes:
        storages: By index of buffer.
        offsets: Of temporary storages, in the arena.
        arena_bytes, scratch_bytes: Sizes.
        parts: The parts in the order of the program's stations.
        tilings: How each group is cut.
        parallel: Whether each station's wave runs on all threads.
        wave_of: The wave of each part.
        works: What each part's station was told to read and write, for the checker.
    """

    storages: list[Storage] = field(default_factory=list)
    offsets: dict[Storage, int] = field(default_factory=dict)
    lives: dict[Storage, Life] = field(default_factory=dict)
    arena_bytes: int = 0
    scratch_bytes: int = ALIGNMENT
    parts: list[Part] = field(default_factory=list)
    tilings: dict[Part, Tiling] = field(default_factory=dict)
    parallel: dict[Part, bool] = field(default_factory=dict)
    wave_of: dict[Part, int] = field(default_factory=dict)
    works: dict[Part, Work] = field(default_factory=dict)


def listing(lowering: Lowering, schedule: Schedule, layout: Layout) -> Listing:
    """What was emitted, for the checker: every value with its addresses, as if all memory were one piece that begins with the arena."""
    end = -(-layout.arena_bytes // ALIGNMENT) * ALIGNMENT
    memory: dict[Storage, tuple[int, int]] = {}
    variables: dict[Variable, int] = {}
    for storage in layout.storages:
        variable = schedule.homes.get(storage, storage.variable)
        start = layout.offsets.get(storage) if variable is None else variables.get(variable)
        if start is None:
            start = end
            end += storage.bytes
            if variable is not None:
                variables[variable] = start
        memory[storage] = (start, start + storage.bytes)
    given = [*lowering.inputs, *lowering.reads.values(), *(s for s in layout.storages if s.array is not None)]
    results = [*lowering.outputs, *schedule.homes]
    results += [s for s in layout.storages if s.variable is not None and s not in lowering.reads.values()]
    waves: list[list[Work]] = [[] for _ in schedule.waves]
    for part in layout.parts:
        waves[layout.wave_of[part]].append(layout.works[part])
    return Listing(waves, memory, given, [s for s in results if isinstance(s, Storage)])


def emit(lowering: Lowering, schedule: Schedule, memory: Any) -> tuple[Any, Layout]:
    """The program, and where everything in it lies; `memory` is the core's workspace for what lives only within a run."""
    return _Emitter(lowering, schedule, memory).program()


class _Emitter:
    def __init__(self, lowering: Lowering, schedule: Schedule, memory: Any) -> None:
        self.lowering, self.schedule, self.memory = lowering, schedule, memory
        self.layout = Layout()
        self.stations: list[Any] = []

    def program(self) -> tuple[Any, Layout]:
        layout = self.layout
        for wave in self.schedule.waves:
            # Long work first: what is left at the end is then short, and no thread waits long for another.
            wave.sort(key=estimate, reverse=True)
        layout.parts = [part for wave in self.schedule.waves for part in wave]
        layout.wave_of = {part: i for i, wave in enumerate(self.schedule.waves) for part in wave}
        self._number_buffers()
        self._place_temporaries()
        waves = []
        for wave in self.schedule.waves:
            first = len(self.stations)
            self.stations += [self._station(part) for part in wave]
            tiles = sum(station.tiles for station in self.stations[first:])
            parallel = tiles > 1 and sum(estimate(part) for part in wave) > PARALLEL_NANOSECONDS
            parallel = parallel and not any(s.kind == KINDS["python"] for s in self.stations[first:])
            for part, station in zip(wave, self.stations[first:], strict=True):
                station.parallel = layout.parallel[part] = parallel
                station.cost = estimate(part)
            waves.append(list(range(first, len(self.stations))))
        program = native.Program(
            [storage.bytes for storage in layout.storages], max(layout.arena_bytes, ALIGNMENT), layout.scratch_bytes, self.memory
        )
        for station in self.stations:
            program.add_station(station)
        for wave_stations in waves:
            program.add_wave(wave_stations)
        program.set_gather_waves(self._idle_waves())
        for storage, offset in layout.offsets.items():
            program.place_in_arena(storage.index, offset)
        return program, layout

    def _idle_waves(self) -> list[int]:
        """The two longest waves that run on one thread: the others may gather the next batch meanwhile."""
        idle = {
            i: sum(estimate(part) for part in wave)
            for i, wave in enumerate(self.schedule.waves)
            if not any(self.layout.parallel[part] or (isinstance(part, Alone) and part.station.kind == "python") for part in wave)
        }
        if idle:
            return sorted(sorted(idle, key=lambda i: idle[i])[-2:])
        return next(([i] for i, wave in enumerate(self.schedule.waves) if self.layout.parallel[wave[0]]), [])

    def _number_buffers(self) -> None:
        known = dict.fromkeys([*self.lowering.inputs, *self.lowering.reads.values()])
        for part in self.layout.parts:
            for unit in part.units:
                made_here = part.forms if isinstance(part, Group) else {}
                known.update(dict.fromkeys(s for s in unit.reads if s not in made_here or s in self.schedule.outside))
                known.update(dict.fromkeys(s for s in unit.writes if s not in made_here or s in self.schedule.outside))
        for index, storage in enumerate(known):
            storage.index = index
            self.layout.storages.append(storage)

    def _place_temporaries(self) -> None:
        """Everything that lives only within a run."""
        first: dict[Storage, int] = {}
        last: dict[Storage, int] = {}
        for part in self.layout.parts:
            wave = self.layout.wave_of[part]
            for unit in part.units:
                for storage in unit.writes:
                    first.setdefault(storage, wave)
                for storage in (*unit.reads, *unit.writes):
                    last[storage] = max(last.get(storage, 0), wave)
        results = {s for s in self.lowering.outputs if isinstance(s, Storage)}
        chosen = [s for s in self.layout.storages if s.role == "temporary" and s not in self.schedule.homes and s not in results]
        lives = [Life(s.bytes, first.get(s, 0), last.get(s, 0)) for s in chosen]
        offsets, self.layout.arena_bytes = place(lives)
        self.layout.offsets = dict(zip(chosen, offsets, strict=True))
        self.layout.lives = dict(zip(chosen, lives, strict=True))

    def _station(self, part: Part) -> Any:
        station = native.Station()
        if isinstance(part, Group):
            self._fill_tiles(station, part)
        else:
            self._fill_alone(station, part)
        return station

    def _fill_alone(self, station: Any, part: Alone) -> None:
        one = part.station
        station.kind = KINDS[one.kind]
        in_place = tuple(one.details.get("in_place", {}).items())
        self.layout.works[part] = Work([Step(one.kind, [Operand(s) for s in one.reads], [Operand(s) for s in one.writes], in_place)])
        if one.kind == "python":
            station.callback = self.layout.parts.index(part)
            return
        if one.kind == "task":
            self._fill_task(station, one)
            return
        target = one.writes[0]
        station.source, station.target, station.item = one.reads[0].index, target.index, target.item
        details = one.details
        if one.kind == "copy":
            shape: list[int] = details["shape"] or [1]
            station.shape, station.source_strides = shape, details["source_strides"] or [0]
            station.target_strides = row_major(tuple(shape))
            station.source_offset = details["source_offset"]
            station.tiles = max(1, min(shape[0], target.size // 4096))
            return
        station.indices, station.index_item = one.reads[1].index, one.reads[1].item
        station.table_rows, station.count, station.width = details["rows"], details["count"], details["width"]
        if one.kind == "gather":
            station.tiles = max(1, min(station.count, target.size // 4096))
        else:
            station.use_accumulate(f"add.{target.dtype}")
            station.tiles = max(1, min(station.width // 16, target.size // 4096))

    def _fill_task(self, station: Any, one: OneStation) -> None:
        details = one.details
        operands = details.get("operands", (*one.reads, *one.writes))
        station.operands = [-1 if storage is None else storage.index for storage in operands]
        station.use_task(details["kernel"])
        station.numbers, station.cells, station.reals = details["numbers"], details.get("cells", []), details.get("reals", [])
        station.tiles = details["tiles"]
        self.layout.scratch_bytes = max(self.layout.scratch_bytes, native.task_bytes(details["kernel"], details["numbers"]))

    def _fill_tiles(self, station: Any, group: Group) -> None:
        cut = self.layout.tilings[group] = tiling(group)
        (station.rows, station.columns), station.tile_rows, station.tile_columns = cut.space, cut.rows, cut.columns
        station.tiles, station.chunk_rows = cut.tiles, cut.chunk_rows
        slots = _Slots(group, cut, self.schedule.outside)
        steps: list[Step] = []
        self.layout.works[group] = Work(steps, cut, slots.sizes)
        if group.product is not None:
            steps.append(self._fill_product(station, group, cut, slots))
            if self._is_rank_one_descent(group):
                steps.append(self._fill_rank_one(station, group))
                return
        for placed in group.placed:
            operation = placed.operation
            reads = [Operand(s, slots.of.get(s, MEMORY), form) for s, form in zip(operation.inputs, placed.inputs, strict=True)]
            writes = [Operand(s, slots.of.get(s, MEMORY), placed.output) for s in operation.writes]
            inputs, outputs = [_view(one) for one in reads], [_view(one) for one in writes]
            station.add(operation.kernel, placed.extent, outputs[0], inputs + outputs[1:])
            steps.append(Step(operation.kind, reads, writes))
        station.slot_offsets = slots.offsets
        self.layout.scratch_bytes = max(self.layout.scratch_bytes, slots.bytes)

    def _fill_product(self, station: Any, group: Group, cut: Tiling, slots: _Slots) -> Step:
        product = group.product
        assert product is not None
        if product.geometry is None:
            station.use_product(product.output.dtype == "float64")
            station.ahead = self._ahead(group)
        else:
            station.use_head(f"{product.kind}.{product.output.dtype}")
            station.numbers, station.cells = product.geometry.numbers, product.geometry.tables
        station.product_item, station.batch, station.k = product.output.item, product.batch, product.k
        station.a, station.b = product.a.index, product.b.index
        station.a_batch, station.a_row, station.a_k = product.a_strides
        station.b_batch, station.b_k, station.b_column = product.b_strides
        if product.output in self.schedule.outside:
            station.product_buffer = product.output.index
        else:
            station.block_stride = slots.block_stride
        return Step("product", [Operand(s) for s in product.reads], [Operand(product.output, slots.of.get(product.output, MEMORY))])

    def _is_rank_one_descent(self, group: Group) -> bool:
        """Whether all that happens is `variable -= gradient * rate`, in place, with the gradient of a single row."""
        product = group.product
        if (
            product is None
            or product.geometry is not None
            or product.k != 1
            or product.output in self.schedule.outside
            or len(group.placed) != 1
        ):
            return False
        (placed,) = group.placed
        home = self.schedule.homes.get(placed.operation.output)
        if placed.operation.kernel.split(".")[0] != "multiply_subtract_from" or placed.inputs != (FULL, SCALAR, FULL) or home is None:
            return False
        gradient, _, old = placed.operation.inputs
        return gradient is product.output and old.variable is home

    def _fill_rank_one(self, station: Any, group: Group) -> Step:
        operation = group.placed[0].operation
        station.use_rank_one(operation.output.dtype == "float64")
        station.product_buffer, station.rate = operation.output.index, operation.inputs[1].index
        station.ahead = []
        gradient, rate, old = operation.inputs
        return Step("map", [Operand(gradient, 0), Operand(rate, MEMORY, SCALAR), Operand(old)], [Operand(operation.output)])

    def _ahead(self, group: Group) -> list[int]:
        """What the epilogue reads from memory place by place, such as an optimizer's slots."""
        item = group.product.output.item if group.product is not None else 0
        read = {
            storage: None
            for placed in group.placed
            for storage, form in zip(placed.operation.inputs, placed.inputs, strict=True)
            if form == FULL and storage not in group.forms and storage.item == item
        }
        return [storage.index for storage in list(read)[:4]]


def _view(operand: Operand) -> View:
    storage, slot, form = operand
    return (storage.index if slot == MEMORY else -1, slot, form, storage.item)


class _Slots:
    """Scratch memory for what lives only within a tile; slots are used again after their last reader.

    Slot 0 is the tile of a matrix product, if there is one that is not in a buffer.
    """

    def __init__(self, group: Group, cut: Tiling, outside: set[Storage]) -> None:
        self.of: dict[Storage, int] = {}
        self.offsets: list[int] = []
        self.sizes: list[int] = []
        self.bytes = 0
        self.block_stride = 0
        self._cut = cut
        self._free: dict[tuple[int, int], list[int]] = {}
        product = group.product
        if product is not None and product.output not in outside:
            lanes = native.vector_bytes() // product.output.item
            self.block_stride = -(-cut.columns // lanes) * lanes
            self.of[product.output] = self._reserve(cut.rows * self.block_stride * product.output.item)
        elif product is not None:
            self._reserve(0)
        uses = _last_uses(group)
        for i, placed in enumerate(group.placed):
            ends = [
                s for s in dict.fromkeys(placed.operation.inputs) if s in self.of and uses[s] == i and s is not (product and product.output)
            ]
            # Place by place, an output may take the very place of an input.
            in_place = placed.operation.kind == "map" and not placed.operation.more_outputs
            if in_place:
                self._release(ends, group)
            for storage in placed.operation.writes:
                if storage not in outside:
                    self.of[storage] = self._take(placed)
            if not in_place:
                self._release(ends, group)

    def _release(self, storages: list[Storage], group: Group) -> None:
        for storage in storages:
            self._free.setdefault((group.forms[storage], storage.item), []).append(self.of[storage])

    def _take(self, placed: Placed) -> int:
        form, item = placed.output, placed.operation.output.item
        free = self._free.get((form, item))
        if free:
            return free.pop()
        numbers = {FULL: self._cut.chunk_rows * self._cut.columns, ROW: self._cut.chunk_rows, COLUMN: self._cut.columns, SCALAR: 1}[form]
        return self._reserve(numbers * item)

    def _reserve(self, size: int) -> int:
        self.offsets.append(self.bytes)
        self.sizes.append(size)
        self.bytes += -(-size // ALIGNMENT) * ALIGNMENT + ALIGNMENT
        return len(self.offsets) - 1


def _last_uses(group: Group) -> dict[Storage, int]:
    uses: dict[Storage, int] = {}
    for i, placed in enumerate(group.placed):
        uses.update(dict.fromkeys((*placed.operation.writes, *placed.operation.inputs), i))
    return uses

"""The checker of programs: whatever is read was written before, and nothing overwrites what is still needed.

It knows nothing of how a plan was made. `verify` walks over the stations in the order in which they run and keeps account of
which value each piece of memory holds, as a careful reader with the listing of a program would. That takes some 10 % of the time of
planning, so only tests do it (`enabled`). `verify_order` looks at the order of writes and reads alone; it takes
less than 1 % and runs for every plan. A plan that fails is a fault of the planner: it is refused, as running it would read wrong numbers.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from glassworks.engine.native.ir.faults import planner_fault
from glassworks.engine.native.ir.groups import Tiling
from glassworks.engine.native.ir.kernels import Kind
from glassworks.engine.native.ir.ops import Op
from glassworks.engine.native.ir.values import Form, Storage
from glassworks.errors import GraphError

enabled = False  # whether programs are checked when they are made; tests switch it on
MEMORY = -1  # in place of a scratch slot: the operand is in a buffer
_NAMES = {
    Form.FULL: "full",
    Form.ROW: "one per row",
    Form.COLUMN: "one per column",
    Form.SCALAR: "a scalar",
    Form.PART: "one per column and part",
}
_ELEMENTWISE, _ROWWISE, _REDUCE_COLUMNS = Kind.ELEMENTWISE.value, Kind.ROWWISE.value, Kind.REDUCE_COLUMNS.value


class Operand(NamedTuple):
    """A value where an instruction finds it: in its buffer, or in a scratch slot; and how it lies in the space."""

    storage: Storage
    slot: int = MEMORY
    form: Form = Form.FULL


class Step(NamedTuple):
    """An instruction of a station, or the whole work of one without instructions.

    Attributes:
        kind: That of the kernel ("elementwise", "rowwise", ...), "product" for a matrix product or head, else that of the station.
        in_place: Of a task: pairs of a written value and the value it may overwrite while it reads it.
    """

    kind: str
    reads: Sequence[Operand]
    writes: Sequence[Operand]
    in_place: Sequence[tuple[Storage, Storage]] = ()


class Work(NamedTuple):
    """A station: its steps in order, how its space is cut (None if it has none), and the bytes of each scratch slot."""

    steps: Sequence[Step]
    cut: Tiling | None = None
    slots: Sequence[int] = ()


@dataclass(eq=False)
class Listing:
    """A program as the checker sees it.

    Attributes:
        waves: Stations that may run at the same time, wave after wave.
        memory: The first byte of each value in a buffer, and the byte behind it.
        given: Values that are in memory before the program starts.
        results: Values that must be in memory when it ends.
    """

    waves: list[list[Work]] = field(default_factory=list)
    memory: dict[Storage, tuple[int, int]] = field(default_factory=dict)
    given: list[Storage] = field(default_factory=list)
    results: list[Storage] = field(default_factory=list)


def verify(listing: Listing) -> None:
    """Raise a GraphError for the first read of the wrong memory that running the program would lead to."""
    memory = _Memory(listing.memory)
    for storage in listing.given:
        if memory.hold(storage):
            raise _fault(f"{_name(storage)}, which is given at the start, lies in the memory of another value")
    for number, wave in enumerate(listing.waves):
        stations = [_Station(memory, f"wave {number}, station {i}", work) for i, work in enumerate(wave)]
        for station, work in zip(stations, wave, strict=True):
            if len(wave) > 1 and any(step.kind == "python" for step in work.steps):
                raise _fault(f"{station.place} calls back into Python while other stations run")
            for step in work.steps:
                station.run(step)
        _end_wave(memory, stations)
    for storage in listing.results:
        memory.require(storage, "the end")


def verify_order(waves: Iterable[Iterable[Sequence[Op]]], given: Iterable[Storage]) -> None:
    """Raise a GraphError if an operation reads what no earlier one writes.

    Args:
        waves: The operations of each station, wave after wave. Stations of a wave run at the same time, so they do not see each other's results.
        given: Values that are in memory before the program starts; constants need not be named.
    """
    written = set(given)
    for number, wave in enumerate(waves):
        made: list[Storage] = []
        for ops in wave:
            own = len(made)
            for op in ops:
                for storage in op.reads:
                    if storage not in written and storage.array is None and storage not in made[own:]:
                        raise _fault(f"wave {number}, {op.label}, reads {_name(storage)} before it is written")
                made += op.writes
        written.update(made)


def _end_wave(memory: _Memory, stations: list[_Station]) -> None:
    """What was written counts from now on. Stations of a wave run at the same time, so none may touch what another writes."""
    touched: dict[Storage, _Station] = {}
    shared: set[Storage] = set()
    for station in stations:
        for storage in station.touched:
            if touched.setdefault(storage, station) is not station:
                shared.add(storage)
    for station in stations:
        for storage in station.written:
            if storage in shared:
                raise _fault(f"{station.place} writes {_name(storage)}, which another station of its wave touches, too")
            for other in memory.hold(storage):
                if other in shared or touched.get(other, station) is not station:
                    raise _fault(f"{station.place} writes {_name(storage)} over {_name(other)}, which another station of its wave touches")


class _Memory:
    """Which value each piece of memory holds: pieces in the order of their addresses."""

    def __init__(self, ranges: dict[Storage, tuple[int, int]]) -> None:
        self.ranges = ranges
        self.held: set[Storage] = set()
        self.lost: dict[Storage, Storage] = {}
        self._starts: list[int] = []
        self._holders: list[Storage] = []

    def _pieces(self, storage: Storage) -> tuple[int, int]:
        """The first and the last but one of the pieces that overlap a value's memory."""
        start, end = self.ranges[storage]
        first = bisect_right(self._starts, start)
        if first and self.ranges[self._holders[first - 1]][1] > start:
            first -= 1
        return first, max(first, bisect_left(self._starts, end))

    def overlapped(self, storage: Storage) -> list[Storage]:
        """The values in the memory of this one."""
        first, last = self._pieces(storage)
        return self._holders[first:last]

    def hold(self, storage: Storage) -> list[Storage]:
        """Put a value in its memory; what was lost by that."""
        first, last = self._pieces(storage)
        lost = self._holders[first:last]
        self._starts[first:last], self._holders[first:last] = [self.ranges[storage][0]], [storage]
        self.held.add(storage)
        self.held.difference_update(lost)
        self.lost.update(dict.fromkeys(lost, storage))
        return lost

    def require(self, storage: Storage, place: str) -> None:
        """Raise if a value is not in its memory."""
        if storage not in self.held:
            other = self.lost.get(storage)
            why = "before it is written" if other is None else f"after {_name(other)} was written over it"
            raise _fault(f"{place} reads {_name(storage)} {why}")


class _Station:
    """The account of one station: what it wrote so far, into slots and into memory."""

    def __init__(self, memory: _Memory, place: str, work: Work) -> None:
        self.memory, self.place, self.cut, self.room = memory, place, work.cut, work.slots
        self.slots: dict[int, Storage] = {}
        self.forms: dict[Storage, Form] = {}  # of what was made here
        self.written: list[Storage] = []
        self.touched: set[Storage] = set()
        self._overwritten: dict[Storage, Storage] = {}
        self._exposed: dict[Storage, Form | None] = {}  # how memory was read: the form, or None if not elementwise

    def run(self, step: Step) -> None:
        """Account for one step; raise if it reads the wrong memory."""
        for operand in step.reads:
            self._read(operand, step)
        for operand in step.writes:
            self._write(operand, step)

    def _read(self, operand: Operand, step: Step) -> None:
        storage, slot, form = operand
        self._check_form(operand, step)
        if slot != MEMORY:
            if self.slots.get(slot) is not storage:
                raise _fault(f"{self.place}, {step.kind}, reads {_name(storage)} from slot {slot}, which holds something else")
            return
        self.touched.add(storage)
        if storage in self._overwritten:
            raise _fault(f"{self.place}, {step.kind}, reads {_name(storage)} after it wrote {_name(self._overwritten[storage])} over it")
        if storage in self.forms:
            if self.cut is None or step.kind == "product":
                raise _fault(f"{self.place}, {step.kind}, reads {_name(storage)}, which the same station makes")
            return
        self.memory.require(storage, f"{self.place}, {step.kind},")
        known = form if step.kind == _ELEMENTWISE and self._exposed.get(storage, form) == form else None
        if step.kind != "task" or all(old is not storage for _, old in step.in_place):
            self._exposed[storage] = known

    def _write(self, operand: Operand, step: Step) -> None:
        storage, slot, form = operand
        if storage in self.forms:
            raise _fault(f"{self.place}, {step.kind}, writes {_name(storage)} a second time")
        if storage in self.memory.held or storage in self.memory.lost:
            raise _fault(f"{self.place}, {step.kind}, writes {_name(storage)}, which was there before")
        self.forms[storage] = form
        self._check_whole(operand, step)
        if slot != MEMORY:
            taken = [one for one in (*step.reads, *step.writes) if one.slot == slot and one is not operand]
            if any(step.kind != _ELEMENTWISE or one.form != form or one in step.writes for one in taken):
                raise _fault(f"{self.place}, {step.kind}, writes {_name(storage)} into slot {slot}, which it uses otherwise")
            self.slots[slot] = storage
            return
        self.written.append(storage)
        self.touched.add(storage)
        for other in self.memory.overlapped(storage):
            exact = self.memory.ranges[other] == self.memory.ranges[storage]
            if other in self._exposed and not (exact and self._exposed[other] == form):
                raise _fault(f"{self.place}, {step.kind}, writes {_name(storage)} over {_name(other)}, which its other tiles read")
            self._overwritten[other] = storage

    def _check_form(self, operand: Operand, step: Step) -> None:
        """A value made here must be read in the form in which it was made, and sums of parts only by other stations."""
        form = self.forms.get(operand.storage, operand.form)
        if form != operand.form or operand.form is Form.PART:
            found, made = _NAMES[operand.form], _NAMES[form]
            raise _fault(f"{self.place}, {step.kind}, reads {_name(operand.storage)} as {found}; it is made as {made}")
        self._check_size(operand, step)

    def _check_size(self, operand: Operand, step: Step) -> None:
        """Instructions walk over as many numbers as the space says, and no scratch slot is smaller than what is put in it."""
        if self.cut is None or step.kind == "product":
            return
        cut, (storage, slot, form) = self.cut, operand
        rows, columns = cut.space
        down, across = -(-rows // max(cut.rows, 1)), -(-columns // max(cut.columns, 1))
        rows *= cut.tiles // max(1, down * across)  # of the whole batch
        size = _sizes(rows, columns, down)[form]
        if storage.size != size and (form is not Form.SCALAR or not storage.size):
            raise _fault(f"{self.place}, {step.kind}, finds {storage.size} numbers in {_name(storage)} where the space has {size}")
        inside = _sizes(cut.chunk_rows, cut.columns, 0)[form]
        if slot != MEMORY and inside * storage.item > self.room[slot]:
            raise _fault(f"{self.place}, {step.kind}, needs {inside} numbers of {_name(storage)} in slot {slot} of {self.room[slot]} bytes")

    def _check_whole(self, operand: Operand, step: Step) -> None:
        """Sums over rows, columns or both need tiles that do not cut them."""
        self._check_size(operand, step)
        if self.cut is None or step.kind == "product":
            return
        (rows, columns), form = self.cut.space, operand.form
        cut_rows = self.cut.columns < columns
        cut_columns = min(self.cut.rows, self.cut.chunk_rows) < rows
        needs_rows = step.kind in (_REDUCE_COLUMNS, _ROWWISE) or form in (Form.ROW, Form.SCALAR)
        if (needs_rows and cut_rows) or (form in (Form.COLUMN, Form.SCALAR) and cut_columns):
            raise _fault(f"{self.place}, {step.kind}, makes {_name(operand.storage)} from tiles of {self.cut.rows} x {self.cut.columns}")


def _sizes(rows: int, columns: int, parts: int) -> dict[Form, int]:
    """Elements of a value of each form."""
    return {Form.FULL: rows * columns, Form.ROW: rows, Form.COLUMN: columns, Form.SCALAR: 1, Form.PART: parts * columns}


def _name(storage: Storage) -> str:
    label = storage.name or storage.role
    return f"{label!r} (buffer {storage.index})" if storage.index >= 0 else repr(label)


def _fault(found: str) -> GraphError:
    return planner_fault(
        f"a plan that would compute wrong numbers: {found}",
        "each value to be written once, before it is read, and to stay until its last reader",
        "native.verify",
    )

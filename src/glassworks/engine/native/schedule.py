"""The order of the groups: updates of variables in place, after their last readers; waves of what can run together.

A step takes effect as a whole or not at all: what can fail comes before everything that changes a variable. Where it
needs a variable's new value, that is computed in a place of its own and copied at the end.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from glassworks.engine.native.fuse import Alone, Group
from glassworks.engine.native.lower import Lowering
from glassworks.engine.native.operations import Station, Storage
from glassworks.engine.native.order import Order, Ordered
from glassworks.errors import GraphError
from glassworks.graph import Variable

Part = Group | Alone


@dataclass(eq=False)
class Schedule:
    """What runs when.

    Attributes:
        waves: Parts that may run at the same time, wave after wave.
        homes: Storage -> the variable in whose memory it is computed.
        outside: Storages that must be in memory: read by another part, or a result.
    """

    waves: list[list[Part]]
    homes: dict[Storage, Variable]
    outside: set[Storage]


def schedule(lowering: Lowering, parts: list[Part]) -> Schedule:
    """Waves of parts. Adds copies for variables that cannot be updated in place."""
    return _Scheduler(lowering, parts).result()


class _Scheduler:
    def __init__(self, lowering: Lowering, parts: list[Part]) -> None:
        self.lowering, self.parts = lowering, parts
        self.maker = {storage: part for part in parts for unit in part.units for storage in unit.writes}
        self.readers: dict[Storage, list[Part]] = {}
        for part in parts:
            for storage in {s for unit in part.units for s in unit.reads}:
                self.readers.setdefault(storage, []).append(part)
        self.homes: dict[Storage, Variable] = {}
        self.failing: list[Part] = [part for part in parts if isinstance(part, Alone) and part.station.can_fail]
        self.order = Order(count=1 + max((part.rank for part in parts), default=0))

    def result(self) -> Schedule:
        copies = [self._update(variable, storage) for variable, storage in self.lowering.writes.items()]
        # Whatever comes after these comes after everything.
        last = [part for part in self.parts if not part.users]
        for copy in copies:
            if copy is not None:
                self._append_copy(*copy, last)
        outside = {s for s in (*self.lowering.outputs, *self.lowering.writes.values()) if isinstance(s, Storage)}
        outside |= {s for s, readers in self.readers.items() if any(self.maker.get(s) is not reader for reader in readers)}
        return Schedule(self._waves(), self.homes, outside)

    def _update(self, variable: Variable, storage: Storage) -> tuple[Variable, Storage] | None:
        """Let a variable's new value be computed in its memory; else return what to copy at the end."""
        old = self.lowering.reads.get(variable)
        if storage is old:
            return None
        part = self.maker.get(storage)
        if storage.role != "temporary" or storage in self.homes or part is None:
            return variable, storage
        if isinstance(part, Alone) and (old is None or part.station.details.get("in_place", {}).get(storage) is not old):
            return variable, storage
        others: list[Part] = []
        if old is not None:
            if any(old is one for one in (*self.lowering.outputs, *self.lowering.writes.values())):
                return variable, storage
            if not isinstance(part, Alone) and not _reads_in_step(part, old, storage):
                return variable, storage
            others = [reader for reader in self.readers.get(old, []) if reader is not part]
        # After all that reads the old value, and after all that can fail: if there is an order in which that is so.
        if part in self.failing or not self.order.let_need(part, [*others, *self.failing]):
            return variable, storage
        self.homes[storage] = variable
        return None

    def _append_copy(self, variable: Variable, storage: Storage, last: list[Part]) -> None:
        """Copy a value into a variable's memory, after everything that reads the old one or can fail."""
        target = Storage(storage.size, storage.dtype, "variable", variable.path, variable=variable)
        details = {"shape": [storage.size], "source_strides": [1], "source_offset": 0}
        part = Alone(len(self.parts), Station("copy", (storage,), (target,), (), details))
        self.order.append(part, last)
        self.readers.setdefault(storage, []).append(part)
        self.parts.append(part)

    def _waves(self) -> list[list[Part]]:
        """Each part in the first wave in which all that it needs is done."""
        waves: list[list[Part]] = []
        place: dict[Ordered, int] = {part: i for i, part in enumerate(self.parts)}
        missing = [len(part.needs) for part in self.parts]
        ready, python, done = [part for part in self.parts if not part.needs], deque[Part](), 0
        while done < len(self.parts):
            # What calls back into Python runs by itself, on the thread that has Python.
            python.extend(part for part in ready if isinstance(part, Alone) and part.station.kind == "python")
            wave = [part for part in ready if not isinstance(part, Alone) or part.station.kind != "python"]
            if not wave and not python:
                left = len(self.parts) - done
                raise GraphError(
                    f"{left} stations of a plan that wait for one another", "an order of them", "report it: the planner has a fault"
                )
            wave = wave or [python.popleft()]
            waves.append(wave)
            done += len(wave)
            freed = []
            for i in (place[user] for part in wave for user in part.users):
                missing[i] -= 1
                if not missing[i]:
                    freed.append(i)
            ready = [self.parts[i] for i in sorted(freed)]
        return waves


def _reads_in_step(group: Group, old: Storage, new: Storage) -> bool:
    """Whether a group reads the old value only place by place, and no later than it writes the new one."""
    if group.product is not None and old in group.product.reads:
        return False
    written = False
    for placed in group.placed:
        form = group.forms[new]
        for storage, read_form in zip(placed.operation.inputs, placed.inputs, strict=True):
            if storage is old and (written or read_form != form or placed.operation.kind != "map"):
                return False
        written = written or new in placed.operation.writes
    return True

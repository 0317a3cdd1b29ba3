"""The order of the groups: updates of variables in place, after their last readers; waves of what can run together.

A step takes effect as a whole or not at all: what can fail comes before everything that changes a variable. Where it
needs a variable's new value, that is computed in a place of its own and copied at the end.
"""

from __future__ import annotations

from dataclasses import dataclass

from glassworks.engine.native.fuse import Alone, Group
from glassworks.engine.native.lower import Lowering
from glassworks.engine.native.operations import Station, Storage
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
        self.before_failing = 0  # what can fail, and what that needs, as bits by index
        for part in parts:
            if isinstance(part, Alone) and part.station.can_fail:
                self.before_failing |= part.before | 1 << part.index

    def result(self) -> Schedule:
        copies = [self._update(variable, storage) for variable, storage in self.lowering.writes.items()]
        everything = (1 << len(self.parts)) - 1
        for copy in copies:
            if copy is not None:
                self._append_copy(*copy, everything)
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
        if self.before_failing >> part.index & 1:
            return variable, storage
        if old is not None:
            if any(old is one for one in (*self.lowering.outputs, *self.lowering.writes.values())):
                return variable, storage
            others = [reader for reader in self.readers.get(old, []) if reader is not part]
            in_step = isinstance(part, Alone) or _reads_in_step(part, old, storage)
            if any(reader.before >> part.index & 1 for reader in others) or not in_step:
                return variable, storage
            for reader in others:
                self._order(reader.before | 1 << reader.index, part)
        self._order(self.before_failing, part)
        self.homes[storage] = variable
        return None

    def _order(self, first: int, then: Part) -> None:
        """Let some parts (bits by index, with what they need) come before another, and so before all that needs this one."""
        if not first & ~then.before:
            return
        then.before |= first
        for other in self.parts:
            if other.before >> then.index & 1:
                other.before |= first

    def _append_copy(self, variable: Variable, storage: Storage, everything: int) -> None:
        """Copy a value into a variable's memory, after everything that reads the old one or can fail."""
        target = Storage(storage.size, storage.dtype, "variable", variable.path, variable=variable)
        details = {"shape": [storage.size], "source_strides": [1], "source_offset": 0}
        part = Alone(len(self.parts), Station("copy", (storage,), (target,), (), details), everything)
        self.readers.setdefault(storage, []).append(part)
        self.parts.append(part)

    def _waves(self) -> list[list[Part]]:
        waves: list[list[Part]] = []
        done, left = 0, list(self.parts)
        while left:
            ready = [part for part in left if not part.before & ~done]
            # What calls back into Python runs by itself, on the thread that has Python.
            python: list[Part] = [part for part in ready if isinstance(part, Alone) and part.station.kind == "python"]
            wave = [part for part in ready if part not in python] or python[:1]
            if not wave:
                raise GraphError(
                    f"{len(left)} stations of a plan that wait for one another", "an order of them", "report it: the planner has a fault"
                )
            waves.append(wave)
            for part in wave:
                done |= 1 << part.index
            left = [part for part in left if part not in wave]
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

"""The order of the groups: updates of variables in place, after their last readers; waves of what can run together.

A step takes effect as a whole or not at all: what can fail comes before everything that changes a variable. Where it
needs a variable's new value, that is computed in a place of its own and copied at the end.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from glassworks.engine.native.ir.faults import planner_fault
from glassworks.engine.native.ir.groups import FusedGroup, Group, Standalone
from glassworks.engine.native.ir.ops import PythonCall, StridedCopy, TaskCall
from glassworks.engine.native.ir.order import Order, Ordered
from glassworks.engine.native.ir.plan import Plan
from glassworks.engine.native.ir.values import Storage
from glassworks.engine.native.passes.tile import tile_group
from glassworks.graph import Variable

PARALLEL_NANOSECONDS = 2000  # below this, waking another thread costs more than it gains


def schedule(plan: Plan) -> Plan:
    """Waves of groups. Adds copies for variables that cannot be updated in place."""
    scheduler = _Scheduler(plan)
    waves, escaping = scheduler.result()
    for wave in waves:
        # Long work first: what is left at the end is then short, and no thread waits long for another.
        wave.sort(key=lambda group: group.cost, reverse=True)
        _share(wave)
    in_place = scheduler.in_place
    return replace(
        plan,
        groups=scheduler.groups,
        waves=waves,
        in_place_variables=in_place,
        escaping=escaping,
        idle_waves=_idle(waves),
        stage="scheduled",
    )


def _is_python(group: Group) -> bool:
    return isinstance(group, Standalone) and isinstance(group.op, PythonCall)


def _share(wave: list[Group]) -> None:
    """Say whether all threads work on a wave."""
    pays = sum(group.tiles for group in wave) > 1 and sum(group.cost for group in wave) > PARALLEL_NANOSECONDS
    parallel = pays and not any(_is_python(group) for group in wave)
    for group in wave:
        group.parallel = parallel


def _idle(waves: list[list[Group]]) -> list[int]:
    """The two longest waves that run on one thread: the others may gather the next batch meanwhile."""
    idle = {
        i: sum(group.cost for group in wave) for i, wave in enumerate(waves) if not any(one.parallel or _is_python(one) for one in wave)
    }
    if idle:
        return sorted(sorted(idle, key=lambda i: idle[i])[-2:])
    return next(([i] for i, wave in enumerate(waves) if wave[0].parallel), [])


class _Scheduler:
    def __init__(self, plan: Plan) -> None:
        self.plan, self.groups, self.results = plan, list(plan.groups), set(plan.results)
        self.maker = {storage: group for group in self.groups for op in group.ops for storage in op.writes}
        self.readers: dict[Storage, list[Group]] = {}
        for group in self.groups:
            for storage in {s for op in group.ops for s in op.reads}:
                self.readers.setdefault(storage, []).append(group)
        self.in_place: dict[Storage, Variable] = {}
        self.failing: list[Group] = [group for group in self.groups if isinstance(group, Standalone) and group.op.can_fail]
        self.order = Order(count=1 + max((group.rank for group in self.groups), default=0))

    def result(self) -> tuple[list[list[Group]], set[Storage]]:
        """The waves, and the storages that must be in memory."""
        copies = [self._update(variable, storage) for variable, storage in self.plan.writes.items()]
        # Whatever comes after these comes after everything.
        last = [group for group in self.groups if not group.users]
        for copy in copies:
            if copy is not None:
                self._append_copy(*copy, last)
        escaping = self.results | {s for s, readers in self.readers.items() if any(self.maker.get(s) is not reader for reader in readers)}
        return self._waves(), escaping

    def _update(self, variable: Variable, storage: Storage) -> tuple[Variable, Storage] | None:
        """Let a variable's new value be computed in its memory; else return what to copy at the end."""
        old = self.plan.reads.get(variable)
        if storage is old:
            return None
        group = self.maker.get(storage)
        if storage.role != "temporary" or storage in self.in_place or group is None:
            return variable, storage
        if isinstance(group, Standalone) and (old is None or _overwrites(group, storage) is not old):
            return variable, storage
        others: list[Group] = []
        if old is not None:
            if old in self.results:
                return variable, storage
            if isinstance(group, FusedGroup) and not _reads_in_step(group, old, storage):
                return variable, storage
            others = [reader for reader in self.readers.get(old, []) if reader is not group]
        # After all that reads the old value, and after all that can fail: if there is an order in which that is so.
        if group in self.failing or not self.order.let_need(group, [*others, *self.failing]):
            return variable, storage
        self.in_place[storage] = variable
        return None

    def _append_copy(self, variable: Variable, storage: Storage, last: list[Group]) -> None:
        """Copy a value into a variable's memory, after everything that reads the old one or can fail."""
        target = Storage(storage.size, storage.dtype, "variable", variable.path, variable=variable)
        group = Standalone(len(self.groups), StridedCopy((storage,), (target,), (), shape=(storage.size,), strides=[1]))
        tile_group(group, self.plan.target)
        self.order.append(group, last)
        self.readers.setdefault(storage, []).append(group)
        self.groups.append(group)

    def _waves(self) -> list[list[Group]]:
        """Each group in the first wave in which all that it needs is done."""
        waves: list[list[Group]] = []
        position: dict[Ordered, int] = {group: i for i, group in enumerate(self.groups)}
        missing = [len(group.needs) for group in self.groups]
        ready, python, done = [group for group in self.groups if not group.needs], deque[Group](), 0
        while done < len(self.groups):
            # What calls back into Python runs by itself, on the thread that has Python.
            python.extend(group for group in ready if _is_python(group))
            wave = [group for group in ready if not _is_python(group)]
            if not wave and not python:
                left = len(self.groups) - done
                raise planner_fault(f"{left} stations of a plan that wait for one another", "an order of them", "native.schedule")
            wave = wave or [python.popleft()]
            waves.append(wave)
            done += len(wave)
            freed = []
            for i in (position[user] for group in wave for user in group.users):
                missing[i] -= 1
                if not missing[i]:
                    freed.append(i)
            ready = [self.groups[i] for i in sorted(freed)]
        return waves


def _overwrites(group: Standalone, new: Storage) -> Storage | None:
    """The value in whose memory an operation may compute a new one."""
    return group.op.in_place.get(new) if isinstance(group.op, TaskCall) else None


def _reads_in_step(group: FusedGroup, old: Storage, new: Storage) -> bool:
    """Whether a group reads the old value only element by element, and no later than it writes the new one."""
    if group.product is not None and old in group.product.reads:
        return False
    written = False
    for fused in group.calls:
        form = group.forms[new]
        for storage, read_form in zip(fused.call.inputs, fused.inputs, strict=True):
            if storage is old and (written or read_form is not form or not fused.call.is_elementwise):
                return False
        written = written or new in fused.call.writes
    return True

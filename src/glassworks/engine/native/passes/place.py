"""Where values lie: buffers, the arena for what lives only within a run, and slots of scratch memory for what lives within a tile."""

from __future__ import annotations

from dataclasses import replace

from glassworks.engine.native.ir.groups import FusedCall, FusedGroup, Slots, Standalone, Tiling
from glassworks.engine.native.ir.ops import TaskCall
from glassworks.engine.native.ir.plan import Lifetime, Plan
from glassworks.engine.native.ir.target import Target
from glassworks.engine.native.ir.values import Form, Storage
from glassworks.engine.native.passes.arena import assign_offsets


def place(plan: Plan) -> Plan:
    """Every storage that must be in memory gets a buffer, and temporary ones a place in the arena; the others get slots."""
    buffers = _buffers(plan)
    for index, storage in enumerate(buffers):
        storage.index = index
    lifetimes = _lifetimes(plan, buffers)
    offsets, arena_bytes = assign_offsets(list(lifetimes.values()), plan.target.alignment)
    scratch_bytes = plan.target.alignment
    for group in plan.stations:
        if isinstance(group, FusedGroup):
            group.slots = assign_slots(group, plan.escaping, plan.target)
            scratch_bytes = max(scratch_bytes, group.slots.bytes)
        elif isinstance(group, Standalone) and isinstance(group.op, TaskCall):
            scratch_bytes = max(scratch_bytes, group.op.workspace_bytes)
    return replace(
        plan,
        buffers=buffers,
        lifetimes=lifetimes,
        offsets=dict(zip(lifetimes, offsets, strict=True)),
        arena_bytes=arena_bytes,
        scratch_bytes=scratch_bytes,
        stage="placed",
    )


def _buffers(plan: Plan) -> list[Storage]:
    """The storages that are in memory, in the order of their first use."""
    known = dict.fromkeys([*plan.inputs, *plan.reads.values()])
    for group in plan.stations:
        for op in group.ops:
            for storages in (op.reads, op.writes):
                known.update(dict.fromkeys(s for s in storages if not group.makes(s) or s in plan.escaping))
    return list(known)


def _lifetimes(plan: Plan, buffers: list[Storage]) -> dict[Storage, Lifetime]:
    """The lifetimes of all values that exist only during a run."""
    first: dict[Storage, int] = {}
    last: dict[Storage, int] = {}
    for number, wave in enumerate(plan.waves):
        for op in (op for group in wave for op in group.ops):
            for storage in op.writes:
                first.setdefault(storage, number)
            for storage in (*op.reads, *op.writes):
                last[storage] = max(last.get(storage, 0), number)
    results = {s for s in plan.outputs if isinstance(s, Storage)}
    chosen = [s for s in buffers if s.role == "temporary" and s not in plan.in_place_variables and s not in results]
    return {s: Lifetime(s.bytes, first.get(s, 0), last.get(s, 0)) for s in chosen}


def assign_slots(group: FusedGroup, escaping: set[Storage], target: Target) -> Slots:
    """Scratch memory for what lives only within a tile; slots are used again after their last reader."""
    assert group.tiling is not None
    return _SlotAllocator(group, group.tiling, escaping, target).slots()


class _SlotAllocator:
    def __init__(self, group: FusedGroup, tiling: Tiling, escaping: set[Storage], target: Target) -> None:
        self.group, self.tiling, self.escaping, self.target = group, tiling, escaping, target
        self.of: dict[Storage, int] = {}
        self.offsets: list[int] = []
        self.sizes: list[int] = []
        self.bytes = 0
        self._free: dict[tuple[Form, int], list[int]] = {}

    def slots(self) -> Slots:
        product_stride = self._reserve_product()
        product = self.group.product.output if self.group.product is not None else None
        last_uses = _last_uses(self.group)
        for i, fused in enumerate(self.group.calls):
            ends = [s for s in dict.fromkeys(fused.call.inputs) if s in self.of and last_uses[s] == i and s is not product]
            # An elementwise output may take the very slot of an input.
            in_place = fused.call.is_elementwise and len(fused.call.outputs) == 1
            if in_place:
                self._release(ends)
            for storage in fused.call.writes:
                if storage not in self.escaping:
                    self.of[storage] = self._take(fused)
            if not in_place:
                self._release(ends)
        return Slots(self.of, self.offsets, self.sizes, self.bytes, product_stride)

    def _reserve_product(self) -> int:
        """Slot 0, in which rows begin at whole vectors; empty where the product goes to a buffer."""
        product = self.group.product
        if product is None:
            return 0
        if product.output in self.escaping:
            self._reserve(0)
            return 0
        lanes = self.target.vector_bytes // product.output.item
        stride = -(-self.tiling.columns // lanes) * lanes
        self.of[product.output] = self._reserve(self.tiling.rows * stride * product.output.item)
        return stride

    def _release(self, storages: list[Storage]) -> None:
        for storage in storages:
            self._free.setdefault((self.group.forms[storage], storage.item), []).append(self.of[storage])

    def _take(self, fused: FusedCall) -> int:
        form, item = fused.output, fused.call.output.item
        free = self._free.get((form, item))
        if free:
            return free.pop()
        rows, columns = self.tiling.chunk_rows, self.tiling.columns
        elements = {Form.FULL: rows * columns, Form.ROW: rows, Form.COLUMN: columns, Form.SCALAR: 1}[form]
        return self._reserve(elements * item)

    def _reserve(self, size: int) -> int:
        alignment = self.target.alignment
        self.offsets.append(self.bytes)
        self.sizes.append(size)
        self.bytes += -(-size // alignment) * alignment + alignment
        return len(self.offsets) - 1


def _last_uses(group: FusedGroup) -> dict[Storage, int]:
    uses: dict[Storage, int] = {}
    for i, fused in enumerate(group.calls):
        uses.update(dict.fromkeys((*fused.call.writes, *fused.call.inputs), i))
    return uses

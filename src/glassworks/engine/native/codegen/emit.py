"""From a placed plan to a program of the core: stations, instructions, waves."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from glassworks.engine.native.core import native
from glassworks.engine.native.ir.groups import FusedGroup, Group, Standalone
from glassworks.engine.native.ir.ops import Gather, MatMul, OpaqueOp, PythonCall, ScatterAdd, StridedCopy, TaskCall
from glassworks.engine.native.ir.plan import Plan
from glassworks.engine.native.ir.values import Form, Storage, row_major
from glassworks.engine.native.verify import MEMORY, Listing, Operand, Step, Work
from glassworks.graph import Variable


@dataclass(eq=False)
class Emitted:
    """A program of the core, and the reads and writes of each station, for the checker."""

    program: native.Program
    works: list[Work]


def emit(plan: Plan, memory: native.Workspace) -> Emitted:
    """The program of a plan; `memory` is the core's workspace for what lives only within a run."""
    program = native.Program(
        [storage.bytes for storage in plan.buffers], max(plan.arena_bytes, plan.target.alignment), plan.scratch_bytes, memory
    )
    works: list[Work] = []
    for wave in plan.waves:
        first = len(works)
        for group in wave:
            station, work = _station(group, len(works), plan)
            station.parallel, station.tiles, station.cost = group.parallel, group.tiles, group.cost
            program.add_station(station)
            works.append(work)
        program.add_wave(list(range(first, len(works))))
    program.set_gather_waves(plan.idle_waves)
    for storage, offset in plan.offsets.items():
        program.place_in_arena(storage.index, offset)
    return Emitted(program, works)


def listing(plan: Plan, emitted: Emitted) -> Listing:
    """What was emitted, for the checker: every value with its addresses, as if all memory were one piece that begins with the arena."""
    alignment = plan.target.alignment
    end = -(-plan.arena_bytes // alignment) * alignment
    memory: dict[Storage, tuple[int, int]] = {}
    variables: dict[Variable, int] = {}
    for storage in plan.buffers:
        variable = plan.variable_of(storage)
        start = plan.offsets.get(storage) if variable is None else variables.get(variable)
        if start is None:
            start = end
            end += storage.bytes
            if variable is not None:
                variables[variable] = start
        memory[storage] = (start, start + storage.bytes)
    old = set(plan.reads.values())
    given = [*plan.inputs, *plan.reads.values(), *(s for s in plan.buffers if s.array is not None)]
    results = [*plan.outputs, *plan.in_place_variables, *(s for s in plan.buffers if s.variable is not None and s not in old)]
    works = iter(emitted.works)
    waves = [[next(works) for _ in wave] for wave in plan.waves]
    return Listing(waves, memory, given, [s for s in results if isinstance(s, Storage)])


def _station(group: Group, index: int, plan: Plan) -> tuple[native.Station, Work]:
    station = native.Station()
    if isinstance(group, FusedGroup):
        return station, _fill_tiles(station, group, plan)
    assert isinstance(group, Standalone)
    return station, _fill_standalone(station, group.op, index)


# ---- operations that stand alone


def _fill_standalone(station: native.Station, op: OpaqueOp, index: int) -> Work:
    kind = _KINDS[type(op)]
    station.kind = native.StationKind[kind]
    if isinstance(op, PythonCall):
        station.callback = index
    elif isinstance(op, TaskCall):
        station.use_task(op.kernel.name)
        station.operands = [-1 if storage is None else storage.index for storage in op.operands]
        station.int_args, station.float_args, station.index_tables = op.ints, op.floats, op.index_tables
    elif isinstance(op, StridedCopy):
        _fill_move(station, op)
        shape = op.shape or (1,)
        station.shape, station.source_strides, station.target_strides = list(shape), op.strides or [0], row_major(shape)
        station.source_offset = op.offset
    elif isinstance(op, Gather | ScatterAdd):
        _fill_move(station, op)
        station.indices, station.index_item = op.reads[1].index, op.reads[1].item
        station.table_rows, station.count, station.width = op.rows, op.count, op.width
        if isinstance(op, ScatterAdd):
            station.use_accumulate(op.add.name)
    in_place = tuple(op.in_place.items()) if isinstance(op, TaskCall) else ()
    return Work([Step(kind, [Operand(s) for s in op.reads], [Operand(s) for s in op.writes], in_place)])


_KINDS: dict[type[OpaqueOp], str] = {StridedCopy: "copy", Gather: "gather", ScatterAdd: "scatter", TaskCall: "task", PythonCall: "python"}


def _fill_move(station: native.Station, op: OpaqueOp) -> None:
    source, target = op.reads[0], op.writes[0]
    station.source, station.target, station.item = source.index, target.index, target.item


# ---- operations on tiles


def _fill_tiles(station: native.Station, group: FusedGroup, plan: Plan) -> Work:
    tiling, slots = group.tiling, group.slots
    assert tiling is not None and slots is not None
    (station.rows, station.columns), station.tile_rows, station.tile_columns = tiling.space, tiling.rows, tiling.columns
    station.chunk_rows = tiling.chunk_rows
    steps: list[Step] = []
    work = Work(steps, tiling, slots.sizes)
    if group.product is not None:
        steps.append(_fill_product(station, group, group.product, plan))
        if _is_rank_one_descent(group, plan):
            steps.append(_fill_rank_one(station, group))
            return work
    for fused in group.calls:
        call = fused.call
        reads = [Operand(s, slots.of.get(s, MEMORY), form) for s, form in zip(call.inputs, fused.inputs, strict=True)]
        writes = [Operand(s, slots.of.get(s, MEMORY), fused.output) for s in call.writes]
        station.add(call.kernel.name, _core_form(fused.extent), [_view(one) for one in writes], [_view(one) for one in reads])
        steps.append(Step(call.kernel.kind.value, reads, writes))
    station.slot_offsets = slots.offsets
    return work


def _fill_product(station: native.Station, group: FusedGroup, product: MatMul, plan: Plan) -> Step:
    assert group.slots is not None
    if product.head is None:
        station.use_product(product.output.dtype == "float64")
        station.ahead = _ahead(group, product, plan)
    else:
        assert product.geometry is not None
        station.use_head(product.head.name)
        station.int_args = product.head.ordered_ints(product.geometry.int_args)
        station.index_tables = product.geometry.index_tables
    station.product_item, station.batch, station.k = product.output.item, product.batch, product.k
    station.a, station.b = product.a.index, product.b.index
    station.a_batch, station.a_row, station.a_k = product.a_strides
    station.b_batch, station.b_k, station.b_column = product.b_strides
    if product.output in plan.escaping:
        station.product_buffer = product.output.index
    else:
        station.block_stride = group.slots.product_stride
    return Step("product", [Operand(s) for s in product.reads], [Operand(product.output, group.slots.of.get(product.output, MEMORY))])


def _ahead(group: FusedGroup, product: MatMul, plan: Plan) -> list[int]:
    """What the epilogue reads from memory element by element, such as an optimizer's slots."""
    read = {
        storage: None
        for fused in group.calls
        for storage, form in zip(fused.call.inputs, fused.inputs, strict=True)
        if form is Form.FULL and storage not in group.forms and storage.item == product.output.item
    }
    return [storage.index for storage in list(read)[: plan.target.most_ahead]]


def _is_rank_one_descent(group: FusedGroup, plan: Plan) -> bool:
    """Whether all that happens is `variable -= gradient * rate`, in place, with the gradient of a single row."""
    product = group.product
    if product is None or product.head is not None or product.k != 1 or product.output in plan.escaping or len(group.calls) != 1:
        return False
    (fused,) = group.calls
    variable = plan.in_place_variables.get(fused.call.output)
    forms = (Form.FULL, Form.SCALAR, Form.FULL)
    if fused.call.kernel.op != "multiply_subtract_from" or fused.inputs != forms or variable is None:
        return False
    gradient, _, old = fused.call.inputs
    return gradient is product.output and old.variable is variable


def _fill_rank_one(station: native.Station, group: FusedGroup) -> Step:
    call = group.calls[0].call
    gradient, rate, old = call.inputs
    station.use_rank_one(call.output.dtype == "float64")
    station.product_buffer, station.rate, station.ahead = call.output.index, rate.index, []
    return Step(call.kernel.kind.value, [Operand(gradient, 0), Operand(rate, MEMORY, Form.SCALAR), Operand(old)], [Operand(call.output)])


def _view(operand: Operand) -> native.View:
    storage, slot, form = operand
    return native.View(storage.index if slot == MEMORY else -1, slot, _core_form(form), storage.item)


@functools.cache
def _core_form(form: Form) -> native.Form:
    return native.Form[form.value]

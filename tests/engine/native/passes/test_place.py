"""The pass that says where values lie: buffers for what is in memory, slots for what lives within a tile."""

from __future__ import annotations

import itertools

import pytest

from glassworks.engine.native.ir.plan import Plan
from glassworks.engine.native.passes.fuse import fuse
from glassworks.engine.native.passes.place import place
from glassworks.engine.native.passes.schedule import schedule
from glassworks.engine.native.passes.tile import tile
from tests.engine.native.by_hand import COLUMNS, ROWS, SPACE, call, copy, group_of, matmul, plan, value, with_update


def placed(made: Plan) -> Plan:
    return place(schedule(tile(fuse(made))))


def test_inputs_results_and_what_escapes_have_buffers() -> None:
    x, a, b, c = value("x", role="input"), value("a"), value("b"), value("c")
    made = placed(plan([call("exp", [x], a), call("tanh", [a], b), copy(b, c)], [x], [c]))
    assert made.buffers == [x, b, c] and [s.index for s in made.buffers] == [0, 1, 2]
    assert set(made.offsets) == {b} and made.arena_bytes == 128  # 96 bytes, in whole cache lines
    assert a.index == -1 and made.stage == "placed"


def test_values_that_never_live_together_share_memory() -> None:
    x = value("x", role="input")
    chain = [x, *(value(f"v{i}") for i in range(6))]
    made = placed(plan([copy(a, b) for a, b in itertools.pairwise(chain)], [x], [chain[-1]]))
    assert len(set(made.offsets.values())) == 2 and made.arena_bytes == 256


def test_what_is_computed_in_a_variable_needs_no_memory() -> None:
    old, step, new = value("w"), value("step", role="input"), value("new")
    made = plan([call("subtract", [old, step], new)], [step])
    with_update(made, old, new)
    made = placed(made)
    assert made.offsets == {} and made.arena_bytes == 0 and new in made.buffers


def test_slots_are_used_again_after_their_last_reader() -> None:
    x = value("x", role="input")
    chain = [x, *(value(f"v{i}") for i in range(5))]
    group = group_of(placed(plan([call("exp", [a], b) for a, b in itertools.pairwise(chain)], [x], [chain[-1]])), chain[1])
    assert group.slots is not None and set(group.slots.of.values()) == {0} and chain[-1] not in group.slots.of


def test_values_that_live_together_have_slots_of_their_own() -> None:
    x, a, b, c, y = value("x", role="input"), value("a"), value("b"), value("c"), value("y")
    ops = [call("exp", [x], a), call("tanh", [a], b), call("add", [a, b], c), call("multiply", [a, c], y)]
    group = group_of(placed(plan(ops, [x], [y])), y)
    assert group.slots is not None
    slots = group.slots.of
    assert slots[a] != slots[b] and slots[a] != slots[c] and slots[b] == slots[c]


def test_a_reduction_does_not_write_where_it_reads() -> None:
    x, e, total, y = value("x", role="input"), value("e"), value("total", ROWS), value("y")
    ops = [call("exp", [x], e), call("reduce_sum_columns", [e], total, split=SPACE), call("divide", [e, total], y, split=SPACE)]
    group = group_of(placed(plan(ops, [x], [y])), y)
    assert group.slots is not None and group.slots.of[e] != group.slots.of[total]
    assert group.slots.sizes[group.slots.of[total]] < group.slots.sizes[group.slots.of[e]]


@pytest.mark.parametrize("escapes", [False, True])
def test_slot_0_is_the_tile_of_a_product_unless_it_is_in_memory(escapes: bool) -> None:
    x, w, p, y = value("x", ROWS * 3, "input"), value("w", 3 * COLUMNS, "input"), value("p"), value("y")
    made = placed(plan([matmul(x, w, p), call("relu", [p], y)], [x, w], [y, p] if escapes else [y]))
    slots = group_of(made, y).slots
    assert slots is not None
    lanes = made.target.vector_bytes // 4
    if escapes:
        assert p not in slots.of and slots.product_stride == 0 and slots.sizes[0] == 0
    else:
        assert slots.of[p] == 0 and slots.product_stride == lanes and slots.sizes[0] == ROWS * lanes * 4
    assert made.scratch_bytes >= slots.bytes

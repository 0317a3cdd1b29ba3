"""A plan prints at every stage: operations, groups, waves, and where values lie."""

from __future__ import annotations

import pytest

from glassworks.engine.base import STAGES
from glassworks.engine.native.codegen.target import current_target
from glassworks.engine.native.ir.plan import Plan
from glassworks.engine.native.passes.pipeline import PASSES, make_plan
from glassworks.errors import GraphError
from glassworks.graph import optimize
from tests.engine.native.by_hand import COLUMNS, ROWS, SPACE, call, matmul, plan, value, with_update
from tests.engine.native.helpers import traced
from tests.engine.native.passes.test_simplify import X, adam_step


def example() -> Plan:
    x, w, bias = value("x", ROWS * 3, "input"), value("w", 3 * COLUMNS, "input"), value("bias", COLUMNS)
    p, s, gradient, new = value("p"), value("s"), value("gradient", COLUMNS), value("new", COLUMNS)
    ops = [matmul(x, w, p), call("add", [p, bias], s, split=SPACE), call("reduce_sum_rows", [s], gradient, split=SPACE)]
    made = plan([*ops, call("subtract", [bias, gradient], new)], [x, w], [s])
    with_update(made, bias, new)
    return made


EXPECTED = {
    "lowered": """\
plan, lowered: 4 operations
%0: float32[24] = matmul 6x4x3(x, w)
%1: float32[24] = add.float32(%0, bias) [full, column]
%2: float32[4] = reduce_sum_rows.float32(%1)
%3: float32[4] = subtract.float32(bias, %2)
bias <- %3
return %1""",
    "fused": """\
plan, fused: 1 groups
group [6 x 4]
  %0: float32[24] = matmul 6x4x3(x, w)
  %1: float32[24] = add.float32(%0, bias) [full, column]
  %2: float32[4] = reduce_sum_rows.float32(%1)
  %3: float32[4] = subtract.float32(bias, %2)
bias <- %3
return %1""",
    "placed": """\
plan, placed: 1 stations in 1 waves, 0 B of arena
wave 0
  group [6 x 4] in 1 tiles of 6 x 4
    %0: float32[24] = matmul 6x4x3(x, w)  # %0 in slot 0
    %1: float32[24] = add.float32(%0, bias) [full, column]  # %1 is an output
    %2: float32[4] = reduce_sum_rows.float32(%1)  # %2 in slot 1
    %3: float32[4] = subtract.float32(bias, %2)  # %3 in place of bias
bias <- %3
return %1""",
}


@pytest.mark.parametrize("stage", EXPECTED)
def test_a_plan_prints_what_is_known_of_it(stage: str) -> None:
    made = example()
    for apply in PASSES.values():
        if made.stage == stage:
            break
        made = apply(made)
    assert str(made) == EXPECTED[stage]


def test_the_passes_are_the_stages() -> None:
    assert tuple(PASSES) == STAGES[1:]
    graph = optimize(traced(adam_step("nobody"), X))
    for stage in STAGES:
        made = make_plan(graph, current_target(), stage=stage)
        assert made.stage == stage and str(made).startswith(f"plan, {stage}: ")


def test_an_unknown_stage_is_refused() -> None:
    graph = optimize(traced(adam_step("nobody"), X))
    for stage in ("", "Fused", "verified"):
        with pytest.raises(GraphError, match=r"one of .*'placed'"):
            make_plan(graph, current_target(), stage=stage)


def test_passes_leave_the_text_of_earlier_plans_alone() -> None:
    made = make_plan(optimize(traced(adam_step("before"), X)), current_target(), stage="lowered")
    before = str(made)
    simple = PASSES["simplified"](made)
    assert str(made) == before and str(simple) != before

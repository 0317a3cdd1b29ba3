"""The pass that orders: waves keep every dependency, updates come after the last reader and after all that can fail."""

from __future__ import annotations

import pytest

from glassworks.engine.native.ir.groups import Group, Standalone
from glassworks.engine.native.ir.ops import PythonCall, StridedCopy
from glassworks.engine.native.ir.plan import Plan
from glassworks.engine.native.ir.values import Storage
from glassworks.engine.native.passes import schedule as passes_schedule
from glassworks.engine.native.passes.fuse import fuse
from glassworks.engine.native.passes.tile import tile
from glassworks.errors import GraphError
from tests.engine.native.by_hand import COLUMNS, call, copy, labels, matmul, plan, value, with_update


def scheduled(made: Plan) -> Plan:
    return passes_schedule.schedule(tile(fuse(made)))


def wave_of(made: Plan, storage: Storage) -> int:
    """The wave in which a value is written."""
    return next(i for i, wave in enumerate(made.waves) for group in wave for op in group.ops if storage in op.writes)


def python(source: Storage, target: Storage) -> PythonCall:
    return PythonCall((source,), (target,), (), shapes=((source.size,),))


def test_what_depends_on_another_comes_a_wave_later() -> None:
    x, a, b, c = value("x", role="input"), value("a"), value("b"), value("c")
    made = scheduled(plan([call("exp", [x], a), copy(a, b), copy(x, c)], [x], [b, c]))
    assert wave_of(made, a) == wave_of(made, c) == 0 and wave_of(made, b) == 1
    assert a in made.escaping and made.stage == "scheduled"


def test_a_value_that_stays_within_its_group_does_not_escape() -> None:
    x, a, b = value("x", role="input"), value("a"), value("b")
    made = scheduled(plan([call("exp", [x], a), call("tanh", [a], b)], [x], [b]))
    assert made.escaping == {x, b}  # an input is read from memory


def test_a_variable_is_updated_in_its_own_memory() -> None:
    old, step, new = value("w"), value("step", role="input"), value("new")
    made = plan([call("subtract", [old, step], new)], [step])
    variable = with_update(made, old, new)
    made = scheduled(made)
    assert made.in_place_variables == {new: variable} and len(made.groups) == 1


def test_an_update_waits_for_the_last_reader_of_the_old_value() -> None:
    old, step, new = value("w", COLUMNS * COLUMNS), value("s", COLUMNS * COLUMNS, "input"), value("new", COLUMNS * COLUMNS)
    x, late, y = value("x", role="input"), value("late"), value("y")
    made = plan([call("subtract", [old, step], new), copy(x, late), matmul(late, old, y)], [x, step], [y])
    with_update(made, old, new)
    made = scheduled(made)
    assert new in made.in_place_variables and wave_of(made, new) > wave_of(made, y)


def test_an_update_waits_for_all_that_can_fail() -> None:
    old, step, new, y = value("w"), value("step", role="input"), value("new"), value("y")
    made = plan([call("subtract", [old, step], new), python(step, y)], [step], [y])
    with_update(made, old, new)
    made = scheduled(made)
    assert wave_of(made, new) > wave_of(made, y)


def test_a_value_that_what_can_fail_needs_is_copied_at_the_end() -> None:
    old, step, new, y = value("w"), value("step", role="input"), value("new"), value("y")
    made = plan([call("subtract", [old, step], new), python(new, y)], [step], [y])
    with_update(made, old, new)
    made = scheduled(made)
    assert new not in made.in_place_variables
    (last,) = made.waves[-1]
    assert (
        isinstance(last, Standalone)
        and isinstance(last.op, StridedCopy)
        and last.op.reads == (new,)
        and wave_of(made, y) < len(made.waves) - 1
    )


def test_an_old_value_that_is_a_result_is_not_overwritten() -> None:
    old, step, new = value("w"), value("step", role="input"), value("new")
    made = plan([call("subtract", [old, step], new)], [step], [old])
    with_update(made, old, new)
    assert scheduled(made).in_place_variables == {}


def test_a_transposed_reader_is_not_overwritten_while_it_reads() -> None:
    """x w - w by one group: the product reads all of w, so the update is not computed in its place."""
    size = COLUMNS * COLUMNS
    old, x, p, new = value("w", size), value("x", size, "input"), value("p", size), value("new", size)
    made = plan([matmul(x, old, p, COLUMNS, COLUMNS), call("subtract", [old, p], new)], [x])
    with_update(made, old, new)
    made = scheduled(made)
    assert made.in_place_variables == {} and labels(made.waves[-1][0]) == ["copy"]


def test_python_runs_in_waves_of_its_own() -> None:
    x, a, b, c = value("x", role="input"), value("a"), value("b"), value("c")
    made = scheduled(plan([python(x, a), python(x, b), copy(x, c)], [x], [a, b, c]))
    assert [len(wave) for wave in made.waves] == [1, 1, 1]
    assert not any(group.parallel for wave in made.waves for group in wave)


@pytest.mark.parametrize(("size", "parallel"), [(100, False), (400_000, True)])
def test_a_wave_is_shared_by_threads_where_that_pays(size: int, parallel: bool) -> None:
    x, y = value("x", size, "input"), value("y", size)
    made = scheduled(plan([call("exp", [x], y)], [x], [y]))
    assert made.waves[0][0].parallel == parallel and made.idle_waves == [0]


def test_the_visits_of_a_wave_grow_with_its_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each group is looked at a few times, however many there are beside it."""
    visits = 0

    def counted(group: Group) -> bool:
        nonlocal visits
        visits += 1
        return is_python(group)

    def visits_of(groups: int) -> int:
        nonlocal visits
        x, copies = value("x", 100_000, "input"), [value(f"y{i}", 100_000) for i in range(groups)]
        visits = 0
        made = scheduled(plan([copy(x, one) for one in copies], [x], copies))
        assert [len(wave) for wave in made.waves] == [groups] and all(group.parallel for group in made.waves[0])
        return visits

    is_python = passes_schedule._is_python
    monkeypatch.setattr(passes_schedule, "_is_python", counted)
    assert 0 < visits_of(40) == 2 * visits_of(20)


def test_the_results_are_collected_once_however_many_variables_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    collected = 0

    def counted(made: Plan) -> list[Storage]:
        nonlocal collected
        collected += 1
        return results(made)

    results = Plan.results.fget
    assert results is not None
    step, ops, values = value("step", role="input"), [], []
    for i in range(20):
        values.append((value(f"w{i}"), value(f"new{i}")))
        ops.append(call("subtract", [values[-1][0], step], values[-1][1]))
    made = plan(ops, [step])
    for old, new in values:
        with_update(made, old, new)
    made = tile(fuse(made))
    monkeypatch.setattr(Plan, "results", property(counted))
    assert len(passes_schedule.schedule(made).in_place_variables) == 20 and collected == 1


def test_stations_that_wait_for_one_another_are_a_fault_of_the_planner() -> None:
    x, a, b = value("x", role="input"), value("a"), value("b")
    made = tile(fuse(plan([copy(x, a), copy(a, b)], [x], [b])))
    first, second = made.groups
    first.needs[second] = second.users[first] = None
    with pytest.raises(GraphError, match=r"2 stations (.|\n)*the planner has a fault"):
        passes_schedule.schedule(made)

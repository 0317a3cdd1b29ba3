"""The pass that finds known chains, on chains made by hand."""

from __future__ import annotations

from glassworks.engine.native.ir.ops import ScatterAdd, TaskCall
from glassworks.engine.native.ir.values import Storage
from glassworks.engine.native.passes.simplify import simplify
from tests.engine.native.by_hand import call, constant, plan, value
from tests.engine.native.helpers import kernel


def moving_average(x: Storage, y: Storage, result: Storage, weight: float = 0.1) -> list:
    difference, step = value("difference"), value("step")
    return [call("subtract", [y, x], difference), call("multiply", [difference, constant(weight)], step), call("add", [x, step], result)]


def test_a_moving_average_is_one_call() -> None:
    x, y, result = value("x", role="input"), value("y", role="input"), value("result")
    made = plan(moving_average(x, y, result), [x, y], [result])
    simple = simplify(made)
    (op,) = simple.ops
    assert op.label == "lerp" and op.reads[:2] == (x, y) and op.writes == (result,)
    assert simple.stage == "simplified"


def test_the_plan_before_stays_as_it_was() -> None:
    x, y, result = value("x", role="input"), value("y", role="input"), value("result")
    made = plan(moving_average(x, y, result), [x, y], [result])
    before = str(made)
    simplify(made)
    assert str(made) == before and made.stage == "lowered"


def test_a_chain_with_another_reader_stays() -> None:
    x, y, result, other = value("x", role="input"), value("y", role="input"), value("result"), value("other")
    ops = moving_average(x, y, result)
    step = ops[1].output
    made = simplify(plan([*ops, call("negative", [step], other)], [x, y], [result, other]))
    assert [op.label for op in made.ops] == ["subtract", "multiply", "add", "negative"]


def test_descent_is_one_call() -> None:
    variable, gradient, step, result = value("v", role="input"), value("g", role="input"), value("s"), value("r")
    ops = [call("multiply", [gradient, constant(0.1)], step), call("subtract", [variable, step], result)]
    (op,) = simplify(plan(ops, [variable, gradient], [result])).ops
    assert op.label == "multiply_subtract_from" and op.reads[0] is gradient and op.reads[2] is variable


def adam(gradient: Storage, variable: Storage, momentum: Storage, velocity: Storage, size: int = 24) -> tuple[list, list[Storage]]:
    square, m, v, scaled, root, denominator, step, new = (
        value(name, size) for name in ["square", "m", "v", "scaled", "root", "denominator", "step", "new"]
    )
    lerps = [call("lerp", [momentum, gradient, constant(0.1)], m), call("lerp", [velocity, square, constant(0.01)], v)]
    ops = [
        call("square", [gradient], square),
        *lerps,
        call("multiply", [m, constant(0.3)], scaled),
        call("sqrt", [v], root),
        call("add", [root, constant(1e-7)], denominator),
        call("divide", [scaled, denominator], step),
        call("subtract", [variable, step], new),
    ]
    return ops, [new, m, v]


def test_adam_is_one_call_that_makes_three_values() -> None:
    inputs = [value(name, role="input") for name in ("gradient", "variable", "momentum", "velocity")]
    ops, results = adam(*inputs)
    (op,) = simplify(plan(ops, inputs, results)).ops
    assert op.label == "adam" and list(op.writes) == results
    gradient, variable, momentum, velocity = inputs
    assert op.reads[:4] == (variable, gradient, momentum, velocity)


def test_a_gradient_of_few_rows_is_added_up_by_adam_itself() -> None:
    updates, indices = value("updates", 12, "input"), value("indices", 3, "input", "int32")
    rows = value("rows")
    inputs = [value(name, role="input") for name in ("variable", "momentum", "velocity")]
    ops, results = adam(rows, *inputs)
    scatter = ScatterAdd((updates, indices), (rows,), (), rows=6, count=3, width=4, add=kernel("add"))
    (op,) = simplify(plan([scatter, *ops], [updates, indices, *inputs], results)).ops
    assert isinstance(op, TaskCall) and op.label == "scatter_adam" and list(op.writes) == results
    assert op.in_place == dict(zip(results, inputs, strict=True))


def test_a_gradient_that_is_read_elsewhere_stays_in_memory() -> None:
    updates, indices, rows = value("updates", 12, "input"), value("indices", 3, "input", "int32"), value("rows")
    inputs = [value(name, role="input") for name in ("variable", "momentum", "velocity")]
    ops, results = adam(rows, *inputs)
    scatter = ScatterAdd((updates, indices), (rows,), (), rows=6, count=3, width=4, add=kernel("add"))
    made = simplify(plan([scatter, *ops], [updates, indices, *inputs], [*results, rows]))
    assert [op.label for op in made.ops] == ["scatter", "adam"]


def test_what_nobody_reads_is_left_out() -> None:
    x, used, unused = value("x", role="input"), value("used"), value("unused")
    made = simplify(plan([call("exp", [x], used), call("log", [x], unused)], [x], [used]))
    assert [op.label for op in made.ops] == ["exp"]

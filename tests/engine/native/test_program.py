"""A native program keeps the promises of any engine: variables, errors, threads, memory."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import Any

import numpy as np
import pytest

from glassworks import ops
from glassworks.engine.native.core import native as core
from glassworks.engine.native.program import NativeProgram
from glassworks.engine.reference import ReferenceProgram
from glassworks.errors import ArgumentError, ShapeError
from glassworks.graph import Spec, Variable, trace

X = np.arange(6, dtype="float32").reshape(2, 3)
PAIR = Spec((2, 3), "float32")


def test_two_variables_change_places() -> None:
    a, b = Variable(np.array([1.0, 2.0], "float32")), Variable(np.array([3.0, 4.0], "float32"))

    def swap() -> None:
        old = a.value
        a.assign(b.value)
        b.assign(old)

    program = NativeProgram(trace(swap))
    program()
    assert a.numpy().tolist() == [3, 4] and b.numpy().tolist() == [1, 2]
    program()
    assert a.numpy().tolist() == [1, 2] and b.numpy().tolist() == [3, 4]


def test_an_old_value_may_be_an_output() -> None:
    total = Variable(np.zeros((2, 3), "float32"))

    def step(x: Any) -> Any:
        before = total.value
        total.assign(total.value + x)
        return before, total.value * 2.0, total.value

    program = NativeProgram(trace(step, PAIR))
    program(X)
    before, double, after = program(X)
    np.testing.assert_array_equal(before, X)
    np.testing.assert_array_equal(double, 4 * X)
    np.testing.assert_array_equal(after, 2 * X)


def test_a_value_that_others_still_read_is_not_overwritten() -> None:
    # w is updated from a product that reads all of w: in place, later tiles would read new numbers.
    def make() -> Variable:
        return Variable(np.random.default_rng(0).normal(size=(200, 200)).astype("float32"))

    native, reference = make(), make()

    def step(w: Variable) -> Any:
        def run(x: Any) -> Any:
            product = ops.matmul(w.value, w.value)
            w.assign(w.value - product * 0.001)
            return ops.matmul(x, ops.transpose(w.value)) + ops.sum(product)

        return run

    x = np.ones((3, 200), "float32")
    spec = Spec(x.shape, "float32")
    found, expected = NativeProgram(trace(step(native), spec))(x), ReferenceProgram(trace(step(reference), spec))(x)
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-4)
    np.testing.assert_allclose(native.numpy(), reference.numpy(), rtol=1e-5, atol=1e-6)


def test_what_was_read_from_a_variable_never_changes() -> None:
    w = Variable(np.ones((2, 3), "float32"))
    before = w.value
    program = NativeProgram(trace(lambda x: w.assign(w.value + x), PAIR))
    program(X)
    middle = w.value
    program(X)
    np.testing.assert_array_equal(before, np.ones((2, 3)))
    np.testing.assert_array_equal(middle, 1 + X)
    np.testing.assert_array_equal(w.value, 1 + 2 * X)
    w.assign(X)
    program(X)
    np.testing.assert_array_equal(w.numpy(), 2 * X)


def test_ops_without_a_kernel_run_inside() -> None:
    def mixed(x: Any) -> Any:
        return ops.sort(ops.relu(x - 2.0) * 3.0, axis=-1) + ops.cumsum(x, axis=1)

    program = NativeProgram(trace(mixed, PAIR))
    assert any(report.ops[0].endswith("(in Python)") for report in program.stations())
    np.testing.assert_allclose(program(X)[0], np.sort(np.maximum(X - 2, 0) * 3) + X.cumsum(axis=1))


def test_an_error_in_an_op_without_a_kernel_comes_out() -> None:
    def take(x: Any, i: Any) -> Any:
        return ops.take(x, i, axis=1)

    program = NativeProgram(trace(take, PAIR, Spec((2,), "int32")))
    with pytest.raises(ArgumentError, match="axis 1 of size 3"):
        program(X, np.array([0, 7], "int32"))
    np.testing.assert_array_equal(program(X, np.array([0, 2], "int32"))[0], X[:, [0, 2]])


def test_an_index_outside_its_table_is_an_error_and_no_weight_changes() -> None:
    table = Variable(np.ones((4, 8), "float32"))

    def step(i: Any) -> None:
        rows = ops.take(table.value, i, axis=0)
        table.assign(table.value - ops.sum(rows) * 0.1)

    program = NativeProgram(trace(step, Spec((3,), "int32")))
    with pytest.raises(ArgumentError, match="into axis 0 of size 4"):
        program(np.array([0, 1, 4], "int32"))
    assert (table.numpy() == 1).all()


def test_inputs_of_another_shape_are_an_error() -> None:
    with pytest.raises(ShapeError, match="traced"):
        NativeProgram(trace(lambda x: x * 2.0, PAIR))(X[:1])


def big_step(seed: int = 0) -> tuple[NativeProgram, list[Variable], list[np.ndarray]]:
    """Two layers, dropout-like bits, a loss and updates: enough work for several threads."""
    rng = np.random.default_rng(seed)
    w1 = Variable(rng.normal(size=(300, 200)).astype("float32") * 0.1)
    w2 = Variable(rng.normal(size=(200, 30)).astype("float32") * 0.1)
    x, y = rng.normal(size=(96, 300)).astype("float32"), rng.normal(size=(96, 30)).astype("float32")

    def step(x: Any, y: Any) -> Any:
        from glassworks.graph import gradients

        hidden = ops.relu(ops.matmul(x, w1.value))
        mean, variance = ops.mean(hidden, axis=0), ops.var(hidden, axis=0)
        hidden = (hidden - mean) * ops.rsqrt(variance + 1e-3)
        out = ops.softmax(ops.matmul(hidden, w2.value))
        loss = ops.mean(ops.square(out - y))
        d1, d2 = gradients([loss], [w1.value, w2.value])
        w1.assign(w1.value - d1 * 0.5)
        w2.assign(w2.value - d2 * 0.5)
        return loss, out

    graph = trace(step, Spec(x.shape, "float32"), Spec(y.shape, "float32"))
    return NativeProgram(graph), [w1, w2], [x, y]


def run_big(threads: int) -> list[bytes]:
    core.set_threads(threads)
    program, variables, data = big_step()
    outputs = [program(*data) for _ in range(5)][-1]
    program.run_steps([a.repeat(2, axis=0) for a in data], None, 0, 96, 2, 1.0)
    return [a.tobytes() for a in outputs] + [v.numpy().tobytes() for v in variables]


def test_any_number_of_threads_gives_the_same_bits(isa: str) -> None:
    alone = run_big(1)
    for threads in (2, 3, 8):
        assert run_big(threads) == alone


def test_steps_in_one_call_are_steps_one_by_one() -> None:
    rng = np.random.default_rng(0)
    data = rng.normal(size=(50, 4)).astype("float32")
    order = rng.permutation(50)

    def program() -> tuple[NativeProgram, Variable]:
        w = Variable(np.zeros((4,), "float32"))
        return NativeProgram(trace(lambda x: w.assign(w.value * 0.9 + ops.sum(x * x, axis=0)), Spec((8, 4), "float32"))), w

    (many, one), (single, other) = program(), program()
    done = 0
    while done < 6:
        done += many.run_steps([data], order, done * 8, 8, 6 - done, 0.0)
    for start in range(0, 48, 8):
        single(data[order[start : start + 8]])
    assert one.numpy().tobytes() == other.numpy().tobytes()


def test_steps_of_python_ops_alone_see_each_batch() -> None:
    data = np.random.default_rng(0).normal(size=(40, 4)).astype("float32")
    total = Variable(np.zeros((8, 4), "float32"))
    program = NativeProgram(trace(lambda x: total.assign(ops.sort(x, axis=0)), Spec((8, 4), "float32")))
    assert any("Python" in report.ops[0] for report in program.stations())
    for steps in (1, 3, 5):
        assert program.run_steps([data], None, 0, 8, steps, 5.0) == steps
        np.testing.assert_array_equal(total.numpy(), np.sort(data[8 * (steps - 1) : 8 * steps], axis=0))


def test_rows_outside_the_data_are_an_error() -> None:
    w = Variable(np.zeros((4,), "float32"))
    program = NativeProgram(trace(lambda x: w.assign(w.value + ops.sum(x, axis=0)), Spec((2, 4), "float32")))
    data = np.ones((10, 4), "float32")
    with pytest.raises(IndexError):
        program.run_steps([data], np.array([0, 10]), 0, 2, 1, 1.0)
    with pytest.raises(IndexError):
        program.run_steps([data], None, 0, 2, 6, 1.0)
    with pytest.raises(IndexError):
        program.run_steps([data], np.array([0, 1]), 0, 2, 2, 1.0)


def test_a_program_may_be_called_from_several_threads() -> None:
    program, _, _ = big_step()
    predict = NativeProgram(trace(lambda x: ops.softmax(ops.matmul(x, np.ones((3, 5), "float32"))), PAIR))
    expected = predict(X)[0]
    failures: list[Any] = []

    def work() -> None:
        for _ in range(200):
            if not np.array_equal(predict(X)[0], expected):
                failures.append(1)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not failures and program is not None


def test_no_two_values_that_live_at_the_same_time_share_memory() -> None:
    program, _, _ = big_step()
    plan = program.plan
    entries = [(plan.offsets[s], s.bytes, plan.lifetimes[s]) for s in plan.offsets]
    assert len(entries) > 4
    for i, (start, size, life) in enumerate(entries):
        assert start % 64 == 0 and start + size <= plan.arena_bytes
        for other_start, other_size, other in entries[:i]:
            if life.first <= other.last and other.first <= life.last:
                assert start + size <= other_start or other_start + other_size <= start


def test_every_value_is_used_within_its_lifetime() -> None:
    program, _, _ = big_step()
    plan = program.plan
    for number, wave in enumerate(plan.waves):
        for op in (op for group in wave for op in group.ops):
            for storage in (*op.reads, *op.writes):
                if storage in plan.lifetimes:
                    assert plan.lifetimes[storage].first <= number <= plan.lifetimes[storage].last


FORK = """
import os, sys, numpy as np
sys.path.insert(0, {root!r})
from tests.engine.native.test_program import run_big
first = run_big(2)
child = os.fork()
if child == 0:
    os._exit(0 if run_big(2) == first else 1)
assert run_big(2) == first
sys.exit(os.waitpid(child, 0)[1])
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_child_computes_with_threads_of_its_own() -> None:
    root = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))
    subprocess.run([sys.executable, "-W", "ignore", "-c", FORK.format(root=root)], check=True, timeout=60)


def test_memory_does_not_grow_over_ten_thousand_steps() -> None:
    program, _, data = big_step()
    small = NativeProgram(trace(lambda x: ops.sum(ops.exp(x)), PAIR))

    def resident() -> int:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * 4096

    if not os.path.exists("/proc/self/statm"):
        pytest.skip("this system does not tell how much memory a process uses")
    rows = [np.repeat(a, 2, axis=0) for a in data]
    for _ in range(50):
        small(X)
    program.run_steps(rows, None, 0, 96, 2, 1.0)
    before = resident()
    for _ in range(10_000):
        small(X)
    for _ in range(200):
        program.run_steps(rows, None, 0, 96, 2, 1.0)
    assert resident() - before < 4 << 20


def test_measuring_changes_no_variable() -> None:
    program, variables, _ = big_step()
    before = [v.numpy() for v in variables]
    program.measure(3)
    assert all(np.array_equal(v.numpy(), b) for v, b in zip(variables, before, strict=True))
    assert all(report.seconds is not None and report.seconds >= 0 for report in program.stations())

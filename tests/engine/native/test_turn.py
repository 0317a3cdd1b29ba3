"""A program that is called while it runs raises or waits, but never hangs: from its own ops, signal handlers, finalizers, threads, forks."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

import numpy as np
import pytest

from glassworks import ops
from glassworks.engine.native.core import native as core
from glassworks.engine.native.program import NativeProgram
from glassworks.engine.native.turn import Turn
from glassworks.engine.native.workspace import Workspace
from glassworks.errors import StateError
from glassworks.graph import Primitive, Spec, apply, trace

X = np.random.default_rng(0).normal(size=(64, 300)).astype("float32")
W = np.random.default_rng(1).normal(size=(300, 200)).astype("float32")
WAIT = 30.0  # seconds after which a thread counts as hanging


class InPython(Primitive):
    """An op without a kernel: the identity, which does something on the way."""

    def __init__(self) -> None:
        self.action: Callable[[], Any] = lambda: None

    def infer(self, x: Spec) -> Spec:
        return x

    def forward(self, xp: Any, x: Any) -> Any:
        self.action()
        return x


def plain() -> NativeProgram:
    """A program that runs on all threads."""
    return NativeProgram(trace(lambda x: ops.softmax(ops.matmul(x, W)), Spec(X.shape, "float32")))


def calling_back() -> tuple[NativeProgram, InPython]:
    """A program with work for all threads before and after a call back into Python."""
    op = InPython()
    return NativeProgram(trace(lambda x: ops.softmax(ops.matmul(apply(op, ops.tanh(x)), W)), Spec(X.shape, "float32"))), op


EXPECTED = plain()(X)[0]
INSIDE = plain()(np.tanh(X))[0]


@pytest.fixture(autouse=True)
def on_two_threads() -> None:
    core.set_threads(2)


def test_a_program_that_calls_itself_raises_and_goes_on_working() -> None:
    program, op = calling_back()
    op.action = lambda: program(X)
    with pytest.raises(StateError, match="called again while it runs") as caught:
        program(X)
    assert "begins after" in str(caught.value) and "signal handler" in str(caught.value)
    op.action = lambda: None
    np.testing.assert_allclose(program(X)[0], INSIDE, rtol=1e-5, atol=1e-7)


def test_every_way_of_running_counts() -> None:
    program, op = calling_back()
    ways: list[Callable[[], Any]] = [lambda: program(X), lambda: program.run_steps([X], None, 0, 64, 1, 1.0), lambda: program.measure(1)]
    for outer in ways:
        for inner in ways:
            op.action = inner
            with pytest.raises(StateError, match="called again"):
                outer()
            op.action = lambda: None


def test_programs_that_share_a_turn_count_as_one() -> None:
    op, workspace = InPython(), Workspace()
    spec = Spec((3,), "float32")
    one, other = NativeProgram(trace(lambda x: apply(op, x), spec), workspace), NativeProgram(trace(lambda x: x + 1.0, spec), workspace)
    op.action = lambda: other(X[0, :3])
    with pytest.raises(StateError, match="called again"):
        one(X[0, :3])
    np.testing.assert_array_equal(other(X[0, :3])[0], X[0, :3] + 1)


@pytest.mark.parametrize("steps", [False, True])
def test_another_program_runs_inside_a_python_op(steps: bool) -> None:
    (program, op), other = calling_back(), plain()
    seen: list[np.ndarray] = []
    op.action = lambda: seen.append(other(X)[0])
    if steps:
        assert program.run_steps([X], None, 0, 64, 1, 1.0) == 1
    else:
        np.testing.assert_allclose(program(X)[0], INSIDE, rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(seen[0], EXPECTED)


def test_a_python_op_may_wait_for_a_thread_that_runs_another_program() -> None:
    (program, op), other = calling_back(), plain()
    seen: list[np.ndarray] = []

    def wait() -> None:
        thread = threading.Thread(target=lambda: seen.append(other(X)[0]), daemon=True)
        thread.start()
        thread.join(WAIT)
        assert not thread.is_alive(), "the other thread hangs"

    op.action = wait
    np.testing.assert_allclose(program(X)[0], INSIDE, rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(seen[0], EXPECTED)


@pytest.mark.parametrize("threads", [1, 5])
def test_a_python_op_may_change_the_number_of_threads(threads: int) -> None:
    program, op = calling_back()
    op.action = lambda: core.set_threads(threads)
    for _ in range(3):
        np.testing.assert_allclose(program(X)[0], INSIDE, rtol=1e-5, atol=1e-7)
        assert program.run_steps([X], None, 0, 64, 1, 1.0) == 1
        core.set_threads(2)


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="this system has no signal for users")
def test_a_signal_handler_may_run_another_program_but_not_the_same() -> None:
    (program, op), other = calling_back(), plain()
    seen: list[np.ndarray] = []
    before = signal.signal(signal.SIGUSR1, lambda *_: seen.append(other(X)[0]))
    try:
        op.action = lambda: signal.raise_signal(signal.SIGUSR1)
        np.testing.assert_allclose(program(X)[0], INSIDE, rtol=1e-5, atol=1e-7)
        np.testing.assert_array_equal(seen[0], EXPECTED)
        signal.signal(signal.SIGUSR1, lambda *_: program(X))
        with pytest.raises(StateError, match="called again"):
            program(X)
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_a_finalizer_may_run_another_program_but_not_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    (program, op), other = calling_back(), plain()
    results: list[Any] = []
    failures: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda failure: failures.append(failure.exc_value))

    class Last:
        def __init__(self, last: NativeProgram) -> None:
            self.itself, self.last = self, last

        def __del__(self) -> None:
            results.append(self.last(X)[0])

    def leave(last: NativeProgram) -> None:
        Last(last)
        gc.collect()

    op.action = lambda: leave(other)
    program(X)
    np.testing.assert_array_equal(results[0], EXPECTED)
    op.action = lambda: leave(program)
    program(X)
    assert len(results) == 1 and [type(failure) for failure in failures] == [StateError]


def at_each_bytecode(function: Callable, inside: Callable[[], Any]) -> list[Callable[[], Any]]:
    """Calls of `Turn.take` in each of which `inside` happens before another bytecode of it, as a signal or a finalizer would."""

    def at(number: int) -> Callable[[], Any]:
        def call() -> Any:
            count = 0

            def tracer(frame: FrameType, event: str, argument: Any) -> Any:
                nonlocal count
                if frame.f_code is not Turn.take.__code__:
                    return None
                frame.f_trace_opcodes = True
                if event == "opcode":
                    count += 1
                    if count == number:
                        sys.settrace(None)
                        inside()
                return tracer

            old = sys.gettrace()
            sys.settrace(tracer)
            try:
                return function()
            finally:
                sys.settrace(old)

        return call

    return [at(number) for number in range(1, 60)]


def finishes(function: Callable[[], Any]) -> bool:
    thread = threading.Thread(target=function, daemon=True)
    thread.start()
    thread.join(WAIT)
    return not thread.is_alive()


def test_a_call_within_any_bytecode_of_a_call_runs_or_raises() -> None:
    turn = Turn()
    seen: list[Any] = []

    def again() -> None:
        try:
            seen.append(turn.take(int, 7))
        except StateError:
            seen.append(None)

    for call in at_each_bytecode(lambda: turn.take(int, 5), again):
        assert finishes(lambda call=call: seen.append(call()))
    assert seen.count(5) == 59 and None in seen and 7 in seen


def test_an_interrupt_while_a_program_runs_leaves_the_turn_free() -> None:
    turn = Turn()

    def interrupt() -> None:
        raise KeyboardInterrupt

    def run() -> None:
        with pytest.raises(KeyboardInterrupt):
            turn.take(interrupt)

    assert finishes(run) and finishes(lambda: turn.take(int, 5))


PREPARE = """
import os, signal, sys, threading, time
signal.alarm(60)  # what hangs is killed, the children too
sys.path.insert(0, {root!r})
import numpy as np
from tests.engine.native.test_turn import EXPECTED, INSIDE, X, calling_back, core, plain
core.set_threads(2)

def wait_for(child):
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code == 0, code

def forked(action):
    child = os.fork()
    if child == 0:
        signal.alarm(30)
        try:
            action()
        except BaseException:
            import traceback
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    wait_for(child)
"""

WHILE_A_THREAD_RUNS = """
program = plain()
stop = False
def work():
    rows = np.tile(X, (50, 1))
    while not stop:
        program.run_steps([rows], None, 0, 64, 50, 0.05)
        program(X)
thread = threading.Thread(target=work)
thread.start()
def check():
    assert (program(X)[0] == EXPECTED).all() and (plain()(X)[0] == EXPECTED).all()
for _ in range(20):
    forked(check)
    time.sleep(0.003)
stop = True
thread.join()
"""

WHILE_A_THREAD_IS_IN_PYTHON = """
program, op = calling_back()
inside, leave = threading.Event(), threading.Event()
def stay():
    inside.set()
    leave.wait()
op.action = stay
thread = threading.Thread(target=program, args=(X,))
thread.start()
inside.wait()
def check():
    op.action = lambda: None
    assert (abs(program(X)[0] - INSIDE) < 1e-5).all() and (plain()(X)[0] == EXPECTED).all()
forked(check)
leave.set()
thread.join()
"""

FROM_A_PYTHON_OP = """
program, op = calling_back()
children = []
op.action = lambda: children.append(os.fork())
result = program(X)[0]
assert (abs(result - INSIDE) < 1e-5).all()
op.action = lambda: None
assert (abs(program(X)[0] - INSIDE) < 1e-5).all()
if children == [0]:
    os._exit(0)
wait_for(children[0])
"""

TRAINING_IN_A_FORKED_PROCESS = """
import multiprocessing
import glassworks as keras
rng = np.random.default_rng(0)
x, y = rng.normal(size=(256, 20)).astype("float32"), rng.normal(size=(256, 1)).astype("float32")
def make():
    model = keras.Sequential([keras.Input((20,)), keras.layers.Dense(64, activation="relu"), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    return model
model, stop = make(), False
def work():
    while not stop:
        model.fit(x, y, epochs=2, verbose=0)
thread = threading.Thread(target=work)
thread.start()
time.sleep(0.3)
def train():
    signal.alarm(30)
    assert np.isfinite(model.fit(x, y, verbose=0).history["loss"][0])
    assert np.isfinite(make().fit(x, y, verbose=0).history["loss"][0])
    model.predict(x, verbose=0)
context = multiprocessing.get_context("fork")
for _ in range(4):
    process = context.Process(target=train)
    process.start()
    process.join(40)
    assert process.exitcode == 0, process.exitcode
stop = True
thread.join()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.parametrize(
    "program",
    [WHILE_A_THREAD_RUNS, WHILE_A_THREAD_IS_IN_PYTHON, FROM_A_PYTHON_OP, TRAINING_IN_A_FORKED_PROCESS],
    ids=["while a thread runs", "while a thread is in Python", "from a Python op", "training in a forked process"],
)
def test_a_forked_child_can_use_every_program(program: str) -> None:
    root = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))
    subprocess.run([sys.executable, "-W", "ignore", "-c", PREPARE.format(root=root) + program], check=True, timeout=90)


AT_EXIT = """
def work():
    program = plain()
    while True:
        program(X)
for _ in range(4):
    threading.Thread(target=work, daemon=True).start()
time.sleep(0.2)
"""

AT_EXIT_IN_A_CHILD = """
program, op = calling_back()
inside, leave = threading.Event(), threading.Event()
def stay():
    inside.set()
    leave.wait()
op.action = stay
threading.Thread(target=program, args=(X,), daemon=True).start()
inside.wait()
start = time.monotonic()
child = os.fork()
if child == 0:
    sys.exit()  # with all that is done at exit
wait_for(child)
assert time.monotonic() - start < 5  # it did not wait for a thread that it does not have
leave.set()
"""

AT_EXIT_BY_THE_LAST_THREAD = """
import atexit
program = plain()
def work():
    while True:
        program(X)
threading.Thread(target=work, daemon=True).start()
time.sleep(0.1)
def check():
    assert (program(X)[0] == EXPECTED).all()
    print("checked")
from atexit import _run_exitfuncs
_run_exitfuncs()  # what was registered by the core; what follows runs after it
atexit.register(check)
"""


@pytest.mark.parametrize(
    ("program", "told"),
    [(AT_EXIT, ""), (AT_EXIT_IN_A_CHILD, ""), (AT_EXIT_BY_THE_LAST_THREAD, "checked\n")],
    ids=["daemon threads run programs", "in a forked child", "a handler runs a program"],
)
def test_a_process_ends_in_order_while_daemon_threads_are_inside_the_core(program: str, told: str) -> None:
    if "fork" in program and not hasattr(os, "fork"):
        pytest.skip("this system does not fork")
    root = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))
    command = [sys.executable, "-W", "ignore", "-c", PREPARE.format(root=root) + program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90)
    assert (done.returncode, done.stdout, done.stderr) == (0, told, "")

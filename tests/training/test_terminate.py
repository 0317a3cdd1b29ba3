"""SIGTERM ends training after the step: callbacks and `finally` blocks have their turn, then the program exits with code 143."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glassworks as keras

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM that a process can send to itself")

X, Y = np.ones((64, 3), "float32"), np.ones((64, 1), "float32")


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


class Send(keras.callbacks.Callback):
    """Sends signals in the second batch, and notes the hooks of the end."""

    def __init__(self, *signals: int) -> None:
        super().__init__()
        self.signals, self.batches, self.hooks = signals, 0, []  # type: ignore[var-annotated]

    def get_state(self) -> dict[str, Any]:
        return {}

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.batches += 1
        if self.batches == 2:
            for number in self.signals:
                os.kill(os.getpid(), number)

    def on_interrupt(self) -> None:
        self.hooks.append("interrupt")

    def on_train_end(self, logs: Any = None) -> None:
        self.hooks.append("end")


def model() -> Any:
    made = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    made.compile("sgd", "mse")
    return made


def test_the_step_ends_and_the_hooks_run_before_the_exit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sending, after = Send(signal.SIGTERM), []
    net = model()
    with pytest.raises(SystemExit) as caught:
        try:
            net.fit(X, Y, batch_size=8, epochs=3, verbose=0, callbacks=[sending], resume=tmp_path / "run")
        finally:
            after.append("finally")
    assert caught.value.code == 143
    assert (sending.batches, sending.hooks, after) == (2, ["interrupt", "end"], ["finally"])
    assert int(net.optimizer.iterations) == 2
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    assert "Terminated in epoch 1 of 3" in capsys.readouterr().out
    assert list((tmp_path / "run").glob("*.json"))
    again = model()
    again.fit(X, Y, batch_size=8, epochs=3, verbose=0, resume=tmp_path / "run")
    assert int(again.optimizer.iterations) == 24


def test_the_programs_own_handler_has_its_turn() -> None:
    called: list[int] = []

    def own(number: int, frame: Any) -> None:
        called.append(number)

    signal.signal(signal.SIGTERM, own)
    with pytest.raises(SystemExit) as caught:
        model().fit(X, Y, batch_size=8, verbose=0, callbacks=[Send(signal.SIGTERM)])
    assert caught.value.code == 143 and called == [signal.SIGTERM]
    assert signal.getsignal(signal.SIGTERM) is own


def test_the_code_of_the_programs_own_handler_counts() -> None:
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(7))
    with pytest.raises(SystemExit) as caught:
        model().fit(X, Y, batch_size=8, verbose=0, callbacks=[Send(signal.SIGTERM)])
    assert caught.value.code == 7


def test_a_second_one_ends_at_once() -> None:
    sending = Send(signal.SIGTERM, signal.SIGTERM)
    with pytest.raises(SystemExit) as caught:
        model().fit(X, Y, batch_size=8, verbose=0, callbacks=[sending])
    assert caught.value.code == 143 and not sending.hooks


def test_where_it_is_ignored_nothing_changes() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sending = Send(signal.SIGTERM)
    model().fit(X, Y, batch_size=8, epochs=2, verbose=0, callbacks=[sending])
    assert sending.batches == 16
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN


def test_in_validation_and_in_an_inner_training_it_ends_too() -> None:
    seen: list[int] = []

    class Inner(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            seen.append(epoch)
            model().fit(X, Y, batch_size=8, epochs=50, verbose=0, callbacks=[Send(signal.SIGTERM)])

    with pytest.raises(SystemExit):
        model().fit(X, Y, epochs=5, verbose=0, callbacks=[Inner()])
    assert seen == [0]
    hook = keras.callbacks.LambdaCallback(on_test_batch_end=lambda batch, logs: os.kill(os.getpid(), signal.SIGTERM))
    with pytest.raises(SystemExit):
        model().fit(X, Y, epochs=5, verbose=0, callbacks=[hook], validation_data=(X, Y))


def test_another_thread_leaves_the_signal_to_the_program() -> None:
    handlers: list[Any] = []
    note = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: handlers.append(signal.getsignal(signal.SIGTERM)))
    thread = threading.Thread(target=lambda: model().fit(X, Y, verbose=0, callbacks=[note]))
    thread.start()
    thread.join()
    assert handlers == [signal.SIG_DFL]


def test_a_worker_that_was_forked_in_training_ends_as_usual() -> None:
    ends: list[int] = []

    def fork(epoch: int, logs: Any) -> None:
        process = os.fork()
        if not process:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(10)
            os._exit(0)
        ends.append(os.WTERMSIG(os.waitpid(process, 0)[1]))

    model().fit(X, Y, verbose=0, callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=fork)])
    assert ends == [signal.SIGTERM]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_wait_for_slow_data_ends_at_once(number: int, workers: int) -> None:
    released, waited = threading.Event(), list[bool]()

    class Slow(keras.utils.PyDataset):
        def __len__(self) -> int:
            return 6

        def __getitem__(self, index: int) -> Any:
            if index == 3:
                threading.Timer(0.3, os.kill, (os.getpid(), number)).start()
                waited.append(released.wait(60))
            return X[:8], Y[:8]

    net = model()
    try:
        if number == signal.SIGINT:
            net.fit(Slow(workers=workers), verbose=0, shuffle=False)
        else:
            with pytest.raises(SystemExit):
                net.fit(Slow(workers=workers), verbose=0, shuffle=False)
    finally:
        still_waiting = not waited
        released.set()
    assert still_waiting
    assert int(net.optimizer.iterations) == 3

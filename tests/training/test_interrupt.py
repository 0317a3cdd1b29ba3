"""Ctrl-C: the first one ends training after the step, the second one ends the program; where it is ignored, nothing changes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import Any

import numpy as np
import pytest

import glassworks as keras
from glassworks.training import interrupt
from glassworks.training.interrupt import Interruptible

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT that a process can send to itself"),
    pytest.mark.usefixtures("ctrl_c"),
]

X, Y = np.ones((64, 3), "float32"), np.ones((64, 1), "float32")


def press() -> None:
    os.kill(os.getpid(), signal.SIGINT)


class Press(keras.callbacks.Callback):
    """Presses Ctrl-C a number of times in the second batch."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times, self.ended = times, False

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if batch == 1:
            for _ in range(self.times):
                press()

    def on_train_end(self, logs: Any = None) -> None:
        self.ended = True


def model() -> Any:
    made = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    made.compile("sgd", "mse")
    return made


def fit(times: int, net: Any = None) -> Press:
    pressing = Press(times)
    (net or model()).fit(X, Y, batch_size=8, epochs=3, verbose=0, callbacks=[pressing])
    return pressing


def test_the_first_press_ends_training_as_planned(capsys: pytest.CaptureFixture[str]) -> None:
    assert fit(1).ended
    assert "Interrupted in epoch 1 of 3" in capsys.readouterr().out
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_second_press_raises_at_once_and_leaves_the_model_usable() -> None:
    net = model()
    with pytest.raises(KeyboardInterrupt):
        fit(2, net)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert np.isfinite(net.predict(X, verbose=0)).all()
    net.fit(X, Y, verbose=0)


def test_a_loop_of_trainings_ends_with_the_second_press() -> None:
    trained = 0
    with pytest.raises(KeyboardInterrupt):
        for _ in range(5):
            model().fit(X, Y, batch_size=8, verbose=0, callbacks=[Press(1)])
            trained += 1
    assert trained == 1


def test_a_press_long_after_the_first_one_is_a_first_one_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupt, "AGAIN_SECONDS", -1.0)
    for _ in range(2):
        pressing = Press(1)
        model().fit(X, Y, batch_size=8, verbose=0, callbacks=[pressing])
        assert pressing.ended


def test_evaluate_within_a_callback_of_fit_stops_too(capsys: pytest.CaptureFixture[str]) -> None:
    seen: list[int] = []

    class Evaluate(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            hook = keras.callbacks.LambdaCallback(on_test_batch_end=lambda batch, logs: (seen.append(batch), batch == 1 and press()))
            self.model.evaluate(X, Y, batch_size=4, verbose=0, callbacks=[hook])

    model().fit(X, Y, epochs=3, verbose=0, callbacks=[Evaluate()])
    assert seen == [0, 1]
    assert "Interrupted" in capsys.readouterr().out


def test_evaluate_and_predict_raise_at_the_first_press() -> None:
    for run in ("evaluate", "predict"):
        word = {"evaluate": "test", "predict": "predict"}[run]
        hook = keras.callbacks.LambdaCallback(**{f"on_{word}_batch_end": lambda batch, logs: press()})
        arguments = (X, Y) if run == "evaluate" else (X,)
        with pytest.raises(KeyboardInterrupt):
            getattr(model(), run)(*arguments, batch_size=8, verbose=0, callbacks=[hook])


@pytest.mark.parametrize("handler", [signal.SIG_IGN, lambda number, frame: None])
def test_a_handler_of_the_program_stays(handler: Any) -> None:
    signal.signal(signal.SIGINT, handler)
    assert fit(2).ended
    assert signal.getsignal(signal.SIGINT) is handler


def test_training_runs_in_another_thread_than_the_main_one() -> None:
    histories: list[Any] = []
    thread = threading.Thread(target=lambda: histories.append(model().fit(X, Y, verbose=0)))
    with Interruptible() as main:
        thread.start()
        thread.join()
        assert not main.requested
    assert len(histories) == 1
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


LOOP = """
import os, signal, threading, time
import numpy as np, glassworks as keras
signal.signal(signal.SIGINT, signal.default_int_handler)
x = np.ones((4000, 50), "float32")
def press():
    time.sleep(0.5)
    for _ in range(2):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.4)
model = keras.Sequential([keras.Input((50,)), keras.layers.Dense(50)])
model.compile("sgd", "mse")
model.fit(x, x, verbose=0)
threading.Thread(target=press).start()
for i in range(20):
    model.fit(x, x, epochs=100000, verbose=0)
    print("trained", i)
"""


def test_a_program_that_trains_in_a_loop_is_ended_by_pressing_twice() -> None:
    done = subprocess.run([sys.executable, "-c", LOOP], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert done.stderr.splitlines()[-1] == "KeyboardInterrupt"
    assert done.stdout.count("trained") == 1

"""Training processes that are really killed; `campaign.py` kills a hundred."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.training.resuming.campaign import kill_until_done

PROGRAM = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell that starts programs in the background has them ignore it
import numpy as np, glassworks as keras
x = np.ones((4000, 50), "float32")
model = keras.Sequential([keras.Input((50,)), keras.layers.Dense(50)])
model.compile("sgd", "mse")
print("begins", flush=True)
try:
    model.fit(x, x, epochs=%d, verbose=0, resume=sys.argv[1])
finally:
    print("finally", int(model.optimizer.iterations), flush=True)
"""
EPOCHS = 100_000


def test_a_process_that_is_killed_goes_on(tmp_path: Path) -> None:
    counts: Counter[str] = Counter()
    # A process that is quick may end before the second signal.
    problem = kill_until_done(0, [signal.SIGTERM, signal.SIGKILL], tmp_path, random.Random(0), counts)
    assert not problem, problem


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 0)])
def test_a_signal_ends_a_program_and_leaves_a_checkpoint(number: int, code: int, tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", PROGRAM % EPOCHS, str(tmp_path / "run")], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline()
        time.sleep(1.0)
        process.send_signal(number)
        lines = process.stdout.read()
        assert process.wait() == code
    assert "goes on from it" in lines
    done = int(lines.split("finally ")[1].split()[0])
    assert done < EPOCHS * 125 // 2  # long before the end, which would take minutes
    assert list((tmp_path / "run").glob("*.json"))

"""What all tests share: a quiet JAX under Keras, repeatable seeds, real data, a time limit."""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
# The tests run what they compile once or twice: compiling in haste takes half the time.
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")

import random
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import numpy as np
import pytest

from glassworks.checks import switch
from glassworks.engine.native import verify
from glassworks.names import reset_names
from glassworks.random import set_global_seed

LIMIT_SECONDS = 180
# Every program that a test plans is checked: whatever is read was written before.
verify.enabled = True


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets; GLASSWORKS_DATA says where it is, else it lies beside the checkout."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("GLASSWORKS_DATA", beside))
    if not (folder / "mnist.npz").exists():
        pytest.skip(f"real data is not at {folder}; set GLASSWORKS_DATA to a folder with mnist.npz")
    return folder


@pytest.fixture(autouse=True)
def repeatable() -> None:
    """The same random numbers, names and checks in every test, whatever ran before it."""
    random.seed(0)
    np.random.seed(0)
    set_global_seed(0)
    reset_names()
    switch((), True, "tests")


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Python's own handler of Ctrl-C, which a process that was started in the background does not have."""
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, previous)


@pytest.fixture(scope="module", autouse=True)
def small_workers() -> Iterator[None]:
    """Frees what JAX compiled for the tests of a file: the cases of the next file have other shapes, and all of it together takes gigabytes."""
    yield
    if "jax" in sys.modules:
        sys.modules["jax"].clear_caches()


@pytest.fixture(autouse=True)
def time_limit() -> Iterator[None]:
    """A test that hangs fails instead of stopping the suite."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"the test ran for more than {LIMIT_SECONDS} seconds")

    previous = signal.signal(signal.SIGALRM, stop)
    signal.alarm(LIMIT_SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, previous)

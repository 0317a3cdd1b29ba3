"""What all tests share: a quiet JAX under Keras, repeatable seeds, real data, a time limit."""

from __future__ import annotations

import os
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
from tests import jax_settings
from tests.costs import Costs
from tests.selection import MARKERS, Selection
from tests.settings import Settings

# Before a test imports Keras.
os.environ.setdefault("KERAS_BACKEND", "jax")
jax_settings.before_import(cache=Path(__file__).resolve().parents[1] / ".pytest_cache" / "jax")

# Against tests that hang. A busy machine may take ten times as long as a quiet one.
LIMIT_SECONDS = 600
# Every program that a test plans is checked: whatever is read was written before.
verify.enabled = True


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help="a tour of half a minute: some cases of each test, without Keras and slow tests")


def pytest_configure(config: pytest.Config) -> None:
    for name, meaning in MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")
    config.pluginmanager.register(Selection(config.getoption("quick")))
    config.pluginmanager.register(Costs())
    config.pluginmanager.register(Settings())


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


@pytest.fixture(autouse=True)
def small_workers() -> Iterator[None]:
    """Keeps JAX quick, and its memory small: all that the tests compile takes gigabytes."""
    if "jax" in sys.modules:
        jax_settings.share_context()
    yield
    jax_settings.MEMORY.forget()


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

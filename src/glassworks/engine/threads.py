"""The number of threads of the native engine, and facts about the CPU."""

from __future__ import annotations

from typing import Any

from glassworks.engine.native.core import native
from glassworks.environment import MOST_THREADS
from glassworks.errors import ArgumentError


def set_num_threads(count: int) -> None:
    """Set the number of threads of the native engine; all cores by default. The environment variable is GLASSWORKS_NUM_THREADS.

    Results do not depend on it: they are the same bit for bit.

    Args:
        count: From 1 to 64.

    >>> before = num_threads()
    >>> set_num_threads(1)
    >>> num_threads()
    1
    >>> set_num_threads(before)
    """
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MOST_THREADS:
        expected = f"an integer from 1 to {MOST_THREADS}"
        raise ArgumentError(f"count={count!r}", expected, "os.cpu_count() is usual", where="config.set_num_threads")
    if native is not None:
        native.set_threads(count)


def num_threads() -> int:
    """The number of threads of the native engine; 1 where it was not built.

    >>> num_threads() >= 1
    True
    """
    return 1 if native is None else native.threads()


def cpu() -> dict[str, Any]:
    """The instruction set in use (`"isa"`), those that this CPU could run (`"runnable"`), and the number of threads.

    The instruction set is the best one, or the one that the environment variable GLASSWORKS_ISA names. Without the native
    engine it is None.

    >>> sorted(cpu())
    ['isa', 'runnable', 'threads']
    """
    return {
        "isa": None if native is None else native.isa(),
        "runnable": [] if native is None else native.runnable_isas(),
        "threads": num_threads(),
    }

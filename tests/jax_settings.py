"""How JAX, on which Keras runs in the tests, compiles: in haste and in little memory, since a test runs what it compiles once or twice."""

from __future__ import annotations

import ctypes
import functools
import gc
import importlib.util
import mmap
import os
import sys
from pathlib import Path

# Without these emitters XLA compiles a small case in half the time. It aborts on flags that it does not know.
FLAG = "xla_cpu_use_fusion_emitters"
# A worker that has grown beyond this gives back what JAX compiled, and again each time that it has grown by so much.
MOST_MEGABYTES, GROWTH = 900, 150


def before_import(cache: Path) -> None:
    """Set the variables that JAX reads when it is imported.

    Args:
        cache: A folder in which it keeps what it compiled: the next run, and the other workers of this one, need not compile it again.
    """
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(cache))
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")
    if _knows(FLAG) and FLAG not in os.environ.get("XLA_FLAGS", ""):
        os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --{FLAG}=false".strip()


def _knows(flag: str) -> bool:
    """Whether the XLA that is installed has a flag."""
    spec = importlib.util.find_spec("jaxlib")
    for place in spec.submodule_search_locations or () if spec else ():
        for library in Path(place).glob("libjax_common*"):
            with open(library, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                return content.find(flag.encode()) >= 0
    return False


def share_context() -> None:
    """Let all programs that JAX lowers live in one MLIR context.

    By default each has its own, with every dialect: 1.3 MB that stay as long as the compiled program, and a third of the time of compiling it.
    """
    from jax._src.interpreters import mlir

    if not hasattr(mlir.make_ir_context, "cache_info"):
        mlir.make_ir_context = functools.cache(mlir.make_ir_context)


class Memory:
    """The size from which on compiled programs are freed. What is not theirs stays: if a fixed size were the limit, they would be freed, and
    compiled again, after every test as soon as the rest alone is larger."""

    def __init__(self) -> None:
        self.limit = float(MOST_MEGABYTES)

    def forget(self) -> None:
        """Free what JAX compiled, where it takes much memory."""
        if "jax" not in sys.modules or megabytes() <= self.limit:
            return
        sys.modules["jax"].clear_caches()
        gc.collect()
        if sys.platform == "linux":
            ctypes.CDLL(None).malloc_trim(0)
        self.limit = max(MOST_MEGABYTES, megabytes() + GROWTH)


MEMORY = Memory()


def megabytes() -> float:
    """The memory of this process; 0 where Linux's file about it does not exist."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * mmap.PAGESIZE / 2**20
    except OSError:
        return 0.0

"""The compiled core, if it was built: the module `glassworks._native`."""

from __future__ import annotations

import importlib
import os
from typing import Any

from glassworks.errors import ArgumentError, suggest


def _load() -> Any:
    """The module, or None: there was no compiler at installation, or GLASSWORKS_PURE=1."""
    try:
        return importlib.import_module("glassworks._native")
    except ImportError:
        return None


native: Any = _load()


def available() -> bool:
    """Whether the native engine was built."""
    return native is not None


def has_kernel(name: str) -> bool:
    """Whether there is a kernel of this name, such as `"add.float32"`."""
    return native.has_kernel(name)


def check_environment() -> None:
    """Raise for values of GLASSWORKS_ISA and GLASSWORKS_NUM_THREADS that the core could not follow."""
    if native is None:
        return
    isa = os.environ.get("GLASSWORKS_ISA")
    if isa and isa not in native.runnable_isas():
        known = native.runnable_isas()
        raise ArgumentError(f"GLASSWORKS_ISA={isa!r}", f"an instruction set that this CPU can run: {', '.join(known)}", suggest(isa, known))
    threads = os.environ.get("GLASSWORKS_NUM_THREADS")
    if threads and (not threads.isdigit() or not 1 <= int(threads) <= 64):
        raise ArgumentError(f"GLASSWORKS_NUM_THREADS={threads!r}", "a whole number from 1 to 64", "unset it to use all cores")


check_environment()

"""The compiled core, if it was built: the module `glassworks._native`."""

from __future__ import annotations

import os
from typing import Any

from glassworks.errors import ArgumentError, suggest

try:
    from glassworks import _native as module
except ImportError:  # no compiler at installation, or GLASSWORKS_PURE=1
    module = None  # type: ignore[assignment]

native: Any = module


def available() -> bool:
    """Whether the native engine was built."""
    return native is not None


def has_kernel(name: str) -> bool:
    """Whether there is a kernel of this name, such as `"add.float32"`."""
    return native.has_kernel(name)


def apply_environment() -> None:
    """Take instruction set and number of threads from GLASSWORKS_ISA and GLASSWORKS_NUM_THREADS."""
    if native is None:
        return
    isa = os.environ.get("GLASSWORKS_ISA")
    if isa and not native.choose_isa(isa):
        known = native.runnable_isas()
        raise ArgumentError(f"GLASSWORKS_ISA={isa!r}", f"an instruction set that this CPU can run: {', '.join(known)}", suggest(isa, known))
    threads = os.environ.get("GLASSWORKS_NUM_THREADS")
    if threads:
        if not threads.isdigit() or int(threads) < 1:
            raise ArgumentError(f"GLASSWORKS_NUM_THREADS={threads!r}", "a whole number from 1", "unset it to use all cores")
        native.set_threads(int(threads))


apply_environment()

"""The compiled core, if it was built: the module `glassworks._native`."""

from __future__ import annotations

import importlib
import os
from typing import Any

from glassworks.errors import ArgumentError, suggest


def _load() -> tuple[Any, str | None]:
    """The module and None; or None and why it is missing."""
    try:
        return importlib.import_module("glassworks._native"), None
    except ModuleNotFoundError:
        return None, _reason_of_the_build()
    except ImportError as error:
        return None, f"it cannot be loaded ({error})"


def _reason_of_the_build() -> str:
    """What `build_backend/` wrote down when it built an installation without the core."""
    try:
        return importlib.import_module("glassworks._without_native").REASON
    except ModuleNotFoundError:
        return "it was not built in this checkout"


native: Any
missing: str | None  # why there is no core; None where there is one
native, missing = _load()


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

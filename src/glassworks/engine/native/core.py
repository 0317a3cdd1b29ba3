"""The compiled core, if it was built: the module `glassworks._native`. No other file imports it."""

from __future__ import annotations

import os
from types import ModuleType
from typing import TYPE_CHECKING

from glassworks import environment
from glassworks.errors import ArgumentError, suggest

HOW_TO_GET_NATIVE = "Install a C++ compiler (GCC or Clang) and reinstall glassworks without GLASSWORKS_PURE"


def _load() -> tuple[ModuleType | None, str | None]:
    """The compiled core and None; or None and why it is missing, in words."""
    try:
        import glassworks._native as compiled

        return compiled, None
    except ModuleNotFoundError:
        return None, _reason_of_the_build()
    except ImportError as error:
        return None, f"it cannot be loaded ({error})"


def _reason_of_the_build() -> str:
    """What `build_backend/` wrote down when it built an installation without the core."""
    try:
        import glassworks._without_native as build

        return build.REASON
    except ModuleNotFoundError:
        return "it was not built in this checkout"


def _check_instruction_set() -> None:
    """Raise an error if GLASSWORKS_ISA names an instruction set that this CPU cannot run."""
    isa = os.environ.get("GLASSWORKS_ISA")
    if native is not None and isa and isa not in native.runnable_isas():
        runnable = native.runnable_isas()
        expected = f"an instruction set that this CPU can run: {', '.join(runnable)}"
        raise ArgumentError(f"GLASSWORKS_ISA={isa!r}", expected, f"{suggest(isa, runnable)}; unset it to use the best", where="environment")


environment.check_threads()
if TYPE_CHECKING:
    # Its types are those of `_native.pyi`, which is made of the compiled module. Who uses it has asked `available` before.
    from glassworks import _native as native

    why_missing: str | None
else:
    native, why_missing = _load()
_check_instruction_set()


def available() -> bool:
    """Whether the native engine was built."""
    return native is not None


def require(where: str) -> None:
    """Raise an error if the compiled core is missing."""
    if native is None:
        found = f"engine 'native', which is missing: {why_missing}"
        raise ArgumentError(found, "an engine that is installed", f"{HOW_TO_GET_NATIVE}, or use 'reference'", where=where)

"""What the library finds around it: its environment variables, each checked when it is read, and its compiled core."""

from __future__ import annotations

import functools
import importlib
import os
from typing import Any

from glassworks.errors import ArgumentError, suggest

ENGINES = ("auto", "native", "reference")
MOST_THREADS = 64
HOW_TO_GET_NATIVE = "Install a C++ compiler (GCC or Clang) and reinstall glassworks without GLASSWORKS_PURE"


def engine() -> str:
    """GLASSWORKS_ENGINE, or "auto"."""
    return known_engine(os.environ.get("GLASSWORKS_ENGINE") or "auto", "GLASSWORKS_ENGINE", "environment")


def known_engine(name: Any, what: str, where: str) -> str:
    """The name of an engine, or an error that suggests one."""
    if name not in ENGINES:
        raise ArgumentError(f"{what}={name!r}", "the name of an engine", suggest(str(name), ENGINES), where=where)
    return name


def check_threads() -> None:
    """Raise an error if GLASSWORKS_NUM_THREADS is not a number of threads."""
    given = os.environ.get("GLASSWORKS_NUM_THREADS")
    if given and not (given.isascii() and given.isdigit() and 1 <= int(given) <= MOST_THREADS):
        fix = "unset it to use all cores, or set for example GLASSWORKS_NUM_THREADS=4"
        raise ArgumentError(f"GLASSWORKS_NUM_THREADS={given!r}", f"an integer from 1 to {MOST_THREADS}", fix, where="environment")


@functools.cache
def _load() -> tuple[Any, str | None]:
    """The compiled core and None; or None and why it is missing."""
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


@functools.cache
def native_core() -> Any:
    """The module `glassworks._native`; None if it is missing. It is looked for at the first call, so that importing stays quick.

    Raises:
        ArgumentError: GLASSWORKS_NUM_THREADS is not a number of threads, or GLASSWORKS_ISA names an instruction set that this CPU cannot run.
    """
    check_threads()
    native, _ = _load()
    isa = os.environ.get("GLASSWORKS_ISA")
    if native is not None and isa and isa not in native.runnable_isas():
        runnable = native.runnable_isas()
        expected = f"an instruction set that this CPU can run: {', '.join(runnable)}"
        raise ArgumentError(f"GLASSWORKS_ISA={isa!r}", expected, f"{suggest(isa, runnable)}; unset it to use the best", where="environment")
    return native


def why_native_is_missing() -> str | None:
    """Why there is no core, in words: "no C++ compiler was found when it was installed". None where there is one."""
    return _load()[1]


def require_native_core(where: str) -> None:
    """Raise an error if there is no compiled core."""
    if native_core() is None:
        found = f"engine 'native', which is missing: {why_native_is_missing()}"
        raise ArgumentError(found, "an engine that is installed", f"{HOW_TO_GET_NATIVE}, or use 'reference'", where=where)

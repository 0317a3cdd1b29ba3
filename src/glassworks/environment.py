"""The library's environment variables, each checked when it is read."""

from __future__ import annotations

import os

from glassworks.errors import ArgumentError, suggest

ENGINES = ("auto", "native", "reference")
MOST_THREADS = 64


def engine() -> str:
    """The value of GLASSWORKS_ENGINE, or "auto"."""
    return known_engine(os.environ.get("GLASSWORKS_ENGINE") or "auto", "GLASSWORKS_ENGINE", "environment")


def known_engine(name: object, what: str, where: str) -> str:
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

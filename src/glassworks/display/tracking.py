"""Progress of long work, for people at a terminal: nothing is shown for short work, in pipes and in files."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
PATIENCE = 1.0
"""Seconds after which a bar appears."""


def tracked(steps: Iterable[T], total: int, text: str, show: bool = True) -> Iterator[T]:
    """The steps themselves; where they take longer than a second, a bar on the terminal's standard error, which disappears at the end.

    Args:
        steps: What is iterated over.
        total: How many there are at most.
        text: What is done, in a few words.
        show: False for no bar at all.

    >>> list(tracked(range(3), 3, "counting"))
    [0, 1, 2]
    """
    if not show or not sys.stderr.isatty():
        yield from steps
        return
    started, bar, task = time.monotonic(), None, None
    try:
        for number, step in enumerate(steps):
            if bar is None and time.monotonic() - started > PATIENCE:
                from rich.console import Console
                from rich.progress import Progress

                bar = Progress(console=Console(stderr=True), transient=True)
                bar.start()
                task = bar.add_task(text, total=total)
            if bar is not None and task is not None:
                bar.update(task, completed=number)
            yield step
    finally:
        if bar is not None:
            bar.stop()

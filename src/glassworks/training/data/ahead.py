"""Work done ahead in background threads, given out in order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any

_END = object()
_PREFIX = "glassworks-data"


def cores() -> int:
    """The number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def map_ahead(function: Callable[[Any], Any], items: Iterable[Any], workers: int, at_most: int) -> Iterator[Any]:
    """`map` in threads: results come in the order of the items, and no more than `at_most` of them wait to be taken.

    An error comes out where its result would have. The threads end with the iterator, however it ends.

    >>> list(map_ahead(str, range(4), workers=2, at_most=3))
    ['0', '1', '2', '3']
    """
    pool = ThreadPoolExecutor(workers, thread_name_prefix=_PREFIX)
    under_way: deque[Future] = deque()
    wait = True
    try:
        for item in items:
            under_way.append(pool.submit(function, item))
            if len(under_way) >= at_most:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    except KeyboardInterrupt:
        wait = False  # a worker that hangs must not hold up Ctrl-C
        raise
    finally:
        pool.shutdown(wait=wait, cancel_futures=True)


def ahead(iterator: Iterator[Any], at_most: int) -> Iterator[Any]:
    """The same elements, taken from the iterator in one background thread, at most so many before they are asked for.

    >>> list(ahead(iter("abc"), 2))
    ['a', 'b', 'c']
    """
    # One worker takes one element after the other; each task is a single step, so that nothing ever blocks for good.
    steps = map_ahead(lambda _: next(iterator, _END), iter(int, 1), workers=1, at_most=at_most)
    try:
        for element in steps:
            if element is _END:
                return
            yield element
    finally:
        steps.close()  # type: ignore[attr-defined]
        # After Ctrl-C the worker may still be inside the iterator, and then leaves by itself.
        with suppress(ValueError):
            getattr(iterator, "close", bool)()

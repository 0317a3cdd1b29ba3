"""Work done ahead in background threads, given out in order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from glassworks import tree

_END = object()


def cores() -> int:
    """The number of cores that this process may use, at most 8: more threads wait for each other in Python."""
    return min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 8)


def threads(count: int) -> Executor:
    """A pool of up to `count` threads, which are started as they are needed."""
    return ThreadPoolExecutor(count, thread_name_prefix="glassworks-data")


def map_ahead(
    function: Callable[[Any], Any], items: Iterable[Any], pool: Executor, at_most: int, most_bytes: int | None = None
) -> Iterator[Any]:
    """`map` in threads or processes, whose results come in the order of the items.

    An error is raised in the place of its result. The workers end with the iterator, however it ends.

    Args:
        function: The function that the workers call.
        items: The items, which are taken in the thread that asks for results.
        pool: The workers, used by this call alone.
        at_most: The number of results that wait to be taken or are being computed.
        most_bytes: The memory these may take, if they are as large as the first; two are always allowed.

    >>> list(map_ahead(str, range(4), threads(2), at_most=3))
    ['0', '1', '2', '3']
    """
    under_way: deque[Future] = deque()
    wait = True
    room = at_most if most_bytes is None else min(at_most, 2)
    try:
        for item in items:
            under_way.append(pool.submit(function, item))
            if len(under_way) >= room:
                result = under_way.popleft().result()
                if most_bytes is not None:
                    room = max(2, min(at_most, most_bytes // max(_bytes(result), 1)))
                yield result
                del result  # no reference may keep a result alive after it was given out
        while under_way:
            yield under_way.popleft().result()
    except KeyboardInterrupt:
        wait = False  # a worker that hangs must not hold up Ctrl-C
        raise
    finally:
        pool.shutdown(wait=wait, cancel_futures=True)


def _bytes(result: object) -> int:
    return sum(getattr(leaf, "nbytes", 0) for leaf in tree.flatten(result))


def ahead(iterator: Iterator[Any], at_most: int) -> Iterator[Any]:
    """The same elements, taken from the iterator in one background thread, which is at most `at_most` elements in front.

    >>> list(ahead(iter("abc"), 2))
    ['a', 'b', 'c']
    """
    # One worker takes one element after the other; each task takes a single one, so that nothing blocks forever.
    steps = map_ahead(lambda _: next(iterator, _END), iter(int, 1), threads(1), at_most)
    try:
        for element in steps:
            if element is _END:
                return
            yield element
    finally:
        steps.close()  # type: ignore[attr-defined]
        # After Ctrl-C the worker may still be inside the iterator; it ends by itself.
        with suppress(ValueError):
            getattr(iterator, "close", bool)()

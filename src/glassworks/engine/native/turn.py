"""Programs that share memory run one at a time: whose turn it is."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

from glassworks.errors import StateError

Ts = TypeVarTuple("Ts")
R = TypeVar("R")


class Turn:
    """Lets one call run at a time, of a program or of several that share memory.

    Another thread waits until the call has ended. A call within the call, on the same thread, would wait for itself, so it raises: it
    comes from a Python op, or from a signal handler or a finalizer that Python runs there.

    >>> turn = Turn()
    >>> turn.take(max, 3, 5)
    5
    """

    def __init__(self) -> None:
        self._renew()
        _turns.add(self)

    def _renew(self) -> None:
        # A signal handler or a finalizer may run after any bytecode, also between taking a plain lock and noting who has it. A lock that a
        # thread may take again lets it through there, where nothing has begun yet; while something runs, `_busy` says so.
        self._lock = threading.RLock()
        self._busy = False

    def take(self, run: Callable[[*Ts], R], *args: *Ts) -> R:
        """Call a function when no other call of this turn runs.

        Raises:
            StateError: This thread is inside such a call.
        """
        with self._lock:
            if self._busy:
                raise StateError(
                    "a program that was called again while it runs, on the thread that runs it",
                    "a call that begins after the one before it has ended",
                    "do not call the model from a Python op of its own, or from a signal handler or __del__ that may run during a step; "
                    "set a flag there, and look at it after the step, for example in a callback's on_train_batch_end",
                )
            try:
                self._busy = True
                return run(*args)
            finally:
                self._busy = False

    def _after_fork(self) -> None:
        """Take the turn from a thread that did not come along into the child: then its lock cannot be had."""
        if self._lock.acquire(blocking=False):
            self._lock.release()
        else:
            self._renew()


_turns: weakref.WeakSet[Turn] = weakref.WeakSet()


def _after_fork() -> None:
    for turn in list(_turns):
        turn._after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)

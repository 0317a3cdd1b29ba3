"""Ctrl-C and SIGTERM during training: finish the current step, then stop, so that the state is that after a number of complete steps."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any

from glassworks.tracebacks import user_frame

AGAIN_SECONDS = 2.0
EXIT_CODE = 128 + 15
"""The exit code of a program that SIGTERM has ended."""


class InterruptedBetweenStepsError(KeyboardInterrupt):
    """Ends a loop between two steps, after Ctrl-C or SIGTERM.

    Args:
        interruptible: The block of the loop.
    """

    def __init__(self, interruptible: Interruptible) -> None:
        super().__init__()
        self.interruptible = interruptible


class Interruptible:
    """Within this `with` block the first Ctrl-C only sets `requested`; a second one raises `KeyboardInterrupt` at once.

    The second one must come in the same block, or less than two seconds later in another block that the same function
    has entered: a loop that trains one model after the other is stopped by pressing twice.

    With `terminable`, the first SIGTERM sets `requested` too; a second one raises `SystemExit` at once. The caller calls `exit_if_terminated`
    when all is done.

    Where Ctrl-C is ignored (a job in the background), where the program has a handler of its own for it, and outside the main
    thread, which alone may set handlers, nothing is changed.

    Args:
        terminable: Whether to take SIGTERM as well.

    Attributes:
        insisted: Whether Ctrl-C was pressed a second time.
        terminated: Whether SIGTERM came in this block.
    """

    # When Ctrl-C was pressed last, and in the function of the user's that was training then.
    _last: tuple[float, FrameType | None] = (float("-inf"), None)

    def __init__(self, terminable: bool = False) -> None:
        self._requested = self.insisted = self.terminated = False
        self._terminable, self._waiting, self._process = terminable, False, os.getpid()
        self._outer: list[Interruptible] = []
        # Signal -> the handler before this block.
        self._previous: dict[int, Any] = {}
        self._user: FrameType | None = None

    @property
    def requested(self) -> bool:
        """Whether the loop shall end: for Ctrl-C or SIGTERM in this block, or in the one around it (`evaluate` in a callback of `fit`)."""
        return self._requested or any(outer.requested for outer in self._outer)

    def __enter__(self) -> Interruptible:
        if threading.current_thread() is not threading.main_thread():
            return self
        handler = signal.getsignal(signal.SIGINT)
        if self._is_outer(handler):
            pass
        elif handler is signal.default_int_handler:
            self._user = user_frame()
            if time.monotonic() - Interruptible._last[0] > AGAIN_SECONDS:
                Interruptible._last = (float("-inf"), None)  # a reference to a frame keeps all its variables alive
            self._previous[signal.SIGINT] = signal.signal(signal.SIGINT, self._press)
        handler = signal.getsignal(signal.SIGTERM)
        # None is a handler that was not set by Python.
        if not self._is_outer(handler) and self._terminable and handler is not signal.SIG_IGN and handler is not None:
            self._previous[signal.SIGTERM] = signal.signal(signal.SIGTERM, self._terminate)
        return self

    def _is_outer(self, handler: object) -> bool:
        """Whether the handler is that of a block around this one, which is remembered."""
        owner = getattr(handler, "__self__", None)
        if not isinstance(owner, Interruptible):
            return False
        self._outer.append(owner)
        return True

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        for number, previous in self._previous.items():
            if getattr(signal.getsignal(number), "__self__", None) is self:
                signal.signal(number, previous)
        if isinstance(error, InterruptedBetweenStepsError):
            raise KeyboardInterrupt from None  # what users know, and what the hooks around this block cannot take for their own

    def _press(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        when, user = Interruptible._last
        self.insisted = self._requested or (user is self._user and now - when < AGAIN_SECONDS)
        Interruptible._last = (now, self._user)
        self._requested = True
        if self.insisted:
            signal.default_int_handler(number, frame)
        self._end_waiting()

    def _terminate(self, number: int, frame: FrameType | None) -> None:
        if os.getpid() != self._process:  # a worker that was forked in this block
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        if self.terminated:
            raise SystemExit(EXIT_CODE)
        self.terminated = self._requested = True
        self._end_waiting()

    # ---- waiting for data

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """A `with` block in which no step runs, so that Ctrl-C may end it at once: it raises `InterruptedBetweenStepsError`."""
        self._waiting = True
        try:
            yield
        finally:
            self._waiting = False

    def _end_waiting(self) -> None:
        if self._waiting:
            self._waiting = False
            raise InterruptedBetweenStepsError(self)

    def exit_if_terminated(self) -> None:
        """After the block: let the program's own handler for SIGTERM have its turn, then raise `SystemExit`, if SIGTERM came."""
        if not self.terminated:
            return
        previous = self._previous[signal.SIGTERM]
        if callable(previous):
            previous(signal.SIGTERM, None)
        raise SystemExit(EXIT_CODE)

"""Ctrl-C during training: finish the current step, then stop, so that the weights are consistent."""

from __future__ import annotations

import signal
import threading
import time
from types import FrameType
from typing import Any

from glassworks.tracebacks import user_frame

AGAIN_SECONDS = 2.0


class Interruptible:
    """Within this `with` block the first Ctrl-C only sets `requested`; a second one raises `KeyboardInterrupt` at once.

    The second one must come in the same block, or less than two seconds later in another block that the same function
    has entered: a loop that trains one model after the other is stopped by pressing twice.

    Where Ctrl-C is ignored (a job in the background), where the program has a handler of its own, and outside the main
    thread, which alone may set handlers, nothing is changed.

    Attributes:
        insisted: Whether Ctrl-C was pressed a second time.
    """

    # When Ctrl-C was pressed last, and in the function of the user's that was training then.
    _last: tuple[float, FrameType | None] = (float("-inf"), None)

    def __init__(self) -> None:
        self._requested = self.insisted = False
        self._outer: Interruptible | None = None
        self._previous: Any = None
        self._user: FrameType | None = None

    @property
    def requested(self) -> bool:
        """Whether Ctrl-C was pressed, in this block or while it runs in the one around it (`evaluate` in a callback of `fit`)."""
        return self._requested or (self._outer is not None and self._outer.requested)

    def __enter__(self) -> Interruptible:
        handler = signal.getsignal(signal.SIGINT)
        owner = getattr(handler, "__self__", None)
        if isinstance(owner, Interruptible) and threading.current_thread() is threading.main_thread():
            self._outer = owner
        elif handler is signal.default_int_handler and threading.current_thread() is threading.main_thread():
            self._user = user_frame()
            if time.monotonic() - Interruptible._last[0] > AGAIN_SECONDS:
                Interruptible._last = (float("-inf"), None)  # a reference to a frame keeps all its variables alive
            self._previous = signal.signal(signal.SIGINT, self._press)
        return self

    def __exit__(self, *_exception: object) -> None:
        if self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)

    def _press(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        when, user = Interruptible._last
        self.insisted = self._requested or (user is self._user and now - when < AGAIN_SECONDS)
        Interruptible._last = (now, self._user)
        self._requested = True
        if self.insisted:
            signal.default_int_handler(number, frame)

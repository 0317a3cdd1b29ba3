"""Ctrl-C during training: finish the step at hand, then stop, so that the weights are whole."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any


class Interruptible:
    """Within this `with` block the first Ctrl-C only sets `requested`; a second one stops at once."""

    def __init__(self) -> None:
        self.requested = False

    def __enter__(self) -> Interruptible:
        self._previous: Any = None
        # Signal handlers belong to the main thread, and to whoever replaced Python's own.
        if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            self._previous = signal.signal(signal.SIGINT, self._request)
        return self

    def __exit__(self, *_exception: object) -> None:
        if self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)

    def _request(self, number: int, frame: FrameType | None) -> None:
        if self.requested:
            signal.default_int_handler(number, frame)
        self.requested = True

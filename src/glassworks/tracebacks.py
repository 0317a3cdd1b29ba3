"""Frames of the library and of the user: tracebacks end at the user's line, and warnings point at it.

A mistake in `fit` is found some twenty frames deep, and these frames tell the user nothing that the error does not say
better. When an error leaves the library (see `glassworks.scope`), the library's own frames are taken out of its traceback;
the user's functions among them (a layer's `call`, a loss, a callback) stay. All this has no cost until an error
is raised. `config.disable_traceback_filtering()`, or the environment variable GLASSWORKS_TRACEBACK_FILTERING=0, keeps every frame.
"""

from __future__ import annotations

import os
import sys
from types import FrameType, TracebackType

_PACKAGE = __name__.partition(".")[0]
# Modules of the standard library that call back: their frames count as the caller's.
_PLUMBING = frozenset({"concurrent", "contextlib", "functools", "importlib", "threading"})

_NEAREST = 8
"""The number of frames in which `user_line` searches."""

_enabled = os.environ.get("GLASSWORKS_TRACEBACK_FILTERING", "1") != "0"


def filtering() -> bool:
    """Whether the library's frames are taken out of tracebacks."""
    return _enabled


def set_filtering(enabled: bool) -> None:
    """Take the library's frames out of tracebacks, or keep them."""
    global _enabled
    _enabled = enabled


def leave(error: BaseException) -> None:
    """Take the library's frames out of the traceback of an error that leaves the library, and of the errors that led to it.

    An unexpected error, such as a `MemoryError` or a bug of the library, keeps the frame that raised it.
    """
    if not _enabled:
        return
    seen: set[int] = set()
    pending: list[BaseException | None] = [error]
    while pending:
        current = pending.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        pending += [current.__cause__, current.__context__]
        foreseen = type(current).__module__.partition(".")[0] == _PACKAGE
        if foreseen and current.__context__ is not None and not _has_user_frames(current.__context__.__traceback__):
            # The internal error that revealed the mistake, such as a KeyError, adds nothing to the message.
            current.__suppress_context__ = True
        current.__traceback__ = _without_library(current.__traceback__, keep_last=not foreseen)


def user_frame() -> FrameType:
    """The innermost frame outside of the library: the line of the user's program that led here.

    Where all frames are the library's (a subcommand), it is the outermost.
    """
    frame = sys._getframe(1)
    while _is_library(frame) and frame.f_back is not None:
        frame = frame.f_back
    return frame


def user_line() -> tuple[str, int] | None:
    """The file and the number of the user's line that led here; None where it is not among the nearest frames.

    It costs less than a microsecond, so that it can be called for each layer that is made.
    """
    frame: FrameType | None = sys._getframe(2)
    for _ in range(_NEAREST):
        if frame is None:
            return None
        if not _is_library(frame):
            return frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back
    return None


def _is_library(frame: FrameType) -> bool:
    package = (frame.f_globals.get("__name__") or "").partition(".")[0]
    return package == _PACKAGE or package in _PLUMBING


def _has_user_frames(traceback: TracebackType | None) -> bool:
    while traceback is not None:
        if not _is_library(traceback.tb_frame):
            return True
        traceback = traceback.tb_next
    return False


def _without_library(traceback: TracebackType | None, keep_last: bool) -> TracebackType | None:
    entries: list[TracebackType] = []
    while traceback is not None:
        # An error in the wrapper of a public method itself means that the call had arguments that the method does not take.
        is_call = traceback.tb_frame.f_code.co_name == "entered"
        if not _is_library(traceback.tb_frame) or (keep_last and traceback.tb_next is None and not is_call):
            entries.append(traceback)
        traceback = traceback.tb_next
    result: TracebackType | None = None
    for entry in reversed(entries):
        result = TracebackType(result, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return result

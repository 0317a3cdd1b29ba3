"""Who is calling: the stack of layers and ops being executed, for errors, tables and pictures.

Every graph node and every error message needs the name of the layer and call that made it. Layers and
ops push a `Frame` while they run; `current()` tells who is on the stack.
"""

from __future__ import annotations

import threading
from typing import NamedTuple


class Frame(NamedTuple):
    """One entry of the stack: `Frame("layer", "dense_2", "call")` prints as ``layer 'dense_2'.call``."""

    kind: str
    name: str
    call: str = ""

    def __str__(self) -> str:
        if self.kind == "ops":
            return f"ops.{self.name}"
        call = f".{self.call}" if self.call else ""
        return f"{self.kind} '{self.name}'{call}" if self.name else f"{self.kind}{call}"


class _Stack(threading.local):
    def __init__(self) -> None:
        self.frames: tuple[Frame, ...] = ()


_stack = _Stack()


class scope:
    """Push a frame for the duration of a `with` block.

    >>> with scope(Frame("layer", "dense_2", "call")):
    ...     print(where())
    layer 'dense_2'.call
    """

    __slots__ = ("_frame", "_outer")

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def __enter__(self) -> None:
        self._outer = _stack.frames
        _stack.frames = (*self._outer, self._frame)

    def __exit__(self, *_exception: object) -> None:
        _stack.frames = self._outer


class adopt:
    """Replace the whole stack for a `with` block: backward nodes are made under their forward node's name."""

    __slots__ = ("_frames", "_outer")

    def __init__(self, frames: tuple[Frame, ...]) -> None:
        self._frames = frames

    def __enter__(self) -> None:
        self._outer = _stack.frames
        _stack.frames = self._frames

    def __exit__(self, *_exception: object) -> None:
        _stack.frames = self._outer


def current() -> tuple[Frame, ...]:
    """The frames on the stack, outermost first."""
    return _stack.frames


def where(frames: tuple[Frame, ...] | None = None) -> str:
    """The innermost layer (or loss, optimizer, model call) and, if one is running inside it, the op the user called."""
    frames = current() if frames is None else frames
    named = [i for i, frame in enumerate(frames) if frame.kind not in ("ops", "gradient")]
    start = named[-1] if named else -1
    first_op = next((frame for frame in frames[start + 1 :] if frame.kind == "ops"), None)
    shown = ([frames[start]] if named else []) + ([first_op] if first_op else [])
    return " > ".join(map(str, shown))

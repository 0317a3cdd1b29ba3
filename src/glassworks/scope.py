"""The stack of layers and ops being executed, for errors, tables and drawings.

Every graph node and every error message names the layer and call that it comes from. Layers and
ops push a `Frame` while they run; `current()` returns the stack.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import TracebackType
from typing import Any, NamedTuple, TypeVar

from glassworks import tracebacks
from glassworks.context import context


class Frame(NamedTuple):
    """One entry of the stack: `Frame("layer", "dense_2", "call")` prints as ``layer 'dense_2'.call``.

    Special kinds: frames of kind "ops" and "gradient" are never the caller in an error; a frame of kind "data" names the data in use.
    """

    kind: str
    name: str
    call: str = ""

    def __str__(self) -> str:
        if self.kind == "ops":
            return f"ops.{self.name}"
        call = f".{self.call}" if self.call else ""
        return f"{self.kind} '{self.name}'{call}" if self.name else f"{self.kind}{call}"


class scope:
    """Push a frame for the duration of a `with` block.

    An error that leaves the outermost block leaves the library: its traceback then ends at the user's line.

    >>> with scope(Frame("layer", "dense_2", "call")):
    ...     print(where())
    layer 'dense_2'.call
    """

    __slots__ = ("_frame", "_outer")

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def __enter__(self) -> None:
        self._outer = context.frames
        context.frames = (*self._outer, self._frame)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        context.frames = self._outer
        if error is not None and not self._outer:
            tracebacks.leave(error)


Function = TypeVar("Function", bound=Callable[..., Any])


def entry(kind: str, call: str | None = None) -> Callable[[Function], Function]:
    """Decorate a public method so that it opens a scope: errors inside name it, and their tracebacks end at its caller.

    Args:
        kind: What the object is, such as "model". Its name is its attribute `name`, once it has one.
        call: What is called; the method's name by default.

    >>> class Oven:
    ...     name = "hot"
    ...     @entry("oven")
    ...     def bake(self):
    ...         return where()
    >>> Oven().bake()
    "oven 'hot'.bake"
    """

    def decorate(method: Function) -> Function:
        called = method.__name__ if call is None else call

        @functools.wraps(method)
        def entered(self: Any, *args: Any, **kwargs: Any) -> Any:
            with scope(Frame(kind, getattr(self, "name", ""), called)):
                return method(self, *args, **kwargs)

        return entered  # type: ignore[return-value]

    return decorate


class adopt:
    """Replace the stack for a `with` block: backward nodes are created with the stack of their forward node."""

    __slots__ = ("_frames", "_outer")

    def __init__(self, frames: tuple[Frame, ...]) -> None:
        self._frames = frames

    def __enter__(self) -> None:
        self._outer = context.frames
        context.frames = self._frames

    def __exit__(self, *_exception: object) -> None:
        context.frames = self._outer


def current() -> tuple[Frame, ...]:
    """The frames on the stack, outermost first."""
    return context.frames


def about() -> str:
    """The name of the data in use if it is not the training data: `"validation_data"`."""
    return next((frame.name for frame in reversed(current()) if frame.kind == "data"), "")


def where(frames: tuple[Frame, ...] | None = None) -> str:
    """The innermost layer (or loss, optimizer, model call) and, if one is running inside it, the op the user called."""
    frames = current() if frames is None else frames
    named = [i for i, frame in enumerate(frames) if frame.kind not in ("ops", "gradient", "data")]
    start = named[-1] if named else -1
    first_op = next((frame for frame in frames[start + 1 :] if frame.kind == "ops"), None)
    shown = ([frames[start]] if named else []) + ([first_op] if first_op else [])
    return " > ".join(map(str, shown))

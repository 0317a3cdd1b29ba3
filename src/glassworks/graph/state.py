"""What is going on in this thread: active traces, recording tapes, the dtype weights are read in."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from glassworks.graph.stateless import StatelessScope
    from glassworks.graph.trace import Trace
    from glassworks.typing import Tensor


class State(threading.local):
    """Per-thread stacks. The top of `traces` is None while tracing is suspended."""

    def __init__(self) -> None:
        self.traces: list[Any] = []
        self.tapes: tuple[Any, ...] = ()
        self.autocast: str | None = None
        self.stateless: tuple[Any, ...] = ()
        self.journals: tuple[dict[Any, Any], ...] = ()
        self.conditions: tuple[tuple[int, Any], ...] = ()
        self.watcher: Any = None  # told of each layer call and its outputs
        self.call: Any = None  # what the running outermost layer call shares with those inside it


state = State()


def active_trace() -> Trace | None:
    """The innermost trace being recorded, or None."""
    return state.traces[-1] if state.traces else None


def stateless_scope() -> StatelessScope | None:
    """The `StatelessScope` that variables are read from, or None; one that was entered before a trace began is not asked."""
    innermost = state.stateless[-1] if state.stateless else None
    return innermost if innermost is not None and innermost.depth == len(state.traces) else None


def conditions() -> tuple[Any, ...]:
    """The condition under which what is traced now is needed, if it stands in a branch or in the body of a loop; else nothing."""
    depth, condition = state.conditions[-1] if state.conditions else (-1, None)
    return (condition,) if depth == len(state.traces) else ()


@contextmanager
def needed_if(condition: Tensor) -> Iterator[None]:
    """What is traced here is computed in any case, but its result is only used where this boolean (which includes outer ones) holds."""
    outer = state.conditions
    state.conditions = (*outer, (len(state.traces), condition))
    try:
        yield
    finally:
        state.conditions = outer


@contextmanager
def untraced() -> Iterator[None]:
    """Compute with real numbers even inside a trace or under a tape: for creating and initialising variables."""
    tapes, state.tapes = state.tapes, ()
    state.traces.append(None)
    try:
        yield
    finally:
        state.traces.pop()
        state.tapes = tapes


@contextmanager
def autocast(dtype: str | None) -> Iterator[None]:
    """Read float variables in this dtype: the compute dtype of a mixed-precision layer."""
    outer, state.autocast = state.autocast, dtype
    try:
        yield
    finally:
        state.autocast = outer

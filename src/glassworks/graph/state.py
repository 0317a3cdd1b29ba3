"""Access to the parts of this thread's context that the graph uses: active traces, recording tapes, the autocast dtype."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from glassworks.context import context

if TYPE_CHECKING:
    from glassworks.graph.stateless import StatelessScope
    from glassworks.graph.tracing import Trace
    from glassworks.typing import Tensor


def active_trace() -> Trace | None:
    """The innermost trace being recorded, or None."""
    return context.traces[-1] if context.traces else None


def stateless_scope() -> StatelessScope | None:
    """The `StatelessScope` that variables are read from, or None; a scope that was entered before the current trace began does not count."""
    innermost = context.stateless[-1] if context.stateless else None
    return innermost if innermost is not None and innermost.depth == len(context.traces) else None


def conditions() -> tuple[Tensor, ...]:
    """The condition under which the code being traced is needed, if it belongs to a branch or the body of a loop; else nothing."""
    innermost = context.conditions[-1:]
    return tuple(condition for depth, condition in innermost if depth == len(context.traces))


@contextmanager
def needed_if(condition: Tensor) -> Iterator[None]:
    """Mark code traced in this block: it is always computed, but its result is used only where this boolean (with outer ones) holds."""
    outer = context.conditions
    context.conditions = (*outer, (len(context.traces), condition))
    try:
        yield
    finally:
        context.conditions = outer


@contextmanager
def untraced() -> Iterator[None]:
    """Compute eagerly in this block, even inside a trace or under a tape: for creating and initialising variables."""
    tapes, context.tapes = context.tapes, ()
    context.traces.append(None)
    try:
        yield
    finally:
        context.traces.pop()
        context.tapes = tapes


@contextmanager
def autocast(dtype: str | None) -> Iterator[None]:
    """Read float variables in this dtype in this block: the compute dtype of a mixed-precision layer."""
    outer, context.autocast = context.autocast, dtype
    try:
        yield
    finally:
        context.autocast = outer

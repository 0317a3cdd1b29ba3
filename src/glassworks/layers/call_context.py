"""The state that an outermost layer call shares with all calls inside it: whether it trains."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from glassworks.context import context


class CallContext:
    """One outermost call.

    Attributes:
        training: True, False, or None where the user did not say.
    """

    def __init__(self, training: bool | None) -> None:
        self.training = training


def current() -> CallContext | None:
    """The running outermost call, or None."""
    return context.call


class entered:
    """Run a layer call: opens a context for an outermost call, overrides `training` for an inner one."""

    def __init__(self, training: bool | None) -> None:
        self._training = training

    def __enter__(self) -> tuple[CallContext, bool]:
        self._outer = context.call
        outermost = self._outer is None
        training = self._training
        if training is None and self._outer is not None:
            training = self._outer.training
        context.call = CallContext(training)
        return context.call, outermost

    def __exit__(self, *_exception: object) -> None:
        context.call = self._outer


@contextmanager
def watching(watcher: Callable[[Any, Any, Any], None]) -> Iterator[None]:
    """Within this `with` block, `watcher(layer, inputs, outputs)` gets each layer call, once for each trace of it.

    The inputs are a pair `(args, kwargs)`. A call is reported when it has returned, so those inside it come before it.
    """
    outer, context.watcher = context.watcher, watcher
    try:
        yield
    finally:
        context.watcher = outer


def get_mask(tensor: object) -> Any:
    """The mask that travels with a tensor: True where its entries are real, None where all are."""
    return getattr(tensor, "_keras_mask", None)


def set_mask(tensor: Any, mask: Any) -> None:
    """Let a mask travel with a tensor, where the tensor can carry one."""
    if mask is not None or get_mask(tensor) is not None:
        tensor._keras_mask = mask

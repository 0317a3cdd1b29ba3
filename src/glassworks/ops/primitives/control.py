"""Gradients under control: stopped, or replaced by a function of the user's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from glassworks.graph import Spec
from glassworks.ops.primitives.shape import Rearrange


class StopGradient(Rearrange):
    """The same numbers; nothing flows back."""

    def infer(self, x: Spec) -> Spec:
        return x

    def forward(self, xp: Any, x: Any) -> Any:
        return x

    def vjp(self, gradient: Any, inputs: Sequence[Any], output: Any) -> Sequence[Any]:
        return (None,)


class CustomGradient(Rearrange):
    """Results as they are, whose gradients go to the arguments by a function of the user's.

    Inputs are first the results, then the arguments of the user's function; outputs are the results.
    """

    def infer(self, *inputs: Spec, count: int, gradient: Callable) -> tuple[Spec, ...]:
        return inputs[:count]

    def forward(self, xp: Any, *inputs: Any, count: int, gradient: Callable) -> Any:
        return inputs[:count] if count > 1 else inputs[0]

    def vjp(self, upstream: Any, inputs: Sequence[Any], output: Any, *, count: int, gradient: Callable) -> Sequence[Any]:
        given = gradient(*upstream) if count > 1 else gradient(upstream)
        found = list(given) if isinstance(given, (list, tuple)) else [given]
        return [None] * count + found


stop_gradient, custom_gradient = StopGradient(), CustomGradient()

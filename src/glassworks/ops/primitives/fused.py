"""Primitives that stand for many ops at once, and how their gradients can be differentiated again.

A fused op has a gradient primitive of its own, written for speed. The derivatives of that gradient are seldom wanted
and never hurried: they are found by differentiating, twice, the same computation composed of plain ops.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from glassworks.graph import GradientTape, Primitive, apply, spec_of
from glassworks.ops.primitives.shape import reshape
from glassworks.typing import Tensor


class FusedGradient(Primitive):
    """The gradient of a fused op.

    Inputs are the gradients of the op's outputs, then the op's inputs, then what the op saved. Outputs are the
    gradients of the op's inputs.
    """

    def composed(self, *inputs: Any, **attributes: Any) -> Any:
        """The fused op written with plain ops: its outputs that have gradients, from its inputs."""
        raise NotImplementedError(f"primitive {self.name} has no composed form")

    def vjp(self, gradient: Any, inputs: Sequence[Tensor], output: Any, **attributes: Any) -> Sequence[Tensor | None]:
        seeds = gradient if isinstance(gradient, tuple) else (gradient,)
        upstream_count, saved = self.counts(len(inputs), **attributes)
        own = inputs[upstream_count : len(inputs) - saved]
        second_order = differentiate_twice(lambda *arrays: self.composed(*arrays, **attributes), inputs[:upstream_count], own, seeds)
        return (*second_order, *[None] * saved)

    def counts(self, inputs: int, **attributes: Any) -> tuple[int, int]:
        """The number of inputs that are gradients of outputs, and the number of inputs at the end that the op saved."""
        raise NotImplementedError(f"primitive {self.name} does not say what its inputs are")


def differentiate_twice(
    function: Callable, upstream: Sequence[Tensor], inputs: Sequence[Tensor], seeds: Sequence[Tensor | None]
) -> list[Tensor | None]:
    """The gradients, with respect to `upstream` and `inputs`, of the gradients of a function.

    Args:
        function: Composed of ops; one output for each of `upstream`.
        upstream: The gradients of its outputs.
        inputs: What it is applied to.
        seeds: The gradients of the gradients of each input; None where there is none.
    """
    # Copies, so that the walk ends here even where one input was computed from another.
    upstream, inputs = [_new_value(x) for x in upstream], [_new_value(x) for x in inputs]
    with GradientTape() as second:
        second.watch([*upstream, *inputs])
        with GradientTape() as first:
            first.watch(inputs)
            outputs = function(*inputs)
        gradients = first.gradient(outputs, inputs, output_gradients=upstream)
    pairs = [(g, seed) for g, seed in zip(gradients, seeds, strict=True) if g is not None and seed is not None]
    return second.gradient([g for g, _ in pairs], [*upstream, *inputs], output_gradients=[seed for _, seed in pairs])


def _new_value(x: Tensor) -> Tensor:
    """The same numbers as a new value, through which gradients flow."""
    return apply(reshape, x, shape=tuple(spec_of(x).shape))

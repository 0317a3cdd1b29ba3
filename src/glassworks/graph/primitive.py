"""`Primitive`: the contract an op fills in. Shape rule, forward, vector-Jacobian product and cost, side by side.

A primitive stands in one file of `ops/primitives/`. The graph, the gradients and the engines know primitives
through this class alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from glassworks.graph.spec import Spec, merge_probes
from glassworks.registry import snake_case


class Cost(NamedTuple):
    """The cost of one execution: arithmetic operations, and bytes read and written."""

    flops: int
    bytes: int


class Primitive:
    """An op that is not composed of others.

    A subclass writes:
        infer: shape rule. Gets the `Spec` of each input (all sizes known) and the attributes; returns the
            `Spec` of the output (a tuple of them for several outputs); raises `ShapeError` with the likely fix.
        forward: the numbers, by `xp`, which is `numpy` or `jax.numpy`.
        vjp: the gradients of the inputs, written with ops so that they can be differentiated again.
        flops: arithmetic operations, where they are not one per output element.

    Attributes:
        name: The class name in snake case.
        broadcasts: Inputs may be broadcast to the output's shape; the backward walk sums their gradients.
        differentiable: False where no input has a gradient; such a primitive needs no `vjp`.
    """

    name: str
    broadcasts = False
    differentiable = True
    known: dict[str, Primitive] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.name = snake_case(cls.__name__).strip("_")

    def __init__(self) -> None:
        Primitive.known[self.name] = self

    # These four take any arguments, so that a subclass may name its inputs and attributes.

    def infer(self, *inputs: Any, **attributes: Any) -> Any:
        """`infer(*inputs: Spec, **attributes)`: the output's shape and dtype from those of the inputs."""
        raise NotImplementedError(f"primitive {self.name} has no shape rule")

    def forward(self, *arguments: Any, **attributes: Any) -> Any:
        """`forward(xp, *arrays, **attributes)`: the output from the inputs, in the array namespace `xp`."""
        raise NotImplementedError(f"primitive {self.name} has no forward")

    def vjp(self, *arguments: Any, **attributes: Any) -> Any:
        """`vjp(gradient, inputs, output, **attributes)`: the gradient of each input, given that of the output.

        Gradient and output are tuples if there are several outputs; an input without gradient gets None.
        """
        raise NotImplementedError(f"primitive {self.name} has no gradient")

    def flops(self, *specs: Any, **attributes: Any) -> int:
        """`flops(inputs, outputs, **attributes)`: the number of arithmetic operations, by default one per output element."""
        return sum(spec.size for spec in specs[1])

    def cost(self, inputs: Sequence[Spec], outputs: Sequence[Spec], **attributes: Any) -> Cost:
        """Operations, and bytes of all inputs and outputs."""
        return Cost(self.flops(inputs, outputs, **attributes), sum(spec.bytes for spec in (*inputs, *outputs)))

    def infer_outputs(self, inputs: Sequence[Spec], attributes: dict[str, Any]) -> tuple[Spec, ...]:
        """The shape rule for any inputs: sizes may be None, and the answer is always a tuple.

        Unknown sizes are probed: the rule is called twice with different numbers in their place, and what
        differs between the answers is unknown too.
        """
        if all(spec.known for spec in inputs):
            return _as_tuple(self.infer(*inputs, **attributes))
        answers = [_as_tuple(self.infer(*(spec.probe(which) for spec in inputs), **attributes)) for which in (0, 1)]
        return tuple(merge_probes(a, b) for a, b in zip(*answers, strict=True))

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"


def _as_tuple(specs: Spec | tuple[Spec, ...]) -> tuple[Spec, ...]:
    return (specs,) if isinstance(specs, Spec) else tuple(specs)

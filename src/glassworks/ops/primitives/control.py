"""Control: gradients stopped or replaced, and a loop whose length depends on the data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from glassworks.errors import GraphError
from glassworks.graph import Graph, Primitive, Spec
from glassworks.ops.primitives.shape import Rearrange
from glassworks.typing import Namespace, Tensor


class StopGradient(Rearrange):
    """The identity, without gradient."""

    def infer(self, x: Spec) -> Spec:
        return x

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return x

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        return (None,)


class CustomGradient(Rearrange):
    """The identity on results whose gradients a function of the user computes.

    Inputs are first the results, then the arguments of the user's function; outputs are the results.
    """

    def infer(self, *inputs: Spec, count: int, gradient: Callable) -> tuple[Spec, ...]:
        return inputs[:count]

    def forward(self, xp: Namespace, *inputs: np.ndarray, count: int, gradient: Callable) -> np.ndarray | tuple[np.ndarray, ...]:
        return inputs[:count] if count > 1 else inputs[0]

    def vjp(
        self, upstream: Any, inputs: Sequence[Tensor], output: Tensor | Sequence[Tensor], *, count: int, gradient: Callable
    ) -> Sequence[Tensor | None]:
        given = gradient(*upstream) if count > 1 else gradient(upstream)
        results = list(given) if isinstance(given, (list, tuple)) else [given]
        return [None] * count + results


class WhileLoop(Primitive):
    """A loop that runs a graph on its own results while the graph's condition holds.

    Inputs are the loop variables, then what the body reads besides. `step` is a graph of them all; it gives whether to go
    on, then the new loop variables.
    """

    def infer(self, *inputs: Spec, step: Graph, count: int) -> tuple[Spec, ...]:
        return inputs[:count]

    def forward(self, xp: Namespace, *inputs: np.ndarray, step: Graph, count: int) -> np.ndarray | tuple[np.ndarray, ...]:
        nodes = step.nodes()
        state, others = inputs[:count], inputs[count:]
        while True:
            values = dict(zip(step.inputs, (*state, *others), strict=True))
            for node in nodes:
                arrays = [values.get(value, value.array) for value in node.inputs]
                result = node.primitive.forward(xp, *arrays, **node.attributes)
                values.update(zip(node.outputs, result if isinstance(result, tuple) else (result,), strict=True))
            going, *new = (values.get(value, value.array) for value in step.outputs)
            if not bool(going):
                return tuple(state) if count > 1 else state[0]
            state = tuple(xp.asarray(array) for array in new)

    def vjp(
        self, gradient: Tensor | Sequence[Tensor], inputs: Sequence[Tensor], output: Tensor | Sequence[Tensor], *, step: Graph, count: int
    ) -> Sequence[Tensor | None]:
        raise GraphError(
            "a gradient through a while_loop in a graph",
            "a loop whose length is known, so that it can be walked backwards",
            "use ops.fori_loop with fixed bounds, ops.scan, or ops.stop_gradient on its result",
        )

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], *, step: Graph, count: int) -> int:
        # The cost of one iteration: their number is not known.
        return sum(
            node.primitive.flops([v.spec for v in node.inputs], [v.spec for v in node.outputs], **node.attributes) for node in step.nodes()
        )


stop_gradient, custom_gradient, while_loop = StopGradient(), CustomGradient(), WhileLoop()

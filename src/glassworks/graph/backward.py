"""The backward walk: from a target back to its sources, with the vector-Jacobian product of each primitive.

One walk serves graphs and tapes. On graph values the rules, which are written with ops, add backward nodes to the same
graph; under a `GradientTape` they compute with the recorded arrays. Either way the result can be differentiated again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from glassworks import dtypes
from glassworks.errors import GraphError, ShapeError
from glassworks.graph.node import Node, topological_order
from glassworks.graph.operators import table
from glassworks.graph.value import Value
from glassworks.scope import Frame, adopt

if TYPE_CHECKING:
    from glassworks.typing import Tensor


def gradients(
    targets: Sequence[Value], sources: Sequence[Value], seeds: Sequence[Any] | None = None, independent: bool = False
) -> list[Any]:
    """Gradients of the sum of all targets with respect to each source; None for sources that no target depends on.

    Args:
        targets: Values to differentiate.
        sources: Values to differentiate with respect to.
        seeds: The gradient of each target; ones by default.
        independent: Whether sources count as independent of each other, although one may have been computed from another.

    >>> from glassworks import ops
    >>> from glassworks.graph import Spec, trace
    >>> print(trace(lambda x: gradients([ops.exp(x)], [x])[0], Spec((), "float32")))
    graph (%0: float32[])
      %1 = exp(%0)            float32[]  ops.exp
      %2 = multiply(1.0, %1)  float32[]  gradient of ops.exp
      return %2
    """
    return backward(targets, sources, seeds, lambda value: value, independent)


def backward(
    targets: Sequence[Value],
    sources: Sequence[Value],
    seeds: Sequence[Any] | None,
    concrete: Callable[[Value], Any],
    independent: bool = False,
) -> list[Any]:
    """The backward walk. `concrete` maps a value of the graph to the operand that the rules compute with."""
    known: dict[Value, Any] = {}
    for index, target in enumerate(targets):
        seed = seeds[index] if seeds is not None and seeds[index] is not None else table["ones"](target.shape, target.dtype)
        if tuple(seed.shape) != tuple(target.shape):
            raise ShapeError(
                f"an output gradient of shape {tuple(seed.shape)}",
                f"the target's shape {tuple(target.shape)}",
                "pass one gradient per target, of its shape",
            )
        known[target] = seed if target not in known else table["add"](known[target], seed)
    order = topological_order(targets)
    dependent = _dependent_nodes(order, sources)
    ends = set(sources) if independent else set()
    for node in reversed(order):
        if node in dependent and any(output in known and output not in ends for output in node.outputs):
            _add_contributions(node, known, dependent, concrete, ends)
    return [known.get(source) for source in sources]


def _dependent_nodes(order: Sequence[Node], sources: Sequence[Value]) -> set[Any]:
    """The nodes and values that depend on a source: only these need gradients."""
    dependent: set[Any] = set(sources)
    for node in order:
        if any(value in dependent for value in node.inputs):
            dependent.add(node)
            dependent.update(node.outputs)
    return dependent


def _add_contributions(
    node: Node, known: dict[Value, Any], dependent: set[Any], concrete: Callable[[Value], Any], ends: set[Value]
) -> None:
    """Add what one node contributes to the gradients of its inputs; nothing passes through the values in `ends`."""
    if not node.primitive.differentiable or not any(dtypes.is_float(v.dtype) for v in node.outputs):
        return
    inputs = [concrete(value) for value in node.inputs]
    outputs = tuple(concrete(value) for value in node.outputs)
    with adopt((*node.origin, Frame("gradient", node.primitive.name))):
        upstream = tuple(known[v] if v in known and v not in ends else table["zeros"](v.shape, v.dtype) for v in node.outputs)
        single = len(outputs) == 1
        results = node.primitive.vjp(upstream[0] if single else upstream, inputs, outputs[0] if single else outputs, **node.attributes)
        if len(results) != len(node.inputs):
            raise GraphError(
                f"{len(results)} gradients from the rule of {node.primitive.name}", f"{len(node.inputs)}, one per input", "fix its vjp"
            )
        for value, gradient in zip(node.inputs, results, strict=True):
            if gradient is None or value not in dependent or not dtypes.is_float(value.dtype):
                continue
            if node.primitive.broadcasts:
                gradient = sum_to_shape(gradient, value.shape)
            if tuple(gradient.shape) != tuple(value.shape):
                raise GraphError(
                    f"a gradient of shape {tuple(gradient.shape)} from the rule of {node.primitive.name}",
                    f"the input's shape {tuple(value.shape)}",
                    "fix its vjp",
                )
            known[value] = gradient if value not in known else table["add"](known[value], gradient)


def sum_to_shape(gradient: Tensor, shape: Sequence[int | None]) -> Tensor:
    """Sum a gradient over the axes along which an input of this shape was broadcast."""
    if tuple(gradient.shape) == tuple(shape):
        return gradient
    extra = len(gradient.shape) - len(shape)
    stretched = [extra + i for i, size in enumerate(shape) if size == 1 and gradient.shape[extra + i] != 1]
    summed = table["sum"](gradient, axis=(*range(extra), *stretched), keepdims=True)
    return table["reshape"](summed, tuple(shape)) if extra else summed

"""Named rewrites of a graph: each takes a graph and gives one that computes the same, better.

The rewriting is the same for all: walk the nodes in order, let a rule offer a replacement for each, and
rebuild what reads from it. `PASSES` names them, for printing a graph before and after each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from glassworks.graph.apply import apply
from glassworks.graph.graph import Graph
from glassworks.graph.node import Node, topological_order
from glassworks.graph.operators import table
from glassworks.graph.value import Value
from glassworks.scope import adopt

# A rule gets a node and its already rewritten inputs; it returns new outputs, or None to keep the node.
Rule = Callable[[Node, tuple[Value, ...]], "tuple[Value, ...] | None"]


def rewrite(targets: Sequence[Value], rule: Rule) -> dict[Value, Value]:
    """Old value -> new value, for everything that the targets depend on and that changed."""
    new: dict[Value, Value] = {}
    for node in topological_order(targets):
        inputs = tuple(new.get(value, value) for value in node.inputs)
        outputs = rule(node, inputs)
        if outputs is None:
            if _same(inputs, node.inputs):
                continue
            outputs = Node(node.primitive, inputs, node.attributes, node.origin).outputs
        new.update(zip(node.outputs, outputs, strict=True))
    return new


def drop_dead_nodes(graph: Graph) -> Graph:
    """Nothing to do: a graph holds only what its results need. Kept as a pass so that printing shows it."""
    return graph


def _same(inputs: tuple[Value, ...], others: tuple[Value, ...]) -> bool:
    """Whether these are the same values: by identity, as `==` on values adds a node."""
    return all(one is other for one, other in zip(inputs, others, strict=True))


def fold_constants(graph: Graph) -> Graph:
    """Compute now what depends on no input and no variable."""

    def rule(node: Node, inputs: tuple[Value, ...]) -> tuple[Value, ...] | None:
        if not all(value.array is not None for value in inputs) or sum(v.spec.bytes for v in node.outputs) > 1 << 20:
            return None
        result = apply(node.primitive, *(value.array for value in inputs), **node.attributes)
        return tuple(Value.constant(array) for array in (result if isinstance(result, tuple) else (result,)))

    return graph.replaced(rewrite(graph.results, rule))


def share_common_subexpressions(graph: Graph) -> Graph:
    """Compute equal things once."""
    seen: dict[Any, tuple[Value, ...]] = {}

    def rule(node: Node, inputs: tuple[Value, ...]) -> tuple[Value, ...] | None:
        key = (node.primitive, tuple(_identity(value) for value in inputs), _freeze(node.attributes))
        try:
            known = seen.get(key)
        except TypeError:  # an attribute that cannot be a key, such as a function
            return None
        if known is not None:
            return known
        outputs = node.outputs if _same(inputs, node.inputs) else Node(node.primitive, inputs, node.attributes, node.origin).outputs
        seen[key] = outputs
        return outputs

    return graph.replaced(rewrite(graph.results, rule))


def _identity(value: Value) -> Any:
    if value.array is not None and value.array.size <= 64:
        return (value.spec, value.array.tobytes())
    return value


def _freeze(attributes: Any) -> Any:
    if isinstance(attributes, dict):
        return tuple(sorted((key, _freeze(value)) for key, value in attributes.items()))
    if isinstance(attributes, (list, tuple)):
        return tuple(_freeze(value) for value in attributes)
    if isinstance(attributes, np.ndarray):
        return (attributes.shape, attributes.dtype.name, attributes.tobytes())
    return attributes


def stable_cross_entropy(values: Sequence[Value]) -> list[Value]:
    """Use logits where a cross-entropy takes the logarithm of a softmax or sigmoid that was just computed.

    `log(clip(softmax(z)))` loses all digits, and its gradient, once a probability falls below the clip;
    `log_softmax(z)` never does. The same for `log(clip(sigmoid(z)))` and `log(1 - clip(sigmoid(z)))`.
    Run before gradients are taken, so that they are stable too.
    """
    values = list(values)
    new = rewrite(values, _stable_rule)
    return [new.get(value, value) for value in values]


def _stable_rule(node: Node, inputs: tuple[Value, ...]) -> tuple[Value, ...] | None:
    if node.primitive.name != "log":
        return None
    complement, probability = False, inputs[0]
    maker = probability.node
    if maker is not None and maker.primitive.name == "subtract" and _is_one(maker.inputs[0]):
        complement, probability = True, maker.inputs[1]
    source = _probability_source(probability)
    if source is None:
        return None
    logits = source.inputs[0]
    with adopt(node.origin):
        if source.primitive.name == "softmax":
            return None if complement else (table["log_softmax"](logits, axis=source.attributes["axis"]),)
        return (table["log_sigmoid"](table["negative"](logits) if complement else logits),)


def _probability_source(value: Value) -> Node | None:
    """The softmax or sigmoid node behind a clip and a renormalising division, or None."""
    node = value.node
    while node is not None and node.primitive.name in ("clip", "divide", "cast"):
        if node.primitive.name == "divide" and not _divides_by_own_sum(node):
            return None
        if node.primitive.name == "cast" and node.inputs[0].dtype != node.outputs[0].dtype:
            return None
        node = node.inputs[0].node
    return node if node is not None and node.primitive.name in ("softmax", "sigmoid") else None


def _divides_by_own_sum(node: Node) -> bool:
    numerator, denominator = node.inputs
    return denominator.node is not None and denominator.node.primitive.name == "reduce_sum" and denominator.node.inputs[0] is numerator


def _is_one(value: Value) -> bool:
    return value.array is not None and value.array.size == 1 and float(value.array.reshape(())) == 1.0


PASSES: dict[str, Callable[[Graph], Graph]] = {
    "drop dead nodes": drop_dead_nodes,
    "fold constants": fold_constants,
    "share common subexpressions": share_common_subexpressions,
}


def optimize(graph: Graph, observer: Callable[[str, Graph], None] | None = None) -> Graph:
    """All passes that keep the numbers bit for bit, in order; the observer sees the graph after each."""
    for name, run in PASSES.items():
        graph = run(graph)
        if observer is not None:
            observer(name, graph)
    return graph

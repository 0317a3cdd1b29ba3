"""Graph passes: each takes a graph and returns one that computes the same results with less work, or more accurately.

All passes rewrite in the same way: walk the nodes in order, let a rule offer a replacement for each, and
rebuild the nodes that read from it. `PASSES` lists them by name, for printing a graph before and after each.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from glassworks import dtypes, settings
from glassworks.graph.array import as_array
from glassworks.graph.graph import Graph
from glassworks.graph.node import Node, topological_order
from glassworks.graph.operators import table
from glassworks.graph.value import Value
from glassworks.scope import adopt

MOST_FOLDED_BYTES = 1 << 20  # larger constants than this are computed in each run
LARGEST_EPSILON = 1e-6  # an epsilon above this changes probabilities that matter

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


def _same(inputs: tuple[Value, ...], others: tuple[Value, ...]) -> bool:
    """Whether these are the same values: by identity, as `==` on values adds a node."""
    return all(value is other for value, other in zip(inputs, others, strict=True))


def fold_constants(graph: Graph) -> Graph:
    """Compute the nodes that do not depend on an input or a variable when the graph is optimised.

    Primitives are pure, those of random numbers too (they compute from a state), so the time at which they run does not matter.
    A node stays where its forward raises, so that running the graph raises as it would without this pass; and where
    it gives another shape or dtype than its shape rule says.
    """

    def rule(node: Node, inputs: tuple[Value, ...]) -> tuple[Value, ...] | None:
        arrays = [value.array.view(np.ndarray) for value in inputs if value.array is not None]
        if len(arrays) != len(inputs) or sum(v.spec.bytes for v in node.outputs) > MOST_FOLDED_BYTES:
            return None
        try:
            with np.errstate(all="ignore"):
                result = node.primitive.forward(np, *arrays, **node.attributes)
        except Exception:
            return None
        folded = tuple(Value.constant(as_array(array)) for array in (result if isinstance(result, tuple) else (result,)))
        return folded if [v.spec for v in folded] == [v.spec for v in node.outputs] else None

    return graph.replaced(rewrite(graph.results, rule))


def share_common_subexpressions(graph: Graph) -> Graph:
    """Compute equal things once: the same primitive of the same inputs with the same attributes.

    Inputs are the same if they are one value, or small constants of one dtype, shape and bits. Attributes are the same if
    they have one type and are equal to the bit: 1, 1.0 and True differ, and so do 0.0 and -0.0. Whatever else an
    attribute may be (a function, a graph) is compared by identity.
    """
    # Values are identified by their ids: nodes in `seen` keep their inputs alive, so no id is reused.
    seen: dict[Any, tuple[Value, ...]] = {}

    def rule(node: Node, inputs: tuple[Value, ...]) -> tuple[Value, ...] | None:
        key = (id(node.primitive), tuple(_identity(value) for value in inputs), _freeze(node.attributes))
        known = seen.get(key)
        if known is not None:
            return known
        outputs = node.outputs if _same(inputs, node.inputs) else Node(node.primitive, inputs, node.attributes, node.origin).outputs
        seen[key] = outputs
        return outputs

    return graph.replaced(rewrite(graph.results, rule))


def _identity(value: Value) -> Any:
    if value.array is not None and value.array.size <= 64:
        return (value.spec, value.array.tobytes())
    return id(value)


def _freeze(attribute: object) -> Any:
    """A key for an attribute. It begins with the type, as numbers of different types may be equal."""
    kind = type(attribute)
    if isinstance(attribute, dict):
        return (kind, *(item for key in sorted(attribute) for item in (key, _freeze(attribute[key]))))
    if isinstance(attribute, (list, tuple)):
        return (kind, *map(_freeze, attribute))
    if isinstance(attribute, slice):
        return (kind, _freeze(attribute.start), _freeze(attribute.stop), _freeze(attribute.step))
    if isinstance(attribute, (np.ndarray, np.generic)):
        return (kind, attribute.shape, attribute.dtype.str, attribute.tobytes())
    if isinstance(attribute, (float, complex)):
        return (kind, struct.pack("dd", attribute.real, attribute.imag))
    if isinstance(attribute, (bool, int, str, bytes)) or attribute is None:
        return (kind, attribute)
    return (kind, id(attribute))


def stable_cross_entropy(values: Sequence[Value]) -> list[Value]:
    """Use logits where a cross-entropy takes the logarithm of a softmax or sigmoid that was just computed.

    `log(clip(softmax(z)))` loses all digits, and its gradient, once a probability falls below the clip;
    `log_softmax(z)` never does. What is replaced is, with z of any shape and dtype:

        log([clip](softmax(z)))                                    log_softmax(z)
        log([clip](softmax(z) / sum(softmax(z), keepdims=True)))   log_softmax(z), if the sum is over softmax's own axis
        log([clip](sigmoid(z)))                                    log_sigmoid(z)
        log(1 - [clip](sigmoid(z)))                                log_sigmoid(-z)

    The clip may be absent. If it is there, its bounds are exactly epsilon and 1 - epsilon, with `config.epsilon()` of at most 1e-6:
    that is how losses keep away from log(0), and inside of these bounds the numbers are the same. Any other clip is part of
    what the user asked for and stays. Nothing else may stand between, except casts to the dtype that is there already; and
    the replacement must have the shape and dtype of what it replaces. Run before gradients are taken, so that they are stable too.
    """
    values = list(values)
    new = rewrite(values, _stable_rule)
    return [new.get(value, value) for value in values]


def _stable_rule(node: Node, inputs: tuple[Value, ...]) -> tuple[Value, ...] | None:
    if node.primitive.name != "log":
        return None
    complement, probability = False, inputs[0]
    producer = _producer(probability, "subtract")
    if producer is not None and _number(producer.inputs[0]) == 1.0:
        complement, probability = True, producer.inputs[1]
    clip = _producer(probability, "clip")
    if clip is not None:
        if not _is_epsilon_clip(clip):
            return None
        probability = clip.inputs[0]
    softmax, sigmoid = _producer(_without_normalization(probability), "softmax"), _producer(probability, "sigmoid")
    with adopt(node.origin):
        if softmax is not None and not complement:
            logarithms = table["log_softmax"](softmax.inputs[0], axis=softmax.attributes["axis"])
        elif sigmoid is not None:
            logarithms = table["log_sigmoid"](table["negative"](sigmoid.inputs[0]) if complement else sigmoid.inputs[0])
        else:
            return None
    return (logarithms,) if logarithms.spec == node.outputs[0].spec else None


def _producer(value: Value, name: str) -> Node | None:
    """The node of this primitive that computes a value, before casts that change nothing; else None."""
    while value.node is not None and value.node.primitive.name == "cast" and value.node.inputs[0].dtype == value.dtype:
        value = value.node.inputs[0]
    return value.node if value.node is not None and value.node.primitive.name == name else None


def _without_normalization(value: Value) -> Value:
    """The softmax, if the value is a softmax divided by its sum over its own axis (which is 1); else the value itself."""
    divide = _producer(value, "divide")
    if divide is None:
        return value
    softmax, total = _producer(divide.inputs[0], "softmax"), _producer(divide.inputs[1], "reduce_sum")
    if softmax is None or total is None or _producer(total.inputs[0], "softmax") is not softmax:
        return value
    rank = len(softmax.outputs[0].shape)
    own = tuple(axis % rank for axis in total.attributes["axes"]) == (softmax.attributes["axis"] % rank,)
    return divide.inputs[0] if own and total.attributes["keepdims"] else value


def _is_epsilon_clip(clip: Node) -> bool:
    """Whether a clip has the bounds `config.epsilon()` and 1 minus it, as in losses."""
    epsilon, dtype = settings.epsilon(), dtypes.numpy_dtype(clip.outputs[0].dtype)
    low, high = (float(np.asarray(bound, dtype)) for bound in (epsilon, 1 - epsilon))
    return epsilon <= LARGEST_EPSILON and _number(clip.inputs[1]) == low and _number(clip.inputs[2]) == high


def _number(value: Value) -> float | None:
    """The number in a constant of size 1; None for other values."""
    return float(value.array.reshape(())) if value.array is not None and value.array.size == 1 else None


PASSES: dict[str, Callable[[Graph], Graph]] = {
    "fold constants": fold_constants,
    "share common subexpressions": share_common_subexpressions,
}


def optimize(graph: Graph, observer: Callable[[str, Graph], None] | None = None) -> Graph:
    """Apply all passes that preserve results bit for bit, in order; the observer gets the graph after each."""
    for name, run in PASSES.items():
        graph = run(graph)
        if observer is not None:
            observer(name, graph)
    return graph

"""Simple recurrent layers as one operation again: a trace has all their steps one after the other, a program should have a loop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from glassworks.export.numpy_program import lessons
from glassworks.graph import Graph, Node, Primitive, Spec, Value
from glassworks.ops.primitives.joining import take_slices
from glassworks.ops.primitives.shape import reshape
from glassworks.typing import Namespace


class SimpleRnn(Primitive):
    """The states of a simple recurrent layer, from its projected inputs, its recurrent kernel and its first state."""

    def infer(self, x: Spec, kernel: Spec, hidden: Spec, *, reverse: bool) -> Spec:
        return x

    def forward(self, xp: Namespace, x: np.ndarray, kernel: np.ndarray, hidden: np.ndarray, *, reverse: bool) -> np.ndarray:
        return lessons.simple_rnn(x, kernel, hidden, reverse=reverse)


# It is not in the table of primitives, which belong to all engines.
simple_rnn = SimpleRnn.__new__(SimpleRnn)


class _Chain(NamedTuple):
    """The steps of one layer.

    Attributes:
        inputs: The projected inputs, the recurrent kernel, the first state.
        states: The state after each step of the sequence, in its order.
        last: The state that the layer ends with.
        joined: The nodes that put all states behind each other, and whether they do so from the last to the first.
        reverse: Whether the layer walks from the end.
    """

    inputs: tuple[Value, Value, Value]
    states: list[Value]
    last: Value
    joined: dict[Node, bool]
    reverse: bool


def roll(graph: Graph) -> Graph:
    """The same graph with one node in place of all steps of simple recurrent layers."""
    nodes = graph.nodes()
    readers: dict[Value, list[Node]] = {}
    for node in nodes:
        for value in node.inputs:
            readers.setdefault(value, []).append(node)
    chains = [chain for node in nodes if (chain := _chain(node, readers)) is not None]
    if not chains:
        return graph
    new: dict[Value, Value] = {}
    ends = {value.node: chain for chain in chains for value in (chain.last, *(node.outputs[0] for node in chain.joined))}
    states: dict[int, Value] = {}
    for node in nodes:
        chain = ends.get(node)
        if chain is not None:
            if id(chain) not in states:
                operands = [new.get(value, value) for value in chain.inputs]
                states[id(chain)] = Node(simple_rnn, operands, {"reverse": chain.reverse}, node.origin).outputs[0]
            new[node.outputs[0]] = _result(node, chain, states[id(chain)])
        elif any(value in new for value in node.inputs):
            replaced = Node(node.primitive, [new.get(value, value) for value in node.inputs], node.attributes, node.origin)
            new.update(zip(node.outputs, replaced.outputs, strict=True))
    return graph.replaced(new)


def _result(node: Node, chain: _Chain, states: Value) -> Value:
    """What a node that ends a chain gives, from the states of all steps."""
    whole = (None, None, 1)
    if node in chain.joined:
        back = (whole, (None, None, -1), whole)
        return Node(take_slices, [states], {"slices": back}, node.origin).outputs[0] if chain.joined[node] else states
    place = 0 if chain.reverse else len(chain.states) - 1
    entry = Node(take_slices, [states], {"slices": (whole, (place, place + 1, 1), whole)}, node.origin).outputs[0]
    return Node(reshape, [entry], {"shape": chain.last.shape}, node.origin).outputs[0]


def _chain(unstack: Node, readers: dict[Value, list[Node]]) -> _Chain | None:
    """The layer whose steps read what this node takes apart."""
    if unstack.primitive.name != "unstack" or unstack.attributes["axis"] != 1 or len(unstack.inputs[0].shape) != 3:
        return None
    for reverse in (False, True):
        found = _walk(unstack, readers, reverse)
        if found is not None:
            return found
    return None


def _walk(unstack: Node, readers: dict[Value, list[Node]], reverse: bool) -> _Chain | None:
    steps = list(unstack.outputs)
    kernel = first = hidden = None
    states: list[Value] = []
    for step in reversed(steps) if reverse else steps:
        total = _only(readers.get(step, []), "add")
        new = None if total is None else _only(readers.get(total.outputs[0], []), "tanh")
        product = None if total is None or total.inputs[0] is not step else _plain(total.inputs[1]).node
        if new is None or product is None or product.primitive.name != "matmul" or any(product.attributes.values()):
            return None
        before = _plain(product.inputs[0])
        if states and (before is not hidden or product.inputs[1] is not kernel):
            return None
        if not states:
            first, kernel = before, product.inputs[1]
        hidden = new.outputs[0]
        states.append(hidden)
    if kernel is None or first is None or hidden is None or kernel.shape != (hidden.shape[-1],) * 2 or first.shape != hidden.shape:
        return None
    states = states[::-1] if reverse else states
    joined = _joined(states, readers)
    chained = {id(value) for value in states}
    for state in states:
        others = [node for node in _behind(state, readers) if node.primitive.name != "matmul" or id(_plain(node.inputs[0])) not in chained]
        inside = [node for node in others if node.primitive.name == "reshape" and set(readers.get(node.outputs[0], [])) <= set(joined)]
        if state is not hidden and len(inside) < len(others):
            return None
    return _Chain((unstack.inputs[0], kernel, first), states, hidden, joined, reverse)


def _joined(states: Sequence[Value], readers: dict[Value, list[Node]]) -> dict[Node, bool]:
    """The nodes that concatenate all states, each with an axis of its own."""
    found = {}
    for node in (reader for value in _behind(states[0], readers) for output in value.outputs for reader in readers.get(output, [])):
        if node.primitive.name != "concatenate" or node.attributes["axis"] != 1 or len(node.inputs) != len(states):
            continue
        sources = [value.node.inputs[0] for value in node.inputs if value.node is not None and value.node.primitive.name == "reshape"]
        if node.outputs[0].shape != (states[0].shape[0], len(states), states[0].shape[1]) or len(sources) != len(states):
            continue
        for back in (True, False):
            if all(_plain(a) is b for a, b in zip(sources, states[::-1] if back else states, strict=True)):
                found[node] = back and len(states) > 1
    return found


def _plain(value: Value) -> Value:
    """The value behind reshapes that change no shape."""
    while value.node is not None and value.node.primitive.name == "reshape" and value.node.inputs[0].shape == value.shape:
        value = value.node.inputs[0]
    return value


def _behind(value: Value, readers: dict[Value, list[Node]]) -> list[Node]:
    """The readers of a value, and of reshapes of it that change no shape."""
    found = []
    for node in readers.get(value, []):
        if node.primitive.name == "reshape" and node.outputs[0].shape == value.shape:
            found += _behind(node.outputs[0], readers)
        else:
            found.append(node)
    return found


def _only(nodes: Sequence[Node], name: str) -> Node | None:
    return nodes[0] if len(nodes) == 1 and nodes[0].primitive.name == name else None

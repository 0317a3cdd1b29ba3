"""`Node`: one application of a primitive, with the layers and ops that asked for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from glassworks.context import context
from glassworks.graph.value import Value
from glassworks.scope import Frame, current, where

if TYPE_CHECKING:
    from glassworks.graph.primitive import Primitive


class Node:
    """A primitive applied to values.

    Attributes:
        primitive: The primitive.
        inputs, outputs: The values read and computed.
        attributes: The static arguments (axes, shapes).
        origin: The layers and ops that were running when the node was created.
    """

    __slots__ = ("attributes", "inputs", "origin", "outputs", "primitive")

    def __init__(
        self, primitive: Primitive, inputs: Iterable[Value], attributes: dict[str, Any], origin: tuple[Frame, ...] | None = None
    ) -> None:
        self.primitive = primitive
        self.inputs = tuple(inputs)
        self.attributes = attributes
        self.origin = current() if origin is None else origin
        specs = primitive.infer_outputs([value.spec for value in self.inputs], attributes)
        if context.deferral is not None:
            context.deferral.step(specs)
        self.outputs = tuple(Value(spec, self) for spec in specs)

    @property
    def layer(self) -> str:
        """The path of the layers that created the node: `"sequential/dense"`."""
        return "/".join(frame.name for frame in self.origin if frame.kind == "layer")

    @property
    def call(self) -> str:
        """The innermost layer call and op: `"layer 'dense'.call > ops.matmul"`."""
        return where(self.origin)

    @property
    def is_gradient(self) -> bool:
        """Whether the node belongs to a backward pass."""
        return any(frame.kind == "gradient" for frame in self.origin)

    def __repr__(self) -> str:
        return f"<Node {self.primitive.name} -> {', '.join(str(v.spec) for v in self.outputs)} [{self.call}]>"


def topological_order(targets: Iterable[Value]) -> list[Node]:
    """All nodes that the targets depend on, each after the nodes it reads from."""
    order: list[Node] = []
    seen: set[Node] = set()
    stack: list[tuple[Node, bool]] = [(value.node, False) for value in reversed(list(targets)) if value.node is not None]
    while stack:
        node, inputs_done = stack.pop()
        if inputs_done:
            order.append(node)
            continue
        if node in seen:
            continue
        seen.add(node)
        stack.append((node, True))
        stack.extend((v.node, False) for v in reversed(node.inputs) if v.node is not None and v.node not in seen)
    return order

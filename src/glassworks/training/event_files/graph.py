"""A graph as TensorFlow's `GraphDef`, which TensorBoard draws: the names of nodes are paths of layers, which it folds."""

from __future__ import annotations

import re

from glassworks.graph import Graph, Node, Value
from glassworks.protobuf import Message


def graph_definition(graph: Graph, model: str = "") -> bytes:
    """The nodes of a graph below the layers that made them, with the shapes of what they give.

    Args:
        graph: The graph.
        model: The name of the model, which is left out of the names of its layers, so that they stand beside their weights.
    """
    result = Message()
    names: dict[Value, str] = {}
    taken: set[str] = set()

    def add(name: str, operation: str, inputs: list[str], outputs: list[Value]) -> None:
        unique, number = name, 1
        while unique in taken:
            unique, number = f"{name}_{number}", number + 1
        taken.add(unique)
        for place, value in enumerate(outputs):
            names[value] = f"{unique}:{place}" if place else unique
        definition = Message().text(1, unique).text(2, operation)
        for source in inputs:
            definition.text(3, source)
        result.message(1, definition.message(5, Message().text(1, "_output_shapes").message(2, _shapes(outputs))))

    for value in graph.inputs:
        add(_name(value.name or "input"), "Placeholder", [], [value])
    for variable, value in graph.reads.items():
        add(_name(variable.path), "VariableV2", [], [value])
    for node in graph.nodes():
        for value in node.inputs:
            if value not in names:
                add(f"{_scope(node, model)}constant", "Const", [], [value])
        add(f"{_scope(node, model)}{node.primitive.name}", node.primitive.name, [names[value] for value in node.inputs], list(node.outputs))
    return bytes(result.message(4, Message().integer(1, 22)))


def _scope(node: Node, model: str) -> str:
    path = node.layer.removeprefix(model).lstrip("/")
    return f"{_name(path)}/" if path else ""


def _name(path: str) -> str:
    """A path as TensorBoard accepts it: letters, digits and a few signs, and no empty part."""
    parts = [re.sub(r"[^A-Za-z0-9_.\\-]", "_", part) for part in path.split("/")]
    return "/".join(part if part[:1].isalnum() or part[:1] == "." else f"x{part}" for part in parts)


def _shapes(values: list[Value]) -> Message:
    shapes = Message()
    for value in values:
        shape = Message()
        for size in value.shape:
            shape.message(2, Message().integer(1, size))
        shapes.message(7, shape)
    return Message().message(1, shapes)

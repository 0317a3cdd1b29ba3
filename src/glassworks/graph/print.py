"""A graph as text that a person can read: one line per node, with shape, layer and call."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from glassworks.graph.node import Node
from glassworks.graph.value import Value

if TYPE_CHECKING:
    from glassworks.graph.graph import Graph


def to_text(graph: Graph) -> str:
    """The graph, line by line; `print(graph)` shows it.

    Inputs and results of nodes are numbered `%0, %1, ...`, variables stand by their path, small constants by
    their value. The last column says which layer and op made the node.
    """
    names: dict[Value, str] = {value: f"%{i}" for i, value in enumerate(graph.inputs)}
    names.update({value: variable.path for variable, value in graph.reads.items()})
    lines = []
    numbers = itertools.count(len(graph.inputs))
    for node in graph.nodes():
        for value in node.outputs:
            names[value] = f"%{next(numbers)}"
        lines.append(_line(node, names))
    parameters = ", ".join(f"{names[value]}: {value.spec}" for value in graph.inputs)
    head = f"graph {graph.name}({parameters})" if graph.name else f"graph ({parameters})"
    returns = ", ".join(_name(value, names) for value in graph.outputs)
    writes = [f"  {variable.path} <- {_name(value, names)}" for variable, value in graph.writes.items()]
    columns = _aligned(lines)
    return "\n".join([head, *columns, *writes, f"  return {returns}"])


def _line(node: Node, names: dict[Value, str]) -> tuple[str, str, str]:
    arguments = [_name(value, names) for value in node.inputs]
    arguments += [f"{key}={_short(value)}" for key, value in node.attributes.items()]
    left = f"{', '.join(names[value] for value in node.outputs)} = {node.primitive.name}({', '.join(arguments)})"
    call = f"gradient of {node.call}" if node.is_gradient else node.call
    return left, ", ".join(str(value.spec) for value in node.outputs), call


def _aligned(lines: list[tuple[str, str, str]]) -> list[str]:
    if not lines:
        return []
    widths = [max(len(line[i]) for line in lines) for i in (0, 1)]
    return [f"  {left:<{widths[0]}}  {spec:<{widths[1]}}  {call}".rstrip() for left, spec, call in lines]


def _name(value: object, names: dict[Value, str]) -> str:
    if not isinstance(value, Value):
        return repr(value)
    if value in names:
        return names[value]
    if value.array is not None:
        return repr(value.array.item()) if value.array.size == 1 else f"const {value.spec}"
    return f"<unknown {value.spec}>"


def _short(attribute: object) -> str:
    if isinstance(attribute, np.ndarray):
        return f"array{attribute.shape}"
    return getattr(attribute, "__name__", None) or repr(attribute)

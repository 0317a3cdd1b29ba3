"""Checks of whether a graph is legal at a stage, for tests and for debugging."""

from __future__ import annotations

from glassworks.errors import GraphError
from glassworks.graph.graph import Graph
from glassworks.graph.node import Node
from glassworks.graph.value import Value

STAGES = ("traced", "engine")


def check(graph: Graph, stage: str = "traced") -> None:
    """Raise a `GraphError` at the first thing that is not legal.

    Args:
        graph: The graph.
        stage: `"traced"`: every value comes from somewhere, and nodes agree with their shape rules.
            `"engine"`: besides, all sizes are known and written variables keep shape and dtype.
    """
    if stage not in STAGES:
        raise GraphError(f"stage {stage!r}", f"one of {STAGES}", where="graph.check")
    available: set[Value] = {*graph.inputs, *graph.reads.values()}
    for node in graph.nodes():
        for value in node.inputs:
            if value.node is None and value.array is None and value not in available:
                raise GraphError(
                    f"{node!r} reads {value!r}, which is not an input, constant or variable of this graph",
                    "values of this graph only",
                    "a value leaked from another trace: return it, or store it in a variable",
                    where=node.call,
                )
        _check_node(node)
    for value in graph.results:
        if value.node is None and value.array is None and value not in available:
            raise GraphError(f"output {value!r} that nothing computes", "a value of this graph", where="graph.check")
    if stage == "engine":
        _check_for_engine(graph)


def _check_node(node: Node) -> None:
    specs = node.primitive.infer_outputs([value.spec for value in node.inputs], node.attributes)
    if specs != tuple(value.spec for value in node.outputs):
        raise GraphError(
            f"{node!r}", f"outputs {[str(s) for s in specs]} by its shape rule", "the node was changed after it was made", where=node.call
        )


def _check_for_engine(graph: Graph) -> None:
    for node in graph.nodes():
        for value in node.outputs:
            if not value.spec.known:
                raise GraphError(f"{node!r} with an unknown size", "known sizes", "trace with concrete shapes", where=node.call)
    for variable, value in graph.writes.items():
        if value.spec != variable.spec:
            raise GraphError(
                f"{value.spec} written to variable {variable.path!r}",
                f"{variable.spec}",
                "assign a value of the variable's shape and dtype",
                where="graph.check",
            )

"""From a graph to operations: each node by the rule of its primitive, or by its reference forward where there is none."""

from __future__ import annotations

from glassworks.engine.native.ir.plan import Plan
from glassworks.engine.native.ir.target import Target
from glassworks.engine.native.passes.lowering import Derived, Lowering
from glassworks.engine.native.passes.rules import RULES
from glassworks.graph import Graph


def lower(graph: Graph, target: Target, known: Derived | None = None) -> Plan:
    """The operations of an optimized graph.

    Args:
        graph: All sizes known.
        target: The core that will run them.
        known: What other programs have derived from variables, by variable and function.
    """
    return Lowering(graph, RULES, target, known).plan

"""The passes in order. `PASSES` names what each makes of a plan, for printing a plan after any of them."""

from __future__ import annotations

from collections.abc import Callable

from glassworks.engine.base import STAGES
from glassworks.engine.native.ir.plan import Plan
from glassworks.engine.native.ir.target import Target
from glassworks.engine.native.passes.fuse import fuse
from glassworks.engine.native.passes.lower import lower
from glassworks.engine.native.passes.lowering import Derived
from glassworks.engine.native.passes.place import place
from glassworks.engine.native.passes.schedule import schedule
from glassworks.engine.native.passes.simplify import simplify
from glassworks.engine.native.passes.tile import tile
from glassworks.errors import GraphError
from glassworks.graph import Graph

PASSES: dict[str, Callable[[Plan], Plan]] = dict(zip(STAGES[1:], (simplify, fuse, tile, schedule, place), strict=True))


def make_plan(graph: Graph, target: Target, known: Derived | None = None, stage: str = "placed") -> Plan:
    """The plan of an optimized graph, up to and with a stage.

    Args:
        graph: All sizes known.
        target: The core that will run it.
        known: What other programs have derived from variables, by variable and function.
        stage: One of `STAGES`.

    Raises:
        GraphError: The stage is unknown.
    """
    if stage not in STAGES:
        raise GraphError(f"stage {stage!r}", f"one of {STAGES}", "use the name of a stage", where="native.plan")
    plan = lower(graph, target, known)
    for name, apply in PASSES.items():
        if plan.stage == stage:
            break
        plan = apply(plan)
        assert plan.stage == name
    return plan

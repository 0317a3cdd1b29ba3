"""What a native program does, station by station, in words and numbers."""

from __future__ import annotations

from collections.abc import Sequence

from glassworks.engine.base import StationReport, who
from glassworks.engine.native.ir.groups import FusedGroup, Group
from glassworks.engine.native.ir.plan import Plan
from glassworks.engine.native.ir.values import Storage


def reports(plan: Plan, seconds: Sequence[float | None]) -> list[StationReport]:
    """One report per station, with its mean time if it was measured."""
    waves = ((number, group) for number, wave in enumerate(plan.waves) for group in wave)
    return [_report(number, group, plan, time) for (number, group), time in zip(waves, seconds, strict=True)]


def _report(wave: int, group: Group, plan: Plan, seconds: float | None) -> StationReport:
    nodes = list(dict.fromkeys(node for op in group.ops for node in op.nodes))
    costs = [node.primitive.flops([v.spec for v in node.inputs], [v.spec for v in node.outputs], **node.attributes) for node in nodes]
    by_layer: dict[str, int] = {}
    for node, cost in zip(nodes, costs, strict=True):
        by_layer[who(node)] = by_layer.get(who(node), 0) + cost
    touched = {s for op in group.ops for s in op.reads if not group.makes(s)} | {
        s for op in group.ops for s in op.writes if s in plan.escaping or not group.makes(s)
    }
    kept = [s for op in group.ops for s in op.writes if s in plan.escaping]
    ops = tuple(op.label for op in group.ops)
    layers = tuple(name for name in by_layer if name)
    place = ", ".join(dict.fromkeys(_place(s, plan) for s in kept)) or "nothing kept"
    moved = sum(s.bytes for s in touched)
    shares = tuple(by_layer[name] for name in layers)
    return StationReport(wave, layers, ops, _shape(group), sum(costs), moved, place, group.parallel, seconds, shares)


def _shape(group: Group) -> str:
    if isinstance(group, FusedGroup):
        rows, columns = group.space or (1, group.size)
        return f"{rows} x {columns}"
    target = group.ops[0].writes[0]
    return f"{target.dtype}[{target.size}]"


def _place(storage: Storage, plan: Plan) -> str:
    variable = plan.variable_of(storage)
    if variable is not None:
        return variable.path
    offset = plan.offsets.get(storage)
    return "output" if offset is None else f"arena +{offset}"

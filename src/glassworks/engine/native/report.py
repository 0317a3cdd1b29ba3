"""What a native program does, station by station, in words and numbers."""

from __future__ import annotations

from typing import Any

from glassworks.engine.base import StationReport, who
from glassworks.engine.native.emit import Layout
from glassworks.engine.native.fuse import Alone, Group
from glassworks.engine.native.operations import Operation, Product, Storage
from glassworks.engine.native.schedule import Part, Schedule


def reports(program: Any, layout: Layout, schedule: Schedule) -> list[StationReport]:
    """One report per station."""
    return [_report(program.station(i), part, layout, schedule) for i, part in enumerate(layout.parts)]


def _report(station: Any, part: Part, layout: Layout, schedule: Schedule) -> StationReport:
    nodes = list(dict.fromkeys(node for unit in part.units for node in unit.nodes))
    flops = sum(node.primitive.flops([v.spec for v in node.inputs], [v.spec for v in node.outputs], **node.attributes) for node in nodes)
    made = part.forms if isinstance(part, Group) else {}
    touched = {s for unit in part.units for s in unit.reads if s not in made} | {
        s for unit in part.units for s in unit.writes if s in schedule.outside or s not in made
    }
    kept = [s for unit in part.units for s in unit.writes if s in schedule.outside]
    ops = tuple(unit.kernel.split(".")[0] if isinstance(unit, Operation) else _name(unit) for unit in part.units)
    seconds = station.seconds / station.runs if station.runs else None
    layers = tuple(dict.fromkeys(name for name in map(who, nodes) if name))
    place = ", ".join(dict.fromkeys(_place(s, layout, schedule) for s in kept)) or "nothing kept"
    return StationReport(
        layout.wave_of[part], layers, ops, _shape(part), flops, sum(s.bytes for s in touched), place, layout.parallel[part], seconds
    )


def _name(unit: Any) -> str:
    if unit.kind == "task":
        return unit.details["kernel"].split(".")[0]
    if isinstance(unit, Product) and unit.geometry is not None:
        return f"{unit.kind} {unit.m}x{unit.n}x{unit.k}"
    if unit.kind == "product":
        return f"matmul {unit.m}x{unit.n}x{unit.k}" + (f" (x{unit.batch})" if unit.batch > 1 else "")
    return f"{unit.nodes[0].primitive.name} (in Python)" if unit.kind == "python" else unit.kind


def _shape(part: Part) -> str:
    if isinstance(part, Alone):
        target = part.station.writes[0]
        return f"{target.dtype}[{target.size}]"
    rows, columns = part.space or (1, part.size)
    return f"{rows} x {columns}"


def _place(storage: Storage, layout: Layout, schedule: Schedule) -> str:
    home = schedule.homes.get(storage)
    if home is None:
        home = storage.variable
    if home is not None:
        return home.path
    offset = layout.offsets.get(storage)
    return "output" if offset is None else f"arena +{offset}"

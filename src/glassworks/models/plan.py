"""`model.plan()`: the program of a step as a table or a drawing."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from glassworks.arguments import OneOf, Optional, check
from glassworks.display import Table
from glassworks.display.numbers import short_text
from glassworks.engine import STAGES, Machine, Program, StationReport, machine
from glassworks.errors import ArgumentError
from glassworks.insight.stations import cut, share_of_limit, to_table, totals

if TYPE_CHECKING:
    from glassworks.models.model import Model

MEASURED_STEPS = 50


# ---- the drawing

_BOX, _GAP, _HEIGHT, _MARGIN = 300, 16, 78, 24
_COLORS = {"product": "#2563eb", "plain": "#0d9488", "copy": "#64748b", "python": "#d97706"}


def to_svg(program: Program, title: str, measured: bool) -> str:
    """The table as a drawing: waves from top to bottom, concurrent stations side by side, bars for time.

    Args:
        program, title, measured: As for `to_table`.
    """
    stations = program.stations()
    roof = machine() if measured else None
    waves = [[s for s in stations if s.wave == wave] for wave in sorted({s.wave for s in stations})]
    width = max(len(wave) for wave in waves) * (_BOX + _GAP) - _GAP + 2 * _MARGIN
    width = max(width, 2 * _BOX + 2 * _MARGIN)
    height = len(waves) * (_HEIGHT + 26) + 84
    longest = max((s.seconds or 0.0 for s in stations), default=0.0) or 1.0
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="system-ui, sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="{_MARGIN}" y="28" font-size="16" font-weight="600" fill="#0f172a">{escape(title)}</text>',
        *[f'<text x="{_MARGIN}" y="{46 + 15 * i}" fill="#475569">{escape(line)}</text>' for i, line in enumerate(totals(stations, roof))],
    ]
    for row, wave in enumerate(waves):
        top = 80 + row * (_HEIGHT + 26)
        if row:
            x = _MARGIN + _BOX // 2
            parts.append(f'<path d="M{x} {top - 22} V{top - 6}" stroke="#94a3b8" stroke-width="2"/>')
            parts.append(f'<path d="M{x - 4} {top - 9} L{x} {top - 3} L{x + 4} {top - 9}" fill="none" stroke="#94a3b8" stroke-width="2"/>')
        for column, station in enumerate(wave):
            parts += _box(station, _MARGIN + column * (_BOX + _GAP), top, longest, roof)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _box(station: StationReport, left: int, top: int, longest: float, roof: Machine | None) -> list[str]:
    first = station.ops[0]
    kind = "product" if first.startswith("matmul") else "python" if "Python" in first else "copy" if first == "copy" else "plain"
    color = _COLORS[kind]
    cost = f"{station.shape} · {short_text(station.flops, 'FLOP')} · {short_text(station.bytes, 'B')}"
    parts = [
        f"<g><title>{escape(', '.join(station.layers))}: {escape(' > '.join(station.ops))}; results in {escape(station.place)}</title>",
        f'<rect x="{left}" y="{top}" width="{_BOX}" height="{_HEIGHT}" rx="6" fill="{color}" fill-opacity="0.08" stroke="{color}"/>',
        f'<text x="{left + 10}" y="{top + 19}" font-weight="600" fill="#0f172a">{escape(cut(", ".join(station.layers) or "step", 36))}</text>',
        f'<text x="{left + 10}" y="{top + 36}" fill="{color}">{escape(cut(" > ".join(station.ops), 40))}</text>',
        f'<text x="{left + 10}" y="{top + 52}" fill="#475569" font-size="11">{escape(cost)}</text>',
    ]
    if station.seconds is not None:
        full = _BOX - 20
        share = share_of_limit(station, roof)
        bar = max(2.0, 0.45 * full * station.seconds / longest)
        parts += [
            f'<rect x="{left + 10}" y="{top + 61}" width="{bar:.1f}" height="8" rx="2" fill="{color}" fill-opacity="0.35"/>',
            f'<rect x="{left + 10}" y="{top + 61}" width="{bar * share:.1f}" height="8" rx="2" fill="{color}"/>',
            f'<text x="{left + _BOX - 10}" y="{top + 69}" text-anchor="end" fill="#0f172a" font-size="11">'
            f"{station.seconds * 1e6:.1f} us · {share:.0%} of limit</text>",
        ]
    return [*parts, "</g>"]


def plan_of(
    model: Model, mode: str | None, batch_size: int | None, svg: str | PathLike | None, measure: bool, stage: str | None = None
) -> Table | str:
    """The table of a model's step, or the text of its plan at a stage; see `Model.plan`."""
    check("Model.plan", {"stage": Optional(OneOf(*STAGES))}, stage=stage)
    if stage is not None and svg is not None:
        raise ArgumentError(
            f"stage={stage!r} with svg={str(svg)!r}",
            "one of the two: a drawing shows the placed program, not a stage",
            "call plan(svg=...) for the drawing, and plan(stage=...) for the text of the stage",
            where="Model.plan",
        )
    mode, program = model._trainer.planned_program(mode, batch_size)
    if stage is not None:
        return program.plan_text(stage)
    if measure:
        program.measure(MEASURED_STEPS)
    rows = program.graph.inputs[0].shape if program.graph.inputs else ()
    title = f"Model {model.name!r}: one {mode} step" + (f" on a batch of {rows[0]}" if rows else "")
    if svg is not None:
        Path(svg).write_text(to_svg(program, title, measure))
    return to_table(program, title, measure)

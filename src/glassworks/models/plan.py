"""`model.plan()`: the program of a step as a table or a drawing: what each station does and costs, and its share of the machine's limit."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from glassworks.arguments import OneOf, Optional, check
from glassworks.engine import STAGES, Machine, Program, StationReport, machine
from glassworks.errors import ArgumentError

if TYPE_CHECKING:
    from glassworks.models.model import Model

MEASURED_STEPS = 50


def to_text(program: Program, title: str, measured: bool) -> str:
    """The table of a program's stations.

    Args:
        program: The program, of any engine.
        title: The first line.
        measured: Whether stations have times.
    """
    stations = program.stations()
    roof = machine() if measured else None
    heads = ["Wave", "For", "Ops", "Shape", "FLOPs", "Bytes", "Results in"] + (["Time", "Of limit"] if roof else [])
    rows = [_row(station, roof) for station in stations]
    limits = [4, 28, 44, 18, 9, 9, 30, 9, 8]
    rows = [[_cut(cell, limit) for cell, limit in zip(row, limits, strict=False)] for row in rows]
    widths = [max(len(row[i]) for row in [heads, *rows]) for i in range(len(heads))]
    rule = "─" * (sum(widths) + 2 * (len(widths) - 1))
    right = {0, 4, 5, 7, 8}

    def line(cells: list[str]) -> str:
        padded = [cell.rjust(w) if i in right else cell.ljust(w) for i, (cell, w) in enumerate(zip(cells, widths, strict=True))]
        return "  ".join(padded).rstrip()

    body, previous = [], -1
    for station, row in zip(stations, rows, strict=True):
        body.append(line([row[0] if station.wave != previous else "", *row[1:]]))
        previous = station.wave
    return "\n".join([title, rule, line(heads), rule, *body, rule, *_totals(stations, roof)])


def _row(station: StationReport, roof: Machine | None) -> list[str]:
    mark = "*" if station.threads else ""
    row = [f"{station.wave}{mark}", ", ".join(station.layers), " > ".join(station.ops), station.shape]
    row += [_short(station.flops).strip(), _short(station.bytes).strip(), station.place]
    if roof is not None and station.seconds is not None:
        share = roof.least_seconds(station.flops, station.bytes) / max(station.seconds, 1e-9)
        row += [f"{station.seconds * 1e6:.1f} us", f"{min(share, 1):.0%}"]
    return row


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _short(number: int) -> str:
    for size, unit in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if number >= size:
            return f"{number / size:.1f} {unit}"
    return f"{number} "


def _totals(stations: list[StationReport], roof: Machine | None) -> list[str]:
    flops, moved = sum(s.flops for s in stations), sum(s.bytes for s in stations)
    lines = [f"{len(stations)} stations, {_short(flops)}FLOP, {_short(moved)}B moved. * = all threads share the wave's work."]
    if roof is not None:
        seconds = sum(s.seconds or 0.0 for s in stations)
        least = sum(roof.least_seconds(s.flops, s.bytes) for s in stations)
        lines.append(
            f"{seconds * 1e6:.1f} us one station after the other; the limit of this machine "
            f"({roof.flops_per_second / 1e9:.0f} GFLOP/s, {roof.bytes_per_second / 1e9:.0f} GB/s in cache) is {least * 1e6:.1f} us."
        )
    return lines


# ---- the drawing

_BOX, _GAP, _HEIGHT, _MARGIN = 300, 16, 78, 24
_COLORS = {"product": "#2563eb", "plain": "#0d9488", "copy": "#64748b", "python": "#d97706"}


def to_svg(program: Program, title: str, measured: bool) -> str:
    """The table as a drawing: waves from top to bottom, concurrent stations side by side, bars for time.

    Args:
        program, title, measured: As for `to_text`.
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
        *[f'<text x="{_MARGIN}" y="{46 + 15 * i}" fill="#475569">{escape(line)}</text>' for i, line in enumerate(_totals(stations, roof))],
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
    cost = f"{station.shape} · {_short(station.flops)}FLOP · {_short(station.bytes)}B"
    parts = [
        f"<g><title>{escape(', '.join(station.layers))}: {escape(' > '.join(station.ops))}; results in {escape(station.place)}</title>",
        f'<rect x="{left}" y="{top}" width="{_BOX}" height="{_HEIGHT}" rx="6" fill="{color}" fill-opacity="0.08" stroke="{color}"/>',
        f'<text x="{left + 10}" y="{top + 19}" font-weight="600" fill="#0f172a">{escape(_cut(", ".join(station.layers) or "step", 36))}</text>',
        f'<text x="{left + 10}" y="{top + 36}" fill="{color}">{escape(_cut(" > ".join(station.ops), 40))}</text>',
        f'<text x="{left + 10}" y="{top + 52}" fill="#475569" font-size="11">{escape(cost)}</text>',
    ]
    if station.seconds is not None:
        full = _BOX - 20
        share = min(roof.least_seconds(station.flops, station.bytes) / max(station.seconds, 1e-9), 1.0) if roof is not None else 0.0
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
) -> str:
    """The table of a model's step, or its plan at a stage; see `Model.plan`."""
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
    return to_text(program, title, measure)

"""The stations of a program as a table: what each computes and costs, and its share of the machine's limit."""

from __future__ import annotations

from glassworks.display import Table
from glassworks.display.numbers import short_text
from glassworks.engine import Machine, Program, StationReport, machine


def to_table(program: Program, title: str, measured: bool) -> Table:
    """The stations of a program as a table.

    Args:
        program: The program, of any engine.
        title: The first line.
        measured: Whether stations have times.
    """
    stations = program.stations()
    roof = machine() if measured else None
    heads = ["Wave", "For", "Ops", "Shape", "FLOPs", "Bytes", "Results in"] + (["Time", "Of limit"] if roof else [])
    limits = [4, 28, 44, 18, 9, 9, 30, 9, 8]
    rows, previous = [], -1
    for station in stations:
        row = [cut(cell, limit) for cell, limit in zip(_row(station, roof), limits, strict=False)]
        rows.append(row if station.wave != previous else ["", *row[1:]])
        previous = station.wave
    return Table(heads, rows, "rlllrrlrr"[: len(heads)], title=title, notes=totals(stations, roof))


def _row(station: StationReport, roof: Machine | None) -> list[str]:
    mark = "*" if station.threads else ""
    row = [f"{station.wave}{mark}", ", ".join(station.layers), " > ".join(station.ops), station.shape]
    row += [short_text(station.flops), short_text(station.bytes), station.place]
    if roof is not None and station.seconds is not None:
        row += [f"{station.seconds * 1e6:.1f} us", f"{share_of_limit(station, roof):.0%}"]
    return row


def cut(text: str, limit: int) -> str:
    """A text with at most `limit` characters."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def share_of_limit(station: StationReport, roof: Machine | None) -> float:
    """How close a station comes to what the machine can do: 1 is as fast as it can be."""
    if roof is None or station.seconds is None:
        return 0.0
    return min(roof.least_seconds(station.flops, station.bytes) / max(station.seconds, 1e-9), 1.0)


def totals(stations: list[StationReport], roof: Machine | None) -> list[str]:
    """The lines below the table: all stations together, beside what the machine can do."""
    flops, moved = sum(s.flops for s in stations), sum(s.bytes for s in stations)
    lines = [
        f"{len(stations)} stations, {short_text(flops, 'FLOP')}, {short_text(moved, 'B')} moved. * = all threads share the wave's work."
    ]
    if roof is not None:
        seconds = sum(s.seconds or 0.0 for s in stations)
        least = sum(roof.least_seconds(s.flops, s.bytes) for s in stations)
        lines.append(
            f"{seconds * 1e6:.1f} us one station after the other; the limit of this machine "
            f"({roof.flops_per_second / 1e9:.0f} GFLOP/s, {roof.bytes_per_second / 1e9:.0f} GB/s in cache) is {least * 1e6:.1f} us."
        )
    return lines

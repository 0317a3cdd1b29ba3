"""Runs the corpus, and says how often the doctor is right, as text for the terminal and for the documents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from glassworks.checks import CHECKS
from tests.doctor.corpus import BROKEN, HEALTHY
from tests.doctor.program import Broken, Healthy, Result, run

PAGE = Path(__file__).parents[2] / "docs" / "doctor.md"
START, END = "<!-- python -m tests.doctor writes what follows -->", "<!-- end of what python -m tests.doctor writes -->"


@dataclass(frozen=True)
class Outcomes:
    """What every program gave: with its mistake and, where there is one, without."""

    broken: list[tuple[Broken, Result, Result]]
    healthy: list[tuple[Healthy, Result]]


def measure() -> Outcomes:
    """Run all programs."""
    broken = [(program, run(lambda p=program: p.run(False)), run(lambda p=program: p.run(True))) for program in BROKEN]
    return Outcomes(broken, [(program, run(program.run)) for program in HEALTHY])


def is_right(program: Broken, result: Result) -> bool:
    """Whether the first thing that the user is told is the cause: the first finding, or the error if `fit` refuses the program."""
    return program.refused in result.error if program.refused else result.first in program.expected


def said(result: Result) -> str:
    """The first thing that the user is told, in a word."""
    return "error" if result.error else result.first or "nothing"


def summary(outcomes: Outcomes) -> str:
    """The score, in sentences."""
    return "\n".join(_sentences(outcomes))


def _sentences(outcomes: Outcomes) -> Iterator[str]:
    for held_out, kind in ((False, "programs that the rules were written with"), (True, "programs written afterwards")):
        broken = [(program, result) for program, result, _ in outcomes.broken if program.held_out == held_out]
        right = sum(is_right(program, result) for program, result in broken)
        healthy = [result for program, result in outcomes.healthy if program.held_out == held_out]
        errors, warnings = (sum(result.count(severity) for result in healthy) for severity in ("error", "warning"))
        yield f"Of {len(broken)} broken {kind}, the doctor names the cause of {right} first."
        yield f"On {len(healthy)} healthy {kind}, it gives {errors} errors and {warnings} warnings."
    changed = [result for _, _, result in outcomes.broken]
    errors, warnings = (sum(result.count(severity) for result in changed) for severity in ("error", "warning"))
    yield f"On the {len(changed)} broken programs after the change that cures them, it gives {errors} errors and {warnings} warnings."


def _broken_rows(outcomes: Outcomes) -> Iterator[tuple[str, ...]]:
    for program, result, changed in outcomes.broken:
        expected = "an error" if program.refused else " or ".join(program.expected)
        name = program.name.replace("_", " ") + (" (new)" if program.held_out else "")
        scores = ("-" if program.refused else f"{program.scores[0]:.2f}") + f" to {program.scores[1]:.2f}"
        verdict = "yes" if is_right(program, result) else "NO"
        yield name, program.source, expected, said(result), verdict, scores, ", ".join(f.check for f in changed.findings) or "nothing"


def _healthy_rows(outcomes: Outcomes) -> Iterator[tuple[str, ...]]:
    for program, result in outcomes.healthy:
        name = program.name.replace("_", " ") + (" (new)" if program.held_out else "")
        yield name, f"{program.score:.2f}", ", ".join(f"{f.check} ({f.severity})" for f in result.findings) or "nothing"


BROKEN_HEAD = ("broken program", "source", "expected", "said first", "right", "score before and after the change", "said after the change")
HEALTHY_HEAD = ("healthy program", "score", "said")
MEASURED = ("said first", "right", "said after the change", "said")
"""The columns that a run fills: rounding, which differs between instruction sets, may change a few of their cells."""


def text(outcomes: Outcomes) -> str:
    """The tables for a terminal."""
    parts = [_columns(BROKEN_HEAD, list(_broken_rows(outcomes))), _columns(HEALTHY_HEAD, list(_healthy_rows(outcomes)))]
    return "\n\n".join([*parts, summary(outcomes)])


def _columns(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    widths = [max(len(row[place]) for row in (head, *rows)) for place in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (head, *rows)]
    return "\n".join(lines)


def markdown(outcomes: Outcomes) -> str:
    """What stands in the page between the two marks."""
    examples: dict[str, list[str]] = {name: [] for name in CHECKS}
    for program in BROKEN:
        examples.setdefault(program.expected[0], []).append(program.name.replace("_", " "))
    checks = [(f"`{name}`", what, "; ".join(examples[name][:2])) for name, what in CHECKS.items()]
    parts = [
        START,
        "## What it looks for",
        _pipes(("name", "what", "programs of the corpus that make the mistake"), checks),
        "## How often it is right",
        summary(outcomes),
        _pipes(BROKEN_HEAD, list(_broken_rows(outcomes))),
        _pipes(HEALTHY_HEAD, list(_healthy_rows(outcomes))),
        END,
    ]
    return "\n\n".join(parts)


def _pipes(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ("---",) * len(head), *rows))


def measured(page: str) -> tuple[str, dict[str, dict[str, str]]]:
    """The tables of a page without what a run measured, and that by the name of the program and the column.

    >>> measured("| healthy program | said |\\n| --- | --- |\\n| irises | nothing |")
    ('| healthy program |\\n| --- |\\n| irises |', {'irises': {'said': 'nothing'}})
    """
    lines: list[str] = []
    said: dict[str, dict[str, str]] = {}
    head: list[str] = []
    for line in page.splitlines():
        cells = line.removeprefix("| ").removesuffix(" |").split(" | ")
        if not line.startswith("| "):
            lines.append(re.sub(r"\b\d+ (first|errors|warnings)\b", r"# \1", line))
            continue
        head = cells if cells[0] in ("name", BROKEN_HEAD[0], HEALTHY_HEAD[0]) else head
        by_column = dict(zip(head, cells, strict=True))
        said[cells[0]] = {column: cell for column, cell in by_column.items() if column in MEASURED}
        lines.append("| " + " | ".join(cell for column, cell in by_column.items() if column not in MEASURED) + " |")
    names = {program.name.replace("_", " ") + (" (new)" if program.held_out else "") for program in (*BROKEN, *HEALTHY)}
    return "\n".join(lines), {name: cells for name, cells in said.items() if name in names}


def write(outcomes: Outcomes) -> None:
    """Put the tables into the page."""
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(START)
    PAGE.write_text(before + markdown(outcomes) + rest.split(END)[1], encoding="utf-8")

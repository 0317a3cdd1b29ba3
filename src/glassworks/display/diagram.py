"""Small drawings as SVG for notebooks and pages: boxes with arrows between them, and a line of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from glassworks.display.colours import NEGATIVE, POSITIVE
from glassworks.display.numbers import number_text

_WIDTH, _HEIGHT, _GAP_X, _GAP_Y = 148, 46, 26, 12
_TEXT = 22
"""How many characters fit into a box."""


def boxes_svg(boxes: Sequence[tuple[str, str]], arrows: Sequence[tuple[int, int]], title: str) -> str:
    """Boxes from left to right, each to the right of all whose arrows lead to it, in the colour of the page's text.

    Args:
        boxes: Two lines of text for each box.
        arrows: Pairs of indexes: from, to. They form no cycle.
        title: What the drawing shows, for those who cannot see it.

    >>> svg = boxes_svg([("dense", "(None, 8)"), ("dense_1", "(None, 1)")], [(0, 1)], "two layers")
    >>> svg.count("<rect"), svg.count("<path")
    (2, 1)
    """
    columns = _columns(len(boxes), arrows)
    rows: dict[int, int] = {}
    places = []
    for column in columns:
        places.append((8 + column * (_WIDTH + _GAP_X), 8 + rows.get(column, 0) * (_HEIGHT + _GAP_Y)))
        rows[column] = rows.get(column, 0) + 1
    width = 16 + (max(columns, default=0) + 1) * (_WIDTH + _GAP_X) - _GAP_X
    height = 16 + max(rows.values(), default=1) * (_HEIGHT + _GAP_Y) - _GAP_Y
    parts = [_arrow(places[start], places[end]) for start, end in arrows]
    for (left, top), (first, second) in zip(places, boxes, strict=True):
        parts.append(
            f"<g><title>{escape(first)} {escape(second)}</title>"
            f'<rect x="{left}" y="{top}" width="{_WIDTH}" height="{_HEIGHT}" rx="6" fill="{POSITIVE}" fill-opacity=".12" stroke="{POSITIVE}"/>'
            f'<text x="{left + _WIDTH / 2}" y="{top + 19}" text-anchor="middle" font-weight="600">{escape(_cut(first))}</text>'
            f'<text x="{left + _WIDTH / 2}" y="{top + 36}" text-anchor="middle" fill-opacity=".8">{escape(_cut(second))}</text></g>'
        )
    return (
        f'<div style="overflow-x:auto"><svg role="img" aria-label="{escape(title)}" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" font-family="system-ui,sans-serif" font-size="11" '
        f'fill="currentColor">{"".join(parts)}</svg></div>'
    )


def sparkline_svg(values: Sequence[float] | np.ndarray, title: str, best: int | None = None, width: int = 160, height: int = 32) -> str:
    """A line of numbers in the colour of the page's text, with a dot at one of them.

    Args:
        values: The numbers; where they are not finite the line has a gap.
        title: What they are, for those who cannot see the line; the first and last number are added.
        best: The index of the number that gets the dot.
        width, height: The size in pixels.

    >>> svg = sparkline_svg([3.0, 1.0, 2.0], "loss", best=1)
    >>> "3.0000 to 2.0000" in svg, svg.count("<circle")
    (True, 1)
    """
    numbers = np.asarray(values, float)
    finite = numbers[np.isfinite(numbers)]
    low, high = (finite.min(), finite.max()) if len(finite) else (0.0, 0.0)
    span = high - low or 1.0
    xs = 4 + np.arange(len(numbers)) * (width - 8) / max(len(numbers) - 1, 1)
    ys = [4 + (high - number) / span * (height - 8) if np.isfinite(number) else None for number in numbers]
    moves, pen = [], "M"
    for x, y in zip(xs, ys, strict=True):
        if y is not None:
            moves.append(f"{pen}{x:.1f} {y:.1f}")
        pen = "M" if y is None else "L"
    dot = ""
    if best is not None and ys[best] is not None:
        dot = f'<circle cx="{xs[best]:.1f}" cy="{ys[best]:.1f}" r="3" fill="{NEGATIVE}"/>'
    ends = f"{number_text(numbers[0])} to {number_text(numbers[-1])}" if len(numbers) else "no numbers"
    return (
        f'<svg role="img" aria-label="{escape(title)}: {ends}" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'xmlns="http://www.w3.org/2000/svg"><path d="{" ".join(moves)}" fill="none" stroke="currentColor" stroke-width="1.5"/>{dot}</svg>'
    )


def _columns(count: int, arrows: Sequence[tuple[int, int]]) -> list[int]:
    """For each box the number of boxes on the longest way to it; arrows lead from earlier boxes to later ones."""
    columns = [0] * count
    for end in range(count):
        columns[end] = max((columns[start] + 1 for start, other in arrows if other == end), default=0)
    return columns


def _arrow(start: tuple[int, int], end: tuple[int, int]) -> str:
    x0, y0, x1, y1 = start[0] + _WIDTH, start[1] + _HEIGHT / 2, end[0], end[1] + _HEIGHT / 2
    middle = x1 - _GAP_X / 2
    return (
        f'<path d="M{x0} {y0}L{middle} {y0}L{middle} {y1}L{x1 - 2} {y1}M{x1 - 6} {y1 - 4}L{x1 - 2} {y1}L{x1 - 6} {y1 + 4}" '
        'fill="none" stroke="currentColor" stroke-opacity=".6"/>'
    )


def _cut(text: str) -> str:
    return text if len(text) <= _TEXT else text[: _TEXT - 1] + "…"

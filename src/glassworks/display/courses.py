"""How numbers went over the epochs, as a table: first, best and last, and a small line of all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from glassworks.display.diagram import sparkline_svg
from glassworks.display.table import Table

_BARS = "▁▂▃▄▅▆▇█"
_BARS_SHOWN = 20


class Sparkline:
    """A line of numbers for a cell of a table: a drawing on a page, eight heights of bars in a terminal.

    Args:
        values: The numbers.
        title: What they are.
        best: The index of the number that gets a dot in the drawing.

    >>> str(Sparkline([0, 1, 2, 3, 2, 1, 0, float("nan")], "waves"))
    '▁▃▅█▅▃▁ '
    """

    def __init__(self, values: Sequence[float] | np.ndarray, title: str, best: int | None = None) -> None:
        self.values, self.title, self.best = np.asarray(values, float), title, best

    def __str__(self) -> str:
        chosen = self.values
        if len(chosen) > _BARS_SHOWN:
            chosen = chosen[np.linspace(0, len(chosen) - 1, _BARS_SHOWN).round().astype(int)]
        finite = chosen[np.isfinite(chosen)]
        low, high = (finite.min(), finite.max()) if len(finite) else (0.0, 0.0)
        heights = [(value - low) / (high - low or 1.0) * 7 if np.isfinite(value) else None for value in chosen]
        return "".join(" " if height is None else _BARS[int(height)] for height in heights)

    def _repr_html_(self) -> str:
        return sparkline_svg(self.values, self.title, self.best)


def course_table(curves: Mapping[str, tuple[np.ndarray, np.ndarray]], title: str, notes: Sequence[str] = ()) -> Table:
    """A row per metric: its number in the first, the best and the last epoch, and its course.

    The best epoch is the one with the lowest validation loss; without validation data, the one with the lowest loss.

    Args:
        curves: Metric name -> the epochs, counted from 1, and the numbers.
        title: The text above the table.
        notes: Lines below the table.

    >>> course_table({"loss": (np.array([1, 2, 3]), np.array([0.9, 0.2, 0.4]))}, "History of 3 epochs")
    History of 3 epochs
    ───────────────────────────────────────────────────────────────
    Metric  First (epoch 1)  Best (epoch 2)  Last (epoch 3)  Course
    ───────────────────────────────────────────────────────────────
    loss             0.9000          0.2000          0.4000  █▁▃
    ───────────────────────────────────────────────────────────────
    Best is the epoch of the lowest loss.
    """
    judge = next((name for name in ("val_loss", "loss") if name in curves), next(iter(curves)))
    epochs, values = curves[judge]
    judged = np.where(np.isfinite(values), values, np.inf)
    best = int(epochs[np.argmin(judged)]) if np.isfinite(judged).any() else None
    first, last = (pick(int(pick(numbers)) for numbers, _ in curves.values()) for pick in (min, max))
    rows = [
        [name, *(_at(curve, epoch) for epoch in (first, best, last)), Sparkline(curve[1], name, _index(curve, best))]
        for name, curve in curves.items()
    ]
    heads = ["Metric", f"First (epoch {first})", f"Best (epoch {best})" if best else "Best", f"Last (epoch {last})", "Course"]
    judged_by = [f"Best is the epoch of the lowest {judge}."] if best else []
    return Table(heads, rows, "lrrrl", title=title, notes=[*judged_by, *notes])


def _index(curve: tuple[np.ndarray, np.ndarray], epoch: int | None) -> int | None:
    places = np.flatnonzero(curve[0] == epoch)
    return int(places[0]) if len(places) else None


def _at(curve: tuple[np.ndarray, np.ndarray], epoch: int | None) -> float | None:
    index = _index(curve, epoch)
    return None if index is None else float(curve[1][index])

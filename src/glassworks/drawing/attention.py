"""Attention: how much each query looks at each key, with words on both axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING

import numpy as np

from glassworks.display.numbers import number_text
from glassworks.drawing.figure import diverging, finished, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# The most words that stand beside an axis.
_MOST_LABELS = 64


def draw_attention(
    weights: np.ndarray,
    names: Sequence[str],
    queries: Sequence[str] | None,
    keys: Sequence[str] | None,
    title: str,
    path: str | PathLike[str] | None = None,
) -> Figure:
    """One matrix per head: a row per query, whose weights sum to 1, a column per key.

    Args:
        weights: `(heads, queries, keys)`.
        names: What stands above each head.
        queries, keys: The words of the positions, or None for their numbers.
        title: What stands above all.
        path: Where to save the picture.

    >>> figure = draw_attention(np.eye(2)[None], ["head 0"], ["a", "b"], ["a", "b"], "attention")
    >>> [label.get_text() for label in figure.axes[0].get_xticklabels()]
    ['a', 'b']
    """
    columns = min(len(weights), 4)
    rows = math.ceil(len(weights) / columns)
    side = min(max(2.4, 0.22 * max(weights.shape[1:])), 9.0 if len(weights) == 1 else 5.0)
    figure, axes = new_figure(rows, columns, columns * side + 1.6, rows * side + 0.9)
    largest = float(weights.max()) or 1.0
    shown = None
    for place, matrix, name in zip(axes, weights, names, strict=False):
        shown = place.imshow(matrix, cmap=diverging(), vmin=-largest, vmax=largest, interpolation="nearest", aspect="auto")
        place.set_title(f"{name} {_spread(matrix)}".strip(), fontsize="small")
        _label(place, keys, matrix.shape[1], "x")
        _label(place, queries, matrix.shape[0], "y")
    for place in axes[len(weights) :]:
        place.set_axis_off()
    axes[0].set_ylabel("query", fontsize="small")
    axes[0].set_xlabel("key", fontsize="small")
    figure.suptitle(title, fontsize="medium")
    if shown is not None:
        bar = figure.colorbar(shown, ax=axes, shrink=0.8)
        bar.ax.set_ylim(0, largest)
        bar.set_label("weight; the weights of a query sum to 1", fontsize="small")
    return finished(figure, path)


def _spread(matrix: np.ndarray) -> str:
    """The least and the largest weight: where all are nearly equal, the head looks at everything alike."""
    return f"({number_text(matrix.min())} to {number_text(matrix.max())})" if matrix.size else ""


def _label(axes: Axes, words: Sequence[str] | None, count: int, axis: str) -> None:
    if words is None or count > _MOST_LABELS:
        axes.tick_params(labelsize="x-small")
        return
    set_ticks = axes.set_xticks if axis == "x" else axes.set_yticks
    set_ticks(range(count), [word.replace("$", r"\$") for word in words], fontsize="x-small", rotation=90 if axis == "x" else 0)

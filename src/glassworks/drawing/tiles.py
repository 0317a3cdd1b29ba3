"""Many small matrices side by side on one diverging scale: weights, filters, feature maps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING

import numpy as np

from glassworks.drawing.figure import diverging, finished, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_TILES = 32
"""A picture of units has this number of tiles at most: more cannot be told apart by eye."""


def largest_first(sizes: np.ndarray, most: int = MOST_TILES) -> list[int]:
    """The indexes of the units that are drawn, in their own order: all of them, or those of the largest size.

    >>> largest_first(np.array([3.0, 1.0, 2.0]), 2), largest_first(np.array([3.0, 1.0]), 2)
    ([0, 2], [0, 1])
    """
    return sorted(int(i) for i in np.argsort(-np.asarray(sizes), kind="stable")[:most])


def draw_tiles(
    tiles: Sequence[np.ndarray],
    names: Sequence[str],
    title: str,
    scale: str,
    axes_names: tuple[str, str] = ("", ""),
    path: str | PathLike[str] | None = None,
) -> Figure:
    """Matrices as images, all on the same scale: negative orange, zero grey, positive blue.

    Args:
        tiles: Matrices of any shapes.
        names: What stands above each.
        title: What stands above all.
        scale: What the numbers are, beside the scale.
        axes_names: What the columns and the rows of a matrix are, where this is not a place in an image.
        path: Where to save the picture.

    >>> figure = draw_tiles([np.eye(2), -np.eye(2)], ["a", "b"], "two", "weight")
    >>> figure.axes[1].images[0].get_clim()
    (-1.0, 1.0)
    """
    columns = min(len(tiles), 8) if len(tiles) > 3 else len(tiles)
    rows = math.ceil(len(tiles) / columns)
    wide = max(tile.shape[1] / max(tile.shape[0], 1) for tile in tiles)
    side = 1.35 if len(tiles) > 3 else 3.0
    width = max(columns * side * min(max(wide, 0.6), 2.5) + 1.2, 4.0)
    figure, axes = new_figure(rows, columns, width, rows * (side + 0.25) + 0.7)
    largest = max((float(np.abs(tile[np.isfinite(tile)]).max(initial=0.0)) for tile in tiles), default=0.0) or 1.0
    shown = None
    for place, tile, name in zip(axes, tiles, names, strict=False):
        fits = tile.shape[0] and 0.25 < tile.shape[1] / tile.shape[0] < 4
        shown = place.imshow(
            tile, cmap=diverging(), vmin=-largest, vmax=largest, interpolation="nearest", aspect="equal" if fits else "auto"
        )
        place.set_title(name, fontsize="x-small")
        place.set_xticks([])
        place.set_yticks([])
    for place in axes[len(tiles) :]:
        place.set_axis_off()
    axes[0].set_xlabel(axes_names[0], fontsize="x-small")
    axes[0].set_ylabel(axes_names[1], fontsize="x-small")
    figure.suptitle(title, fontsize="medium")
    if shown is not None:
        bar = figure.colorbar(shown, ax=axes, shrink=0.8)
        bar.set_label(scale, fontsize="small")
        bar.ax.tick_params(labelsize="small")
    return finished(figure, path)

"""Images in rows and columns, with a title each."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING

import numpy as np

from glassworks.drawing.figure import new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch


def gallery(
    images: Sequence[np.ndarray],
    titles: Sequence[str],
    rows: int,
    columns: int,
    scale: float,
    handles: Sequence[Patch] | None = None,
    in_pyplot: bool = False,
    where: str = "gallery",
) -> Figure:
    """A figure with images in rows and columns.

    Args:
        images: Images of bytes.
        titles: The text over each image; empty for none.
        rows, columns: Places, of which the last may stay empty.
        scale: The size of an image in inches.
        handles: Entries of a legend below the images.
        in_pyplot: Whether the figure is one of `matplotlib.pyplot`, which can show it.
        where: The call that draws, for the error.

    Raises:
        MissingDependencyError: matplotlib is not installed.

    >>> figure = gallery([np.zeros((2, 2), "uint8")] * 3, ["a", "", "c"], 2, 2, 1.0)
    >>> [axes.get_title() for axes in figure.axes]
    ['a', '', 'c', '']
    """
    figure, places = new_figure(rows, columns, columns * scale, rows * scale, where, in_pyplot=in_pyplot)
    figure.set_frameon(False)
    for axes in places:
        axes.axis("off")
    for axes, image, title in zip(places, images, titles, strict=False):
        axes.imshow(image, cmap="gray", vmin=0, vmax=255)
        if title:
            axes.set_title(title, fontsize=8)
    if handles is not None:
        figure.legend(handles=list(handles), loc="outside lower center")
    return figure


def patch(color: Sequence[int], label: str, where: str) -> Patch:
    """An entry of a legend: a colour of red, green and blue from 0 to 255, and what it means."""
    new_figure(where=where)  # the error without matplotlib
    from matplotlib.patches import Patch

    red, green, blue = (part / 255 for part in color)
    return Patch(color=(red, green, blue), label=label)


def show(figure: Figure) -> None:
    """Show a figure of pyplot, in a window or a notebook, and close it."""
    from matplotlib import pyplot

    pyplot.show()
    pyplot.close(figure)


def save(figure: Figure, path: str | PathLike[str], transparent: bool, dpi: float) -> None:
    """Write a figure to a file, without a margin."""
    figure.savefig(path, pad_inches=0, bbox_inches="tight", transparent=transparent, dpi=dpi)

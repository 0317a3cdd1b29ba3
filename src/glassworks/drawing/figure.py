"""Figures of matplotlib, without its global state: each picture is an object that is returned, and saved where that is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING

from glassworks.display.colours import NEGATIVE, POSITIVE, ZERO
from glassworks.errors import MissingDependencyError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure


def new_figure(
    rows: int = 1,
    columns: int = 1,
    width: float = 7.0,
    height: float = 4.0,
    where: str = "insight",
    row_heights: Sequence[float] | None = None,
    in_pyplot: bool = False,
) -> tuple[Figure, list[Axes]]:
    """A figure and its axes, row by row.

    Args:
        rows, columns: How many axes it has.
        width, height: Its size in inches.
        where: The call that draws, for the error.
        row_heights: The heights of the rows relative to one another; equal by default.
        in_pyplot: Whether the figure is one of `matplotlib.pyplot`, which can show it, and keeps it until it is closed.

    Raises:
        MissingDependencyError: matplotlib is not installed.

    >>> figure, axes = new_figure(1, 2)
    >>> len(axes)
    2
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingDependencyError(
            "matplotlib is not installed",
            "matplotlib, which draws pictures",
            'pip install matplotlib, or, in a checkout of glassworks, pip install ".[plot]"',
            where=where,
        ) from error
    if in_pyplot:
        from matplotlib import pyplot

        figure = pyplot.figure(figsize=(width, height), layout="constrained")
    else:
        figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False, height_ratios=row_heights)
    return figure, list(axes.ravel())


def diverging() -> LinearSegmentedColormap:
    """The scale of `display.colours` as a colormap: negative orange, zero grey, positive blue. Use it with limits -m and m.

    >>> [round(float(channel), 2) for channel in diverging()(1.0)]
    [0.12, 0.47, 0.71, 1.0]
    """
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("diverging", [NEGATIVE, ZERO, POSITIVE])


def finished(figure: Figure, path: str | PathLike[str] | None) -> Figure:
    """The figure, saved under a path if there is one; the ending says in which format.

    >>> figure, _ = new_figure()
    >>> finished(figure, None) is figure
    True
    """
    if path is not None:
        figure.savefig(path, dpi=150)
    return figure

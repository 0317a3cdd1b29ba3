"""What a model says of every point of a plane, with the samples on it."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING

import numpy as np

from glassworks.display.colours import NEGATIVE, POSITIVE
from glassworks.drawing.figure import diverging, finished, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CLASS_COLOURS = (NEGATIVE, POSITIVE, "#4daf4a", "#984ea3", "#e6ab02", "#a65628", "#f781bf", "#666666", "#1b9e77", "#000000")
"""The colours of classes; two classes have the ends of the diverging scale."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "<", ">")


def class_colour(number: int) -> str:
    """The colour of a class.

    >>> class_colour(0), class_colour(11)
    ('#d95f02', '#1f78b4')
    """
    return CLASS_COLOURS[number % len(CLASS_COLOURS)]


def draw_boundary(
    x_axis: np.ndarray,
    y_axis: np.ndarray,
    outputs: np.ndarray,
    points: np.ndarray,
    labels: np.ndarray | None,
    names: Sequence[str] = ("feature 0", "feature 1"),
    title: str = "",
    path: str | PathLike[str] | None = None,
) -> Figure:
    """The regions of classes, the paler the less sure the model is, and the samples on them.

    Args:
        x_axis, y_axis: The coordinates of the columns and rows of the grid.
        outputs: What the model says at each point of the grid: `(rows, columns, classes)` for probabilities, of two classes both;
            `(rows, columns)` for a number.
        points: The samples `(n, 2)`.
        labels: The class or number of each sample; None where it is not known.
        names: What the axes are.
        title: What stands above.
        path: Where to save the picture.

    >>> grid = np.linspace(0, 1, 3)
    >>> shown = draw_boundary(grid, grid, np.zeros((3, 3)), np.zeros((1, 2)), None)
    >>> shown.axes[0].get_xlabel()
    'feature 0'
    """
    figure, (axes,) = new_figure(1, 1, 6.5, 5.2)
    extent = (*_edges(x_axis), *_edges(y_axis))
    if outputs.ndim == 3:
        axes.imshow(region_colours(outputs), extent=extent, origin="lower", aspect="auto", interpolation="nearest")
        _boundaries(axes, x_axis, y_axis, outputs)
    else:
        middle, reach = float(np.mean(outputs)), float(np.abs(outputs - outputs.mean()).max()) or 1.0
        shown = axes.imshow(
            outputs, extent=extent, origin="lower", aspect="auto", cmap=diverging(), vmin=middle - reach, vmax=middle + reach
        )
        figure.colorbar(shown, ax=axes, label="prediction; grey is its mean")
    _samples(axes, points, labels, outputs.ndim == 3)
    axes.set(xlabel=names[0], ylabel=names[1], title=title, xlim=extent[:2], ylim=extent[2:])
    return finished(figure, path)


def region_colours(probabilities: np.ndarray) -> np.ndarray:
    """The colour of each point: that of its most probable class, mixed with white where the model is not sure.

    A class that is as probable as chance is white, one of probability 1 has 70 % of its colour.

    >>> region_colours(np.array([[[1.0, 0.0], [0.5, 0.5]]])).round(2).tolist()
    [[[0.9, 0.56, 0.31], [1.0, 1.0, 1.0]]]
    """
    from matplotlib.colors import to_rgb

    classes = probabilities.shape[-1]
    colours = np.array([to_rgb(class_colour(i)) for i in range(classes)])[probabilities.argmax(-1)]
    share = 0.7 * np.clip((probabilities.max(-1, keepdims=True) - 1 / classes) / (1 - 1 / classes), 0, 1)
    return 1 - share + share * colours


def _edges(axis: np.ndarray) -> tuple[float, float]:
    half = float(axis[1] - axis[0]) / 2
    return float(axis[0]) - half, float(axis[-1]) + half


def _boundaries(axes: Axes, x_axis: np.ndarray, y_axis: np.ndarray, outputs: np.ndarray) -> None:
    """A line around the region of each class, except the last, whose border is that of the others."""
    for number in range(outputs.shape[-1] - 1):
        ahead = outputs[..., number] - np.delete(outputs, number, -1).max(-1)
        if ahead.min() < 0 < ahead.max():
            axes.contour(x_axis, y_axis, ahead, levels=[0.0], colors="black", linewidths=0.8)


def _samples(axes: Axes, points: np.ndarray, labels: np.ndarray | None, are_classes: bool) -> None:
    if labels is None:
        axes.scatter(points[:, 0], points[:, 1], c="black", s=18, edgecolors="white", linewidths=0.4)
    elif are_classes:
        for number in np.unique(labels):
            own = points[labels == number]
            shown = axes.scatter(own[:, 0], own[:, 1], c=class_colour(int(number)), marker=MARKERS[int(number) % len(MARKERS)], s=18)
            shown.set(edgecolors="white", linewidths=0.4, label=f"class {int(number)}")
        axes.legend(fontsize="small", title="labels")
    else:
        low, high = axes.images[0].get_clim()
        axes.scatter(points[:, 0], points[:, 1], c=labels, cmap=diverging(), vmin=low, vmax=high, s=18, edgecolors="black", linewidths=0.4)

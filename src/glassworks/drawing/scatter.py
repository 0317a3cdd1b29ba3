"""Points in a plane, coloured by class or number, some with a name."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import TYPE_CHECKING

import numpy as np

from glassworks.drawing.boundary import MARKERS, class_colour
from glassworks.drawing.figure import diverging, finished, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Integers up to this number of different ones are classes.
_MOST_CLASSES = 20


def draw_scatter(
    points: np.ndarray,
    labels: np.ndarray | None,
    names: Mapping[int, str],
    axes_names: tuple[str, str],
    title: str,
    path: str | PathLike[str] | None = None,
) -> Figure:
    """Points with the colour of their class or number.

    Args:
        points: `(n, 2)`.
        labels: A class or number per point, or None. Texts, and up to 20 different integers, are classes.
        names: Point -> the text beside it.
        axes_names: What the axes are.
        title: What stands above.
        path: Where to save the picture.

    >>> figure = draw_scatter(np.eye(2), np.array([0, 1]), {0: "first"}, ("x", "y"), "two points")
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['first']
    """
    figure, (axes,) = new_figure(1, 1, 7.0, 5.6)
    if labels is None:
        axes.scatter(points[:, 0], points[:, 1], s=12, c=class_colour(1), alpha=0.7)
    elif labels.dtype.kind in "OUSb" or (len(np.unique(labels)) <= _MOST_CLASSES and np.array_equal(labels, np.rint(labels))):
        for number, label in enumerate(np.unique(labels)):
            own = points[labels == label]
            name = str(label) if labels.dtype.kind in "OUSb" else f"class {int(label)}"
            axes.scatter(own[:, 0], own[:, 1], s=14, c=class_colour(number), marker=MARKERS[number % len(MARKERS)], label=name, alpha=0.75)
        axes.legend(fontsize="small", ncols=1 + len(np.unique(labels)) // 11)
    else:
        middle = float(np.mean(labels))
        reach = float(np.abs(labels - middle).max()) or 1.0
        shown = axes.scatter(points[:, 0], points[:, 1], s=14, c=labels, cmap=diverging(), vmin=middle - reach, vmax=middle + reach)
        figure.colorbar(shown, ax=axes, label="label; grey is the mean")
    for i, name in names.items():
        axes.annotate(name.replace("$", r"\$"), points[i], xytext=(3, 3), textcoords="offset points", fontsize="x-small")
    axes.set(xlabel=axes_names[0], ylabel=axes_names[1], title=title)
    axes.spines[["top", "right"]].set_visible(False)
    return finished(figure, path)

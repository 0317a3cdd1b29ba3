"""Gradients and updates per layer: of one batch as bars, over a training as curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING

import numpy as np

from glassworks.display.colours import NEGATIVE, POSITIVE
from glassworks.drawing.figure import finished, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

USUAL_UPDATES = (1e-4, 1e-2)
"""Updates between these shares of the weights are usual (notes of CS231n: about 1e-3, and 1e-2 for small networks)."""
MOST_CURVES = 32


def draw_gradients(
    names: Sequence[str], weights: Sequence[float], outputs: Sequence[float], title: str, path: str | PathLike[str] | None = None
) -> Figure:
    """The size of the gradient in each layer, on a logarithmic axis, from the first layer to the last.

    Args:
        names: The layers, in order.
        weights: The root mean square of the gradient of each layer's weights; NaN for a layer without.
        outputs: That of the gradient of each layer's output.
        title: What stands above.
        path: Where to save the picture.

    >>> figure = draw_gradients(["a", "b"], [0.1, 0.2], [1.0, 2.0], "gradients")
    >>> [float(bar.get_width()) for bar in figure.axes[0].patches]
    [0.1, 0.2, 1.0, 2.0]
    """
    figure, (axes,) = new_figure(1, 1, 7.5, 1.6 + 0.42 * len(names))
    places = np.arange(len(names))
    for shift, sizes, colour, label in ((-0.2, weights, POSITIVE, "of the weights"), (0.2, outputs, NEGATIVE, "of the output")):
        axes.barh(places + shift, np.where(np.isfinite(sizes), sizes, 0.0), 0.38, color=colour, label=label)
    positive = [size for size in (*weights, *outputs) if np.isfinite(size) and size > 0]
    if positive:
        axes.set_xscale("log")
        axes.set_xlim(min(positive) / 3, max(positive) * 3)
    for place, sizes in enumerate(zip(weights, outputs, strict=True)):
        if any(size == 0 for size in sizes) or any(np.isinf(size) for size in sizes):
            text = "0: no gradient" if any(size == 0 for size in sizes) else "infinite"
            axes.text(0.99, place, text, transform=axes.get_yaxis_transform(), ha="right", va="center", fontsize="small")
    axes.set_yticks(places, names, fontsize="small")
    axes.invert_yaxis()
    axes.set(xlabel="root mean square of the gradient", title=title)
    axes.legend(fontsize="small")
    axes.spines[["top", "right"]].set_visible(False)
    return finished(figure, path)


def draw_training_flow(
    steps: np.ndarray,
    gradients: Mapping[str, np.ndarray],
    updates: Mapping[str, np.ndarray],
    unit: str = "step",
    title: str = "",
    path: str | PathLike[str] | None = None,
) -> Figure:
    """Gradients and updates of each layer over a training, on logarithmic axes.

    Args:
        steps: The steps (or epochs) at which they were measured.
        gradients: Layer -> the size of its gradient at each of them, in the order of the layers.
        updates: Layer -> the size of its update divided by that of its weights.
        unit: What the numbers in `steps` count.
        title: What stands above.
        path: Where to save the picture.

    >>> steps = np.array([1, 2])
    >>> figure = draw_training_flow(steps, {"dense": np.array([0.1, 0.2])}, {"dense": np.array([1e-3, 2e-3])})
    >>> [axes.get_ylabel() for axes in figure.axes]
    ['size of the gradient', 'size of the update / size of the weights']
    """
    figure, axes = new_figure(1, 2, 11.0, 4.2)
    _curves(axes[0], steps, gradients, "size of the gradient", unit)
    axes[1].axhspan(*USUAL_UPDATES, color="#eeeeee", zorder=0, label=f"usual: {USUAL_UPDATES[0]:g} to {USUAL_UPDATES[1]:g}")
    _curves(axes[1], steps, updates, "size of the update / size of the weights", unit)
    if title:
        figure.suptitle(title, fontsize="medium")
    return finished(figure, path)


def _curves(axes: Axes, steps: np.ndarray, curves: Mapping[str, np.ndarray], label: str, unit: str) -> None:
    """A curve per layer: the first in orange, the last in blue, those between in colours between."""
    from matplotlib.colors import LinearSegmentedColormap

    colours = LinearSegmentedColormap.from_list("layers", [NEGATIVE, "#b0a070", "#60a0a0", POSITIVE])
    names = list(curves)
    if len(names) > MOST_CURVES:
        names = [names[i] for i in np.linspace(0, len(names) - 1, MOST_CURVES).round().astype(int)]
    marker = "o" if len(steps) <= 30 else None
    for i, name in enumerate(names):
        values = np.asarray(curves[name], float)
        shown = np.where(np.isfinite(values) & (values > 0), values, np.nan)
        axes.plot(steps, shown, color=colours(i / max(len(names) - 1, 1)), label=name, marker=marker, markersize=3, linewidth=1.4)
    axes.set_yscale("log")
    axes.set(xlabel=unit, ylabel=label)
    axes.spines[["top", "right"]].set_visible(False)
    if not names:
        axes.text(0.5, 0.5, "not known", transform=axes.transAxes, ha="center", va="center")
        return
    style = {"fontsize": "x-small", "title_fontsize": "x-small", "frameon": False, "ncols": 1 + len(names) // 12}
    axes.legend(
        title="first layer to last", loc="upper left", bbox_to_anchor=(1.0, 1.0), **style
    )  # beside the curves, so that it covers none

"""Curves over epochs: training beside validation, with the lines to beat and the best epoch."""

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

TRAINING, VALIDATION, LINE = POSITIVE, NEGATIVE, "#606060"
_LINE_STYLES = ("--", ":", "-.", (0, (1, 3)))
_LOG_FROM = 30.0
"""The ratio of the largest to the smallest value from which the axis is logarithmic."""

Curve = tuple[np.ndarray, np.ndarray]
"""Epochs, counted from 1, and one number for each."""


def training_curves(
    curves: Mapping[str, Curve],
    baselines: Mapping[str, Mapping[str, float]] | None = None,
    path: str | PathLike[str] | None = None,
) -> Figure:
    """A picture of a training: an axes for each loss and metric, with training and validation in it, and one for the learning rate.

    Args:
        curves: Name -> (epochs counted from 1, numbers); `"val_loss"` belongs to `"loss"`.
        baselines: Name -> name of a line -> its height: what a model reaches that does not look at its inputs.
        path: Where to save the picture.

    >>> figure = training_curves({"loss": (np.array([1, 2]), np.array([0.9, 0.5])), "val_loss": (np.array([1, 2]), np.array([1.0, 0.8]))})
    >>> [line.get_label() for line in figure.axes[0].get_lines()]
    ['training', 'validation', 'best epoch: 2']
    """
    names = panels(curves)
    columns = 1 if len(names) == 1 else 2 if len(names) <= 4 else 3
    rows = -(-len(names) // columns)
    width, height = (8.5, 4.0) if columns == 1 else (6.6 * columns, 3.4 * rows)
    figure, axes = new_figure(rows, columns, width, height, where="history.plot")
    best = best_epoch(curves)
    for name, place in zip(names, axes, strict=False):
        lines = {} if baselines is None else dict(baselines.get(name, {}))
        _panel(place, name, curves.get(name), curves.get(f"val_{name}"), lines, best)
    for place in axes[len(names) :]:
        place.remove()
    return finished(figure, path)


def panels(names: Mapping[str, object]) -> list[str]:
    """The names of the axes: the loss first, then what is logged beside it, the learning rate last.

    >>> panels({"accuracy": 0, "loss": 0, "val_loss": 0, "learning_rate": 0})
    ['loss', 'accuracy', 'learning_rate']
    """
    plain = list(dict.fromkeys(name.removeprefix("val_") for name in names))
    return sorted(plain, key=lambda name: (_is_rate(name), name != "loss", not name.endswith("loss")))


def best_epoch(curves: Mapping[str, Curve]) -> int | None:
    """The epoch, counted from 1, of the lowest validation loss; None without one.

    >>> best_epoch({"val_loss": (np.array([1, 2, 3]), np.array([0.5, 0.4, 0.6]))})
    2
    """
    epochs, values = curves.get("val_loss", (np.empty(0), np.empty(0)))
    finite = np.isfinite(values)
    return int(epochs[finite][np.argmin(values[finite])]) if finite.any() else None


def _is_rate(name: str) -> bool:
    return name in ("learning_rate", "lr")


def _panel(axes: Axes, name: str, training: Curve | None, validation: Curve | None, lines: dict[str, float], best: int | None) -> None:
    from matplotlib.ticker import MaxNLocator

    drawn = [curve for curve in (training, validation) if curve is not None]
    if training is not None:
        _curve(axes, training, "training" if not _is_rate(name) else "learning rate", TRAINING, "o")
    if validation is not None:
        _curve(axes, validation, "validation", VALIDATION, "s")
    if training is not None and validation is not None:
        _gap(axes, training, validation)
    for (label, height), style in zip(lines.items(), _LINE_STYLES * len(lines), strict=False):
        if np.isfinite(height):
            axes.axhline(height, color=LINE, linestyle=style, linewidth=1.2, label=f"{label}: {height:.3g}", zorder=1)
    if best is not None and not _is_rate(name):
        axes.axvline(best, color="black", linewidth=0.8, linestyle=(0, (4, 4)), label=f"best epoch: {best}", zorder=1)
    _mark_what_is_not_finite(axes, drawn)
    heights = np.concatenate([values for _, values in drawn] + [np.array(list(lines.values()), float)])
    if _is_logarithmic(heights[np.isfinite(heights)], name):
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:g}")
    epochs = np.concatenate([numbers for numbers, _ in drawn])
    axes.set_xlim(epochs.min() - 0.5, epochs.max() + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(title=name.replace("_", " "), xlabel="epoch", ylabel=name.replace("_", " "))
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#eeeeee", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.legend(fontsize="small", frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))  # beside the curves, so that it covers none


def _curve(axes: Axes, curve: Curve, label: str, colour: str, marker: str) -> None:
    epochs, values = curve
    finite = np.where(np.isfinite(values), values, np.nan)
    axes.plot(epochs, finite, color=colour, label=label, marker=marker if len(epochs) <= 30 else None, markersize=4, linewidth=1.8)
    if len(epochs) == 1 and np.isfinite(values[0]):
        axes.annotate(f"{values[0]:.4g}", (epochs[0], values[0]), xytext=(8, 0), textcoords="offset points", va="center", color=colour)


def _gap(axes: Axes, training: Curve, validation: Curve) -> None:
    """Shade what lies between training and validation, in the epochs that have both."""
    common, at_training, at_validation = np.intersect1d(training[0], validation[0], return_indices=True)
    if len(common) < 2:
        return
    low, high = training[1][at_training], validation[1][at_validation]
    axes.fill_between(common, low, high, where=np.isfinite(low) & np.isfinite(high), color=LINE, alpha=0.12, linewidth=0, label="gap")


def _mark_what_is_not_finite(axes: Axes, curves: Sequence[Curve]) -> None:
    """Crosses at the lower edge, for epochs whose number is NaN or infinite."""
    bad = np.unique(np.concatenate([epochs[~np.isfinite(values)] for epochs, values in curves]))
    if len(bad):
        below = axes.get_xaxis_transform()
        axes.plot(bad, np.full(len(bad), 0.03), "x", color="black", markersize=7, transform=below, label="NaN or infinite", clip_on=False)


def _is_logarithmic(heights: np.ndarray, name: str) -> bool:
    """Whether values span so wide a range that most of a linear axis would be empty. Shares, such as an accuracy, stay linear."""
    if not len(heights) or heights.min() <= 0:
        return False
    is_share = heights.max() <= 1 and "loss" not in name and not _is_rate(name)
    return not is_share and heights.max() / heights.min() > (_LOG_FROM if not _is_rate(name) else 9)

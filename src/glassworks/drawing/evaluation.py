"""Pictures of how well a model does: confusion matrix, thresholds, calibration, importance of columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING

import numpy as np

from glassworks.display.colours import NEGATIVE, POSITIVE
from glassworks.drawing.figure import diverging, finished, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_GREY = "#606060"
_MOST_NUMBERS = 25
"""The number of classes up to which each cell of a confusion matrix has its count."""


def confusion_picture(counts: np.ndarray, names: Sequence[str], path: str | PathLike[str] | None = None) -> Figure:
    """Counts by true and predicted class as a grid: right ones blue, mistakes orange.

    Args:
        counts: Shape (classes, classes); a row per true class.
        names: The names of the classes.
        path: Where to save the picture.

    The colour is the share of the true class. Mistakes are usually rare, so the most frequent one gets the full orange.

    >>> figure = confusion_picture(np.array([[9, 1], [0, 5]]), ["cat", "dog"])
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['9', '1', '5']
    """
    size = float(np.clip(2.2 + 0.45 * len(names), 4.0, 12.0))
    figure, (axes,) = new_figure(width=size + 0.8, height=size, where="confusion_matrix().plot")
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    mistakes = shares * (1 - np.eye(len(names)))
    signed = np.diag(np.diag(shares)) - mistakes / max(mistakes.max(), 1e-12)
    axes.imshow(signed, cmap=diverging(), vmin=-1, vmax=1)
    if len(names) <= _MOST_NUMBERS:
        for (row, column), count in np.ndenumerate(counts):
            if count:
                shade = "white" if abs(signed[row, column]) > 0.6 else "black"
                axes.text(column, row, f"{count:,}", ha="center", va="center", color=shade, fontsize=9)
    longest = max(map(len, names))
    ticks = np.arange(len(names)) if len(names) <= 60 else np.linspace(0, len(names) - 1, 20).astype(int)
    axes.set_xticks(ticks, [names[i] for i in ticks], rotation=90 if longest * len(ticks) > 60 else 0)
    axes.set_yticks(ticks, [names[i] for i in ticks])
    right = np.trace(counts) / max(counts.sum(), 1)
    axes.set(xlabel="predicted class", ylabel="true class", title=f"{counts.sum():,} samples, {right:.1%} right")
    worst = f"full orange = {mistakes.max():.1%} of a true class" if mistakes.any() else "no mistakes"
    figure.supxlabel(f"blue: right, orange: mistakes ({worst})", fontsize=8, color=_GREY)
    return finished(figure, path)


def threshold_picture(
    thresholds: np.ndarray, curves: Mapping[str, np.ndarray], marks: Mapping[str, float], name: str, path: str | PathLike[str] | None = None
) -> Figure:
    """Precision, recall and F1 over the threshold.

    Args:
        thresholds: The thresholds, in order.
        curves: Name -> a number for each.
        marks: Name -> a threshold to mark.
        name: The class that is reported.
        path: Where to save the picture.

    >>> figure = threshold_picture(np.array([0.2, 0.8]), {"recall": np.array([1.0, 0.5])}, {"best F1": 0.2}, "yes")
    >>> [line.get_label() for line in figure.axes[0].get_lines()]
    ['recall', 'best F1: 0.2']
    """
    figure, (axes,) = new_figure(where="threshold_table().plot")
    styles = {"precision": (POSITIVE, "-"), "recall": (NEGATIVE, "--"), "f1": ("black", "-.")}
    for label, values in curves.items():
        colour, style = styles.get(label, (_GREY, ":"))
        axes.plot(thresholds, values, color=colour, linestyle=style, label=label.replace("f1", "F1"), drawstyle="steps-pre")
    for (label, threshold), style in zip(marks.items(), ("--", ":") * len(marks), strict=False):
        axes.axvline(threshold, color=_GREY, linewidth=1, linestyle=style, label=f"{label}: {threshold:.3g}", zorder=1)
    axes.set(xlabel="threshold", ylabel="share of samples", ylim=(0, 1.03), title=f"Samples reported as '{name}'")
    _plain(axes)
    axes.legend(fontsize="small", frameon=False)
    return finished(figure, path)


def calibration_picture(
    low: np.ndarray,
    high: np.ndarray,
    probability: np.ndarray,
    share: np.ndarray,
    samples: np.ndarray,
    what: str,
    expected_error: float,
    path: str | PathLike[str] | None = None,
) -> Figure:
    """The reliability diagram, and the number of samples below it.

    Args:
        low, high: The edges of the intervals of probabilities.
        probability, share, samples: For each, the mean probability, the share for which it is the case, and the number of samples.
        what: What is predicted.
        expected_error: The expected calibration error.
        path: Where to save the picture.

    >>> one = np.ones(1)
    >>> figure = calibration_picture(0 * one, one, 0.5 * one, 0.4 * one, 10 * one, "'yes'", 0.1)
    >>> figure.axes[0].get_title()
    "Probability of 'yes': expected calibration error 0.1000"
    """
    figure, (above, below) = new_figure(2, 1, width=5.5, height=6.2, where="calibration().plot", row_heights=[3, 1])
    above.plot([0, 1], [0, 1], color=_GREY, linestyle="--", linewidth=1, label="perfectly calibrated")
    for p, s in zip(probability, share, strict=True):
        above.plot([p, p], [p, s], color=POSITIVE if s > p else NEGATIVE, linewidth=4, alpha=0.5, solid_capstyle="butt")
    above.plot(probability, share, color="black", marker="o", markersize=5, linewidth=1.2, label="this model", clip_on=False)
    above.plot([], [], color=NEGATIVE, linewidth=4, alpha=0.5, label="predicted too high")
    above.plot([], [], color=POSITIVE, linewidth=4, alpha=0.5, label="predicted too low")
    above.set(xlim=(0, 1), ylim=(0, 1), xlabel="mean predicted probability", ylabel="share for which it is the case")
    above.set_title(f"Probability of {what}: expected calibration error {expected_error:.4f}", fontsize=10)
    above.legend(fontsize="small", frameon=False)
    below.bar(low, samples, width=high - low, align="edge", color="#b0b0b0", edgecolor="white")
    below.set(xlim=(0, 1), xlabel="predicted probability", ylabel="samples")
    if samples.max() > 50 * samples.min():
        below.set_yscale("log")
        below.yaxis.set_major_formatter("{x:,.0f}")
    for axes in (above, below):
        _plain(axes)
    return finished(figure, path)


def importance_picture(
    names: Sequence[str], means: np.ndarray, spreads: np.ndarray, measure: str, path: str | PathLike[str] | None = None
) -> Figure:
    """Bars with the importance of columns, the largest above, and lines for the spread over the repeats.

    Args:
        names: The columns, most important first.
        means, spreads: The mean and the standard deviation of each.
        measure: What the numbers are, in words.
        path: Where to save the picture.

    >>> figure = importance_picture(["age", "noise"], np.array([0.5, -0.1]), np.array([0.1, 0.1]), "increase of the loss")
    >>> [round(float(bar.get_width()), 2) for bar in figure.axes[0].patches]
    [0.5, -0.1]
    """
    figure, (axes,) = new_figure(height=max(2.0, 1.1 + 0.28 * len(names)), where="permutation_importance().plot")
    colours = [POSITIVE if mean >= 0 else NEGATIVE for mean in means]
    places = np.arange(len(names))
    axes.barh(places, means, xerr=spreads, color=colours, ecolor="black", capsize=2, error_kw={"linewidth": 0.8})
    axes.axvline(0, color=_GREY, linewidth=0.8)
    axes.set_yticks(places, [name if len(name) <= 40 else f"{name[:37]}..." for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set(xlabel=measure, title="Importance of columns: what shuffling one costs")
    axes.spines[["top", "right"]].set_visible(False)
    return finished(figure, path)


def _plain(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#eeeeee", linewidth=0.8)
    axes.set_axisbelow(True)

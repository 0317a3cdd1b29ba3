"""Histograms of many arrays, one axes for each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from os import PathLike
from typing import TYPE_CHECKING

import numpy as np

from glassworks.display.colours import POSITIVE
from glassworks.display.numbers import number_text, share_text
from glassworks.drawing.figure import finished, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_BINS = 40


def draw_distributions(arrays: Mapping[str, np.ndarray], title: str, label: str, path: str | PathLike[str] | None = None) -> Figure:
    """A histogram per array, with its mean, its standard deviation, and the shares of zeros and of numbers that are not finite.

    Args:
        arrays: Name -> numbers of any shape.
        title: What stands above all.
        label: What the numbers are.
        path: Where to save the picture.

    >>> figure = draw_distributions({"dense": np.array([0.0, 1.0])}, "outputs", "output")
    >>> figure.axes[0].get_title()
    'dense\\nmean 0.5000, std 0.5000, zero 50.0%'
    """
    columns = min(len(arrays), 4)
    rows = math.ceil(len(arrays) / columns)
    figure, axes = new_figure(rows, columns, max(2.9 * columns, 4.0), 2.2 * rows + 0.5)
    for place, (name, array) in zip(axes, arrays.items(), strict=False):
        numbers = np.asarray(array, np.float64).ravel()
        finite = numbers[np.isfinite(numbers)]
        if len(finite):
            # Zeros are counted in the title: where they are many, their bar would flatten all others.
            drawn = finite[finite != 0] if 0 < np.mean(finite == 0) < 1 else finite
            place.hist(drawn, bins=_BINS, color=POSITIVE, weights=np.full(len(drawn), 1 / len(numbers)))
            place.axvline(0, color="black", linewidth=0.8)
        place.set_title(f"{name}\n{_in_words(numbers, finite)}", fontsize="x-small")
        place.tick_params(labelsize="x-small")
        place.spines[["top", "right"]].set_visible(False)
        place.yaxis.set_major_formatter(lambda share, _position: f"{share:.0%}" if share >= 0.01 else f"{share:.1%}")
    for place in axes[len(arrays) :]:
        place.set_axis_off()
    figure.suptitle(title, fontsize="medium")
    figure.supxlabel(label, fontsize="small")
    figure.supylabel("share of all numbers", fontsize="small")
    return finished(figure, path)


def _in_words(numbers: np.ndarray, finite: np.ndarray) -> str:
    if not len(finite):
        return "no finite number"
    text = f"mean {number_text(finite.mean())}, std {number_text(finite.std())}"
    zeros, broken = float(np.mean(numbers == 0)), 1 - len(finite) / len(numbers)
    text += f", zero {share_text(zeros)}" if zeros else ""
    return text + (f", not finite {share_text(broken)}" if broken else "")

"""The curve of a learning-rate search: the loss over growing learning rates, with what it suggests."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from glassworks.display.colours import NEGATIVE, POSITIVE
from glassworks.drawing.figure import finished, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def learning_rate_curve(
    rates: np.ndarray,
    losses: np.ndarray,
    smoothed: np.ndarray,
    suggestion: float | None = None,
    steepest: float | None = None,
    current: float | None = None,
    doubts: Sequence[str] = (),
    path: str | PathLike[str] | None = None,
) -> Figure:
    """A picture of the loss over the learning rate.

    Args:
        rates: The learning rates, growing.
        losses: The loss of each step.
        smoothed: The moving average of the losses.
        suggestion, steepest: The suggested rate, and the one at which the loss falls fastest.
        current: The rate that the optimizer has.
        doubts: Why the curve is not to be trusted; they stand above it.
        path: Where to save the picture.

    >>> figure = learning_rate_curve(np.array([0.1, 1.0]), np.array([2.0, 1.0]), np.array([2.0, 1.5]), suggestion=0.1)
    >>> [line.get_label() for line in figure.axes[0].get_lines()]
    ['each step', 'moving average', 'suggestion: 0.1']
    """
    figure, (axes,) = new_figure(width=7.0, height=4.2, where="lr_find(...).plot")
    finite = smoothed[np.isfinite(smoothed)]
    low, high = (finite.min(), max(finite[0], finite.min())) if len(finite) else (0.0, 1.0)
    margin = max(high - low, 1e-3 * max(abs(high), 1e-6))
    axes.plot(rates, losses, color="#b0b0b0", linewidth=0.8, label="each step")
    axes.plot(rates, smoothed, color=POSITIVE, linewidth=2.0, label="moving average")
    for rate, label, colour, style in (
        (suggestion, "suggestion", NEGATIVE, "-"),
        (steepest, "steepest fall", NEGATIVE, ":"),
        (current, "the optimizer has", "#606060", "--"),
    ):
        if rate is not None and rate > 0:
            axes.axvline(rate, color=colour, linestyle=style, linewidth=1.4, label=f"{label}: {rate:.2g}")
    axes.set_xscale("log")
    # The losses after divergence would press the part that matters into a line.
    inside = losses[: int(np.argmin(smoothed)) + 1] if len(finite) == len(smoothed) else finite
    axes.set_ylim(min(low, np.min(inside, initial=low)) - 0.1 * margin, high + 0.5 * margin)
    title = "Loss at growing learning rates"
    if doubts:
        title = "NOT TO BE TRUSTED: " + fill("; ".join(doubts), 90)
    axes.set_title(title, fontsize="medium" if not doubts else "small")
    axes.set(xlabel="learning rate (logarithmic)", ylabel="training loss")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#eeeeee", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.legend(fontsize="small", frameon=False)
    return finished(figure, path)

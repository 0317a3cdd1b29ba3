"""What counts for an output, over images, as bars for columns, and as colours of words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from glassworks.display.colours import NEGATIVE, POSITIVE, ZERO, colour
from glassworks.display.numbers import cell_text, number_text
from glassworks.drawing.figure import diverging, new_figure
from glassworks.drawing.images import as_picture, grey

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Image:
    """An image `(rows, columns)` or `(rows, columns, channels)`, and a value for each of its numbers or pixels."""

    image: np.ndarray
    values: np.ndarray
    name: str = ""


@dataclass(frozen=True)
class Series:
    """Values of shape `(steps, features)`, or of any other two axes or more; those after the first are merged."""

    values: np.ndarray
    name: str = ""


@dataclass(frozen=True)
class Words:
    """Words, and a value for each."""

    words: Sequence[str]
    values: np.ndarray
    name: str = ""


@dataclass(frozen=True)
class Bars:
    """Names and numbers of columns with a value for each, the largest first; and number and sum of what is left out."""

    names: Sequence[str]
    numbers: Sequence[object]
    values: np.ndarray
    rest: tuple[int, float] = (0, 0.0)


Panel = Image | Series | Words | Bars
_WORDS_PER_LINE, _LINE_HEIGHT, _MOST_LINES = 88, 0.27, 60


def draw_attributions(rows: Sequence[tuple[str, Sequence[Panel]]], more: str = "", signed: bool = True) -> Figure:
    """A row of axes for each sample.

    Args:
        rows: For each sample its title and its panels. An image takes two axes: the image, and the values over it in grey.
        more: A line above all, which may say that there are more samples.
        signed: Whether values may be negative, so that the scale goes from orange to blue; else it goes from grey to blue.

    >>> figure = draw_attributions([("class 1", [Bars(["age"], [31], np.array([0.5]))])])
    >>> [float(bar.get_width()) for bar in figure.axes[0].patches]
    [0.5]
    """
    columns = max(sum(_width_of(panel) for panel in panels) for _, panels in rows)
    heights = [max(map(_height_of, panels), default=1.0) for _, panels in rows]
    wide = any(isinstance(panel, (Words, Bars)) for _, panels in rows for panel in panels)
    figure, axes = new_figure(len(rows), columns, max(3.2 * columns, 8.0 if wide else 4.0), sum(heights) + 0.3 * bool(more))
    grid = axes[0].get_subplotspec()
    if grid is not None:
        grid.get_gridspec().set_height_ratios(heights)
    for number, (title, panels) in enumerate(rows):
        own = axes[number * columns : (number + 1) * columns]
        for place in own[sum(_width_of(panel) for panel in panels) :]:
            place.set_axis_off()
        first = 0
        for panel in panels:
            _draw(own[first : first + _width_of(panel)], panel, signed)
            first += _width_of(panel)
        own[0].set_title(title, loc="left", fontsize="medium")
    if more:
        figure.suptitle(more, fontsize="small")
    return figure


def _width_of(panel: Panel) -> int:
    return 2 if isinstance(panel, Image) else 1


def _height_of(panel: Panel) -> float:
    if isinstance(panel, Words):
        return 0.7 + _LINE_HEIGHT * len(_lines(panel.words))
    if isinstance(panel, Bars):
        return 1.2 + 0.24 * len(panel.names)
    return 3.2


def _draw(axes: Sequence[Axes], panel: Panel, signed: bool) -> None:
    if isinstance(panel, Image):
        _draw_image(axes, panel, signed)
    elif isinstance(panel, Series):
        _draw_series(axes[0], panel, signed)
    elif isinstance(panel, Words):
        _draw_words(axes[0], panel)
    else:
        _draw_bars(axes[0], panel)


def _draw_image(axes: Sequence[Axes], panel: Image, signed: bool) -> None:
    picture = as_picture(panel.image)
    axes[0].imshow(picture, cmap="gray" if picture.ndim == 2 else None, vmin=0, vmax=1)
    values = panel.values if panel.values.ndim == 2 else panel.values.sum(_channels_axis(panel.values.shape))
    largest = full_colour(values)
    axes[1].imshow(grey(picture), cmap="gray", vmin=-3.0, vmax=1.0)  # pale, so that the colours over it stand out
    share = np.minimum(np.abs(values) / largest, 1.0)
    shown = axes[1].imshow(values, cmap=diverging(), vmin=-largest, vmax=largest, alpha=np.sqrt(share))
    beyond = "neither" if float(np.abs(values).max()) <= largest else "both" if signed else "max"
    bar = axes[1].figure.colorbar(shown, ax=axes[1], shrink=0.8, extend=beyond)
    if not signed:
        bar.ax.set_ylim(0, largest)
    bar.set_label("counts for the class, by pixel" if not signed else "counts against (orange) or for (blue)", fontsize="small")
    bar.ax.tick_params(labelsize="small")
    for place in axes:
        place.set_xticks([])
        place.set_yticks([])
    if panel.name:
        axes[0].set_xlabel(panel.name, fontsize="small")


def full_colour(values: np.ndarray) -> float:
    """The absolute value that gets the full colour: all but 1 of 200 are below it, so that a few pixels do not make the rest pale.

    >>> full_colour(np.array([1.0, -2.0])), full_colour(np.zeros(3))
    (2.0, 1.0)
    """
    return float(np.quantile(np.abs(values), 0.995, method="higher")) or float(np.abs(values).max()) or 1.0


def _channels_axis(shape: tuple[int, ...]) -> int:
    """The axis of channels in an image: the last one, unless only the first one can be."""
    return 0 if shape[-1] not in (1, 3, 4) and shape[0] in (1, 3, 4) else -1


def _draw_series(axes: Axes, panel: Series, signed: bool) -> None:
    values = panel.values.reshape(len(panel.values), -1).T
    largest = float(np.abs(values).max()) or 1.0
    shown = axes.imshow(values, cmap=diverging(), vmin=-largest, vmax=largest, aspect="auto", interpolation="nearest")
    bar = axes.figure.colorbar(shown, ax=axes)
    if not signed:
        bar.ax.set_ylim(0, largest)
    bar.set_label("counts against (orange) or for (blue)" if signed else "counts for the class", fontsize="small")
    axes.set(xlabel=f"step of {panel.name}" if panel.name else "step", ylabel="feature")


def _draw_bars(axes: Axes, panel: Bars) -> None:
    places = np.arange(len(panel.names))
    axes.barh(places, panel.values, color=[POSITIVE if value > 0 else NEGATIVE for value in panel.values])
    labels = [f"{name} = {cell_text(number)}" for name, number in zip(panel.names, panel.numbers, strict=True)]
    axes.set_yticks(places, labels, fontsize="small")
    axes.invert_yaxis()
    axes.axvline(0, color="black", linewidth=0.8)
    rest = f"; {panel.rest[0]} other columns together: {number_text(panel.rest[1])}" if panel.rest[0] else ""
    axes.set_xlabel(f"counts against (orange) or for (blue){rest}", fontsize="small")
    axes.spines[["top", "right"]].set_visible(False)


def _lines(words: Sequence[str]) -> list[list[int]]:
    """The indexes of the words on each line."""
    lines: list[list[int]] = [[]]
    used = 0
    for i, word in enumerate(words):
        length = max(len(word), 1) + 1
        if lines[-1] and used + length > _WORDS_PER_LINE:
            lines.append([])
            used = 0
        lines[-1].append(i)
        used += length
    return lines[:_MOST_LINES]


def _draw_words(axes: Axes, panel: Words) -> None:
    """Words in lines, each on its colour; where each stands is counted in characters."""
    largest = float(np.abs(panel.values).max(initial=0.0)) or 1.0
    lines = _lines(panel.words)
    axes.set(xlim=(0, _WORDS_PER_LINE), ylim=(len(lines), 0))
    axes.set_axis_off()
    for row, line in enumerate(lines):
        column = 0
        for i in line:
            value = float(panel.values[i])
            axes.text(
                column,
                row + 0.5,
                panel.words[i].replace("$", r"\$"),
                family="monospace",
                fontsize=10,
                va="center",
                color="white" if abs(value) > 0.6 * largest else "black",
                bbox={"facecolor": colour(value, largest) if value else ZERO, "edgecolor": "none", "pad": 1.0, "alpha": 0.9},
            )
            column += max(len(panel.words[i]), 1) + 1
    shown = sum(map(len, lines))
    if shown < len(panel.words):
        axes.text(0, len(lines), f"and {len(panel.words) - shown} further words", fontsize="small", va="top")

"""Samples as pictures: images, curves, texts and rows of tables, each with a line above it."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from glassworks.display.colours import NEGATIVE, POSITIVE
from glassworks.display.numbers import cell_text
from glassworks.drawing.figure import diverging, finished, new_figure
from glassworks.errors import ArgumentError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

KINDS = ("image", "series", "text", "row")
Drawable: TypeAlias = np.ndarray | str | Mapping[str, Any]
"""An array, a text, or names with values."""

_HEIGHTS = {"image": 2.5, "series": 2.0, "text": 2.2, "row": 2.6}
_MOST_LINES = 9


def sample_picture(
    samples: Sequence[Drawable],
    titles: Sequence[str],
    kind: str = "auto",
    columns: int = 3,
    path: str | PathLike[str] | None = None,
) -> Figure:
    """Samples in a grid.

    Args:
        samples: An array, a text, or a dict of names and values each.
        titles: The line above each.
        kind: "image", "series", "text" or "row"; "auto" decides by the form of the samples.
        columns: How many beside one another.
        path: Where to save the picture.

    >>> figure = sample_picture([np.zeros((8, 8)), np.ones((8, 8))], ["a", "b"])
    >>> [axes.get_title() for axes in figure.axes], figure.axes[0].get_images()[0].get_array().shape
    (['a', 'b'], (8, 8))
    """
    if kind not in ("auto", *KINDS):
        raise ArgumentError(f"kind={kind!r}", f"'auto' or one of {', '.join(KINDS)}", "leave it out for 'auto'", where="plot")
    kinds = [kind_of(sample) if kind == "auto" else kind for sample in samples]
    across = max(1, min(columns, len(samples)))
    rows = max(1, -(-len(samples) // across))
    height = max((_HEIGHTS[kind] for kind in kinds), default=1.0)
    figure, axes = new_figure(rows, across, 3.4 * across, 0.5 + height * rows, where="plot")
    for place, sample, title, how in zip(axes, samples, titles, kinds, strict=False):
        {"image": image, "series": _series, "text": _text, "row": _row}[how](place, sample)
        lines = [part for line in title.splitlines() for part in textwrap.wrap(line, 44)]
        place.set_title("\n".join(lines), fontsize=8)
    for place in axes[len(samples) :]:
        place.remove()
    return finished(figure, path)


def kind_of(sample: Drawable) -> str:
    """How a sample is drawn: "image", "series", "text" or "row".

    >>> kind_of(np.zeros((28, 28))), kind_of(np.zeros((100, 3))), kind_of("good film"), kind_of({"age": 3}), kind_of(np.zeros(4))
    ('image', 'series', 'text', 'row', 'row')
    """
    if isinstance(sample, str):
        return "text"
    if isinstance(sample, Mapping):
        return "row"
    shape = np.shape(sample)
    if len(shape) == 3 and shape[-1] in (1, 3, 4):
        return "image"
    if len(shape) == 2:
        return "image" if min(shape) >= 6 and max(shape) <= 2 * min(shape) else "series"
    return "row" if len(shape) < 2 and np.size(sample) <= 30 else "series"


def image(axes: Axes, pixels: Drawable) -> None:
    """Draw an image: shape (rows, columns) or (rows, columns, 1), or with 3 or 4 channels; of bytes, or floats in any range.

    Floats from 0 to 1 and bytes are shown as they are. Grey images with negative numbers are shown on the diverging scale.
    """
    array = np.asarray(pixels)
    array = array[..., 0] if array.ndim == 3 and array.shape[-1] == 1 else array
    axes.axis("off")
    if array.ndim == 3:
        axes.imshow(array if array.dtype == np.uint8 else _scaled(array))
    elif array.size and np.nanmin(array) < 0:
        largest = float(np.nanmax(np.abs(array)))
        axes.imshow(array, cmap=diverging(), vmin=-largest, vmax=largest)
    else:
        axes.imshow(array, cmap="gray")


def _scaled(array: np.ndarray) -> np.ndarray:
    """Channels from 0 to 1: as they are, bytes in floats divided, others stretched."""
    array = array.astype(float)
    low, high = np.nanmin(array), np.nanmax(array)
    if low >= 0 and high <= 1:
        return array
    return array / 255 if low >= 0 and high <= 255 and high > 2 else (array - low) / max(high - low, 1e-12)


def _series(axes: Axes, values: Drawable) -> None:
    """Curves over time: shape (steps,) or (steps, features)."""
    array = np.asarray(values, float)
    array = array.reshape(len(array), -1)
    for number, colour in zip(range(min(array.shape[1], 4)), (POSITIVE, NEGATIVE, "black", "#808080"), strict=False):
        axes.plot(array[:, number], color=colour, linewidth=1, label=f"feature {number}")
    axes.tick_params(labelsize=7)
    axes.set_xlabel("step", fontsize=7)
    axes.spines[["top", "right"]].set_visible(False)
    if array.shape[1] > 1:
        axes.legend(fontsize=6, frameon=False)


def _text(axes: Axes, text: Drawable) -> None:
    printable = "".join(letter if letter.isprintable() else " " for letter in str(text))
    lines = textwrap.wrap(printable, 44)
    shown = [*lines[: _MOST_LINES - 1], f"{lines[_MOST_LINES - 1][:40]} ..."] if len(lines) > _MOST_LINES else lines
    axes.axis("off")
    axes.text(0.0, 1.0, "\n".join(shown), transform=axes.transAxes, va="top", fontsize=8, parse_math=False)


def _row(axes: Axes, row: Drawable) -> None:
    """Names and values, one a line."""
    named = row if isinstance(row, Mapping) else {f"column {number}": value for number, value in enumerate(np.ravel(row))}
    cells = [(str(name), cell_text(value) if np.ndim(value) == 0 else f"shape {np.shape(value)}") for name, value in named.items()]
    hidden = len(cells) - 14
    cells = [*cells[:13], (f"and {hidden + 1} more", "")] if hidden > 0 else cells
    axes.axis("off")
    for number, (name, value) in enumerate(cells):
        height = 1 - (number + 0.5) / max(len(cells), 6)
        axes.text(
            0.48, height, _cut(name), transform=axes.transAxes, ha="right", va="center", fontsize=8, color="#606060", parse_math=False
        )
        axes.text(0.54, height, _cut(value), transform=axes.transAxes, ha="left", va="center", fontsize=8, parse_math=False)


def _cut(text: str, length: int = 26) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"

"""Images in a terminal: grey images as characters, with two rows of pixels per line where the terminal supports it."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np

_SHADES = " .:-=+*#%@"


def draw_images(images: Sequence[np.ndarray], captions: Sequence[str], width: int = 100, color: bool | None = None) -> str:
    """Images side by side with a caption under each, wrapped to the width of the terminal.

    Args:
        images: 2D arrays; the largest value is drawn brightest.
        captions: One line per image; `\\n` starts another.
        width: Columns available.
        color: Use grey half blocks (two pixels per character) instead of letters; by default on a terminal that takes them.
    """
    color = sys.stdout.isatty() and _takes_blocks() if color is None else color
    drawn = [_half_blocks(image) if color else _letters(image) for image in images]
    cells = [
        max(image.shape[1] * (1 if color else 2), *map(len, caption.split("\n"))) for image, caption in zip(images, captions, strict=True)
    ]
    per_line = max(1, width // (max(cells) + 3)) if cells else 1
    blocks = [
        _side_by_side(drawn[i : i + per_line], captions[i : i + per_line], images[i : i + per_line], color)
        for i in range(0, len(drawn), per_line)
    ]
    return "\n\n".join(blocks)


def _takes_blocks() -> bool:
    return "utf" in (sys.stdout.encoding or "").lower()


def _scaled(image: np.ndarray) -> np.ndarray:
    top = float(image.max()) if image.size else 0.0
    return np.clip(image / top, 0, 1) if top > 0 else np.zeros(image.shape)


def _letters(image: np.ndarray) -> list[str]:
    shades = np.rint(_scaled(image) * (len(_SHADES) - 1)).astype(int)
    return ["".join(_SHADES[shade] * 2 for shade in row) for row in shades]


def _half_blocks(image: np.ndarray) -> list[str]:
    grey = (232 + np.rint(_scaled(image) * 23)).astype(int)
    if len(grey) % 2:
        grey = np.vstack([grey, np.full((1, grey.shape[1]), 232)])
    lines = []
    for upper, lower in zip(grey[::2], grey[1::2], strict=True):
        lines.append("".join(f"\x1b[38;5;{a}m\x1b[48;5;{b}m▀" for a, b in zip(upper, lower, strict=True)) + "\x1b[0m")
    return lines


def _side_by_side(drawn: Sequence[list[str]], captions: Sequence[str], images: Sequence[np.ndarray], color: bool) -> str:
    captioned = [caption.split("\n") for caption in captions]
    widths = [image.shape[1] * (1 if color else 2) for image in images]
    columns = [max(width, *map(len, lines)) + 3 for width, lines in zip(widths, captioned, strict=True)]
    height = max(len(lines) for lines in drawn)
    rows = []
    for i in range(height):
        row = ""
        for lines, width, column in zip(drawn, widths, columns, strict=True):
            # Escape codes take no room, so the padding follows from the image's own width.
            row += (lines[i] if i < len(lines) else " " * width) + " " * (column - width)
        rows.append(row.rstrip())
    for i in range(max(map(len, captioned))):
        rows.append(
            "".join((lines[i] if i < len(lines) else "").ljust(column) for lines, column in zip(captioned, columns, strict=True)).rstrip()
        )
    return "\n".join(f"  {row}" for row in rows)

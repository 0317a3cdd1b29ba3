"""The colours of numbers: negative orange, zero grey, positive blue, which people with any kind of colour vision tell apart."""

from __future__ import annotations

import numpy as np

NEGATIVE, ZERO, POSITIVE = "#d95f02", "#e5e5e5", "#1f78b4"
"""The ends and the middle of the only scale for numbers with a sign, everywhere: pictures, tables and pages."""


def colour(value: float, largest: float = 1.0) -> str:
    """The colour of a number on the diverging scale, as `"#rrggbb"`.

    Args:
        value: The number; what is not finite is black.
        largest: The absolute value that gets the full colour. Larger ones get it, too.

    >>> colour(0.0), colour(1.0), colour(-2.0), colour(0.5)
    ('#e5e5e5', '#1f78b4', '#d95f02', '#82aecc')
    """
    if not np.isfinite(value):
        return "#000000"
    share = min(abs(value) / largest, 1.0) if largest > 0 else 0.0
    middle, end = _channels(ZERO), _channels(POSITIVE if value > 0 else NEGATIVE)
    red, green, blue = np.rint(middle + share * (end - middle)).astype(int)
    return f"#{red:02x}{green:02x}{blue:02x}"


def _channels(text: str) -> np.ndarray:
    return np.array([int(text[i : i + 2], 16) for i in (1, 3, 5)], float)


def tint(value: float, largest: float = 1.0) -> tuple[str, float]:
    """The colour of a number's sign, and how opaque it is over the background of a page, which stands for zero.

    Args:
        value: The number; what is not finite is grey.
        largest: The absolute value that gets the most opaque colour.

    >>> tint(0.5), tint(-1.0), tint(0.0)
    (('#1f78b4', 0.3), ('#d95f02', 0.6), ('#1f78b4', 0.0))
    """
    if not np.isfinite(value):
        return "#808080", 0.6
    share = min(abs(value) / largest, 1.0) if largest > 0 else 0.0
    return (NEGATIVE if value < 0 else POSITIVE), 0.6 * share

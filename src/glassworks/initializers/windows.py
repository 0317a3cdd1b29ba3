"""Windows: weights that fade a piece of a signal in and out (Harris, 1978)."""

from __future__ import annotations

import math

import numpy as np

# Sums of cosines: their amplitudes, with alternating signs.
COSINES = {
    "boxcar": (1.0,),
    "hann": (0.5, 0.5),
    "hamming": (0.54, 0.46),
    "blackman": (0.42, 0.5, 0.08),
    "nuttall": (0.3635819, 0.4891775, 0.1365995, 0.0106411),
    "blackmanharris": (0.35875, 0.48829, 0.14128, 0.01168),
    "flattop": (0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368),
}
WINDOWS = (*COSINES, "bartlett", "cosine", "triang")


def window_of(name: str, length: int, periodic: bool) -> np.ndarray:
    """A window by its name.

    Args:
        name: One of `WINDOWS`.
        length: How many weights.
        periodic: Leave out the last one, which would be the first of the next period; otherwise windows are symmetric.

    >>> window_of("hann", 4, periodic=True)
    array([0. , 0.5, 1. , 0.5])
    """
    size = length + periodic
    if length == 1:
        return np.ones(1)
    places = np.arange(size)
    if name in COSINES:
        angle = 2 * math.pi * places / (size - 1)
        window = sum((-1) ** i * amplitude * np.cos(i * angle) for i, amplitude in enumerate(COSINES[name]))
    elif name == "cosine":
        window = np.sin(math.pi * (places + 0.5) / size)
    else:
        # Both are triangles; that of Bartlett is 0 at its ends.
        half = (size - 1) / 2 if name == "bartlett" else (size + size % 2) / 2
        window = 1 - np.abs(places - (size - 1) / 2) / half
    return np.asarray(window, np.float64)[:length]

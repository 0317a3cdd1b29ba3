"""`STFT`: kernels with which a convolution takes the frequencies of a signal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks import dtypes, ops
from glassworks.arguments import FLAG, OneOf, Serialized
from glassworks.errors import ArgumentError, ShapeError, suggest
from glassworks.initializers.base import Initializer
from glassworks.initializers.windows import WINDOWS, window_of
from glassworks.typing import DTypeLike, Tensor


def check_window(window: Any, where: str) -> None:
    """Raise an error unless this is the name of a window, an array, or None."""
    if isinstance(window, str) and window not in WINDOWS:
        raise ArgumentError(
            f"window={window!r}", "the name of a window, an array of weights, or None", suggest(window, WINDOWS), where=where
        )
    if window is not None and not isinstance(window, str) and np.ndim(window) != 1:
        raise ArgumentError(f"window={window!r}", "the name of a window, an array of weights, or None", where=where)


class STFT(Initializer):
    """Cosines or sines of the frequencies of a short-time Fourier transform, one kernel for each.

    Args:
        side: "real" for cosines, "imag" for sines.
        window: What pieces of the signal are multiplied by: a name such as "hann" or "hamming", an array, or None.
        scaling: "density" divides by the root of the sum of the window's squares, "spectrum" by its sum; None by nothing.
        periodic: Make the window periodic rather than symmetric.

    Shape: (length of a piece, 1, fft_length // 2 + 1).

    >>> from glassworks import initializers
    >>> initializers.STFT(window=None)((4, 1, 3))[:, 0, 1].numpy().round(3) + 0.0
    array([ 1.,  0., -1.,  0.], dtype=float32)
    """

    side = OneOf("real", "imag")
    window = Serialized("values")
    scaling = OneOf("density", "spectrum", None)
    periodic = FLAG

    def __init__(self, side: str = "real", window: Any = "hann", scaling: str | None = "density", periodic: bool = False) -> None:
        self._keep_arguments(side=side, window=window, scaling=scaling, periodic=periodic)
        check_window(self.window, "STFT")

    def __call__(self, shape: Sequence[int], dtype: DTypeLike = None) -> Tensor:
        """The kernels; a `ShapeError` unless the shape is (length, 1, frequencies)."""
        if len(shape) != 3 or shape[1] != 1:
            raise ShapeError(f"shape {tuple(shape)}", "(length of a piece, 1, frequencies)", where="STFT")
        length, _, frequencies = shape
        angles = -math.pi * np.arange(length)[:, None] * np.arange(frequencies) / max(frequencies - 1, 1)
        kernel = np.cos(angles) if self.side == "real" else np.sin(angles)
        if self.window is not None:
            kernel *= self._weights(length)[:, None]
        return ops.cast(kernel[:, None, :], dtypes.standardize(dtype))

    def _weights(self, length: int) -> np.ndarray:
        by_name = isinstance(self.window, str)
        window = window_of(self.window, length, self.periodic) if by_name else np.asarray(self.window, np.float64)
        if window.shape != (length,):
            raise ShapeError(f"a window of shape {window.shape}", f"shape ({length},), the length of a piece", where="STFT")
        divisors = {None: 1.0, "density": math.sqrt((window**2).sum()), "spectrum": np.abs(window).sum()}
        return window / divisors[self.scaling]

"""Kernels of a convolution that computes the short-time Fourier transform."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassworks import dtypes, ops
from glassworks.arguments import Instance, OneOf, check
from glassworks.errors import ArgumentError, ShapeError
from glassworks.initializers.base import Initializer
from glassworks.ops.signal import COSINES, cosine_window


class STFT(Initializer, aliases=("STFTInitializer",)):
    """Cosines or sines of rising frequency times a window: the kernel of a convolution over time that gives a spectrum.

    Args:
        side: `"real"` for cosines, `"imag"` for sines.
        window: `"hann"`, `"hamming"`, an array of the kernel's length, or None.
        scaling: Divide by the root of the sum of squares of the window (`"density"`), by its sum (`"spectrum"`), or not (None).
        periodic: Whether a window given by name stops before it repeats.

    Raises:
        ArgumentError: There is no such side, window or scaling.

    >>> from glassworks import initializers
    >>> initializers.STFT(window=None)((2, 1, 2)).numpy().reshape(2, 2).round(4)
    array([[ 1.,  1.],
           [ 1., -1.]], dtype=float32)
    """

    _arguments = {
        "side": OneOf("real", "imag"),
        "scaling": OneOf("density", "spectrum", None),
        "periodic": Instance(bool, "True or False"),
    }

    def __init__(self, side: str = "real", window: Any = "hann", scaling: str | None = "density", periodic: bool = False) -> None:
        check("STFT", self._arguments, side=side, scaling=scaling, periodic=periodic)
        if isinstance(window, str) and window not in COSINES:
            raise ArgumentError(f"window={window!r}", "'hann', 'hamming', an array or None", "pass its numbers as an array", where="STFT")
        self.side, self.window, self.scaling, self.periodic = side, window, scaling, periodic

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        """The kernel, of shape (length, 1, frequencies)."""
        if len(shape) != 3:
            raise ShapeError(f"shape {tuple(shape)}", "(length, 1, frequencies)", "use it for a Conv1D of one channel", where="STFT")
        length, _, count = shape
        angles = -2 * np.pi * np.arange(length)[:, None, None] * np.arange(count) / max(2 * (count - 1), 1)
        kernel = (np.cos if self.side == "real" else np.sin)(angles)
        if self.window is not None:
            window = (
                cosine_window(self.window, length, self.periodic) if isinstance(self.window, str) else np.asarray(self.window, "float64")
            )
            if window.shape != (length,):
                raise ShapeError(f"a window of shape {window.shape}", f"shape ({length},)", "match the length of the kernel", where="STFT")
            scale = {"density": np.sqrt(np.sum(window**2)), "spectrum": np.sum(np.abs(window)), None: 1.0}[self.scaling]
            kernel = kernel * window[:, None, None] / scale
        return ops.cast(kernel, dtypes.standardize(dtype))

    def get_config(self) -> dict[str, Any]:
        """The arguments as a dict."""
        return {"side": self.side, "window": self.window, "scaling": self.scaling, "periodic": self.periodic}

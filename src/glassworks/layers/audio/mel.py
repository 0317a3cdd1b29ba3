"""`MelSpectrogram`: loudness by pitch and time, pitches spaced as people hear them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from glassworks import dtypes, ops
from glassworks.arguments import FLAG, Argument, Integer, Number, Optional, Serialized
from glassworks.errors import ArgumentError, ShapeError
from glassworks.layers.base import Layer
from glassworks.typing import Tensor

_SIZE, _POSITIVE = Integer(minimum=1), Number(0, closed="neither")


class MelSpectrogram(Layer):
    """The power of a signal in bands of frequencies that are evenly spaced on the mel scale, over time, in decibels.

    Args:
        fft_length: The length of the transforms.
        sequence_stride: How far the next piece of the signal starts.
        sequence_length: The length of a piece; `fft_length` by default.
        window: What pieces are multiplied by: "hann", "hamming", an array, or None.
        sampling_rate: Samples per second.
        num_mel_bins: How many bands.
        min_freq, max_freq: Between which frequencies they lie, in hertz; to half of the sampling rate by default.
        power_to_db: Give decibels rather than powers.
        top_db: How far below the loudest the softest may be; what is softer is raised to that.
        mag_exp: The power of the magnitude that is taken: 2 for power, 1 for the magnitude itself.
        min_power, ref_power: The least power there is, and the one that is 0 decibels.

    Input shape: (batch, samples) or (samples,). Output shape: (batch, bands, pieces) or (bands, pieces).

    The mel scale is that of the Hidden Markov Model Toolkit: 1127 ln(1 + f / 700).

    >>> from glassworks import layers, ops
    >>> layers.MelSpectrogram(num_mel_bins=16, fft_length=256, sequence_stride=128)(ops.ones((2, 1000))).shape
    (2, 16, 8)
    """

    fft_length = sequence_stride = num_mel_bins = _SIZE
    sequence_length: Argument[int] = Optional(_SIZE)  # type: ignore[assignment]  # None becomes fft_length
    window = Serialized("values")
    sampling_rate = mag_exp = min_power = _POSITIVE
    min_freq = top_db = Number(0)
    max_freq: Argument[float] = Optional(_POSITIVE)  # type: ignore[assignment]  # None becomes half the sampling rate
    power_to_db = FLAG
    ref_power = Number()

    def __init__(
        self,
        fft_length: int = 2048,
        sequence_stride: int = 512,
        sequence_length: int | None = None,
        window: Any = "hann",
        sampling_rate: float = 16000,
        num_mel_bins: int = 128,
        min_freq: float = 20.0,
        max_freq: float | None = None,
        power_to_db: bool = True,
        top_db: float = 80.0,
        mag_exp: float = 2.0,
        min_power: float = 1e-10,
        ref_power: float = 1.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(fft_length=fft_length, sequence_stride=sequence_stride, sequence_length=sequence_length, window=window)
        self._keep_arguments(sampling_rate=sampling_rate, num_mel_bins=num_mel_bins, min_freq=min_freq, max_freq=max_freq)
        self._keep_arguments(power_to_db=power_to_db, top_db=top_db, mag_exp=mag_exp, min_power=min_power, ref_power=ref_power)
        self.sequence_length = sequence_length or fft_length
        if self.sequence_length > fft_length:
            raise ArgumentError(f"sequence_length={sequence_length}", f"at most fft_length={fft_length}", where="MelSpectrogram")
        self.max_freq = max_freq or int(sampling_rate / 2)
        if self.min_freq >= self.max_freq:
            raise ArgumentError(f"min_freq={min_freq}", f"less than max_freq={self.max_freq}", where="MelSpectrogram")

    def call(self, inputs: Tensor) -> Tensor:
        if not 1 <= len(inputs.shape) <= 2:
            raise ShapeError(
                f"inputs of shape {tuple(inputs.shape)}", "(batch, samples) or (samples,)", "ops.squeeze(x, -1) removes a channel axis"
            )
        dtype = self.compute_dtype if self.compute_dtype == "float64" else "float32"
        real, imaginary = ops.stft(ops.cast(inputs, dtype), self.sequence_length, self.sequence_stride, self.fft_length, window=self.window)
        power = ops.square(real) + ops.square(imaginary)
        # The root is left out where it can be: it has no gradient at 0.
        magnitude = power if self.mag_exp == 2 else ops.power(ops.sqrt(power), self.mag_exp)
        weights = self.linear_to_mel_weight_matrix(
            self.num_mel_bins, magnitude.shape[-1], self.sampling_rate, self.min_freq, self.max_freq, dtype
        )
        bands = ops.matmul(magnitude, weights)
        if self.power_to_db:
            bands = self._decibels(bands)
        return ops.cast(ops.swapaxes(bands, -1, -2), self.compute_dtype)

    def _decibels(self, power: Any) -> Any:
        reference = 10 * math.log10(max(abs(self.ref_power), self.min_power))
        level = 10 * ops.log10(ops.maximum(power, self.min_power)) - reference
        return ops.maximum(level, ops.max(level) - self.top_db)

    def linear_to_mel_weight_matrix(
        self,
        num_mel_bins: int = 20,
        num_spectrogram_bins: int = 129,
        sampling_rate: float = 8000,
        lower_edge_hertz: float = 125.0,
        upper_edge_hertz: float = 3800.0,
        dtype: str = "float32",
    ) -> Any:
        """The weight of each frequency in each band, shape (num_spectrogram_bins, num_mel_bins): triangles on the mel scale."""
        frequencies = _mel(np.linspace(0, sampling_rate / 2, num_spectrogram_bins))[:, None]
        edges = np.linspace(_mel(lower_edge_hertz), _mel(upper_edge_hertz), num_mel_bins + 2)
        lower, center, upper = edges[:-2], edges[1:-1], edges[2:]
        weights = np.maximum(0, np.minimum((frequencies - lower) / (center - lower), (upper - frequencies) / (upper - center)))
        weights[0] = 0  # the mean of a signal is not audible
        return ops.convert_to_tensor(weights.astype(dtypes.numpy_dtype(dtype)))

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        """(batch, bands, pieces)."""
        *batch, samples = input_shape
        pieces = None if samples is None else 1 + (samples + self.fft_length // 2 * 2 - self.fft_length) // self.sequence_stride
        return (*batch, self.num_mel_bins, pieces)


def _mel(hertz: Any) -> Any:
    return 1127.0 * np.log1p(np.asarray(hertz) / 700.0)

"""`STFTSpectrogram`: the frequencies in a signal over time, by convolutions that can be trained on."""

from __future__ import annotations

from typing import Any

from glassworks import dtypes, initializers, ops, settings
from glassworks.arguments import FLAG, Integer, OneOf, Optional, Serialized
from glassworks.errors import ArgumentError, DTypeError, warn
from glassworks.initializers.fourier_kernels import check_window
from glassworks.layers.arguments import DATA_FORMAT
from glassworks.layers.base import Layer
from glassworks.layers.input_spec import InputSpec
from glassworks.typing import Tensor

MODES = ("log", "magnitude", "psd", "real", "imag", "angle", "stft")


class STFTSpectrogram(Layer):
    """The short-time Fourier transform of each channel of a signal, by convolution with cosines and sines.

    The kernels are weights: they start as cosines and sines, and may be trained.

    Args:
        mode: What to give: the "log" of the magnitude, the "magnitude", the power density "psd", the "real" or "imag" part, the
            "angle", or "stft" for real and imaginary parts one after the other.
        frame_length: The length of a piece of the signal.
        frame_step: How far the next piece starts; half of `frame_length` by default.
        fft_length: The length of the transform, which decides how many frequencies there are; the next power of two by default.
        window, periodic, scaling: See `initializers.STFT`.
        padding: "valid" takes only whole pieces, "same" adds zeros at the ends.
        expand_dims: Whether to add a channel axis, as images have.
        data_format: Where the channels are: "channels_last" or "channels_first".

    Input shape: (batch, time, channels). Output shape: (batch, pieces, channels * frequencies), or with `expand_dims`
    (batch, pieces, frequencies, channels); with "channels_first" (batch, channels, time), (batch, channels * frequencies, pieces) and
    (batch, channels, pieces, frequencies). There are `fft_length // 2 + 1` frequencies.

    >>> from glassworks import layers, ops
    >>> layers.STFTSpectrogram(frame_length=8, frame_step=4)(ops.ones((1, 20, 1))).shape
    (1, 4, 5)
    """

    mode = OneOf(*MODES)
    frame_length = Integer(minimum=1)
    frame_step = fft_length = Optional(Integer(minimum=1))
    window = Serialized("values")
    periodic = expand_dims = FLAG
    scaling = OneOf("density", "spectrum", None)
    padding = OneOf("valid", "same")
    data_format = DATA_FORMAT

    def __init__(
        self,
        mode: str = "log",
        frame_length: int = 256,
        frame_step: int | None = None,
        fft_length: int | None = None,
        window: Any = "hann",
        periodic: bool = False,
        scaling: str | None = "density",
        padding: str = "valid",
        expand_dims: bool = False,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(mode=mode, frame_length=frame_length, frame_step=frame_step, fft_length=fft_length, padding=padding)
        self._keep_arguments(window=window, periodic=periodic, scaling=scaling, expand_dims=expand_dims, data_format=data_format)
        check_window(self.window, "STFTSpectrogram")
        _check_lengths(frame_length, frame_step, fft_length)
        self.input_spec = InputSpec(ndim=3)

    def build(self, input_shape: tuple) -> None:
        """Create the kernels (piece, 1, frequencies)."""
        fft_length = self.fft_length or 2 ** (self.frame_length - 1).bit_length()
        shape = (self.frame_length, 1, fft_length // 2 + 1)
        for side, other in (("real", "imag"), ("imag", "real")):
            if self.mode != other:
                kernel = self.add_weight(shape, initializers.STFT(side, self.window, self.scaling, self.periodic), name=f"{side}_kernel")
                setattr(self, f"{side}_kernel", kernel)

    def call(self, inputs: Tensor) -> Tensor:
        dtype = inputs.dtype if isinstance(inputs.dtype, str) else inputs.dtype.name
        if not dtypes.is_float(dtype):
            raise DTypeError(
                f"a signal of dtype {dtype}", "floats", "use ops.cast(x, 'float32'), and divide by the largest number there is"
            )
        first = self.data_format == "channels_first"
        signals = inputs if first else ops.swapaxes(inputs, 1, 2)
        _, channels, length = signals.shape
        signals = ops.reshape(signals, (-1, length, 1))
        kernels = [getattr(self, f"{side}_kernel") for side, other in (("real", "imag"), ("imag", "real")) if self.mode != other]
        parts = [
            ops.conv(
                signals,
                ops.cast(kernel, dtype),
                strides=self.frame_step or self.frame_length // 2,
                padding=self.padding,
                data_format="channels_last",
            )
            for kernel in kernels
        ]
        found = self._combined(parts)
        pieces, frequencies = found.shape[1:]
        found = ops.reshape(found, (-1, channels, pieces, frequencies))
        if self.expand_dims:
            return found if first else ops.transpose(found, (0, 2, 3, 1))
        joined = ops.reshape(ops.transpose(found, (0, 2, 1, 3)), (-1, pieces, channels * frequencies))
        return ops.swapaxes(joined, 1, 2) if first else joined

    def _combined(self, parts: list[Any]) -> Any:
        """Real and imaginary parts converted as the mode says; frequencies are the last axis."""
        if len(parts) == 1:
            return parts[0]
        real, imaginary = parts
        if self.mode == "angle":
            return ops.arctan2(imaginary, real)
        if self.mode == "stft":
            return ops.concatenate([real, imaginary], axis=-1)
        power = ops.square(real) + ops.square(imaginary)
        if self.mode == "psd":
            # Negative frequencies, which are left out, have the power of the positive ones; 0 and the highest have no twin.
            return power + ops.pad(power[..., 1:-1], ((0, 0), (0, 0), (1, 1)))
        magnitude = ops.sqrt(ops.maximum(power, settings.epsilon()))
        return magnitude if self.mode == "magnitude" else ops.log(ops.maximum(magnitude, settings.epsilon()))


def _check_lengths(frame_length: int, frame_step: int | None, fft_length: int | None) -> None:
    if frame_step is not None and frame_step > frame_length:
        raise ArgumentError(
            f"frame_step={frame_step}", f"at most frame_length={frame_length}", "pieces with gaps lose signal", where="STFTSpectrogram"
        )
    if fft_length is not None and fft_length < frame_length:
        raise ArgumentError(f"fft_length={fft_length}", f"at least frame_length={frame_length}", where="STFTSpectrogram")
    if fft_length is not None and fft_length & (fft_length - 1):
        text = f"[STFTSpectrogram] fft_length={fft_length} is not a power of two, as is usual"
        warn(text)

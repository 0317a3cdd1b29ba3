"""Signals: Fourier transforms on pairs (real, imaginary), and windows that slide along a signal."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassworks import dtypes
from glassworks.errors import ArgumentError, ArgumentTypeError, DTypeError, ShapeError
from glassworks.graph import apply, op, spec_of
from glassworks.graph.sizes import is_int
from glassworks.ops.convert import floating, operand
from glassworks.ops.numpy.comparison import where
from glassworks.ops.numpy.creation import zeros_like
from glassworks.ops.numpy.indexing import take
from glassworks.ops.numpy.joining import concatenate
from glassworks.ops.numpy.padding import pad
from glassworks.ops.numpy.shaping import flip
from glassworks.ops.primitives import index
from glassworks.ops.primitives.fourier import fourier
from glassworks.typing import ArrayLike, Tensor

__all__ = ["extract_sequences", "fft", "fft2", "ifft2", "irfft", "istft", "rfft", "stft"]


def _pair(name: str, x: tuple[ArrayLike, ArrayLike]) -> tuple[Tensor, Tensor]:
    """The two parts of a complex signal."""
    if not isinstance(x, (tuple, list)) or len(x) != 2:
        raise ArgumentTypeError(
            f"{name} of a {type(x).__name__}",
            "a pair of real arrays: (real, imaginary)",
            "pass (x, ops.zeros_like(x))",
            where=f"ops.{name}",
        )
    real, imaginary = (operand(part) for part in x)
    if spec_of(real).shape != spec_of(imaginary).shape:
        raise ShapeError(
            f"parts of shapes {tuple(spec_of(real).shape)} and {tuple(spec_of(imaginary).shape)}", "one shape for both", where=f"ops.{name}"
        )
    if not all(dtypes.is_float(spec_of(part).dtype) for part in (real, imaginary)):
        raise DTypeError(
            f"parts of dtypes {spec_of(real).dtype} and {spec_of(imaginary).dtype}",
            "floating numbers",
            "use ops.cast(x, 'float32')",
            where=f"ops.{name}",
        )
    real, imaginary = floating(real, imaginary)
    return real, imaginary


def _need_axes(name: str, x: Tensor, count: int) -> None:
    if len(spec_of(x).shape) < count:
        raise ShapeError(f"{name} of an array of shape {tuple(spec_of(x).shape)}", f"at least {count} axes", where=f"ops.{name}")


@op
def fft(x: tuple[ArrayLike, ArrayLike]) -> tuple[Tensor, Tensor]:
    """The discrete Fourier transform along the last axis.

    Args:
        x: The real and imaginary parts, two arrays of one shape (..., n).

    Returns:
        The two parts of the transform, of the same shape.

    >>> from glassworks import ops
    >>> real, imaginary = ops.fft((ops.array([1.0, 0.0, 0.0]), ops.zeros(3)))
    >>> real
    Array([1., 1., 1.], dtype=float32)
    """
    real, imaginary = _pair("fft", x)
    _need_axes("fft", real, 1)
    real, imaginary = apply(fourier, real, imaginary, axes=(-1,), sign=-1)
    return real, imaginary


@op
def fft2(x: tuple[ArrayLike, ArrayLike]) -> tuple[Tensor, Tensor]:
    """The discrete Fourier transform along the last two axes.

    Args:
        x: The real and imaginary parts, two arrays of one shape (..., rows, columns).

    >>> from glassworks import ops
    >>> real, imaginary = ops.fft2((ops.ones((2, 2)), ops.zeros((2, 2))))
    >>> real
    Array([[4., 0.],
           [0., 0.]], dtype=float32)
    """
    real, imaginary = _pair("fft2", x)
    _need_axes("fft2", real, 2)
    real, imaginary = apply(fourier, real, imaginary, axes=(-2, -1), sign=-1)
    return real, imaginary


@op
def ifft2(x: tuple[ArrayLike, ArrayLike]) -> tuple[Tensor, Tensor]:
    """The inverse of `fft2`.

    Args:
        x: The real and imaginary parts, two arrays of one shape (..., rows, columns).

    >>> from glassworks import ops
    >>> real, imaginary = ops.ifft2((ops.array([[4.0, 0.0], [0.0, 0.0]]), ops.zeros((2, 2))))
    >>> real
    Array([[1., 1.],
           [1., 1.]], dtype=float32)
    """
    real, imaginary = _pair("ifft2", x)
    _need_axes("ifft2", real, 2)
    count = float(np.prod(spec_of(real).shape[-2:], dtype=int))
    real, imaginary = apply(fourier, real, imaginary, axes=(-2, -1), sign=1)
    return real / count, imaginary / count


def _resized(x: Tensor, size: int) -> Tensor:
    """The last axis truncated, or padded with zeros."""
    shape = spec_of(x).shape
    if shape[-1] >= size:
        return x[..., :size]
    return pad(x, [(0, 0)] * (len(shape) - 1) + [(0, size - shape[-1])])


@op
def rfft(x: ArrayLike, fft_length: int | None = None) -> tuple[Tensor, Tensor]:
    """The Fourier transform of a real signal along the last axis: frequencies from 0 to half of the length.

    Args:
        x: Shape (..., n).
        fft_length: The length to which the signal is cut or filled up with zeros; n by default.

    Returns:
        The real and imaginary parts, of shape (..., fft_length // 2 + 1).

    >>> from glassworks import ops
    >>> real, imaginary = ops.rfft([1.0, 1.0, 1.0, 1.0])
    >>> real
    Array([4., 0., 0.], dtype=float32)
    """
    (x,) = floating(x)
    _need_axes("rfft", x, 1)
    size = _length("rfft", fft_length, spec_of(x).shape[-1])
    x = _resized(x, size)
    real, imaginary = apply(fourier, x, zeros_like(x), axes=(-1,), sign=-1)
    return real[..., : size // 2 + 1], imaginary[..., : size // 2 + 1]


def _length(name: str, given: int | None, default: int) -> int:
    size = default if given is None else given
    if isinstance(size, bool) or not is_int(size) or size < 1:
        raise ArgumentError(
            f"fft_length={given!r}", "a positive integer", "leave it away for the length of the signal", where=f"ops.{name}"
        )
    return int(size)


@op
def irfft(x: tuple[ArrayLike, ArrayLike], fft_length: int | None = None) -> Tensor:
    """The inverse of `rfft`: a real signal.

    Args:
        x: The real and imaginary parts of frequencies from 0, two arrays of one shape (..., m).
        fft_length: The length of the signal; 2 (m - 1) by default. For signals of odd length it must be given.

    >>> from glassworks import ops
    >>> ops.irfft((ops.array([4.0, 0.0, 0.0]), ops.zeros(3)))
    Array([1., 1., 1., 1.], dtype=float32)
    """
    real, imaginary = _pair("irfft", x)
    _need_axes("irfft", real, 1)
    size = _length("irfft", fft_length, 2 * (spec_of(real).shape[-1] - 1))
    half = size // 2 + 1
    real, imaginary = _resized(real, half), _resized(imaginary, half)
    # The other half of the spectrum of a real signal is the reversed conjugate of this half.
    inner = (size + 1) // 2
    real = concatenate([real, flip(real[..., 1:inner], -1)], axis=-1)
    imaginary = concatenate([imaginary, -flip(imaginary[..., 1:inner], -1)], axis=-1)
    return apply(fourier, real, imaginary, axes=(-1,), sign=1)[0] / float(size)


def _positive(name: str, **sizes: Any) -> None:
    for key, value in sizes.items():
        if isinstance(value, bool) or not is_int(value) or int(value) < 1:
            raise ArgumentError(f"{key}={value!r}", "a positive integer", where=f"ops.{name}")


@op
def extract_sequences(x: ArrayLike, sequence_length: int, sequence_stride: int) -> Tensor:
    """Pieces of the last axis, one at every `sequence_stride`-th position.

    Args:
        x: Shape (..., n).
        sequence_length: The size of a piece.
        sequence_stride: The distance between the starts of pieces.

    Returns:
        Shape (..., pieces, sequence_length); what is left at the end is dropped.

    >>> from glassworks import ops
    >>> ops.extract_sequences([1, 2, 3, 4, 5], 3, 2)
    Array([[1, 2, 3],
           [3, 4, 5]], dtype=int32)
    """
    _positive("extract_sequences", sequence_length=sequence_length, sequence_stride=sequence_stride)
    x = operand(x)
    _need_axes("extract_sequences", x, 1)
    size = spec_of(x).shape[-1]
    if size < sequence_length:
        raise ShapeError(
            f"pieces of {sequence_length} from a signal of {size}",
            "a signal at least as long as a piece",
            "pad it",
            where="ops.extract_sequences",
        )
    return take(x, _places(size, sequence_length, sequence_stride), axis=-1)


def _places(size: int, length: int, stride: int) -> np.ndarray:
    starts = np.arange((size - length) // stride + 1, dtype="int32") * stride
    return starts[:, None] + np.arange(length, dtype="int32")


COSINES = {"hann": 0.5, "hamming": 0.54}


def cosine_window(name: str, length: int, periodic: bool) -> np.ndarray:
    """The window of this name: a raised cosine over `length` numbers; a periodic window omits the last one."""
    share, period = COSINES[name], length if periodic else max(length - 1, 1)
    window = share - (1 - share) * np.cos(2 * np.pi * np.arange(length) / period)
    return window if length > 1 else np.ones(length)


def _window(name: str, window: str | ArrayLike | None, length: int, fft_length: int, dtype: str) -> Tensor | np.ndarray:
    """A window, with zeros on both sides up to the length of the transform."""
    if fft_length < length:
        raise ArgumentError(
            f"fft_length={fft_length} with sequence_length={length}",
            "fft_length >= sequence_length",
            f"pass fft_length={length}",
            where=f"ops.{name}",
        )
    before = (fft_length - length) // 2
    if window is None:
        return np.ones(fft_length, dtypes.numpy_dtype(dtype))
    if isinstance(window, str):
        if window not in COSINES:
            raise ArgumentError(f"window={window!r}", "'hann', 'hamming', an array or None", "the default is 'hann'", where=f"ops.{name}")
        window = cosine_window(window, length, periodic=True).astype(dtypes.numpy_dtype(dtype))
    window = operand(window, dtype)
    if spec_of(window).shape != (length,):
        raise ShapeError(
            f"a window of shape {tuple(spec_of(window).shape)}",
            f"shape ({length},), that of a sequence",
            "match sequence_length",
            where=f"ops.{name}",
        )
    return pad(window, [(before, fft_length - length - before)])


@op
def stft(
    x: ArrayLike, sequence_length: int, sequence_stride: int, fft_length: int, window: str | ArrayLike | None = "hann", center: bool = True
) -> tuple[Tensor, Tensor]:
    """The short-time Fourier transform: the frequencies in each of many overlapping pieces of a signal.

    Args:
        x: Shape (..., n), float32 or float64.
        sequence_length: The size of a piece.
        sequence_stride: The distance between the starts of pieces.
        fft_length: The length of the transforms, at least that of a piece.
        window: The factor of each piece: `"hann"`, `"hamming"`, an array of shape (sequence_length,) or None.
        center: Mirror the signal at both ends, so that pieces are centred at multiples of the stride.

    Returns:
        The real and imaginary parts, of shape (..., pieces, fft_length // 2 + 1).

    >>> from glassworks import ops
    >>> real, imaginary = ops.stft(ops.ones(8), sequence_length=4, sequence_stride=2, fft_length=4)
    >>> real.shape
    (5, 3)
    """
    _positive("stft", sequence_length=sequence_length, sequence_stride=sequence_stride, fft_length=fft_length)
    x = operand(x)
    if spec_of(x).dtype not in ("float32", "float64"):
        raise DTypeError(f"a signal of dtype {spec_of(x).dtype}", "float32 or float64", "use ops.cast(x, 'float32')", where="ops.stft")
    _need_axes("stft", x, 1)
    factors = _window("stft", window, sequence_length, fft_length, spec_of(x).dtype)
    if center:
        x = pad(x, [(0, 0)] * (len(spec_of(x).shape) - 1) + [(fft_length // 2, fft_length // 2)], mode="reflect")
    return rfft(extract_sequences(x, fft_length, sequence_stride) * factors, fft_length)


@op
def istft(
    x: tuple[ArrayLike, ArrayLike],
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    length: int | None = None,
    window: str | ArrayLike | None = "hann",
    center: bool = True,
) -> Tensor:
    """The inverse of `stft`.

    Pieces are transformed back, multiplied by the window, added up where they overlap, and divided by the sum of squares
    of the windows.

    Args:
        x: The real and imaginary parts, of shape (..., pieces, fft_length // 2 + 1).
        sequence_length, sequence_stride, fft_length, window, center: As given to `stft`.
        length: The length of the signal; derived from the pieces by default.

    >>> from glassworks import ops
    >>> parts = ops.stft(ops.ones(8), 4, 2, 4)
    >>> ops.istft(parts, 4, 2, 4)
    Array([1., 1., 1., 1., 1., 1., 1., 1.], dtype=float32)
    """
    _positive("istft", sequence_length=sequence_length, sequence_stride=sequence_stride, fft_length=fft_length)
    real, imaginary = _pair("istft", x)
    _need_axes("istft", real, 2)
    factors = _window("istft", window, sequence_length, fft_length, spec_of(real).dtype)
    pieces = irfft((real, imaginary), fft_length) * factors
    count = spec_of(real).shape[-2]
    total = fft_length + sequence_stride * (count - 1)
    places = _places(total, fft_length, sequence_stride)
    signal = apply(index.scatter_add, pieces, operand(places), axis=len(spec_of(pieces).shape) - 2, size=total)
    squares = operand(np.zeros((count, 1)), spec_of(real).dtype) + factors * factors
    weight = apply(index.scatter_add, squares, operand(places), axis=0, size=total)
    signal = signal / where(weight > 1e-10, weight, 1.0)
    start = fft_length // 2 if center else 0
    if length is not None:
        return signal[..., start : start + length]
    return signal[..., start : total - start]

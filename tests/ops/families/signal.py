"""Rows of the op specification table: Fourier transforms, windows along signals, blocks of pictures."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassworks import ops
from tests.ops.rows import Row, normal


def both(parts: Any) -> Any:
    """Real and imaginary parts as one array."""
    return ops.stack(list(parts), axis=-1)


def as_parts(z: Any) -> np.ndarray:
    return np.stack([np.real(z), np.imag(z)], axis=-1)


def transformed(function: Any) -> dict[str, Any]:
    """How to call an op on pairs, and its reference on complex numbers."""
    return {"call": lambda op, a, b: both(op((a, b))), "reference": lambda a, b: as_parts(function(a + 1j * b))}


def parts(*shape: int) -> tuple[np.ndarray, np.ndarray]:
    return normal(*shape), normal(*shape)


def frames(x: np.ndarray, length: int, stride: int) -> np.ndarray:
    return np.stack([x[..., i : i + length] for i in range(0, x.shape[-1] - length + 1, stride)], axis=-2)


def short_time(x: np.ndarray, length: int, stride: int, window: np.ndarray) -> np.ndarray:
    mirrored = np.pad(x, [(0, 0)] * (x.ndim - 1) + [(length // 2, length // 2)], mode="reflect")
    return as_parts(np.fft.rfft(frames(mirrored, length, stride) * window))


def hann(n: int) -> np.ndarray:
    return np.hanning(n + 1)[:-1]


def patches(x: np.ndarray, size: int, stride: int) -> np.ndarray:
    n, _, h, w = x.shape
    columns = [
        x[:, :, i : i + size, j : j + size].reshape(n, -1) for i in range(0, h - size + 1, stride) for j in range(0, w - size + 1, stride)
    ]
    return np.stack(columns, axis=-1)


def put_back(x: np.ndarray, height: int, width: int, size: int) -> np.ndarray:
    picture = np.zeros((x.shape[0], x.shape[1] // size**2, height, width))
    places = [(i, j) for i in range(height - size + 1) for j in range(width - size + 1)]
    for k, (i, j) in enumerate(places):
        picture[:, :, i : i + size, j : j + size] += x[:, :, k].reshape(x.shape[0], -1, size, size)
    return picture


def to_space(x: np.ndarray, b: int) -> np.ndarray:
    n, h, w, c = x.shape
    result = np.zeros((n, h * b, w * b, c // b**2))
    for i in range(b):
        for j in range(b):
            k = (i * b + j) * (c // b**2)
            result[:, i::b, j::b] = x[..., k : k + c // b**2]
    return result


ROWS: list[Row] = [
    Row("fft", inputs=[parts(5), parts(2, 8), parts(1)], **transformed(np.fft.fft)),
    Row("fft2", inputs=[parts(3, 4), parts(2, 3, 5)], **transformed(np.fft.fft2)),
    Row("ifft2", inputs=[parts(3, 4), parts(2, 3, 5)], **transformed(np.fft.ifft2)),
    Row("rfft", lambda x: as_parts(np.fft.rfft(x)), [(normal(6),), (normal(2, 7),), (normal(1),)], call=lambda op, x: both(op(x))),
    Row("rfft", lambda x: as_parts(np.fft.rfft(x, 9)), [(normal(6),), (normal(2, 12),)], call=lambda op, x: both(op(x, 9))),
    Row("irfft", lambda a, b: np.fft.irfft(a + 1j * b), [parts(4), parts(2, 3)], call=lambda op, a, b: op((a, b))),
    *(
        Row("irfft", lambda a, b, n=n: np.fft.irfft(a + 1j * b, n), [parts(4), parts(2, 6)], call=lambda op, a, b, n=n: op((a, b), n))
        for n in (5, 6, 7, 9)
    ),
    Row("extract_sequences", lambda x: frames(x, 3, 2), [(normal(8),), (normal(2, 3),)], call=lambda op, x: op(x, 3, 2)),
    Row(
        "stft",
        lambda x: short_time(x, 4, 2, hann(4)),
        [(normal(9),), (normal(2, 8),)],
        call=lambda op, x: both(op(x, 4, 2, 4)),
    ),
    Row(
        "istft",
        lambda x: x[..., :8],
        [(normal(9),), (normal(2, 8),)],
        call=lambda op, x: op(ops.stft(x, 4, 1, 6), 4, 1, 6, length=8),
    ),
    Row("unfold", lambda x: patches(x, 2, 1), [(normal(2, 3, 4, 3),)], call=lambda op, x: op(x, 2)),
    Row(
        "unfold",
        lambda x: patches(np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1))), 3, 2),
        [(normal(1, 2, 5, 4),)],
        call=lambda op, x: op(x, (3, 3), padding=1, stride=2),
    ),
    Row("fold", lambda x: put_back(x, 4, 3, 2), [(normal(2, 8, 6),)], call=lambda op, x: op(x, (4, 3), 2)),
    Row("depth_to_space", lambda x: to_space(x, 2), [(normal(2, 3, 2, 8),)], call=lambda op, x: op(x, 2)),
    Row(
        "depth_to_space",
        lambda x: x.reshape(2, 2, 3, 3, 2, 3).transpose(0, 1, 4, 2, 5, 3).reshape(2, 2, 6, 9),
        [(normal(2, 18, 2, 3),)],
        call=lambda op, x: op(x, 3, data_format="channels_first"),
    ),
    Row("space_to_depth", lambda x: x, [(normal(2, 3, 2, 8),)], call=lambda op, x: op(ops.depth_to_space(x, 2), 2)),
    Row(
        "space_to_depth",
        lambda x: x,
        [(normal(2, 8, 2, 3),)],
        call=lambda op, x: op(ops.depth_to_space(x, 2, "channels_first"), 2, "channels_first"),
    ),
]
WRONG: list[tuple[str, Any, list[str]]] = [
    ("fft", lambda op: op(np.ones(3)), ["a pair of real arrays"]),
    ("fft", lambda op: op((np.ones(3), np.ones(4))), ["(3,) and (4,)"]),
    ("irfft", lambda op: op((np.ones(3, int), np.ones(3, int))), ["floating numbers"]),
    ("rfft", lambda op: op(np.ones(3), fft_length=0), ["fft_length=0", "positive"]),
    ("extract_sequences", lambda op: op(np.ones(3), 4, 1), ["a signal of 3", "pad it"]),
    ("stft", lambda op: op(np.ones(9, int), 4, 2, 4), ["float32 or float64"]),
    ("stft", lambda op: op(np.ones(9), 4, 2, 3), ["fft_length=3", "sequence_length=4"]),
    ("stft", lambda op: op(np.ones(9), 4, 2, 4, window="kaiser"), ["'kaiser'", "'hamming'"]),
    ("istft", lambda op: op((np.ones((3, 3)), np.ones((3, 3))), 4, 2, 4, window=np.ones(3)), ["shape (3,)", "(4,)"]),
    ("depth_to_space", lambda op: op(np.ones((1, 2, 2, 6)), 2), ["6 channels", "multiple of 4"]),
    ("space_to_depth", lambda op: op(np.ones((1, 3, 2, 1)), 2), ["3 x 2", "crop or pad"]),
    ("space_to_depth", lambda op: op(np.ones((3, 2, 1)), 2), ["4 axes"]),
    ("unfold", lambda op: op(np.ones((1, 1, 2, 2)), 3), ["3 x 3", "2 x 2"]),
    ("fold", lambda op: op(np.ones((1, 4, 3)), 3, 2), ["(1, 4, 3)", "4, 4)"]),
    ("fold", lambda op: op(np.ones((1, 4, 4)), 3, "2"), ["kernel_size='2'"]),
]

"""Fourier transforms and blocks with all of their options, as in real Keras."""

from __future__ import annotations

from typing import Any

import keras as real
import numpy as np
import pytest

from glassworks import ops

RNG = np.random.default_rng(11)
SIGNAL = RNG.normal(size=(2, 40)).astype("float32")
PICTURES = RNG.normal(size=(2, 3, 9, 8)).astype("float32")


def close(ours: Any, theirs: Any) -> None:
    single = not isinstance(ours, tuple)
    for a, b in zip((ours,) if single else ours, (theirs,) if single else theirs, strict=True):
        a, b = np.asarray(a), np.asarray(b)
        assert a.shape == b.shape and a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


WINDOWS = [
    {},
    {"window": "hamming"},
    {"window": np.linspace(0.1, 1, 8).astype("float32")},
    {"center": False},
    {"window": "hamming", "center": False},
]


@pytest.mark.parametrize("options", [*WINDOWS, {"window": None}], ids=str)
@pytest.mark.parametrize(("stride", "fft_length"), [(4, 8), (3, 13)])
def test_short_time_transforms_are_keras_s(options: dict, stride: int, fft_length: int) -> None:
    close(ops.stft(SIGNAL, 8, stride, fft_length, **options), real.ops.stft(SIGNAL, 8, stride, fft_length, **options))


@pytest.mark.parametrize("options", WINDOWS, ids=str)
@pytest.mark.parametrize(("stride", "fft_length"), [(4, 8), (3, 13)])
@pytest.mark.parametrize("length", [None, 32])
def test_their_inverses_are_keras_s(options: dict, stride: int, fft_length: int, length: int | None) -> None:
    parts = tuple(np.asarray(part) for part in ops.stft(SIGNAL, 8, stride, fft_length, **options))
    close(
        ops.istft(parts, 8, stride, fft_length, length=length, **options),
        real.ops.istft(parts, 8, stride, fft_length, length=length, **options),
    )


@pytest.mark.parametrize("options", [*WINDOWS, {"window": None}], ids=str)
def test_a_signal_survives_there_and_back(options: dict) -> None:
    back = np.asarray(ops.istft(ops.stft(SIGNAL, 8, 2, 8, **options), 8, 2, 8, **options))
    inner = slice(0, None) if options.get("center", True) else slice(8, -8)
    np.testing.assert_allclose(back[:, inner], SIGNAL[:, : back.shape[1]][:, inner], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("length", [None, 16, 50])
def test_real_transforms_are_keras_s(length: int | None) -> None:
    parts = ops.rfft(SIGNAL, length)
    close(parts, real.ops.rfft(SIGNAL, length))
    parts = tuple(np.asarray(part) for part in parts)
    close(ops.irfft(parts, length), real.ops.irfft(parts, length))


@pytest.mark.parametrize(
    "options",
    [
        {"kernel_size": 3},
        {"kernel_size": (2, 3), "padding": (1, 0)},
        {"kernel_size": 2, "stride": 2, "padding": 1},
        {"kernel_size": 3, "dilation": 2, "padding": 2},
    ],
    ids=str,
)
def test_patches_are_keras_s(options: dict) -> None:
    found = ops.unfold(PICTURES, **options)
    close(found, real.ops.unfold(PICTURES, **options))
    if options.get("stride", 1) == 1:
        close(ops.fold(found, (9, 8), **options), real.ops.fold(np.asarray(found), (9, 8), **options))


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_blocks_are_keras_s(data_format: str) -> None:
    x = RNG.normal(size=(2, 4, 4, 8) if data_format == "channels_last" else (2, 8, 4, 4)).astype("float32")
    for name in ("depth_to_space", "space_to_depth"):
        close(getattr(ops, name)(x, 2, data_format), getattr(real.ops, name)(x, 2, data_format))

"""The kernels of STFT, MelSpectrogram, and the layouts of STFTSpectrogram against real Keras; wrong use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import keras
import numpy as np
import pytest
from scipy import signal

from glassworks import Sequential, initializers, layers, ops
from glassworks.errors import GlassworksError, GlassworksWarning
from glassworks.graph import GradientTape, as_array
from glassworks.initializers.windows import WINDOWS, window_of

SOUND = np.random.default_rng(0).normal(size=(3, 1000)).astype("float32") * np.linspace(0, 1, 1000, dtype="float32")


@pytest.mark.parametrize("name", WINDOWS)
@pytest.mark.parametrize("length", [1, 2, 7, 16])
@pytest.mark.parametrize("periodic", [True, False])
def test_windows_are_those_of_scipy(name: str, length: int, periodic: bool) -> None:
    np.testing.assert_allclose(window_of(name, length, periodic), signal.get_window(name, length, periodic), atol=1e-12)


@pytest.mark.parametrize("side", ["real", "imag"])
@pytest.mark.parametrize(
    "arguments",
    [{}, {"window": None}, {"window": "blackman", "scaling": "spectrum", "periodic": True}, {"window": [1.0] * 9, "scaling": None}],
    ids=str,
)
def test_kernels_are_those_of_keras(side: str, arguments: dict[str, Any]) -> None:
    ours, theirs = initializers.STFT(side, **arguments), keras.initializers.STFT(side, **arguments)
    np.testing.assert_allclose(ours((9, 1, 17)), theirs((9, 1, 17)), atol=2e-6)
    assert ours.get_config() == theirs.get_config()


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("expand_dims", [False, True])
def test_layouts_are_those_of_keras(data_format: str, expand_dims: bool) -> None:
    # With its own kernels, not random ones; and the convolution of channels first needs none of a CPU's own.
    arguments = {"frame_length": 10, "frame_step": 4, "data_format": data_format, "expand_dims": expand_dims}
    x = np.random.default_rng(1).normal(size=(2, 40, 3) if data_format == "channels_last" else (2, 3, 40)).astype("float32")
    np.testing.assert_allclose(layers.STFTSpectrogram(**arguments)(x), keras.layers.STFTSpectrogram(**arguments)(x), rtol=1e-4, atol=1e-4)


MEL: list[dict[str, Any]] = [
    {},
    {"power_to_db": False},
    {"mag_exp": 1.0, "window": "hamming", "num_mel_bins": 10},
    {"sequence_length": 100, "top_db": 20.0, "ref_power": 3.0, "min_power": 1e-3},
    {"min_freq": 100.0, "max_freq": 3000.0, "sampling_rate": 8000, "window": None},
]


@pytest.mark.parametrize("arguments", MEL, ids=str)
@pytest.mark.parametrize("x", [SOUND, SOUND[0]], ids=["batch", "one"])
def test_mel_spectrograms_are_those_of_keras(arguments: dict[str, Any], x: np.ndarray) -> None:
    arguments = {"fft_length": 128, "sequence_stride": 60, "num_mel_bins": 20, **arguments}
    ours, theirs = layers.MelSpectrogram(**arguments), keras.layers.MelSpectrogram(**arguments)
    expected = np.asarray(theirs(x))
    np.testing.assert_allclose(ours(x), expected, rtol=1e-3, atol=1e-3 * np.abs(expected).max())
    assert ours.compute_output_shape(x.shape) == expected.shape == tuple(theirs.compute_output_shape(x.shape))
    assert set(ours.get_config()) == set(theirs.get_config())
    np.testing.assert_allclose(layers.MelSpectrogram.from_config(theirs.get_config())(x), ours(x))


def test_gradients_of_mel_spectrograms_are_those_of_keras() -> None:
    arguments = {"fft_length": 64, "sequence_stride": 32, "num_mel_bins": 8, "sampling_rate": 4000}
    ours, theirs = layers.MelSpectrogram(**arguments), keras.layers.MelSpectrogram(**arguments)
    x = as_array(SOUND[:2, 500:])
    with GradientTape() as tape:
        tape.watch(x)
        total = ops.sum(ours(x))
    expected = jax.jit(jax.grad(lambda x: theirs(x).sum()))(np.asarray(x))
    np.testing.assert_allclose(tape.gradient(total, x), expected, rtol=1e-2, atol=1e-3 * float(np.abs(expected).max()))


def test_spectrograms_run_in_models() -> None:
    model = Sequential(
        [
            layers.Input((1000,)),
            layers.MelSpectrogram(fft_length=128, sequence_stride=64, num_mel_bins=8),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )
    model.compile("sgd", "mse")
    model.fit(SOUND, np.ones(3), verbose=0)
    np.testing.assert_allclose(model.predict(SOUND, verbose=0), model(SOUND), rtol=1e-3)


WRONG: list[tuple[str, Callable[[], Any], list[str]]] = [
    ("a step longer than a piece", lambda: layers.STFTSpectrogram(frame_length=4, frame_step=5), ["frame_step=5", "frame_length=4"]),
    ("a transform shorter than a piece", lambda: layers.STFTSpectrogram(frame_length=8, fft_length=4), ["fft_length=4"]),
    ("a misspelt window", lambda: layers.STFTSpectrogram(window="han"), ["'hann'"]),
    ("a window of another length", lambda: initializers.STFT(window=[1.0, 2.0])((3, 1, 3)), ["(2,)", "(3,)"]),
    ("a kernel of another shape", lambda: initializers.STFT()((3, 3)), ["(3, 3)"]),
    ("integers as sound", lambda: layers.STFTSpectrogram(frame_length=4)(np.ones((1, 8, 1), "int16")), ["int16", "cast"]),
    ("sound with channels", lambda: layers.MelSpectrogram()(np.ones((1, 8, 1))), ["(1, 8, 1)", "squeeze"]),
    ("pieces longer than transforms", lambda: layers.MelSpectrogram(fft_length=8, sequence_length=9), ["sequence_length=9"]),
    ("bands upside down", lambda: layers.MelSpectrogram(min_freq=300.0, max_freq=200.0), ["min_freq=300.0"]),
]


@pytest.mark.parametrize(("what", "wrong", "pieces"), WRONG, ids=[row[0] for row in WRONG])
def test_wrong_use_is_explained(what: str, wrong: Callable[[], Any], pieces: list[str]) -> None:
    with pytest.raises(GlassworksError) as caught:
        wrong()
    assert [piece for piece in pieces if piece not in str(caught.value)] == []


def test_an_unusual_length_of_transforms_is_warned_about() -> None:
    with pytest.warns(GlassworksWarning, match="power of two"):
        layers.STFTSpectrogram(frame_length=8, fft_length=12)

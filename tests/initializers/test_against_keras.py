"""Initializers against real Keras: the spread of the numbers (not the numbers themselves), names and configs."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from scipy import stats

from glassworks import initializers
from glassworks.errors import ArgumentError, ShapeError

FAMILIES = ["GlorotUniform", "GlorotNormal", "LecunUniform", "LecunNormal", "HeUniform", "HeNormal"]
RANDOM: list[tuple[str, dict[str, Any]]] = [
    *((name, {}) for name in FAMILIES),
    ("GlorotUniform", {"input_axes": [0], "output_axes": [1, 2]}),
    ("RandomNormal", {"mean": 1.0, "stddev": 2.0}),
    ("RandomUniform", {"minval": -1.0, "maxval": 3.0}),
    ("TruncatedNormal", {"mean": 1.0, "stddev": 2.0}),
    *(
        ("VarianceScaling", {"scale": 0.5, "mode": mode, "distribution": distribution})
        for mode in ("fan_in", "fan_out", "fan_avg")
        for distribution in ("truncated_normal", "untruncated_normal", "uniform")
    ),
]
CONSTANT: list[tuple[str, dict[str, Any]]] = [("Zeros", {}), ("Ones", {}), ("Constant", {"value": 2.5}), ("Identity", {"gain": 3.0})]


@pytest.mark.parametrize(("name", "arguments"), RANDOM, ids=str)
@pytest.mark.parametrize("shape", [(40, 60, 10), (3, 3, 30, 50)], ids=str)
def test_numbers_are_spread_as_those_of_keras(name: str, arguments: dict[str, Any], shape: tuple[int, ...]) -> None:
    ours = np.ravel(getattr(initializers, name)(seed=7, **arguments)(shape))
    theirs = np.ravel(getattr(keras.initializers, name)(seed=7, **arguments)(shape))
    assert ours.dtype == theirs.dtype
    assert stats.ks_2samp(ours, theirs).pvalue > 1e-3
    np.testing.assert_allclose(ours.std(), theirs.std(), rtol=0.03)


@pytest.mark.parametrize(("name", "arguments"), CONSTANT, ids=str)
@pytest.mark.parametrize("dtype", ["float32", "int32", None])
def test_constants_are_those_of_keras(name: str, arguments: dict[str, Any], dtype: str | None) -> None:
    ours = np.asarray(getattr(initializers, name)(**arguments)((3, 4), dtype=dtype))
    theirs = np.asarray(getattr(keras.initializers, name)(**arguments)((3, 4), dtype=dtype))
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(("name", "arguments"), [*RANDOM, *CONSTANT, ("Orthogonal", {"gain": 2.0})], ids=str)
def test_configs_are_those_of_keras(name: str, arguments: dict[str, Any]) -> None:
    ours, theirs = getattr(initializers, name)(**arguments), getattr(keras.initializers, name)(**arguments)
    if name == "Identity":  # Keras forgets the gain
        assert ours.get_config() == arguments
        return
    assert ours.get_config() == theirs.get_config()
    assert initializers.serialize(ours) == keras.initializers.serialize(theirs)
    assert type(initializers.deserialize(keras.initializers.serialize(theirs))) is type(ours)


def test_every_name_of_keras_is_here() -> None:
    theirs = {name for name in dir(keras.initializers) if not name.startswith("_")}
    assert theirs <= set(dir(initializers))


WINDOWS = [
    {},
    {"side": "imag", "window": "hamming", "scaling": "spectrum", "periodic": True},
    {"window": None, "scaling": None},
    {"window": np.linspace(0.5, 1, 8).astype("float32")},
]


@pytest.mark.parametrize("arguments", WINDOWS, ids=str)
def test_kernels_of_spectra_are_those_of_keras(arguments: dict[str, Any]) -> None:
    ours, theirs = initializers.STFT(**arguments), keras.initializers.STFT(**arguments)
    np.testing.assert_allclose(ours((8, 1, 9)), theirs((8, 1, 9)), rtol=1e-4, atol=1e-5)
    assert set(ours.get_config()) == set(theirs.get_config())


def test_wrong_arguments_of_spectra_are_named() -> None:
    with pytest.raises(ArgumentError, match="the name of a window"):
        initializers.STFT(window="kaiser")
    with pytest.raises(ArgumentError, match="'real', 'imag'"):
        initializers.STFT(side="left")
    with pytest.raises(ShapeError, match="the length of a piece"):
        initializers.STFT(window=np.ones(4))((5, 1, 3))

"""Every activation against real Keras: values and gradients."""

from __future__ import annotations

from typing import Any

import jax
import keras
import numpy as np
import pytest

from glassworks import activations, ops, value_and_grad

OPTIONS: dict[str, list[dict[str, Any]]] = {
    "relu": [
        {},
        {"max_value": 1.0},
        {"max_value": 6},
        {"negative_slope": 0.3},
        {"threshold": 0.4},
        {"max_value": 1.5, "negative_slope": 0.1, "threshold": 0.7},
    ],
    "leaky_relu": [{}, {"negative_slope": 0.5}],
    "elu": [{}, {"alpha": 0.5}],
    "celu": [{}, {"alpha": 0.5}],
    "gelu": [{}, {"approximate": True}],
    "glu": [{}, {"axis": 0}],
    "hard_shrink": [{}, {"threshold": 1.0}],
    "soft_shrink": [{}, {"threshold": 1.0}],
    "threshold": [{"threshold": 0.5, "default_value": -2.0}],
    "squareplus": [{}, {"b": 1}],
    "softmax": [{}, {"axis": 0}],
    "log_softmax": [{}, {"axis": 0}],
}
NAMES = sorted(activations.ACTIVATIONS.objects)
# Keras 3.15 adds up cumulative sums in sparsemax, so its rows do not sum to 1; tests/activations has the true values.
CASES = [(name, options) for name in NAMES if name != "sparsemax" for options in OPTIONS.get(name, [{}])]


def inputs() -> np.ndarray:
    return np.random.default_rng(0).normal(scale=2.0, size=(6, 8)).astype("float32")


@pytest.mark.parametrize(("name", "options"), CASES, ids=str)
def test_values_and_gradients_are_those_of_keras(name: str, options: dict[str, Any]) -> None:
    ours, theirs = getattr(activations, name), getattr(keras.activations, name)
    x = inputs()
    expected = theirs(x, **options)
    np.testing.assert_allclose(ours(x, **options), expected, rtol=1e-5, atol=1e-6)
    factor = np.random.default_rng(1).normal(size=expected.shape).astype("float32")
    _, gradient = value_and_grad(lambda x: ops.sum(ours(x, **options) * factor))(x)
    reference = jax.grad(lambda x: (theirs(x, **options) * factor).sum())(x)
    np.testing.assert_allclose(gradient, reference, rtol=1e-4, atol=1e-5)


def test_every_activation_of_keras_is_here() -> None:
    theirs = {name for name in dir(keras.activations) if not name.startswith("_")}
    assert theirs <= set(dir(activations))


@pytest.mark.parametrize("name", [*NAMES, "swish", "hard_swish"])
def test_names_are_understood_and_written_as_keras_does(name: str) -> None:
    assert activations.serialize(activations.get(name)) == keras.activations.serialize(keras.activations.get(name))

"""Regularizers against real Keras: values, gradients, configs."""

from __future__ import annotations

from typing import Any

import jax
import keras
import numpy as np
import pytest

from glassworks import regularizers, value_and_grad

CASES: list[tuple[str, dict[str, Any]]] = [
    ("L1", {}),
    ("L1", {"l1": 0.3}),
    ("L2", {}),
    ("L2", {"l2": 0.3}),
    ("L1L2", {}),
    ("L1L2", {"l1": 0.1, "l2": 0.2}),
    ("OrthogonalRegularizer", {}),
    ("OrthogonalRegularizer", {"factor": 0.5, "mode": "columns"}),
]


@pytest.mark.parametrize(("name", "arguments"), CASES, ids=str)
def test_values_gradients_and_configs_are_those_of_keras(name: str, arguments: dict[str, Any]) -> None:
    ours, theirs = getattr(regularizers, name)(**arguments), getattr(keras.regularizers, name)(**arguments)
    x = np.random.default_rng(0).normal(size=(4, 5)).astype("float32")
    value, gradient = value_and_grad(ours)(x)
    np.testing.assert_allclose(value, theirs(jax.numpy.asarray(x)), rtol=1e-5)
    np.testing.assert_allclose(gradient, jax.grad(theirs)(x), rtol=1e-4, atol=1e-6)
    assert {key: pytest.approx(v) for key, v in theirs.get_config().items() if key != "mode"}.items() <= ours.get_config().items()
    assert set(ours.get_config()) == set(theirs.get_config())


@pytest.mark.parametrize("name", ["l1", "l2", "l1l2", "L1L2", "orthogonal_regularizer"])
def test_names_are_understood_as_keras_does(name: str) -> None:
    assert type(regularizers.get(name)).__name__ == type(keras.regularizers.get(name)).__name__

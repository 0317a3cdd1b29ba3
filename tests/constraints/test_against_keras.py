"""Constraints against real Keras: values and configs."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from glassworks import constraints

CASES: list[tuple[str, dict[str, Any]]] = [
    ("NonNeg", {}),
    ("MaxNorm", {}),
    ("MaxNorm", {"max_value": 0.5, "axis": 1}),
    ("UnitNorm", {}),
    ("UnitNorm", {"axis": [0, 1]}),
    ("MinMaxNorm", {}),
    ("MinMaxNorm", {"min_value": 2.0, "max_value": 2.5, "rate": 0.5, "axis": 1}),
]


@pytest.mark.parametrize(("name", "arguments"), CASES, ids=str)
def test_values_and_configs_are_those_of_keras(name: str, arguments: dict[str, Any]) -> None:
    ours, theirs = getattr(constraints, name)(**arguments), getattr(keras.constraints, name)(**arguments)
    w = np.random.default_rng(0).normal(size=(4, 5)).astype("float32")
    np.testing.assert_allclose(ours(w), theirs(w), rtol=1e-5, atol=1e-6)
    assert ours.get_config() == theirs.get_config()
    assert type(constraints.deserialize(keras.constraints.serialize(theirs))) is type(ours)


@pytest.mark.parametrize("name", ["non_neg", "max_norm", "MinMaxNorm", "unit_norm"])
def test_names_are_understood_as_keras_does(name: str) -> None:
    assert type(constraints.get(name)).__name__ == type(keras.constraints.get(name)).__name__

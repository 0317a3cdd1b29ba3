"""Activations: names, configs, and behaviour at the extremes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from glassworks import activations, layers, registry
from glassworks.errors import ArgumentError, ArgumentTypeError

NAMES = sorted(activations.ACTIVATIONS.objects)
OF_ONE_ARGUMENT = [name for name in NAMES if name not in ("threshold", "exponential")]


@pytest.mark.parametrize("name", OF_ONE_ARGUMENT)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_large_inputs_give_finite_outputs_of_the_same_dtype(name: str, dtype: str) -> None:
    outputs = getattr(activations, name)(np.array([[-1e4, -1.0, 0.0, 1e4]], dtype))
    assert np.isfinite(outputs).all()
    assert outputs.dtype == dtype


@pytest.mark.parametrize("name", NAMES)
def test_names_round_trip(name: str) -> None:
    function = getattr(activations, name)
    assert activations.get(name) is function
    assert activations.serialize(function) == name
    assert activations.deserialize(name) is function


@pytest.mark.parametrize("name", OF_ONE_ARGUMENT)
def test_symbolic_inputs_are_accepted(name: str) -> None:
    shape = getattr(activations, name)(layers.Input((4,))).shape
    assert shape == ((None, 2) if name == "glu" else (None, 4))


def test_sparsemax_is_the_nearest_distribution() -> None:
    x = np.random.default_rng(0).normal(scale=2.0, size=(20, 6))
    # The projection onto the simplex shifts all entries by one number, found here by bisection, and cuts at 0.
    low, high = x.min(-1, keepdims=True) - 1, x.max(-1, keepdims=True)
    for _ in range(60):
        middle = (low + high) / 2
        too_much = np.maximum(x - middle, 0).sum(-1, keepdims=True) > 1
        low, high = np.where(too_much, middle, low), np.where(too_much, high, middle)
    np.testing.assert_allclose(activations.sparsemax(x), np.maximum(x - low, 0), atol=1e-9)


def test_none_is_linear() -> None:
    assert activations.get(None) is activations.linear


def test_registered_function_is_saved_by_its_registered_name() -> None:
    @registry.register_keras_serializable(package="tests")
    def triple(x: Any) -> Any:
        return 3 * x

    config = activations.serialize(triple)
    assert config == {"module": "builtins", "class_name": "function", "config": "tests>triple", "registered_name": "function"}
    assert activations.deserialize(config) is triple
    assert activations.deserialize("triple", custom_objects={"triple": triple}) is triple


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: activations.get("rleu"), ArgumentError, "did you mean 'relu'"),
        (lambda: activations.get(3), ArgumentTypeError, "activation"),
        (lambda: activations.serialize(lambda x: x), ArgumentError, "register_keras_serializable"),
    ],
)
def test_wrong_use_is_refused(make: Any, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        make()

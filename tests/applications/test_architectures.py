"""Applications have Keras's layers, names, weights and outputs. What Keras has stands in `keras_facts.json`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import glassworks as keras
from glassworks import applications
from tests.applications.cases import ALL_CALLS, CALLS, MORE_OUTPUTS, OUTPUTS, SIZES, key
from tests.applications.keras_facts import compare_layers, compare_outputs, written


@pytest.fixture
def no_random_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Initial values of zero, which take neither time nor memory, where only names and shapes are compared."""
    for kind in (keras.initializers.VarianceScaling, keras.initializers.GlorotUniform):
        monkeypatch.setattr(kind, "__call__", lambda self, shape, dtype="float32": np.zeros(shape, dtype))


@pytest.mark.usefixtures("no_random_numbers")
@pytest.mark.parametrize(("name", "arguments"), CALLS, ids=[key(*call) for call in CALLS])
def test_layers_and_weights_are_those_of_keras(name: str, arguments: dict[str, Any]) -> None:
    compare_layers(name, arguments)


@pytest.mark.usefixtures("no_random_numbers")
@pytest.mark.parametrize(("name", "arguments"), OUTPUTS, ids=[key(*call) for call in OUTPUTS])
def test_the_same_weights_give_the_outputs_of_keras(name: str, arguments: dict[str, Any]) -> None:
    compare_outputs(name, arguments)


def test_the_facts_are_about_all_applications() -> None:
    functions = {name for name, value in vars(applications).items() if callable(value) and not name.startswith("_")}
    assert functions == set(SIZES)
    known = written()
    assert set(known["structure"]) == {key(*call) for call in ALL_CALLS}
    assert set(known["outputs"]) == {key(*call) for call in [*OUTPUTS, *MORE_OUTPUTS]}

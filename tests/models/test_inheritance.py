"""Classes that inherit from models or layers and from other classes do what they do in Keras."""

from __future__ import annotations

from typing import Any

import pytest

import glassworks
from tests import keras_answers

PROGRAMS = "tests.models.inheritance_programs"


@pytest.fixture(scope="module")
def keras() -> dict[str, Any]:
    return keras_answers.answers_of_keras(PROGRAMS)


@pytest.mark.parametrize("name", keras_answers.programs(PROGRAMS))
def test_a_class_with_several_bases_does_what_it_does_in_keras(keras: dict[str, Any], name: str) -> None:
    keras_answers.compare(keras_answers.programs(PROGRAMS)[name], glassworks, keras[name])


def test_a_functional_model_lists_the_layers_that_lead_to_its_outputs_and_has_the_weights_of_all() -> None:
    inputs = glassworks.Input((3,))
    model = glassworks.Model(inputs, glassworks.layers.Dense(2)(inputs))
    model.head = glassworks.layers.Dense(1)
    model.head.build((None, 2))
    assert len(model.layers) == 2
    assert len(model.weights) == 4

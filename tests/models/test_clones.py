"""Clones and models from configs are what they are in Keras."""

from __future__ import annotations

from typing import Any

import pytest

import glassworks
from tests import keras_answers

MODULE = "tests.models.clone_programs"
PROGRAMS = keras_answers.programs(MODULE)
# What differs, and why.
DIFFERENT = {
    "same layers, ops": "Keras makes objects of ops, and clones them with the function as well",
    "calls_of_a_shared_layer": "the config lists an input before the layers that use it; Keras lists it later, at its depth, which model.layers follow here too",
}


@pytest.fixture(scope="module")
def keras() -> dict[str, Any]:
    return keras_answers.answers_of_keras(MODULE)


@pytest.mark.parametrize("name", [name for name in PROGRAMS if name not in DIFFERENT])
def test_a_copy_of_a_model_is_that_of_keras(keras: dict[str, Any], name: str) -> None:
    keras_answers.compare(PROGRAMS[name], glassworks, keras[name], may_accept_more=True)

"""Shapes in every form that users write them in, in every function that takes one: what Keras takes, it takes here."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import glassworks
from glassworks.errors import ShapeError
from tests import keras_answers

MODULE = "tests.graph.shape_programs"
PROGRAMS = keras_answers.programs(MODULE)
# What differs on purpose, and why.
TRUNCATED = "Keras's truncated numbers take a negative size as 0, where its other numbers refuse it"
DIFFERENT = {f"{name}, negative": TRUNCATED for name in ("truncated_normal", "TruncatedNormal", "HeNormal")} | {
    "randint, nothing": "Keras on NumPy draws one number, and on other backends refuses it",
    "Reshape, range": "a range is not a shape that a config holds",
    "Reshape, a float size": "Keras drops the fraction",
    "Reshape, array": "an array is not a shape that a config holds",
}


@pytest.fixture(scope="module")
def keras() -> dict[str, Any]:
    return keras_answers.answers_of_keras(MODULE)


@pytest.mark.parametrize("name", [name for name in PROGRAMS if name not in DIFFERENT])
def test_a_shape_in_any_form_gives_what_it_gives_in_keras(keras: dict[str, Any], name: str) -> None:
    keras_answers.compare(PROGRAMS[name], glassworks, keras[name], may_accept_more=True)


@pytest.mark.parametrize("shape", ["23", 2.0, (2.5, 3), (-2, 3), None])
@pytest.mark.parametrize("name", ["normal", "uniform", "gamma", "zeros", "full", "KerasTensor", "GlorotUniform"])
def test_what_is_no_shape_is_refused_in_four_parts(name: str, shape: Any) -> None:
    from tests.graph.shape_programs import _functions

    with pytest.raises(ShapeError, match="fix:"):
        _functions(glassworks)[name](shape)


def test_a_model_is_not_built_for_a_number_and_says_so() -> None:
    model = glassworks.Sequential([glassworks.layers.Dense(3)])
    with pytest.warns(UserWarning, match=r"input_shape=4, with which nothing is built yet"):
        model.build(4)
    model.build((None, np.int64(4)))
    assert model.weights[0].shape == (4, 3)

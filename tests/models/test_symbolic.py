"""Symbolic tensors, masks, optional inputs and the forms of inputs of functional models are those of Keras."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import glassworks
from glassworks import layers, ops
from tests import keras_answers

MODULE = "tests.models.symbolic_programs"
PROGRAMS = keras_answers.programs(MODULE)
# Patterns of cases that Keras accepts and that are refused here, and why.
REFUSED = {
    r"^inputs_nested_given_(dict_of_other_keys|unsorted_dict|extra_key_of_one)$": "Keras takes the entries in the order of the alphabet, whatever their keys",
    r"^inputs_nested_given_three$": "Keras leaves the third array out",
}


@pytest.fixture(scope="module")
def keras() -> dict[str, Any]:
    return keras_answers.answers_of_keras(MODULE)


@pytest.mark.parametrize("name", [name for name in PROGRAMS if not any(re.search(pattern, name) for pattern in REFUSED)])
def test_the_answer_is_that_of_keras(keras: dict[str, Any], name: str) -> None:
    keras_answers.compare(PROGRAMS[name], glassworks, keras[name], may_accept_more=True)


@pytest.mark.parametrize("name", [name for name in PROGRAMS if any(re.search(pattern, name) for pattern in REFUSED)])
def test_inputs_that_belong_to_no_input_are_refused(name: str) -> None:
    assert keras_answers.is_refusal(keras_answers.answer(PROGRAMS[name], glassworks))


def test_an_optional_input_is_trained_with_and_without() -> None:
    class Sums(layers.Layer):
        def call(self, a: Any, b: Any = None) -> Any:
            return a if b is None else a + b

    a, b = glassworks.Input((3,), name="a"), glassworks.Input((3,), name="b", optional=True)
    model = glassworks.Model({"a": a, "b": b}, layers.Dense(1, kernel_initializer="ones")(Sums()(a, b)))
    model.compile("sgd", "mse")
    x, y = np.ones((4, 3), "float32"), np.zeros((4, 1), "float32")
    assert model.evaluate({"a": x, "b": x}, y, verbose=0) == 36.0
    assert model.evaluate({"a": x, "b": None}, y, verbose=0) == 9.0
    assert model.fit({"a": x, "b": None}, y, verbose=0).history["loss"] == [9.0]
    with pytest.raises(
        ValueError,
        match=r"None for input 'a'\n  expected: an array\n  fix:      pass one, or declare Input\(..., name='a', optional=True\)",
    ):
        model({"a": None, "b": x})


def test_inputs_with_further_keys_give_a_warning() -> None:
    a, b = glassworks.Input((3,), name="a"), glassworks.Input((3,), name="b")
    model = glassworks.Model({"a": a, "b": b}, a + b)
    x = np.ones((2, 3), "float32")
    with pytest.warns(UserWarning, match=r"the inputs \['c'\] are not used: the model has the inputs \['a', 'b'\]"):
        model({"a": x, "b": x, "c": x})


def test_a_symbolic_mask_is_computed_when_a_model_that_uses_it_runs() -> None:
    inputs = glassworks.Input((3,), dtype="int32")
    mask = layers.Embedding(5, 2, mask_zero=True)(inputs)._keras_mask
    model = glassworks.Model(inputs, ops.cast(mask, "int32"))
    np.testing.assert_array_equal(model.predict(np.array([[1, 0, 2]]), verbose=0), [[1, 0, 1]])

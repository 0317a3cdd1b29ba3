"""Losses, weights, metrics, targets and sample weights of every structure meet outputs of every structure as in Keras."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import glassworks
from glassworks import layers
from tests import keras_answers

MODULE = "tests.training.structure_programs"
PROGRAMS = keras_answers.programs(MODULE)
# Patterns of cases in which the answers differ, and why.
DIFFERENCES = {
    r"_loss_too_many$": "of two losses for one output Keras uses the first and shows a loss of 0 for it, or adds both; here a warning says that the first counts",
    r"_y_(none|first_of_list|with_none)$": "Keras trains on NaN where a target is missing; here it is an error",
    r"_sample_weight_too_many$": "Keras leaves weights out that belong to no output; here it is an error",
    r"_loss_weights_by_layer$": "Keras takes weights by the alphabetical order of their names where these are not keys of the outputs",
    r"^list_in_list_.*_sample_weight_(list|tuple)$": "Keras takes the entries of one output's weights for the weights of several outputs",
    r"^(list|tuple|list_in_dict|list_in_list)_subclass_(loss_one$|y_)": "Keras shows one of several losses that have the same name; here they are numbered",
}


@pytest.fixture(scope="module")
def keras() -> dict[str, Any]:
    return keras_answers.answers_of_keras(MODULE)


def differs(name: str) -> bool:
    return any(re.search(pattern, name) for pattern in DIFFERENCES)


@pytest.mark.parametrize("name", [name for name in PROGRAMS if not differs(name)])
def test_the_logs_are_those_of_keras(keras: dict[str, Any], name: str) -> None:
    # More is accepted: names of layers and lists where Keras wants keys, and weights for some of the outputs.
    keras_answers.compare(PROGRAMS[name], glassworks, keras[name], may_accept_more=True)


@pytest.mark.parametrize("pattern", DIFFERENCES)
def test_there_is_a_case_for_each_difference(keras: dict[str, Any], pattern: str) -> None:
    cases = [name for name in PROGRAMS if re.search(pattern, name)]
    assert any(keras_answers.answer(PROGRAMS[name], glassworks) != keras[name] for name in cases)


def test_targets_of_the_outputs_that_have_a_loss_are_enough() -> None:
    inputs = glassworks.Input((3,))
    model = glassworks.Model(inputs, [layers.Dense(1, kernel_initializer="ones", name=name)(inputs) for name in ("a", "b")])
    model.compile("sgd", [None, "mse"])
    x = np.ones((4, 3), "float32")
    assert model.evaluate(x, [np.ones((4, 1))], verbose=0) == 4.0
    with pytest.warns(UserWarning, match="no gradient reaches a/kernel"):
        assert model.fit(x, [np.ones((4, 1))], verbose=0).history["loss"] == [4.0]


def test_a_nested_structure_trains_as_its_flat_form_does() -> None:
    x, y = np.random.rand(32, 3).astype("float32"), np.random.rand(32, 1).astype("float32")

    def train(nested: bool) -> list[float]:
        glassworks.utils.set_random_seed(1)
        inputs = glassworks.Input((3,))
        one, two = (layers.Dense(1, name=name)(inputs) for name in ("one", "two"))
        model = glassworks.Model(inputs, {"a": [one, {"b": two}]} if nested else [one, two])
        model.compile("sgd", {"a": ["mse", {"b": "mae"}]} if nested else ["mse", "mae"])
        return model.fit(x, {"a": [y, {"b": y}]} if nested else [y, y], epochs=2, verbose=0).history["loss"]

    assert train(nested=True) == train(nested=False)

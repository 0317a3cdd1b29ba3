"""`insight.diagnose`: the checks of `fit` after the fact, on models that are trained, badly trained, or not trained."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import glassworks as keras
from glassworks import insight, layers
from glassworks.errors import StateError

RNG = np.random.default_rng(0)
Y = RNG.integers(0, 4, 640)
X = ((RNG.normal(size=(4, 12))[Y] * 2 + RNG.normal(size=(640, 12))) / 3).astype("float32")


def net(optimizer: Any = "adam", bias: float = 0.0) -> Any:
    keras.utils.set_random_seed(1)
    start = keras.initializers.Constant(bias)
    model = keras.Sequential(
        [keras.Input((12,)), layers.Dense(32, activation="relu", bias_initializer=start), layers.Dense(4, activation="softmax")]
    )
    model.compile(optimizer, "sparse_categorical_crossentropy")
    return model


def test_a_healthy_model_has_no_findings_and_stays_as_it_is() -> None:
    model = net()
    history = model.fit(X, Y, epochs=8, verbose=0)
    before = [np.array(weight) for weight in (*model.get_weights(), *model.optimizer.variables)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        diagnosis = insight.diagnose(model, X, Y, history, validation_data=(X[:100], Y[:100]))
    assert [finding.check for finding in diagnosis.findings if finding.severity != "info" and finding.check != "duplicate_rows"] == []
    for a, b in zip(before, (*model.get_weights(), *model.optimizer.variables), strict=True):
        np.testing.assert_array_equal(a, np.array(b))


def test_dead_units_are_found_without_a_history() -> None:
    model = net("sgd", bias=-30.0)
    model.fit(X, Y, epochs=6, verbose=0, doctor="off")
    diagnosis = insight.diagnose(model, X, Y)
    assert diagnosis.findings[0].check == "dead_units" and "32 of 32" in str(diagnosis)


def test_what_fit_found_is_in_it_and_comes_first() -> None:
    model = net(keras.optimizers.SGD(100.0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        history = model.fit(X, Y, epochs=6, verbose=0)
    diagnosis = insight.diagnose(model, X, Y, history)
    assert diagnosis.report()[0]["check"] == history.findings[0].check == "learning_rate_high"
    names = [finding.check for finding in diagnosis.findings]
    assert len(names) == len(set(names))


def test_data_is_checked_for_a_model_that_was_never_trained() -> None:
    assert insight.diagnose(net(), X * [1e6, *[1] * 11], Y).findings[0].check == "unscaled_inputs"


def test_a_model_without_compile_is_refused() -> None:
    with pytest.raises(StateError, match="compile"):
        insight.diagnose(keras.Sequential([keras.Input((12,)), layers.Dense(1)]), X, Y)

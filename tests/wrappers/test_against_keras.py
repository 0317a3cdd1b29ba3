"""Estimators train and answer as those of Keras do: from the same weights, over the same batches."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

import glassworks


@pytest.mark.parametrize("name", ["SKLearnClassifier", "SKLearnRegressor", "SKLearnTransformer"])
def test_an_estimator_learns_what_that_of_keras_learns(name: str) -> None:
    x = np.random.default_rng(0).normal(size=(12, 2))
    y = np.arange(12) % 2

    def answers(library: Any) -> dict[str, np.ndarray]:
        def network(X: np.ndarray, y: np.ndarray) -> Any:
            # One shape of weights, so that JAX compiles one program for the regressor and the transformer.
            start = library.initializers.Constant(np.linspace(-1, 1, X.shape[1] * y.shape[1]).reshape(X.shape[1], y.shape[1]))
            model = library.Sequential([library.layers.Input(X.shape[1:]), library.layers.Dense(y.shape[1], kernel_initializer=start)])
            model.compile(library.optimizers.SGD(0.1), "mse")
            return model

        estimator = getattr(library.wrappers, name)(network, fit_kwargs={"epochs": 3, "shuffle": False, "verbose": 0})
        estimator.fit(x, y)
        methods = [method for method in ("predict", "decision_function", "transform") if hasattr(estimator, method)]
        return {method: np.asarray(getattr(estimator, method)(x)) for method in methods}

    ours, theirs = answers(glassworks), answers(keras)
    assert ours.keys() == theirs.keys()
    for method, expected in theirs.items():
        np.testing.assert_allclose(ours[method], expected, atol=1e-5, err_msg=method)

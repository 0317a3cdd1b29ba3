"""`insight.baselines` beside scikit-learn's dummies and models on the same rows."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import Ridge
from sklearn.metrics import log_loss, mean_absolute_error

from glassworks.errors import DataError
from glassworks.insight import baselines

RNG = np.random.default_rng(9)
X = RNG.normal(size=(300, 4))


def test_classes_of_digits() -> None:
    digits = load_digits()
    x, y = digits.images[:800], digits.target[:800]
    found = baselines(x[:600], y[:600], validation_data=(x[600:], y[600:]))
    dummy = DummyClassifier(strategy="prior").fit(x[:600], y[:600])
    assert found["most common class"].loss == pytest.approx(log_loss(y[600:], dummy.predict_proba(x[600:])))
    assert found["most common class"].metric == pytest.approx(dummy.score(x[600:], y[600:]))
    assert found["chance"].metric == 0.1 and found["logistic regression"].metric > 0.85 and found["gradient boosting"].metric > 0.8
    assert "most common class" in str(found) and "judged on 200 rows" in str(found) and "<table" in found._repr_html_()


def test_quantities_with_weights() -> None:
    y, weight = X @ [1.0, -2.0, 0.5, 0.0] + RNG.normal(size=300), RNG.random(300)
    found = baselines(X[:200], y[:200], weight[:200], validation_data=(X[200:], y[200:], weight[200:]))
    mean = np.average(y[:200], weights=weight[:200])
    assert found.task == "quantities"
    assert found["mean of the targets"].metric == pytest.approx(np.average(abs(y[200:] - mean), weights=weight[200:]), rel=1e-5)
    ours = X.astype("float32")
    scaled = (ours - ours[:200].mean(axis=0)) / ours[:200].std(axis=0)
    predicted = Ridge().fit(scaled[:200], y[:200], sample_weight=weight[:200]).predict(scaled[200:])
    assert found["ridge regression"].metric == pytest.approx(mean_absolute_error(y[200:], predicted, sample_weight=weight[200:]), rel=1e-3)


@pytest.mark.parametrize(
    ("y", "task"),
    [
        (RNG.integers(0, 3, 300), "classes"),
        (np.eye(3)[RNG.integers(0, 3, 300)], "classes"),
        ((X > 0.5).astype(int), "several labels"),
        (X[:, :2], "quantities"),
        (np.arange(300), "quantities"),
        (X[:, 0] > 0, "classes"),
    ],
)
def test_the_targets_decide_what_they_are(y: Any, task: str) -> None:
    found = baselines(X, y)
    assert found.task == task and all(np.isfinite(row.metric) for row in found.rows)


def test_without_scikit_learn_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, package=None: None if name == "sklearn" else find(name, package))
    found = baselines(X, RNG.integers(0, 2, 300))
    assert [row.name for row in found.rows] == ["chance", "most common class"] and "pip install scikit-learn" in str(found)


def test_rows_that_do_not_go_together() -> None:
    with pytest.raises(DataError, match="300 rows and y with 200"):
        baselines(X, np.zeros(200))
    with pytest.raises(DataError, match="'classes', 'several labels' or 'quantities'"):
        baselines(X, np.zeros(300), task="forecast")
    with pytest.raises(DataError, match="x in 2 parts"):
        baselines([X, X[:, :2]], np.zeros(300))  # type: ignore[arg-type]  # the inputs of a model with two
    with pytest.raises(DataError, match="one call for each output"):
        baselines(X, {"a": np.zeros(300)})  # type: ignore[arg-type]

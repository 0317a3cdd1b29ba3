"""Permutation importance agrees with scikit-learn, and takes the data that models take."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.inspection import permutation_importance as of_sklearn

from glassworks import Input, Model, Sequential, insight, layers
from glassworks.errors import GlassworksError
from glassworks.insight.permutation import PermutationImportance

RNG = np.random.default_rng(0)
X = RNG.normal(size=(400, 3)).astype(np.float32)
WEIGHTS = np.array([[2.0], [1.0], [0.0]], np.float32)
Y = (X @ WEIGHTS)[:, 0]


def linear(metrics: list[str] | None = None) -> Sequential:
    model = Sequential([layers.Input((3,)), layers.Dense(1)])
    model.compile(loss="mse", metrics=metrics)
    model.set_weights([WEIGHTS, np.zeros(1)])
    return model


def importance(model: Model, x: Any, y: Any = Y, **options: Any) -> PermutationImportance:
    return insight.permutation_importance(model, x, y, **{"verbose": 0, "batch_size": 400, **options})


def means(result: PermutationImportance) -> dict[str, float]:
    return {column.name: column.mean for column in result.columns}


class Estimator(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """The model in the form that scikit-learn takes."""

    def fit(self, x: np.ndarray, y: np.ndarray) -> None:
        """Nothing to do."""

    def predict(self, x: np.ndarray) -> np.ndarray:
        return (x @ WEIGHTS)[:, 0]


def test_it_agrees_with_scikit_learn() -> None:
    ours = importance(linear(), X, repeats=30)
    theirs = of_sklearn(Estimator(), X, Y, scoring="neg_mean_squared_error", n_repeats=30, random_state=0)
    for place, name in enumerate(["column 0", "column 1", "column 2"]):
        column = next(column for column in ours.columns if column.name == name)
        assert column.mean == pytest.approx(theirs.importances_mean[place], rel=0.05)
        assert column.spread == pytest.approx(theirs.importances_std[place], rel=0.5)
    assert [column.name for column in ours.columns] == ["column 0", "column 1", "column 2"]


def test_each_value_is_that_of_the_shuffled_column() -> None:
    result = importance(linear(), X, repeats=2, seed=7)
    generator = np.random.default_rng(7)
    for place in range(3):
        column = next(column for column in result.columns if column.name == f"column {place}")
        for value in column.values:
            shuffled = X.copy()
            shuffled[:, place] = X[generator.permutation(400), place]
            assert value == pytest.approx(float(np.mean(((shuffled @ WEIGHTS)[:, 0] - Y) ** 2)), rel=1e-4, abs=1e-9)
    assert means(result) == means(importance(linear(), X, repeats=2, seed=7))
    assert means(result) != means(importance(linear(), X, repeats=2, seed=8))


def test_a_metric_that_should_be_large_counts_by_its_decrease() -> None:
    result = importance(linear(["r2_score"]), X, metric="r2_score")
    assert result.score == pytest.approx(1.0)
    assert result.columns[0].mean > 1
    assert result.measure == "decrease of r2_score"


def test_a_data_frame_keeps_its_names_types_and_contents() -> None:
    frame = pd.DataFrame(X, columns=["age", "income", "noise"], index=np.arange(400)[::-1])
    before = frame.copy()
    result = importance(linear(), frame, pd.Series(Y, frame.index))
    assert means(result) == pytest.approx(dict(zip(["age", "income", "noise"], means(importance(linear(), X)).values(), strict=True)))
    pd.testing.assert_frame_equal(frame, before)
    assert [text.get_text() for text in result.plot().axes[0].get_yticklabels()] == ["age", "income", "noise"]
    assert "the 2 of 3 columns" in result.plot(count=2).axes[0].get_xlabel()
    assert "no more than chance" in str(result)
    assert "<table" in result._repr_html_()


def test_columns_of_a_group_are_shuffled_together() -> None:
    x = np.stack([X[:, 0], X[:, 0], X[:, 1]], axis=1)
    model = linear()
    model.set_weights([np.array([[1.0], [-1.0], [1.0]]), np.zeros(1)])
    alone = importance(model, x, X[:, 1], columns=["a", "b", "c"])
    together = importance(model, x, X[:, 1], columns=["a", "b", "c"], groups={"a and b": ["a", "b"]})
    assert means(alone)["a"] > 1
    assert set(means(together)) == {"c", "a and b"}
    assert means(together)["a and b"] == pytest.approx(0, abs=1e-9), "their difference does not change"


def test_several_inputs_are_shuffled_by_their_columns_or_as_a_whole() -> None:
    table, flag, image = Input((2,), name="table"), Input((1,), name="flag"), Input((4, 4), name="image")
    joined = layers.Concatenate()([table, flag, layers.GlobalAveragePooling1D()(image)])
    model = Model([table, flag, image], layers.Dense(1)(joined))
    model.compile(loss="mse")
    model.set_weights([np.array([[1], [0], [1], [1], [0], [0], [0]]), np.zeros(1)])
    x = {"table": X[:, :2], "flag": X[:, 2:], "image": RNG.normal(size=(400, 4, 4)).astype(np.float32)}
    y = X[:, 0] + X[:, 2] + x["image"].mean(1)[:, 0]
    for form in (x, list(x.values())):
        found = means(importance(model, form, y))
        assert set(found) == {"table 0", "table 1", "flag", "image"}
        assert found["table 1"] == pytest.approx(0, abs=1e-6)
        assert min(found["table 0"], found["flag"], found["image"]) > 0.1


def test_features_of_a_series_are_shuffled_with_all_their_steps() -> None:
    x = RNG.normal(size=(200, 5, 2)).astype(np.float32)
    model = Sequential([layers.Input((5, 2)), layers.GlobalAveragePooling1D(), layers.Dense(1)])
    model.compile(loss="mse")
    model.set_weights([np.array([[1.0], [0.0]]), np.zeros(1)])
    found = means(importance(model, x, x.mean(1)[:, 0], columns=["demand", "price"]))
    assert found["demand"] > 0.1
    assert found["price"] == pytest.approx(0, abs=1e-9)
    with pytest.raises(GlassworksError, match="integrated_gradients"):
        importance(model, x, x.mean(1)[:, 0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"metric": "accuracy"}, "compile"),
        ({"columns": ["a"]}, "3, one for each"),
        ({"groups": {"g": ["nothing"]}}, "names of columns"),
        ({"repeats": 0}, "repeats"),
        ({"x": iter([(X, Y)])}, "collect the samples"),
    ],
)
def test_what_does_not_fit_is_an_error_with_a_fix(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(GlassworksError, match=message):
        importance(linear(), **{"x": X, **arguments})


def test_progress_is_shown_and_can_be_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    importance(linear(), X, verbose=0)
    assert capsys.readouterr().out == ""
    importance(linear(), X, verbose="auto")
    assert "3/3" in capsys.readouterr().out

"""Labels and predictions of different shapes, with and without weights, give what they give in Keras."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import glassworks
from glassworks.errors import ShapeError
from tests import keras_answers

MODULE = "tests.metrics.rank_programs"
PROGRAMS = keras_answers.programs(MODULE)
_SQUEEZED = "the loss of this name compares row by row, in Keras as well; Keras's metric compares each label with each prediction"
_SCORES = "there is one class, so label 1 is none of them"
_NOT_PER_CLASS = "Keras compares labels with other samples' predictions"
# The starts of names of programs that Keras runs with another result, and why.
DIFFERENT = {
    **{
        f"metric {name}(), labels in a {shape}": _SQUEEZED
        for name in ("Hinge", "SquaredHinge", "CategoricalHinge", "KLDivergence", "Poisson")
        for shape in ("row", "column")
    },
    **{f"metric SparseCategoricalAccuracy(), {shape}": _SCORES for shape in ("labels in a row", "columns")},
    **{f"metric AUC(multi_label=True), {shape}": _NOT_PER_CLASS for shape in ("a column of class numbers", "one row for all")},
    **{f"metric Precision(class_id=1), {shape}": _NOT_PER_CLASS for shape in ("class numbers", "one row for all")},
    "metric OneHotIoU(3,[0]), ": "each sample has one number instead of a score for each class, and Keras takes the largest over it",
}


@pytest.fixture(scope="module")
def keras() -> dict[str, Any]:
    return keras_answers.answers_of_keras(MODULE)


@pytest.mark.parametrize("name", [name for name in PROGRAMS if not name.startswith(tuple(DIFFERENT))])
def test_a_metric_of_any_shapes_is_that_of_keras(keras: dict[str, Any], name: str) -> None:
    found, expected = keras_answers.answer(PROGRAMS[name], glassworks), keras[name]
    if not keras_answers.is_refusal(expected):
        assert not keras_answers.is_refusal(found), found
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("name", ["Precision()", "Recall()", "AUC()", "F1Score()", "R2Score()", "FalseNegatives()", "MeanIoU(3)"])
def test_what_does_not_fit_is_refused_by_name_before_anything_else_is_said(name: str, recwarn: pytest.WarningsRecorder) -> None:
    metric = eval(f"glassworks.metrics.{name}")
    with pytest.raises(ShapeError) as refused:
        metric.update_state([0, 1], np.ones((2, 3), "float32"))
    assert metric.name in str(refused.value) or type(metric).__name__ in str(refused.value)
    assert "fix:" in str(refused.value)
    assert not recwarn.list


def test_scores_for_mean_iou_are_said_to_be_scores() -> None:
    metric = glassworks.metrics.MeanIoU(2)
    with pytest.warns(UserWarning, match="sparse_y_pred=False"):
        metric.update_state([0, 1], [0.2, 0.9])
    assert float(metric.result()) == 0.25

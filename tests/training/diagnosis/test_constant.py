"""The loss of the best constant answer, compared with the loss objects on that answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

import glassworks as keras
from glassworks.training.diagnosis.constant import MOST_ROWS, constant_loss

RNG = np.random.default_rng(0)
LABELS = RNG.choice(4, 500, p=[0.6, 0.2, 0.15, 0.05])
CASES: dict[str, tuple[Any, np.ndarray]] = {
    "sparse_categorical_crossentropy": (keras.losses.SparseCategoricalCrossentropy(from_logits=True), LABELS),
    "categorical_crossentropy": (keras.losses.CategoricalCrossentropy(from_logits=True), np.eye(4, dtype="float32")[LABELS]),
    "binary_crossentropy": (keras.losses.BinaryCrossentropy(from_logits=True), (RNG.random((500, 3)) < [0.1, 0.5, 0.8]).astype("float32")),
    "mean_squared_error": (keras.losses.MeanSquaredError(), RNG.normal(3, 2, (500, 2)).astype("float32")),
    "mean_absolute_error": (keras.losses.MeanAbsoluteError(), RNG.exponential(2, (500, 2)).astype("float32")),
}


@pytest.mark.parametrize("loss, y", CASES.values(), ids=CASES)
def test_no_constant_answer_has_a_lower_loss(loss: Any, y: np.ndarray) -> None:
    width = 4 if y.ndim == 1 else y.shape[1]

    def loss_of(answer: np.ndarray) -> float:
        return float(loss(y, np.tile(answer.astype("float32"), (len(y), 1))))

    best = min(minimize(loss_of, start, method="Nelder-Mead", options={"maxiter": 2000}).fun for start in (np.zeros(width), np.ones(width)))
    assert constant_loss([loss], [None], [y]) == pytest.approx(best, rel=2e-3)


def test_outputs_add_up_with_their_weights() -> None:
    (cross, labels), (squared, quantities) = CASES["sparse_categorical_crossentropy"], CASES["mean_squared_error"]
    both = constant_loss([cross, squared], [None, 0.5], [labels, quantities])
    assert both == pytest.approx(constant_loss([cross], [1.0], [labels]) + 0.5 * constant_loss([squared], [1.0], [quantities]))  # type: ignore[operator]


@pytest.mark.parametrize(
    "loss, y",
    [
        (keras.losses.LossFunctionWrapper(lambda y, p: p), LABELS),
        (keras.losses.CategoricalCrossentropy(label_smoothing=0.1), np.eye(4)[LABELS]),
        (keras.losses.SparseCategoricalCrossentropy(ignore_class=0), LABELS),
        (keras.losses.MeanSquaredError(reduction="sum"), LABELS),
        (keras.losses.MeanSquaredError(), None),
    ],
    ids=["own", "smoothed", "ignored", "sum", "no targets"],
)
def test_what_is_not_known_is_left_out(loss: Any, y: Any) -> None:
    assert constant_loss([loss], [None], [y]) is None


def test_of_many_rows_a_sample_is_taken() -> None:
    y = np.repeat([0, 1], MOST_ROWS * 4)
    assert constant_loss([keras.losses.SparseCategoricalCrossentropy()], [None], [y]) == pytest.approx(np.log(2), rel=1e-3)

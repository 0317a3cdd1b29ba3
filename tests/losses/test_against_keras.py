"""Every loss gives the values and gradients of real Keras, for every reduction and with weights."""

from __future__ import annotations

from typing import Any

import jax
import keras as real
import numpy as np
import pytest

import glassworks
from glassworks import GradientTape, ops

RNG = np.random.default_rng(11)
NUMBERS = (RNG.normal(size=(6, 4)).astype("float32"), RNG.normal(size=(6, 4)).astype("float32"))
POSITIVE = (RNG.uniform(0.1, 3, (6, 4)).astype("float32"), RNG.uniform(0.1, 3, (6, 4)).astype("float32"))
LOGITS = RNG.normal(size=(6, 4)).astype("float32")
PROBABILITIES = (np.exp(LOGITS) / np.exp(LOGITS).sum(1, keepdims=True)).astype("float32")
CLASSES = RNG.integers(0, 4, 6)
ONE_HOT = np.eye(4, dtype="float32")[CLASSES]
BINARY = (RNG.random((6, 4)) > 0.5).astype("float32")
UNIT = RNG.uniform(0.05, 0.95, (6, 4)).astype("float32")
DISTRIBUTION = (RNG.dirichlet(np.ones(4), 6).astype("float32"), PROBABILITIES)
EMBEDDINGS = (LOGITS / np.linalg.norm(LOGITS, axis=1, keepdims=True)).astype("float32")
WEIGHTS = RNG.uniform(0, 2, 6).astype("float32")

CASES: list[tuple[str, dict[str, Any], tuple[np.ndarray, np.ndarray]]] = [
    ("MeanSquaredError", {}, NUMBERS),
    ("MeanAbsoluteError", {}, NUMBERS),
    ("MeanAbsolutePercentageError", {}, NUMBERS),
    ("MeanSquaredLogarithmicError", {}, POSITIVE),
    ("CosineSimilarity", {}, NUMBERS),
    ("CosineSimilarity", {"axis": 0, "reduction": "sum"}, NUMBERS),
    ("Huber", {}, NUMBERS),
    ("Huber", {"delta": 0.3}, NUMBERS),
    ("LogCosh", {}, NUMBERS),
    ("Poisson", {}, POSITIVE),
    ("Hinge", {}, (BINARY, LOGITS)),
    ("Hinge", {}, (2 * BINARY - 1, LOGITS)),
    ("SquaredHinge", {}, (BINARY, LOGITS)),
    ("CategoricalHinge", {}, (ONE_HOT, LOGITS)),
    ("BinaryCrossentropy", {}, (BINARY, UNIT)),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.2}, (BINARY, LOGITS)),
    ("BinaryFocalCrossentropy", {}, (BINARY, UNIT)),
    ("BinaryFocalCrossentropy", {"apply_class_balancing": True, "from_logits": True, "gamma": 1.5}, (BINARY, LOGITS)),
    ("CategoricalCrossentropy", {}, (ONE_HOT, PROBABILITIES)),
    ("CategoricalCrossentropy", {}, (ONE_HOT, UNIT)),
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, (ONE_HOT, LOGITS)),
    ("CategoricalFocalCrossentropy", {}, (ONE_HOT, PROBABILITIES)),
    ("CategoricalFocalCrossentropy", {"from_logits": True, "alpha": 0.7}, (ONE_HOT, LOGITS)),
    ("SparseCategoricalCrossentropy", {}, (CLASSES, PROBABILITIES)),
    ("SparseCategoricalCrossentropy", {}, (CLASSES, UNIT)),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, (CLASSES[:, None], LOGITS)),
    ("SparseCategoricalCrossentropy", {"from_logits": True, "ignore_class": 2}, (CLASSES, LOGITS)),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.7}, (CLASSES, PROBABILITIES)),
    ("KLDivergence", {}, DISTRIBUTION),
    ("Dice", {}, (BINARY, UNIT)),
    ("Dice", {"axis": (1,)}, (BINARY, UNIT)),
    ("Tversky", {"alpha": 0.3, "beta": 0.8}, (BINARY, UNIT)),
    ("Circle", {}, (CLASSES % 2, EMBEDDINGS)),
]


def label(case: tuple) -> str:
    return f"{case[0]}-{'-'.join(f'{k}={v}' for k, v in case[1].items())}"


@pytest.mark.parametrize("case", CASES, ids=label)
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["unweighted", "weighted"])
def test_values_and_gradients_are_those_of_keras(case: tuple, weights: Any) -> None:
    name, options, (y_true, y_pred) = case
    scalar = name in ("Dice", "Tversky") or options.get("axis") == 0
    if weights is not None and scalar:
        weights = np.float32(0.5)
    ours, theirs = getattr(glassworks.losses, name)(**options), getattr(real.losses, name)(**options)
    value, gradient = jax.value_and_grad(lambda p: theirs(y_true, p, sample_weight=weights).sum())(y_pred)
    x = ops.array(y_pred)
    with GradientTape() as tape:
        tape.watch(x)
        mine = ours(y_true, x, sample_weight=weights)
    np.testing.assert_allclose(float(mine.sum() if mine.ndim else mine), float(value), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(tape.gradient(mine, x), gradient, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None])
@pytest.mark.parametrize("weights", [None, WEIGHTS, WEIGHTS[:, None]], ids=["unweighted", "weighted", "column"])
def test_reductions_are_those_of_keras(reduction: str | None, weights: Any) -> None:
    ours = glassworks.losses.MeanSquaredError(reduction=reduction)(*NUMBERS, sample_weight=weights)
    theirs = real.losses.MeanSquaredError(reduction=reduction)(*NUMBERS, sample_weight=weights)
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)


@pytest.mark.parametrize("shapes", [((5,), (5, 1)), ((5, 1), (5,)), ((5, 3, 1), (5, 3)), ((5, 1), (5, 1))])
def test_a_last_axis_of_one_is_mended_as_in_keras(shapes: tuple) -> None:
    y_true, y_pred = (RNG.normal(size=shape).astype("float32") for shape in shapes)
    np.testing.assert_allclose(
        glassworks.losses.MeanAbsoluteError()(y_true, y_pred), real.losses.MeanAbsoluteError()(y_true, y_pred), rtol=1e-6
    )


@pytest.mark.parametrize("case", CASES, ids=label)
def test_configs_have_at_least_the_keys_of_keras_and_make_equal_losses(case: tuple) -> None:
    name, options, (y_true, y_pred) = case
    ours, theirs = getattr(glassworks.losses, name)(**options), getattr(real.losses, name)(**options)
    # Keras leaves some options out (delta of Huber), so that a loaded loss is another one; ours has all.
    assert set(theirs.get_config()) <= set(ours.get_config())
    copy = glassworks.losses.deserialize(glassworks.losses.serialize(ours))
    np.testing.assert_allclose(copy(y_true, y_pred), ours(y_true, y_pred))


@pytest.mark.parametrize(
    "name",
    [
        "mse",
        "MAE",
        "bce",
        "kld",
        "msle",
        "mape",
        "huber",
        "hinge",
        "sparse_categorical_crossentropy",
        "CategoricalCrossentropy",
        "log_cosh",
    ],
)
def test_names_mean_what_they_mean_in_keras(name: str) -> None:
    ours, theirs = glassworks.losses.get(name), real.losses.get(name)
    assert type(ours).__name__ == type(theirs).__name__
    assert getattr(ours, "__name__", None) == getattr(theirs, "__name__", None)

"""Every metric gives the values of real Keras, over several batches, with and without weights."""

from __future__ import annotations

from typing import Any

import keras as real
import numpy as np
import pytest

import glassworks
from glassworks import ops
from glassworks.engine import function
from glassworks.graph import Spec
from glassworks.metrics.base import METRICS
from glassworks.metrics.resolve import resolve

RNG = np.random.default_rng(21)


def batches(make: Any) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    return [(*make(size), RNG.uniform(0.1, 2, size).astype("float32")) for size in (8, 5, 1)]


def numbers(size: int) -> tuple[np.ndarray, np.ndarray]:
    return RNG.normal(size=(size, 3)).astype("float32"), RNG.normal(size=(size, 3)).astype("float32")


def positive(size: int) -> tuple[np.ndarray, np.ndarray]:
    return RNG.uniform(0.1, 2, (size, 3)).astype("float32"), RNG.uniform(0.1, 2, (size, 3)).astype("float32")


def classes(size: int) -> tuple[np.ndarray, np.ndarray]:
    return RNG.integers(0, 4, size), RNG.dirichlet(np.ones(4), size).astype("float32")


def one_hot(size: int) -> tuple[np.ndarray, np.ndarray]:
    labels, probabilities = classes(size)
    return np.eye(4, dtype="float32")[labels], probabilities


def binary(size: int) -> tuple[np.ndarray, np.ndarray]:
    return RNG.integers(0, 2, size).astype("float32"), RNG.random(size).astype("float32")


def multi(size: int) -> tuple[np.ndarray, np.ndarray]:
    return RNG.integers(0, 2, (size, 3)).astype("float32"), RNG.random((size, 3)).astype("float32")


def whole(size: int) -> tuple[np.ndarray, np.ndarray]:
    return RNG.integers(0, 3, size), RNG.integers(0, 3, size)


CASES: list[tuple[str, dict[str, Any], Any]] = [
    ("Accuracy", {}, whole),
    ("BinaryAccuracy", {}, multi),
    ("BinaryAccuracy", {"threshold": 0.3}, binary),
    ("CategoricalAccuracy", {}, one_hot),
    ("SparseCategoricalAccuracy", {}, classes),
    ("TopKCategoricalAccuracy", {"k": 2}, one_hot),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, classes),
    ("MeanSquaredError", {}, numbers),
    ("RootMeanSquaredError", {}, numbers),
    ("MeanAbsoluteError", {}, numbers),
    ("MeanAbsolutePercentageError", {}, positive),
    ("MeanSquaredLogarithmicError", {}, positive),
    ("CosineSimilarity", {}, numbers),
    ("LogCoshError", {}, numbers),
    ("R2Score", {}, numbers),
    ("R2Score", {"class_aggregation": "variance_weighted_average", "num_regressors": 2}, numbers),
    ("R2Score", {"class_aggregation": None}, numbers),
    ("BinaryCrossentropy", {}, multi),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, multi),
    ("CategoricalCrossentropy", {}, one_hot),
    ("SparseCategoricalCrossentropy", {}, classes),
    ("KLDivergence", {}, one_hot),
    ("Poisson", {}, positive),
    ("Hinge", {}, multi),
    ("SquaredHinge", {}, multi),
    ("CategoricalHinge", {}, one_hot),
    ("TruePositives", {}, binary),
    ("FalsePositives", {"thresholds": [0.2, 0.7]}, multi),
    ("TrueNegatives", {}, binary),
    ("FalseNegatives", {}, multi),
    ("Precision", {}, binary),
    ("Precision", {"thresholds": [0.3, 0.6]}, multi),
    ("Precision", {"top_k": 2}, one_hot),
    ("Precision", {"class_id": 1}, multi),
    ("Recall", {}, binary),
    ("Recall", {"top_k": 1, "class_id": 2}, one_hot),
    ("SensitivityAtSpecificity", {"specificity": 0.4}, binary),
    ("SpecificityAtSensitivity", {"sensitivity": 0.4}, binary),
    ("PrecisionAtRecall", {"recall": 0.5}, binary),
    ("RecallAtPrecision", {"precision": 0.5}, binary),
    ("AUC", {}, binary),
    ("AUC", {"num_thresholds": 17, "curve": "PR"}, binary),
    ("AUC", {"summation_method": "minoring"}, multi),
    ("AUC", {"curve": "PR", "summation_method": "majoring"}, multi),
    ("AUC", {"thresholds": [0.1, 0.5, 0.8]}, binary),
    ("AUC", {"curve": "PRGAIN"}, binary),
    ("AUC", {"curve": "prgain", "summation_method": "Minoring", "num_thresholds": 17}, binary),
    ("AUC", {"curve": "PRGAIN", "summation_method": "majoring", "multi_label": True}, multi),
    ("AUC", {"multi_label": True}, multi),
    ("AUC", {"from_logits": True, "num_thresholds": 50}, binary),
    ("F1Score", {"threshold": 0.5}, multi),
    ("F1Score", {"average": "macro"}, one_hot),
    ("FBetaScore", {"average": "weighted", "beta": 2.0}, one_hot),
    ("FBetaScore", {"average": "micro", "threshold": 0.4}, multi),
    ("IoU", {"num_classes": 3, "target_class_ids": [0, 2], "dtype": "float32"}, whole),
    ("IoU", {"num_classes": 4, "target_class_ids": [1], "sparse_y_pred": False, "dtype": "float32"}, classes),
    ("BinaryIoU", {"dtype": "float32"}, binary),
    ("BinaryIoU", {"target_class_ids": [1], "threshold": 0.3, "dtype": "float32"}, binary),
    ("MeanIoU", {"num_classes": 4, "dtype": "float32"}, whole),
    ("MeanIoU", {"num_classes": 4, "ignore_class": 0, "dtype": "float32"}, whole),
    ("OneHotIoU", {"num_classes": 4, "target_class_ids": [1, 3], "dtype": "float32"}, one_hot),
    ("OneHotMeanIoU", {"num_classes": 4, "dtype": "float32"}, one_hot),
    ("PearsonCorrelation", {}, numbers),
    ("PearsonCorrelation", {"axis": 1}, positive),
    ("ConcordanceCorrelation", {}, numbers),
    ("ConcordanceCorrelation", {"axis": -1}, positive),
]


def label(case: tuple) -> str:
    return f"{case[0]}-{'-'.join(f'{k}={v}' for k, v in case[1].items())}-{case[2].__name__}"


@pytest.mark.parametrize("case", CASES, ids=label)
@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weighted"])
def test_values_over_several_batches_are_those_of_keras(case: tuple, weighted: bool) -> None:
    name, options, make = case
    if name == "Accuracy" and weighted:
        weighted = False
    ours, theirs = getattr(glassworks.metrics, name)(**options), getattr(real.metrics, name)(**options)
    for y_true, y_pred, weights in batches(make):
        chosen = weights if weighted else None
        ours.update_state(y_true, y_pred, sample_weight=chosen)
        theirs.update_state(y_true, y_pred, sample_weight=chosen)
        np.testing.assert_allclose(ours.result(), theirs.result(), rtol=2e-5, atol=1e-6)
    ours.reset_state()
    assert all(not variable.numpy().any() for variable in ours.variables)


@pytest.mark.parametrize("case", CASES, ids=label)
def test_traced_updates_equal_eager_ones(case: tuple) -> None:
    name, options, make = case
    eager, traced = getattr(glassworks.metrics, name)(**options), getattr(glassworks.metrics, name)(**options)
    step = function(lambda y_true, y_pred: traced.update_state(y_true, y_pred))
    for y_true, y_pred, _ in batches(make):
        eager.update_state(y_true, y_pred)
        step(ops.array(y_true), ops.array(y_pred))
    np.testing.assert_allclose(np.asarray(traced.result()), np.asarray(eager.result()), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("case", CASES, ids=label)
def test_a_config_makes_an_equal_metric(case: tuple) -> None:
    name, options, make = case
    ours = getattr(glassworks.metrics, name)(**options)
    copy = glassworks.metrics.deserialize(glassworks.metrics.serialize(ours))
    assert copy.get_config() == ours.get_config()
    y_true, y_pred, _ = batches(make)[0]
    np.testing.assert_allclose(copy(y_true, y_pred), ours(y_true, y_pred))


@pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64:UserWarning")
def test_counts_are_whole_numbers_and_warn_of_weights_that_are_not() -> None:
    true, predicted = np.array([0, 0, 1, 1], "int32"), np.array([0, 1, 0, 1], "int32")
    weights = np.array([0.3, 2.7, 1.2, 1.0], "float32")
    ours, theirs = (library.metrics.MeanIoU(2) for library in (glassworks, real))
    with pytest.warns(glassworks.errors.GlassworksWarning, match="dtype='float32'"):
        found = ours(true, predicted, sample_weight=weights)
    with pytest.warns(UserWarning, match="integer weights"):
        np.testing.assert_allclose(found, theirs(true, predicted, sample_weight=weights), rtol=1e-6)
    assert ours.counts.dtype == "int32"
    np.testing.assert_allclose(ours(true[None], predicted[None]), theirs(true[None], predicted[None]), rtol=1e-6)
    # Keras drops what is not a class, and reports the rest as if it were all.
    with pytest.raises(glassworks.errors.DataError, match="label 5 in sample 1, and 2 classes"):
        ours(true[None], predicted[None] * 5)
    with pytest.raises(glassworks.errors.ArgumentError, match="classes from 0 to 1"):
        glassworks.metrics.IoU(2, [2])


@pytest.mark.parametrize("name", ["IoU", "BinaryIoU", "MeanIoU", "OneHotIoU", "OneHotMeanIoU"])
def test_configs_of_overlaps_have_the_keys_of_keras(name: str) -> None:
    options = {} if name == "BinaryIoU" else {"num_classes": 2, **({} if "Mean" in name else {"target_class_ids": [0]})}
    mine, reference = (getattr(library.metrics, name)(**options).get_config() for library in (glassworks, real))
    assert set(mine) == set(reference)


def test_every_metric_class_is_compared() -> None:
    compared = {name for name, *_ in CASES} | {"Mean", "Sum", "MeanMetricWrapper"}
    classes_here = {name for name, found in METRICS.objects.items() if isinstance(found, type) and hasattr(glassworks.metrics, name)}
    assert classes_here <= compared


@pytest.mark.parametrize(
    ("target", "prediction", "chosen"),
    [
        ((8,), (8, 1), "binary_accuracy"),
        ((8, 1), (8, 1), "binary_accuracy"),
        ((8,), (8, 4), "sparse_categorical_accuracy"),
        ((8, 1), (8, 4), "sparse_categorical_accuracy"),
        ((8, 4), (8, 4), "categorical_accuracy"),
        ((8, 5, 4), (8, 5, 4), "categorical_accuracy"),
        ((8, 5), (8, 5, 4), "sparse_categorical_accuracy"),
    ],
)
def test_the_word_accuracy_is_understood_from_the_shapes_as_in_keras(target: tuple, prediction: tuple, chosen: str) -> None:
    from keras.src.trainers.compile_utils import get_metric

    ours = resolve("accuracy", Spec(target, "float32"), Spec(prediction, "float32"))
    theirs = get_metric("accuracy", np.zeros(target), np.zeros(prediction))
    assert ours.fn.__name__ == chosen == theirs._fn.__name__
    assert ours.name == theirs.name == "accuracy"

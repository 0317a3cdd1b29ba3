"""Targets in every encoding and outputs of every kind become class numbers beside probabilities."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

from glassworks import Input, Model, Sequential, layers, losses
from glassworks.errors import GlassworksError
from glassworks.insight.predicted import Classified, class_scores, classified, sigmoid, softmax

LOGITS = np.array([[2.0, 0.0, 1.0], [0.0, 3.0, 1.0], [1.0, 0.0, 0.5], [0.0, 0.1, 4.0]])
TRUTH = np.array([0, 1, 2, 2])


def identity(size: int, **options: object) -> Sequential:
    model = Sequential([layers.Input((size,)), layers.Activation("linear")])
    model.compile("sgd", **options)  # type: ignore[arg-type]
    return model


@pytest.mark.parametrize("targets", [TRUTH, TRUTH[:, None], np.eye(3)[TRUTH], TRUTH.astype(float)])
def test_class_numbers_and_one_hot_rows_are_the_same_classes(targets: np.ndarray) -> None:
    samples = class_scores(targets, softmax(LOGITS), None, "test")
    np.testing.assert_array_equal(samples.truth, TRUTH)
    np.testing.assert_array_equal(samples.predicted, [0, 1, 0, 2])
    assert samples.are_probabilities
    assert samples.names == ["0", "1", "2"]


@pytest.mark.parametrize("loss", [losses.SparseCategoricalCrossentropy(from_logits=True), losses.CategoricalCrossentropy(from_logits=True)])
def test_logits_become_probabilities_where_the_loss_says_that_they_are_logits(loss: losses.Loss) -> None:
    samples = classified(identity(3, loss=loss), LOGITS, TRUTH, "test")
    np.testing.assert_allclose(samples.scores, softmax(LOGITS), rtol=1e-6)
    assert not classified(identity(3, loss="sparse_categorical_crossentropy"), LOGITS, TRUTH, "test").are_probabilities


@pytest.mark.parametrize(("no", "shape"), [(0, (4,)), (0, (4, 1)), (-1, (4, 1))])
def test_one_unit_is_a_question_of_yes_and_no(no: int, shape: tuple[int, ...]) -> None:
    logits, yes = np.array([2.0, -1.0, 0.5, -3.0]), np.array([True, True, False, False])
    targets = np.where(yes, 1, no).reshape(shape)
    samples = classified(identity(1, loss=losses.BinaryCrossentropy(from_logits=True)), logits[:, None], targets, "test")
    np.testing.assert_allclose(samples.scores[:, 1], sigmoid(logits), rtol=1e-6)
    np.testing.assert_array_equal(samples.truth, yes)
    np.testing.assert_array_equal(samples.predicted, logits > 0)
    hinge = class_scores(targets.ravel(), logits, None, "test")
    assert not hinge.are_probabilities
    np.testing.assert_array_equal(hinge.predicted, logits > 0)


def test_one_class_against_the_others_by_number_or_name() -> None:
    for positive in (2, "dog"):
        samples = class_scores(TRUTH, softmax(LOGITS), None, "test", ["cat", "cow", "dog"], positive)
        np.testing.assert_array_equal(samples.truth, [0, 0, 1, 1])
        np.testing.assert_allclose(samples.scores[:, 1], softmax(LOGITS)[:, 2])
        assert samples.names == ["not dog", "dog"]
    assert class_scores(TRUTH % 2, softmax(LOGITS[:, :2]), None, "test", ["no", "yes"], 0).names == ["yes", "no"]


def test_a_label_of_samples_with_several_labels() -> None:
    labels = np.array([[1, 1, 0], [0, 0, 0]])
    samples = class_scores(labels, np.array([[0.9, 0.2, 0.1], [0.1, 0.7, 0.2]]), None, "test", positive=1)
    np.testing.assert_array_equal(samples.truth, [1, 0])
    np.testing.assert_array_equal(samples.predicted, [0, 1])
    with pytest.raises(GlassworksError, match="positive=0"):
        class_scores(labels, LOGITS[:2], None, "test")


def test_each_position_of_a_sequence_counts_but_those_that_the_loss_ignores() -> None:
    outputs, targets = softmax(np.stack([LOGITS, LOGITS])), np.array([[0, 1, -1, 2], [2, 2, 2, -1]])
    samples = class_scores(targets, outputs, losses.SparseCategoricalCrossentropy(ignore_class=-1), "test")
    np.testing.assert_array_equal(samples.truth, [0, 1, 2, 2, 2, 2])
    np.testing.assert_array_equal(samples.predicted, [0, 1, 2, 0, 1, 0])


def batches() -> Iterator[Any]:
    for start in (0, 3):
        yield LOGITS[start : start + 3], TRUTH[start : start + 3]


def test_data_of_any_kind_gives_the_same() -> None:
    model = identity(3, loss=losses.SparseCategoricalCrossentropy(from_logits=True))
    expected = classified(model, LOGITS, TRUTH, "test").scores
    frame = pd.DataFrame(LOGITS, columns=["a", "b", "c"])
    kinds: list[tuple[Any, Any]] = [
        (frame, pd.Series(TRUTH)),
        (LOGITS.tolist(), TRUTH.tolist()),
        (batches(), None),
        (list(batches()), None),
    ]
    for x, y in kinds:
        samples = classified(model, x, y, "test")
        np.testing.assert_allclose(samples.scores, expected, rtol=1e-6)
        np.testing.assert_array_equal(samples.truth, TRUTH)
    assert len(classified(model, batches(), None, "test", steps=1).truth) == 3


def two_outputs() -> Model:
    x = Input((3,), name="x")
    a, b = layers.Activation("softmax", name="kind")(x), layers.Dense(1, name="size")(x)
    model = Model(x, [a, b])
    model.compile("sgd", loss=["sparse_categorical_crossentropy", "mse"])
    return model


@pytest.mark.parametrize("y", [[TRUTH, np.ones(4)], {"kind": TRUTH, "size": np.ones(4)}, TRUTH])
def test_one_of_several_outputs_is_chosen_by_name(y: Any) -> None:
    samples: Classified = classified(two_outputs(), LOGITS, y, "test", output="kind")
    np.testing.assert_allclose(samples.scores, softmax(LOGITS), rtol=1e-6)
    np.testing.assert_array_equal(samples.truth, TRUTH)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"y": None}, "pass y"),
        ({"y": TRUTH + 1}, "class numbers from 0 to 2"),
        ({"y": TRUTH + 0.5}, "class numbers from 0 to 2"),
        ({"y": TRUTH[:3]}, "4 samples and 3 targets"),
        ({"y": np.ones((4, 2))}, "one-hot rows of shape"),
        ({"class_names": ["a"]}, "3, one for each class"),
        ({"positive": 3}, "0 to 2, or its name"),
        ({"output": "other"}, "one of"),
    ],
)
def test_what_does_not_fit_is_an_error_with_a_fix(arguments: dict[str, Any], message: str) -> None:
    model = identity(3, loss="sparse_categorical_crossentropy")
    with pytest.raises(GlassworksError, match=message):
        classified(model, **{"x": softmax(LOGITS), "y": TRUTH, "where": "test", **arguments})


def test_several_outputs_need_a_choice_and_quantities_are_refused() -> None:
    with pytest.raises(GlassworksError, match="output='kind'"):
        classified(two_outputs(), LOGITS, [TRUTH, np.ones(4)], "test")
    with pytest.raises(GlassworksError, match="0 and 1"):
        classified(two_outputs(), LOGITS, np.array([1.5, 2.0, 3.0, 4.0]), "test", output="size")


def test_outputs_that_are_nan_are_refused() -> None:
    with pytest.raises(GlassworksError, match="1 of 4 samples"):
        class_scores(TRUTH, np.where(LOGITS == 4.0, np.nan, LOGITS), None, "test")


def test_a_model_that_reads_text_is_evaluated() -> None:
    lookup = layers.TextVectorization(vocabulary=["good", "bad"], output_mode="multi_hot")
    model = Sequential([layers.Input((1,), dtype="string"), lookup, layers.Dense(1, activation="sigmoid")])
    assert len(classified(model, ["good film", "bad film"], [1, 0], "test").scores) == 2

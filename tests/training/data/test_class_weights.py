"""Class weights: the weight of each sample by its class."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from glassworks.errors import DataError, GlassworksWarning
from glassworks.training.data import class_weights, make_source

LABELS = np.array([0, 2, 1, 1, 2, 2])
FORMS: dict[str, Any] = {
    "integers": LABELS,
    "a column": LABELS[:, None],
    "floats": LABELS.astype("float32"),
    "one-hot": np.eye(3)[LABELS],
    "a list": LABELS.tolist(),
}


@pytest.mark.parametrize("y", FORMS.values(), ids=FORMS)
def test_every_form_of_labels_gets_the_weights_of_its_classes(y: Any) -> None:
    weights = class_weights({0: 1, 1: 2.0, 2: 0.5}, y)
    np.testing.assert_array_equal(weights, np.array([1, 0.5, 2, 2, 0.5, 0.5], "float32"))
    assert weights.dtype == "float32"


@pytest.mark.parametrize("y", FORMS.values(), ids=FORMS)
def test_balanced_is_the_formula_of_scikit_learn(y: Any) -> None:
    counts = np.bincount(LABELS)
    np.testing.assert_allclose(class_weights("balanced", y), (6 / (3 * counts))[LABELS], rtol=1e-6)


def test_balanced_equals_scikit_learn() -> None:
    sklearn = pytest.importorskip("sklearn.utils.class_weight", reason="scikit-learn is an extra")
    np.testing.assert_allclose(class_weights("balanced", LABELS), sklearn.compute_sample_weight("balanced", LABELS), rtol=1e-6)


def test_sample_weights_are_multiplied_in() -> None:
    own = np.arange(6.0)
    source = make_source(np.zeros((6, 1)), LABELS, own, class_weight={0: 1, 1: 2, 2: 3}, shuffle=False)
    np.testing.assert_array_equal(source.first_batch()[2], own * np.array([1, 3, 2, 2, 3, 3]))
    np.testing.assert_array_equal(class_weights({0: 1, 1: 2, 2: 3}, LABELS, own[:, None]), own * np.array([1, 3, 2, 2, 3, 3]))


def test_no_class_weight_leaves_sample_weights_as_they_are() -> None:
    own = np.ones(6)
    assert class_weights(None, LABELS, own) is own


def test_a_class_without_a_weight_gets_one_as_in_keras_but_says_so() -> None:
    with pytest.warns(GlassworksWarning, match="no weight for class 0, 1"):
        weights = class_weights({2: 4}, LABELS)
    np.testing.assert_array_equal(weights, [1, 4, 1, 1, 4, 4])


@pytest.mark.parametrize(
    ("weights", "y", "pieces"),
    [
        ({0: "much"}, LABELS, ["class_weight[0]='much'"]),
        ({0: -1.0}, LABELS, ["a number >= 0"]),
        ("auto", LABELS, ["class_weight='auto'", "'balanced'"]),
        ([1, 2], LABELS, ["class_weight=[1, 2]"]),
        ({0: 1}, None, ["class_weight without y"]),
        ({0: 1}, [LABELS, LABELS], ["2 outputs", "one output"]),
        ({0: 1}, {"a": LABELS}, ["1 outputs"]),
        ({0: 1}, np.array([0.5, 1.0]), ["the label 0.5 in row 0"]),
        ({0: 1}, np.zeros((2, 3, 4)), ["shape (2, 3, 4)"]),
    ],
)
def test_class_weights_that_fit_no_class_are_refused(weights: Any, y: Any, pieces: list[str]) -> None:
    with pytest.raises(DataError) as caught:
        class_weights(weights, y)
    assert [piece for piece in pieces if piece not in str(caught.value)] == []


@pytest.mark.parametrize(
    ("weights", "y", "expected", "pieces"),
    [
        ({0: 1, 1: 2, 2: 3, 3: 9}, [0, 1, 2], [1, 2, 3], ["class_weight for class 3", "labels are 0, 1, 2"]),
        ({0: 4, 1: 2, 2: 1, 5: 1}, np.eye(3)[[0, 1, 2]], [4, 2, 1], ["class 5", "classes from 0 to 2"]),
        ({0: 2, 1: 3, "cat": 1}, [0, 1], [2, 3], ["class 'cat'", "class numbers"]),
        ({-1: 9, 0: 2, 1: 3}, [0, 1], [2, 3], ["class_weight for class -1", "labels are 0, 1"]),
        ({0: 2, 1: 3}, [[1, 1], [0, 0.5]], [2, 3], ["do not add up to 1", "largest number"]),
    ],
)
def test_class_weights_that_no_label_has_are_left_out_as_in_keras_with_a_warning(
    weights: Any, y: Any, expected: list[float], pieces: list[str]
) -> None:
    with pytest.warns(GlassworksWarning) as caught:
        assert class_weights(weights, np.array(y)).tolist() == expected
    assert [piece for piece in pieces if piece not in str(caught[0].message)] == []


def test_negative_labels_have_weights_of_their_own_or_none() -> None:
    np.testing.assert_array_equal(class_weights({-1: 2, 1: 5}, np.array([-1, 1, 1])), [2, 5, 5])
    np.testing.assert_array_equal(class_weights({0: 2, 1: 5}, np.array([[-1], [1], [0]])), [1, 5, 2])
    np.testing.assert_array_equal(class_weights({-1: 2, 1: 5}, np.array([1, 1]), is_batch=True), [5, 5])

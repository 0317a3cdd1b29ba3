"""Gradients of layers beside central differences: right ones pass, wrong ones are named with element and cause, kinks are recognised."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import glassworks as keras
from glassworks import insight, layers, ops
from glassworks.errors import ArgumentError
from glassworks.insight.gradient_report import ArrayCheck, Element
from glassworks.random import get_global_state

X = np.random.default_rng(0).normal(size=(4, 6, 5))
NUMBERS = np.random.default_rng(0).integers(0, 10, (4, 3))

RIGHT = {
    "dense": (layers.Dense(7, "gelu"), X),
    "relu": (layers.Dense(7, "relu"), X),
    "lstm": (layers.LSTM(3), X),
    "gru with dropout": (layers.GRU(2, dropout=0.5), X),
    "batch normalisation": (layers.BatchNormalization(), X),
    "layer normalisation": (layers.LayerNormalization(), X),
    "attention": (layers.MultiHeadAttention(2, 3), (X, X)),
    "convolution": (layers.Conv1D(4, 3, activation="tanh"), X),
    "pooling": (layers.MaxPooling1D(2), X),
    "embedding": (layers.Embedding(10, 4), NUMBERS),
    "addition": (layers.Add(), [X, X + 1]),
    "mixed precision": (layers.Dense(2, dtype="mixed_float16"), X),
}


@pytest.mark.parametrize("case", RIGHT)
def test_gradients_of_layers_agree_to_many_digits(case: str) -> None:
    layer, x = RIGHT[case]
    report = insight.gradcheck(layer, x, elements=6, training=True)
    assert report.passed, report
    assert all(array.worst.error < 1e-6 and array.connected for array in report.arrays)
    assert not layer.built or not layer.weights, "the layer itself is not built by the check"


def test_the_slope_of_each_element_is_that_of_the_formula() -> None:
    layer = layers.Dense(1, kernel_initializer="ones")
    report = insight.gradcheck(layer, np.array([[2.0, -3.0]]))
    arrays = {array.name: array for array in report.arrays}
    kernel, bias = (arrays[name].elements for name in ("kernel", "bias"))
    # The output has one random factor; it is the gradient of the bias.
    factor = bias[0].backward
    np.testing.assert_allclose([element.backward for element in kernel], [2 * factor, -3 * factor])
    np.testing.assert_allclose([element.difference for element in kernel], [2 * factor, -3 * factor], rtol=1e-8)
    assert [element.index for element in kernel] == [(0, 0), (1, 0)]


class Wrong(layers.Layer):
    """A layer whose gradient is wrong in a way of its own."""

    def __init__(self, how: str) -> None:
        super().__init__(name="wrong")
        self.how = how

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], 2), initializer="glorot_uniform", name="kernel")
        self.scale = self.add_weight(shape=(2,), initializer="ones", name="scale")

    def call(self, x):
        product = x @ self.kernel
        if self.how == "cut":
            product = ops.stop_gradient(product)
        elif self.how == "sign":
            product = 2 * ops.stop_gradient(product) - product
        elif self.how == "one column":
            product = ops.concatenate([product[..., :1], ops.stop_gradient(product[..., 1:]) + 0.5 * product[..., 1:]], axis=-1)
            product = product - 0.5 * ops.stop_gradient(ops.concatenate([0 * product[..., :1], product[..., 1:]], axis=-1)) / 1.5
        elif self.how == "straight through":
            product = product + ops.stop_gradient(ops.round(product) - product)
        return product * self.scale


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("cut", "No gradient arrives, though the outputs depend on it"),
        ("sign", "-1 times what they should be: look for a missing factor of -1 (a sign)"),
        ("straight through", "The outputs do not depend on it, though a gradient arrives"),
    ],
)
def test_a_wrong_gradient_is_named_with_its_cause(how: str, words: str) -> None:
    report = insight.gradcheck(Wrong(how), np.random.default_rng(1).normal(size=(3, 5)) + 0.05)
    assert not report.passed and "FAILED" in str(report)
    verdicts = {array.name: array.verdict for array in report.arrays}
    assert verdicts["kernel"] == verdicts["input"] == "WRONG" and verdicts["scale"] == "great"
    assert words in str(report) and "kernel[" in str(report)


def test_the_wrong_element_is_named_among_right_ones() -> None:
    report = insight.gradcheck(Wrong("one column"), np.random.default_rng(1).normal(size=(3, 5)))
    kernel = next(array for array in report.arrays if array.name == "kernel")
    wrong = {element.index for element in kernel.elements if element.error > 1e-2}
    assert wrong == {(row, 1) for row in range(5)}
    assert kernel.worst.index in wrong


def test_a_wrong_element_of_a_large_array_is_found_along_a_random_direction() -> None:
    class OneWrong(layers.Layer):
        def call(self, x):
            wrong = x[:, 100:101]
            return ops.sum(x, axis=1, keepdims=True) - wrong + ops.stop_gradient(wrong)

    report = insight.gradcheck(OneWrong(), np.random.default_rng(2).normal(size=(1, 400)), elements=5)
    (array,) = report.arrays
    assert len(array.elements) == 6 and array.elements[-1].index is None
    assert array.elements[-1].error > 1e-4 and not report.passed
    assert "along a random direction" in str(report)


def test_kinks_are_recognised_and_not_called_wrong() -> None:
    report = insight.gradcheck(layers.ReLU(), np.array([[0.0, 1.0, -1.0, 3e-6]]))
    assert report.passed
    (array,) = report.arrays
    assert [element.remark for element in array.elements] == ["at a kink", "", "", "a kink close by"]
    assert "2 at kinks" in str(report)


def test_a_layer_that_computes_in_float32_is_judged_by_larger_steps() -> None:
    class Coarse(layers.Layer):
        def call(self, x):
            return ops.cast(ops.tanh(ops.cast(x, "float32")), "float64")

    report = insight.gradcheck(Coarse(), X)
    assert report.passed
    assert "fewer than 64 bits" in str(report)


def test_a_model_with_targets_is_checked_through_its_loss_and_stays_as_it_is() -> None:
    model = keras.Sequential(
        [
            layers.Input((6, 5)),
            layers.Conv1D(4, 3, activation="relu"),
            layers.Dropout(0.5),
            layers.Flatten(),
            layers.Dense(3, activation="softmax", kernel_regularizer="l2"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    weights, randomness = [w.numpy() for w in model.weights], str(get_global_state())
    report = insight.gradcheck(model, X, np.array([0, 1, 2, 1]), elements=5)
    assert report.passed, report
    assert [array.name for array in report.arrays] == ["input", *(w.path for w in model.weights)]
    assert all(np.array_equal(a, b.numpy()) and b.dtype == "float32" for a, b in zip(weights, model.weights, strict=True))
    assert str(get_global_state()) == randomness and keras.config.floatx() == "float32"


def test_losses_that_layers_add_and_several_outputs_count() -> None:
    class Adds(layers.Layer):
        def call(self, x):
            self.add_loss(ops.sum(x**3))
            return {"a": x[:, :1], "b": ops.sin(x)}

    report = insight.gradcheck(Adds(), np.array([[1.0, 2.0]]))
    assert report.passed
    assert report.arrays[0].elements[1].backward > 3 * 4 - 2


def test_what_cannot_be_checked_is_refused_with_a_fix() -> None:
    with pytest.raises(ArgumentError, match="floats"):
        insight.gradcheck(layers.Flatten(), NUMBERS)
    with pytest.raises(ArgumentError, match="compiled model"):
        insight.gradcheck(layers.Dense(1), X, X)
    with pytest.raises(ArgumentError, match="type class"):
        insight.gradcheck(layers.Flatten, NUMBERS)  # type: ignore[arg-type]  # the class in place of a layer
    with pytest.raises(ArgumentError, match="numbers"):
        insight.gradcheck(layers.Dense(1), np.array([["a"]]))


@pytest.mark.parametrize(("error", "verdict"), [(1e-8, "great"), (1e-5, "fine"), (1e-3, "doubtful"), (0.1, "WRONG")])
def test_the_thresholds_are_those_of_cs231n(error: float, verdict: str) -> None:
    assert ArrayCheck("kernel", (1,), True, [Element((0,), 1.0, 1.0, error)]).verdict == verdict


def test_the_report_is_a_table_in_notebooks() -> None:
    report: Any = insight.gradcheck(layers.Dense(1), X)
    assert "<table" in report._repr_html_() and repr(report) == str(report)

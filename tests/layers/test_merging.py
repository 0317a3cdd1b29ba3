"""Merging layers: functional forms, broadcasting, masks, and errors that name the input that does not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import glassworks
from glassworks import layers, ops
from glassworks.errors import ShapeError
from glassworks.layers.call_context import get_mask, set_mask

A = np.array([[1.0, 5.0, -2.0]], "float32")
B = np.array([[3.0, 2.0, -4.0]], "float32")


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (layers.add, A + B),
        (layers.subtract, A - B),
        (layers.multiply, A * B),
        (layers.average, (A + B) / 2),
        (layers.maximum, np.maximum(A, B)),
        (layers.minimum, np.minimum(A, B)),
        (layers.concatenate, np.concatenate([A, B], -1)),
        (layers.dot, A @ B.T),
    ],
)
def test_functional_forms(function: Any, expected: np.ndarray) -> None:
    np.testing.assert_allclose(function([A, B]), expected, rtol=1e-6)


def test_functional_form_takes_a_name() -> None:
    tensor = layers.add([layers.Input((3,)), layers.Input((3,))], name="total")
    assert tensor.call.operation.name == "total"
    assert tensor.shape == (None, 3)


def test_inputs_of_fewer_axes_are_aligned_after_the_batch() -> None:
    x, y = np.random.default_rng(0).normal(size=(2, 4, 3)), np.random.default_rng(1).normal(size=(2, 3))
    np.testing.assert_allclose(layers.Add()([x, y]), x + y[:, None], rtol=1e-6)


ELEMENTWISE = [layers.Add, layers.Subtract, layers.Multiply, layers.Average, layers.Maximum, layers.Minimum]


@pytest.mark.parametrize("cls", ELEMENTWISE)
def test_shapes_that_do_not_broadcast_name_the_input(cls: Any) -> None:
    with pytest.raises(ShapeError, match=r"input 1 of shape \(2, 4\) beside \(2, 3\): sizes 4 and 3 at axis -1"):
        cls()([np.zeros((2, 3)), np.zeros((2, 4))])


@pytest.mark.parametrize("cls", [*ELEMENTWISE, layers.Concatenate, layers.Dot])
def test_a_single_tensor_is_refused_with_the_fix(cls: Any) -> None:
    layer = cls(axes=1) if cls is layers.Dot else cls()
    with pytest.raises(ShapeError, match=r"layer\(\[a, b\]\)"):
        layer(np.zeros((2, 3)))


def test_a_single_sample_goes_with_each_of_a_batch() -> None:
    inputs = glassworks.Input((3, 2))
    outputs = layers.Add()([inputs, ops.ones((1, 3, 2))])
    assert outputs.shape == (None, 3, 2)
    np.testing.assert_array_equal(glassworks.Model(inputs, outputs)(np.zeros((4, 3, 2), "float32")), np.ones((4, 3, 2)))


def test_other_shapes_after_building_are_still_checked() -> None:
    layer = layers.Add()
    layer([A, B])
    with pytest.raises(ShapeError, match=r"layer 'add.*'.call"):
        layer([A, np.zeros((1, 7))])


def test_different_batches_are_refused() -> None:
    with pytest.raises(ShapeError, match="input 1 of shape \\(4, 3\\) beside input 0 of shape \\(2, 3\\)"):
        layers.Add()([np.zeros((2, 3)), np.zeros((4, 3))])


def test_third_input_is_named() -> None:
    with pytest.raises(ShapeError, match="input 2 of shape"):
        layers.Add()([np.zeros((2, 3)), np.zeros((2, 3)), np.zeros((2, 5))])


def test_subtract_takes_exactly_two() -> None:
    with pytest.raises(ShapeError, match="exactly 2 inputs"):
        layers.Subtract()([A, B, A])


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ([(2, 3, 4), (2, 5, 4)], "input 1 .* sizes differ at axis 1|input 1"),
        ([(2, 3, 4), (2, 3)], "same number of axes"),
        ([(2, 3), (3, 3)], "axis=0"),
    ],
)
def test_concatenate_names_what_does_not_fit(shapes: list, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        layers.Concatenate()([np.zeros(shape) for shape in shapes])


def test_concatenate_refuses_an_axis_that_is_not_there() -> None:
    with pytest.raises(ShapeError, match="axis 2 of inputs of shape"):
        layers.Concatenate(axis=2)([A, B])


@pytest.mark.parametrize(
    ("axes", "shapes", "message"),
    [
        (1, [(2, 3), (2, 4)], "sizes 3 and 4 along axes 1 and 1"),
        (0, [(2, 3), (2, 3)], "axis 0 is the batch"),
        (2, [(2, 3), (2, 3)], "axis 2 of input 0"),
        (1, [(2, 3), (4, 3)], "along the batch"),
        (1, [(2, 3)] * 3, "exactly 2"),
    ],
)
def test_dot_names_what_does_not_fit(axes: Any, shapes: list, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        layers.Dot(axes=axes)([np.zeros(shape) for shape in shapes])


def test_normalized_dot_is_the_cosine() -> None:
    cosine = float(layers.Dot(axes=1, normalize=True)([A, B])[0, 0])
    np.testing.assert_allclose(cosine, (A @ B.T)[0, 0] / np.linalg.norm(A) / np.linalg.norm(B), rtol=1e-6)


def masked(values: Any, mask: Any) -> Any:
    tensor = ops.array(np.array(values, "float32"))
    if mask is not None:
        set_mask(tensor, ops.array(np.array(mask)))
    return tensor


X, Y = [[[1.0], [2.0], [3.0]]], [[[5.0], [1.0], [7.0]]]
FIRST, SECOND = [[True, False, False]], [[True, True, False]]


@pytest.mark.parametrize(
    ("cls", "expected"),
    [
        (layers.Add, [6.0, 3.0, 10.0]),
        (layers.Multiply, [5.0, 1.0, 0.0]),
        (layers.Maximum, [5.0, 1.0, 3.0]),
        (layers.Minimum, [1.0, 1.0, 3.0]),
    ],
)
def test_masks_are_joined_and_masked_entries_do_not_count(cls: Any, expected: list) -> None:
    outputs = cls()([masked(X, FIRST), masked(Y, SECOND)])
    np.testing.assert_array_equal(np.ravel(outputs), expected)
    np.testing.assert_array_equal(get_mask(outputs), [[True, True, False]])


def test_an_input_without_mask_removes_it() -> None:
    assert get_mask(layers.Add()([masked(X, FIRST), masked(Y, None)])) is None


def test_concatenate_joins_masks_along_time_and_features() -> None:
    along_time = layers.Concatenate(axis=1)([masked(X, FIRST), masked(Y, None)])
    np.testing.assert_array_equal(get_mask(along_time), [[True, False, False, True, True, True]])
    along_features = layers.Concatenate()([masked(X, FIRST), masked(Y, SECOND)])
    np.testing.assert_array_equal(get_mask(along_features), [[True, True, False]])
    assert get_mask(layers.Concatenate()([masked(X, None), masked(Y, None)])) is None

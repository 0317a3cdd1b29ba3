"""Activation layers beyond what the comparison with Keras shows: masks and arguments."""

from __future__ import annotations

import numpy as np
import pytest

from glassworks import layers
from glassworks.errors import ShapeError

X = np.array([[[1.0, 2.0, 3.0], [0.0, 0.0, 9.0]]], "float32")


@pytest.mark.parametrize("mask", [np.array([True, False, True]), np.array([[[1.0, 0.0, 1.0]]], "float32")])
def test_softmax_gives_masked_entries_probability_zero(mask: np.ndarray) -> None:
    probabilities = layers.Softmax()(X, mask=mask).numpy()
    assert not probabilities[..., 1].any()
    np.testing.assert_allclose(probabilities.sum(-1), 1.0, rtol=1e-6)
    np.testing.assert_allclose(probabilities[0, 0, 0], 1 / (1 + np.exp(2.0)), rtol=1e-5)


def test_softmax_over_two_axes_sums_to_one_over_both() -> None:
    np.testing.assert_allclose(layers.Softmax(axis=(1, 2))(X).numpy().sum((1, 2)), 1.0, rtol=1e-6)


@pytest.mark.parametrize("shape", [(2,), (1, 1, 2, 3), (1, 3, 1)])
def test_softmax_mask_that_does_not_broadcast_is_refused(shape: tuple) -> None:
    with pytest.raises(ShapeError, match="broadcastable to the inputs"):
        layers.Softmax()(X, mask=np.ones(shape, bool))


def test_leaky_relu_takes_the_old_name_of_its_slope() -> None:
    assert layers.LeakyReLU(alpha=0.1).negative_slope == 0.1


def test_prelu_refuses_other_features_than_it_was_built_with() -> None:
    layer = layers.PReLU()
    layer(np.zeros((2, 3)))
    with pytest.raises(ShapeError, match="size 3 at axis 1"):
        layer(np.zeros((2, 4)))


def test_activation_layers_pass_masks_on() -> None:
    masked = layers.Masking()(np.array([[[0.0], [1.0]]]))
    np.testing.assert_array_equal(layers.ReLU()(masked)._keras_mask, [[False, True]])


def test_layers_without_weights_are_built_at_once() -> None:
    assert layers.ReLU().built
    assert layers.ReLU().count_params() == 0
    assert not layers.PReLU().built

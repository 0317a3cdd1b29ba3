"""`Identity` and `Masking`."""

from __future__ import annotations

import numpy as np

from glassworks import layers


def test_identity_passes_structures() -> None:
    inputs = {"a": np.ones((2, 3)), "b": [np.zeros(4)]}
    outputs = layers.Identity()(inputs)
    np.testing.assert_array_equal(outputs["a"], inputs["a"])
    np.testing.assert_array_equal(outputs["b"][0], inputs["b"][0])


def test_masking_zeroes_absent_steps_and_tells_the_next_layers() -> None:
    x = np.array([[[1.0, 7.0], [7.0, 7.0], [7.0, 2.0]]], "float32")
    y = layers.Masking(mask_value=7.0)(x)
    np.testing.assert_array_equal(y, [[[1.0, 7.0], [0.0, 0.0], [7.0, 2.0]]])
    np.testing.assert_array_equal(y._keras_mask, [[True, False, True]])
    np.testing.assert_array_equal(layers.Dense(4)(y)._keras_mask, [[True, False, True]])

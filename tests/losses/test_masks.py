"""Losses of masked outputs, by hand."""

from __future__ import annotations

import numpy as np
import pytest

import glassworks as keras
from glassworks import layers


@pytest.mark.parametrize("targets", [1, 3])
def test_weights_of_samples_and_a_mask_of_steps_multiply(targets: int) -> None:
    x = np.array([[[1.0], [2.0], [0.0]], [[3.0], [0.0], [0.0]]], "float32")  # a step of 0 is masked
    model = keras.Sequential([layers.Input((3, 1)), layers.Masking(), layers.Dense(targets, kernel_initializer="ones")])
    model.compile("sgd", "mse")
    y, weights = np.zeros((2, 3, targets), "float32"), np.array([0.5, 2.0], "float32")
    # Squared errors times weights, as a mean over the 3 of 6 steps that count.
    expected = (0.5 * (1 + 4) + 2.0 * 9) / 3
    assert model.evaluate(x, y, sample_weight=weights, verbose=0) == pytest.approx(expected)
    assert model.train_on_batch(x, y, sample_weight=weights) == pytest.approx(expected)

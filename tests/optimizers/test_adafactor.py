"""Adafactor where products of its mean squares are smaller than a float32 can hold."""

from __future__ import annotations

import numpy as np
import pytest

from glassworks import config, layers, models, ops, optimizers


@pytest.mark.parametrize("engine", ["auto", "reference"])
def test_weights_without_gradient_stay_as_they_are_beside_others_of_very_different_gradients(engine: str) -> None:
    before = config.requested_engine()
    config.set_engine(engine)
    try:
        model = models.Sequential([layers.Dense(2, use_bias=False, kernel_initializer="ones")])
        model.compile(optimizers.Adafactor(0.1), lambda y, outputs: ops.sum(outputs * y))
        # The first feature is always 0, and the gradients of the two units are 1 and 1e-5.
        x, y = np.array([[0.0, 1.0]] * 8, "float32"), np.array([[1.0, 1e-5]] * 8, "float32")
        model.fit(x, y, epochs=3, batch_size=8, verbose=0)
    finally:
        config.set_engine(before)
    (kernel,) = model.get_weights()
    np.testing.assert_array_equal(kernel[0], 1.0)
    assert (kernel[1] < 1.0).all()

"""Training in 16 bits: the loss is scaled unless it is not wanted, and falls as in Keras."""

from __future__ import annotations

import keras as real
import numpy as np
import pytest

import glassworks


@pytest.fixture(autouse=True)
def _mixed():
    for library in (glassworks, real):
        library.mixed_precision.set_global_policy("mixed_float16")
    yield
    for library in (glassworks, real):
        library.mixed_precision.set_global_policy("float32")


def test_the_loss_is_scaled_as_in_keras() -> None:
    rng = np.random.default_rng(4)
    x = rng.normal(size=(32, 4)).astype("float32")
    y = x.sum(axis=1, keepdims=True)
    start = [rng.normal(size=(4, 3)).astype("float32"), np.zeros(3, "f"), rng.normal(size=(3, 1)).astype("float32"), np.zeros(1, "f")]
    losses, scales = [], []
    for library in (glassworks, real):
        model = library.Sequential([library.layers.Input((4,)), library.layers.Dense(3, activation="tanh"), library.layers.Dense(1)])
        model.set_weights(start)
        model.compile(library.optimizers.Adam(0.05), "mse")
        assert type(model.optimizer).__name__ == "LossScaleOptimizer"
        losses.append(model.fit(x, y, batch_size=8, epochs=4, shuffle=False, verbose=0).history["loss"])
        scales.append(float(np.asarray(model.optimizer.dynamic_scale)))
    assert scales[0] == scales[1] <= 2.0**15
    np.testing.assert_allclose(*losses, rtol=0.02)
    assert losses[0][-1] < losses[0][0]


def test_it_is_not_scaled_where_that_is_not_wanted() -> None:
    model = glassworks.Sequential([glassworks.layers.Dense(1)])
    model.compile("sgd", "mse", auto_scale_loss=False)
    assert isinstance(model.optimizer, glassworks.optimizers.SGD)
    model.compile(glassworks.optimizers.LossScaleOptimizer(glassworks.optimizers.SGD()), "mse")
    assert isinstance(model.optimizer.inner_optimizer, glassworks.optimizers.SGD)

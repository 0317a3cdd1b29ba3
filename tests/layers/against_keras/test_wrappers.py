"""SpectralNormalization in training, as in real Keras: the divided kernel and the vector after each call; Wrapper's config."""

from __future__ import annotations

from typing import Any

import keras as real
import numpy as np
import pytest

import glassworks
from glassworks import ops
from glassworks.engine import function

RNG = np.random.default_rng(17)


def layer(library: Any, kind: str) -> Any:
    inner = {
        "dense": lambda: library.layers.Dense(3),
        "convolution": lambda: library.layers.Conv2D(3, 2),
    }[kind]()
    return library.layers.SpectralNormalization(inner, power_iterations=2)


@pytest.mark.parametrize(("kind", "shape"), [("dense", (4, 5)), ("convolution", (2, 4, 4, 2))])
@pytest.mark.parametrize("traced", [False, True])
def test_calls_in_training_leave_what_keras_leaves(kind: str, shape: tuple, traced: bool) -> None:
    ours, theirs = layer(glassworks, kind), layer(real, kind)
    x = RNG.normal(size=shape).astype("float32")
    ours(x), theirs(x)
    start = [RNG.normal(size=w.shape).astype("float32") for w in theirs.weights]
    ours.set_weights(start), theirs.set_weights(start)
    call = function(lambda x: ours(x, training=True)) if traced else lambda x: ours(x, training=True)
    for _ in range(3):
        np.testing.assert_allclose(call(ops.array(x)), theirs(x, training=True), rtol=1e-4, atol=1e-5)
        for mine, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
            np.testing.assert_allclose(mine, other, rtol=1e-4, atol=1e-5)
    before = ours.get_weights()
    ours(x, training=False)
    for one, other in zip(before, ours.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_largest_singular_value_becomes_one() -> None:
    ours = glassworks.layers.SpectralNormalization(glassworks.layers.Dense(4), power_iterations=50)
    ours(np.ones((1, 6), "float32"), training=True)
    assert np.linalg.norm(ours.layer.kernel.numpy(), 2) == pytest.approx(1, rel=1e-3)


def test_a_kernel_of_zeros_stays() -> None:
    ours = glassworks.layers.SpectralNormalization(glassworks.layers.Dense(4, kernel_initializer="zeros"))
    ours(np.ones((1, 6), "float32"), training=True)
    assert not ours.layer.kernel.numpy().any() and np.isfinite(ours.vector_u.numpy()).all()


def test_a_model_with_it_learns() -> None:
    x = RNG.normal(size=(64, 4)).astype("float32")
    inner = glassworks.layers.SpectralNormalization(glassworks.layers.Dense(8, activation="tanh"))
    model = glassworks.Sequential([inner, glassworks.layers.Dense(1)])
    model.compile(glassworks.optimizers.Adam(0.05), "mse")
    losses = model.fit(x, x.sum(axis=1, keepdims=True), epochs=8, verbose=0).history["loss"]
    assert losses[-1] < 0.5 * losses[0]


def test_a_layer_without_a_kernel_is_refused() -> None:
    with pytest.raises(glassworks.errors.ArgumentError, match="wrap the Dense"):
        glassworks.layers.SpectralNormalization(glassworks.layers.Flatten())(np.ones((1, 2)))


def test_the_config_of_a_wrapper_is_keras_s() -> None:
    mine, other = (library.layers.Wrapper(library.layers.Dense(2)).get_config() for library in (glassworks, real))
    assert set(mine) == set(other) and set(mine["layer"]) == set(other["layer"])
    assert glassworks.layers.Wrapper.from_config(mine).layer.units == 2
    with pytest.raises(glassworks.errors.ArgumentError, match="a layer"):
        glassworks.layers.Wrapper("dense")

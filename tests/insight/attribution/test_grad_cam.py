"""Grad-CAM is what Selvaraju et al. (2017) define, computed by hand."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from glassworks import Input, Model, Sequential, insight, layers
from glassworks.errors import ArgumentError
from glassworks.insight.attribution.grad_cam import scaled_up

RANDOM = np.random.default_rng(0)
X = RANDOM.random(size=(3, 12, 12, 1)).astype("float32")


def convnet() -> Model:
    return Sequential(
        [
            Input((12, 12, 1)),
            layers.Conv2D(4, 3, activation="relu", name="first"),
            layers.MaxPooling2D(name="pool"),
            layers.Conv2D(5, 2, activation="relu", name="last"),
            layers.Flatten(name="flat"),
            layers.Dense(3, "softmax"),
        ]
    )


@pytest.mark.usefixtures("engine")
def test_the_map_is_that_of_the_definition() -> None:
    model = convnet()
    got = insight.grad_cam(model, X)
    maps = Model(model.inputs, model.get_layer("last").output).predict(X, verbose=0)
    kernel = model.layers[-1].get_weights()[0].reshape(4, 4, 5, 3)
    for sample, target in enumerate(got.target):
        weights = kernel[..., target].mean((0, 1))  # the logit is linear in the maps, so its gradient is the kernel
        heat = np.maximum((weights * maps[sample]).sum(-1), 0)
        expected = jax.image.resize(heat, (12, 12), "linear")
        np.testing.assert_allclose(got.values[sample], expected, rtol=1e-4, atol=1e-6)
    assert got.layer == "last"
    assert got.values.shape == (3, 12, 12)


def test_another_layer_is_taken_by_name_or_as_an_object() -> None:
    model = convnet()
    w1, b1, w2, b2, w3, b3 = model.get_weights()
    conv = {"dimension_numbers": ("NHWC", "HWIO", "NHWC")}
    first = jax.nn.relu(jax.lax.conv_general_dilated(X, w1, (1, 1), "VALID", **conv) + b1)

    def logit(maps: jnp.ndarray) -> jnp.ndarray:
        pooled = maps[None].reshape(1, 5, 2, 5, 2, 4).max((2, 4))
        last = jax.nn.relu(jax.lax.conv_general_dilated(pooled, w2, (1, 1), "VALID", **conv) + b2)
        return (last.reshape(-1) @ w3 + b3)[2]

    slopes = jax.vmap(jax.grad(logit))(first)
    heat = np.maximum((slopes.mean((1, 2), keepdims=True) * first).sum(-1), 0)
    got = insight.grad_cam(model, X, layer="first", target=2)
    np.testing.assert_allclose(got.values, jax.image.resize(heat, (3, 12, 12), "linear"), rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(got.values, insight.grad_cam(model, X, model.get_layer("first"), target=2).values)


def test_a_convolution_of_a_nested_model_and_one_over_a_series_are_found() -> None:
    inputs = Input((12, 12, 1))
    inner = convnet()
    nested = Model(inputs, inner(inputs))
    np.testing.assert_allclose(insight.grad_cam(nested, X).values, insight.grad_cam(inner, X).values, rtol=1e-5, atol=1e-7)
    series = Sequential([Input((10, 2)), layers.Conv1D(3, 3, activation="relu"), layers.GlobalAveragePooling1D(), layers.Dense(1)])
    got = insight.grad_cam(series, RANDOM.random(size=(2, 10, 2)))
    assert got.values.shape == (2, 10)


def test_channels_may_stand_first() -> None:
    last = RANDOM.random(size=(2, 1, 6, 6)).astype("float32")
    first = Sequential(
        [Input((1, 6, 6)), layers.Conv2D(3, 3, data_format="channels_first", activation="relu"), layers.Flatten(), layers.Dense(2)]
    )
    kernel = first.layers[-1].get_weights()[0].reshape(3, 4, 4, 2)
    same = Sequential([Input((6, 6, 1)), layers.Conv2D(3, 3, activation="relu"), layers.Flatten(), layers.Dense(2)])
    same.set_weights([*first.get_weights()[:2], kernel.transpose(1, 2, 0, 3).reshape(48, 2), first.get_weights()[3]])
    np.testing.assert_allclose(
        insight.grad_cam(first, last, target=0).values,
        insight.grad_cam(same, np.moveaxis(last, 1, -1), target=0).values,
        rtol=1e-4,
        atol=1e-6,
    )


def test_maps_are_scaled_up_as_jax_does() -> None:
    heat = RANDOM.random(size=(2, 3, 5))
    np.testing.assert_allclose(scaled_up(heat, (7, 11)), jax.image.resize(heat, (2, 7, 11), "linear"), rtol=1e-5)


def test_mistakes_are_named() -> None:
    with pytest.raises(ArgumentError, match="did you mean 'last'"):
        insight.grad_cam(convnet(), X, layer="lost")
    with pytest.raises(ArgumentError, match="whose output has positions and channels"):
        insight.grad_cam(convnet(), X, layer="flat")
    with pytest.raises(ArgumentError, match="a model without a convolution"):
        insight.grad_cam(Sequential([Input((4,)), layers.Dense(2, "softmax")]), np.ones((1, 4)))

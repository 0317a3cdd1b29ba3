"""Pictures of weights and feature maps show the numbers of the model."""

from __future__ import annotations

from pathlib import Path

import jax
import numpy as np
import pytest

from glassworks import Input, Model, Sequential, insight, layers
from glassworks.errors import ArgumentError, ShapeError, StateError

RANDOM = np.random.default_rng(0)


def drawn(figure) -> dict[str, np.ndarray]:  # type: ignore[no-untyped-def]
    """The matrices of a picture by the text above each."""
    return {axes.get_title(): np.asarray(axes.images[0].get_array()) for axes in figure.axes if axes.images}


def convnet() -> Model:
    return Sequential(
        [
            Input((9, 9, 1)),
            layers.Conv2D(5, 3, activation="relu", name="conv"),
            layers.Conv2D(40, 2, name="wide"),
            layers.Flatten(),
            layers.Dense(3),
        ]
    )


def test_a_unit_of_a_dense_layer_is_the_image_of_its_weights(tmp_path: Path) -> None:
    model = Sequential([Input((8, 8)), layers.Flatten(), layers.Dense(5, name="first"), layers.Dense(2)])
    figure = insight.plot_weights(model, path=tmp_path / "weights.png")
    kernel = model.get_layer("first").get_weights()[0]
    got = drawn(figure)
    assert list(got) == [f"unit {i}" for i in range(5)]
    for i in range(5):
        np.testing.assert_array_equal(got[f"unit {i}"], kernel[:, i].reshape(8, 8))
    assert figure.axes[0].images[0].get_clim() == (-np.abs(kernel).max(), np.abs(kernel).max())
    assert (tmp_path / "weights.png").exists()


def test_of_many_units_the_32_with_the_largest_weights_are_drawn() -> None:
    model = Sequential([Input((64,)), layers.Dense(100)])
    figure = insight.plot_weights(model, shape=(8, 8))
    kernel = model.get_weights()[0]
    expected = sorted(np.argsort(-np.linalg.norm(kernel, axis=0))[:32])
    assert list(drawn(figure)) == [f"unit {i}" for i in expected]
    assert "the 32 of 100 units with the largest weights" in figure.get_suptitle()


def test_filters_are_drawn_as_they_are() -> None:
    model = convnet()
    kernel, wide = model.get_layer("conv").get_weights()[0], model.get_layer("wide").get_weights()[0]
    got = drawn(insight.plot_weights(model))
    for i in range(5):
        np.testing.assert_array_equal(got[f"filter {i}"], kernel[..., 0, i])
    got = drawn(insight.plot_weights(model, model.get_layer("wide")))
    assert len(got) == 32
    for name, matrix in got.items():
        unit, channel = (int(part.split()[1]) for part in name.split(", "))
        np.testing.assert_array_equal(matrix, wide[..., channel, unit])
        assert channel == np.linalg.norm(wide[..., unit], axis=(0, 1)).argmax()


def test_filters_of_colour_images_are_drawn_by_channel_and_those_of_other_kinds_by_filter() -> None:
    model = Sequential(
        [Input((8, 8, 3)), layers.Conv2D(2, 3), layers.DepthwiseConv2D(2, name="depth"), layers.Conv2DTranspose(4, 2, name="back")]
    )
    kernel = model.layers[0].get_weights()[0]
    np.testing.assert_array_equal(drawn(insight.plot_weights(model))["filter 1, channel 2"], kernel[..., 2, 1])
    depth = model.get_layer("depth").get_weights()[0]
    np.testing.assert_array_equal(drawn(insight.plot_weights(model, "depth"))["filter 1"], depth[..., 1, 0])
    back = model.get_layer("back").get_weights()[0]
    np.testing.assert_array_equal(drawn(insight.plot_weights(model, "back"))["filter 3, channel 1"], back[..., 3, 1])
    series = Sequential([Input((9, 2)), layers.Conv1D(3, 4)])
    np.testing.assert_array_equal(drawn(insight.plot_weights(series))["filter 2"], series.get_weights()[0][..., 2].T)


def test_other_kernels_are_one_matrix() -> None:
    model = Sequential([Input((3,)), layers.Dense(4, name="hidden"), layers.Dense(2)])
    (matrix,) = drawn(insight.plot_weights(model)).values()
    np.testing.assert_array_equal(matrix, model.get_weights()[0])
    figure = insight.plot_weights(Sequential([Input((3,)), layers.Embedding(100, 2)]))
    assert figure.axes[0].get_ylabel() == "row" and "the 64 rows and 2 dimensions" in figure.get_suptitle()


def test_feature_maps_are_the_outputs_of_the_layer() -> None:
    model = convnet()
    x = RANDOM.random((2, 9, 9, 1)).astype("float32")
    kernel, bias = model.get_layer("conv").get_weights()
    expected = jax.nn.relu(jax.lax.conv_general_dilated(x, kernel, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC")) + bias)
    got = drawn(insight.plot_feature_maps(model, x, sample=1))
    assert list(got) == [f"channel {i}" for i in range(5)]
    for i in range(5):
        np.testing.assert_allclose(got[f"channel {i}"], expected[1, ..., i], rtol=1e-4, atol=1e-6)
    alone = drawn(insight.plot_feature_maps(model, x[1], "conv"))
    np.testing.assert_allclose(alone["channel 2"], got["channel 2"], rtol=1e-5, atol=1e-6)
    wide = insight.plot_feature_maps(model, x, "wide")
    outputs = Model(model.inputs, model.get_layer("wide").output).predict(x, verbose=0)[0]
    largest = sorted(np.argsort(-np.abs(outputs).mean((0, 1)))[:32])
    assert list(drawn(wide)) == [f"channel {i}" for i in largest]
    assert "the 32 of 40 channels" in wide.get_suptitle()


def test_feature_maps_of_a_layer_in_a_nested_model_have_its_path() -> None:
    inner = convnet()
    inputs = Input((9, 9, 1))
    model = Model(inputs, inner(inputs))
    x = RANDOM.random((1, 9, 9, 1)).astype("float32")
    figure = insight.plot_feature_maps(model, x, f"{inner.name}/conv")
    assert f"{inner.name}/conv" in figure.get_suptitle()
    np.testing.assert_allclose(drawn(figure)["channel 0"], drawn(insight.plot_feature_maps(inner, x))["channel 0"], rtol=1e-5)


def test_mistakes_are_named() -> None:
    model = convnet()
    with pytest.raises(ArgumentError, match="did you mean 'conv'"):
        insight.plot_weights(model, "cov")
    with pytest.raises(ShapeError, match="plot_activations"):
        insight.plot_feature_maps(model, np.ones((1, 9, 9, 1)), model.layers[-1])
    with pytest.raises(StateError, match="no weights yet"):
        insight.plot_weights(Sequential([layers.Dense(2)]))
    with pytest.raises(ArgumentError, match="a layer with a kernel"):
        insight.plot_weights(Sequential([Input((3,)), layers.ReLU()]))
    with pytest.raises(StateError, match="no weights"):
        insight.plot_weights(Sequential([Input((3,)), layers.ReLU(name="relu")]), "relu")
    with pytest.raises(ShapeError, match="3 entries"):
        insight.plot_weights(Sequential([Input((3,)), layers.Dense(2)]), shape=(2, 2))
    with pytest.raises(ArgumentError, match="a convolution"):
        insight.plot_feature_maps(Sequential([Input((3,)), layers.Dense(2)]), np.ones((1, 3)))

"""Convolution layers: what users get wrong, and what the comparison with Keras does not see."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from glassworks import Sequential, config, initializers, layers, ops
from glassworks.errors import ArgumentError, GlassworksError, ShapeError


@pytest.mark.parametrize(
    ("layer", "shape", "pieces"),
    [
        (layers.Conv2D(3, 3), (28, 28), ["(28, 28)", "images need the axes (batch, height, width, channels)", "x[None, ..., None]"]),
        (layers.Conv2D(3, 3), (100, 28, 28), ["(100, 28, 28)", "add a channel axis with x[..., None]"]),
        (layers.Conv2D(3, 3, data_format="channels_first"), (9, 28, 28), ["(batch, channels, height, width)", "x[:, None]"]),
        (layers.Conv1D(3, 3), (9, 28, 28, 1), ["sequences need the axes (batch, time, channels)", "the layer for 2 spatial axes"]),
        (layers.Conv1D(3, 3), (9, 28), ["sequences", "x[..., None]"]),
        (layers.Conv3D(3, 3), (9, 28, 28, 1), ["volumes", "x[..., None]"]),
        (layers.MaxPooling2D(), (9, 784), ["exactly 4 axes", "x[None, ..., None]"]),
        (layers.GlobalAveragePooling2D(), (9, 784), ["exactly 4 axes"]),
        (layers.AdaptiveMaxPooling2D(2), (9, 784), ["exactly 4 axes"]),
        (layers.Conv2D(3, 5), (9, 4, 7, 1), ["5x5 cells over inputs of size (4, 7)", "padding='same'"]),
        (layers.Conv2D(3, 3, dilation_rate=3), (9, 6, 9, 1), ["3x3 cells, 3 apart, over inputs of size (6, 9)"]),
        (layers.DepthwiseConv1D(5), (9, 4, 1), ["window of 5 cells over inputs of size (4,)"]),
        (layers.Conv2D(6, 3, groups=3), (9, 8, 8, 4), ["4 channels for groups=3", "groups that divide 4"]),
    ],
    ids=str,
)
def test_inputs_that_do_not_fit_are_refused_with_advice(layer: Any, shape: tuple, pieces: list[str]) -> None:
    with pytest.raises(ShapeError) as error:
        layer(np.zeros(shape, "float32"))
    assert all(piece in str(error.value) for piece in pieces), error.value


def test_data_with_channels_first_is_recognised() -> None:
    with pytest.raises(ShapeError, match="if axis 1, of size 3, has the channels, use data_format='channels_first'"):
        layers.Conv2D(8, 5)(np.zeros((10, 3, 32, 32)))


def test_a_missing_argument_is_told_with_the_name_of_the_layer() -> None:
    for cls in (layers.Conv1D, layers.Conv2D, layers.Conv1DTranspose, layers.DepthwiseConv1D, layers.AveragePooling1D):
        with pytest.raises(TypeError, match=rf"^{cls.__name__}.__init__\(\) missing"):
            cls()


def test_a_model_recognises_a_single_image_and_outputs_that_still_have_places() -> None:
    body = [layers.Input((8, 8, 1)), layers.Conv2D(4, 3), layers.Dense(10, "softmax")]
    model = Sequential(body)
    with pytest.raises(ShapeError, match=r"this looks like one sample: add the batch axis with x\[None\]"):
        model.predict(np.zeros((8, 8, 1)), verbose=0)
    model.compile("adam", "sparse_categorical_crossentropy")
    with pytest.raises(ShapeError, match="Flatten\\(\\) or a global pooling layer"):
        model.fit(np.zeros((4, 8, 8, 1)), np.zeros(4, int), verbose=0)


@pytest.mark.parametrize("layer", [layers.MaxPooling1D(5), layers.AveragePooling1D(5)], ids=str)
def test_windows_larger_than_the_inputs_are_refused_by_pooling(layer: Any) -> None:
    for attempt in (lambda: layer(np.zeros((1, 4, 2))), lambda: layer.compute_output_shape((None, 4, 2))):
        with pytest.raises(ShapeError, match="a window of 5 cells over"):
            attempt()


@pytest.mark.parametrize(
    ("make", "pieces"),
    [
        (lambda: layers.Conv2D(6, 3, groups=4), ["filters=6 in groups=4", "a multiple of 4"]),
        (lambda: layers.Conv2D(6, 3, strides=2, dilation_rate=(1, 2)), ["strides=(2, 2) together with dilation_rate=(1, 2)"]),
        (lambda: layers.Conv1DTranspose(6, 3, strides=2, dilation_rate=2), ["strides=(2,) together with dilation_rate=(2,)"]),
        (lambda: layers.Conv2D(6, 3, padding="causal"), ["padding='causal'", "only Conv1D", "padding='same'"]),
        (lambda: layers.DepthwiseConv1D(3, padding="causal"), ["padding='causal'", "only Conv1D"]),
        (lambda: layers.Conv2D(6, 3, padding="smae"), ["padding='smae'", "'same'"]),
        (lambda: layers.Conv2D(6, 3, data_format="NHWC"), ["data_format='NHWC'", "channels_last"]),
        (lambda: layers.Conv2D(6, (3, 3, 3)), ["kernel_size=(3, 3, 3)", "a tuple of 2", "images have 2 spatial axes"]),
        (lambda: layers.Conv2DTranspose(6, 3, strides=2, output_padding=2), ["output_padding=2 with strides=2", "less than its stride"]),
        (lambda: layers.Conv2D(6, 3, kernel_size=4), ["kernel_size"]),
        (lambda: layers.Conv2D(6, 3, filter=4), ["filter", "filters"]),
    ],
)
def test_arguments_that_do_not_fit_are_refused_with_advice(make: Any, pieces: list[str]) -> None:
    with pytest.raises((GlassworksError, TypeError)) as error:
        make()
    assert all(piece in str(error.value) for piece in pieces), error.value


def test_other_channels_than_the_layer_was_built_for_are_refused() -> None:
    layer = layers.Conv2D(3, 3)
    layer(np.zeros((1, 8, 8, 3)))
    with pytest.raises(ShapeError, match="images with 3 channels at axis -1"):
        layer(np.zeros((1, 8, 8, 1)))


def test_unknown_channels_are_refused_and_unknown_sizes_are_not() -> None:
    with pytest.raises(ShapeError, match="a known number of channels"):
        layers.Conv2D(3, 3).build((None, 8, 8, None))
    layer = layers.Conv2D(3, 3, strides=2)
    assert layer(layers.Input((None, None, 4))).shape == (None, None, None, 3)
    assert layer.compute_output_shape((None, None, 9, 4)) == (None, None, 4, 3)
    assert layers.Conv1DTranspose(3, 3).compute_output_shape((None, None, 4)) == (None, None, 3)
    assert layers.MaxPooling2D().compute_output_shape((None, None, 9, 4)) == (None, None, 4, 4)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("output_padding", [None, 0, 1])
def test_predicted_sizes_of_transposed_convolutions_are_the_real_ones(padding: str, output_padding: int | None) -> None:
    for window in (1, 2, 3, 4, 5):
        for strides in (1, 2, 3):
            for dilation in (1, 2):
                if (strides > 1 and dilation > 1) or (output_padding or 0) >= strides:
                    continue
                layer = layers.Conv1DTranspose(2, window, strides, padding, output_padding, dilation_rate=dilation)
                assert layer(np.zeros((1, 6, 3), "float32")).shape == layer.compute_output_shape((1, 6, 3)), (window, strides, dilation)


def test_a_causal_convolution_does_not_see_the_future() -> None:
    layer = layers.Conv1D(4, 3, padding="causal", dilation_rate=2)
    x = np.random.default_rng(0).normal(size=(1, 9, 2)).astype("float32")
    changed = x.copy()
    changed[:, 5:] += 1
    before, after = layer(x).numpy(), layer(changed).numpy()
    np.testing.assert_array_equal(before[:, :5], after[:, :5])
    assert (before[:, 5:] != after[:, 5:]).all()


def test_layers_follow_the_global_data_format() -> None:
    config.set_image_data_format("channels_first")
    try:
        made = [layers.Conv2D(3, 3), layers.MaxPooling2D(), layers.GlobalMaxPooling2D(), layers.ZeroPadding2D(), layers.UpSampling2D()]
    finally:
        config.set_image_data_format("channels_last")
    assert {layer.data_format for layer in made} == {"channels_first"}
    assert made[0](np.zeros((1, 2, 8, 9))).shape == (1, 3, 6, 7)


def test_a_half_precision_policy_keeps_weights_in_single_precision() -> None:
    layer = layers.Conv2D(3, 3, dtype="mixed_float16")
    outputs = layer(np.zeros((1, 5, 5, 2), "float32"))
    assert str(outputs.dtype) == "float16"
    assert {str(weight.dtype) for weight in layer.weights} == {"float32"}


def test_constraints_and_initializers_reach_their_weights() -> None:
    layer = layers.SeparableConv2D(
        3,
        3,
        depthwise_initializer=initializers.Constant(2.0),
        pointwise_initializer="ones",
        bias_initializer=initializers.Constant(-1.0),
        pointwise_constraint="non_neg",
    )
    layer.build((None, 5, 5, 2))
    values = {weight.name: weight.numpy() for weight in layer.weights}
    assert (values["depthwise_kernel"] == 2).all() and (values["pointwise_kernel"] == 1).all() and (values["bias"] == -1).all()
    constrained = {weight.name for weight in layer.weights if weight.constraint is not None}
    assert constrained == {"pointwise_kernel"}


def test_empty_batches_pass() -> None:
    model = [layers.Conv2D(3, 3, padding="same"), layers.MaxPooling2D(), layers.Conv2DTranspose(2, 2, 2), layers.GlobalAveragePooling2D()]
    x: Any = np.zeros((0, 8, 8, 1), "float32")
    for layer in model:
        x = layer(x)
    assert x.shape == (0, 2)


def test_global_average_pooling_leaves_masked_steps_out() -> None:
    x = np.arange(12, dtype="float32").reshape(1, 4, 3)
    mask = np.array([[True, False, True, False]])
    pooled = layers.GlobalAveragePooling1D()(x, mask=mask)
    np.testing.assert_allclose(pooled, x[:, [0, 2]].mean(axis=1))
    first = layers.GlobalAveragePooling1D(data_format="channels_first", keepdims=True)(x.transpose(0, 2, 1), mask=mask)
    np.testing.assert_allclose(first[..., 0], pooled)
    masked = layers.Masking()(np.array([[[1.0], [0.0], [3.0]]], "float32"))
    np.testing.assert_allclose(layers.GlobalAveragePooling1D()(masked), [[2.0]])


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Conv2D", "Convolution2D"),
        ("Conv3DTranspose", "Convolution3DTranspose"),
        ("SeparableConv1D", "SeparableConvolution1D"),
        ("MaxPooling2D", "MaxPool2D"),
        ("AveragePooling1D", "AvgPool1D"),
        ("GlobalAveragePooling2D", "GlobalAvgPool2D"),
        ("GlobalMaxPooling3D", "GlobalMaxPool3D"),
    ],
)
def test_layers_have_their_short_and_long_names(name: str, other: str) -> None:
    assert getattr(layers, name) is getattr(layers, other)


def test_cropping_everything_is_refused() -> None:
    layer = layers.Cropping2D(((2, 2), (0, 0)))
    for attempt in (lambda: layer(np.zeros((1, 4, 4, 1))), lambda: layer.compute_output_shape((None, 4, 4, 1))):
        with pytest.raises(ShapeError, match="something left after cropping"):
            attempt()
    assert layer.compute_output_shape((None, None, 4, 1)) == (None, None, 4, 1)


def test_margins_of_the_wrong_form_are_refused() -> None:
    with pytest.raises(ArgumentError, match="or 2 of them, or 2 pairs"):
        layers.ZeroPadding2D((1, 2, 3))
    with pytest.raises(ArgumentError, match="a pair of them: before and after"):
        layers.Cropping1D((1, -2))


def test_upsampling_then_average_pooling_gives_the_inputs_back() -> None:
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 2)).astype("float32")
    np.testing.assert_allclose(ops.average_pool(layers.UpSampling2D((2, 3))(x), (2, 3)), x, rtol=1e-6)

"""DenseNet: each layer reads what all layers of its block before it have computed (Huang et al., 2016, https://arxiv.org/abs/1608.06993)."""

from __future__ import annotations

from glassworks.applications import imagenet_utils as _imagenet
from glassworks.applications.building import ImageShape, Options, Weights, chain, channel_axis
from glassworks.applications.resnet import norm
from glassworks.errors import ArgumentError
from glassworks.graph import KerasTensor
from glassworks.layers import Activation, AveragePooling2D, Concatenate, Conv2D, MaxPooling2D, ZeroPadding2D
from glassworks.models.functional import Functional
from glassworks.typing import Activation as ActivationLike

preprocess_input = _imagenet.preprocessing("torch")
decode_predictions = _imagenet.decode_predictions


_GROWTH = 32


def _dense_layer(x: KerasTensor, name: str) -> KerasTensor:
    new = chain(
        x,
        *(norm(f"{name}_0_bn"), Activation("relu", name=f"{name}_0_relu"), Conv2D(4 * _GROWTH, 1, use_bias=False, name=f"{name}_1_conv")),
        *(norm(f"{name}_1_bn"), Activation("relu", name=f"{name}_1_relu")),
        Conv2D(_GROWTH, 3, padding="same", use_bias=False, name=f"{name}_2_conv"),
    )
    return Concatenate(axis=channel_axis(), name=f"{name}_concat")([x, new])


def _transition(x: KerasTensor, name: str) -> KerasTensor:
    x = chain(x, norm(f"{name}_bn"), Activation("relu", name=f"{name}_relu"))
    half = (x.shape[channel_axis()] or 0) // 2
    return chain(x, Conv2D(half, 1, use_bias=False, name=f"{name}_conv"), AveragePooling2D(2, name=f"{name}_pool"))


def _densenet(options: Options, counts: tuple[int, ...]) -> Functional:
    if channel_axis() == 1:
        fix = "call keras.config.set_image_data_format('channels_last')"
        raise ArgumentError("image_data_format='channels_first'", "'channels_last', as in Keras", fix, where="DenseNet")
    image = options.image(224, 32)
    x = chain(
        image,
        *(ZeroPadding2D(3), Conv2D(64, 7, strides=2, use_bias=False, name="conv1_conv"), norm("conv1_bn")),
        *(Activation("relu", name="conv1_relu"), ZeroPadding2D(1), MaxPooling2D(3, strides=2, name="pool1")),
    )
    for block, count in enumerate(counts, 2):
        for number in range(1, count + 1):
            x = _dense_layer(x, f"conv{block}_block{number}")
        if block < 5:
            x = _transition(x, f"pool{block}")
    x = chain(x, norm("bn"), Activation("relu", name="relu"))
    return options.model(image, options.head(x))


def DenseNet121(
    include_top: bool = True,
    weights: Weights = "imagenet",
    input_tensor: KerasTensor | None = None,
    input_shape: ImageShape = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: ActivationLike = "softmax",
    name: str = "densenet121",
) -> Functional:
    """DenseNet with 121 layers that have weights. `VGG16` says what the arguments mean.

    >>> DenseNet121(include_top=False, weights=None, input_shape=(32, 32, 3), pooling="avg").output_shape
    (None, 1024)
    """
    options = Options(name, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
    return _densenet(options, (6, 12, 24, 16))


def DenseNet169(
    include_top: bool = True,
    weights: Weights = "imagenet",
    input_tensor: KerasTensor | None = None,
    input_shape: ImageShape = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: ActivationLike = "softmax",
    name: str = "densenet169",
) -> Functional:
    """DenseNet with 169 layers that have weights. `VGG16` says what the arguments mean."""
    options = Options(name, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
    return _densenet(options, (6, 12, 32, 32))


def DenseNet201(
    include_top: bool = True,
    weights: Weights = "imagenet",
    input_tensor: KerasTensor | None = None,
    input_shape: ImageShape = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: ActivationLike = "softmax",
    name: str = "densenet201",
) -> Functional:
    """DenseNet with 201 layers that have weights. `VGG16` says what the arguments mean."""
    options = Options(name, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
    return _densenet(options, (6, 12, 48, 32))

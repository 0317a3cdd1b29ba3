"""MobileNet V3: V2 with squeeze and excitation, and hard swish (Howard et al., 2019, https://arxiv.org/abs/1905.02244)."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from glassworks.applications import imagenet_utils as _imagenet
from glassworks.applications.building import ImageShape, Options, Weights, chain, channel_axis, divisible, halving_padding
from glassworks.graph import KerasTensor
from glassworks.layers import Activation as ActivationLayer
from glassworks.layers import (
    Add,
    BatchNormalization,
    Conv2D,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    Multiply,
    ReLU,
    Rescaling,
    ZeroPadding2D,
)
from glassworks.models.functional import Functional
from glassworks.typing import Activation

preprocess_input = _imagenet.unchanged
decode_predictions = _imagenet.decode_predictions


class Block(NamedTuple):
    """A row of the tables of the paper."""

    expansion: float
    filters: int
    kernel: int
    stride: int
    squeeze: bool
    swish: bool


_SMALL = (
    *(Block(1, 16, 3, 2, True, False), Block(72 / 16, 24, 3, 2, False, False), Block(88 / 24, 24, 3, 1, False, False)),
    *(Block(4, 40, 5, 2, True, True), Block(6, 40, 5, 1, True, True), Block(6, 40, 5, 1, True, True)),
    *(Block(3, 48, 5, 1, True, True), Block(3, 48, 5, 1, True, True)),
    *(Block(6, 96, 5, 2, True, True), Block(6, 96, 5, 1, True, True), Block(6, 96, 5, 1, True, True)),
)
_LARGE = (
    *(Block(1, 16, 3, 1, False, False), Block(4, 24, 3, 2, False, False), Block(3, 24, 3, 1, False, False)),
    *(Block(3, 40, 5, 2, True, False), Block(3, 40, 5, 1, True, False), Block(3, 40, 5, 1, True, False)),
    *(Block(6, 80, 3, 2, False, True), Block(2.5, 80, 3, 1, False, True), Block(2.3, 80, 3, 1, False, True)),
    *(Block(2.3, 80, 3, 1, False, True), Block(6, 112, 3, 1, True, True), Block(6, 112, 3, 1, True, True)),
    *(Block(6, 160, 5, 2, True, True), Block(6, 160, 5, 1, True, True), Block(6, 160, 5, 1, True, True)),
)


def _hard_swish(x: KerasTensor) -> KerasTensor:
    return ActivationLayer("hard_swish")(x)


def _relu(x: KerasTensor) -> KerasTensor:
    return ReLU()(x)


def _norm(name: str) -> BatchNormalization:
    return BatchNormalization(axis=channel_axis(), epsilon=1e-3, momentum=0.999, name=name)


def _squeeze_and_excite(x: KerasTensor, channels: int, name: str) -> KerasTensor:
    """The channels multiplied by numbers of 0 to 1 that a small network computes from their means."""
    factors = chain(
        x,
        GlobalAveragePooling2D(keepdims=True, name=f"{name}squeeze_excite_avg_pool"),
        Conv2D(divisible(channels * 0.25), 1, padding="same", name=f"{name}squeeze_excite_conv"),
        ReLU(name=f"{name}squeeze_excite_relu"),
        Conv2D(channels, 1, padding="same", name=f"{name}squeeze_excite_conv_1"),
    )
    factors = ReLU(6.0)(factors + 3.0) * (1.0 / 6.0)
    return Multiply(name=f"{name}squeeze_excite_mul")([x, factors])


def _block(x: KerasTensor, block: Block, filters: int, minimalistic: bool, number: int) -> KerasTensor:
    """An inverted residual block: see `mobilenet_v2.py`."""
    inputs, channels = x, x.shape[channel_axis()] or 0
    name = f"expanded_conv_{number}_" if number else "expanded_conv_"
    activation = _hard_swish if block.swish and not minimalistic else _relu
    kernel = 3 if minimalistic else block.kernel
    wide = divisible(channels * block.expansion)
    if number:
        x = chain(x, Conv2D(wide, 1, padding="same", use_bias=False, name=f"{name}expand"), _norm(f"{name}expand_bn"), activation)
    if block.stride == 2:
        x = ZeroPadding2D(halving_padding(x, kernel), name=f"{name}depthwise_pad")(x)
    padding = "same" if block.stride == 1 else "valid"
    depthwise = DepthwiseConv2D(kernel, strides=block.stride, padding=padding, use_bias=False, name=f"{name}depthwise")
    x = chain(x, depthwise, _norm(f"{name}depthwise_bn"), activation)
    if block.squeeze and not minimalistic:
        x = _squeeze_and_excite(x, wide, name)
    x = chain(x, Conv2D(filters, 1, padding="same", use_bias=False, name=f"{name}project"), _norm(f"{name}project_bn"))
    return Add(name=f"{name}add")([inputs, x]) if block.stride == 1 and channels == filters else x


def _image(options: Options) -> KerasTensor:
    """The images; their size may be open with a classifier, too."""
    options.check_size()
    return replace(options, include_top=False).image(224, 32)


def _mobilenet(
    options: Options, blocks: tuple[Block, ...], last: int, alpha: float, minimalistic: bool, dropout: float, preprocessing: bool
) -> Functional:
    x = image = _image(options)
    activation = _relu if minimalistic else _hard_swish
    if preprocessing:
        x = Rescaling(1 / 127.5, offset=-1.0)(x)
    x = chain(x, Conv2D(16, 3, strides=2, padding="same", use_bias=False, name="conv"), _norm("conv_bn"), activation)
    for number, block in enumerate(blocks):
        x = _block(x, block, divisible(block.filters * alpha), minimalistic, number)
    wide = divisible((x.shape[channel_axis()] or 0) * 6)
    x = chain(x, Conv2D(wide, 1, padding="same", use_bias=False, name="conv_1"), _norm("conv_1_bn"), activation)
    if not options.include_top:
        return options.model(image, options.pool(x))
    last = divisible(last * alpha) if alpha > 1.0 else last
    x = chain(x, GlobalAveragePooling2D(keepdims=True), Conv2D(last, 1, padding="same", name="conv_2"), activation)
    if dropout > 0:
        x = Dropout(dropout)(x)
    x = chain(x, Conv2D(options.classes, 1, padding="same", name="logits"), Flatten())
    return options.model(image, ActivationLayer(options.classifier_activation, name="predictions")(x))


def MobileNetV3Small(
    input_shape: ImageShape = None,
    alpha: float = 1.0,
    minimalistic: bool = False,
    include_top: bool = True,
    weights: Weights = "imagenet",
    input_tensor: KerasTensor | None = None,
    classes: int = 1000,
    pooling: str | None = None,
    dropout_rate: float = 0.2,
    classifier_activation: Activation = "softmax",
    include_preprocessing: bool = True,
    name: str = "MobileNetV3Small",
) -> Functional:
    """MobileNet V3 Small. `VGG16` says what the other arguments mean.

    Args:
        alpha: The factor of the number of filters of each layer.
        minimalistic: Whether to use 3x3 kernels and ReLU only, without squeeze and excitation.
        dropout_rate: The rate of the dropout before the classifier.
        include_preprocessing: Whether the model scales pixels of 0 to 255 itself.

    >>> MobileNetV3Small((32, 32, 3), include_top=False, weights=None, pooling="avg").output_shape
    (None, 576)
    """
    options = Options(name, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
    return _mobilenet(options, _SMALL, 1024, alpha, minimalistic, dropout_rate, include_preprocessing)


def MobileNetV3Large(
    input_shape: ImageShape = None,
    alpha: float = 1.0,
    minimalistic: bool = False,
    include_top: bool = True,
    weights: Weights = "imagenet",
    input_tensor: KerasTensor | None = None,
    classes: int = 1000,
    pooling: str | None = None,
    dropout_rate: float = 0.2,
    classifier_activation: Activation = "softmax",
    include_preprocessing: bool = True,
    name: str = "MobileNetV3Large",
) -> Functional:
    """MobileNet V3 Large. `VGG16` says what the other arguments mean.

    Args:
        alpha: The factor of the number of filters of each layer.
        minimalistic: Whether to use 3x3 kernels and ReLU only, without squeeze and excitation.
        dropout_rate: The rate of the dropout before the classifier.
        include_preprocessing: Whether the model scales pixels of 0 to 255 itself.
    """
    options = Options(name, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
    return _mobilenet(options, _LARGE, 1280, alpha, minimalistic, dropout_rate, include_preprocessing)

"""Xception: separable convolutions in residual blocks (Chollet, 2016, https://arxiv.org/abs/1610.02357)."""

from __future__ import annotations

from glassworks.applications import imagenet_utils as _imagenet
from glassworks.applications.building import ImageShape, Options, Weights, channel_axis
from glassworks.graph import KerasTensor
from glassworks.layers import Activation, Add, BatchNormalization, Conv2D, MaxPooling2D, SeparableConv2D
from glassworks.models.functional import Functional
from glassworks.typing import Activation as ActivationLike

preprocess_input = _imagenet.preprocessing("tf")
decode_predictions = _imagenet.decode_predictions


def _separable(x: KerasTensor, filters: int, name: str) -> KerasTensor:
    x = SeparableConv2D(filters, 3, padding="same", use_bias=False, name=name)(x)
    return BatchNormalization(axis=channel_axis(), name=f"{name}_bn")(x)


def _halving(x: KerasTensor, filters: tuple[int, int], block: int) -> KerasTensor:
    """Two separable convolutions and a pooling, around which a 1x1 convolution of the input passes."""
    shortcut = Conv2D(filters[1], 1, strides=2, padding="same", use_bias=False)(x)
    shortcut = BatchNormalization(axis=channel_axis())(shortcut)
    for number, size in enumerate(filters, 1):
        if block > 2 or number > 1:
            x = Activation("relu", name=f"block{block}_sepconv{number}_act")(x)
        x = _separable(x, size, f"block{block}_sepconv{number}")
    x = MaxPooling2D(3, strides=2, padding="same", name=f"block{block}_pool")(x)
    return Add()([x, shortcut])


def _middle(x: KerasTensor, block: int) -> KerasTensor:
    shortcut = x
    for number in (1, 2, 3):
        x = Activation("relu", name=f"block{block}_sepconv{number}_act")(x)
        x = _separable(x, 728, f"block{block}_sepconv{number}")
    return Add()([x, shortcut])


def _xception(options: Options) -> Functional:
    x = image = options.image(299, 71)
    for number, (size, stride) in enumerate(((32, 2), (64, 1)), 1):
        x = Conv2D(size, 3, strides=stride, use_bias=False, name=f"block1_conv{number}")(x)
        x = BatchNormalization(axis=channel_axis(), name=f"block1_conv{number}_bn")(x)
        x = Activation("relu", name=f"block1_conv{number}_act")(x)
    for block, filters in enumerate((128, 256, 728), 2):
        x = _halving(x, (filters, filters), block)
    for block in range(5, 13):
        x = _middle(x, block)
    x = _halving(x, (728, 1024), 13)
    for number, filters in enumerate((1536, 2048), 1):
        x = _separable(x, filters, f"block14_sepconv{number}")
        x = Activation("relu", name=f"block14_sepconv{number}_act")(x)
    return options.model(image, options.head(x, named=False))


def Xception(
    include_top: bool = True,
    weights: Weights = "imagenet",
    input_tensor: KerasTensor | None = None,
    input_shape: ImageShape = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: ActivationLike = "softmax",
    name: str = "xception",
) -> Functional:
    """Xception, with 71 x 71 pixels or more. `VGG16` says what the arguments mean."""
    options = Options(name, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
    return _xception(options)

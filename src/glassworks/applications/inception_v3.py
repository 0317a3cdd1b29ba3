"""Inception V3: branches of several sizes of convolutions (Szegedy et al., 2015, https://arxiv.org/abs/1512.00567)."""

from __future__ import annotations

from glassworks.applications import imagenet_utils as _imagenet
from glassworks.applications.building import ImageShape, Options, Weights, chain, channel_axis
from glassworks.graph import KerasTensor
from glassworks.layers import Activation, AveragePooling2D, BatchNormalization, Concatenate, Conv2D, MaxPooling2D
from glassworks.models.functional import Functional
from glassworks.typing import Activation as ActivationLike

preprocess_input = _imagenet.preprocessing("tf")
decode_predictions = _imagenet.decode_predictions


def _conv(x: KerasTensor, filters: int, height: int, width: int, stride: int = 1, padding: str = "same") -> KerasTensor:
    return chain(
        x,
        Conv2D(filters, (height, width), strides=stride, padding=padding, use_bias=False),
        BatchNormalization(axis=channel_axis(), scale=False),
        Activation("relu"),
    )


def _convs(x: KerasTensor, *convolutions: tuple[int, int, int]) -> KerasTensor:
    for filters, height, width in convolutions:
        x = _conv(x, filters, height, width)
    return x


def _join(branches: list[KerasTensor], name: str | None = None) -> KerasTensor:
    return Concatenate(axis=channel_axis(), name=name)(branches)


def _pooled(x: KerasTensor, filters: int) -> KerasTensor:
    return _conv(AveragePooling2D(3, strides=1, padding="same")(x), filters, 1, 1)


def _stem(image: KerasTensor) -> KerasTensor:
    x = _conv(image, 32, 3, 3, stride=2, padding="valid")
    x = _conv(x, 32, 3, 3, padding="valid")
    x = MaxPooling2D(3, strides=2)(_conv(x, 64, 3, 3))
    x = _conv(x, 80, 1, 1, padding="valid")
    return MaxPooling2D(3, strides=2)(_conv(x, 192, 3, 3, padding="valid"))


def _module_5x5(x: KerasTensor, pooled: int, name: str) -> KerasTensor:
    branches = [_conv(x, 64, 1, 1), _convs(x, (48, 1, 1), (64, 5, 5)), _convs(x, (64, 1, 1), (96, 3, 3), (96, 3, 3)), _pooled(x, pooled)]
    return _join(branches, name)


def _module_7x7(x: KerasTensor, inner: int, name: str) -> KerasTensor:
    first = _conv(x, 192, 1, 1)
    once = _convs(x, (inner, 1, 1), (inner, 1, 7), (192, 7, 1))
    twice = _convs(x, (inner, 1, 1), (inner, 7, 1), (inner, 1, 7), (inner, 7, 1), (192, 1, 7))
    return _join([first, once, twice, _pooled(x, 192)], name)


def _halving_to_17(x: KerasTensor) -> KerasTensor:
    once = _conv(x, 384, 3, 3, stride=2, padding="valid")
    twice = _conv(_convs(x, (64, 1, 1), (96, 3, 3)), 96, 3, 3, stride=2, padding="valid")
    return _join([once, twice, MaxPooling2D(3, strides=2)(x)], "mixed3")


def _halving_to_8(x: KerasTensor) -> KerasTensor:
    once = _conv(_conv(x, 192, 1, 1), 320, 3, 3, stride=2, padding="valid")
    twice = _conv(_convs(x, (192, 1, 1), (192, 1, 7), (192, 7, 1)), 192, 3, 3, stride=2, padding="valid")
    return _join([once, twice, MaxPooling2D(3, strides=2)(x)], "mixed8")


def _module_3x3(x: KerasTensor, number: int) -> KerasTensor:
    first = _conv(x, 320, 1, 1)
    once = _conv(x, 384, 1, 1)
    once = _join([_conv(once, 384, 1, 3), _conv(once, 384, 3, 1)], f"mixed9_{number}")
    twice = _convs(x, (448, 1, 1), (384, 3, 3))
    twice = _join([_conv(twice, 384, 1, 3), _conv(twice, 384, 3, 1)])
    return _join([first, once, twice, _pooled(x, 192)], f"mixed{9 + number}")


def _inception(options: Options) -> Functional:
    image = options.image(299, 75)
    x = _stem(image)
    for number, pooled in enumerate((32, 64, 64)):
        x = _module_5x5(x, pooled, f"mixed{number}")
    x = _halving_to_17(x)
    for number, inner in enumerate((128, 160, 160, 192), 4):
        x = _module_7x7(x, inner, f"mixed{number}")
    x = _halving_to_8(x)
    for number in (0, 1):
        x = _module_3x3(x, number)
    return options.model(image, options.head(x, named=False))


def InceptionV3(
    include_top: bool = True,
    weights: Weights = "imagenet",
    input_tensor: KerasTensor | None = None,
    input_shape: ImageShape = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: ActivationLike = "softmax",
    name: str = "inception_v3",
) -> Functional:
    """Inception V3, with 75 x 75 pixels or more. `VGG16` says what the arguments mean."""
    options = Options(name, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
    return _inception(options)

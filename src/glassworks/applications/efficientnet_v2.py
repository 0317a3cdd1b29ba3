"""EfficientNet V2: some blocks have plain convolutions in place of depthwise ones (Tan and Le, 2021, https://arxiv.org/abs/2104.00298)."""

from __future__ import annotations

import math
from typing import NamedTuple, Protocol

from glassworks.applications import imagenet_utils as _imagenet
from glassworks.applications.building import ImageShape, Options, Weights, chain, channel_axis
from glassworks.applications.efficientnet import KERNEL, classified, skip, squeeze_and_excite
from glassworks.graph import KerasTensor
from glassworks.layers import Activation as ActivationLayer
from glassworks.layers import BatchNormalization, Conv2D, DepthwiseConv2D, Normalization, Rescaling
from glassworks.models.functional import Functional
from glassworks.typing import Activation

preprocess_input = _imagenet.unchanged
decode_predictions = _imagenet.decode_predictions


class Stage(NamedTuple):
    """Blocks of the same kind, the first of which has the stride."""

    kernel: int
    repeats: int
    filters: int
    expansion: int
    squeeze: bool
    stride: int


def _stages(*rows: tuple[int, int, int, bool, int]) -> tuple[Stage, ...]:
    return tuple(Stage(3, *row) for row in rows)


# Repeats, filters, expansion, squeeze and excitation, stride.
_SMALL = _stages(
    *((1, 16, 1, False, 1), (2, 32, 4, False, 2), (2, 48, 4, False, 2)),
    *((3, 96, 4, True, 2), (5, 112, 6, True, 1), (8, 192, 6, True, 2)),
)
_S = _stages(
    *((2, 24, 1, False, 1), (4, 48, 4, False, 2), (4, 64, 4, False, 2)),
    *((6, 128, 4, True, 2), (9, 160, 6, True, 1), (15, 256, 6, True, 2)),
)
_M = _stages(
    *((3, 24, 1, False, 1), (5, 48, 4, False, 2), (5, 80, 4, False, 2)),
    *((7, 160, 4, True, 2), (14, 176, 6, True, 1), (18, 304, 6, True, 2), (5, 512, 6, True, 1)),
)
_L = _stages(
    *((4, 32, 1, False, 1), (7, 64, 4, False, 2), (7, 96, 4, False, 2)),
    *((10, 192, 4, True, 2), (19, 224, 6, True, 1), (25, 384, 6, True, 2), (7, 640, 6, True, 1)),
)


def _norm(name: str) -> BatchNormalization:
    return BatchNormalization(axis=channel_axis(), momentum=0.9, name=name)


def _conv(x: KerasTensor, filters: int, kernel: int, stride: int, name: str) -> KerasTensor:
    return Conv2D(filters, kernel, strides=stride, padding="same", use_bias=False, kernel_initializer=KERNEL, name=name)(x)


def _active(x: KerasTensor, norm: str, activation: str) -> KerasTensor:
    return chain(x, _norm(norm), ActivationLayer("swish", name=activation))


def _block(x: KerasTensor, stage: Stage, filters: int, stride: int, drop: float, name: str) -> KerasTensor:
    """An inverted residual block. Fused blocks have one convolution in place of the first 1x1 and the depthwise convolution."""
    inputs, channels, fused = x, x.shape[channel_axis()] or 0, not stage.squeeze
    if stage.expansion != 1:
        kernel, step = (stage.kernel, stride) if fused else (1, 1)
        x = _conv(x, channels * stage.expansion, kernel, step, f"{name}expand_conv")
        x = _active(x, f"{name}expand_bn", f"{name}expand_activation")
    if not fused:
        depthwise = DepthwiseConv2D(
            stage.kernel, strides=stride, padding="same", use_bias=False, depthwise_initializer=KERNEL, name=f"{name}dwconv2"
        )
        x = _active(depthwise(x), f"{name}bn", f"{name}activation")
        x = squeeze_and_excite(x, max(1, int(channels * 0.25)), name)
    kernel, step = (stage.kernel, stride) if fused and stage.expansion == 1 else (1, 1)
    x = _norm(f"{name}project_bn")(_conv(x, filters, kernel, step, f"{name}project_conv"))
    if fused and stage.expansion == 1:
        x = ActivationLayer("swish", name=f"{name}project_activation")(x)
    return skip(inputs, x, drop, name) if stride == 1 and channels == filters else x


def _rounded(filters: float) -> int:
    return max(8, int(filters + 4) // 8 * 8)


def _scaled(x: KerasTensor, small: bool) -> KerasTensor:
    if not small or x.shape[channel_axis()] != 3:
        return Rescaling(1 / 128, offset=-1)(x)
    scale = Normalization(mean=[0.485, 0.456, 0.406], variance=[0.229**2, 0.224**2, 0.225**2], axis=channel_axis())
    return chain(x, Rescaling(1 / 255), scale)


def _efficientnet(
    options: Options, preprocessing: bool, stages: tuple[Stage, ...], first: int, size: int, width: float = 1.0, depth: float = 1.0
) -> Functional:
    x = image = options.image(size, 32)
    if preprocessing:
        x = _scaled(x, small=stages is _SMALL)
    x = _active(_conv(x, _rounded(first * width), 3, 2, "stem_conv"), "stem_bn", "stem_activation")
    # As in Keras, the rate of dropped blocks is that of the network before it is scaled in depth.
    total, number = sum(stage.repeats for stage in stages), 0
    for position, stage in enumerate(stages, 1):
        for repeat in range(math.ceil(depth * stage.repeats)):
            stride, name = (1 if repeat else stage.stride), f"block{position}{chr(ord('a') + repeat)}_"
            x = _block(x, stage, _rounded(stage.filters * width), stride, 0.2 * number / total, name)
            number += 1
    x = _active(_conv(x, _rounded(1280 * width), 1, 1, "top_conv"), "top_bn", "top_activation")
    return options.model(image, classified(options, x, 0.2))


class _Application(Protocol):
    """A function that makes a network; `include_preprocessing` puts layers before it that scale pixels of 0 to 255."""

    __name__: str

    def __call__(
        self,
        include_top: bool = True,
        weights: Weights = "imagenet",
        input_tensor: KerasTensor | None = None,
        input_shape: ImageShape = None,
        pooling: str | None = None,
        classes: int = 1000,
        classifier_activation: Activation = "softmax",
        include_preprocessing: bool = True,
        name: str = ...,
    ) -> Functional: ...


def _member(letters: str, stages: tuple[Stage, ...], first: int, size: int, width: float = 1.0, depth: float = 1.0) -> _Application:
    def make(
        include_top: bool = True,
        weights: Weights = "imagenet",
        input_tensor: KerasTensor | None = None,
        input_shape: ImageShape = None,
        pooling: str | None = None,
        classes: int = 1000,
        classifier_activation: Activation = "softmax",
        include_preprocessing: bool = True,
        name: str = f"efficientnetv2-{letters.lower()}",
    ) -> Functional:
        options = Options(name, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
        return _efficientnet(options, include_preprocessing, stages, first, size, width, depth)

    what = f"EfficientNet V2 {letters}, whose images have {size} x {size} pixels by default."
    scaling = "It scales pixels of 0 to 255 itself, if `include_preprocessing`."
    make.__name__ = make.__qualname__ = f"EfficientNetV2{letters}"
    make.__module__, make.__doc__ = __name__, f"{what} {scaling} `VGG16` says what the other arguments mean."
    return make


EfficientNetV2B0 = _member("B0", _SMALL, 32, 224)
EfficientNetV2B1 = _member("B1", _SMALL, 32, 240, 1.0, 1.1)
EfficientNetV2B2 = _member("B2", _SMALL, 32, 260, 1.1, 1.2)
EfficientNetV2B3 = _member("B3", _SMALL, 32, 300, 1.2, 1.4)
EfficientNetV2S = _member("S", _S, 24, 384)
EfficientNetV2M = _member("M", _M, 24, 480)
EfficientNetV2L = _member("L", _L, 32, 480)

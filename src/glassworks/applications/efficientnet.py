"""EfficientNet: inverted residual blocks, scaled in width, depth and size of the images (Tan and Le, 2019, https://arxiv.org/abs/1905.11946)."""

from __future__ import annotations

import math

from glassworks.applications import imagenet_utils as _imagenet
from glassworks.applications.building import Options, chain, channel_axis, divisible, halving_padding
from glassworks.applications.variants import Application, application
from glassworks.graph import KerasTensor
from glassworks.initializers import VarianceScaling
from glassworks.layers import Activation as ActivationLayer
from glassworks.layers import (
    Add,
    BatchNormalization,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    GlobalAveragePooling2D,
    Multiply,
    Normalization,
    Rescaling,
    Reshape,
    ZeroPadding2D,
)
from glassworks.models.functional import Functional

preprocess_input = _imagenet.unchanged
decode_predictions = _imagenet.decode_predictions

# Initial values: variance 2 over the outputs for convolutions, 1/3 for the classifier.
KERNEL = VarianceScaling(2.0, "fan_out", "truncated_normal")
CLASSIFIER = VarianceScaling(1 / 3, "fan_out", "uniform")
# Kernel, repeats, filters, expansion and stride of each stage of B0.
_STAGES = ((3, 1, 16, 1, 1), (3, 2, 24, 6, 2), (5, 2, 40, 6, 2), (3, 3, 80, 6, 2), (5, 3, 112, 6, 1), (5, 4, 192, 6, 2), (3, 1, 320, 6, 1))


def squeeze_and_excite(x: KerasTensor, filters: int, name: str) -> KerasTensor:
    """The channels multiplied by numbers of 0 to 1 that a small network computes from their means (https://arxiv.org/abs/1709.01507).

    >>> from glassworks import Input
    >>> squeeze_and_excite(Input((4, 4, 8)), 2, "block_").shape
    (None, 4, 4, 8)
    """
    channels = x.shape[channel_axis()] or 0
    shape = (channels, 1, 1) if channel_axis() == 1 else (1, 1, channels)
    factors = chain(
        x,
        *(GlobalAveragePooling2D(name=f"{name}se_squeeze"), Reshape(shape, name=f"{name}se_reshape")),
        Conv2D(filters, 1, padding="same", activation="swish", kernel_initializer=KERNEL, name=f"{name}se_reduce"),
        Conv2D(channels, 1, padding="same", activation="sigmoid", kernel_initializer=KERNEL, name=f"{name}se_expand"),
    )
    return Multiply(name=f"{name}se_excite")([x, factors])


def _norm(name: str) -> BatchNormalization:
    return BatchNormalization(axis=channel_axis(), name=name)


def _swish(name: str) -> ActivationLayer:
    return ActivationLayer("swish", name=name)


def _block(x: KerasTensor, filters: int, kernel: int, stride: int, expansion: int, drop: float, name: str) -> KerasTensor:
    """An inverted residual block: see `mobilenet_v2.py`."""
    inputs, channels = x, x.shape[channel_axis()] or 0
    if expansion != 1:
        expand = Conv2D(channels * expansion, 1, padding="same", use_bias=False, kernel_initializer=KERNEL, name=f"{name}expand_conv")
        x = chain(x, expand, _norm(f"{name}expand_bn"), _swish(f"{name}expand_activation"))
    if stride == 2:
        x = ZeroPadding2D(halving_padding(x, kernel), name=f"{name}dwconv_pad")(x)
    padding = "valid" if stride == 2 else "same"
    depthwise = DepthwiseConv2D(kernel, strides=stride, padding=padding, use_bias=False, depthwise_initializer=KERNEL, name=f"{name}dwconv")
    x = chain(x, depthwise, _norm(f"{name}bn"), _swish(f"{name}activation"))
    x = squeeze_and_excite(x, max(1, int(channels * 0.25)), name)
    project = Conv2D(filters, 1, padding="same", use_bias=False, kernel_initializer=KERNEL, name=f"{name}project_conv")
    x = chain(x, project, _norm(f"{name}project_bn"))
    return skip(inputs, x, drop, name) if stride == 1 and channels == filters else x


def skip(inputs: KerasTensor, x: KerasTensor, drop: float, name: str) -> KerasTensor:
    """The input of a block added to its result, which training drops as a whole for some images.

    >>> from glassworks import Input
    >>> skip(Input((4, 4, 8)), Input((4, 4, 8)), 0.1, "block_").shape
    (None, 4, 4, 8)
    """
    if drop > 0:
        x = Dropout(drop, noise_shape=(None, 1, 1, 1), name=f"{name}drop")(x)
    return Add(name=f"{name}add")([x, inputs])


def _efficientnet(options: Options, width: float, depth: float, size: int, dropout: float) -> Functional:
    image = options.image(size, 32)
    normalization = Normalization(axis=channel_axis())
    normalization.expects_adapt = False  # its numbers come with pretrained weights
    x = chain(image, Rescaling(1 / 255), normalization)
    x = ZeroPadding2D(halving_padding(x, 3), name="stem_conv_pad")(x)
    stem = Conv2D(divisible(32 * width), 3, strides=2, use_bias=False, kernel_initializer=KERNEL, name="stem_conv")
    x = chain(x, stem, _norm("stem_bn"), _swish("stem_activation"))
    total = sum(math.ceil(depth * stage[1]) for stage in _STAGES)
    number = 0
    for stage, (kernel, repeats, filters, expansion, stride) in enumerate(_STAGES, 1):
        for repeat in range(math.ceil(depth * repeats)):
            first, name = repeat == 0, f"block{stage}{chr(ord('a') + repeat)}_"
            x = _block(x, divisible(filters * width), kernel, stride if first else 1, expansion, 0.2 * number / total, name)
            number += 1
    top = Conv2D(divisible(1280 * width), 1, padding="same", use_bias=False, kernel_initializer=KERNEL, name="top_conv")
    x = chain(x, top, _norm("top_bn"), _swish("top_activation"))
    return options.model(image, classified(options, x, dropout))


def classified(options: Options, x: KerasTensor, dropout: float) -> KerasTensor:
    """The classifier of an EfficientNet with dropout before it, or the pooling in its place.

    >>> from glassworks import Input
    >>> classified(Options("tiny", True, None, None, None, None, 3, None), Input((2, 2, 8)), 0.2).shape
    (None, 3)
    """
    if not options.include_top:
        return options.pool(x)
    classes = Dense(options.classes, activation=options.classifier_activation, kernel_initializer=CLASSIFIER, name="predictions")
    return chain(x, GlobalAveragePooling2D(name="avg_pool"), Dropout(dropout, name="top_dropout"), classes)


def _member(number: int, width: float, depth: float, size: int, dropout: float) -> Application:
    what = f"EfficientNet B{number}, whose images have {size} x {size} pixels by default. It scales pixels of 0 to 255 itself."
    return application(__name__, f"EfficientNetB{number}", what, lambda options: _efficientnet(options, width, depth, size, dropout))


EfficientNetB0 = _member(0, width=1.0, depth=1.0, size=224, dropout=0.2)
EfficientNetB1 = _member(1, width=1.0, depth=1.1, size=240, dropout=0.2)
EfficientNetB2 = _member(2, width=1.1, depth=1.2, size=260, dropout=0.3)
EfficientNetB3 = _member(3, width=1.2, depth=1.4, size=300, dropout=0.3)
EfficientNetB4 = _member(4, width=1.4, depth=1.8, size=380, dropout=0.4)
EfficientNetB5 = _member(5, width=1.6, depth=2.2, size=456, dropout=0.4)
EfficientNetB6 = _member(6, width=1.8, depth=2.6, size=528, dropout=0.5)
EfficientNetB7 = _member(7, width=2.0, depth=3.1, size=600, dropout=0.5)

"""MobileNet V2: residual blocks that are wide inside and narrow between them (Sandler et al., 2018, https://arxiv.org/abs/1801.04381)."""

from __future__ import annotations

from glassworks.applications import imagenet_utils as _imagenet
from glassworks.applications.building import ImageShape, Options, Weights, chain, channel_axis, divisible, halving_padding, spatial
from glassworks.graph import KerasTensor
from glassworks.layers import Add, BatchNormalization, Conv2D, DepthwiseConv2D, GlobalAveragePooling2D, ReLU, ZeroPadding2D
from glassworks.models.functional import Functional
from glassworks.typing import Activation

preprocess_input = _imagenet.preprocessing("tf")
decode_predictions = _imagenet.decode_predictions

# Filters and stride of each block.
_BLOCKS = (
    *((16, 1), (24, 2), (24, 1), (32, 2), (32, 1), (32, 1), (64, 2), (64, 1), (64, 1), (64, 1)),
    *((96, 1), (96, 1), (96, 1), (160, 2), (160, 1), (160, 1), (320, 1)),
)
# Sizes of images that the model takes over from `input_tensor`.
_SIZES = (96, 128, 160, 192, 224)


def _norm(name: str) -> BatchNormalization:
    return BatchNormalization(axis=channel_axis(), epsilon=1e-3, momentum=0.999, name=name)


def _inverted_residual(x: KerasTensor, filters: int, stride: int, expansion: int, number: int) -> KerasTensor:
    """More channels by a 1x1 convolution, a depthwise convolution, and few channels again, around which the input passes."""
    inputs, channels = x, x.shape[channel_axis()] or 0
    name = f"block_{number}" if number else "expanded_conv"
    if number:
        expand = Conv2D(expansion * channels, 1, padding="same", use_bias=False, name=f"{name}_expand")
        x = chain(x, expand, _norm(f"{name}_expand_BN"), ReLU(6.0, name=f"{name}_expand_relu"))
    if stride == 2:
        x = ZeroPadding2D(halving_padding(x, 3), name=f"{name}_pad")(x)
    padding = "same" if stride == 1 else "valid"
    x = chain(
        x,
        DepthwiseConv2D(3, strides=stride, padding=padding, use_bias=False, name=f"{name}_depthwise"),
        *(_norm(f"{name}_depthwise_BN"), ReLU(6.0, name=f"{name}_depthwise_relu")),
        *(Conv2D(filters, 1, padding="same", use_bias=False, name=f"{name}_project"), _norm(f"{name}_project_BN")),
    )
    return Add(name=f"{name}_add")([inputs, x]) if channels == filters and stride == 1 else x


def _default_size(input_tensor: KerasTensor | None) -> int:
    rows, columns = spatial(tuple(input_tensor.shape[1:])) if input_tensor is not None else (None, None)
    return rows if rows is not None and rows == columns and rows in _SIZES else 224


def MobileNetV2(
    input_shape: ImageShape = None,
    alpha: float = 1.0,
    include_top: bool = True,
    weights: Weights = "imagenet",
    input_tensor: KerasTensor | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Activation = "softmax",
    name: str | None = None,
) -> Functional:
    """MobileNet V2. `VGG16` says what the other arguments mean.

    Args:
        alpha: The factor of the number of filters of each layer.
        name: The name of the model; made of `alpha` and the size of the images by default.

    >>> MobileNetV2((32, 32, 3), alpha=0.35, include_top=False, weights=None, pooling="avg").output_shape
    (None, 1280)
    """
    options = Options(name or "mobilenetv2", include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
    options.check_size()
    size = _default_size(input_tensor)
    rows = spatial(options.shape(size, 32))[0]
    image = options.image(size, 32)
    first = Conv2D(divisible(32 * alpha), 3, strides=2, padding="same", use_bias=False, name="Conv1")
    x = chain(image, first, _norm("bn_Conv1"), ReLU(6.0, name="Conv1_relu"))
    for number, (filters, stride) in enumerate(_BLOCKS):
        x = _inverted_residual(x, divisible(int(filters * alpha)), stride, 6, number)
    last = divisible(1280 * alpha) if alpha > 1.0 else 1280
    x = chain(x, Conv2D(last, 1, use_bias=False, name="Conv_1"), _norm("Conv_1_bn"), ReLU(6.0, name="out_relu"))
    x = options.predictions(GlobalAveragePooling2D()(x)) if include_top else options.pool(x, named=False)
    return options.model(image, x, name or f"mobilenetv2_{alpha:0.2f}_{rows}")

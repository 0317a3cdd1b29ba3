"""MobileNet: depthwise convolutions, then 1x1 convolutions (Howard et al., 2017, https://arxiv.org/abs/1704.04861)."""

from __future__ import annotations

from glassworks.applications import imagenet_utils as _imagenet
from glassworks.applications.building import ImageShape, Options, Weights, chain, channel_axis, spatial
from glassworks.graph import KerasTensor
from glassworks.layers import Activation as ActivationLayer
from glassworks.layers import BatchNormalization, Conv2D, DepthwiseConv2D, Dropout, GlobalAveragePooling2D, ReLU, Reshape, ZeroPadding2D
from glassworks.models.functional import Functional
from glassworks.typing import Activation

preprocess_input = _imagenet.preprocessing("tf")
decode_predictions = _imagenet.decode_predictions

# Filters and stride of each block.
_BLOCKS = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1))


def _depthwise(x: KerasTensor, filters: int, multiplier: int, stride: int, number: int) -> KerasTensor:
    if stride > 1:
        x = ZeroPadding2D(((0, 1), (0, 1)), name=f"conv_pad_{number}")(x)
    padding, axis = ("same" if stride == 1 else "valid"), channel_axis()
    depthwise = DepthwiseConv2D(3, strides=stride, padding=padding, depth_multiplier=multiplier, use_bias=False, name=f"conv_dw_{number}")
    return chain(
        x,
        *(depthwise, BatchNormalization(axis=axis, name=f"conv_dw_{number}_bn"), ReLU(6.0, name=f"conv_dw_{number}_relu")),
        Conv2D(filters, 1, padding="same", use_bias=False, name=f"conv_pw_{number}"),
        *(BatchNormalization(axis=axis, name=f"conv_pw_{number}_bn"), ReLU(6.0, name=f"conv_pw_{number}_relu")),
    )


def MobileNet(
    input_shape: ImageShape = None,
    alpha: float = 1.0,
    depth_multiplier: int = 1,
    dropout: float = 0.001,
    include_top: bool = True,
    weights: Weights = "imagenet",
    input_tensor: KerasTensor | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Activation = "softmax",
    name: str | None = None,
) -> Functional:
    """MobileNet. `VGG16` says what the other arguments mean.

    Args:
        alpha: The factor of the number of filters of each layer.
        depth_multiplier: The number of filters for each channel in a depthwise convolution.
        dropout: The rate of the dropout before the classifier.
        name: The name of the model; made of `alpha` and the size of the images by default.

    >>> MobileNet((32, 32, 3), alpha=0.25, include_top=False, weights=None, pooling="avg").output_shape
    (None, 256)
    """
    options = Options(name or "mobilenet", include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
    rows = spatial(options.shape(224, 32))[0]
    image = options.image(224, 32)
    x = chain(
        image,
        Conv2D(int(32 * alpha), 3, strides=2, padding="same", use_bias=False, name="conv1"),
        *(BatchNormalization(axis=channel_axis(), name="conv1_bn"), ReLU(6.0, name="conv1_relu")),
    )
    for number, (filters, stride) in enumerate(_BLOCKS, 1):
        x = _depthwise(x, int(filters * alpha), depth_multiplier, stride, number)
    if include_top:
        x = chain(
            x,
            *(GlobalAveragePooling2D(keepdims=True), Dropout(dropout, name="dropout")),
            *(Conv2D(classes, 1, padding="same", name="conv_preds"), Reshape((classes,), name="reshape_2")),
            ActivationLayer(classifier_activation, name="predictions"),
        )
    else:
        x = options.pool(x, named=False)
    return options.model(image, x, name or f"mobilenet_{alpha:0.2f}_{rows}")

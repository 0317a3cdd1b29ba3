"""DenseNet: each layer reads what all layers of its block before it have computed (Huang et al., 2016, https://arxiv.org/abs/1608.06993)."""

from __future__ import annotations

from glassworks.applications import imagenet_utils as _imagenet
from glassworks.applications.building import Options, chain, channel_axis
from glassworks.applications.resnet import norm
from glassworks.applications.variants import Application, application
from glassworks.errors import ArgumentError
from glassworks.graph import KerasTensor
from glassworks.layers import Activation, AveragePooling2D, Concatenate, Conv2D, MaxPooling2D, ZeroPadding2D
from glassworks.models.functional import Functional

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


def _member(depth: int, counts: tuple[int, ...]) -> Application:
    what = f"DenseNet with {depth} layers that have weights."
    return application(__name__, f"DenseNet{depth}", what, lambda options: _densenet(options, counts))


DenseNet121 = _member(121, (6, 12, 24, 16))
DenseNet169 = _member(169, (6, 12, 32, 32))
DenseNet201 = _member(201, (6, 12, 48, 32))

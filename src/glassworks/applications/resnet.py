"""ResNet: blocks that learn what to add to their input (He, Zhang, Ren and Sun, 2015, https://arxiv.org/abs/1512.03385)."""

from __future__ import annotations

from glassworks.applications import imagenet_utils as _imagenet
from glassworks.applications.building import Options, chain, channel_axis
from glassworks.applications.variants import Application, application
from glassworks.graph import KerasTensor
from glassworks.layers import Activation, Add, BatchNormalization, Conv2D, Layer, MaxPooling2D, ZeroPadding2D
from glassworks.models.functional import Functional

preprocess_input = _imagenet.preprocessing("caffe")
decode_predictions = _imagenet.decode_predictions


def residual(x: KerasTensor, filters: int, stride: int, project: bool, name: str) -> KerasTensor:
    """A bottleneck of three convolutions, the second 3x3, around which the input passes.

    >>> from glassworks import Input
    >>> residual(Input((8, 8, 16)), 4, stride=1, project=False, name="block").shape
    (None, 8, 8, 16)
    """
    shortcut = x
    if project:
        shortcut = chain(x, Conv2D(4 * filters, 1, strides=stride, name=f"{name}_0_conv"), norm(f"{name}_0_bn"))
    x = chain(
        x,
        *(Conv2D(filters, 1, strides=stride, name=f"{name}_1_conv"), norm(f"{name}_1_bn"), Activation("relu", name=f"{name}_1_relu")),
        *(Conv2D(filters, 3, padding="same", name=f"{name}_2_conv"), norm(f"{name}_2_bn"), Activation("relu", name=f"{name}_2_relu")),
        *(Conv2D(4 * filters, 1, name=f"{name}_3_conv"), norm(f"{name}_3_bn")),
    )
    return Activation("relu", name=f"{name}_out")(Add(name=f"{name}_add")([shortcut, x]))


def norm(name: str) -> BatchNormalization:
    """Batch normalisation as in residual and dense networks.

    >>> norm("bn").epsilon
    1.001e-05
    """
    return BatchNormalization(axis=channel_axis(), epsilon=1.001e-5, name=name)


def stem(image: KerasTensor, *after: Layer) -> KerasTensor:
    """A 7x7 convolution and a pooling, which divide height and width by 4, with layers between them.

    >>> from glassworks import Input
    >>> stem(Input((32, 32, 3))).shape
    (None, 8, 8, 64)
    """
    convolution = (ZeroPadding2D(3, name="conv1_pad"), Conv2D(64, 7, strides=2, name="conv1_conv"))
    return chain(image, *convolution, *after, ZeroPadding2D(1, name="pool1_pad"), MaxPooling2D(3, strides=2, name="pool1_pool"))


def _resnet(options: Options, counts: tuple[int, ...]) -> Functional:
    image = options.image(224, 32)
    x = stem(image, norm("conv1_bn"), Activation("relu", name="conv1_relu"))
    for stack, count in enumerate(counts):
        for block in range(count):
            stride = 2 if stack and not block else 1
            x = residual(x, 64 << stack, stride, project=not block, name=f"conv{stack + 2}_block{block + 1}")
    return options.model(image, options.head(x))


def _member(depth: int, counts: tuple[int, ...]) -> Application:
    what = f"ResNet with {depth} layers that have weights."
    return application(__name__, f"ResNet{depth}", what, lambda options: _resnet(options, counts))


ResNet50 = _member(50, (3, 4, 6, 3))
ResNet101 = _member(101, (3, 4, 23, 3))
ResNet152 = _member(152, (3, 8, 36, 3))

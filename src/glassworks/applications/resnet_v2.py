"""ResNet with normalisation before each convolution (He, Zhang, Ren and Sun, 2016, https://arxiv.org/abs/1603.05027)."""

from __future__ import annotations

from glassworks.applications import imagenet_utils as _imagenet
from glassworks.applications.building import Options, chain
from glassworks.applications.resnet import norm, stem
from glassworks.applications.variants import Application, application
from glassworks.graph import KerasTensor
from glassworks.layers import Activation, Add, Conv2D, MaxPooling2D, ZeroPadding2D
from glassworks.models.functional import Functional

preprocess_input = _imagenet.preprocessing("tf")
decode_predictions = _imagenet.decode_predictions


def residual(x: KerasTensor, filters: int, stride: int, project: bool, name: str) -> KerasTensor:
    """A bottleneck of three convolutions with normalisation before them, around which the input passes.

    >>> from glassworks import Input
    >>> residual(Input((8, 8, 16)), 4, stride=2, project=False, name="block").shape
    (None, 4, 4, 16)
    """
    active = chain(x, norm(f"{name}_preact_bn"), Activation("relu", name=f"{name}_preact_relu"))
    if project:
        shortcut = Conv2D(4 * filters, 1, strides=stride, name=f"{name}_0_conv")(active)
    else:
        shortcut = MaxPooling2D(1, strides=stride)(x) if stride > 1 else x
    x = chain(
        active,
        *(Conv2D(filters, 1, use_bias=False, name=f"{name}_1_conv"), norm(f"{name}_1_bn"), Activation("relu", name=f"{name}_1_relu")),
        *(ZeroPadding2D(1, name=f"{name}_2_pad"), Conv2D(filters, 3, strides=stride, use_bias=False, name=f"{name}_2_conv")),
        *(norm(f"{name}_2_bn"), Activation("relu", name=f"{name}_2_relu"), Conv2D(4 * filters, 1, name=f"{name}_3_conv")),
    )
    return Add(name=f"{name}_out")([shortcut, x])


def _resnet(options: Options, counts: tuple[int, ...]) -> Functional:
    image = options.image(224, 32)
    x = stem(image)
    for stack, count in enumerate(counts):
        for block in range(count):
            # A stack halves the image in its last block, except the last stack.
            stride = 2 if block == count - 1 and stack < len(counts) - 1 else 1
            x = residual(x, 64 << stack, stride, project=not block, name=f"conv{stack + 2}_block{block + 1}")
    x = chain(x, norm("post_bn"), Activation("relu", name="post_relu"))
    return options.model(image, options.head(x))


def _member(depth: int, counts: tuple[int, ...]) -> Application:
    what = f"ResNet V2 with {depth} layers that have weights."
    return application(__name__, f"ResNet{depth}V2", what, lambda options: _resnet(options, counts))


ResNet50V2 = _member(50, (3, 4, 6, 3))
ResNet101V2 = _member(101, (3, 4, 23, 3))
ResNet152V2 = _member(152, (3, 8, 36, 3))

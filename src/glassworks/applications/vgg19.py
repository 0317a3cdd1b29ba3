"""VGG with 19 layers; see `vgg16.py`."""

from __future__ import annotations

from glassworks.applications import imagenet_utils as _imagenet
from glassworks.applications.building import ImageShape, Options, Weights
from glassworks.applications.vgg16 import vgg
from glassworks.graph import KerasTensor
from glassworks.models.functional import Functional
from glassworks.typing import Activation

preprocess_input = _imagenet.preprocessing("caffe")
decode_predictions = _imagenet.decode_predictions


def VGG19(
    include_top: bool = True,
    weights: Weights = "imagenet",
    input_tensor: KerasTensor | None = None,
    input_shape: ImageShape = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Activation = "softmax",
    name: str = "vgg19",
) -> Functional:
    """VGG with 19 layers that have weights. `VGG16` says what the arguments mean."""
    options = Options(name, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
    return vgg(options, (2, 2, 4, 4, 4))

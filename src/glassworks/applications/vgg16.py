"""VGG: blocks of 3x3 convolutions with pooling between them (Simonyan and Zisserman, 2014, https://arxiv.org/abs/1409.1556)."""

from __future__ import annotations

from glassworks.applications import imagenet_utils as _imagenet
from glassworks.applications.building import ImageShape, Options, Weights
from glassworks.graph import KerasTensor
from glassworks.layers import Conv2D, Dense, Flatten, MaxPooling2D
from glassworks.models.functional import Functional
from glassworks.typing import Activation

preprocess_input = _imagenet.preprocessing("caffe")
decode_predictions = _imagenet.decode_predictions


def vgg(options: Options, counts: tuple[int, ...]) -> Functional:
    """The network with these numbers of convolutions per block.

    >>> vgg(Options("tiny", False, None, None, (32, 32, 3), "avg", 10, None), (1, 1)).output_shape
    (None, 128)
    """
    x = image = options.image(224, 32)
    for block, (filters, count) in enumerate(zip((64, 128, 256, 512, 512), counts, strict=False), 1):
        for number in range(1, count + 1):
            x = Conv2D(filters, 3, activation="relu", padding="same", name=f"block{block}_conv{number}")(x)
        x = MaxPooling2D(2, name=f"block{block}_pool")(x)
    if not options.include_top:
        return options.model(image, options.pool(x, named=False))
    x = Flatten(name="flatten")(x)
    for number in (1, 2):
        x = Dense(4096, activation="relu", name=f"fc{number}")(x)
    return options.model(image, options.predictions(x))


def VGG16(
    include_top: bool = True,
    weights: Weights = "imagenet",
    input_tensor: KerasTensor | None = None,
    input_shape: ImageShape = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Activation = "softmax",
    name: str = "vgg16",
) -> Functional:
    """VGG with 16 layers that have weights.

    Args:
        include_top: Whether the classifier is part of the model.
        weights: The path of a file with weights, or None for random ones. Keras's default `"imagenet"` is refused: nothing is downloaded.
        input_tensor: A symbolic tensor with the images instead of a new input.
        input_shape: The shape of one image; `(224, 224, 3)` by default, and sizes left open without a classifier.
        pooling: `"avg"` or `"max"` over all positions at the end of a model without a classifier.
        classes: The number of classes.
        classifier_activation: The activation of the classes; None for logits.
        name: The name of the model.

    Returns:
        A functional model with Keras's names of layers and order of weights.

    Raises:
        ArgumentError: `weights` is neither None nor a file.
        ShapeError: The images are too small, or their size is open where a classifier needs it.

    >>> VGG16(include_top=False, weights=None, input_shape=(32, 32, 3), pooling="avg").output_shape
    (None, 512)
    """
    options = Options(name, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
    return vgg(options, (2, 2, 3, 3, 3))

"""What all applications share: their arguments, the input, the end of the network, and weights from a file."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from glassworks import activations, settings
from glassworks.errors import ArgumentError, ShapeError, warn
from glassworks.graph import KerasTensor
from glassworks.layers import Dense, GlobalAveragePooling2D, GlobalMaxPooling2D, Input, Layer
from glassworks.models.function import get_source_inputs
from glassworks.models.functional import Functional
from glassworks.typing import Activation

Weights: TypeAlias = str | os.PathLike | None
"""The path of a file with weights; None for random ones. `"imagenet"`, Keras's default, is refused: nothing is downloaded."""

ImageShape: TypeAlias = tuple[int | None, ...] | None
"""Height, width and channels of an image; channels come first where `image_data_format()` says so."""


def channel_axis() -> int:
    """The axis of the channels in a batch of images.

    >>> channel_axis()
    -1
    """
    return 1 if settings.image_data_format() == "channels_first" else -1


def spatial(shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
    """Height and width in the shape of one image.

    >>> spatial((224, 160, 3))
    (224, 160)
    """
    return shape[1:3] if settings.image_data_format() == "channels_first" else shape[0:2]


def chain(x: KerasTensor, *layers: Layer | Callable[[KerasTensor], KerasTensor]) -> KerasTensor:
    """The layers one after another.

    >>> chain(Input((4, 4, 3)), GlobalAveragePooling2D(), Dense(2)).shape
    (None, 2)
    """
    for layer in layers:
        x = layer(x)
    return x


def halving_padding(x: KerasTensor, kernel: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """The zeros around images before a convolution with stride 2 and no padding of its own, which halves their size.

    >>> halving_padding(Input((8, 9, 3)), 3)
    ((0, 1), (1, 1))
    """
    height, width = spatial(x.shape[1:])
    half = kernel // 2
    rows = half - 1 if height is None else half - 1 + height % 2
    columns = half - 1 if height is None or width is None else half - 1 + width % 2
    return (rows, half), (columns, half)


def divisible(filters: float, divisor: int = 8) -> int:
    """The number of filters as a multiple of 8 that is not less than 90 % of it.

    >>> divisible(19), divisible(11.2), divisible(44.8)
    (24, 16, 48)
    """
    rounded = max(divisor, int(filters + divisor / 2) // divisor * divisor)
    return rounded if rounded >= 0.9 * filters else rounded + divisor


@dataclass(frozen=True)
class Options:
    """The arguments that all applications share; see `applications.VGG16`."""

    name: str
    include_top: bool
    weights: Weights
    input_tensor: KerasTensor | None
    input_shape: ImageShape
    pooling: str | None
    classes: int
    classifier_activation: Activation

    def __post_init__(self) -> None:
        if self.weights is None:
            return
        where = f"applications, model {self.name!r}"
        if self.weights == "imagenet":
            fix = (
                "use weights=None, or save a model with Keras, where it is downloaded: model.save('pretrained.keras'); "
                "here: keras.models.load_model('pretrained.keras'), or weights=the path of a file of model.save_weights"
            )
            raise ArgumentError("weights='imagenet'", "None or the path of a file: nothing is downloaded here", fix, where=where)
        if not Path(self.weights).exists():
            raise ArgumentError(f"weights={self.weights!r}", "None or the path of a file that exists", "check the path", where=where)
        if self.include_top and activations.get(self.classifier_activation) not in (activations.softmax, activations.linear):
            given = f"classifier_activation={self.classifier_activation!r}"
            raise ArgumentError(given, "'softmax' or None with weights from a file", "leave it out", where=where)

    def image(self, default_size: int, min_size: int) -> KerasTensor:
        """The symbolic images: the given tensor, or a new input.

        Args:
            default_size: Height and width of a model with a classifier whose input shape is not given.
            min_size: The least height and width.

        Raises:
            ShapeError: The input shape has not three sizes, is too small, or is open where a classifier needs it.
        """
        shape = self.shape(default_size, min_size)
        if self.input_tensor is None:
            return Input(shape)
        return self.input_tensor if isinstance(self.input_tensor, KerasTensor) else Input(shape, tensor=self.input_tensor)

    def shape(self, default_size: int, min_size: int) -> tuple[int | None, ...]:
        """The shape of one image; see `image`."""
        first, where = settings.image_data_format() == "channels_first", f"applications, model {self.name!r}"
        if not self.input_shape:
            size = default_size if self.include_top else None
            return (3, size, size) if first else (size, size, 3)
        shape = tuple(self.input_shape)
        if len(shape) != 3:
            raise ShapeError(f"input_shape={shape}", "three sizes", f"write input_shape=({default_size}, {default_size}, 3)", where=where)
        if shape[0 if first else -1] not in (1, 3):
            warn(f"{where}: input_shape={shape} with channels other than 1 or 3; images have 1 or 3")
        sizes = spatial(shape)
        if any(size is not None and size < min_size for size in sizes):
            raise ShapeError(f"input_shape={shape}", f"at least {min_size} x {min_size}", "resize the images", where=where)
        if self.include_top and None in shape:
            fix = f"give height and width, for example input_shape=({default_size}, {default_size}, 3), or set include_top=False"
            raise ShapeError(f"input_shape={shape} with include_top=True", "sizes that are known", fix, where=where)
        return shape

    def check_size(self) -> None:
        """Refuse an input shape of another width than that of the given tensor.

        Raises:
            ShapeError: The widths differ.
        """
        if self.input_shape is None or self.input_tensor is None:
            return
        shape = tuple(self.input_tensor.shape[1:])
        if spatial(shape)[1] != spatial(tuple(self.input_shape))[1]:
            found = f"input_shape={self.input_shape}, input_tensor of shape {self.input_tensor.shape}"
            raise ShapeError(found, "the same size", "leave input_shape out", where=f"applications, model {self.name!r}")

    def pool(self, x: KerasTensor, named: bool = True) -> KerasTensor:
        """The pooling at the end of a network without its classifier.

        Args:
            x: The features.
            named: Whether the layer is called `avg_pool` or `max_pool`.
        """
        if self.pooling == "avg":
            return GlobalAveragePooling2D(name="avg_pool" if named else None)(x)
        if self.pooling == "max":
            return GlobalMaxPooling2D(name="max_pool" if named else None)(x)
        if self.pooling is not None:
            warn(f"applications, model {self.name!r}: pooling={self.pooling!r} is not 'avg' or 'max', which means none here, as in Keras")
        return x

    def predictions(self, x: KerasTensor) -> KerasTensor:
        """The layer that gives the classes."""
        return Dense(self.classes, activation=self.classifier_activation, name="predictions")(x)

    def head(self, x: KerasTensor, named: bool = True) -> KerasTensor:
        """The mean over all positions and the classes, or the pooling in their place.

        Args:
            x: The features.
            named: Whether the pooling without a classifier is called `avg_pool` or `max_pool`.
        """
        return self.predictions(GlobalAveragePooling2D(name="avg_pool")(x)) if self.include_top else self.pool(x, named)

    def model(self, image: KerasTensor, output: KerasTensor, name: str | None = None) -> Functional:
        """The model from the images, or from the inputs of a given tensor, with the weights of the file.

        Args:
            image: The images.
            output: The end of the network.
            name: Another name than the given one.
        """
        inputs = image if self.input_tensor is None else get_source_inputs(image)
        model = Functional(inputs, output, name=name or self.name)
        if self.weights is not None:
            model.load_weights(self.weights)
        return model

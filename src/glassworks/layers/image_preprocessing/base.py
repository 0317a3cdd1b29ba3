"""The base of layers for images: one image or a batch, dicts with labels, boxes and masks, and random transformations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from glassworks import ops, random
from glassworks.arguments import Argument, Number, OneOf, Optional, Tuple
from glassworks.errors import ArgumentError, ShapeError
from glassworks.graph import spec_of
from glassworks.layers.arguments import DATA_FORMAT, SEED
from glassworks.layers.base import Layer
from glassworks.layers.image_preprocessing import bounding_boxes as boxes_of
from glassworks.random import SeedLike
from glassworks.typing import Shape, Structure, Tensor


class Range(Argument[Any]):
    """A number, or two of them, from `minimum` to `maximum`, stored as given."""

    def __init__(self, minimum: float, maximum: float) -> None:
        self.number = Number(minimum, maximum)

    def allows(self, value: object) -> bool:
        if isinstance(value, (tuple, list)):
            return len(value) == 2 and all(self.number.allows(one) for one in value)
        return self.number.allows(value)

    def near(self) -> list[object]:
        """Values near the limits, one or two, and three of them."""
        ends = list(self.number.near())
        return [*ends, *((0.5, end) for end in ends), (0.5,), (0.5,) * 3]

    def ends(self, value: Any) -> tuple[float, float]:
        """The ends of the range: a single number f means from -f (or the minimum, if that is larger) to f."""
        if isinstance(value, (tuple, list)):
            low, high = sorted(value)
            return low, high
        return max(-abs(value), self.number.minimum), abs(value)

    def __str__(self) -> str:
        return f"a number, or two, from {self.number.minimum} to {self.number.maximum}"


class Factor(Range):
    """A number, or two of them, converted to the ends of a range."""

    def convert(self, value: Any) -> tuple[float, float]:
        return self.ends(value)


class ValueRange(Tuple):
    """Two different numbers, converted to the smaller and the larger."""

    def allows(self, value: Any) -> bool:
        return super().allows(value) and value[0] != value[1]

    def convert(self, value: Any) -> tuple[float, float]:
        """The smallest first."""
        low, high = sorted(value)
        return low, high

    def near(self) -> list[object]:
        """Equal numbers, and too many numbers."""
        return [(1, 1), (0, 1, 2)]


VALUE_RANGE = ValueRange("two numbers, the smallest and the largest value of a pixel", Number(), count=2)
INTERPOLATION = OneOf("nearest", "bilinear")


class _ImageLayer(Layer):
    """The base of layers for images.

    `call` takes `(batch, height, width, channels)` or one image, or a dict with `images` and perhaps `labels`, `bounding_boxes` and
    `segmentation_masks`; with `"channels_first"` channels come before height. It draws a transformation (`get_random_transformation`)
    and passes it to a method for each part. These get batches only. Subclasses define `_draw` and `_transformed`.
    """

    data_format = DATA_FORMAT
    bounding_box_format: Any = Optional(OneOf(*boxes_of.FORMATS))

    def __init__(self, data_format: str | None = None, bounding_box_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(data_format=data_format, bounding_box_format=bounding_box_format)
        self.built = True

    # ---- the layout of images

    @property
    def _channels_first(self) -> bool:
        return self.data_format == "channels_first"

    @property
    def _spatial_axes(self) -> tuple[int, int]:
        """The axes of height and width, counted from the end."""
        return (-2, -1) if self._channels_first else (-3, -2)

    @property
    def _channel_axis(self) -> int:
        return -3 if self._channels_first else -1

    def _sizes(self, data: Any) -> tuple[int, int, int]:
        """Batch size, height and width."""
        shape = tuple(spec_of(data["images"] if isinstance(data, dict) else data).shape)
        return shape[0] if len(shape) == 4 else 1, shape[self._spatial_axes[0]], shape[self._spatial_axes[1]]

    def _images(self, images: Tensor) -> Tensor:
        """Images in the dtype of the computation."""
        return ops.cast(images, self.compute_dtype)

    def _per_image(self, numbers: Tensor) -> Tensor:
        """One number for each image, shaped to broadcast to the images."""
        return ops.reshape(ops.cast(numbers, self.compute_dtype), (-1, 1, 1, 1))

    # ---- the call

    def call(self, data: Structure, training: bool = True) -> Any:
        """The transformed images, or the dict with everything in it transformed."""
        parts, rest = self._parts(data)
        single = len(spec_of(parts["images"]).shape) == 3
        if single:
            parts = {name: _map(lambda x: ops.expand_dims(x, 0), value) for name, value in parts.items()}
        transformation = self.get_random_transformation(parts, training=training)
        transformed = {name: self._transforms()[name](value, transformation, training=training) for name, value in parts.items()}
        if single:
            transformed = {name: _map(lambda x: ops.squeeze(x, 0), value) for name, value in transformed.items()}
        return {**rest, **transformed} if isinstance(data, dict) else transformed["images"]

    def _parts(self, data: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """The parts to be transformed, as arrays, and the other entries of the dict."""
        given = data if isinstance(data, dict) else {"images": data}
        if "images" not in given:
            raise ArgumentError(f"a dict with {sorted(given)}", "a dict with 'images'", "pass the images alone, or name them 'images'")
        parts = {name: value for name, value in given.items() if name in self._transforms() and value is not None}
        if "bounding_boxes" in parts:
            if self.bounding_box_format is None:
                raise ArgumentError(
                    "bounding_boxes, but no bounding_box_format", "the format of the boxes", "pass bounding_box_format='xyxy'"
                )
            parts["bounding_boxes"] = boxes_of.dense(parts["bounding_boxes"])
        parts = {name: _map(ops.convert_to_tensor, value) for name, value in parts.items()}
        shape = tuple(spec_of(parts["images"]).shape)
        if len(shape) not in (3, 4):
            raise ShapeError(
                f"images of shape {shape}",
                "3 axes for one image or 4 for a batch",
                "add the axis that is missing: np.expand_dims(x, -1) adds one channel",
            )
        return parts, {name: value for name, value in given.items() if name not in parts}

    def _transforms(self) -> dict[str, Callable[..., Any]]:
        return {
            "images": self.transform_images,
            "labels": self.transform_labels,
            "bounding_boxes": self.transform_bounding_boxes,
            "segmentation_masks": self.transform_segmentation_masks,
        }

    # ---- methods for subclasses

    def get_random_transformation(self, data: Structure, training: bool = True, seed: SeedLike = None) -> Any:
        """A newly drawn transformation for each image; None if the layer draws nothing."""
        if not training:
            return None
        seed = getattr(self, "generator", None) if seed is None else seed
        sizes = self._sizes(data)
        drawn = self._draw(*sizes, seed)
        return None if drawn is None else {**drawn, "input_shape": (sizes[0], *self._shape(sizes[1], sizes[2]))}

    def _shape(self, height: int, width: int) -> tuple:
        return (None, height, width) if self._channels_first else (height, width, None)

    def _draw(self, batch: int, height: int, width: int, seed: SeedLike) -> dict[str, Any] | None:
        return None

    def transform_images(self, images: Any, transformation: Any = None, training: bool = True) -> Tensor:
        """The transformed images."""
        images = self._images(images)
        return self._transformed(images, transformation) if training else images

    def _transformed(self, images: Tensor, transformation: dict[str, Any]) -> Tensor:
        raise NotImplementedError(f"{type(self).__name__} does not say what it does with images")

    def transform_labels(self, labels: Tensor, transformation: dict[str, Any] | None = None, training: bool = True) -> Tensor:
        """The labels; most layers do not change them."""
        return labels

    def transform_bounding_boxes(self, bounding_boxes: Any, transformation: dict[str, Any] | None = None, training: bool = True) -> Any:
        """The transformed boxes; unchanged in layers that move no pixels."""
        return bounding_boxes

    def transform_segmentation_masks(
        self, segmentation_masks: Tensor, transformation: dict[str, Any] | None = None, training: bool = True
    ) -> Tensor:
        """The transformed masks; unchanged in layers that move no pixels."""
        return segmentation_masks

    def get_config(self) -> dict[str, Any]:
        """The arguments as a dict, without the format of boxes where there is none."""
        config = super().get_config()
        return config if self.bounding_box_format is not None else {k: v for k, v in config.items() if k != "bounding_box_format"}

    # ---- ranges of values

    def _rescaled(self, images: Any, before: Any, after: Any) -> Tensor:
        """Images from one range of values to another."""
        if tuple(before) == tuple(after):
            return images
        return (images - before[0]) / (before[1] - before[0]) * (after[1] - after[0]) + after[0]


class _SameSize(_ImageLayer):
    """A layer whose images keep their size."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def compute_output_shape(self, input_shape: Shape) -> Any:
        return input_shape


class _Random(_SameSize):
    """A layer that draws numbers from a seed generator, and does nothing unless `training` is true."""

    seed = SEED

    def __init__(self, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(seed=seed)
        self.generator = random.SeedGenerator(seed)

    def _uniform(self, shape: tuple, ends: tuple[float, float], seed: SeedLike, dtype: str = "float32") -> Tensor:
        return random.uniform(shape, ends[0], ends[1], dtype=dtype, seed=seed)

    def _draw_mask(self, batch: int, probability: tuple[float, float], seed: SeedLike) -> Tensor:
        """True for each image with a probability that is itself drawn from a range."""
        wanted = self._uniform((batch,), probability, seed)
        return self._uniform((batch,), (0.0, 1.0), seed) < wanted

    def _signs(self, shape: tuple, seed: SeedLike) -> Tensor:
        """-1 or 1 with equal probability."""
        return ops.where(self._uniform(shape, (0.0, 1.0), seed) > 0.5, -1.0, 1.0)


class _RandomColor(_Random):
    """A random layer that changes values, not positions."""

    value_range = VALUE_RANGE

    def __init__(self, value_range: Sequence[float] = (0, 255), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(value_range=value_range)

    def _clipped(self, images: Tensor) -> Tensor:
        return ops.clip(images, self.value_range[0], self.value_range[1])


class _RandomFactor(_RandomColor):
    """A random layer that changes values by a factor, whose range each class defines."""

    factor = Factor(0.0, 1.0)

    def __init__(
        self,
        factor: float | Sequence[float],
        value_range: Sequence[float] = (0, 255),
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(value_range=value_range, data_format=data_format, seed=seed, **kwargs)
        self._keep_arguments(factor=factor)


def _map(function: Callable[[Any], Any], value: Tensor) -> Any:
    """Apply a function to an array, or to the arrays of a dict of boxes."""
    return {key: function(one) for key, one in value.items()} if isinstance(value, dict) else function(value)

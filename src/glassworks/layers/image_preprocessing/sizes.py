"""Resizing and cropping of images, in the centre or at random."""

from __future__ import annotations

from typing import Any

from glassworks import ops, random
from glassworks.arguments import FLAG, Integer, Number, OneOf
from glassworks.errors import ArgumentError
from glassworks.graph import spec_of
from glassworks.layers.arguments import SEED
from glassworks.layers.image_preprocessing import bounding_boxes as boxes_of
from glassworks.layers.image_preprocessing.base import _ImageLayer
from glassworks.ops.image.resampling import INTERPOLATIONS
from glassworks.random import SeedLike
from glassworks.typing import Structure, Tensor


class _NewSize(_ImageLayer):
    """A layer whose results have a given height and width, in training and in inference."""

    height = width = Integer(minimum=1, floats=True)

    def __init__(self, height: int, width: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(height=height, width=width)

    def get_random_transformation(self, data: Structure, training: bool = True, seed: SeedLike = None) -> Any:
        """The size of the input, which the boxes need."""
        _, height, width = self._sizes(data)
        return {"input_shape": (None, *self._shape(height, width))}

    def _input_size(self, transformation: dict[str, Any]) -> tuple[int, int]:
        shape = transformation["input_shape"]
        return shape[self._spatial_axes[0]], shape[self._spatial_axes[1]]

    def transform_bounding_boxes(self, bounding_boxes: Any, transformation: Any = None, training: bool = True) -> Any:
        """The boxes in the new images, clipped at their borders; those without area get the label -1."""
        height, width = self._input_size(transformation)
        corners = boxes_of.convert_format(bounding_boxes, self.bounding_box_format, "xyxy", height, width)
        scale_x, scale_y, left, top = self._placement(transformation, training)
        x1, y1, x2, y2 = ops.split(corners["boxes"], 4, axis=-1)
        moved = [x1 * scale_x - left, y1 * scale_y - top, x2 * scale_x - left, y2 * scale_y - top]
        corners = {**corners, "boxes": ops.concatenate(moved, axis=-1)}
        corners = boxes_of.clip_to_image_size(corners, self.height, self.width)
        return boxes_of.convert_format(corners, "xyxy", self.bounding_box_format, self.height, self.width)

    def _placement(self, transformation: dict[str, Any], training: bool) -> tuple[Any, Any, Any, Any]:
        """The factors for x and y, and the numbers of pixels then cut off on the left and at the top."""
        raise NotImplementedError(f"{type(self).__name__} does not say where boxes go")

    def _cropped_to_ratio(self, transformation: dict[str, Any]) -> tuple[Any, Any, Any, Any]:
        """The placement if images are cropped to the aspect ratio of the result, then resized."""
        height, width = self._input_size(transformation)
        kept_height = max(min(height, int(width * self.height / self.width)), 1)
        kept_width = max(min(width, int(height * self.width / self.height)), 1)
        x, y = self.width / kept_width, self.height / kept_height
        return x, y, (width - kept_width) // 2 * x, (height - kept_height) // 2 * y


class Resizing(_NewSize):
    """Resizes images to a height and width.

    Args:
        height, width: The new size.
        interpolation: `"nearest"`, `"bilinear"`, `"bicubic"`, `"lanczos3"` or `"lanczos5"`.
        crop_to_aspect_ratio: Whether images are first cropped, around their centre, to the aspect ratio of the result.
        pad_to_aspect_ratio: Whether images are first padded with `fill_value` to this aspect ratio.
        fill_mode: Only `"constant"`.
        antialias: Whether each result pixel depends on all pixels that it covers when images become smaller.
        data_format: `"channels_last"` or `"channels_first"`; by default `config.image_data_format()`.

    Input shape: `(batch, height, width, channels)` or one image; also dicts with labels, boxes and masks. The dtype stays.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.Resizing(2, 3)(np.zeros((1, 8, 9, 1), "uint8")).shape
    (1, 2, 3, 1)
    """

    interpolation = OneOf(*INTERPOLATIONS)
    crop_to_aspect_ratio = pad_to_aspect_ratio = antialias = FLAG
    fill_mode = OneOf("constant")
    fill_value = Number()

    def __init__(
        self,
        height: int,
        width: int,
        interpolation: str = "bilinear",
        crop_to_aspect_ratio: bool = False,
        pad_to_aspect_ratio: bool = False,
        fill_mode: str = "constant",
        fill_value: float = 0.0,
        antialias: bool = False,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(height, width, data_format=data_format, **kwargs)
        self._keep_arguments(
            interpolation=interpolation, crop_to_aspect_ratio=crop_to_aspect_ratio, pad_to_aspect_ratio=pad_to_aspect_ratio
        )
        self._keep_arguments(fill_mode=fill_mode, fill_value=fill_value, antialias=antialias)
        if crop_to_aspect_ratio and pad_to_aspect_ratio:
            raise ArgumentError("crop_to_aspect_ratio and pad_to_aspect_ratio", "at most one of them", "choose one", where="Resizing")

    def _resized(self, images: Any, interpolation: str) -> Any:
        names = ("crop_to_aspect_ratio", "pad_to_aspect_ratio", "fill_mode", "fill_value", "antialias", "data_format")
        return ops.image.resize(images, (self.height, self.width), interpolation, **{name: getattr(self, name) for name in names})

    def transform_images(self, images: Tensor, transformation: dict[str, Any] | None = None, training: bool = True) -> Tensor:
        return self._resized(images, self.interpolation)

    def transform_segmentation_masks(
        self, segmentation_masks: Tensor, transformation: dict[str, Any] | None = None, training: bool = True
    ) -> Tensor:
        """The masks, resized to the nearest label."""
        return self._resized(segmentation_masks, "nearest")

    def _placement(self, transformation: dict[str, Any], training: bool) -> tuple[Any, Any, Any, Any]:
        height, width = self._input_size(transformation)
        if self.crop_to_aspect_ratio:
            return self._cropped_to_ratio(transformation)
        if self.pad_to_aspect_ratio:
            # The same number of rows on both sides, as `ops.image.resize` pads them.
            above = max(int(width * self.height / self.width) - height, 0) // 2
            beside = max(int(height * self.width / self.height) - width, 0) // 2
            x, y = self.width / (width + 2 * beside), self.height / (height + 2 * above)
            return x, y, -beside * x, -above * y
        return self.width / width, self.height / height, 0.0, 0.0


class CenterCrop(_NewSize):
    """Crops a window from the centre of images. Smaller images are cropped to the aspect ratio of the window and resized.

    Args:
        height, width: The size of the window.
        data_format: `"channels_last"` or `"channels_first"`; by default `config.image_data_format()`.

    Input shape: `(batch, height, width, channels)` or one image; also dicts with labels, boxes and masks.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.CenterCrop(1, 2)(np.arange(12.0).reshape(1, 3, 4, 1))[0, 0, :, 0]
    Array([5., 6.], dtype=float32)
    """

    def __init__(self, height: int, width: int, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(height, width, data_format=data_format, **kwargs)

    def transform_images(self, images: Tensor, transformation: dict[str, Any] | None = None, training: bool = True) -> Tensor:
        return self._cut(self._images(images), "bilinear")

    def transform_segmentation_masks(
        self, segmentation_masks: Tensor, transformation: dict[str, Any] | None = None, training: bool = True
    ) -> Tensor:
        return self._cut(segmentation_masks, "nearest")

    def _cut(self, images: Tensor, interpolation: str) -> Tensor:
        _, height, width = self._sizes(images)
        size = (self.height, self.width)
        if height < self.height or width < self.width:
            return ops.image.resize(images, size, interpolation, crop_to_aspect_ratio=True, data_format=self.data_format)
        top, left = (height - self.height) // 2, (width - self.width) // 2
        return ops.image.crop_images(images, top, left, target_height=self.height, target_width=self.width, data_format=self.data_format)

    def _placement(self, transformation: dict[str, Any], training: bool) -> tuple[Any, Any, Any, Any]:
        height, width = self._input_size(transformation)
        if height < self.height or width < self.width:
            return self._cropped_to_ratio(transformation)
        return 1.0, 1.0, (width - self.width) // 2, (height - self.height) // 2


class RandomCrop(_NewSize):
    """In training, crops a window at a random position, the same in all images of a batch.

    In inference, and if images are smaller than the window, images are cropped to its aspect ratio and resized.

    Args:
        height, width: The size of the window.
        seed: An int for the same positions in every run.
        data_format: `"channels_last"` or `"channels_first"`; by default `config.image_data_format()`.

    Input shape: `(batch, height, width, channels)` or one image; also dicts with labels, boxes and masks.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.RandomCrop(2, 3, seed=1)(np.ones((1, 4, 4, 1))).shape
    (1, 2, 3, 1)
    """

    seed = SEED

    def __init__(
        self, height: int, width: int, seed: int | None = None, data_format: str | None = None, name: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(height, width, data_format=data_format, name=name, **kwargs)
        self._keep_arguments(seed=random.make_default_seed() if seed is None else seed)
        self.generator = random.SeedGenerator(self.seed)

    def get_random_transformation(self, data: Structure, training: bool = True, seed: SeedLike = None) -> Any:
        """The start of the window, as `h_start` and `w_start`; empty if images are to be resized."""
        drawn = super().get_random_transformation(data, training)
        height, width = self._input_size(drawn)
        if not training or height < self.height or width < self.width:
            return drawn
        seed = self.generator if seed is None else seed
        start = [ops.cast(random.uniform((), 0.0, float(n + 1), seed=seed), "int32") for n in (height - self.height, width - self.width)]
        return {**drawn, "h_start": start[0], "w_start": start[1]}

    def transform_images(self, images: Any, transformation: Any = None, training: bool = True) -> Tensor:
        return self._cut(self._images(images), transformation, "bilinear")

    def transform_segmentation_masks(self, segmentation_masks: Any, transformation: Any = None, training: bool = True) -> Tensor:
        return self._cut(segmentation_masks, transformation, "nearest")

    def _cut(self, images: Tensor, transformation: dict[str, Any], interpolation: str) -> Tensor:
        wanted = (self.height, self.width)
        if "h_start" not in transformation:
            return ops.image.resize(images, wanted, interpolation, crop_to_aspect_ratio=True, data_format=self.data_format)
        start: list[Any] = [0, 0, 0, 0]
        shape = list(spec_of(images).shape)
        for axis, first, size in zip(self._spatial_axes, ("h_start", "w_start"), wanted, strict=True):
            start[axis], shape[axis] = transformation[first], size
        return ops.slice(images, start, shape)

    def _placement(self, transformation: dict[str, Any], training: bool) -> tuple[Any, Any, Any, Any]:
        if "h_start" not in transformation:
            return self._cropped_to_ratio(transformation)
        return 1.0, 1.0, ops.cast(transformation["w_start"], "float32"), ops.cast(transformation["h_start"], "float32")

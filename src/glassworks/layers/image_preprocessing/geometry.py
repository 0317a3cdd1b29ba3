"""Random flips, rotations, zooms, translations, shears and perspective changes of images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks import ops
from glassworks.arguments import FIXED, Number, OneOf, Optional
from glassworks.engine import images as images_of
from glassworks.layers.image_preprocessing import bounding_boxes as boxes_of
from glassworks.layers.image_preprocessing.base import INTERPOLATION, Factor, Range, _Random
from glassworks.ops.image.transforms import homography
from glassworks.random import SeedLike
from glassworks.typing import Tensor


class _RandomMove(_Random):
    """A random layer that moves pixels: masks and boxes are transformed like the images."""

    _interpolation = "bilinear"  # the interpolation of images

    def transform_images(self, images: Tensor, transformation: dict[str, Any] | None = None, training: bool = True) -> Tensor:
        images = self._images(images)
        return self._transform_images(images, transformation, self._interpolation) if training and transformation is not None else images

    def transform_segmentation_masks(
        self, segmentation_masks: Tensor, transformation: dict[str, Any] | None = None, training: bool = True
    ) -> Tensor:
        """The masks, transformed like the images with nearest interpolation."""
        if not training or transformation is None:
            return segmentation_masks
        return self._transform_images(segmentation_masks, transformation, "nearest")

    def transform_bounding_boxes(self, bounding_boxes: Any, transformation: dict[str, Any] | None = None, training: bool = True) -> Any:
        """The smallest axis-aligned boxes around the transformed boxes, clipped at the borders."""
        if not training or transformation is None:
            return bounding_boxes
        height, width = (transformation["input_shape"][axis] for axis in self._spatial_axes)
        corners = boxes_of.convert_format(bounding_boxes, self.bounding_box_format, "xyxy", height, width)
        corners = {**corners, "boxes": self._transform_boxes(corners["boxes"], transformation, height, width)}
        corners = boxes_of.clip_to_image_size(corners, height, width)
        return boxes_of.convert_format(corners, "xyxy", self.bounding_box_format, height, width)

    def _transform_images(self, images: Tensor, transformation: dict[str, Any], interpolation: str) -> Tensor:
        raise NotImplementedError(f"{type(self).__name__} does not move images")

    def _transform_boxes(self, boxes: Tensor, transformation: dict[str, Any], height: int, width: int) -> Any:
        raise NotImplementedError(f"{type(self).__name__} does not move boxes")


class RandomFlip(_RandomMove):
    """In training, flips half of the images.

    Args:
        mode: `"horizontal"`, `"vertical"` or `"horizontal_and_vertical"`.
        seed: An int for the same flips in every run.
        data_format: `"channels_last"` or `"channels_first"`; by default `config.image_data_format()`.

    Input shape: `(batch, height, width, channels)` or one image; also dicts with labels, boxes and masks.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> flipped = layers.RandomFlip("horizontal", seed=1)(np.tile([[[[1.0], [2.0]]]], (50, 1, 1, 1)))
    >>> sorted(set(map(tuple, flipped[:, 0, :, 0].tolist())))
    [(1.0, 2.0), (2.0, 1.0)]
    """

    mode = OneOf("horizontal", "vertical", "horizontal_and_vertical")

    def __init__(
        self, mode: str = "horizontal_and_vertical", seed: int | None = None, data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self._keep_arguments(mode=mode)

    def _draw(self, batch: int, height: int, width: int, seed: SeedLike) -> dict[str, Any]:
        return {"flips": self._uniform((batch, 1, 1, 1), (0.0, 1.0), seed) <= 0.5}

    def _transform_images(self, images: Tensor, transformation: dict[str, Any], interpolation: str) -> Tensor:
        flipped = images
        for axis, name in zip(self._spatial_axes, ("vertical", "horizontal"), strict=True):
            flipped = ops.flip(flipped, axis=axis) if name in self.mode else flipped
        return ops.where(transformation["flips"], flipped, images)

    def _transform_boxes(self, boxes: Tensor, transformation: dict[str, Any], height: int, width: int) -> Any:
        x1, y1, x2, y2 = ops.split(boxes, 4, axis=-1)
        if "horizontal" in self.mode:
            x1, x2 = width - x2, width - x1
        if "vertical" in self.mode:
            y1, y2 = height - y2, height - y1
        return ops.where(ops.squeeze(transformation["flips"], -1), ops.concatenate([x1, y1, x2, y2], axis=-1), boxes)


class _RandomProjection(_RandomMove):
    """A random perspective map from result pixels to source pixels: eight numbers for each image."""

    interpolation = INTERPOLATION
    fill_mode = OneOf("reflect", "wrap", "constant", "nearest")
    fill_value = Number()

    def __init__(self, interpolation: str = "bilinear", fill_mode: str = "reflect", fill_value: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(interpolation=interpolation, fill_mode=fill_mode, fill_value=fill_value)
        self._interpolation = interpolation

    def _matrix(self, transformation: dict[str, Any], height: int, width: int) -> Tensor:
        """The eight numbers `a0 a1 a2 b0 b1 b2 c0 c1` of each image."""
        raise NotImplementedError(f"{type(self).__name__} does not say where pixels come from")

    def _matrix_of(self, transformation: dict[str, Any], height: int, width: int) -> Tensor:
        """The matrix in a transformation, or the one computed from the drawn numbers."""
        return transformation["matrix"] if "matrix" in transformation else self._matrix(transformation, height, width)

    def _transform_images(self, images: Tensor, transformation: dict[str, Any], interpolation: str) -> Tensor:
        _, height, width = self._sizes(images)
        matrix = self._matrix_of(transformation, height, width)
        if interpolation == "bilinear" and not self._channels_first:
            at_once = images_of.projected(images, matrix, self.fill_mode, self.fill_value)
            if at_once is not None:
                return at_once
        return ops.image.affine_transform(images, matrix, interpolation, self.fill_mode, self.fill_value, data_format=self.data_format)

    def _transform_boxes(self, boxes: Tensor, transformation: dict[str, Any], height: int, width: int) -> Any:
        return boxes_of.projected(boxes, boxes_of.inverse_transform(self._matrix_of(transformation, height, width)))


def _stack_matrix(*numbers: Any) -> Any:
    """Eight numbers for each image, stacked; a plain number is the same for all images."""
    shape = next(tuple(one.shape) for one in numbers if hasattr(one, "shape"))
    return ops.stack([ops.broadcast_to(ops.cast(one, "float32"), shape) for one in numbers], axis=-1)


class RandomRotation(_RandomProjection):
    """In training, rotates each image by a random angle about its centre.

    Args:
        factor: The angle in full turns: two numbers for a range, or f for -f to f. Positive is counterclockwise.
        fill_mode: The values outside of the image: `"reflect"`, `"wrap"`, `"constant"` (`fill_value`) or `"nearest"`.
        interpolation: `"nearest"` or `"bilinear"`.
        seed: An int for the same angles in every run.
        data_format: `"channels_last"` or `"channels_first"`; by default `config.image_data_format()`.

    Input shape: `(batch, height, width, channels)` or one image; also dicts with labels, boxes and masks.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.RandomRotation((0.25, 0.25))(np.array([[[1.0], [2.0]], [[3.0], [4.0]]]))[..., 0].numpy().round(3)
    array([[2., 4.],
           [1., 3.]], dtype=float32)
    """

    factor = Factor(-1.0, 1.0)

    def __init__(
        self,
        factor: float | Sequence[float],
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(interpolation, fill_mode, fill_value, seed=seed, data_format=data_format, **kwargs)
        self._keep_arguments(factor=factor)

    def _draw(self, batch: int, height: int, width: int, seed: SeedLike) -> dict[str, Any]:
        return {"angle": self._uniform((batch,), (self.factor[0] * 360.0, self.factor[1] * 360.0), seed)}

    def _matrix(self, transformation: dict[str, Any], height: int, width: int) -> Tensor:
        angle = transformation["angle"] * (math.pi / 180.0)
        cosine, sine = ops.cos(angle), ops.sin(angle)
        x, y = (width - 1) / 2, (height - 1) / 2
        return _stack_matrix(cosine, -sine, x - x * cosine + y * sine, sine, cosine, y - x * sine - y * cosine, 0.0, 0.0)


_ZOOM = Range(float(np.nextafter(-1.0, 0.0)), 1.0)  # at -1 the image would be a single point


class RandomZoom(_RandomProjection):
    """In training, zooms each image in or out.

    Args:
        height_factor: A fraction of the height: two numbers for a range, or f for -f to f. Negative numbers zoom in.
        width_factor: The same for the width; None keeps the aspect ratio.
        fill_mode: The values outside of the image: `"reflect"`, `"wrap"`, `"constant"` (`fill_value`) or `"nearest"`.
        interpolation: `"nearest"` or `"bilinear"`.
        seed: An int for the same zooms in every run.
        data_format: `"channels_last"` or `"channels_first"`; by default `config.image_data_format()`.

    Input shape: `(batch, height, width, channels)` or one image; also dicts with labels, boxes and masks.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> line = np.arange(5.0).reshape(1, 5, 1)
    >>> layers.RandomZoom((0.0, 0.0), (-0.5, -0.5))(line)[0, :, 0]
    Array([1. , 1.5, 2. , 2.5, 3. ], dtype=float32)
    """

    height_factor = _ZOOM
    width_factor = Optional(_ZOOM)

    def __init__(
        self,
        height_factor: Any,
        width_factor: Any = None,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(interpolation, fill_mode, fill_value, seed=seed, data_format=data_format, **kwargs)
        self._keep_arguments(height_factor=height_factor, width_factor=width_factor)
        self._height_ends = _ZOOM.ends(height_factor)
        self._width_ends = None if width_factor is None else _ZOOM.ends(width_factor)

    def _draw(self, batch: int, height: int, width: int, seed: SeedLike) -> dict[str, Any]:
        down = self._uniform((batch, 1), (1.0 + self._height_ends[0], 1.0 + self._height_ends[1]), seed)
        if self._width_ends is None:
            return {"height_zoom": down, "width_zoom": down}
        return {
            "height_zoom": down,
            "width_zoom": self._uniform((batch, 1), (1.0 + self._width_ends[0], 1.0 + self._width_ends[1]), seed),
        }

    def _matrix(self, transformation: dict[str, Any], height: int, width: int) -> Tensor:
        across, down = transformation["width_zoom"][:, 0], transformation["height_zoom"][:, 0]
        x, y = (width - 1) / 2, (height - 1) / 2
        return _stack_matrix(across, 0.0, x * (1.0 - across), 0.0, down, y * (1.0 - down), 0.0, 0.0)


_MOVE = Range(-1.0, 1.0)


class RandomTranslation(_RandomProjection):
    """In training, translates each image.

    Args:
        height_factor: A fraction of the height: two numbers for a range, or f for -f to f. Positive is down.
        width_factor: A fraction of the width. Positive is to the right.
        fill_mode: The values outside of the image: `"reflect"`, `"wrap"`, `"constant"` (`fill_value`) or `"nearest"`.
        interpolation: `"nearest"` or `"bilinear"`.
        seed: An int for the same moves in every run.
        data_format: `"channels_last"` or `"channels_first"`; by default `config.image_data_format()`.

    Input shape: `(batch, height, width, channels)` or one image; also dicts with labels, boxes and masks.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> line = np.arange(4.0).reshape(1, 4, 1)
    >>> layers.RandomTranslation(0.0, (0.25, 0.25), fill_mode="constant")(line)[0, :, 0]
    Array([0., 0., 1., 2.], dtype=float32)
    """

    height_factor = width_factor = _MOVE

    def __init__(
        self,
        height_factor: Any,
        width_factor: Any,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(interpolation, fill_mode, fill_value, seed=seed, data_format=data_format, **kwargs)
        self._keep_arguments(height_factor=height_factor, width_factor=width_factor)
        self._height_ends, self._width_ends = _MOVE.ends(height_factor), _MOVE.ends(width_factor)

    def _draw(self, batch: int, height: int, width: int, seed: SeedLike) -> dict[str, Any]:
        down = self._uniform((batch, 1), self._height_ends, seed) * float(height)
        across = self._uniform((batch, 1), self._width_ends, seed) * float(width)
        return {"translations": ops.concatenate([across, down], axis=1)}

    def _matrix(self, transformation: dict[str, Any], height: int, width: int) -> Tensor:
        moves = transformation["translations"]
        return _stack_matrix(1.0, 0.0, -moves[:, 0], 0.0, 1.0, -moves[:, 1], 0.0, 0.0)


class _Shear(Factor):
    """A size, or two numbers that may be negative, since a config holds (-f, f) for f."""

    def __init__(self) -> None:
        super().__init__(-1.0, 1.0)

    def allows(self, value: object) -> bool:
        return super().allows(value) and (isinstance(value, (tuple, list)) or Number(0.0, 1.0).allows(value))

    def fix(self, value: object) -> str:
        """The fix for a single number."""
        return "" if isinstance(value, (tuple, list)) else Number(0.0, 1.0).fix(value)

    def __str__(self) -> str:
        return "a number from 0.0 to 1.0, or two from -1.0 to 1.0"


class RandomShear(_RandomProjection):
    """In training, shears each image: rows move in proportion to their index, and so do columns.

    Args:
        x_factor: The shift of rows per index: two numbers for a range, or f for -f to f.
        y_factor: The shift of columns per index.
        interpolation: `"nearest"` or `"bilinear"`.
        fill_mode: The values outside of the image: `"reflect"`, `"wrap"`, `"constant"` (`fill_value`) or `"nearest"`.
        data_format: `"channels_last"` or `"channels_first"`; by default `config.image_data_format()`.
        seed: An int for the same shears in every run.

    Half of the images, drawn at random, are sheared in the other direction.

    Input shape: `(batch, height, width, channels)` or one image; also dicts with labels, boxes and masks.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.RandomShear(0.2, 0.1)(np.ones((2, 4, 4, 1))).shape
    (2, 4, 4, 1)
    """

    x_factor = y_factor = _Shear()

    def __init__(
        self,
        x_factor: Any = 0.0,
        y_factor: Any = 0.0,
        interpolation: str = "bilinear",
        fill_mode: str = "reflect",
        fill_value: float = 0.0,
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(interpolation, fill_mode, fill_value, seed=seed, data_format=data_format, **kwargs)
        self._keep_arguments(x_factor=x_factor, y_factor=y_factor)

    def _draw(self, batch: int, height: int, width: int, seed: SeedLike) -> dict[str, Any]:
        sign = self._signs((batch, 1), seed)
        y = self._uniform((batch, 1), self.y_factor, seed)
        x = self._uniform((batch, 1), self.x_factor, seed)
        return {"shear_factor": ops.concatenate([x, y], axis=1) * sign}

    def _matrix(self, transformation: dict[str, Any], height: int, width: int) -> Tensor:
        shear = transformation["shear_factor"]
        return _stack_matrix(1.0, shear[:, 0], 0.0, shear[:, 1], 1.0, 0.0, 0.0, 0.0)


class RandomPerspective(_RandomProjection):
    """In training, changes the perspective of each image: its corners move.

    Args:
        factor: The probability that an image is changed: a number f draws it from 0 to f, two numbers give the range.
        scale: The range of the corners, from 0 to 1, as a fraction of their distance from the upper left corner; half of it in each direction.
        interpolation: `"nearest"` or `"bilinear"`.
        fill_value: The value outside of the image.
        seed: An int for the same views in every run.
        data_format: `"channels_last"` or `"channels_first"`; by default `config.image_data_format()`.

    Input shape: `(batch, height, width, channels)` or one image; also dicts with labels, boxes and masks.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.RandomPerspective(scale=0.2, seed=1)(np.ones((2, 4, 4, 1))).shape
    (2, 4, 4, 1)
    """

    factor = Factor(0.0, 1.0)
    scale = Number(0.0, 1.0)
    fill_mode = FIXED

    def __init__(
        self,
        factor: float | Sequence[float] = 1.0,
        scale: float = 1.0,
        interpolation: str = "bilinear",
        fill_value: float = 0.0,
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(interpolation, "constant", fill_value, seed=seed, data_format=data_format, **kwargs)
        self._keep_arguments(factor=factor, scale=scale)

    def _draw(self, batch: int, height: int, width: int, seed: SeedLike) -> dict[str, Any]:
        chosen = self._draw_mask(batch, self.factor, seed)
        moves = self._uniform((batch, 4, 2), (-0.5 * self.scale, 0.5 * self.scale), seed)
        # If the image is one pixel wide or high, the corners lie on a line and determine no map.
        right, bottom = float(max(width - 1, 1)), float(max(height - 1, 1))
        corners = np.array([[[0.0, 0.0], [right, 0.0], [0.0, bottom], [right, bottom]]], "float32")
        start = ops.tile(corners, (batch, 1, 1))
        return {"apply_perspective": chosen, "start_points": start, "end_points": start + start * moves}

    def _matrix(self, transformation: dict[str, Any], height: int, width: int) -> Tensor:
        found = homography(transformation["end_points"], transformation["start_points"])
        unchanged = np.array([[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]], "float32")
        return ops.where(ops.expand_dims(transformation["apply_perspective"], -1), found, unchanged)

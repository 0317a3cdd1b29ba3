"""Random filters: sharpness, blur, elastic distortion, and erased patches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks import ops, random
from glassworks.arguments import Argument, Integer, Number, OneOf
from glassworks.configured import defaults
from glassworks.layers.image_preprocessing.base import INTERPOLATION, VALUE_RANGE, Factor, _RandomColor, _RandomFactor
from glassworks.layers.image_preprocessing.geometry import _RandomMove
from glassworks.ops.image.coordinates import FILL_MODES, ORDERS
from glassworks.ops.image.layout import of_batch
from glassworks.ops.image.transforms import distorted
from glassworks.random import SeedLike
from glassworks.typing import Sizes, Tensor


@defaults()
class RandomSharpness(_RandomFactor):
    """In training, softens or sharpens each image.

    Args:
        factor: From 0 to 1: two numbers for a range, or f for 0 to f. 0 smooths, 0.5 changes nothing, 1 sharpens.
        value_range: The smallest and the largest value of a pixel; results are clipped to it.
        data_format: `"channels_last"` or `"channels_first"`; by default `config.image_data_format()`.
        seed: An int for the same factors in every run.

    Input shape: `(batch, height, width, channels)` or one image; also dicts with labels, boxes and masks.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.RandomSharpness((0.5, 0.5))(np.array([[[10.0], [20.0]]]))[0, :, 0]
    Array([10., 20.], dtype=float32)
    """

    factor = Factor(0.0, 1.0)

    def _draw(self, batch: int, height: int, width: int, seed: SeedLike) -> dict[str, Any]:
        return {"factor": self._uniform((batch,), self.factor, seed)}

    def _transformed(self, images: Tensor, transformation: dict[str, Any]) -> Tensor:
        window = np.full((3, 3, 1, 1), 1.0 / 13.0)
        window[1, 1] = 5.0 / 13.0
        kernel = ops.cast(np.tile(window, (1, 1, images.shape[self._channel_axis], 1)), self.compute_dtype)
        smooth = ops.depthwise_conv(images, kernel, padding="same", data_format=self.data_format)
        return self._clipped(images + (1.0 - 2.0 * self._per_image(transformation["factor"])) * (smooth - images))


class _Odd(Argument[tuple[int, int]]):
    """An odd number, or two of them."""

    def allows(self, value: Any) -> bool:
        given = value if isinstance(value, (tuple, list)) and len(value) == 2 else (value,)
        return all(Integer(minimum=1).allows(one) and one % 2 == 1 for one in given)

    def convert(self, value: Any) -> tuple[int, int]:
        width, height = value if isinstance(value, (tuple, list)) else (value, value)
        return width, height

    def near(self) -> list[object]:
        """Even numbers, alone or beside an odd one."""
        return [0, 2, (3, 4)]

    def __str__(self) -> str:
        return "a positive odd number, or two of them"


class RandomGaussianBlur(_RandomColor):
    """In training, blurs some of the images by a Gaussian window.

    Args:
        factor: The probability that an image is blurred: a number f draws it from 0 to f, two numbers give the range.
        kernel_size: The window's width and height, odd; one number for both.
        sigma: The window's standard deviation, from 0 to 1: two numbers for a range, or s for 0 to s. One draw for the whole batch.
        value_range: The smallest and the largest value of a pixel; results are clipped to it.
        data_format: `"channels_last"` or `"channels_first"`; by default `config.image_data_format()`.
        seed: An int for the same numbers in every run.

    Input shape: `(batch, height, width, channels)` or one image; also dicts with labels, boxes and masks.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> dot = np.zeros((1, 3, 3, 1))
    >>> dot[0, 1, 1] = 100
    >>> layers.RandomGaussianBlur((1.0, 1.0), sigma=(1.0, 1.0))(dot)[0, 1, :, 0].numpy().round()
    array([12., 20., 12.], dtype=float32)
    """

    factor = sigma = Factor(0.0, 1.0)
    kernel_size = _Odd()

    def __init__(
        self,
        factor: float | Sequence[float] = 1.0,
        kernel_size: Sizes = 3,
        sigma: Any = 1.0,
        value_range: Sequence[float] = (0, 255),
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(value_range=value_range, data_format=data_format, seed=seed, **kwargs)
        self._keep_arguments(factor=factor, kernel_size=kernel_size, sigma=sigma)

    def _draw(self, batch: int, height: int, width: int, seed: SeedLike) -> dict[str, Any]:
        return {"should_apply_blur": self._draw_mask(batch, self.factor, seed), "blur_factor": self._uniform((2,), self.sigma, seed) + 1e-6}

    def _transformed(self, images: Tensor, transformation: dict[str, Any]) -> Tensor:
        blurred = ops.image.gaussian_blur(images, self.kernel_size, transformation["blur_factor"], self.data_format)
        return self._clipped(ops.where(ops.reshape(transformation["should_apply_blur"], (-1, 1, 1, 1)), blurred, images))


class RandomElasticTransform(_RandomMove):
    """In training, distorts some of the images elastically: pixels move by smooth noise (Simard et al., 2003).

    Args:
        factor: The probability that an image is changed: a number f draws it from 0 to f, two numbers give the range.
        scale: The strength, from 0 to 1: two numbers for a range, or s for 0 to s. One draw for the whole batch.
        interpolation: `"nearest"` or `"bilinear"`.
        fill_mode: The values outside of the image: `"reflect"`, `"wrap"`, `"constant"` (`fill_value`), `"nearest"` or `"mirror"`.
        value_range: The smallest and the largest value of a pixel; results are clipped to it.
        seed: An int for the same noise in every run.
        data_format: `"channels_last"` or `"channels_first"`; by default `config.image_data_format()`.

    Bounding boxes stay where they are. Input shape: `(batch, height, width, channels)` or one image; also dicts.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.RandomElasticTransform(seed=1)(np.ones((2, 8, 8, 3))).shape
    (2, 8, 8, 3)
    """

    factor = scale = Factor(0.0, 1.0)
    interpolation = INTERPOLATION
    fill_mode = OneOf(*FILL_MODES)
    fill_value = Number()
    value_range = VALUE_RANGE

    def __init__(
        self,
        factor: float | Sequence[float] = 1.0,
        scale: float | Sequence[float] = 1.0,
        interpolation: str = "bilinear",
        fill_mode: str = "reflect",
        fill_value: float = 0.0,
        value_range: Sequence[float] = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self._keep_arguments(factor=factor, scale=scale, value_range=value_range)
        self._keep_arguments(interpolation=interpolation, fill_mode=fill_mode, fill_value=fill_value)
        self._interpolation = interpolation

    def _draw(self, batch: int, height: int, width: int, seed: SeedLike) -> dict[str, Any] | None:
        if self.scale[1] == 0 or self.factor[1] == 0:
            return None
        chosen, strength = self._draw_mask(batch, self.factor, seed), self._uniform((), self.scale, seed)
        # The noise is part of the transformation, so that masks are distorted like their images.
        noise = random.normal((batch, height, width, 2), dtype="float32", seed=seed)
        return {"apply_transform": chosen, "distortion_factor": strength, "noise": noise}

    def _transform_images(self, images: Tensor, transformation: dict[str, Any], interpolation: str) -> Tensor:
        _, height, width = self._sizes(images)
        strength = transformation["distortion_factor"]
        alpha, most = 0.1 * max(height, width) * strength, 0.05 * min(height, width) * self.scale[1]
        sigma = 0.05 * min(height, width) * strength + 1e-6
        arguments = (alpha, sigma, int(6 * most) | 1, ORDERS[interpolation], self.fill_mode, self.fill_value)
        moved = of_batch(lambda x: distorted(x, transformation["noise"], *arguments), images, self.data_format)
        result = ops.where(ops.reshape(transformation["apply_transform"], (-1, 1, 1, 1)), moved, images)
        return result if interpolation != self._interpolation else ops.clip(result, *self.value_range)

    def _transform_boxes(self, boxes: Tensor, transformation: dict[str, Any], height: int, width: int) -> Any:
        return boxes


def random_window(layer: Any, batch: int, height: int, width: int, shares: tuple[Any, Any], seed: SeedLike) -> tuple[Any, Any]:
    """A window of each image at a random position, as a mask that broadcasts to the images; and its fraction of the area.

    `shares` are the fractions of width and height, one number for each image.
    """
    inside: Tensor | None = None
    area: Tensor | float = 1.0
    axes = layer._spatial_axes
    for axis, size, share in ((axes[1], width, shares[0]), (axes[0], height, shares[1])):
        length = ops.reshape(ops.cast(share, "float32"), (-1, 1, 1, 1)) * float(size)
        start = random.uniform((batch, 1, 1, 1), dtype="float32", seed=seed) * (float(size) - length)
        shape = [1, 1, 1, 1]
        shape[axis] = size
        place = np.arange(size, dtype="float32").reshape(shape)
        within = ops.logical_and(place >= start, place < start + length)
        inside = within if inside is None else ops.logical_and(inside, within)
        area = area * ops.reshape(length, (-1,)) / float(size)
    return inside, area


class _Fill(Argument[Any]):
    """A number, three numbers for the channels, or None."""

    def allows(self, value: object) -> bool:
        if isinstance(value, (tuple, list)):
            return len(value) == 3 and all(map(Number().allows, value))
        return value is None or Number().allows(value)

    def near(self) -> list[object]:
        """Values for another number of channels."""
        return [(1, 2), (1, 2, None)]

    def __str__(self) -> str:
        return "a number, three numbers, or None for noise"


class RandomErasing(_RandomColor):
    """In training, fills a random window of some of the images (Zhong et al., 2017).

    Args:
        factor: The probability that an image is changed: a number f draws it from 0 to f, two numbers give the range.
        scale: The fraction of the area: two numbers for a range, or s for 0 to s.
        fill_value: A number, or three for the channels; None for noise.
        value_range: The smallest and the largest value of a pixel.
        seed: An int for the same windows in every run.
        data_format: `"channels_last"` or `"channels_first"`; by default `config.image_data_format()`.

    Input shape: `(batch, height, width, channels)` or one image; also dicts with labels, boxes and masks.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layer = layers.RandomErasing((1.0, 1.0), scale=(0.25, 0.25), fill_value=0.0, seed=1)
    >>> int(layer(np.ones((1, 8, 8, 1))).numpy().sum())
    48
    """

    factor = scale = Factor(0.0, 1.0)
    fill_value = _Fill()

    def __init__(
        self,
        factor: float | Sequence[float] = 1.0,
        scale: float | Sequence[float] = (0.02, 0.33),
        fill_value: Any = None,
        value_range: Sequence[float] = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(value_range=value_range, seed=seed, data_format=data_format, **kwargs)
        self._keep_arguments(factor=factor, scale=scale, fill_value=fill_value)

    def _draw(self, batch: int, height: int, width: int, seed: SeedLike) -> dict[str, Any]:
        sides = ops.sqrt(self._uniform((batch, 2), self.scale, seed))
        window, _ = random_window(self, batch, height, width, (sides[:, 0], sides[:, 1]), seed)
        drawn = {"apply_erasing": self._draw_mask(batch, self.factor, seed), "batch_masks": window}
        if self.fill_value is not None:
            fill = np.clip(np.asarray(self.fill_value, "float32"), *self.value_range)
            return {**drawn, "fill_value": fill.reshape((-1, 1, 1) if self._channels_first and fill.ndim else fill.shape)}
        # The noise has the shape of the images, which `_transformed` knows.
        return {**drawn, "fill_value": None, "noise_seed": seed}

    def _transformed(self, images: Tensor, transformation: dict[str, Any]) -> Tensor:
        fill = transformation["fill_value"]
        if fill is None:
            noise = random.normal(images.shape, dtype="float32", seed=transformation["noise_seed"])
            fill = self._clipped(noise * float(self.value_range[1]))
        chosen = ops.reshape(transformation["apply_erasing"], (-1, 1, 1, 1))
        erased = ops.logical_and(transformation["batch_masks"], chosen)
        return ops.where(erased, ops.cast(fill, self.compute_dtype), images)

"""Random changes of brightness, contrast and colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glassworks import ops, settings
from glassworks.arguments import Number, Optional
from glassworks.configured import defaults
from glassworks.layers.image_preprocessing.base import Factor, Range, _Random, _RandomColor, _RandomFactor
from glassworks.random import SeedLike
from glassworks.typing import Tensor


class RandomBrightness(_RandomColor):
    """In training, adds a random number to each image.

    Args:
        factor: The number as a fraction of the range of values: two numbers for a range, or f for -f to f.
        value_range: The smallest and the largest value of a pixel; results are clipped to it.
        seed: An int for the same numbers in every run.

    Input shape: `(batch, height, width, channels)` or one image; also dicts with labels, boxes and masks.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.RandomBrightness((0.5, 0.5), value_range=(0, 1))(np.array([[[0.25, 0.75]]]))
    Array([[[0.75, 1.  ]]], dtype=float32)
    """

    factor = Factor(-1.0, 1.0)

    def __init__(
        self, factor: float | Sequence[float], value_range: Sequence[float] = (0, 255), seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(value_range=value_range, seed=seed, **kwargs)
        self._keep_arguments(factor=factor)

    def _draw(self, batch: int, height: int, width: int, seed: SeedLike) -> dict[str, Any]:
        span = float(self.value_range[1] - self.value_range[0])
        return {"rgb_delta": self._uniform((batch, 1, 1, 1), self.factor, seed) * span}

    def _transformed(self, images: Tensor, transformation: dict[str, Any]) -> Tensor:
        return self._clipped(images + self._per_image(transformation["rgb_delta"]))


class RandomContrast(_RandomColor):
    """In training, decreases or increases the distance of values from the mean of each image and channel.

    Args:
        factor: Two numbers a and b from 0 to 1: the factor is drawn from 1 - a to 1 + b. A single f means from 1 to 1 + f.
        value_range: The smallest and the largest value of a pixel; results are clipped to it.
        seed: An int for the same factors in every run.

    Input shape: `(batch, height, width, channels)` or one image; also dicts with labels, boxes and masks.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layer = layers.RandomContrast((0.0, 1.0), value_range=(0, 1))
    >>> layer(np.full((1, 4, 4, 1), 0.5)).numpy().min()
    np.float32(0.5)
    """

    factor = Factor(0.0, 1.0)

    def __init__(
        self, factor: float | Sequence[float], value_range: Sequence[float] = (0, 255), seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(value_range=value_range, seed=seed, **kwargs)
        self._keep_arguments(factor=factor)

    def _draw(self, batch: int, height: int, width: int, seed: SeedLike) -> dict[str, Any]:
        return {"contrast_factor": self._uniform((batch, 1, 1, 1), (1.0 - self.factor[0], 1.0 + self.factor[1]), seed)}

    def _transformed(self, images: Tensor, transformation: dict[str, Any]) -> Tensor:
        mean = ops.mean(images, axis=self._spatial_axes, keepdims=True)
        return self._clipped((images - mean) * self._per_image(transformation["contrast_factor"]) + mean)


class RandomGrayscale(_Random):
    """In training, converts some of the images to grey; they keep three channels.

    Args:
        factor: The probability that an image becomes grey.
        data_format: `"channels_last"` or `"channels_first"`; by default `config.image_data_format()`.
        seed: An int for the same choices in every run.

    Input shape: `(batch, height, width, 3)` or one image; also dicts with labels, boxes and masks.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.RandomGrayscale(1.0)(np.array([[[1.0, 0.0, 0.0]]]))
    Array([[[0.2989, 0.2989, 0.2989]]], dtype=float32)
    """

    factor = Number(0.0, 1.0)

    def __init__(self, factor: float = 0.5, data_format: str | None = None, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(data_format=data_format, seed=seed, **kwargs)
        self._keep_arguments(factor=factor)

    def _draw(self, batch: int, height: int, width: int, seed: SeedLike) -> dict[str, Any]:
        return {"should_apply": self._uniform((batch, 1, 1, 1), (0.0, 1.0), seed) < self.factor}

    def _transformed(self, images: Tensor, transformation: dict[str, Any]) -> Tensor:
        gray = ops.image.rgb_to_grayscale(images, data_format=self.data_format)
        return ops.where(transformation["should_apply"], gray, images)


@defaults()
class RandomColorDegeneration(_RandomFactor):
    """In training, blends each image with its grey version.

    Args:
        factor: The fraction of grey: two numbers for a range, or f for -f to f. Negative numbers strengthen colours.
        value_range: The smallest and the largest value of a pixel; results are clipped to it.
        data_format: `"channels_last"` or `"channels_first"`; by default `config.image_data_format()`.
        seed: An int for the same fractions in every run.

    Input shape: `(batch, height, width, 3)` or one image; also dicts with labels, boxes and masks.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.RandomColorDegeneration((1.0, 1.0), value_range=(0, 1))(np.array([[[1.0, 0.0, 0.0]]]))
    Array([[[0.2989, 0.2989, 0.2989]]], dtype=float32)
    """

    factor = Factor(-1.0, 1.0)

    def _draw(self, batch: int, height: int, width: int, seed: SeedLike) -> dict[str, Any]:
        return {"factor": self._uniform((batch, 1, 1, 1), self.factor, seed)}

    def _transformed(self, images: Tensor, transformation: dict[str, Any]) -> Tensor:
        gray = ops.image.rgb_to_grayscale(images, data_format=self.data_format)
        return self._clipped(images + self._per_image(transformation["factor"]) * (gray - images))


class _RandomHueSaturation(_RandomFactor):
    """A random layer that changes hue or saturation."""

    def _changed(self, images: Tensor, hue: Any = None, saturation: Any = None) -> Tensor:
        axis = self._channel_axis
        parts = [ops.squeeze(one, axis) for one in ops.split(ops.image.rgb_to_hsv(images, data_format=self.data_format), 3, axis=axis)]
        if hue is not None:
            parts[0] = hue(parts[0])
        if saturation is not None:
            parts[1] = saturation(parts[1])
        return ops.image.hsv_to_rgb(ops.stack(parts, axis=axis), data_format=self.data_format)


@defaults()
class RandomHue(_RandomHueSaturation):
    """In training, shifts the hue of each image, for half of the images in the other direction.

    Args:
        factor: The shift in half turns, from 0 to 1: two numbers for a range, or f for 0 to f.
        value_range: The smallest and the largest value of a pixel.
        data_format: `"channels_last"` or `"channels_first"`; by default `config.image_data_format()`.
        seed: An int for the same turns in every run.

    Input shape: `(batch, height, width, 3)` or one image; also dicts with labels, boxes and masks.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.RandomHue((1.0, 1.0), value_range=(0, 1))(np.array([[[1.0, 0.0, 0.0]]])).numpy().round(3)
    array([[[0., 1., 1.]]], dtype=float32)
    """

    factor = Factor(0.0, 1.0)

    def _draw(self, batch: int, height: int, width: int, seed: SeedLike) -> dict[str, Any]:
        sign = self._signs((batch,), seed)
        return {"factor": sign * self._uniform((batch,), self.factor, seed) * 0.5}

    def _transformed(self, images: Tensor, transformation: dict[str, Any]) -> Tensor:
        turn = ops.reshape(ops.cast(transformation["factor"], self.compute_dtype), (-1, 1, 1))
        images = self._rescaled(images, self.value_range, (0, 1))
        # hsv_to_rgb takes the hue modulo 1.
        images = ops.clip(self._changed(images, hue=lambda hue: hue + turn), 0.0, 1.0)
        return self._rescaled(images, (0, 1), self.value_range)


@defaults()
class RandomSaturation(_RandomHueSaturation):
    """In training, decreases or increases the saturation of each image.

    Args:
        factor: From 0 to 1: two numbers for a range, or f for -f to f. Saturation is multiplied by factor / (1 - factor):
            0 gives shades of grey, 0.5 the same colours, 1 full colours. Negative factors act as 0.
        value_range: The smallest and the largest value of a pixel; the new saturation is clipped to it.
        data_format: `"channels_last"` or `"channels_first"`; by default `config.image_data_format()`.
        seed: An int for the same factors in every run.

    Input shape: `(batch, height, width, 3)` or one image; also dicts with labels, boxes and masks.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.RandomSaturation((0.0, 0.0), value_range=(0, 1))(np.array([[[1.0, 0.5, 0.0]]]))
    Array([[[1., 1., 1.]]], dtype=float32)
    """

    factor = Factor(-1.0, 1.0)

    def _draw(self, batch: int, height: int, width: int, seed: SeedLike) -> dict[str, Any]:
        drawn = self._uniform((batch,), self.factor, seed)
        return {"factor": drawn / (1.0 - drawn + settings.epsilon())}

    def _transformed(self, images: Tensor, transformation: dict[str, Any]) -> Tensor:
        factor = ops.reshape(ops.cast(transformation["factor"], self.compute_dtype), (-1, 1, 1))
        return self._changed(images, saturation=lambda saturation: self._clipped(saturation * factor))


class RandomColorJitter(_RandomColor):
    """In training, changes brightness, contrast, saturation and hue, in this order; a property without a factor does not change.

    Args:
        value_range: The smallest and the largest value of a pixel.
        brightness_factor, contrast_factor, saturation_factor, hue_factor: As for `RandomBrightness`, `RandomContrast`,
            `RandomSaturation` and `RandomHue`.
        seed: An int for the same changes in every run.
        data_format: `"channels_last"` or `"channels_first"`; by default `config.image_data_format()`.

    Input shape: `(batch, height, width, 3)` or one image; also dicts with labels, boxes and masks.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layer = layers.RandomColorJitter(value_range=(0, 1), brightness_factor=0.2, hue_factor=0.1, seed=1)
    >>> layer(np.full((2, 4, 4, 3), 0.5)).shape
    (2, 4, 4, 3)
    """

    brightness_factor = saturation_factor = Optional(Range(-1.0, 1.0))
    contrast_factor = hue_factor = Optional(Range(0.0, 1.0))

    def __init__(
        self,
        value_range: Sequence[float] = (0, 255),
        brightness_factor: Any = None,
        contrast_factor: Any = None,
        saturation_factor: Any = None,
        hue_factor: Any = None,
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(value_range=value_range, seed=seed, data_format=data_format, **kwargs)
        self._keep_arguments(brightness_factor=brightness_factor, contrast_factor=contrast_factor)
        self._keep_arguments(saturation_factor=saturation_factor, hue_factor=hue_factor)
        shared = {"value_range": self.value_range, "seed": seed, "data_format": self.data_format, "dtype": self.dtype_policy}
        kinds = {"brightness": RandomBrightness, "contrast": RandomContrast, "saturation": RandomSaturation, "hue": RandomHue}
        factors = {name: getattr(self, f"{name}_factor") for name in kinds}
        self._steps: dict[str, Any] = {name: kinds[name](factor, **shared) for name, factor in factors.items() if factor is not None}

    def _draw(self, batch: int, height: int, width: int, seed: SeedLike) -> dict[str, Any]:
        return {name: step._draw(batch, height, width, seed) for name, step in self._steps.items()}

    def _transformed(self, images: Tensor, transformation: dict[str, Any]) -> Tensor:
        for name, step in self._steps.items():
            images = step._transformed(images, transformation[name])
        return images

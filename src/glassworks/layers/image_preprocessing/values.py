"""Changes pixel by pixel: fewer levels, inverted values, solarization."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glassworks import ops, random
from glassworks.configured import defaults
from glassworks.layers.image_preprocessing.base import Factor, _RandomColor, _RandomFactor
from glassworks.random import SeedLike
from glassworks.typing import Tensor


@defaults()
class RandomPosterization(_RandomFactor):
    """In training, keeps only some of the eight bits of each value.

    Args:
        factor: The number of bits to keep, from 1 to 8: two numbers for a range (the second is not drawn), or f for 1 to f.
        value_range: The smallest and the largest value of a pixel.
        data_format: `"channels_last"` or `"channels_first"`; by default `config.image_data_format()`.
        seed: An int for the same numbers in every run.

    Input shape: `(batch, height, width, channels)` or one image; also dicts with labels, boxes and masks.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.RandomPosterization((2, 2))(np.array([[[10.0, 100.0, 255.0]]]))
    Array([[[  0.,  64., 192.]]], dtype=float32)
    """

    factor = Factor(1, 8)

    def _draw(self, batch: int, height: int, width: int, seed: SeedLike) -> dict[str, Any]:
        low, high = int(self.factor[0]), int(self.factor[1])
        bits = random.randint((batch,), low, high, dtype="uint8", seed=seed) if low < high else ops.full((batch,), low, dtype="uint8")
        return {"shift_factor": 8 - bits}

    def _transformed(self, images: Tensor, transformation: dict[str, Any]) -> Tensor:
        shift = ops.reshape(ops.cast(transformation["shift_factor"], "uint8"), (-1, 1, 1, 1))
        levels = ops.cast(self._rescaled(images, self.value_range, (0, 255)), "uint8")
        levels = ops.left_shift(ops.right_shift(levels, shift), shift)
        return self._rescaled(ops.cast(levels, self.compute_dtype), (0, 255), self.value_range)


class RandomInvert(_RandomColor):
    """In training, inverts some of the images: the largest value minus each value.

    Args:
        factor: The probability that an image is inverted: a number f draws it from 0 to f, two numbers give the range.
        value_range: The smallest and the largest value of a pixel.
        seed: An int for the same choices in every run.
        data_format: `"channels_last"` or `"channels_first"`; by default `config.image_data_format()`.

    Input shape: `(batch, height, width, channels)` or one image; also dicts with labels, boxes and masks.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.RandomInvert((1.0, 1.0))(np.array([[[0.0, 100.0, 255.0]]]))
    Array([[[255., 155.,   0.]]], dtype=float32)
    """

    factor = Factor(0.0, 1.0)

    def __init__(
        self,
        factor: float | Sequence[float] = 1.0,
        value_range: Sequence[float] = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(value_range=value_range, data_format=data_format, seed=seed, **kwargs)
        self._keep_arguments(factor=factor)

    def _draw(self, batch: int, height: int, width: int, seed: SeedLike) -> dict[str, Any]:
        return {"apply_inversion": self._draw_mask(batch, self.factor, seed)}

    def _transformed(self, images: Tensor, transformation: dict[str, Any]) -> Tensor:
        chosen = ops.reshape(transformation["apply_inversion"], (-1, 1, 1, 1))
        return ops.where(chosen, self.value_range[1] - images, images)


class Solarization(_RandomColor):
    """In training, adds a number to each image and inverts the values that are above a threshold.

    Args:
        addition_factor: The number to add, as a fraction of 255: two numbers for a range, or f for 0 to f.
        threshold_factor: The threshold, likewise; 0 inverts everything.
        value_range: The smallest and the largest value of a pixel.
        seed: An int for the same numbers in every run.

    Input shape: `(batch, height, width, channels)` or one image; also dicts with labels, boxes and masks.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.Solarization()(np.array([[[0.0, 100.0, 255.0]]]))
    Array([[[255., 155.,   0.]]], dtype=float32)
    """

    addition_factor = threshold_factor = Factor(0.0, 1.0)

    def __init__(
        self,
        addition_factor: Any = 0.0,
        threshold_factor: Any = 0.0,
        value_range: Sequence[float] = (0, 255),
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(value_range=value_range, seed=seed, **kwargs)
        self._keep_arguments(addition_factor=addition_factor, threshold_factor=threshold_factor)

    def _draw(self, batch: int, height: int, width: int, seed: SeedLike) -> dict[str, Any]:
        # As in Keras, only the upper end is a fraction of 255.
        ends = [(low, high * 255) for low, high in (self.addition_factor, self.threshold_factor)]
        return {
            "additions": self._uniform((batch, 1, 1, 1), ends[0], seed),
            "thresholds": self._uniform((batch, 1, 1, 1), ends[1], seed),
        }

    def _transformed(self, images: Tensor, transformation: dict[str, Any]) -> Tensor:
        additions, thresholds = (self._per_image(transformation[name]) for name in ("additions", "thresholds"))
        values = ops.clip(self._rescaled(images, self.value_range, (0, 255)) + additions, 0.0, 255.0)
        return self._rescaled(ops.where(values < thresholds, values, 255.0 - values), (0, 255), self.value_range)

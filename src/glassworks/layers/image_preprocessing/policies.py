"""Sequences of random changes, drawn from a list: RandAugment and AugMix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glassworks import ops, random
from glassworks.arguments import FLAG, Integer, Number
from glassworks.layers.image_preprocessing.base import INTERPOLATION, Factor, _Random, _RandomColor
from glassworks.layers.image_preprocessing.colors import RandomBrightness, RandomColorDegeneration, RandomContrast
from glassworks.layers.image_preprocessing.filters import RandomSharpness
from glassworks.layers.image_preprocessing.geometry import RandomRotation, RandomShear, RandomTranslation, _RandomProjection
from glassworks.layers.image_preprocessing.histograms import AutoContrast, Equalization
from glassworks.layers.image_preprocessing.values import RandomPosterization, Solarization
from glassworks.random import SeedLike
from glassworks.typing import Tensor


class _Policy(_RandomColor):
    """A layer that draws from a list of other layers, one at a time for the entire batch."""

    _strong = (RandomBrightness, RandomColorDegeneration, RandomContrast, RandomSharpness)

    factor = Factor(0.0, 1.0)
    interpolation = INTERPOLATION

    def __init__(self, factor: float | Sequence[float], interpolation: str, with_strong: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(factor=factor, interpolation=interpolation)
        shared: dict[str, Any] = {
            "data_format": self.data_format,
            "dtype": self.dtype_policy,
            "bounding_box_format": self.bounding_box_format,
        }
        seeded = {**shared, "seed": self.seed}
        moving = {**seeded, "interpolation": interpolation}
        valued = {**seeded, "value_range": self.value_range}
        fixed = {**shared, "value_range": self.value_range}
        self._layers = [
            RandomShear(self.factor, self.factor, **moving),
            RandomTranslation(self.factor, self.factor, **moving),
            RandomRotation(self.factor, **moving),
            *(kind(self.factor, **valued) for kind in (self._strong if with_strong else ())),
            RandomPosterization(max(1, int(8 * self.factor[1])), **valued),
            Solarization(self.factor, self.factor, **valued),
            AutoContrast(**fixed),
            Equalization(**fixed),
        ]

    def _drawn_by_all(self, batch: int, height: int, width: int, seed: SeedLike) -> list[Any]:
        """A transformation of each layer of the list."""
        shape = {"input_shape": (batch, *self._shape(height, width))}
        return [
            {**(layer._draw(batch, height, width, seed if isinstance(layer, _Random) else None) or {}), **shape} for layer in self._layers
        ]

    def _apply_chosen(self, method: str, values: Tensor, index: Tensor, transformations: list[Any]) -> Any:
        """Images, masks or boxes changed by the layer with this index; unchanged for an index past the list."""
        count = sum(isinstance(layer, _RandomProjection) for layer in self._layers)
        drawn = list(zip(self._layers, transformations, strict=True))

        def moved(x: Tensor) -> Tensor:
            # A graph computes all branches. Pixels are sampled once, with the matrix of the chosen layer.
            height, width = (transformations[0]["input_shape"][axis] for axis in self._spatial_axes)
            matrices = [lambda draw=draw: draw[0]._matrix(draw[1], height, width) for draw in drawn[:count]]
            return getattr(self._layers[0], method)(x, {**transformations[0], "matrix": ops.switch(index, matrices)})

        others = [lambda x, draw=draw: getattr(draw[0], method)(x, draw[1]) for draw in drawn[count:]]
        return ops.switch(ops.maximum(index - (count - 1), 0), [moved, *others, lambda x: x], values)


class RandAugment(_Policy):
    """In training, applies a few of eleven changes, all with the same strength (Cubuk et al., 2019).

    The eleven: shear, translation, rotation, brightness, colour degeneration, contrast, sharpness, posterization,
    solarization, auto contrast, equalization. All images of a batch get the same changes, each with its own random numbers.

    Args:
        value_range: The smallest and the largest value of a pixel.
        num_ops: The number of changes.
        factor: The strength, from 0 to 1: two numbers for a range, or f for 0 to f.
        interpolation: `"nearest"` or `"bilinear"`.
        seed: An int for the same changes in every run.
        data_format: `"channels_last"` or `"channels_first"`; by default `config.image_data_format()`.

    Input shape: `(batch, height, width, 3)` or one image; also dicts with labels, boxes and masks.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.RandAugment(seed=1)(np.full((2, 8, 8, 3), 100.0)).shape
    (2, 8, 8, 3)
    """

    num_ops = Integer(minimum=1)

    def __init__(
        self,
        value_range: Sequence[float] = (0, 255),
        num_ops: int = 2,
        factor: float | Sequence[float] = 0.5,
        interpolation: str = "bilinear",
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(factor, interpolation, True, value_range=value_range, seed=seed, data_format=data_format, **kwargs)
        self._keep_arguments(num_ops=num_ops)

    def _draw(self, batch: int, height: int, width: int, seed: SeedLike) -> dict[str, Any]:
        indices = random.randint((self.num_ops,), 0, len(self._layers), seed=seed)
        return {"layer_idxes": indices, "transforms": self._drawn_by_all(batch, height, width, seed)}

    def _apply_in_order(self, method: str, values: Tensor, transformation: dict[str, Any]) -> Any:
        for number in range(self.num_ops):
            values = self._apply_chosen(method, values, transformation["layer_idxes"][number], transformation["transforms"])
        return values

    def _transformed(self, images: Tensor, transformation: dict[str, Any]) -> Tensor:
        return self._apply_in_order("transform_images", images, transformation)

    def transform_segmentation_masks(self, segmentation_masks: Any, transformation: Any = None, training: bool = True) -> Tensor:
        return self._apply_in_order("transform_segmentation_masks", segmentation_masks, transformation) if training else segmentation_masks

    def transform_bounding_boxes(self, bounding_boxes: Any, transformation: Any = None, training: bool = True) -> Any:
        """The boxes, moved like the images."""
        return self._apply_in_order("transform_bounding_boxes", bounding_boxes, transformation) if training else bounding_boxes


class AugMix(_Policy):
    """In training, mixes each image with several chains of random changes of it (Hendrycks et al., 2020).

    Args:
        value_range: The smallest and the largest value of a pixel.
        num_chains: The number of chains.
        chain_depth: The number of changes in a chain; some have no effect.
        factor: The strength, from 0 to 1: two numbers for a range, or f for 0 to f.
        alpha: The parameter of the distributions of the weights of chains.
        all_ops: Whether to use brightness, colour degeneration, contrast and sharpness, too.
        interpolation: `"nearest"` or `"bilinear"`.
        seed: An int for the same changes in every run.
        data_format: `"channels_last"` or `"channels_first"`; by default `config.image_data_format()`.

    Input shape: `(batch, height, width, 3)` or one image; also dicts. Boxes stay where they are.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.AugMix(num_chains=2, chain_depth=1, seed=1)(np.full((2, 8, 8, 3), 100.0)).shape
    (2, 8, 8, 3)
    """

    num_chains = chain_depth = Integer(minimum=1)
    alpha = Number(0.0, closed="neither")
    all_ops = FLAG

    def __init__(
        self,
        value_range: Sequence[float] = (0, 255),
        num_chains: int = 3,
        chain_depth: int = 3,
        factor: float | Sequence[float] = 0.3,
        alpha: float = 1.0,
        all_ops: bool = True,
        interpolation: str = "bilinear",
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        self._keep_arguments(num_chains=num_chains, chain_depth=chain_depth, alpha=alpha, all_ops=all_ops)
        super().__init__(factor, interpolation, all_ops, value_range=value_range, seed=seed, data_format=data_format, **kwargs)

    def _draw(self, batch: int, height: int, width: int, seed: SeedLike) -> dict[str, Any]:
        steps = (self.num_chains, self.chain_depth)
        shares = random.gamma((self.num_chains,), self.alpha, dtype="float32", seed=seed)
        return {
            "chain_mixing_weights": shares / ops.sum(shares),
            "weight_sample": random.beta((), self.alpha, self.alpha, dtype="float32", seed=seed),
            "layer_idxes": random.randint(steps, 0, len(self._layers) + 1, seed=seed),
            "transforms": [[self._drawn_by_all(batch, height, width, seed) for _ in range(steps[1])] for _ in range(steps[0])],
        }

    def _mixed(self, method: str, values: Any, transformation: Any) -> Any:
        values = ops.cast(values, self.compute_dtype)
        shares = ops.cast(transformation["chain_mixing_weights"], self.compute_dtype)
        kept = ops.cast(transformation["weight_sample"], self.compute_dtype)
        chains = 0.0
        for chain in range(self.num_chains):
            changed = values
            for step in range(self.chain_depth):
                changed = self._apply_chosen(
                    method, changed, transformation["layer_idxes"][chain, step], transformation["transforms"][chain][step]
                )
            chains = chains + changed * shares[chain]
        return kept * values + (1.0 - kept) * chains

    def _transformed(self, images: Tensor, transformation: dict[str, Any]) -> Tensor:
        return self._clipped(self._mixed("transform_images", images, transformation))

    def transform_segmentation_masks(self, segmentation_masks: Any, transformation: Any = None, training: bool = True) -> Tensor:
        return self._mixed("transform_segmentation_masks", segmentation_masks, transformation) if training else segmentation_masks

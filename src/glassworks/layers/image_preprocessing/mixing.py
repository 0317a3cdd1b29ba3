"""Images mixed with others of their batch, labels likewise; and a fixed number of boxes for each image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glassworks import ops, random
from glassworks.arguments import Integer, Number
from glassworks.errors import ArgumentError
from glassworks.graph import spec_of
from glassworks.layers.image_preprocessing.base import Factor, _Random, _SameSize
from glassworks.layers.image_preprocessing.filters import random_window
from glassworks.random import SeedLike
from glassworks.typing import Tensor


class _Mixing(_Random):
    """A random layer that mixes each image with another of the batch."""

    def _mixing_weights(self, batch: int, alpha: Any, seed: SeedLike) -> Tensor:
        """The weight of an image itself: a draw from the beta distribution with both parameters alpha."""
        drawn = random.beta((batch,), alpha, alpha, dtype="float32", seed=seed)
        # Tiny parameters give 0 or 1, and so do those for which both gamma numbers behind the draw are too small for a float.
        side = ops.cast(self._uniform((batch,), (0.0, 1.0), seed) > 0.5, "float32")
        return ops.where(ops.isnan(drawn), side, drawn)

    def _order(self, batch: int, seed: SeedLike) -> Tensor:
        return random.shuffle(ops.arange(batch, dtype="int32"), seed=seed)

    def _blended(self, values: Tensor, transformation: dict[str, Any]) -> Tensor:
        values = ops.cast(values, self.compute_dtype)
        shape = (-1, *[1] * (len(spec_of(values).shape) - 1))
        share = ops.reshape(ops.cast(transformation["mix_weight"], self.compute_dtype), shape)
        return share * values + (1.0 - share) * ops.take(values, transformation["permutation_order"], axis=0)

    def transform_labels(self, labels: Tensor, transformation: dict[str, Any] | None = None, training: bool = True) -> Tensor:
        """The labels, mixed with the same weights; they are vectors, one number for each class."""
        if not training or transformation is None:
            return labels
        if len(spec_of(labels).shape) < 2:
            raise ArgumentError(
                f"labels of shape {tuple(spec_of(labels).shape)}", "one number for each class", "use ops.one_hot(labels, classes)"
            )
        return self._blended(labels, transformation)


class MixUp(_Mixing):
    """In training, blends each image with another of the batch, and the labels likewise (Zhang et al., 2018).

    Args:
        alpha: Both parameters of the beta distribution of the weights, above 0. With small numbers most images hardly change.
        data_format: `"channels_last"` or `"channels_first"`; by default `config.image_data_format()`.
        seed: An int for the same weights in every run.

    Input: a batch of images, or a dict with images and labels, which are vectors (one number for each class).

    >>> import numpy as np
    >>> from glassworks import layers
    >>> data = {"images": np.ones((2, 4, 4, 1)), "labels": np.eye(2)}
    >>> layers.MixUp(seed=1)(data)["labels"].numpy().sum(axis=1)
    array([1., 1.], dtype=float32)
    """

    alpha = Number(0.0, closed="neither")

    def __init__(self, alpha: float = 0.2, data_format: str | None = None, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(data_format=data_format, seed=seed, **kwargs)
        self._keep_arguments(alpha=alpha)

    def _draw(self, batch: int, height: int, width: int, seed: SeedLike) -> dict[str, Any]:
        return {"permutation_order": self._order(batch, seed), "mix_weight": self._mixing_weights(batch, self.alpha, seed)}

    def _transformed(self, images: Tensor, transformation: dict[str, Any]) -> Tensor:
        return self._blended(images, transformation)

    def transform_segmentation_masks(self, segmentation_masks: Any, transformation: Any = None, training: bool = True) -> Tensor:
        """The masks, mixed with the same weights."""
        return self._blended(segmentation_masks, transformation) if training else segmentation_masks

    def transform_bounding_boxes(self, bounding_boxes: Any, transformation: Any = None, training: bool = True) -> Any:
        """The boxes of both images, one after the other."""
        if not training:
            return bounding_boxes
        order = transformation["permutation_order"]
        return {
            name: ops.concatenate([bounding_boxes[name], ops.take(bounding_boxes[name], order, axis=0)], axis=1) for name in bounding_boxes
        }


class CutMix(_Mixing):
    """In training, replaces a window of each image by that of another; labels are mixed by area (Yun et al., 2019).

    Args:
        factor: Both parameters of the beta distribution of the weights: two numbers for a range, or f for 0 to f.
        seed: An int for the same windows in every run.
        data_format: `"channels_last"` or `"channels_first"`; by default `config.image_data_format()`.

    Input: a batch of images, or a dict with images and labels, which are vectors (one number for each class).

    >>> import numpy as np
    >>> from glassworks import layers
    >>> data = {"images": np.ones((2, 4, 4, 1)), "labels": np.eye(2)}
    >>> layers.CutMix(seed=1)(data)["labels"].numpy().sum(axis=1)
    array([1., 1.], dtype=float32)
    """

    factor = Factor(0.0, 1.0)

    def __init__(
        self, factor: float | Sequence[float] = 1.0, seed: int | None = None, data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(data_format=data_format, seed=seed, **kwargs)
        self._keep_arguments(factor=factor)

    def _draw(self, batch: int, height: int, width: int, seed: SeedLike) -> dict[str, Any]:
        alpha = self._uniform((), self.factor, seed) + 1e-6
        side = ops.sqrt(1.0 - self._mixing_weights(batch, alpha, seed))
        window, area = random_window(self, batch, height, width, (side, side), seed)
        return {"permutation_order": self._order(batch, seed), "batch_masks": window, "mix_weight": 1.0 - area}

    def _transformed(self, images: Tensor, transformation: dict[str, Any]) -> Tensor:
        if transformation is None:
            return images
        others = ops.take(images, transformation["permutation_order"], axis=0)
        return ops.where(transformation["batch_masks"], others, images)

    def transform_segmentation_masks(self, segmentation_masks: Any, transformation: Any = None, training: bool = True) -> Tensor:
        """The masks, with the same windows replaced."""
        return self._transformed(segmentation_masks, transformation) if training else segmentation_masks

    def transform_bounding_boxes(self, bounding_boxes: Any, transformation: dict[str, Any] | None = None, training: bool = True) -> Any:
        """Raise an error: boxes cut by a window are not supported."""
        raise NotImplementedError("CutMix does not move bounding boxes; MixUp does")


class MaxNumBoundingBoxes(_SameSize):
    """Gives each image the same number of bounding boxes: surplus boxes are dropped, missing ones padded.

    Args:
        max_number: The number of boxes.
        fill_value: The coordinates and label of padding boxes.

    Input: a dict with images and bounding boxes; images do not change.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> boxes = {"boxes": np.ones((1, 1, 4)), "labels": np.ones((1, 1))}
    >>> layer = layers.MaxNumBoundingBoxes(3, bounding_box_format="xyxy")
    >>> layer({"images": np.ones((1, 8, 8, 3)), "bounding_boxes": boxes})["bounding_boxes"]["labels"]
    Array([[ 1., -1., -1.]], dtype=float32)
    """

    max_number = Integer(minimum=1)
    fill_value = Integer()

    def __init__(self, max_number: int, fill_value: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(max_number=max_number, fill_value=fill_value)

    def transform_images(self, images: Tensor, transformation: dict[str, Any] | None = None, training: bool = True) -> Tensor:
        """The images, unchanged."""
        return images

    def transform_bounding_boxes(self, bounding_boxes: Any, transformation: dict[str, Any] | None = None, training: bool = True) -> Any:
        """The boxes and labels, padded or truncated to the number."""
        result = dict(bounding_boxes)
        for name in ("boxes", "labels"):
            kept = bounding_boxes[name][:, : self.max_number]
            shape = spec_of(kept).shape
            widths = [(0, 0), (0, self.max_number - shape[1]), *[(0, 0)] * (len(shape) - 2)]
            result[name] = ops.pad(kept, widths, constant_values=self.fill_value)
        return result

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shapes of the input, with the number of boxes."""
        if not isinstance(input_shape, dict) or "bounding_boxes" not in input_shape:
            return input_shape
        boxes = {
            name: (shape[0], self.max_number, *shape[2:]) if name in ("boxes", "labels") else shape
            for name, shape in input_shape["bounding_boxes"].items()
        }
        return {**input_shape, "bounding_boxes": boxes}

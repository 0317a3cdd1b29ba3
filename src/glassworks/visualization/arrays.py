"""Batches of images as NumPy arrays, checked."""

from __future__ import annotations

import numpy as np

from glassworks import ops, settings
from glassworks.arguments import OneOf, check
from glassworks.errors import ShapeError
from glassworks.typing import ArrayLike


def image_batch(images: ArrayLike, data_format: str | None, where: str) -> np.ndarray:
    """Images as an array of shape (batch, height, width, channels).

    Args:
        images: A batch.
        data_format: The layout of the batch; None for `config.image_data_format()`.
        where: The call, for errors.

    Raises:
        ShapeError: It has not four axes.
    """
    check(where, {"data_format": OneOf("channels_last", "channels_first")}, data_format=data_format or settings.image_data_format())
    batch = ops.convert_to_numpy(images)
    if batch.ndim != 4:
        fix = "add the batch axis: images[None]" if batch.ndim == 3 else "pass images of shape (batch, height, width, channels)"
        raise ShapeError(f"images of shape {batch.shape}", "a batched 4D array", fix, where=where)
    return np.moveaxis(batch, 1, -1) if is_channels_first(data_format) else batch


def is_channels_first(data_format: str | None) -> bool:
    """Whether images have their channels before height and width."""
    return (data_format or settings.image_data_format()) == "channels_first"


def scaled(images: np.ndarray, value_range: tuple[float, float]) -> np.ndarray:
    """Numbers of a range as numbers from 0 to 255.

    >>> scaled(np.array([-1.0, 0.0, 1.0]), (-1, 1)).tolist()
    [0.0, 127.5, 255.0]
    """
    low, high = value_range
    return images if (low, high) == (0, 255) else (images.astype("float32") - low) * (255 / (high - low))


def as_bytes(images: np.ndarray) -> np.ndarray:
    """Images as bytes, in an array of their own: floats up to 1 are multiplied by 255, and numbers outside of 0 to 255 are cut off."""
    if images.dtype.kind == "f" and images.size and images.max() <= 1:
        images = images * 255
    return np.clip(images, 0, 255).astype("uint8")

"""`draw_segmentation_masks`: the classes of pixels as colours over images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from glassworks import ops
from glassworks.errors import ArgumentError, DTypeError, ShapeError
from glassworks.typing import ArrayLike
from glassworks.visualization import arrays

_WHERE = "visualization.draw_segmentation_masks"
# Keras's palette: multiples of these numbers, modulo 255.
_PALETTE = np.array([2**25 - 1, 2**15 - 1, 2**21 - 1])


def draw_segmentation_masks(
    images: ArrayLike,
    segmentation_masks: ArrayLike,
    num_classes: int | None = None,
    color_mapping: Mapping[int, Sequence[int]] | None = None,
    alpha: float = 0.8,
    blend: bool = True,
    ignore_index: int = -1,
    data_format: str | None = None,
) -> np.ndarray:
    """Images with a colour over the pixels of each class.

    Args:
        images: A batch of images with numbers from 0 to 255.
        segmentation_masks: The class of each pixel: integers of shape (batch, height, width), or with a further axis of size 1.
        num_classes: Classes from 0 to this number are drawn; all of them by default.
        color_mapping: Class -> red, green and blue, for the classes to be drawn; by default all have a colour, and class 0 is black.
        alpha: How much of the colour there is, from 0 to 1.
        blend: Whether to mix colours and images; if not, `alpha` has no effect.
        ignore_index: The class that is left as it is.
        data_format: The layout of images and masks; `config.image_data_format()` by default.

    Returns:
        The images with the channels last: bytes if they are blended, else floats.

    Raises:
        ShapeError: The images have not four axes, or the masks another size.
        DTypeError: The masks are not integers.
        ArgumentError: `alpha` is not within 0 to 1.

    >>> images = np.zeros((1, 1, 3, 3))
    >>> draw_segmentation_masks(images, [[[0, 1, 2]]], color_mapping={1: (100, 0, 0), 2: (0, 0, 50)})[0, 0]
    array([[ 0,  0,  0],
           [80,  0,  0],
           [ 0,  0, 40]], dtype=uint8)
    """
    batch = arrays.image_batch(images, data_format, _WHERE).astype("float32")
    masks = _classes(segmentation_masks, batch.shape, data_format)
    if not 0 <= alpha <= 1:
        raise ArgumentError(f"alpha={alpha!r}", "a number from 0 to 1", "pass 0.8", where=_WHERE)
    last = int(masks.max(initial=0)) if num_classes is None else num_classes
    colors = {number: number * _PALETTE % 255 for number in range(last + 1)} if color_mapping is None else color_mapping
    drawn = batch.copy()
    for number, color in colors.items():
        if number != ignore_index and 0 <= number <= last:
            drawn[masks == number] = color
    return (batch * (1 - alpha) + drawn * alpha).astype("uint8") if blend else drawn


def _classes(masks: ArrayLike, shape: tuple[int, ...], data_format: str | None) -> np.ndarray:
    """The masks as an array of shape (batch, height, width)."""
    classes = ops.convert_to_numpy(masks)
    if classes.dtype.kind not in "iu":
        fix = "the class of each pixel is ops.argmax(predictions, axis=-1)" if classes.dtype.kind == "f" else "pass masks.astype('int32')"
        raise DTypeError(f"segmentation_masks of dtype {classes.dtype}", "an integer dtype", fix, where=_WHERE)
    if classes.ndim == 4:
        axis = 1 if arrays.is_channels_first(data_format) else -1
        classes = classes.squeeze(axis) if classes.shape[axis] == 1 else classes
    if classes.shape != shape[:3]:
        found = f"segmentation_masks of shape {classes.shape} for images of shape {shape}"
        raise ShapeError(found, f"masks of shape {shape[:3]}", "pass one class for each pixel", where=_WHERE)
    return classes

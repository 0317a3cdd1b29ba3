"""Arrays as pictures: images in the range of colours."""

from __future__ import annotations

import numpy as np


def as_picture(image: np.ndarray) -> np.ndarray:
    """An image as matplotlib draws it: numbers from 0 to 1, and three channels or none.

    Bytes are divided by 255. Numbers outside of 0 to 1 are brought there by their own least and largest.

    >>> as_picture(np.array([[0, 255]], "uint8")).tolist(), as_picture(np.array([[[-1.0], [3.0]]])).tolist()
    ([[0.0, 1.0]], [[0.0, 1.0]])
    """
    image = np.asarray(image)
    if image.ndim == 3 and image.shape[-1] not in (1, 3, 4) and image.shape[0] in (1, 3, 4):
        image = np.moveaxis(image, 0, -1)
    numbers = image.astype(np.float64)
    low, high = float(numbers.min()), float(numbers.max())
    if low >= 0 and 1 < high <= 255 and (image.dtype.kind in "iu" or np.array_equal(numbers, np.rint(numbers))):
        numbers = numbers / 255
    elif low < 0 or high > 1:
        numbers = (numbers - low) / (high - low or 1.0)
    return numbers[..., 0] if numbers.ndim == 3 and numbers.shape[-1] == 1 else numbers


def grey(picture: np.ndarray) -> np.ndarray:
    """The brightness of a picture.

    >>> grey(np.ones((1, 1, 3))).round(6).tolist()
    [[1.0]]
    """
    return picture if picture.ndim == 2 else picture[..., :3] @ np.array([0.299, 0.587, 0.114])

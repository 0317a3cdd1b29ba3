"""Images: reading, writing, and resizing without distortion."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassworks.arguments import OneOf, check
from glassworks.errors import ArgumentError, ShapeError
from glassworks.preprocessing.image_generator import ImageDataGenerator as ImageDataGenerator
from glassworks.preprocessing.image_iterators import DataFrameIterator as DataFrameIterator
from glassworks.preprocessing.image_iterators import DirectoryIterator as DirectoryIterator
from glassworks.preprocessing.image_iterators import Iterator as Iterator
from glassworks.preprocessing.image_iterators import NumpyArrayIterator as NumpyArrayIterator
from glassworks.preprocessing.image_transforms import apply_affine_transform as apply_affine_transform
from glassworks.preprocessing.image_transforms import apply_brightness_shift as apply_brightness_shift
from glassworks.preprocessing.image_transforms import apply_channel_shift as apply_channel_shift
from glassworks.preprocessing.image_transforms import random_brightness as random_brightness
from glassworks.preprocessing.image_transforms import random_channel_shift as random_channel_shift
from glassworks.preprocessing.image_transforms import random_rotation as random_rotation
from glassworks.preprocessing.image_transforms import random_shear as random_shear
from glassworks.preprocessing.image_transforms import random_shift as random_shift
from glassworks.preprocessing.image_transforms import random_zoom as random_zoom
from glassworks.utils.images import array_to_img as array_to_img
from glassworks.utils.images import img_to_array as img_to_array
from glassworks.utils.images import load_img as load_img
from glassworks.utils.images import save_img as save_img
from glassworks.utils.resampling import aspect_box, resize


def smart_resize(x: Any, size: Any, interpolation: str = "bilinear", data_format: str = "channels_last") -> np.ndarray:
    """Resize images; if the aspect ratio changes, they are cropped at the sides, not distorted.

    Args:
        x: One image with three axes, or a batch with four.
        size: `(height, width)`.
        interpolation: "bilinear", "nearest", "bicubic", "lanczos3" or "lanczos5".
        data_format: "channels_last" or "channels_first".

    >>> smart_resize(np.ones((340, 500, 3)), (200, 200)).shape
    (200, 200, 3)
    """
    where = "preprocessing.image.smart_resize"
    constraints = {
        "interpolation": OneOf("bilinear", "nearest", "bicubic", "lanczos3", "lanczos5"),
        "data_format": OneOf("channels_last", "channels_first"),
    }
    check(where, constraints, interpolation=interpolation, data_format=data_format)
    if not hasattr(size, "__len__") or len(size) != 2 or min(size) < 1:
        raise ArgumentError(f"size={size!r}", "(height, width)", "pass two positive integers", where=where)
    x = np.asarray(x)
    if x.ndim not in (3, 4) or 0 in x.shape:
        raise ShapeError(f"shape {x.shape}", "(height, width, channels), or a batch of these", "pass whole pictures", where=where)
    axes = (x.ndim - 3, x.ndim - 2) if data_format == "channels_last" else (x.ndim - 2, x.ndim - 1)
    top, left, height, width = aspect_box(x.shape[axes[0]], x.shape[axes[1]], size)
    rows, columns = np.arange(top, top + height), np.arange(left, left + width)
    return resize(x.take(rows, axes[0]).take(columns, axes[1]), (size[0], size[1]), interpolation, axes)

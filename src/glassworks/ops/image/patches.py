"""Windows cut out of images and volumes, each laid out as one row of numbers."""

from __future__ import annotations

import numpy as np

from glassworks.errors import ArgumentError
from glassworks.graph import op, spec_of
from glassworks.ops import numpy as ops
from glassworks.ops.convert import operand
from glassworks.ops.core import cast
from glassworks.ops.image.layout import as_floats, check_rank
from glassworks.ops.nn.convolution import conv, is_channels_first, per_axis
from glassworks.typing import ArrayLike, Sizes, Tensor

__all__ = ["extract_patches", "extract_patches_3d"]


@op
def extract_patches(
    images: ArrayLike,
    size: Sizes,
    strides: Sizes | None = None,
    dilation_rate: Sizes = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> Tensor:
    """Windows of images, their pixels laid out along the channel axis.

    Args:
        images: `(batch, height, width, channels)` or one image; channels before height with `"channels_first"`.
        size: Height and width of the windows, one number for squares. Three numbers are for volumes, as in `extract_patches_3d`.
        strides: Steps between windows; by default their size, so that they tile the image.
        dilation_rate: Steps between the pixels of a window.
        padding: `"valid"`: only whole windows. `"same"`: zeros around.

    Output shape: `(batch, rows, columns, size[0] * size[1] * channels)`.

    >>> from glassworks import ops
    >>> ops.image.extract_patches(ops.reshape(ops.arange(16.0), (4, 4, 1)), 2)[0, 0]
    Array([0., 1., 4., 5.], dtype=float32)
    """
    rank = len(size) if isinstance(size, (tuple, list)) else 2
    if rank not in (2, 3):
        raise ArgumentError(f"size={size!r}", "a positive integer, two of them, or three for volumes")
    return _patches(operand(images), rank, size, strides, dilation_rate, padding, data_format)


@op
def extract_patches_3d(
    volumes: ArrayLike,
    size: Sizes,
    strides: Sizes | None = None,
    dilation_rate: Sizes = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> Tensor:
    """Windows of volumes, their cells laid out along the channel axis.

    Args:
        volumes: `(batch, depth, height, width, channels)` or one volume; channels before depth with `"channels_first"`.
        size: Depth, height and width of the windows; one number for cubes.
        strides, dilation_rate, padding: As in `extract_patches`.

    Output shape: `(batch, *places, size[0] * size[1] * size[2] * channels)`.

    >>> from glassworks import ops
    >>> ops.image.extract_patches_3d(ops.ones((1, 4, 4, 4, 2)), 2).shape
    (1, 2, 2, 2, 16)
    """
    return _patches(operand(volumes), 3, size, strides, dilation_rate, padding, data_format)


def _patches(
    images: Tensor, rank: int, size: Sizes, strides: Sizes | None, dilation_rate: Sizes, padding: str, data_format: str | None
) -> Tensor:
    check_rank(images, (rank + 1, rank + 2))
    window = per_axis(size, rank, "size")
    strides = window if strides is None else per_axis(strides, rank, "strides")
    single, first = len(spec_of(images).shape) == rank + 1, is_channels_first(data_format)
    x = ops.expand_dims(images, 0) if single else images
    channels = spec_of(x).shape[1 if first else -1]
    if strides == window and per_axis(dilation_rate, rank, "dilation_rate") == (1,) * rank and padding == "valid":
        result = _tiles(x, window, first)
    else:
        taps = int(np.prod(window)) * channels
        floats = as_floats(x)
        kernel = cast(np.eye(taps, dtype="float32").reshape(*window, channels, taps), spec_of(floats).dtype)
        result = cast(conv(floats, kernel, strides, padding, data_format, dilation_rate), spec_of(images).dtype)
    return ops.squeeze(result, 0) if single else result


def _tiles(x: Tensor, window: tuple[int, ...], first: bool) -> Tensor:
    """Windows that tile the images: nothing but a new order of the numbers."""
    rank = len(window)
    x = ops.moveaxis(x, 1, -1) if first else x
    batch, *sizes, channels = spec_of(x).shape
    counts = [size // width for size, width in zip(sizes, window, strict=True)]
    x = x[(slice(None), *(slice(0, n * w) for n, w in zip(counts, window, strict=True)))]
    split = [number for pair in zip(counts, window, strict=True) for number in pair]
    order = (0, *range(1, 2 * rank, 2), *range(2, 2 * rank + 1, 2), 2 * rank + 1)
    x = ops.transpose(ops.reshape(x, (batch, *split, channels)), order)
    x = ops.reshape(x, (batch, *counts, int(np.prod(window)) * channels))
    return ops.moveaxis(x, -1, 1) if first else x

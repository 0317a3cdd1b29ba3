"""The axes of height, width and channels of images, and functions of batches that also accept a single image."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from glassworks import dtypes
from glassworks.errors import ArgumentError, ShapeError
from glassworks.graph import spec_of
from glassworks.ops import numpy as ops
from glassworks.ops.convert import operand
from glassworks.ops.core import saturate_cast
from glassworks.ops.nn.convolution import is_channels_first
from glassworks.typing import Tensor


def check_rank(images: Tensor, ranks: tuple[int, ...] = (3, 4)) -> None:
    """An error unless the images have three axes (one image) or four (a batch)."""
    shape = tuple(spec_of(images).shape)
    if len(shape) not in ranks:
        single, batch = ("volume", "volumes") if ranks == (4, 5) else ("image", "images")
        raise ShapeError(
            f"{batch} of shape {shape}",
            f"{ranks[0]} axes for one {single} or {ranks[-1]} for a batch",
            "add the axis that is missing: ops.expand_dims(x, -1) adds one channel",
        )


def spatial_axes(images: Tensor, data_format: str | None) -> tuple[int, int]:
    """The axes of height and width, counted from the start."""
    check_rank(images)
    rank = len(spec_of(images).shape)
    return (rank - 2, rank - 1) if is_channels_first(data_format) else (rank - 3, rank - 2)


def channel_axis(images: Tensor, data_format: str | None) -> int:
    """The axis of the channels, counted from the end."""
    check_rank(images)
    return -3 if is_channels_first(data_format) else -1


def of_batch(function: Callable[[Any], Any], images: Tensor, data_format: str | None) -> Tensor:
    """Apply a function of a channels-last batch to images of any layout, or to one image."""
    check_rank(images)
    first, single = is_channels_first(data_format), len(spec_of(images).shape) == 3
    x = ops.expand_dims(images, 0) if single else images
    x = function(ops.transpose(x, (0, 2, 3, 1)) if first else x)
    x = ops.transpose(x, (0, 3, 1, 2)) if first else x
    return ops.squeeze(x, 0) if single else x


def as_floats(images: Tensor) -> Tensor:
    """Images in a floating dtype; integers become `floatx()`."""
    dtype = spec_of(images).dtype
    return images if dtypes.is_float(dtype) else operand(images, dtypes.result_type(dtype, float))


def like(result: Tensor, dtype: str) -> Tensor:
    """A floating result in the dtype of the images it was computed from, rounded if that is an integer dtype."""
    if spec_of(result).dtype == dtype:
        return result
    return saturate_cast(result if dtypes.is_float(dtype) else ops.round(result), dtype)


def along(x: Tensor, matrix: np.ndarray | Tensor, axis: int) -> Tensor:
    """Multiply an axis by a matrix `(before, after)`, or by one for each entry of the batch, `(batch, before, after)`."""
    x = ops.moveaxis(x, axis, -1)
    shape = tuple(spec_of(x).shape)
    matrix = operand(matrix, spec_of(x).dtype)
    if len(spec_of(matrix).shape) == 2:
        result = ops.matmul(x, matrix)
    else:
        rows = int(np.prod(shape[1:-1]))
        result = ops.reshape(ops.matmul(ops.reshape(x, (shape[0], rows, shape[-1])), matrix), (*shape[:-1], spec_of(matrix).shape[-1]))
    return ops.moveaxis(result, -1, axis)


def one_of(value: object, choices: tuple, what: str) -> None:
    """An error unless a value is one of a few."""
    if value not in choices:
        raise ArgumentError(f"{what}={value!r}", f"one of {', '.join(map(repr, choices))}")

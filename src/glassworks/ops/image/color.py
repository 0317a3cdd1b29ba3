"""Colours: red, green, blue to hue, saturation, value and back; shades of grey."""

from __future__ import annotations

import numpy as np

from glassworks import dtypes
from glassworks.errors import DTypeError, ShapeError
from glassworks.graph import op, spec_of
from glassworks.ops import numpy as ops
from glassworks.ops.convert import operand
from glassworks.ops.core import cast
from glassworks.ops.image.layout import as_floats, channel_axis
from glassworks.typing import ArrayLike, Tensor

__all__ = ["hsv_to_rgb", "rgb_to_grayscale", "rgb_to_hsv"]

# The shares of red, green and blue in brightness, of ITU-R BT.601.
GRAY = (0.2989, 0.5870, 0.1140)


def channels_of(images: Tensor, axis: int) -> list[Tensor]:
    """Red, green and blue, each as images without a channel axis."""
    if spec_of(images).shape[axis] != 3:
        raise ShapeError(
            f"images of shape {tuple(spec_of(images).shape)}", f"3 channels, at axis {axis}", "check data_format; one channel has no colour"
        )
    return [ops.squeeze(channel, axis) for channel in ops.split(images, 3, axis=axis)]


def _check_float(images: Tensor) -> None:
    if not dtypes.is_float(spec_of(images).dtype):
        raise DTypeError(f"images of dtype {spec_of(images).dtype}", "floats, from 0 to 1", "divide by 255: ops.cast(x, 'float32') / 255")


@op
def rgb_to_grayscale(images: ArrayLike, data_format: str | None = None) -> Tensor:
    """Images in shades of grey: one channel, 0.2989 red + 0.5870 green + 0.1140 blue.

    Args:
        images: `(batch, height, width, 3)` or one image; grey images stay. Channels before height with `"channels_first"`.

    >>> from glassworks import ops
    >>> ops.image.rgb_to_grayscale(ops.array([[[1.0, 0.0, 0.0]]]))
    Array([[[0.2989]]], dtype=float32)
    """
    images = operand(images)
    axis, dtype = channel_axis(images, data_format), spec_of(images).dtype
    if spec_of(images).shape[axis] == 1:
        return images
    red, green, blue = channels_of(as_floats(images), axis)
    return cast(ops.expand_dims(GRAY[0] * red + GRAY[1] * green + GRAY[2] * blue, axis), dtype)


@op
def rgb_to_hsv(images: ArrayLike, data_format: str | None = None) -> Tensor:
    """Hue, saturation and value of red, green and blue, all from 0 to 1 (Smith, 1978).

    Args:
        images: Floats of shape `(batch, height, width, 3)` or one image; channels before height with `"channels_first"`.

    >>> from glassworks import ops
    >>> ops.image.rgb_to_hsv(ops.array([[[0.0, 0.5, 0.0]]])).numpy().round(3)
    array([[[0.333, 1.   , 0.5  ]]], dtype=float32)
    """
    images = operand(images)
    axis = channel_axis(images, data_format)
    _check_float(images)
    tiny = float(np.finfo(np.float32 if spec_of(images).dtype == "bfloat16" else spec_of(images).dtype).eps)
    images = ops.where(ops.absolute(images) < tiny, 0.0, images)
    red, green, blue = channels_of(images, axis)
    value = ops.maximum(ops.maximum(red, green), blue)
    span = value - ops.minimum(ops.minimum(red, green), blue)
    saturation = ops.where(value > 0, span / ops.where(value > 0, value, 1.0), 0.0)
    share = 1.0 / (6.0 * ops.where(span > 0, span, 1.0))
    hue = ops.where(value == green, share * (blue - red) + 2.0 / 6.0, share * (red - green) + 4.0 / 6.0)
    hue = ops.where(value == red, share * (green - blue), hue)
    hue = ops.where(span > 0, ops.where(hue < 0.0, hue + 1.0, hue), 0.0)
    return ops.stack([hue, saturation, value], axis=axis)


@op
def hsv_to_rgb(images: ArrayLike, data_format: str | None = None) -> Tensor:
    """Red, green and blue of hue, saturation and value; the inverse of `rgb_to_hsv`.

    Args:
        images: Floats of shape `(batch, height, width, 3)` or one image; channels before height with `"channels_first"`.

    >>> from glassworks import ops
    >>> ops.image.hsv_to_rgb(ops.array([[[0.0, 1.0, 0.5]]]))
    Array([[[0.5, 0. , 0. ]]], dtype=float32)
    """
    images = operand(images)
    axis = channel_axis(images, data_format)
    _check_float(images)
    hue, saturation, value = channels_of(images, axis)
    turn = ops.mod(hue, 1.0) * 6.0
    shares = (ops.absolute(turn - 3.0) - 1.0, 2.0 - ops.absolute(turn - 2.0), 2.0 - ops.absolute(turn - 4.0))
    return ops.stack([value * (1.0 - saturation + saturation * ops.clip(one, 0.0, 1.0)) for one in shares], axis=axis)

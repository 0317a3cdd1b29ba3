"""Pixels added around images, or cut off from them."""

from __future__ import annotations

from typing import Any

from glassworks.errors import ArgumentError
from glassworks.graph import op, spec_of
from glassworks.ops import numpy as ops
from glassworks.ops.convert import operand
from glassworks.ops.image.layout import spatial_axes
from glassworks.typing import ArrayLike, Tensor

__all__ = ["crop_images", "pad_images"]


def _completed(names: tuple[str, str, str], values: tuple[Any, Any, Any], size: int, sign: int) -> tuple[int, int, int]:
    """All three of: pixels before, pixels after, target size; from two of them. `target = size + sign * (before + after)`."""
    given = dict(zip(names, values, strict=True))
    before, after, target = values
    if sum(value is None for value in given.values()) != 1:
        raise ArgumentError(
            ", ".join(f"{name}={value}" for name, value in given.items()),
            "exactly two of them",
            "leave one out: it follows from the others",
        )
    if before is None:
        before = sign * (target - size) - after
    elif after is None:
        after = sign * (target - size) - before
    else:
        target = size + sign * (before + after)
    for name, value in zip(names, (before, after, target), strict=True):
        if value < 0:
            raise ArgumentError(
                f"{name}={value} for {size} pixels", f"{name} to be at least 0", "check the sizes against those of the images"
            )
    return before, after, target


def _per_axis(
    images: Tensor, data_format: str | None, what: str, sign: int, rows: tuple, columns: tuple
) -> list[tuple[int, int, int, int]]:
    """For height and width: the axis, and pixels before, pixels after, target size."""
    vertical, horizontal = spatial_axes(images, data_format)
    shape = spec_of(images).shape
    names = ((f"top_{what}", f"bottom_{what}", "target_height"), (f"left_{what}", f"right_{what}", "target_width"))
    return [
        (axis, *_completed(three, given, shape[axis], sign))
        for axis, three, given in zip((vertical, horizontal), names, (rows, columns), strict=True)
    ]


@op
def pad_images(
    images: ArrayLike,
    top_padding: int | None = None,
    left_padding: int | None = None,
    bottom_padding: int | None = None,
    right_padding: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
) -> Tensor:
    """Images with zeros around them.

    Args:
        images: `(batch, height, width, channels)` or one image; channels before height with `"channels_first"`.
        top_padding, bottom_padding, target_height: Two of them; the third follows.
        left_padding, right_padding, target_width: Two of them.

    >>> from glassworks import ops
    >>> ops.image.pad_images(ops.ones((1, 2, 1)), top_padding=0, bottom_padding=0, left_padding=1, target_width=4)[0, :, 0]
    Array([0., 1., 1., 0.], dtype=float32)
    """
    images = operand(images)
    rows, columns = (top_padding, bottom_padding, target_height), (left_padding, right_padding, target_width)
    widths = [(0, 0)] * len(spec_of(images).shape)
    for axis, before, after, _ in _per_axis(images, data_format, "padding", 1, rows, columns):
        widths[axis] = (before, after)
    return ops.pad(images, widths)


@op
def crop_images(
    images: ArrayLike,
    top_cropping: int | None = None,
    left_cropping: int | None = None,
    bottom_cropping: int | None = None,
    right_cropping: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
) -> Tensor:
    """Images without pixels at their borders.

    Args:
        images: `(batch, height, width, channels)` or one image; channels before height with `"channels_first"`.
        top_cropping, bottom_cropping, target_height: Two of them; the third follows.
        left_cropping, right_cropping, target_width: Two of them.

    >>> from glassworks import ops
    >>> line = ops.reshape(ops.arange(4.0), (1, 4, 1))
    >>> ops.image.crop_images(line, top_cropping=0, bottom_cropping=0, left_cropping=1, target_width=2)[0, :, 0]
    Array([1., 2.], dtype=float32)
    """
    images = operand(images)
    rows, columns = (top_cropping, bottom_cropping, target_height), (left_cropping, right_cropping, target_width)
    cuts = [slice(None)] * len(spec_of(images).shape)
    for axis, before, _, target in _per_axis(images, data_format, "cropping", -1, rows, columns):
        cuts[axis] = slice(before, before + target)
    return images[tuple(cuts)]

"""Images of another size: every result pixel is a weighted sum of pixels, so height and width are two matrix products."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from glassworks.arguments import Integer
from glassworks.errors import ArgumentError
from glassworks.graph import op, spec_of
from glassworks.ops import numpy as ops
from glassworks.ops.convert import operand
from glassworks.ops.image.layout import along, as_floats, like, one_of, spatial_axes
from glassworks.typing import ArrayLike, Tensor

__all__ = ["resize", "scale_and_translate"]


def _triangle(x: Tensor) -> Tensor:
    return ops.maximum(1.0 - x, 0.0)


def _cubic(x: Tensor) -> Tensor:
    """Keys' cubic convolution with a = -1/2 (1981)."""
    near, far = ((1.5 * x - 2.5) * x) * x + 1.0, ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    return ops.where(x >= 2.0, 0.0, ops.where(x >= 1.0, far, near))


def _lanczos(radius: float) -> Callable[[Any], Any]:
    """A windowed sine: sin(pi x) sin(pi x / radius), divided by its value near 0 (Duchon, 1979)."""

    def kernel(x: Tensor) -> Tensor:
        inside = ops.where(x > 1e-3, x, 1.0)
        value = radius * ops.sin(math.pi * inside) * ops.sin(math.pi * inside / radius) / (math.pi**2 * inside * inside)
        return ops.where(x > radius, 0.0, ops.where(x > 1e-3, value, 1.0))

    return kernel


_LANCZOS3, _LANCZOS5 = _lanczos(3.0), _lanczos(5.0)
_KERNELS = {
    **dict.fromkeys(("linear", "bilinear", "trilinear"), _triangle),
    **dict.fromkeys(("cubic", "bicubic", "tricubic"), _cubic),
    "lanczos3": _LANCZOS3,
    "lanczos5": _LANCZOS5,
}
INTERPOLATIONS = ("bilinear", "nearest", "lanczos3", "lanczos5", "bicubic")


def weights(before: int, after: int, scale: float | Tensor, shift: float | Tensor, method: str, antialias: bool) -> Tensor:
    """The matrix `(before, after)` from pixels of a line to those of the line scaled, then shifted.

    Weights of a result pixel sum to 1; they are 0 where its centre falls outside the line.
    """
    stretch = ops.maximum(1.0 / scale, 1.0) if antialias else 1.0
    places = (np.arange(after) + 0.5 - shift) / scale - 0.5
    weights = _KERNELS[method](ops.absolute(ops.expand_dims(places, 0) - np.arange(float(before))[:, None]) / stretch)
    total = ops.sum(weights, axis=0, keepdims=True)
    safe = ops.absolute(total) > 1000 * float(np.finfo("float32").eps)
    inside = ops.logical_and(places >= -0.5, places <= before - 0.5)
    return ops.where(ops.logical_and(safe, inside), weights / ops.where(safe, total, 1.0), 0.0)


@op
def scale_and_translate(
    images: ArrayLike,
    output_shape: Sequence[int],
    scale: ArrayLike,
    translation: ArrayLike,
    spatial_dims: Sequence[int],
    method: str,
    antialias: bool = True,
) -> Tensor:
    """Images stretched by a factor, then moved, along some of their axes.

    Args:
        images: Any numbers; whole ones become floats.
        output_shape: The shape of the result; as that of the images but for `spatial_dims`.
        scale: A factor for each of `spatial_dims`; above 1 enlarges.
        translation: How many result pixels to move by, for each of them.
        spatial_dims: The axes to work on.
        method: `"linear"`, `"cubic"`, `"lanczos3"` or `"lanczos5"`; bi- and tri- forms of the first two are the same.
        antialias: Let each result pixel see all pixels that it covers, when images become smaller.

    >>> from glassworks import ops
    >>> ops.image.scale_and_translate(ops.array([[1.0], [3.0]]), (4, 1), [2.0], [0.0], (0,), "linear")[:, 0]
    Array([1. , 1.5, 2.5, 3. ], dtype=float32)
    """
    one_of(method, tuple(_KERNELS), "method")
    x = as_floats(operand(images))
    rank, axes = len(spec_of(x).shape), tuple(spatial_dims)
    if len(tuple(output_shape)) != rank or any(not -rank <= axis < rank for axis in axes):
        raise ArgumentError(
            f"output_shape={tuple(output_shape)}, spatial_dims={axes} for images of shape {tuple(spec_of(x).shape)}",
            f"{rank} sizes, and axes from {-rank} to {rank - 1}",
        )
    scale, translation = as_floats(operand(scale)), as_floats(operand(translation))
    for number, axis in enumerate(axes):
        before, after = spec_of(x).shape[axis], int(output_shape[axis])
        x = along(x, weights(before, after, scale[number], translation[number], method, antialias), axis)
    return x


@op
def resize(
    images: ArrayLike,
    size: Sequence[int],
    interpolation: str = "bilinear",
    antialias: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    data_format: str | None = None,
) -> Tensor:
    """Images brought to a height and width.

    Args:
        images: `(batch, height, width, channels)` or one image; `(..., channels, height, width)` with `"channels_first"`.
        size: The new height and width.
        interpolation: `"nearest"`, `"bilinear"`, `"bicubic"`, `"lanczos3"` or `"lanczos5"`.
        antialias: Let each result pixel see all pixels that it covers, when images become smaller.
        crop_to_aspect_ratio: First cut the images, in their middle, to the proportions of the result.
        pad_to_aspect_ratio: First pad them with `fill_value` to these proportions.
        fill_mode: Only `"constant"`.

    Integer images keep their dtype: results are rounded.

    >>> from glassworks import ops
    >>> ops.image.resize(ops.array([[[0.0], [1.0]]]), (1, 4))[0, :, 0]
    Array([0.  , 0.25, 0.75, 1.  ], dtype=float32)
    """
    height, width = _checked_size(size)
    one_of(interpolation, INTERPOLATIONS, "interpolation")
    one_of(fill_mode, ("constant",), "fill_mode")
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise ArgumentError("crop_to_aspect_ratio and pad_to_aspect_ratio", "at most one of them", "choose one")
    x = operand(images)
    dtype, axes = spec_of(x).dtype, spatial_axes(x, data_format)
    if crop_to_aspect_ratio or pad_to_aspect_ratio:
        x = _to_aspect_ratio(x, axes, (height, width), crop_to_aspect_ratio, fill_value)
    if interpolation == "nearest":
        for axis, after in zip(axes, (height, width), strict=True):
            before = spec_of(x).shape[axis]
            x = ops.take(x, np.floor((np.arange(after) + 0.5) * before / after).astype("int32"), axis=axis) if before != after else x
        return x
    x = as_floats(x)
    for axis, after in zip(axes, (height, width), strict=True):
        before = spec_of(x).shape[axis]
        if before != after:
            x = along(x, weights(before, after, np.float64(after / before), np.float64(0), interpolation, antialias), axis)
    return like(x, dtype)


def _checked_size(size: object) -> tuple[int, int]:
    given = tuple(size) if isinstance(size, (tuple, list, np.ndarray)) else (size,)
    if len(given) != 2 or not all(Integer(1, floats=True).allows(n) for n in given):
        raise ArgumentError(f"size={size!r}", "a positive height and width", "for squares give the number twice")
    return int(given[0]), int(given[1])


def _to_aspect_ratio(x: Tensor, axes: tuple[int, int], wanted: tuple[int, int], crop: bool, fill_value: float) -> Tensor:
    """Cut or pad height and width around the middle so that they have the proportions of `wanted`."""
    sizes = [spec_of(x).shape[axis] for axis in axes]
    fitting = [int(sizes[1] * wanted[0] / wanted[1]), int(sizes[0] * wanted[1] / wanted[0])]
    for axis, size, fit in zip(axes, sizes, fitting, strict=True):
        if crop:
            kept = max(min(size, fit), 1)
            start = (size - kept) // 2
            x = x[(slice(None),) * axis + (slice(start, start + kept),)]
        else:
            # As Keras: the same number of rows on both sides.
            before = max(fit - size, 0) // 2
            widths = [(0, 0)] * len(spec_of(x).shape)
            widths[axis] = (before, before)
            x = ops.pad(x, widths, constant_values=fill_value) if before else x
    return x

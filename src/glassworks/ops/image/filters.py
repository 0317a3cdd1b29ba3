"""Filters over a window of pixels. Those here are products of a filter over rows and one over columns."""

from __future__ import annotations

import numpy as np

from glassworks.errors import ArgumentError, ShapeError
from glassworks.graph import op, spec_of
from glassworks.ops import numpy as ops
from glassworks.ops.convert import operand
from glassworks.ops.core import cast
from glassworks.ops.image.layout import along, as_floats, check_rank, like, spatial_axes
from glassworks.ops.nn.convolution import per_axis
from glassworks.typing import ArrayLike, Sizes, Tensor

__all__ = ["gaussian_blur", "sobel_edges", "ssim"]


def _band_matrix(size: int, taps: np.ndarray) -> np.ndarray:
    """The matrix `(before, after)` of a filter along a line, with zeros around the line."""
    offset = np.arange(size)[:, None] - np.arange(size)[None, :] + (len(taps) - 1) // 2
    return np.where((offset >= 0) & (offset < len(taps)), taps[np.clip(offset, 0, len(taps) - 1)], 0.0)


def gaussian_band(size: int, window: int, sigma: ArrayLike) -> Tensor:
    """The matrix `(before, after)` of a Gaussian filter along a line; for several sigmas `(batch, before, after)`."""
    distance = np.arange(window) - (window - 1) / 2
    squares, near = _band_matrix(size, distance**2), _band_matrix(size, np.ones(window))
    shape = (*spec_of(operand(sigma)).shape, 1, 1)
    falloff = -0.5 / ops.square(ops.reshape(sigma, shape))
    total = ops.sum(ops.exp(falloff * (distance**2)[None, :]), axis=-1, keepdims=True)
    return ops.exp(falloff * squares) * near / total


@op
def gaussian_blur(images: ArrayLike, kernel_size: Sizes = (3, 3), sigma: ArrayLike = (1.0, 1.0), data_format: str | None = None) -> Tensor:
    """Images blurred by a Gaussian window, with zeros outside of them.

    Args:
        images: `(batch, height, width, channels)` or one image; channels before height with `"channels_first"`.
        kernel_size: The window: how wide and how high.
        sigma: Its standard deviation along the width and the height.

    >>> from glassworks import ops
    >>> ops.image.gaussian_blur(ops.reshape([0.0, 1.0, 0.0], (1, 3, 1)), (3, 1), (1.0, 1.0))[0, :, 0].numpy().round(2)
    array([0.27, 0.45, 0.27], dtype=float32)
    """
    images = operand(images)
    wide, high = per_axis(kernel_size, 2, "kernel_size")
    x = as_floats(images)
    sigmas = as_floats(operand(sigma))
    if tuple(spec_of(sigmas).shape) != (2,):
        raise ArgumentError(f"sigma of shape {tuple(spec_of(sigmas).shape)}", "two positive numbers", "give the number twice")
    for axis, window, deviation in zip(spatial_axes(x, data_format), (high, wide), (sigmas[1], sigmas[0]), strict=True):
        x = along(x, gaussian_band(spec_of(x).shape[axis], window, deviation), axis)
    return like(x, spec_of(images).dtype)


@op
def sobel_edges(images: ArrayLike, data_format: str | None = None) -> Tensor:
    """The gradients of images along height and width, by Sobel's filter, with zeros outside of them.

    Args:
        images: `(batch, height, width, channels)`; channels before height with `"channels_first"`. Integers become floats.

    Output shape: that of the images, with a last axis of size 2: along the height, along the width.

    >>> from glassworks import ops
    >>> ramp = ops.reshape(ops.arange(9.0), (1, 3, 3, 1))
    >>> ops.image.sobel_edges(ramp)[0, 1, 1, 0]
    Array([24.,  8.], dtype=float32)
    """
    x = as_floats(operand(images))
    check_rank(x, (4,))
    rise, smooth = np.array([-1.0, 0.0, 1.0]), np.array([1.0, 2.0, 1.0])
    vertical, horizontal = spatial_axes(x, data_format)
    height, width = spec_of(x).shape[vertical], spec_of(x).shape[horizontal]
    down = along(along(x, _band_matrix(height, rise), vertical), _band_matrix(width, smooth), horizontal)
    across = along(along(x, _band_matrix(height, smooth), vertical), _band_matrix(width, rise), horizontal)
    return ops.stack([down, across], axis=-1)


@op
def ssim(
    image1: ArrayLike,
    image2: ArrayLike,
    max_val: float = 1.0,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
    data_format: str | None = None,
) -> Tensor:
    """The structural similarity of pairs of images, 1 for equal ones (Wang et al., 2004).

    Args:
        image1, image2: `(batch, height, width, channels)` or one image each.
        max_val: The largest value of a pixel: 1 or 255.
        filter_size, filter_sigma: The Gaussian window over which means and variances are taken.
        k1, k2: Small numbers that keep the divisions finite.

    Output shape: `(batch,)`, or a single number for one pair.

    >>> from glassworks import ops
    >>> image = ops.reshape(ops.arange(144.0), (12, 12, 1)) / 144
    >>> float(ops.image.ssim(image, image))
    1.0
    """
    first, second = operand(image1), operand(image2)
    check_rank(first)
    shapes, dtype = (tuple(spec_of(first).shape), tuple(spec_of(second).shape)), spec_of(first).dtype
    if shapes[0] != shapes[1]:
        raise ShapeError(f"images of shapes {shapes[0]} and {shapes[1]}", "equal shapes", "compare images of one size")
    axes = spatial_axes(first, data_format)
    if min(shapes[0][axis] for axis in axes) < filter_size:
        raise ShapeError(
            f"images of shape {shapes[0]} with filter_size={filter_size}", "images as large as the filter", "give a smaller filter_size"
        )
    first, second = as_floats(first), as_floats(second)

    def blurred(x: Tensor) -> Tensor:
        for axis in axes:
            size, margin = spec_of(x).shape[axis], (filter_size - 1) // 2
            band = gaussian_band(size, filter_size, np.float64(filter_sigma))[:, margin : margin + size - filter_size + 1]
            x = along(x, band, axis)
        return x

    mean1, mean2 = blurred(first), blurred(second)
    variance1, variance2 = blurred(first * first) - mean1 * mean1, blurred(second * second) - mean2 * mean2
    covariance = blurred(first * second) - mean1 * mean2
    c1, c2 = (k1 * max_val) ** 2, (k2 * max_val) ** 2
    numerator = (2.0 * mean1 * mean2 + c1) * (2.0 * covariance + c2)
    denominator = (mean1 * mean1 + mean2 * mean2 + c1) * (variance1 + variance2 + c2)
    return cast(ops.mean(numerator / denominator, axis=(-3, -2, -1)), dtype)

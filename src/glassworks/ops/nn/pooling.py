"""Pooling: one number for each window of an image, the largest or the mean."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from glassworks import dtypes
from glassworks.errors import ArgumentError
from glassworks.graph import apply, op, spec_of
from glassworks.graph.deferral import expect
from glassworks.ops.convert import floating, operand
from glassworks.ops.nn.convolution import channels_first, channels_last, is_channels_first, per_axis, sliding, spatial_rank
from glassworks.ops.numpy.indexing import take
from glassworks.ops.numpy.linear import tensordot
from glassworks.ops.numpy.reduction import max as max_over
from glassworks.ops.numpy.shaping import moveaxis
from glassworks.ops.primitives.convolution import Windows, convolution
from glassworks.ops.primitives.pooling import max_pool as max_pool_primitive
from glassworks.typing import ArrayLike, Sizes, Tensor

__all__ = ["adaptive_average_pool", "adaptive_max_pool", "average_pool", "max_pool"]


def _pooled(inputs: Tensor, data_format: str | None, pool: Callable[[Any], Any]) -> Tensor:
    """Apply a function of channels-last inputs."""
    spatial_rank(inputs)
    if is_channels_first(data_format):
        return channels_first(pool(channels_last(inputs)))
    return pool(inputs)


def _windows(x: Tensor, pool_size: Sizes, strides: Sizes | None, padding: str) -> Windows:
    size = spec_of(x).shape[1:-1]
    return sliding(size, per_axis(pool_size, len(size), "pool_size"), pool_size if strides is None else strides, 1, padding)


@op
def max_pool(
    inputs: ArrayLike, pool_size: Sizes, strides: Sizes | None = None, padding: str = "valid", data_format: str | None = None
) -> Tensor:
    """The largest number of each window.

    Args:
        inputs: `(batch, *size, channels)`, or `(batch, channels, *size)` with `data_format="channels_first"`.
        pool_size: The window, one number or one for each axis.
        strides: Steps between windows; the window's size by default.
        padding: `"valid"` or `"same"`, as in `conv`; padding is never the maximum.

    >>> from glassworks import ops
    >>> ops.max_pool(ops.reshape([1.0, 4.0, 3.0, 2.0], (1, 4, 1)), 2)[0, :, 0]
    Array([4., 3.], dtype=float32)
    """
    inputs = operand(inputs)
    return _pooled(inputs, data_format, lambda x: apply(max_pool_primitive, x, windows=_windows(x, pool_size, strides, padding))[0])


@op
def average_pool(
    inputs: ArrayLike, pool_size: Sizes, strides: Sizes | None = None, padding: str = "valid", data_format: str | None = None
) -> Tensor:
    """The mean of each window; padding does not count.

    The arguments are those of `max_pool`.

    >>> from glassworks import ops
    >>> ops.average_pool(ops.reshape([1.0, 4.0, 3.0, 2.0], (1, 4, 1)), 2)[0, :, 0]
    Array([2.5, 2.5], dtype=float32)
    """
    (inputs,) = floating(inputs)

    def pool(x: Tensor) -> Tensor:
        windows, channels = _windows(x, pool_size, strides, padding), spec_of(x).shape[-1]
        dtype = dtypes.numpy_dtype(spec_of(x).dtype)
        if not channels:
            return apply(max_pool_primitive, x, windows=windows)[0]  # which is as empty as the mean
        count = math.prod(windows.window)
        # A depthwise convolution with a constant kernel that includes the division.
        kernel = np.full((*windows.window, 1, channels), 1 / count, dtype)
        mean = apply(convolution, x, kernel, windows=windows, groups=channels)
        if all(width == (0, 0) for width in windows.padding):
            return mean
        return mean * (count / _cells_inside(spec_of(x).shape[1:-1], windows)).astype(dtype)

    return _pooled(inputs, data_format, pool)


def _cells_inside(size: Sequence[int], windows: Windows) -> np.ndarray:
    """The number of cells of each window that are not padding, with an axis for the channels."""
    ones = np.ones((1, *size, 1))
    kernel = np.ones((*windows.window, 1, 1))
    return convolution.forward(np, ones, kernel, windows=windows, groups=1)[0]


def _adaptive(inputs: Tensor, output_size: Sizes, data_format: str | None, along: Callable[[Any, int, list], Any]) -> Tensor:
    rank = spatial_rank(inputs)
    wanted = per_axis(output_size, rank, "output_size")

    def pool(x: Tensor) -> Tensor:
        for axis, (size, count) in enumerate(zip(spec_of(x).shape[1:-1], wanted, strict=True), start=1):
            if size < 1:
                raise ArgumentError(f"an axis of size {size}", "at least one cell for each axis")
            expect((size + 64, count))  # each window is an object of its own, too
            # Window i reaches from floor(i * size / count) to ceil((i + 1) * size / count).
            x = along(x, axis, [range(i * size // count, -(-(i + 1) * size // count)) for i in range(count)])
        return x

    return _pooled(inputs, data_format, pool)


@op
def adaptive_average_pool(inputs: ArrayLike, output_size: Sizes, data_format: str | None = None) -> Tensor:
    """The mean of each window; `output_size` windows, which may overlap, lie evenly over the inputs.

    >>> from glassworks import ops
    >>> ops.adaptive_average_pool(ops.reshape(ops.arange(6.0), (1, 6, 1)), 2)[0, :, 0]
    Array([1., 4.], dtype=float32)
    """
    (inputs,) = floating(inputs)

    def along(x: Tensor, axis: int, windows: list) -> Tensor:
        weights = np.zeros((spec_of(x).shape[axis], len(windows)), dtypes.numpy_dtype(spec_of(x).dtype))
        for i, window in enumerate(windows):
            weights[list(window), i] = 1 / len(window)
        return moveaxis(tensordot(x, weights, axes=[[axis], [0]]), -1, axis)

    return _adaptive(inputs, output_size, data_format, along)


@op
def adaptive_max_pool(inputs: ArrayLike, output_size: Sizes, data_format: str | None = None) -> Tensor:
    """The largest number of each window; `output_size` windows, which may overlap, lie evenly over the inputs.

    >>> from glassworks import ops
    >>> ops.adaptive_max_pool(ops.reshape(ops.arange(6.0), (1, 6, 1)), 2)[0, :, 0]
    Array([2., 5.], dtype=float32)
    """
    inputs = operand(inputs)

    def along(x: Tensor, axis: int, windows: list) -> Tensor:
        longest = max(map(len, windows))
        # Shorter windows repeat their last cell, which does not change the maximum.
        places = np.array([[*window, *[window[-1]] * (longest - len(window))] for window in windows], "int32")
        return max_over(take(x, places, axis=axis), axis=axis + 1)

    return _adaptive(inputs, output_size, data_format, along)

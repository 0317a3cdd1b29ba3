"""Convolutions, in the data formats and paddings of Keras."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glassworks import settings
from glassworks.errors import ArgumentError, ShapeError
from glassworks.graph import apply, op, spec_of
from glassworks.ops.convert import floating
from glassworks.ops.numpy.shaping import reshape, transpose
from glassworks.ops.primitives import convolution as primitives
from glassworks.ops.primitives.convolution import Windows
from glassworks.typing import ArrayLike, Sizes, Tensor

__all__ = ["conv", "conv_transpose", "depthwise_conv", "separable_conv"]

DATA_FORMATS = ("channels_last", "channels_first")


def per_axis(value: Sizes, rank: int, what: str) -> tuple[int, ...]:
    """A positive integer for each spatial axis, from one number or several."""
    given = (value,) * rank if isinstance(value, (int, np.integer)) else tuple(value) if isinstance(value, (list, tuple)) else ()
    if len(given) != rank or not all(isinstance(v, (int, np.integer)) and not isinstance(v, bool) and v > 0 for v in given):
        raise ArgumentError(f"{what}={value!r}", f"a positive integer, or {rank} of them", "give one number for all spatial axes")
    return tuple(int(v) for v in given)


def is_channels_first(data_format: str | None) -> bool:
    """Whether channels come right after the batch."""
    data_format = data_format or settings.image_data_format()
    if data_format not in DATA_FORMATS:
        raise ArgumentError(f"data_format={data_format!r}", " or ".join(map(repr, DATA_FORMATS)))
    return data_format == "channels_first"


def channels_last(x: Tensor) -> Tensor:
    """x with the axis after the batch moved to the end."""
    rank = len(spec_of(x).shape)
    return transpose(x, (0, *range(2, rank), 1))


def channels_first(x: Tensor) -> Tensor:
    """x with the last axis moved to right after the batch."""
    rank = len(spec_of(x).shape)
    return transpose(x, (0, rank - 1, *range(1, rank - 1)))


def spatial_rank(x: Tensor) -> int:
    """The number of spatial axes of an operand."""
    rank = len(spec_of(x).shape) - 2
    if not 1 <= rank <= 3:
        raise ShapeError(
            f"inputs of shape {tuple(spec_of(x).shape)}",
            "a batch axis, one to three spatial axes, and a channel axis",
            "add the axis that is missing: ops.expand_dims(x, -1) adds one channel, ops.expand_dims(x, 0) a batch of one",
        )
    return rank


def sliding(size: Sequence[int], window: Sequence[int], strides: Sizes, dilation: Sizes, padding: str) -> Windows:
    """Windows over axes of these sizes, padded as a name says: "valid" not at all, "same" to ceil(size / stride) windows."""
    rank = len(size)
    window = per_axis(window, rank, "window")
    strides, dilation = per_axis(strides, rank, "strides"), per_axis(dilation, rank, "dilation_rate")
    name = padding.lower() if isinstance(padding, str) else padding
    if name not in ("valid", "same"):
        raise ArgumentError(f"padding={padding!r}", "'valid' or 'same'")
    widths = []
    for n, w, s, d in zip(size, window, strides, dilation, strict=True):
        total = max((-(-n // s) - 1) * s + (w - 1) * d + 1 - n, 0) if name == "same" and n is not None else 0
        widths.append((total // 2, total - total // 2))
    return Windows(window, strides, dilation, tuple(widths))


def transposed(
    size: Sequence[int], window: Sequence[int], strides: Sizes, dilation: Sizes, padding: str, output_padding: Sizes | None
) -> tuple[Windows, tuple[int, ...]]:
    """The windows of the transposed convolution, and the size of the result.

    The base size is that of all windows spread out, `(n - 1) * stride + reach`; "same" cuts it to `n * stride`.
    `output_padding` is the number of cells added to the smallest size that a convolution would map back to n.
    """
    rank = len(size)
    window, strides, dilation = (
        per_axis(window, rank, "window"),
        per_axis(strides, rank, "strides"),
        per_axis(dilation, rank, "dilation_rate"),
    )
    added = (output_padding,) * rank if output_padding is None or isinstance(output_padding, int) else tuple(output_padding)
    name = padding.lower() if isinstance(padding, str) else padding
    if name not in ("valid", "same") or len(added) != rank:
        raise ArgumentError(
            f"padding={padding!r}, output_padding={output_padding!r}", "'valid' or 'same', and a number for each spatial axis"
        )
    widths, sizes = [], []
    for n, w, s, d, more in zip(size, window, strides, dilation, added, strict=True):
        if more is not None and not 0 <= more < s:
            raise ArgumentError(f"output_padding={output_padding!r} with strides={strides!r}", "integers below the strides", "leave it out")
        reach = (w - 1) * d + 1
        if name == "valid":
            before, out = 0, (n - 1) * s + (max(reach, s) if more is None else reach + more)
        else:
            # The padding around the dilated inputs before an ordinary convolution with the flipped kernel.
            total = s + reach - 2 if more is None else reach + reach % 2 - 2 + more
            left = min(total // 2 + total % 2, reach - 1)
            before, out = reach - 1 - left, (n - 1) * s + 2 + total - reach
        widths.append((before, (n - 1) * s + reach - out - before))
        sizes.append(out)
    return Windows(window, strides, dilation, tuple(widths)), tuple(sizes)


@op
def conv(
    inputs: ArrayLike,
    kernel: ArrayLike,
    strides: Sizes = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Sizes = 1,
) -> Tensor:
    """Convolution over one to three spatial axes.

    Args:
        inputs: `(batch, *size, channels)`, or `(batch, channels, *size)` with `data_format="channels_first"`.
        kernel: `(*window, channels, filters)`. Fewer channels than the inputs have, a divisor of them, make groups.
        strides: Steps between windows, one number or one for each axis.
        padding: `"valid"`: only complete windows. `"same"`: zeros around, so that there are `ceil(size / stride)` windows.
        dilation_rate: Steps between the cells of a window.

    >>> from glassworks import ops
    >>> x = ops.reshape(ops.arange(4.0), (1, 4, 1))
    >>> ops.conv(x, ops.ones((2, 1, 1)))[0, :, 0]
    Array([1., 3., 5.], dtype=float32)
    """
    inputs, kernel = floating(inputs, kernel)
    rank, first = spatial_rank(inputs), is_channels_first(data_format)
    x = channels_last(inputs) if first else inputs
    _check_kernel(kernel, rank)
    shape = tuple(spec_of(kernel).shape)
    windows = sliding(spec_of(x).shape[1:-1], shape[:-2], strides, dilation_rate, padding)
    groups = max(spec_of(x).shape[-1] // max(shape[-2], 1), 1)
    result = apply(primitives.convolution, x, kernel, windows=windows, groups=groups)
    return channels_first(result) if first else result


def _check_kernel(kernel: Tensor, rank: int) -> None:
    shape = tuple(spec_of(kernel).shape)
    if len(shape) != rank + 2:
        raise ShapeError(
            f"a kernel of shape {shape} for inputs with {rank} spatial {'axes' if rank > 1 else 'axis'}",
            f"a kernel with {rank + 2} axes: the window, channels, filters",
            "add the axes that are missing",
        )


@op
def depthwise_conv(
    inputs: ArrayLike,
    kernel: ArrayLike,
    strides: Sizes = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Sizes = 1,
) -> Tensor:
    """Convolution of each channel by itself.

    Args:
        kernel: `(*window, channels, multiplier)`; each channel gets `multiplier` results.

    The other arguments are those of `conv`. Output shape: `(batch, *places, channels * multiplier)`.

    >>> from glassworks import ops
    >>> ops.depthwise_conv(ops.ones((1, 3, 2)), ops.reshape([1.0, 10.0], (1, 2, 1)))[0, 0]
    Array([ 1., 10.], dtype=float32)
    """
    inputs, kernel = floating(inputs, kernel)
    _check_kernel(kernel, spatial_rank(inputs))
    *window, channels, multiplier = spec_of(kernel).shape
    given = spec_of(inputs).shape[1 if is_channels_first(data_format) else -1]
    if given != channels:
        raise ShapeError(
            f"inputs with {given} channels and a depthwise kernel of shape {tuple(spec_of(kernel).shape)}",
            f"a kernel of shape (*window, {given}, multiplier)",
            "check the channel axis and data_format",
        )
    kernel = reshape(kernel, (*window, 1, channels * multiplier))
    return conv(inputs, kernel, strides, padding, data_format, dilation_rate)


@op
def separable_conv(
    inputs: ArrayLike,
    depthwise_kernel: ArrayLike,
    pointwise_kernel: ArrayLike,
    strides: Sizes = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Sizes = 1,
) -> Tensor:
    """A depthwise convolution followed by one over windows of a single cell, which mixes the channels.

    Args:
        depthwise_kernel: `(*window, channels, multiplier)`.
        pointwise_kernel: `(1, ..., channels * multiplier, filters)`.

    >>> from glassworks import ops
    >>> ops.separable_conv(ops.ones((1, 4, 3)), ops.ones((2, 3, 1)), ops.ones((1, 3, 5))).shape
    (1, 3, 5)
    """
    between = depthwise_conv(inputs, depthwise_kernel, strides, padding, data_format, dilation_rate)
    return conv(between, pointwise_kernel, 1, "valid", data_format)


@op
def conv_transpose(
    inputs: ArrayLike,
    kernel: ArrayLike,
    strides: Sizes = 1,
    padding: str = "valid",
    output_padding: Sizes | None = None,
    data_format: str | None = None,
    dilation_rate: Sizes = 1,
) -> Tensor:
    """A transposed convolution: each input cell adds its multiple of the kernel to a window of the output.

    Args:
        inputs: `(batch, *size, channels)`.
        kernel: `(*window, filters, channels)`.
        strides: Steps between the windows in the output.
        padding: `"valid"`: all of every window. `"same"`: cut to `size * stride`.
        output_padding: Cells added at the end, below the strides; None chooses.

    >>> from glassworks import ops
    >>> ops.conv_transpose(ops.reshape([1.0, 2.0], (1, 2, 1)), ops.ones((2, 1, 1)), strides=2)[0, :, 0]
    Array([1., 1., 2., 2.], dtype=float32)
    """
    inputs, kernel = floating(inputs, kernel)
    rank, first = spatial_rank(inputs), is_channels_first(data_format)
    x = channels_last(inputs) if first else inputs
    _check_kernel(kernel, rank)
    window = spec_of(kernel).shape[:-2]
    windows, size = transposed(spec_of(x).shape[1:-1], window, strides, dilation_rate, padding, output_padding)
    result = apply(primitives.convolution_input_gradient, x, kernel, windows=windows, groups=1, size=size)
    return channels_first(result) if first else result

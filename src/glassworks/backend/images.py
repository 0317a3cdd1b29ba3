"""Convolution, pooling, padding and resizing by their names in older Keras."""

from __future__ import annotations

from collections.abc import Sequence

from glassworks import ops
from glassworks.arguments import OneOf, check
from glassworks.backend.matrices import repeat_elements
from glassworks.config import image_data_format
from glassworks.errors import ArgumentError
from glassworks.ops.convert import described
from glassworks.typing import ArrayLike, Sizes, Tensor

Pair = Sequence[int]


def _layout(data_format: str | None, where: str) -> str:
    """The data format, or the default one."""
    data_format = data_format or image_data_format()
    check(where, {"data_format": OneOf("channels_last", "channels_first")}, data_format=data_format)
    return data_format


def conv1d(
    x: ArrayLike, kernel: ArrayLike, strides: int = 1, padding: str = "valid", data_format: str | None = None, dilation_rate: int = 1
) -> Tensor:
    """Convolution over time.

    Args:
        x: `(batch, time, channels)`.
        kernel: `(size, channels, filters)`.
        strides, dilation_rate: The steps between windows, and between the taps of one.
        padding: `"valid"`, `"same"`, or `"causal"`: zeros in front only.
        data_format: `"channels_last"` or `"channels_first"`.

    >>> import numpy as np
    >>> conv1d(np.ones((1, 5, 2)), np.ones((3, 2, 4)), padding="causal").shape
    (1, 5, 4)
    """
    data_format = _layout(data_format, "backend.conv1d")
    if padding == "causal":
        front = dilation_rate * (described(kernel).shape[0] - 1)
        pads = [(0, 0), (front, 0), (0, 0)] if data_format == "channels_last" else [(0, 0), (0, 0), (front, 0)]
        x, padding = ops.pad(x, pads), "valid"
    return ops.conv(x, kernel, strides, padding, data_format, dilation_rate)


def conv2d(
    x: ArrayLike,
    kernel: ArrayLike,
    strides: Sizes = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Sizes = (1, 1),
) -> Tensor:
    """Convolution over images; the arguments are those of `conv1d`.

    >>> import numpy as np
    >>> conv2d(np.ones((1, 5, 5, 2)), np.ones((3, 3, 2, 4)), data_format="channels_last").shape
    (1, 3, 3, 4)
    """
    return ops.conv(x, kernel, strides, padding, _layout(data_format, "backend.conv2d"), dilation_rate)


def conv3d(
    x: ArrayLike,
    kernel: ArrayLike,
    strides: Sizes = (1, 1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Sizes = (1, 1, 1),
) -> Tensor:
    """Convolution over volumes; the arguments are those of `conv1d`.

    >>> import numpy as np
    >>> conv3d(np.ones((1, 3, 3, 3, 2)), np.ones((3, 3, 3, 2, 4)), data_format="channels_last").shape
    (1, 1, 1, 1, 4)
    """
    return ops.conv(x, kernel, strides, padding, _layout(data_format, "backend.conv3d"), dilation_rate)


def conv2d_transpose(
    x: ArrayLike,
    kernel: ArrayLike,
    output_shape: Sequence[int | None],
    strides: Sizes = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Sizes = (1, 1),
) -> Tensor:
    """The transpose of a convolution over images.

    Args:
        x: Images.
        kernel: `(height, width, filters, channels)`.
        output_shape: The shape of the result; its batch size may be None.
        strides, padding, data_format, dilation_rate: As for `conv2d`.

    >>> import numpy as np
    >>> conv2d_transpose(np.ones((1, 3, 3, 2)), np.ones((3, 3, 4, 2)), (1, 7, 7, 4), strides=(2, 2), data_format="channels_last").shape
    (1, 7, 7, 4)
    """
    data_format = _layout(data_format, "backend.conv2d_transpose")
    start = 1 if data_format == "channels_last" else 2
    steps = (strides, strides) if isinstance(strides, int) else tuple(strides)
    rates = (dilation_rate, dilation_rate) if isinstance(dilation_rate, int) else tuple(dilation_rate)
    beyond = []
    for axis in (0, 1):
        before, wanted = described(x).shape[start + axis], output_shape[start + axis]
        width = rates[axis] * (described(kernel).shape[axis] - 1) + 1
        if before is None or wanted is None:
            raise ArgumentError(
                f"unknown size along axis {start + axis}",
                "known heights and widths",
                "use ops.conv_transpose",
                where="backend.conv2d_transpose",
            )
        beyond.append(wanted - ((before - 1) * steps[axis] + width - (2 * (width // 2) if padding == "same" else 0)))
    return ops.conv_transpose(x, kernel, steps, padding, tuple(beyond), data_format, rates)


def depthwise_conv2d(
    x: ArrayLike,
    depthwise_kernel: ArrayLike,
    strides: Sizes = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Sizes = (1, 1),
) -> Tensor:
    """A convolution of each channel by itself; the kernel is `(height, width, channels, multiplier)`.

    >>> import numpy as np
    >>> depthwise_conv2d(np.ones((1, 5, 5, 2)), np.ones((3, 3, 2, 1)), data_format="channels_last").shape
    (1, 3, 3, 2)
    """
    return ops.depthwise_conv(x, depthwise_kernel, strides, padding, _layout(data_format, "backend.depthwise_conv2d"), dilation_rate)


def separable_conv2d(
    x: ArrayLike,
    depthwise_kernel: ArrayLike,
    pointwise_kernel: ArrayLike,
    strides: Sizes = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Sizes = (1, 1),
) -> Tensor:
    """A convolution of each channel by itself, then one of all channels with a window of one element.

    >>> import numpy as np
    >>> separable_conv2d(np.ones((1, 5, 5, 2)), np.ones((3, 3, 2, 1)), np.ones((1, 1, 2, 4)), data_format="channels_last").shape
    (1, 3, 3, 4)
    """
    data_format = _layout(data_format, "backend.separable_conv2d")
    return ops.separable_conv(x, depthwise_kernel, pointwise_kernel, strides, padding, data_format, dilation_rate)


def pool2d(
    x: ArrayLike, pool_size: Pair, strides: Pair = (1, 1), padding: str = "valid", data_format: str | None = None, pool_mode: str = "max"
) -> Tensor:
    """The largest or average number of each window of images.

    Args:
        x: Images.
        pool_size, strides: Height and width of a window, and the steps between windows.
        padding: `"valid"` or `"same"`.
        data_format: `"channels_last"` or `"channels_first"`.
        pool_mode: `"max"` or `"avg"`.

    >>> import numpy as np
    >>> pool2d(np.ones((1, 4, 4, 3)), (2, 2), strides=(2, 2), data_format="channels_last").shape
    (1, 2, 2, 3)
    """
    check("backend.pool2d", {"pool_mode": OneOf("max", "avg")}, pool_mode=pool_mode)
    pool = ops.max_pool if pool_mode == "max" else ops.average_pool
    return pool(x, pool_size, strides, padding, _layout(data_format, "backend.pool2d"))


def pool3d(
    x: ArrayLike,
    pool_size: Sequence[int],
    strides: Sequence[int] = (1, 1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    pool_mode: str = "max",
) -> Tensor:
    """The largest or average number of each window of volumes; see `pool2d`.

    >>> import numpy as np
    >>> pool3d(np.ones((1, 4, 4, 4, 3)), (2, 2, 2), strides=(2, 2, 2), data_format="channels_last").shape
    (1, 2, 2, 2, 3)
    """
    return pool2d(x, pool_size, strides, padding, data_format, pool_mode)


def temporal_padding(x: ArrayLike, padding: Pair = (1, 1)) -> Tensor:
    """Zeros before and after the steps of sequences.

    >>> import numpy as np
    >>> temporal_padding(np.ones((1, 3, 2)), (2, 1)).shape
    (1, 6, 2)
    """
    return ops.pad(x, [(0, 0), tuple(padding), (0, 0)])


def spatial_2d_padding(x: ArrayLike, padding: Sequence[Pair] = ((1, 1), (1, 1)), data_format: str | None = None) -> Tensor:
    """Zeros around images: `((top, bottom), (left, right))`.

    >>> import numpy as np
    >>> spatial_2d_padding(np.ones((1, 3, 3, 2)), data_format="channels_last").shape
    (1, 5, 5, 2)
    """
    around = [tuple(pair) for pair in padding]
    last = _layout(data_format, "backend.spatial_2d_padding") == "channels_last"
    return ops.pad(x, [(0, 0), *around, (0, 0)] if last else [(0, 0), (0, 0), *around])


def spatial_3d_padding(x: ArrayLike, padding: Sequence[Pair] = ((1, 1), (1, 1), (1, 1)), data_format: str | None = None) -> Tensor:
    """Zeros around volumes, a pair for each axis.

    >>> import numpy as np
    >>> spatial_3d_padding(np.ones((1, 3, 3, 3, 2)), data_format="channels_last").shape
    (1, 5, 5, 5, 2)
    """
    return spatial_2d_padding(x, padding, data_format)


def resize_images(x: ArrayLike, height_factor: int, width_factor: int, data_format: str, interpolation: str = "nearest") -> Tensor:
    """Images larger by integer factors.

    Args:
        x: Images.
        height_factor, width_factor: The factors.
        data_format: `"channels_last"` or `"channels_first"`.
        interpolation: As in `ops.image.resize`.

    >>> import numpy as np
    >>> resize_images(np.ones((1, 2, 3, 1)), 2, 3, "channels_last").shape
    (1, 4, 9, 1)
    """
    start = 1 if _layout(data_format, "backend.resize_images") == "channels_last" else 2
    height, width = described(x).shape[start : start + 2]
    if height is None or width is None:
        raise ArgumentError("images of unknown size", "a known size", "use layers.UpSampling2D", where="backend.resize_images")
    return ops.image.resize(x, (height * height_factor, width * width_factor), interpolation=interpolation, data_format=data_format)


def resize_volumes(x: ArrayLike, depth_factor: int, height_factor: int, width_factor: int, data_format: str) -> Tensor:
    """Volumes whose elements are repeated along each axis.

    >>> import numpy as np
    >>> resize_volumes(np.ones((1, 2, 2, 2, 1)), 2, 1, 3, "channels_last").shape
    (1, 4, 2, 6, 1)
    """
    start = 1 if _layout(data_format, "backend.resize_volumes") == "channels_last" else 2
    for axis, factor in enumerate((depth_factor, height_factor, width_factor), start):
        x = repeat_elements(x, factor, axis)
    return ops.convert_to_tensor(x)

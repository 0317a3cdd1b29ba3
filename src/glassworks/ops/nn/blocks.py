"""Blocks of images: moved between space and channels, or extracted and put back."""

from __future__ import annotations

import numpy as np

from glassworks.errors import ArgumentError, ShapeError
from glassworks.graph import apply, op, spec_of
from glassworks.graph.sizes import is_int
from glassworks.ops.convert import operand
from glassworks.ops.numpy.indexing import take
from glassworks.ops.numpy.padding import pad
from glassworks.ops.numpy.shaping import reshape, transpose
from glassworks.ops.primitives import index
from glassworks.typing import ArrayLike, Sizes, Tensor

__all__ = ["depth_to_space", "fold", "space_to_depth", "unfold"]

_FORMATS = ("channels_last", "channels_first")


def _as_images(name: str, x: ArrayLike, block_size: int, data_format: str) -> tuple[Tensor, list[int]]:
    x = operand(x)
    if data_format not in _FORMATS:
        raise ArgumentError(f"data_format={data_format!r}", f"one of {_FORMATS}", where=f"ops.{name}")
    if isinstance(block_size, bool) or not is_int(block_size) or block_size < 2:
        raise ArgumentError(f"block_size={block_size!r}", "an integer >= 2", where=f"ops.{name}")
    if len(spec_of(x).shape) != 4:
        raise ShapeError(
            f"{name} of an array of shape {tuple(spec_of(x).shape)}",
            "pictures with 4 axes",
            "add the batch axis: ops.expand_dims(x, 0)",
            where=f"ops.{name}",
        )
    return x, list(spec_of(x).shape)


@op
def depth_to_space(x: ArrayLike, block_size: int, data_format: str = "channels_last") -> Tensor:
    """Each pixel's channels become a block of pixels.

    Args:
        x: Shape (batch, height, width, channels), or (batch, channels, height, width) for `"channels_first"`.
        block_size: The height and width of a block; its square divides the channels.
        data_format: The position of the channel axis.

    Returns:
        Images `block_size` times as high and wide, with fewer channels.

    >>> from glassworks import ops
    >>> ops.depth_to_space([[[[1, 2, 3, 4]]]], 2)[0, :, :, 0]
    Array([[1, 2],
           [3, 4]], dtype=int32)
    """
    x, shape = _as_images("depth_to_space", x, block_size, data_format)
    last = data_format == "channels_last"
    n, h, w, c = shape if last else (shape[0], shape[2], shape[3], shape[1])
    if c % block_size**2:
        raise ShapeError(
            f"{c} channels in blocks of {block_size} x {block_size}", f"a multiple of {block_size**2} channels", where="ops.depth_to_space"
        )
    new = c // block_size**2
    if last:
        x = transpose(reshape(x, (n, h, w, block_size, block_size, new)), (0, 1, 3, 2, 4, 5))
        return reshape(x, (n, h * block_size, w * block_size, new))
    x = transpose(reshape(x, (n, new, block_size, block_size, h, w)), (0, 1, 4, 2, 5, 3))
    return reshape(x, (n, new, h * block_size, w * block_size))


@op
def space_to_depth(x: ArrayLike, block_size: int, data_format: str = "channels_last") -> Tensor:
    """Each block of pixels becomes one pixel with more channels: the inverse of `depth_to_space`.

    Args:
        x: Shape (batch, height, width, channels), or (batch, channels, height, width) for `"channels_first"`.
        block_size: The height and width of a block, which divides those of the image.
        data_format: The position of the channel axis.

    >>> from glassworks import ops
    >>> ops.space_to_depth([[[[1], [2]], [[3], [4]]]], 2)
    Array([[[[1, 2, 3, 4]]]], dtype=int32)
    """
    x, shape = _as_images("space_to_depth", x, block_size, data_format)
    last = data_format == "channels_last"
    n, h, w, c = shape if last else (shape[0], shape[2], shape[3], shape[1])
    if h % block_size or w % block_size:
        raise ShapeError(
            f"pictures {h} x {w} in blocks of {block_size} x {block_size}",
            f"a height and width that {block_size} divides",
            "crop or pad them",
            where="ops.space_to_depth",
        )
    rows, columns, new = h // block_size, w // block_size, c * block_size**2
    if last:
        x = transpose(reshape(x, (n, rows, block_size, columns, block_size, c)), (0, 1, 3, 2, 4, 5))
        return reshape(x, (n, rows, columns, new))
    x = transpose(reshape(x, (n, c, rows, block_size, columns, block_size)), (0, 1, 3, 5, 2, 4))
    return reshape(x, (n, new, rows, columns))


def _pair(where: str, what: str, value: Sizes, minimum: int) -> tuple[int, int]:
    pair = (value, value) if is_int(value) else tuple(value) if isinstance(value, (tuple, list, np.ndarray)) else ()
    if len(pair) != 2 or any(isinstance(n, bool) or not is_int(n) or int(n) < minimum for n in pair):
        raise ArgumentError(f"{what}={value!r}", f"an integer >= {minimum} or a pair of them", where=where)
    return int(pair[0]), int(pair[1])


class _Patches:
    """The positions of the patches of a padded image, as indices into its pixels in row-major order."""

    def __init__(self, where: str, size: tuple[int, int], kernel_size: Sizes, dilation: Sizes, padding: Sizes, stride: Sizes) -> None:
        self.kernel = _pair(where, "kernel_size", kernel_size, 1)
        self.padding = _pair(where, "padding", padding, 0)
        steps, gaps = _pair(where, "stride", stride, 1), _pair(where, "dilation", dilation, 1)
        self.size = tuple(n + 2 * p for n, p in zip(size, self.padding, strict=True))
        spans = [(k - 1) * d + 1 for k, d in zip(self.kernel, gaps, strict=True)]
        if any(span > n for span, n in zip(spans, self.size, strict=True)):
            raise ShapeError(
                f"patches {spans[0]} x {spans[1]} of a padded picture {self.size[0]} x {self.size[1]}",
                "patches no larger than the picture",
                "reduce kernel_size or dilation, or add padding",
                where=where,
            )
        starts = [np.arange((n - span) // s + 1) * s for n, span, s in zip(self.size, spans, steps, strict=True)]
        rows, columns = (k[:, None] * d + s for k, d, s in zip(map(np.arange, self.kernel), gaps, starts, strict=True))
        places = rows[:, None, :, None] * self.size[1] + columns[None, :, None, :]
        self.places = places.reshape(self.kernel[0] * self.kernel[1], -1).astype("int32")


@op
def unfold(x: ArrayLike, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0, stride: Sizes = 1) -> Tensor:
    """All patches of images, each as a column.

    Args:
        x: Shape (batch, channels, height, width).
        kernel_size, dilation, padding, stride: An integer, or one for the height and one for the width.

    Returns:
        Shape (batch, channels * patch height * patch width, patches).

    >>> from glassworks import ops
    >>> ops.unfold([[[[1, 2], [3, 4]]]], kernel_size=2)[0, :, 0]
    Array([1, 2, 3, 4], dtype=int32)
    """
    x = operand(x)
    if len(spec_of(x).shape) != 4:
        raise ShapeError(
            f"unfold of an array of shape {tuple(spec_of(x).shape)}", "shape (batch, channels, height, width)", where="ops.unfold"
        )
    n, c, h, w = spec_of(x).shape
    patches = _Patches("ops.unfold", (h, w), kernel_size, dilation, padding, stride)
    x = pad(x, [(0, 0), (0, 0), *((p, p) for p in patches.padding)])
    gathered = take(reshape(x, (n, c, patches.size[0] * patches.size[1])), patches.places, axis=-1)
    return reshape(gathered, (n, c * patches.places.shape[0], patches.places.shape[1]))


@op
def fold(x: ArrayLike, output_size: Sizes, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0, stride: Sizes = 1) -> Tensor:
    """Patches put back into images, added where they overlap: the transpose of `unfold`.

    Args:
        x: Shape (batch, channels * patch height * patch width, patches).
        output_size: The height and width of the images.
        kernel_size, dilation, padding, stride: As given to `unfold`.

    Returns:
        Shape (batch, channels, height, width).

    >>> from glassworks import ops
    >>> ops.fold([[[1], [2], [3], [4]]], output_size=2, kernel_size=2)
    Array([[[[1, 2],
             [3, 4]]]], dtype=int32)
    """
    x = operand(x)
    height, width = _pair("ops.fold", "output_size", output_size, 1)
    patches = _Patches("ops.fold", (height, width), kernel_size, dilation, padding, stride)
    shape, (numbers, count) = spec_of(x).shape, patches.places.shape
    if len(shape) != 3 or shape[1] % numbers or shape[2] != count:
        raise ShapeError(
            f"patches of shape {tuple(shape)}",
            f"(batch, channels * {numbers}, {count})",
            "give output_size and the rest as to unfold",
            where="ops.fold",
        )
    channels = shape[1] // numbers
    pixels = apply(
        index.scatter_add,
        reshape(x, (shape[0], channels, numbers, count)),
        operand(patches.places),
        axis=2,
        size=patches.size[0] * patches.size[1],
    )
    pictures = reshape(pixels, (shape[0], channels, *patches.size))
    top, left = patches.padding
    return pictures[:, :, top : top + height, left : left + width]

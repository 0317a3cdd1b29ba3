"""Contrast by histograms: stretching to the full range, equalization, equalization tile by tile."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks import ops
from glassworks.arguments import Integer, Number, Tuple
from glassworks.graph import spec_of
from glassworks.layers.image_preprocessing.base import VALUE_RANGE, _SameSize
from glassworks.typing import Tensor


class _ByHistogram(_SameSize):
    """A layer that depends on all values of an image."""

    value_range = VALUE_RANGE

    def __init__(self, value_range: Sequence[float] = (0, 255), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(value_range=value_range)


class AutoContrast(_ByHistogram):
    """Stretches each channel of each image so that it reaches from the smallest to the largest value; also in inference.

    Args:
        value_range: The smallest and the largest value of a pixel.

    Input shape: `(batch, height, width, channels)` or one image; also dicts with labels, boxes and masks.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.AutoContrast()(np.array([[[50.0], [100.0], [150.0]]]))[0, :, 0]
    Array([  0. , 127.5, 255. ], dtype=float32)
    """

    def transform_images(self, images: Tensor, transformation: dict[str, Any] | None = None, training: bool = True) -> Tensor:
        """The stretched images; constant images do not change."""
        images = self._images(images)
        low, high = self.value_range
        smallest, largest = (reduce(images, axis=self._spatial_axes, keepdims=True) for reduce in (ops.min, ops.max))
        flat = largest == smallest
        scale = (high - low) / ops.where(flat, 1.0, largest - smallest)
        return ops.where(flat, images, ops.clip((images - smallest) * scale + low, low, high))


class Equalization(_ByHistogram):
    """In training, equalizes the histogram of each channel of each image.

    Args:
        value_range: The smallest and the largest value of a pixel.
        bins: The number of bins of the histogram.
        data_format: `"channels_last"` or `"channels_first"`; by default `config.image_data_format()`.

    Input shape: `(batch, height, width, channels)` or one image; also dicts with labels, boxes and masks.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.Equalization()(np.array([[[0.0], [1.0], [2.0], [3.0]]]))[0, :, 0]
    Array([  0.,  85., 170., 255.], dtype=float32)
    """

    bins = Integer(minimum=2)

    def __init__(self, value_range: Sequence[float] = (0, 255), bins: int = 256, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(value_range=value_range, data_format=data_format, **kwargs)
        self._keep_arguments(bins=bins)

    def _transformed(self, images: Tensor, transformation: dict[str, Any]) -> Tensor:
        x = ops.cast(self._rescaled(images, self.value_range, (0, 255)), "float32")
        x = x if self._channels_first else ops.transpose(x, (0, 3, 1, 2))
        batch, channels, height, width = spec_of(x).shape
        flat = ops.reshape(x, (batch * channels, height * width))
        value = ops.cast(ops.clip(flat * ((self.bins - 1) / 255.0), 0, self.bins - 1), "int32")
        counts = histograms(value, self.bins)
        below = ops.cumsum(counts, axis=1)
        # The count of the smallest value is left out, so that this value becomes 0.
        first = ops.min(ops.where(below > 0, below, float(height * width)), axis=1, keepdims=True)
        rest = float(height * width) - first
        table = ops.clip(ops.round((below - first) * 255.0 / ops.where(rest == 0, 1.0, rest)), 0.0, 255.0)
        result = ops.where(rest == 0, flat, ops.take_along_axis(table, value, axis=1))
        result = ops.reshape(result, (batch, channels, height, width))
        result = ops.cast(result if self._channels_first else ops.transpose(result, (0, 2, 3, 1)), self.compute_dtype)
        return self._rescaled(result, (0, 255), self.value_range)


def histograms(values: Tensor, bins: int) -> Tensor:
    """The count of each integer below `bins` in each row: `(rows, bins)`, as floats."""
    rows, size = spec_of(values).shape
    place = values + np.arange(rows, dtype="int32")[:, None] * bins
    ones = np.ones(rows * size, "float32")
    return ops.reshape(ops.segment_sum(ones, ops.reshape(place, (-1,)), num_segments=rows * bins), (rows, bins))


class ContrastLimitedAdaptiveHistogramEqualization(_ByHistogram):
    """Equalizes the histogram tile by tile, with limited contrast (Zuiderveld, 1994); also in inference.

    Args:
        value_range: The smallest and the largest value of a pixel.
        clip_limit: The largest count of a value, as a multiple of the mean count; 0 for no limit.
        tile_grid_size: Rows and columns of tiles.
        data_format: `"channels_last"` or `"channels_first"`; by default `config.image_data_format()`.

    Between the middles of tiles their tables are interpolated. Input shape: `(batch, height, width, channels)` or one image.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> ramp = np.tile(np.arange(100.0, 116.0)[:, None], (16, 1, 1))
    >>> bool(layers.ContrastLimitedAdaptiveHistogramEqualization(tile_grid_size=(2, 2))(ramp).numpy().std() > ramp.std())
    True
    """

    clip_limit = Number(0.0)
    tile_grid_size = Tuple("two positive integers, the rows and columns of tiles", Integer(minimum=1), count=2)

    def __init__(
        self,
        value_range: Sequence[float] = (0, 255),
        clip_limit: float = 4.0,
        tile_grid_size: Any = (8, 8),
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(value_range=value_range, data_format=data_format, **kwargs)
        self._keep_arguments(clip_limit=clip_limit, tile_grid_size=tile_grid_size)

    def transform_images(self, images: Tensor, transformation: dict[str, Any] | None = None, training: bool = True) -> Tensor:
        """The equalized images, in their dtype."""
        x = self._rescaled(ops.cast(images, "float32"), self.value_range, (0, 255))
        x = x if self._channels_first else ops.transpose(x, (0, 3, 1, 2))
        x = self._equalized(x)
        x = self._rescaled(x if self._channels_first else ops.transpose(x, (0, 2, 3, 1)), (0, 255), self.value_range)
        return ops.cast(x, images.dtype)

    def _equalized(self, x: Tensor) -> Tensor:
        batch, channels, height, width = spec_of(x).shape
        planes = ops.reshape(x, (batch * channels, height, width))
        grid, sizes = self.tile_grid_size, tuple(-(-n // g) for n, g in zip((height, width), self.tile_grid_size, strict=True))
        more = [(0, size * g - n) for n, g, size in zip((height, width), grid, sizes, strict=True)]
        padded = ops.pad(planes, [(0, 0), *more], mode="symmetric") if more != [(0, 0), (0, 0)] else planes
        values = ops.cast(ops.clip(padded, 0.0, 255.0), "int32")
        tiles = ops.reshape(values, (batch * channels, grid[0], sizes[0], grid[1], sizes[1]))
        tiles = ops.reshape(ops.transpose(tiles, (0, 1, 3, 2, 4)), (-1, sizes[0] * sizes[1]))
        tables = self._tables(histograms(tiles, 256), sizes[0] * sizes[1])
        result = self._interpolated(values, ops.reshape(tables, (-1,)), sizes)
        return ops.reshape(result[:, :height, :width], (batch, channels, height, width))

    def _tables(self, counts: Tensor, pixels: int) -> Tensor:
        """The new value for each of the 256 values, in each tile."""
        if self.clip_limit > 0:
            clipped = ops.minimum(counts, self.clip_limit * pixels / 256.0)
            counts = clipped + ops.sum(counts - clipped, axis=-1, keepdims=True) / 256.0
        below = ops.cumsum(counts, axis=-1)
        first = ops.min(below, axis=-1, keepdims=True)
        rest = float(pixels) - first
        return ops.clip((below - first) * 255.0 / ops.where(rest == 0, 1.0, rest), 0.0, 255.0)

    def _interpolated(self, values: Tensor, tables: Tensor, sizes: tuple[int, ...]) -> Tensor:
        """Each value looked up in the tables of the four nearest tiles, weighted by the distance to their centres."""
        planes = spec_of(values).shape[0]
        ends: list[list[tuple[np.ndarray, np.ndarray]]] = []
        for axis, (size, count) in enumerate(zip(sizes, self.tile_grid_size, strict=True)):
            place = (np.arange(size * count, dtype="float32") - size / 2.0) / size
            lower = np.floor(place)
            shape = (1, -1, 1) if axis == 0 else (1, 1, -1)
            pairs = ((lower, 1.0 - (place - lower)), (lower + 1, place - lower))
            ends.append([(np.clip(tile, 0, count - 1).astype("int32").reshape(shape), share.reshape(shape)) for tile, share in pairs])
        first = np.arange(planes, dtype="int32").reshape(-1, 1, 1) * self.tile_grid_size[0]
        result: Any = 0.0
        for (row, down), (column, across) in itertools.product(*ends):
            tile = (first + row) * self.tile_grid_size[1] + column
            result = result + ops.take(tables, values + tile * 256) * (down * across).astype("float32")
        return result

"""`UpSampling` over one to three axes: each cell becomes several, by repetition or interpolation."""

from __future__ import annotations

from typing import Any

from glassworks import ops
from glassworks.arguments import FIXED, AnyCase, Integer
from glassworks.layers.spatial import PerAxis, _SpatialLayer, per_axis
from glassworks.typing import Shape, Sizes, Tensor


class _UpSampling(_SpatialLayer):
    """The base of these layers."""

    size: Any

    def __init__(self, size: Sizes, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(data_format, **kwargs)
        self._keep_arguments(size=size)
        self.built = True

    @property
    def _factors(self) -> tuple[int, ...]:
        return per_axis(self.size, self.rank)

    def call(self, inputs: Tensor) -> Tensor:
        for axis, factor in enumerate(self._on_spatial_axes(self._factors, 1)):
            inputs = ops.repeat(inputs, factor, axis=axis) if factor > 1 else inputs
        return inputs

    def compute_output_shape(self, input_shape: Shape) -> tuple:
        sizes = [None if size is None else size * factor for size, factor in zip(self._sizes(input_shape), self._factors, strict=True)]
        return self._shape(input_shape[0], sizes, self._channels(input_shape))


class UpSampling1D(_UpSampling):
    """Each time step repeated.

    Args:
        size: The number of repetitions.

    Input shape: `(batch, time, channels)`. Output shape: `(batch, time * size, channels)`.

    >>> from glassworks import layers
    >>> layers.UpSampling1D(2)([[[1.0], [2.0]]])[0, :, 0]
    Array([1., 1., 2., 2.], dtype=float32)
    """

    rank = 1
    size = Integer(minimum=1)
    data_format = FIXED

    def __init__(self, size: int = 2, **kwargs: Any) -> None:
        super().__init__(size, "channels_last", **kwargs)


class UpSampling2D(_UpSampling):
    """Images with each cell repeated, or with values interpolated between the cells.

    Args:
        size: The factors of height and width, one number or two.
        data_format: `"channels_last"` or `"channels_first"`; by default that of `config.image_data_format()`.
        interpolation: `"nearest"` repeats; `"bilinear"`, `"bicubic"`, `"lanczos3"` and `"lanczos5"` are those of `ops.image.resize`.

    Input shape: `(batch, height, width, channels)`. Output shape: `(batch, height * size[0], width * size[1], channels)`.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.UpSampling2D((2, 3))(np.zeros((1, 4, 4, 3))).shape
    (1, 8, 12, 3)
    """

    rank = 2
    size = PerAxis()
    interpolation = AnyCase("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")

    def __init__(self, size: Sizes = (2, 2), data_format: str | None = None, interpolation: str = "nearest", **kwargs: Any) -> None:
        super().__init__(size, data_format, **kwargs)
        self._keep_arguments(interpolation=interpolation)

    def call(self, inputs: Tensor) -> Tensor:
        if self.interpolation == "nearest":
            return super().call(inputs)
        size = self._sizes(self.compute_output_shape(tuple(inputs.shape)))
        return ops.image.resize(inputs, size, interpolation=self.interpolation, data_format=self.data_format)


class UpSampling3D(_UpSampling):
    """Volumes with each cell repeated.

    Args:
        size: The factors of depth, height and width, one number or three.
        data_format: `"channels_last"` or `"channels_first"`; by default that of `config.image_data_format()`.

    Input shape: `(batch, depth, height, width, channels)`. Output shape: the same axes, multiplied.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.UpSampling3D(2)(np.zeros((1, 2, 3, 4, 5))).shape
    (1, 4, 6, 8, 5)
    """

    rank = 3
    size = PerAxis()

    def __init__(self, size: Sizes = (2, 2, 2), data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(size, data_format, **kwargs)

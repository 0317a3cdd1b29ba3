"""`MaxPooling` and `AveragePooling` over one to three axes: one number for each window."""

from __future__ import annotations

from typing import Any

from glassworks import ops
from glassworks.arguments import AnyCase, Optional
from glassworks.configured import defaults
from glassworks.layers.spatial import PerAxis, _SpatialLayer
from glassworks.typing import Shape, Sizes, Tensor


class _Pooling(_SpatialLayer):
    """The base of these layers."""

    pool_size = PerAxis()
    strides: Any = Optional(PerAxis())  # None becomes the size of the window
    padding = AnyCase("valid", "same")

    def __init__(
        self,
        pool_size: Sizes = 2,
        strides: Sizes | None = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data_format, name=name, **kwargs)
        self._keep_arguments(pool_size=pool_size, strides=pool_size if strides is None else strides, padding=padding)
        self.built = True

    @property
    def _window_arguments(self) -> dict[str, Any]:
        return {
            "pool_size": self.pool_size,
            "strides": self.strides,
            "padding": self.padding,
            "data_format": self.data_format,
        }

    def compute_output_shape(self, input_shape: Shape) -> tuple:
        sizes = self._places(input_shape, self.pool_size, self.strides, (1,) * self.rank, self.padding)
        return self._shape(input_shape[0], sizes, self._channels(input_shape))


class _MaxPooling(_Pooling):
    pool_mode = "max"

    def call(self, inputs: Tensor) -> Tensor:
        return ops.max_pool(inputs, **self._window_arguments)


class _AveragePooling(_Pooling):
    pool_mode = "average"

    def __init__(  # the size has no default, as in Keras
        self,
        pool_size: Sizes,
        strides: Sizes | None = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)

    def call(self, inputs: Tensor) -> Tensor:
        return ops.average_pool(inputs, **self._window_arguments)


@defaults(pool_size=2)
class MaxPooling1D(_MaxPooling):
    """The largest number of each window of sequences.

    Args:
        pool_size: The length of the window.
        strides: Steps between windows; `pool_size` by default.
        padding: `"valid"`: complete windows only. `"same"`: `ceil(time / strides)` windows, which may reach over the ends.
        data_format: `"channels_last"` or `"channels_first"`; by default that of `config.image_data_format()`.

    Input shape: `(batch, time, channels)`. Output shape: `(batch, windows, channels)`.

    >>> from glassworks import layers
    >>> layers.MaxPooling1D(2)([[[1.0], [4.0], [3.0], [2.0]]])[0, :, 0]
    Array([4., 3.], dtype=float32)
    """

    rank = 1


@defaults(pool_size=(2, 2))
class MaxPooling2D(_MaxPooling):
    """The largest number of each window of images.

    The arguments are those of `MaxPooling1D`, where size and strides may also have two entries.

    Input shape: `(batch, height, width, channels)`. Output shape: `(batch, rows, columns, channels)`.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.MaxPooling2D()(np.zeros((1, 28, 28, 3))).shape
    (1, 14, 14, 3)
    """

    rank = 2


@defaults(pool_size=(2, 2, 2))
class MaxPooling3D(_MaxPooling):
    """The largest number of each window of volumes.

    The arguments are those of `MaxPooling1D`, where size and strides may also have three entries.

    Input shape: `(batch, depth, height, width, channels)`. Output shape: `(batch, layers, rows, columns, channels)`.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.MaxPooling3D()(np.zeros((1, 4, 6, 8, 3))).shape
    (1, 2, 3, 4, 3)
    """

    rank = 3


@defaults()
class AveragePooling1D(_AveragePooling):
    """The mean of each window of sequences; cells outside do not count.

    Args:
        pool_size: The length of the window.
        strides: Steps between windows; `pool_size` by default.
        padding: `"valid"`: complete windows only. `"same"`: `ceil(time / strides)` windows, which may reach over the ends.
        data_format: `"channels_last"` or `"channels_first"`; by default that of `config.image_data_format()`.

    Input shape: `(batch, time, channels)`. Output shape: `(batch, windows, channels)`.

    >>> from glassworks import layers
    >>> layers.AveragePooling1D(2)([[[1.0], [4.0], [3.0], [2.0]]])[0, :, 0]
    Array([2.5, 2.5], dtype=float32)
    """

    rank = 1


@defaults()
class AveragePooling2D(_AveragePooling):
    """The mean of each window of images; cells outside do not count.

    The arguments are those of `AveragePooling1D`, where size and strides may also have two entries.

    Input shape: `(batch, height, width, channels)`. Output shape: `(batch, rows, columns, channels)`.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.AveragePooling2D(3, strides=2, padding="same")(np.zeros((1, 28, 28, 3))).shape
    (1, 14, 14, 3)
    """

    rank = 2


@defaults()
class AveragePooling3D(_AveragePooling):
    """The mean of each window of volumes; cells outside do not count.

    The arguments are those of `AveragePooling1D`, where size and strides may also have three entries.

    Input shape: `(batch, depth, height, width, channels)`. Output shape: `(batch, layers, rows, columns, channels)`.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.AveragePooling3D(2)(np.zeros((1, 4, 6, 8, 3))).shape
    (1, 2, 3, 4, 3)
    """

    rank = 3

"""`AdaptiveMaxPooling` and `AdaptiveAveragePooling`: a fixed number of windows for inputs of any size."""

from __future__ import annotations

from typing import Any

from glassworks import ops
from glassworks.layers.spatial import PerAxis, _SpatialLayer
from glassworks.typing import Shape, Tensor


class _AdaptivePooling(_SpatialLayer):
    """The base of these layers."""

    output_size = PerAxis()

    def __init__(self, output_size: Any, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(data_format, **kwargs)
        self._keep_arguments(output_size=output_size)
        self.built = True

    def compute_output_shape(self, input_shape: Shape) -> tuple:
        self._sizes(input_shape)
        return self._shape(input_shape[0], self.output_size, self._channels(input_shape))


class _AdaptiveMaxPooling(_AdaptivePooling):
    def call(self, inputs: Tensor) -> Tensor:
        return ops.adaptive_max_pool(inputs, self.output_size, self.data_format)


class _AdaptiveAveragePooling(_AdaptivePooling):
    def call(self, inputs: Tensor) -> Tensor:
        return ops.adaptive_average_pool(inputs, self.output_size, self.data_format)


class AdaptiveMaxPooling1D(_AdaptiveMaxPooling):
    """The largest number of each of `output_size` windows that are spread evenly over sequences.

    Args:
        output_size: The number of windows; they overlap if the inputs are not a multiple of it.
        data_format: `"channels_last"` or `"channels_first"`; by default that of `config.image_data_format()`.

    Input shape: `(batch, time, channels)`. Output shape: `(batch, *output_size, channels)`.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.AdaptiveMaxPooling1D(5)(np.zeros((2, 12, 64))).shape
    (2, 5, 64)
    """

    rank = 1


class AdaptiveMaxPooling2D(_AdaptiveMaxPooling):
    """The largest number of each of `output_size` windows that are spread evenly over images.

    The arguments are those of `AdaptiveMaxPooling1D`, where `output_size` may also have two entries.

    Input shape: `(batch, height, width, channels)`. Output shape: `(batch, *output_size, channels)`.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.AdaptiveMaxPooling2D(3)(np.zeros((2, 7, 7, 64))).shape
    (2, 3, 3, 64)
    """

    rank = 2


class AdaptiveMaxPooling3D(_AdaptiveMaxPooling):
    """The largest number of each of `output_size` windows that are spread evenly over volumes.

    The arguments are those of `AdaptiveMaxPooling1D`, where `output_size` may also have three entries.

    Input shape: `(batch, depth, height, width, channels)`. Output shape: `(batch, *output_size, channels)`.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.AdaptiveMaxPooling3D(3)(np.zeros((2, 3, 7, 7, 64))).shape
    (2, 3, 3, 3, 64)
    """

    rank = 3


class AdaptiveAveragePooling1D(_AdaptiveAveragePooling):
    """The mean of each of `output_size` windows that are spread evenly over sequences.

    Args:
        output_size: The number of windows; they overlap if the inputs are not a multiple of it.
        data_format: `"channels_last"` or `"channels_first"`; by default that of `config.image_data_format()`.

    Input shape: `(batch, time, channels)`. Output shape: `(batch, *output_size, channels)`.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.AdaptiveAveragePooling1D(5)(np.zeros((2, 12, 64))).shape
    (2, 5, 64)
    """

    rank = 1


class AdaptiveAveragePooling2D(_AdaptiveAveragePooling):
    """The mean of each of `output_size` windows that are spread evenly over images.

    The arguments are those of `AdaptiveAveragePooling1D`, where `output_size` may also have two entries.

    Input shape: `(batch, height, width, channels)`. Output shape: `(batch, *output_size, channels)`.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.AdaptiveAveragePooling2D(3)(np.zeros((2, 7, 7, 64))).shape
    (2, 3, 3, 64)
    """

    rank = 2


class AdaptiveAveragePooling3D(_AdaptiveAveragePooling):
    """The mean of each of `output_size` windows that are spread evenly over volumes.

    The arguments are those of `AdaptiveAveragePooling1D`, where `output_size` may also have three entries.

    Input shape: `(batch, depth, height, width, channels)`. Output shape: `(batch, *output_size, channels)`.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.AdaptiveAveragePooling3D(3)(np.zeros((2, 3, 7, 7, 64))).shape
    (2, 3, 3, 3, 64)
    """

    rank = 3

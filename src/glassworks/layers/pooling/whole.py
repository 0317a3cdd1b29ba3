"""`GlobalMaxPooling` and `GlobalAveragePooling`: one number for each channel."""

from __future__ import annotations

from typing import Any

from glassworks import ops
from glassworks.arguments import FLAG
from glassworks.layers.spatial import _SpatialLayer
from glassworks.typing import Shape, Tensor


class _GlobalPooling(_SpatialLayer):
    """The base of these layers."""

    keepdims = FLAG

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any) -> None:
        super().__init__(data_format, **kwargs)
        self._keep_arguments(keepdims=keepdims)
        self.built = True

    @property
    def _axes(self) -> tuple[int, ...]:
        first = 2 if self._channels_first else 1
        return tuple(range(first, first + self.rank))

    def compute_output_shape(self, input_shape: Shape) -> tuple:
        """`(batch, channels)`, or with axes of size 1 where there were spatial ones."""
        sizes = (1,) * len(self._sizes(input_shape)) if self.keepdims else ()
        return self._shape(input_shape[0], sizes, self._channels(input_shape))


class _GlobalMaxPooling(_GlobalPooling):
    def call(self, inputs: Tensor) -> Tensor:
        return ops.max(inputs, axis=self._axes, keepdims=self.keepdims)


class _GlobalAveragePooling(_GlobalPooling):
    def call(self, inputs: Tensor) -> Tensor:
        return ops.mean(inputs, axis=self._axes, keepdims=self.keepdims)


class GlobalMaxPooling1D(_GlobalMaxPooling):
    """The largest number of each channel of sequences.

    Args:
        data_format: `"channels_last"` or `"channels_first"`; by default that of `config.image_data_format()`.
        keepdims: Whether to keep the time axis, with size 1.

    Input shape: `(batch, time, channels)`. Output shape: `(batch, channels)`.

    >>> from glassworks import layers
    >>> layers.GlobalMaxPooling1D()([[[1.0], [4.0], [3.0], [2.0]]])
    Array([[4.]], dtype=float32)
    """

    rank = 1


class GlobalMaxPooling2D(_GlobalMaxPooling):
    """The largest number of each channel of images.

    The arguments are those of `GlobalMaxPooling1D`.

    Input shape: `(batch, height, width, channels)`. Output shape: `(batch, channels)`.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.GlobalMaxPooling2D()(np.zeros((2, 7, 7, 64))).shape
    (2, 64)
    """

    rank = 2


class GlobalMaxPooling3D(_GlobalMaxPooling):
    """The largest number of each channel of volumes.

    The arguments are those of `GlobalMaxPooling1D`.

    Input shape: `(batch, depth, height, width, channels)`. Output shape: `(batch, channels)`.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.GlobalMaxPooling3D()(np.zeros((2, 3, 7, 7, 64))).shape
    (2, 64)
    """

    rank = 3


class GlobalAveragePooling1D(_GlobalAveragePooling):
    """The mean of each channel of sequences, over the time steps that a mask lets through.

    Args:
        data_format: `"channels_last"` or `"channels_first"`; by default that of `config.image_data_format()`.
        keepdims: Whether to keep the time axis, with size 1.

    Input shape: `(batch, time, channels)`. Output shape: `(batch, channels)`.

    >>> from glassworks import layers
    >>> layers.GlobalAveragePooling1D()([[[1.0], [4.0], [3.0], [2.0]]])
    Array([[2.5]], dtype=float32)
    """

    rank = 1

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any) -> None:
        super().__init__(data_format, keepdims, **kwargs)
        self.supports_masking = True

    def call(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        """The mean over time, without the steps that are masked."""
        if mask is None:
            return super().call(inputs)
        mask = ops.expand_dims(ops.cast(mask, "bool"), 1 if self._channels_first else 2)
        total = ops.sum(ops.where(mask, inputs, 0), axis=self._axes, keepdims=self.keepdims)
        return total / ops.sum(ops.cast(mask, inputs.dtype), axis=self._axes, keepdims=self.keepdims)

    def compute_mask(self, inputs: Tensor, previous_mask: Tensor | None = None) -> None:
        """None: there is no time left to mask."""
        return


class GlobalAveragePooling2D(_GlobalAveragePooling):
    """The mean of each channel of images.

    The arguments are those of `GlobalAveragePooling1D`.

    Input shape: `(batch, height, width, channels)`. Output shape: `(batch, channels)`.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.GlobalAveragePooling2D()(np.zeros((2, 7, 7, 64))).shape
    (2, 64)
    """

    rank = 2


class GlobalAveragePooling3D(_GlobalAveragePooling):
    """The mean of each channel of volumes.

    The arguments are those of `GlobalAveragePooling1D`.

    Input shape: `(batch, depth, height, width, channels)`. Output shape: `(batch, channels)`.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.GlobalAveragePooling3D()(np.zeros((2, 3, 7, 7, 64))).shape
    (2, 64)
    """

    rank = 3

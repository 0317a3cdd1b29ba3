"""`RMSNormalization`: each sample divided by the root mean square of its features."""

from __future__ import annotations

from typing import Any

from glassworks import ops
from glassworks.arguments import Number
from glassworks.layers.identity import _SameShape
from glassworks.layers.normalization.affine import Axes, sizes_along
from glassworks.typing import Axis, Tensor


class RMSNormalization(_SameShape):
    """Each sample divided by the root mean square of its features, times a learned scale (Zhang and Sennrich, 2019).

    Args:
        axis: The axes to normalize over, usually the last.
        epsilon: A small number added to the mean square.

    Output shape: the shape of the input.

    >>> from glassworks import layers
    >>> layers.RMSNormalization()([[1.0, 7.0]]).numpy().round(3)
    array([[0.2, 1.4]], dtype=float32)
    """

    axis = Axes()
    epsilon = Number(0)

    def __init__(self, axis: Axis = -1, epsilon: float = 1e-6, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(axis=axis, epsilon=epsilon)
        self.supports_masking = False

    def build(self, input_shape: tuple) -> None:
        """Create the scale, of the input's sizes along the normalized axes."""
        if isinstance(self.axis, list):
            self.axis = sorted(self.axis)
        self.scale = self.add_weight(sizes_along(self.axis, input_shape), "ones", name="scale")

    def call(self, x: Tensor) -> Tensor:
        return ops.rms_normalization(x, scale=self.scale, axis=self.axis, epsilon=self.epsilon)

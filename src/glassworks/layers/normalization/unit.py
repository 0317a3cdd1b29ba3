"""`UnitNormalization`: each sample divided by the norm of its feature vector."""

from __future__ import annotations

from typing import Any

from glassworks import ops
from glassworks.layers.identity import _SameShape
from glassworks.layers.normalization.affine import Axes
from glassworks.typing import Axis, Tensor


class UnitNormalization(_SameShape):
    """Each sample divided by the L2 norm of its features.

    Args:
        axis: The axes to normalize over, usually the last.

    Output shape: the shape of the input.

    >>> from glassworks import layers
    >>> layers.UnitNormalization()([[3.0, 4.0]]).numpy()
    array([[0.6, 0.8]], dtype=float32)
    """

    axis = Axes()

    def __init__(self, axis: Axis = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(axis=axis)

    def call(self, inputs: Tensor) -> Tensor:
        return ops.normalize(inputs, axis=self.axis, order=2, epsilon=1e-12)

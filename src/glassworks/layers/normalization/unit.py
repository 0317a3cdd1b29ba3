"""`UnitNormalization`: each sample divided by the length of its feature vector."""

from __future__ import annotations

from typing import Any

from glassworks import ops
from glassworks.arguments import check
from glassworks.layers.identity import _SameShape
from glassworks.layers.normalization.affine import ARGUMENTS


class UnitNormalization(_SameShape):
    """Each sample divided by the length (L2 norm) of its features.

    Args:
        axis: The axes to normalize over, usually the last.

    Output shape: that of the input.

    >>> from glassworks import layers
    >>> layers.UnitNormalization()([[3.0, 4.0]]).numpy()
    array([[0.6, 0.8]], dtype=float32)
    """

    def __init__(self, axis: Any = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check("UnitNormalization", ARGUMENTS, axis=axis)
        self.axis = list(axis) if isinstance(axis, (list, tuple)) else axis

    def call(self, inputs: Any) -> Any:
        """The normalized inputs."""
        return ops.normalize(inputs, axis=self.axis, order=2, epsilon=1e-12)

    def get_config(self) -> dict[str, Any]:
        """The arguments as a dict."""
        return {**super().get_config(), "axis": self.axis}

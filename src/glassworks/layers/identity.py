"""Layers whose output has the shape and the mask of their input: their common base, `Identity` and `Masking`."""

from __future__ import annotations

from typing import Any

from glassworks import ops
from glassworks.arguments import Serialized
from glassworks.layers.base import Layer
from glassworks.typing import Tensor


class _SameShape(Layer):
    """The base of layers that change numbers but not shapes."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        # A layer without weights needs no build.
        self.built = type(self).build is Layer.build

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


class Identity(_SameShape):
    """The inputs unchanged, in whatever structure they come.

    >>> from glassworks import layers
    >>> layers.Identity()([1.0, 2.0]).numpy()
    array([1., 2.], dtype=float32)
    """

    def call(self, inputs: Tensor) -> Tensor:
        return inputs


class Masking(_SameShape):
    """Masks the time steps whose features all equal `mask_value`, for the layers that follow.

    Args:
        mask_value: The value of the padding.

    Input shape: `(batch, time, features)`. Masked steps become zeros.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layer = layers.Masking(mask_value=-1.0)
    >>> layer(np.array([[[1.0, 2.0], [-1.0, -1.0]]])).numpy()
    array([[[1., 2.],
            [0., 0.]]], dtype=float32)
    """

    mask_value = Serialized("values")

    def __init__(self, mask_value: Any = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(mask_value=mask_value)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """True where a step is not masked; shape `(batch, time)`."""
        return ops.any(ops.not_equal(inputs, self.mask_value), axis=-1)

    def call(self, inputs: Tensor) -> Tensor:
        """The inputs, with masked steps set to 0."""
        present = ops.expand_dims(self.compute_mask(inputs), -1)
        return ops.where(present, inputs, 0)

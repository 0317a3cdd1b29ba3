"""`LayerNormalization`: each sample normalised to mean 0 and variance 1 over its own features."""

from __future__ import annotations

from typing import Any

from glassworks import ops
from glassworks.errors import ArgumentError
from glassworks.layers.arguments import keep_weight
from glassworks.layers.normalization.affine import _Affine, sizes_along
from glassworks.typing import Axis, Constraint, Initializer, Regularizer, Tensor


class LayerNormalization(_Affine):
    """Each sample normalised to mean 0 and variance 1 over its own features, then scaled and shifted (Ba et al., 2016).

    Unlike batch normalization it does the same in training and inference.

    Args:
        axis: The axes to normalize over, usually the last.
        epsilon: A small number added to the variance.
        center, scale: Whether to learn an offset (beta) and a scale (gamma).
        beta_initializer, gamma_initializer, beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint: Initializers, penalties and constraints of beta and gamma.

    Output shape: the shape of the input.

    >>> from glassworks import layers
    >>> layers.LayerNormalization(epsilon=0.0)([[1.0, 3.0]]).numpy()
    array([[-1.,  1.]], dtype=float32)
    """

    rms_scaling = False  # an argument of older Keras code

    def __init__(
        self,
        axis: Axis = -1,
        epsilon: float = 0.001,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Initializer = "zeros",
        gamma_initializer: Initializer = "ones",
        beta_regularizer: Regularizer = None,
        gamma_regularizer: Regularizer = None,
        beta_constraint: Constraint = None,
        gamma_constraint: Constraint = None,
        **kwargs: Any,
    ) -> None:
        if kwargs.pop("rms_scaling", False):
            raise ArgumentError(
                "rms_scaling=True",
                "False: Keras deprecates it, as it scales by the wrong quantity",
                "use RMSNormalization",
                where="LayerNormalization",
            )
        super().__init__(**kwargs)
        self._keep_arguments(axis=axis, epsilon=epsilon, center=center, scale=scale)
        keep_weight(self, "beta", beta_initializer, beta_regularizer, beta_constraint)
        keep_weight(self, "gamma", gamma_initializer, gamma_regularizer, gamma_constraint)
        self.autocast = False

    def build(self, input_shape: tuple) -> None:
        """Create gamma and beta, of the input's sizes along the normalized axes."""
        if isinstance(self.axis, list):
            self.axis = sorted(self.axis)
        self._add_affine_weights(sizes_along(self.axis, input_shape))

    def call(self, inputs: Tensor) -> Tensor:
        outputs = ops.layer_normalization(inputs, self.gamma, self.beta, self.axis, self.epsilon)
        return ops.cast(outputs, self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rms_scaling": False}

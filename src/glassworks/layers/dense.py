"""`Dense`: every output is a weighted sum of all inputs, plus a bias, through an activation."""

from __future__ import annotations

from typing import Any

from glassworks import ops
from glassworks.arguments import FLAG, Integer, OneOf
from glassworks.errors import ShapeError
from glassworks.layers.arguments import ACTIVATION, WEIGHT, keep_weight, make_weight
from glassworks.layers.input_spec import InputSpec
from glassworks.layers.low_rank import LowRank, merged
from glassworks.typing import Activation, Constraint, Initializer, Regularizer, Tensor


class Dense(LowRank):
    """`activation(inputs @ kernel + bias)`.

    Args:
        units: The number of outputs.
        activation: A name or function; None for none.
        use_bias: Whether to add a bias.
        kernel_initializer, bias_initializer: The initial values.
        kernel_regularizer, bias_regularizer, activity_regularizer: Penalties added to the loss.
        kernel_constraint, bias_constraint: Constraints applied after every update.
        lora_rank: If set, the kernel is frozen, and a product of two matrices with this inner size is trained; see `enable_lora`.
        lora_alpha: The product is multiplied by `lora_alpha / lora_rank`; by default by 1.

    Input shape: `(batch, ..., features)`. Output shape: `(batch, ..., units)`.

    >>> from glassworks import layers
    >>> layer = layers.Dense(2, kernel_initializer="ones")
    >>> layer([[1.0, 2.0, 3.0]]).numpy()
    array([[6., 6.]], dtype=float32)
    """

    units = Integer(minimum=1)
    activation = ACTIVATION
    use_bias = FLAG
    kernel_initializer, kernel_regularizer, kernel_constraint = WEIGHT
    bias_initializer, bias_regularizer, bias_constraint = WEIGHT
    quantization_config = OneOf(None)
    kernel = merged()

    def __init__(
        self,
        units: int,
        activation: Activation = None,
        use_bias: bool = True,
        kernel_initializer: Initializer = "glorot_uniform",
        bias_initializer: Initializer = "zeros",
        kernel_regularizer: Regularizer = None,
        bias_regularizer: Regularizer = None,
        activity_regularizer: Regularizer = None,
        kernel_constraint: Constraint = None,
        bias_constraint: Constraint = None,
        lora_rank: int | None = None,
        lora_alpha: float | None = None,
        quantization_config: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, lora_rank=lora_rank, lora_alpha=lora_alpha, **kwargs)
        self._keep_arguments(units=units, activation=activation, use_bias=use_bias)
        keep_weight(self, "kernel", kernel_initializer, kernel_regularizer, kernel_constraint)
        keep_weight(self, "bias", bias_initializer, bias_regularizer, bias_constraint)
        self._keep_arguments(quantization_config=quantization_config)
        self.input_spec = InputSpec(min_ndim=2)
        self.supports_masking = True

    def build(self, input_shape: tuple) -> None:
        """Create the kernel (features, units) and the bias (units)."""
        features = input_shape[-1]
        if features is None:
            raise ShapeError(
                f"input shape {tuple(input_shape)}", "a known last size, the number of features", "give it: keras.Input(shape=(784,))"
            )
        self.kernel = make_weight(self, "kernel", (features, self.units))
        self.bias = make_weight(self, "bias", (self.units,)) if self.use_bias else None
        self.input_spec = InputSpec(min_ndim=2, axes={-1: features})
        self._build_lora()

    def call(self, inputs: Tensor) -> Tensor:
        outputs = ops.matmul(inputs, self.kernel)
        if self.bias is not None:
            outputs = outputs + self.bias
        return outputs if self.activation is None else self.activation(outputs)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        """The input's shape with its last size replaced by `units`."""
        return (*input_shape[:-1], self.units)

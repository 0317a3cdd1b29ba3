"""`Dense`: every output is a weighted sum of all inputs, plus a bias, through an activation."""

from __future__ import annotations

from typing import Any

from glassworks import activations, constraints, initializers, ops, regularizers
from glassworks.arguments import Instance, Integer, OneOf, check
from glassworks.errors import ShapeError
from glassworks.layers.base import Layer
from glassworks.layers.input_spec import InputSpec
from glassworks.layers.weight_config import weight_config

_ARGUMENTS = {"units": Integer(minimum=1), "use_bias": Instance(bool, "True or False")}
# Arguments of Keras that stand in its configs; only their default means something here.
_UNSUPPORTED = {"lora_rank": OneOf(None), "lora_alpha": OneOf(None), "quantization_config": OneOf(None)}


class Dense(Layer):
    """`activation(inputs @ kernel + bias)`.

    Args:
        units: The number of outputs.
        activation: A name or function; None for none.
        use_bias: Whether to add a bias.
        kernel_initializer, bias_initializer: Starting values.
        kernel_regularizer, bias_regularizer, activity_regularizer: Penalties added to the loss.
        kernel_constraint, bias_constraint: Applied after every update.

    Input shape: `(batch, ..., features)`. Output shape: `(batch, ..., units)`.

    >>> from glassworks import layers
    >>> layer = layers.Dense(2, kernel_initializer="ones")
    >>> layer([[1.0, 2.0, 3.0]]).numpy()
    array([[6., 6.]], dtype=float32)
    """

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        lora_rank: int | None = None,
        lora_alpha: float | None = None,
        quantization_config: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        check("Dense", _ARGUMENTS, units=units, use_bias=use_bias)
        check("Dense", _UNSUPPORTED, lora_rank=lora_rank, lora_alpha=lora_alpha, quantization_config=quantization_config)
        self.units = units
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.input_spec = InputSpec(min_ndim=2)
        self.supports_masking = True

    def build(self, input_shape: tuple) -> None:
        """Make the kernel (features, units) and the bias (units)."""
        features = input_shape[-1]
        if features is None:
            raise ShapeError(
                f"input shape {tuple(input_shape)}", "a known last size, the number of features", "give it: keras.Input(shape=(784,))"
            )
        self.kernel = self.add_weight(
            (features, self.units),
            self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            name="kernel",
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                (self.units,), self.bias_initializer, regularizer=self.bias_regularizer, constraint=self.bias_constraint, name="bias"
            )
        self.input_spec = InputSpec(min_ndim=2, axes={-1: features})

    def call(self, inputs: Any) -> Any:
        """Weighted sums, bias, activation."""
        outputs = ops.matmul(inputs, self.kernel)
        if self.bias is not None:
            outputs = outputs + self.bias
        return outputs if self.activation is None else self.activation(outputs)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        """The input's shape with its last size replaced by `units`."""
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        """The arguments as a dict."""
        return {
            **super().get_config(),
            "units": self.units,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            **weight_config(self, "kernel", "bias"),
            "quantization_config": None,
        }

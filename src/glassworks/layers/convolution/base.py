"""The base of all convolutions: windows and their checks, weights, bias and activation, shapes, configs."""

from __future__ import annotations

from typing import Any

from glassworks import ops
from glassworks.arguments import FLAG, AnyCase
from glassworks.errors import ArgumentError, ShapeError
from glassworks.layers.arguments import ACTIVATION, REGULARIZER, WEIGHT, make_weight
from glassworks.layers.spatial import PerAxis, SpatialSpec, _SpatialLayer
from glassworks.typing import Shape, Tensor


class _BaseConvolution(_SpatialLayer):
    """The base of layers whose windows slide over the inputs and are multiplied with a kernel.

    Subclasses define names and shapes of the kernels, the op that applies them, and the number of output channels.
    """

    # Each kernel, with the name that its initializer, regularizer and constraint have among the arguments.
    _kernels: dict[str, str] = {"kernel": "kernel"}
    kernel_size = strides = dilation_rate = PerAxis()
    padding = AnyCase("valid", "same")
    activation = ACTIVATION
    use_bias = FLAG
    bias_initializer, bias_regularizer, bias_constraint = WEIGHT
    activity_regularizer = REGULARIZER
    bias: Any

    def __init__(self, padding: str, data_format: str | None, **kwargs: Any) -> None:
        super().__init__(data_format, **kwargs)
        if isinstance(padding, str) and padding.lower() == "causal" and not type(self)._declared_arguments["padding"].allows(padding):
            raise ArgumentError(
                f"padding={padding!r}",
                "'valid' or 'same': only Conv1D, over time, has a past to look back on",
                "use padding='same', or Conv1D for data of shape (batch, time, channels)",
                where=type(self).__name__,
            )
        self._keep_arguments(padding=padding)

    def _refuse_strides_with_dilation(self) -> None:
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ArgumentError(
                f"strides={self.strides} together with dilation_rate={self.dilation_rate}",
                "one of them to be 1",
                "leave dilation_rate out, or stride in a pooling layer after this one",
                where=type(self).__name__,
            )

    def build(self, input_shape: Shape) -> None:
        sizes, channels = self._sizes(input_shape), self._channels(input_shape)
        if channels is None:
            raise ShapeError(
                f"input shape {tuple(input_shape)}",
                "a known number of channels",
                f"give it, for example keras.Input(shape={self._shape(None, sizes, 3)[1:]}); sizes may be None",
            )
        self._check_channels(channels)
        self.compute_output_shape(input_shape)
        for (name, arguments), shape in zip(self._kernels.items(), self._kernel_shapes(channels), strict=True):
            setattr(self, name, make_weight(self, name, shape, arguments))
        self.bias = make_weight(self, "bias", (self._channels_out(channels),)) if self.use_bias else None
        self.input_spec = SpatialSpec(self.rank, self.data_format, channels)

    def _check_channels(self, channels: int) -> None:
        """Raise an error for a number of channels that the layer does not support."""

    def _kernel_shapes(self, channels: int) -> tuple[tuple[int, ...], ...]:
        """The shape of each kernel for inputs with the given number of channels."""
        raise NotImplementedError("a convolution says how its kernels are shaped")

    def _channels_out(self, channels: int) -> Any:
        """The number of output channels."""
        raise NotImplementedError("a convolution says how many channels come out")

    def _convolved(self, inputs: Tensor) -> Tensor:
        """The inputs convolved, without bias."""
        raise NotImplementedError("a convolution says how its kernels are applied")

    def call(self, inputs: Tensor) -> Tensor:
        outputs = self._convolved(inputs)
        if self.bias is not None:
            outputs = outputs + (ops.reshape(self.bias, (-1, *(1,) * self.rank)) if self._channels_first else self.bias)
        return outputs if self.activation is None else self.activation(outputs)

    @property
    def _window_arguments(self) -> dict[str, Any]:
        """The common arguments of the ops for convolution."""
        return {
            "strides": self.strides,
            "padding": self.padding,
            "data_format": self.data_format,
            "dilation_rate": self.dilation_rate,
        }

    def compute_output_shape(self, input_shape: Shape) -> tuple:
        sizes = self._places(input_shape, self.kernel_size, self.strides, self.dilation_rate, self.padding)
        return self._shape(input_shape[0], sizes, self._channels_out(self._channels(input_shape)))

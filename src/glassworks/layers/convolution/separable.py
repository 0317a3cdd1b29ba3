"""`SeparableConv1D` and `SeparableConv2D`: a depthwise convolution, then a mixture of the channels cell by cell."""

from __future__ import annotations

from typing import Any

from glassworks import ops
from glassworks.arguments import Integer
from glassworks.configured import defaults
from glassworks.layers.arguments import WEIGHT, keep_weight
from glassworks.layers.convolution.base import _BaseConvolution
from glassworks.typing import Activation, Constraint, Initializer, Regularizer, Sizes, Tensor


class _SeparableConv(_BaseConvolution):
    """The base of the two layers."""

    _kernels = {"depthwise_kernel": "depthwise", "pointwise_kernel": "pointwise"}

    filters = depth_multiplier = Integer(minimum=1)
    depthwise_initializer, depthwise_regularizer, depthwise_constraint = WEIGHT
    pointwise_initializer, pointwise_regularizer, pointwise_constraint = WEIGHT
    depthwise_kernel: Any
    pointwise_kernel: Any

    def __init__(
        self,
        filters: int,
        kernel_size: Sizes,
        strides: Sizes = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Sizes = 1,
        depth_multiplier: int = 1,
        activation: Activation = None,
        use_bias: bool = True,
        depthwise_initializer: Initializer = "glorot_uniform",
        pointwise_initializer: Initializer = "glorot_uniform",
        bias_initializer: Initializer = "zeros",
        depthwise_regularizer: Regularizer = None,
        pointwise_regularizer: Regularizer = None,
        bias_regularizer: Regularizer = None,
        activity_regularizer: Regularizer = None,
        depthwise_constraint: Constraint = None,
        pointwise_constraint: Constraint = None,
        bias_constraint: Constraint = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(padding, data_format, activity_regularizer=activity_regularizer, **kwargs)
        self._keep_arguments(
            kernel_size=kernel_size, strides=strides, dilation_rate=dilation_rate, activation=activation, use_bias=use_bias
        )
        keep_weight(self, "depthwise", depthwise_initializer, depthwise_regularizer, depthwise_constraint)
        keep_weight(self, "pointwise", pointwise_initializer, pointwise_regularizer, pointwise_constraint)
        keep_weight(self, "bias", bias_initializer, bias_regularizer, bias_constraint)
        self._keep_arguments(filters=filters, depth_multiplier=depth_multiplier)

    def _kernel_shapes(self, channels: int) -> tuple[tuple[int, ...], ...]:
        between = channels * self.depth_multiplier
        return (*self.kernel_size, channels, self.depth_multiplier), (*(1,) * self.rank, between, self.filters)

    def _channels_out(self, channels: int) -> int:
        return self.filters

    def _convolved(self, inputs: Tensor) -> Tensor:
        return ops.separable_conv(inputs, self.depthwise_kernel, self.pointwise_kernel, **self._window_arguments)


@defaults()
class SeparableConv1D(_SeparableConv):
    """Convolution over time of each channel by itself, then a mixture of the channels: fewer weights than `Conv1D`.

    Args:
        filters: The number of output channels.
        kernel_size: The length of the window.
        strides: Steps between windows.
        padding: `"valid"`: complete windows only. `"same"`: padding with zeros, for `ceil(time / strides)` windows.
        data_format: `"channels_last"` or `"channels_first"`; by default that of `config.image_data_format()`.
        dilation_rate: Steps between the cells of a window.
        depth_multiplier: The number of channels that the depthwise part computes per input channel.
        activation: A name or function; None for none.
        use_bias: Whether to add a bias to each filter.
        depthwise_initializer, pointwise_initializer, bias_initializer: The initial values.
        depthwise_regularizer, pointwise_regularizer, bias_regularizer, activity_regularizer: Penalties added to the loss.
        depthwise_constraint, pointwise_constraint, bias_constraint: Constraints applied after every update.

    Input shape: `(batch, time, channels)`. Output shape: `(batch, windows, filters)`.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.SeparableConv1D(5, 3)(np.zeros((2, 8, 4))).shape
    (2, 6, 5)
    """

    rank = 1


@defaults(strides=(1, 1), dilation_rate=(1, 1))
class SeparableConv2D(_SeparableConv):
    """Convolution over images of each channel by itself, then a mixture of the channels: fewer weights than `Conv2D`.

    The arguments are those of `SeparableConv1D`, where sizes, strides and dilation may also be pairs.

    Input shape: `(batch, height, width, channels)`. Output shape: `(batch, rows, columns, filters)`.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.SeparableConv2D(5, 3, strides=2, padding="same")(np.zeros((2, 8, 8, 4))).shape
    (2, 4, 4, 5)
    """

    rank = 2

"""`DepthwiseConv1D` and `DepthwiseConv2D`: convolution of each channel by itself."""

from __future__ import annotations

from typing import Any

from glassworks import ops
from glassworks.arguments import Integer
from glassworks.configured import defaults
from glassworks.layers.arguments import WEIGHT, keep_weight
from glassworks.layers.convolution.base import _BaseConvolution
from glassworks.typing import Activation, Constraint, Initializer, Regularizer, Sizes, Tensor


class _DepthwiseConv(_BaseConvolution):
    """The base of the two layers."""

    _kernels = {"kernel": "depthwise"}

    depth_multiplier = Integer(minimum=1)
    depthwise_initializer, depthwise_regularizer, depthwise_constraint = WEIGHT
    kernel: Any

    def __init__(
        self,
        kernel_size: Sizes,
        strides: Sizes = 1,
        padding: str = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        dilation_rate: Sizes = 1,
        activation: Activation = None,
        use_bias: bool = True,
        depthwise_initializer: Initializer = "glorot_uniform",
        bias_initializer: Initializer = "zeros",
        depthwise_regularizer: Regularizer = None,
        bias_regularizer: Regularizer = None,
        activity_regularizer: Regularizer = None,
        depthwise_constraint: Constraint = None,
        bias_constraint: Constraint = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(padding, data_format, activity_regularizer=activity_regularizer, **kwargs)
        self._keep_arguments(
            kernel_size=kernel_size, strides=strides, dilation_rate=dilation_rate, activation=activation, use_bias=use_bias
        )
        keep_weight(self, "depthwise", depthwise_initializer, depthwise_regularizer, depthwise_constraint)
        keep_weight(self, "bias", bias_initializer, bias_regularizer, bias_constraint)
        self._keep_arguments(depth_multiplier=depth_multiplier)

    def _kernel_shapes(self, channels: int) -> tuple[tuple[int, ...], ...]:
        return ((*self.kernel_size, channels, self.depth_multiplier),)

    def _channels_out(self, channels: int) -> Any:
        return None if channels is None else channels * self.depth_multiplier

    def _convolved(self, inputs: Tensor) -> Tensor:
        return ops.depthwise_conv(inputs, self.kernel, **self._window_arguments)


@defaults()
class DepthwiseConv1D(_DepthwiseConv):
    """Convolution over time of each channel by itself.

    Args:
        kernel_size: The length of the window.
        strides: Steps between windows.
        padding: `"valid"`: complete windows only. `"same"`: padding with zeros, for `ceil(time / strides)` windows.
        depth_multiplier: The number of output channels per input channel.
        data_format: `"channels_last"` or `"channels_first"`; by default that of `config.image_data_format()`.
        dilation_rate: Steps between the cells of a window.
        activation: A name or function; None for none.
        use_bias: Whether to add a bias to each output channel.
        depthwise_initializer, bias_initializer: The initial values.
        depthwise_regularizer, bias_regularizer, activity_regularizer: Penalties added to the loss.
        depthwise_constraint, bias_constraint: Constraints applied after every update.

    Input shape: `(batch, time, channels)`. Output shape: `(batch, windows, channels * depth_multiplier)`.

    >>> from glassworks import layers
    >>> layer = layers.DepthwiseConv1D(2, depthwise_initializer="ones")
    >>> layer([[[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]]])[0]
    Array([[ 3., 30.],
           [ 5., 50.]], dtype=float32)
    """

    rank = 1


@defaults(strides=(1, 1), dilation_rate=(1, 1))
class DepthwiseConv2D(_DepthwiseConv):
    """Convolution over images of each channel by itself.

    The arguments are those of `DepthwiseConv1D`, where sizes, strides and dilation may also be pairs.

    Input shape: `(batch, height, width, channels)`. Output shape: `(batch, rows, columns, channels * depth_multiplier)`.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2)(np.zeros((1, 8, 8, 3))).shape
    (1, 8, 8, 6)
    """

    rank = 2

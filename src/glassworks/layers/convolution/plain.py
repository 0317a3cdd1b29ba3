"""`Conv1D`, `Conv2D`, `Conv3D`: each output is a weighted sum of a window of the inputs, with the same weights everywhere."""

from __future__ import annotations

from typing import Any

from glassworks import ops
from glassworks.arguments import AnyCase, Integer
from glassworks.configured import defaults
from glassworks.errors import ArgumentError, ShapeError
from glassworks.graph import Variable
from glassworks.layers.arguments import WEIGHT, keep_weight
from glassworks.layers.convolution.base import _BaseConvolution
from glassworks.layers.low_rank import LowRank, merged
from glassworks.typing import Activation, Constraint, Initializer, Regularizer, Shape, Sizes, Tensor


class _Conv(LowRank, _BaseConvolution):
    """The base of the three layers."""

    filters = groups = Integer(minimum=1)
    kernel_initializer, kernel_regularizer, kernel_constraint = WEIGHT
    kernel = merged()

    def __init__(
        self,
        filters: int,
        kernel_size: Sizes,
        strides: Sizes = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Sizes = 1,
        groups: int = 1,
        activation: Activation = None,
        use_bias: bool = True,
        kernel_initializer: Initializer = "glorot_uniform",
        bias_initializer: Initializer = "zeros",
        kernel_regularizer: Regularizer = None,
        bias_regularizer: Regularizer = None,
        activity_regularizer: Regularizer = None,
        kernel_constraint: Constraint = None,
        bias_constraint: Constraint = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(padding, data_format, activity_regularizer=activity_regularizer, **kwargs)
        self._keep_arguments(
            kernel_size=kernel_size, strides=strides, dilation_rate=dilation_rate, activation=activation, use_bias=use_bias
        )
        keep_weight(self, "kernel", kernel_initializer, kernel_regularizer, kernel_constraint)
        keep_weight(self, "bias", bias_initializer, bias_regularizer, bias_constraint)
        self._keep_arguments(filters=filters, groups=groups)
        if filters % groups:
            raise ArgumentError(
                f"filters={filters} in groups={groups}",
                "as many filters in each group",
                f"use a multiple of {groups} filters",
                where=type(self).__name__,
            )
        self._refuse_strides_with_dilation()

    def build(self, input_shape: Shape) -> None:
        super().build(input_shape)
        self._build_lora()

    def _check_channels(self, channels: int) -> None:
        if channels % self.groups:
            raise ShapeError(
                f"inputs with {channels} channels for groups={self.groups}",
                "as many channels in each group",
                f"use groups that divide {channels}, and check data_format={self.data_format!r}",
            )

    def _kernel_shapes(self, channels: int) -> tuple[tuple[int, ...], ...]:
        return ((*self.kernel_size, channels // self.groups, self.filters),)

    def _channels_out(self, channels: int) -> int:
        return self.filters

    def _convolved(self, inputs: Tensor) -> Tensor:
        return self.convolution_op(inputs, self.kernel)

    def convolution_op(self, inputs: Tensor, kernel: Tensor | Variable) -> Tensor:
        """The convolution without bias and activation; a subclass may override it, for example to standardize the kernel."""
        return ops.conv(inputs, kernel, **self._window_arguments)


@defaults()
class Conv1D(_Conv):
    """Convolution over time.

    Args:
        filters: The number of output channels.
        kernel_size: The length of the window.
        strides: Steps between windows.
        padding: `"valid"`: complete windows only. `"same"`: zeros around, for as many windows as inputs. `"causal"`: zeros
            before only, so that no output sees a later input.
        data_format: `"channels_last"` or `"channels_first"`; by default that of `config.image_data_format()`.
        dilation_rate: Steps between the cells of a window; above 1 only with strides of 1.
        groups: The number of parts into which channels and filters are split; each part of the filters sees its part of the channels.
        activation: A name or function; None for none.
        use_bias: Whether to add a bias to each filter.
        kernel_initializer, bias_initializer: The initial values.
        kernel_regularizer, bias_regularizer, activity_regularizer: Penalties added to the loss.
        kernel_constraint, bias_constraint: Constraints applied after every update.

    Input shape: `(batch, time, channels)`. Output shape: `(batch, windows, filters)`.

    >>> from glassworks import layers
    >>> layer = layers.Conv1D(1, 2, kernel_initializer="ones")
    >>> layer([[[1.0], [2.0], [3.0]]])[0, :, 0]
    Array([3., 5.], dtype=float32)
    """

    rank = 1
    padding = AnyCase("valid", "same", "causal")

    def _convolved(self, inputs: Tensor) -> Tensor:
        if self.padding != "causal":
            return super()._convolved(inputs)
        before = self.dilation_rate[0] * (self.kernel_size[0] - 1)
        inputs = ops.pad(inputs, self._on_spatial_axes([(before, 0)], (0, 0)))
        return ops.conv(inputs, self.kernel, **{**self._window_arguments, "padding": "valid"})


@defaults(strides=(1, 1), dilation_rate=(1, 1))
class Conv2D(_Conv):
    """Convolution over height and width, for images.

    The arguments are those of `Conv1D`, where sizes, strides and dilation may also be pairs; padding is `"valid"` or `"same"`.

    Input shape: `(batch, height, width, channels)`. Output shape: `(batch, rows of windows, columns of windows, filters)`.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.Conv2D(32, 3, activation="relu")(np.zeros((1, 28, 28, 1))).shape
    (1, 26, 26, 32)
    """

    rank = 2


@defaults(strides=(1, 1, 1), dilation_rate=(1, 1, 1))
class Conv3D(_Conv):
    """Convolution over depth, height and width, for volumes and videos.

    The arguments are those of `Conv1D`, where sizes, strides and dilation may also have three entries; padding is
    `"valid"` or `"same"`.

    Input shape: `(batch, depth, height, width, channels)`. Output shape: the same axes, with windows and filters.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.Conv3D(4, 3, padding="same")(np.zeros((1, 5, 6, 7, 2))).shape
    (1, 5, 6, 7, 4)
    """

    rank = 3

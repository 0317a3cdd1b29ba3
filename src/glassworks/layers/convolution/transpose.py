"""`Conv1DTranspose`, `Conv2DTranspose` and `Conv3DTranspose`: transposed convolutions, which enlarge their inputs."""

from __future__ import annotations

from typing import Any

from glassworks import ops
from glassworks.arguments import Integer, Optional
from glassworks.configured import defaults
from glassworks.errors import ArgumentError
from glassworks.layers.arguments import WEIGHT, keep_weight
from glassworks.layers.convolution.base import _BaseConvolution
from glassworks.layers.spatial import PerAxis
from glassworks.typing import Activation, Constraint, Initializer, Regularizer, Shape, Sizes, Tensor


class _ConvTranspose(_BaseConvolution):
    """The base of the three layers."""

    filters = Integer(minimum=1)
    output_padding = Optional(PerAxis(minimum=0))
    kernel_initializer, kernel_regularizer, kernel_constraint = WEIGHT
    kernel: Any

    def __init__(
        self,
        filters: int,
        kernel_size: Sizes,
        strides: Sizes = 1,
        padding: str = "valid",
        output_padding: Sizes | None = None,
        data_format: str | None = None,
        dilation_rate: Sizes = 1,
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
        self._keep_arguments(filters=filters, output_padding=output_padding)
        if any(added >= stride for added, stride in zip(self.output_padding or (), self.strides, strict=False)):
            raise ArgumentError(
                f"output_padding={output_padding!r} with strides={strides!r}",
                "each less than its stride",
                "leave output_padding out, or use larger strides",
                where=type(self).__name__,
            )
        self._refuse_strides_with_dilation()

    def _kernel_shapes(self, channels: int) -> tuple[tuple[int, ...], ...]:
        return ((*self.kernel_size, self.filters, channels),)

    def _channels_out(self, channels: int) -> int:
        return self.filters

    def _convolved(self, inputs: Tensor) -> Tensor:
        return ops.conv_transpose(inputs, self.kernel, output_padding=self.output_padding, **self._window_arguments)

    def compute_output_shape(self, input_shape: Shape) -> tuple:
        added = self.output_padding or (None,) * self.rank
        axes = zip(self._sizes(input_shape), self.kernel_size, self.strides, self.dilation_rate, added, strict=True)
        sizes = [None if axis[0] is None else self._size_out(*axis) for axis in axes]
        return self._shape(input_shape[0], sizes, self.filters)

    def _size_out(self, size: int, window: int, stride: int, dilation: int, added: int | None) -> int:
        reach = (window - 1) * dilation + 1
        if added is None:
            return size * stride if self.padding == "same" else size * stride + max(reach - stride, 0)
        return (size - 1) * stride + added + (reach % 2 if self.padding == "same" else reach)


@defaults()
class Conv1DTranspose(_ConvTranspose):
    """A transposed convolution over time: each input adds its multiple of the kernel to a window of the outputs.

    Args:
        filters: The number of output channels.
        kernel_size: The length of the window.
        strides: Steps between windows in the outputs: the factor by which the inputs are enlarged.
        padding: `"valid"`: all of every window. `"same"`: cut to `time * strides`.
        output_padding: Cells added at the end, fewer than the strides; None chooses.
        data_format: `"channels_last"` or `"channels_first"`; by default that of `config.image_data_format()`.
        dilation_rate: Steps between the cells of a window; above 1 only with strides of 1.
        activation: A name or function; None for none.
        use_bias: Whether to add a bias to each filter.
        kernel_initializer, bias_initializer: The initial values.
        kernel_regularizer, bias_regularizer, activity_regularizer: Penalties added to the loss.
        kernel_constraint, bias_constraint: Constraints applied after every update.

    Input shape: `(batch, time, channels)`. Output shape: `(batch, longer time, filters)`.

    >>> from glassworks import layers
    >>> layer = layers.Conv1DTranspose(1, 2, strides=2, kernel_initializer="ones")
    >>> layer([[[1.0], [2.0]]])[0, :, 0]
    Array([1., 1., 2., 2.], dtype=float32)
    """

    rank = 1


@defaults(strides=(1, 1), dilation_rate=(1, 1))
class Conv2DTranspose(_ConvTranspose):
    """A transposed convolution over images, which enlarges them.

    The arguments are those of `Conv1DTranspose`, where sizes, strides, padding and dilation may also be pairs.

    Input shape: `(batch, height, width, channels)`. Output shape: `(batch, more height, more width, filters)`.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.Conv2DTranspose(8, 3, strides=2, padding="same")(np.zeros((1, 7, 7, 4))).shape
    (1, 14, 14, 8)
    """

    rank = 2


class Conv3DTranspose(_ConvTranspose):
    """A transposed convolution over volumes, which enlarges them.

    The arguments are those of `Conv1DTranspose`, with `data_format` before `output_padding`; sizes, strides, padding and
    dilation may also have three entries.

    Input shape: `(batch, depth, height, width, channels)`. Output shape: the same axes, with more cells and filters.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.Conv3DTranspose(2, 2, strides=2)(np.zeros((1, 2, 3, 4, 1))).shape
    (1, 4, 6, 8, 2)
    """

    rank = 3

    def __init__(
        self,
        filters: int,
        kernel_size: Sizes,
        strides: Sizes = (1, 1, 1),
        padding: str = "valid",
        data_format: str | None = None,
        output_padding: Sizes | None = None,
        dilation_rate: Sizes = (1, 1, 1),
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
        window = kernel_size, strides, padding, output_padding, data_format, dilation_rate
        starts, penalties = (kernel_initializer, bias_initializer), (kernel_regularizer, bias_regularizer, activity_regularizer)
        weights: tuple[Any, ...] = (*starts, *penalties, kernel_constraint, bias_constraint)
        super().__init__(filters, *window, activation, use_bias, *weights, **kwargs)

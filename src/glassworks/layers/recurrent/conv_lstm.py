"""`ConvLSTM1D`, `ConvLSTM2D`, `ConvLSTM3D`: a long short-term memory whose products are convolutions."""

from __future__ import annotations

from typing import Any

from glassworks import ops, random
from glassworks.arguments import FLAG, AnyCase, Integer
from glassworks.errors import ArgumentError, ShapeError
from glassworks.layers.arguments import ACTIVATION, DATA_FORMAT, keep_weight
from glassworks.layers.input_spec import InputSpec
from glassworks.layers.recurrent.cell import _Cell, with_forget_ones
from glassworks.layers.recurrent.cell_arguments import CellArguments
from glassworks.layers.recurrent.cell_layer import _CellLayer
from glassworks.layers.spatial import PerAxis, places
from glassworks.typing import Activation, Constraint, Initializer, Regularizer, Shape, Sizes, Tensor


class _ConvLSTMArguments(CellArguments):
    """The arguments of the layers below."""

    rank = 0
    filters = Integer(minimum=1)
    kernel_size = strides = dilation_rate = PerAxis()
    padding = AnyCase("valid", "same")
    data_format = DATA_FORMAT
    recurrent_activation = ACTIVATION
    unit_forget_bias = FLAG


class _ConvLSTMCell(_ConvLSTMArguments, _Cell):
    """One step of a convolutional long short-term memory; the arguments are those of the layer, which has checked them."""

    gates = 4

    def __init__(self, **arguments: Any) -> None:
        own = {name: arguments.pop(name) for name in type(self)._declared_arguments}
        super().__init__(**arguments)
        for name, value in own.items():
            setattr(self, name, value)
        self.seed_generator = random.SeedGenerator(self.seed)
        self.rank = len(self.kernel_size)
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ArgumentError(
                f"strides={self.strides} together with dilation_rate={self.dilation_rate}",
                "one of them to be 1",
                "leave dilation_rate out",
                where=f"ConvLSTM{self.rank}D",
            )
        self._channel_axis = 1 if self.data_format == "channels_first" else -1
        self._masks_by_gate = True
        self.state_size = [self.filters, self.filters]

    def build(self, input_shape: Any) -> None:
        """Create the kernels (*kernel_size, channels, 4 * filters) and the bias (4 * filters)."""
        sizes = input_shape[2:] if self._channel_axis == 1 else input_shape[1:-1]
        if None in sizes:
            raise ShapeError(
                f"images of shape {tuple(input_shape[1:])}",
                "known sizes, since the state has one number for each place",
                f"give them, for example Input(shape={(None, *(32,) * self.rank, 3)}); the number of steps may be None",
            )
        self._places = places(sizes, self.kernel_size, self.strides, self.dilation_rate, self.padding)
        width = 4 * self.filters
        self.kernel = self._add("kernel", (*self.kernel_size, input_shape[self._channel_axis], width))
        self.recurrent_kernel = self._add("recurrent", (*self.kernel_size, self.filters, width))
        first = with_forget_ones(self.bias_initializer, self.filters) if self.unit_forget_bias else None
        self.bias = self._add("bias", (width,), first) if self.use_bias else None

    def state_shape(self, batch: int | None) -> tuple:
        """The shape of each state, which is that of the outputs."""
        return (batch, self.filters, *self._places) if self._channel_axis == 1 else (batch, *self._places, self.filters)

    def get_initial_state(self, batch_size: int | None = None) -> list[Any]:
        """Zeros for the output and the cell state before the first step."""
        return [ops.zeros(self.state_shape(batch_size), dtype=self.compute_dtype) for _ in range(2)]

    def _input_part(self, inputs: Any, masks: Any) -> Any:
        window = {"strides": self.strides, "padding": self.padding, "dilation_rate": self.dilation_rate}
        product = self._convolved(inputs, self.kernel, masks, **window)
        if self.bias is None:
            return product
        return product + (ops.reshape(self.bias, (-1, *(1,) * self.rank)) if self._channel_axis == 1 else self.bias)

    def _recur(self, given: Any, states: list[Any], training: bool) -> tuple[Any, list[Any]]:
        hidden, cell = states
        masks = self._masks("recurrent_dropout", hidden, training)
        total = given + self._convolved(hidden, self.recurrent_kernel, masks, padding="same")
        input_gate, forget_gate, candidate, output_gate = ops.split(total, 4, axis=self._channel_axis)
        cell = self.recurrent_activation(forget_gate) * cell + self.recurrent_activation(input_gate) * self.activation(candidate)
        output = self.recurrent_activation(output_gate) * self.activation(cell)
        return output, [output, cell]

    def _convolved(self, x: Tensor, kernel: Tensor, masks: Any, **window: Any) -> Tensor:
        """One image or a sequence convolved with the kernels of all gates, each of which may see another part of it."""
        if masks is not None:
            pairs = zip(masks, ops.split(kernel, 4, axis=-1), strict=True)
            parts = [self._convolved(x * mask, part, None, **window) for mask, part in pairs]
            return ops.concatenate(parts, axis=-self.rank - 1 if self._channel_axis == 1 else -1)
        images = ops.reshape(x, (-1, *x.shape[-self.rank - 1 :]))
        convolved = ops.conv(images, kernel, data_format=self.data_format, **window)
        return ops.reshape(convolved, (*x.shape[: -self.rank - 1], *convolved.shape[1:]))


class _ConvLSTM(_ConvLSTMArguments, _CellLayer):
    """The layers below, for `rank` spatial axes."""

    def __init__(
        self,
        filters: int,
        kernel_size: Sizes,
        strides: Sizes = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Sizes = 1,
        activation: Activation = "tanh",
        recurrent_activation: Activation = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Initializer = "glorot_uniform",
        recurrent_initializer: Initializer = "orthogonal",
        bias_initializer: Initializer = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Regularizer = None,
        recurrent_regularizer: Regularizer = None,
        bias_regularizer: Regularizer = None,
        activity_regularizer: Regularizer = None,
        kernel_constraint: Constraint = None,
        recurrent_constraint: Constraint = None,
        bias_constraint: Constraint = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        **kwargs: Any,
    ) -> None:
        self._keep_arguments(filters=filters, kernel_size=kernel_size, strides=strides, padding=padding, data_format=data_format)
        self._keep_arguments(dilation_rate=dilation_rate, activation=activation, recurrent_activation=recurrent_activation)
        self._keep_arguments(use_bias=use_bias, unit_forget_bias=unit_forget_bias)
        keep_weight(self, "kernel", kernel_initializer, kernel_regularizer, kernel_constraint)
        keep_weight(self, "recurrent", recurrent_initializer, recurrent_regularizer, recurrent_constraint)
        keep_weight(self, "bias", bias_initializer, bias_regularizer, bias_constraint)
        self._keep_arguments(dropout=dropout, recurrent_dropout=recurrent_dropout, seed=seed)
        self.axes = self.rank + 3
        flags = return_sequences, return_state, go_backwards, stateful
        super().__init__(_ConvLSTMCell, *flags, activity_regularizer=activity_regularizer, **kwargs)

    def _input_spec(self, sequences_shape: tuple) -> InputSpec:
        return InputSpec(shape=(None, None, *sequences_shape[2:]))

    def compute_output_shape(self, sequences_shape: Shape, initial_state_shape: Shape | None = None) -> Any:
        cell, sizes = self.cell, sequences_shape[3:] if self.cell._channel_axis == 1 else sequences_shape[2:-1]
        found = places(sizes, cell.kernel_size, cell.strides, cell.dilation_rate, cell.padding)
        state = (cell.filters, *found) if cell._channel_axis == 1 else (*found, cell.filters)
        batch, steps = sequences_shape[:2]
        output = (batch, steps, *state) if self.return_sequences else (batch, *state)
        return (output, (batch, *state), (batch, *state)) if self.return_state else output


class ConvLSTM1D(_ConvLSTM):
    """A convolutional long short-term memory over sequences of rows.

    The arguments are those of `ConvLSTM2D`, with one spatial axis.

    Input shape: `(batch, time, size, channels)`. Output shape: `(batch, size, filters)`, with a time axis for `return_sequences`.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.ConvLSTM1D(4, 3)(np.ones((2, 5, 8, 1))).shape
    (2, 6, 4)
    """

    rank = 1


class ConvLSTM2D(_ConvLSTM):
    """A convolutional long short-term memory over sequences of images (Shi et al., 2015).

    Args:
        filters: The number of outputs at each place.
        kernel_size: The window, one number or one for each spatial axis.
        strides, dilation_rate: Steps between windows of the inputs, and between the cells of one; one of them must be 1.
        padding: `"valid"` or `"same"`, for the inputs; the state is always padded to stay as large as it is.
        data_format: `"channels_last"` or `"channels_first"`; by default `config.image_data_format()`.
        activation: A name or function for the candidate and the output; None for none.
        recurrent_activation: A name or function for the three gates.
        use_bias: Whether to add a bias.
        kernel_initializer, recurrent_initializer, bias_initializer: The initial values.
        unit_forget_bias: Whether the bias of the forget gate starts with ones.
        kernel_regularizer, recurrent_regularizer, bias_regularizer, activity_regularizer: Penalties added to the loss.
        kernel_constraint, recurrent_constraint, bias_constraint: Constraints applied after every update.
        dropout, recurrent_dropout: The fractions of the inputs and of the state to drop in training, from 0 to 1.
        seed: An int for the same dropout in every run.
        return_sequences, return_state, go_backwards, stateful: As in `RNN`.

    Input shape: `(batch, time, height, width, channels)`. Output shape: `(batch, height, width, filters)`, with a time axis for
    `return_sequences`.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.ConvLSTM2D(4, 3, padding="same", return_sequences=True)(np.ones((2, 3, 6, 6, 1))).shape
    (2, 3, 6, 6, 4)
    """

    rank = 2


class ConvLSTM3D(_ConvLSTM):
    """A convolutional long short-term memory over sequences of volumes.

    The arguments are those of `ConvLSTM2D`, with three spatial axes.

    Input shape: `(batch, time, depth, height, width, channels)`. Output shape: `(batch, depth, height, width, filters)`, with a
    time axis for `return_sequences`.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.ConvLSTM3D(2, 2)(np.ones((1, 2, 3, 3, 3, 1))).shape
    (1, 2, 2, 2, 2)
    """

    rank = 3

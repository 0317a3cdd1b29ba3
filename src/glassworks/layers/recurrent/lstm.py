"""`LSTM`: a recurrent network with a cell state and input, forget and output gates."""

from __future__ import annotations

from typing import Any

from glassworks import activations, ops
from glassworks.layers.arguments import keep_weight
from glassworks.layers.recurrent.cell import _UnitsCell, projected, with_forget_ones
from glassworks.layers.recurrent.cell_arguments import USE_CUDNN, LSTMArguments
from glassworks.layers.recurrent.cell_layer import _CellLayer
from glassworks.ops.nn.recurrent import lstm_sequence
from glassworks.typing import Activation, Constraint, Initializer, Regularizer, Tensor


class LSTMCell(LSTMArguments, _UnitsCell):
    """One step of a long short-term memory (Hochreiter and Schmidhuber, 1997; Gers et al., 2000).

    Args:
        units: The number of outputs, and the size of each of the two states: the output and the cell state.
        activation: A name or function for the candidate and the output; None for none.
        recurrent_activation: A name or function for the three gates.
        use_bias: Whether to add a bias.
        kernel_initializer, recurrent_initializer, bias_initializer: The initial values.
        unit_forget_bias: Whether the bias of the forget gate starts with ones.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: Penalties added to the loss.
        kernel_constraint, recurrent_constraint, bias_constraint: Constraints applied after every update.
        dropout, recurrent_dropout: The fractions of the inputs and of the state to drop in training, from 0 to 1; the same
            ones in all steps of a sequence.
        seed: An int for the same dropout in every run.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> output, states = layers.LSTMCell(4)(np.ones((2, 3)), [np.zeros((2, 4)), np.zeros((2, 4))])
    >>> output.shape, len(states)
    ((2, 4), 2)
    """

    gates = 4

    def __init__(
        self,
        units: int,
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
        kernel_constraint: Constraint = None,
        recurrent_constraint: Constraint = None,
        bias_constraint: Constraint = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(units=units, activation=activation, recurrent_activation=recurrent_activation)
        self._keep_arguments(use_bias=use_bias, unit_forget_bias=unit_forget_bias)
        keep_weight(self, "kernel", kernel_initializer, kernel_regularizer, kernel_constraint)
        keep_weight(self, "recurrent", recurrent_initializer, recurrent_regularizer, recurrent_constraint)
        keep_weight(self, "bias", bias_initializer, bias_regularizer, bias_constraint)
        self._keep_dropout(dropout, recurrent_dropout, seed)
        self.state_size = [self.units, self.units]

    def _make_bias(self, width: int) -> Any:
        return self._add("bias", (width,), with_forget_ones(self.bias_initializer, self.units) if self.unit_forget_bias else None)

    def _recur(self, given: Any, states: list[Any], training: bool) -> tuple[Any, list[Any]]:
        hidden, cell = states
        masks = self._masks("recurrent_dropout", hidden, training)
        input_gate, forget_gate, candidate, output_gate = ops.split(given + projected(hidden, self.recurrent_kernel, masks), 4, axis=-1)
        cell = self.recurrent_activation(forget_gate) * cell + self.recurrent_activation(input_gate) * self.activation(candidate)
        output = self.recurrent_activation(output_gate) * self.activation(cell)
        return output, [output, cell]


class LSTM(LSTMArguments, _CellLayer):
    """A long short-term memory over the steps of a sequence.

    Args:
        units: The number of outputs.
        activation: A name or function for the candidate and the output; None for none.
        recurrent_activation: A name or function for the three gates.
        use_bias: Whether to add a bias.
        kernel_initializer, recurrent_initializer, bias_initializer: The initial values.
        unit_forget_bias: Whether the bias of the forget gate starts with ones.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: Penalties added to the loss.
        kernel_constraint, recurrent_constraint, bias_constraint: Constraints applied after every update.
        dropout, recurrent_dropout: The fractions of the inputs and of the state to drop in training, from 0 to 1; the same
            ones in all steps of a sequence.
        activity_regularizer: A penalty on the outputs, added to the loss.
        seed: An int for the same dropout in every run.
        return_sequences, return_state, go_backwards, stateful, unroll: As in `RNN`.
        use_cudnn: Accepted and without effect.

    With tanh and sigmoid, and without `recurrent_dropout`, all steps are one operation.

    Input shape: `(batch, time, features)`. Output shape: `(batch, units)`, or `(batch, time, units)` with `return_sequences`; with
    `return_state` a tuple of that, the last output and the last cell state.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.LSTM(4, return_sequences=True)(np.ones((2, 5, 3))).shape
    (2, 5, 4)
    """

    use_cudnn = USE_CUDNN

    def __init__(
        self,
        units: int,
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
        unroll: bool = False,
        use_cudnn: Any = "auto",
        **kwargs: Any,
    ) -> None:
        self._keep_arguments(units=units, activation=activation, recurrent_activation=recurrent_activation)
        self._keep_arguments(use_bias=use_bias, unit_forget_bias=unit_forget_bias)
        keep_weight(self, "kernel", kernel_initializer, kernel_regularizer, kernel_constraint)
        keep_weight(self, "recurrent", recurrent_initializer, recurrent_regularizer, recurrent_constraint)
        keep_weight(self, "bias", bias_initializer, bias_regularizer, bias_constraint)
        self._keep_arguments(dropout=dropout, recurrent_dropout=recurrent_dropout, seed=seed, use_cudnn=use_cudnn)
        flags = return_sequences, return_state, go_backwards, stateful, unroll
        super().__init__(LSTMCell, *flags, activity_regularizer=activity_regularizer, **kwargs)

    def inner_loop(
        self, sequences: Tensor, initial_state: list[Any], mask: Tensor | None, training: bool = False
    ) -> tuple[Any, Any, list[Any]]:
        """Run all steps in one op if the cell is a standard one."""
        cell = self.cell
        if not is_standard(cell, training):
            return super().inner_loop(sequences, initial_state, mask, training)
        gates = cell.given_over_time(sequences, training)
        hidden, carry = initial_state
        hidden, cells = lstm_sequence(gates, cell.recurrent_kernel, hidden, carry, mask=mask, reverse=self.go_backwards)
        return self._results(hidden, [hidden, cells], mask)


def is_standard(cell: Any, training: bool) -> bool:
    """Whether a cell computes with tanh and sigmoid, and drops nothing of its state."""
    drops = training and cell.recurrent_dropout > 0
    return cell.activation is activations.tanh and cell.recurrent_activation is activations.sigmoid and not drops

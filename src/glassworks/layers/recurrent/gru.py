"""`GRU`: a recurrent network with an update gate and a reset gate."""

from __future__ import annotations

from typing import Any

from glassworks import ops
from glassworks.layers.arguments import keep_weight
from glassworks.layers.recurrent.cell import _UnitsCell, projected
from glassworks.layers.recurrent.cell_arguments import USE_CUDNN, GRUArguments
from glassworks.layers.recurrent.cell_layer import _CellLayer
from glassworks.layers.recurrent.lstm import is_standard
from glassworks.ops.nn.recurrent import gru_sequence
from glassworks.typing import Activation, Constraint, Initializer, Regularizer, Tensor


class GRUCell(GRUArguments, _UnitsCell):
    """One step of a gated recurrent unit (Cho et al., 2014).

    Args:
        units: The number of outputs, which are the state.
        activation: A name or function for the candidate; None for none.
        recurrent_activation: A name or function for the two gates.
        use_bias: Whether to add a bias.
        kernel_initializer, recurrent_initializer, bias_initializer: The initial values.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: Penalties added to the loss.
        kernel_constraint, recurrent_constraint, bias_constraint: Constraints applied after every update.
        dropout, recurrent_dropout: The fractions of the inputs and of the state to drop in training, from 0 to 1; the same
            ones in all steps of a sequence.
        reset_after: Whether the reset gate is applied after the product of state and recurrent kernel instead of before it.
        seed: An int for the same dropout in every run.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> output, states = layers.GRUCell(4)(np.ones((2, 3)), [np.zeros((2, 4))])
    >>> output.shape
    (2, 4)
    """

    gates = 3

    def __init__(
        self,
        units: int,
        activation: Activation = "tanh",
        recurrent_activation: Activation = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Initializer = "glorot_uniform",
        recurrent_initializer: Initializer = "orthogonal",
        bias_initializer: Initializer = "zeros",
        kernel_regularizer: Regularizer = None,
        recurrent_regularizer: Regularizer = None,
        bias_regularizer: Regularizer = None,
        kernel_constraint: Constraint = None,
        recurrent_constraint: Constraint = None,
        bias_constraint: Constraint = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        reset_after: bool = True,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(units=units, activation=activation, recurrent_activation=recurrent_activation)
        self._keep_arguments(use_bias=use_bias, reset_after=reset_after)
        keep_weight(self, "kernel", kernel_initializer, kernel_regularizer, kernel_constraint)
        keep_weight(self, "recurrent", recurrent_initializer, recurrent_regularizer, recurrent_constraint)
        keep_weight(self, "bias", bias_initializer, bias_regularizer, bias_constraint)
        self._keep_dropout(dropout, recurrent_dropout, seed)
        self.state_size = self.units

    def _make_bias(self, width: int) -> Any:
        # With the reset gate after the product, the product has its own bias.
        return self._add("bias", (2, width) if self.reset_after else (width,))

    def biases(self) -> tuple[Any, Any]:
        """The bias of the inputs and that of the recurrent product; None where there is none."""
        if self.bias is None or not self.reset_after:
            return self.bias, None
        return self.bias[0], self.bias[1]

    def _input_part(self, inputs: Any, masks: Any) -> Any:
        return projected(inputs, self.kernel, masks, self.biases()[0])

    def _recur(self, given: Any, states: list[Any], training: bool) -> tuple[Any, list[Any]]:
        (state,) = states
        masks = self._masks("recurrent_dropout", state, training)
        given_update, given_reset, given_candidate = ops.split(given, 3, axis=-1)
        if self.reset_after:
            product = projected(state, self.recurrent_kernel, masks, self.biases()[1])
            product_update, product_reset, inner = ops.split(product, 3, axis=-1)
            inner = self.recurrent_activation(given_reset + product_reset) * inner
        else:
            kernel, candidate_kernel = ops.split(self.recurrent_kernel, [2 * self.units], axis=-1)
            product_update, product_reset = ops.split(projected(state, kernel, masks and masks[:2]), 2, axis=-1)
            reset = self.recurrent_activation(given_reset + product_reset)
            inner = projected(reset * state, candidate_kernel, masks and masks[2])
        update = self.recurrent_activation(given_update + product_update)
        output = update * state + (1.0 - update) * self.activation(given_candidate + inner)
        return output, [output]


class GRU(GRUArguments, _CellLayer):
    """A gated recurrent unit over the steps of a sequence.

    Args:
        units: The number of outputs.
        activation: A name or function for the candidate; None for none.
        recurrent_activation: A name or function for the two gates.
        use_bias: Whether to add a bias.
        kernel_initializer, recurrent_initializer, bias_initializer: The initial values.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: Penalties added to the loss.
        kernel_constraint, recurrent_constraint, bias_constraint: Constraints applied after every update.
        dropout, recurrent_dropout: The fractions of the inputs and of the state to drop in training, from 0 to 1; the same
            ones in all steps of a sequence.
        activity_regularizer: A penalty on the outputs, added to the loss.
        seed: An int for the same dropout in every run.
        return_sequences, return_state, go_backwards, stateful, unroll: As in `RNN`.
        reset_after: Whether the reset gate is applied after the product of state and recurrent kernel instead of before it.
        use_cudnn: Accepted and without effect.

    With tanh and sigmoid, `reset_after`, and without `recurrent_dropout`, all steps are one operation.

    Input shape: `(batch, time, features)`. Output shape: `(batch, units)`, or `(batch, time, units)` with `return_sequences`; with
    `return_state` a tuple of that and the last output.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.GRU(4, return_sequences=True)(np.ones((2, 5, 3))).shape
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
        reset_after: bool = True,
        use_cudnn: Any = "auto",
        **kwargs: Any,
    ) -> None:
        self._keep_arguments(units=units, activation=activation, recurrent_activation=recurrent_activation)
        self._keep_arguments(use_bias=use_bias, reset_after=reset_after)
        keep_weight(self, "kernel", kernel_initializer, kernel_regularizer, kernel_constraint)
        keep_weight(self, "recurrent", recurrent_initializer, recurrent_regularizer, recurrent_constraint)
        keep_weight(self, "bias", bias_initializer, bias_regularizer, bias_constraint)
        self._keep_arguments(dropout=dropout, recurrent_dropout=recurrent_dropout, seed=seed, use_cudnn=use_cudnn)
        flags = return_sequences, return_state, go_backwards, stateful, unroll
        super().__init__(GRUCell, *flags, activity_regularizer=activity_regularizer, **kwargs)

    def inner_loop(
        self, sequences: Tensor, initial_state: list[Any], mask: Tensor | None, training: bool = False
    ) -> tuple[Any, Any, list[Any]]:
        """Run all steps in one op if the cell is a standard one."""
        cell = self.cell
        if not (cell.reset_after and is_standard(cell, training)):
            return super().inner_loop(sequences, initial_state, mask, training)
        gates, recurrent_bias = cell.given_over_time(sequences, training), cell.biases()[1]
        if recurrent_bias is None:
            recurrent_bias = ops.zeros((3 * cell.units,), dtype=self.compute_dtype)
        hidden = gru_sequence(gates, cell.recurrent_kernel, recurrent_bias, initial_state[0], mask=mask, reverse=self.go_backwards)
        return self._results(hidden, [hidden], mask)

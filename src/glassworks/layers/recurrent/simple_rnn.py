"""`SimpleRNN`: the output of a step is fed back into the next one."""

from __future__ import annotations

from typing import Any

from glassworks.layers.arguments import SEED, keep_weight
from glassworks.layers.recurrent.cell import _UnitsCell, projected
from glassworks.layers.recurrent.cell_arguments import UnitsArguments
from glassworks.layers.recurrent.cell_layer import _CellLayer
from glassworks.typing import Activation, Constraint, Initializer, Regularizer


class SimpleRNNCell(_UnitsCell):
    """One step of a simple recurrent network: `activation(inputs @ kernel + state @ recurrent_kernel + bias)` (Elman, 1990).

    Args:
        units: The number of outputs, which are the state.
        activation: A name or function; None for none.
        use_bias: Whether to add a bias.
        kernel_initializer, recurrent_initializer, bias_initializer: The initial values.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: Penalties added to the loss.
        kernel_constraint, recurrent_constraint, bias_constraint: Constraints applied after every update.
        dropout, recurrent_dropout: The fractions of the inputs and of the state to drop in training, from 0 to 1; the same
            ones in all steps of a sequence.
        seed: An int for the same dropout in every run.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> output, states = layers.SimpleRNNCell(4)(np.ones((2, 3)), [np.zeros((2, 4))])
    >>> output.shape
    (2, 4)
    """

    def __init__(
        self,
        units: int,
        activation: Activation = "tanh",
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
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(units=units, activation=activation, use_bias=use_bias)
        keep_weight(self, "kernel", kernel_initializer, kernel_regularizer, kernel_constraint)
        keep_weight(self, "recurrent", recurrent_initializer, recurrent_regularizer, recurrent_constraint)
        keep_weight(self, "bias", bias_initializer, bias_regularizer, bias_constraint)
        self._keep_dropout(dropout, recurrent_dropout, seed)
        self.state_size = self.units

    def _recur(self, given: Any, states: list[Any], training: bool) -> tuple[Any, list[Any]]:
        (state,) = states
        output = self.activation(given + projected(state, self.recurrent_kernel, self._masks("recurrent_dropout", state, training)))
        return output, [output]


class SimpleRNN(UnitsArguments, _CellLayer):
    """A simple recurrent network over the steps of a sequence.

    Args:
        units: The number of outputs.
        activation: A name or function; None for none.
        use_bias: Whether to add a bias.
        kernel_initializer, recurrent_initializer, bias_initializer: The initial values.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: Penalties added to the loss.
        kernel_constraint, recurrent_constraint, bias_constraint: Constraints applied after every update.
        dropout, recurrent_dropout: The fractions of the inputs and of the state to drop in training, from 0 to 1; the same
            ones in all steps of a sequence.
        activity_regularizer: A penalty on the outputs, added to the loss.
        return_sequences, return_state, go_backwards, stateful, unroll: As in `RNN`.
        seed: An int for the same dropout in every run.

    Input shape: `(batch, time, features)`. Output shape: `(batch, units)`, or `(batch, time, units)` with `return_sequences`.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.SimpleRNN(4)(np.ones((2, 5, 3))).shape
    (2, 4)
    """

    seed = SEED.unsaved()  # as in Keras

    def __init__(
        self,
        units: int,
        activation: Activation = "tanh",
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
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        self._keep_arguments(units=units, activation=activation, use_bias=use_bias)
        keep_weight(self, "kernel", kernel_initializer, kernel_regularizer, kernel_constraint)
        keep_weight(self, "recurrent", recurrent_initializer, recurrent_regularizer, recurrent_constraint)
        keep_weight(self, "bias", bias_initializer, bias_regularizer, bias_constraint)
        self._keep_arguments(dropout=dropout, recurrent_dropout=recurrent_dropout, seed=seed)
        flags = return_sequences, return_state, go_backwards, stateful, unroll
        super().__init__(SimpleRNNCell, *flags, activity_regularizer=activity_regularizer, **kwargs)

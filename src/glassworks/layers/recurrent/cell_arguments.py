"""The arguments that recurrent cells share, and the layers that make such cells."""

from __future__ import annotations

from glassworks.arguments import FLAG, Integer, Number, OneOf
from glassworks.configured import Configured
from glassworks.layers.arguments import ACTIVATION, SEED, WEIGHT

USE_CUDNN = OneOf("auto", True, False).unsaved()


class CellArguments(Configured):
    """The arguments of all cells."""

    activation = ACTIVATION
    use_bias = FLAG
    kernel_initializer, kernel_regularizer, kernel_constraint = WEIGHT
    recurrent_initializer, recurrent_regularizer, recurrent_constraint = WEIGHT
    bias_initializer, bias_regularizer, bias_constraint = WEIGHT
    dropout = recurrent_dropout = Number(0, 1)
    seed = SEED


class UnitsArguments(CellArguments):
    """The arguments of a cell with a number of outputs."""

    units = Integer(minimum=1)


class LSTMArguments(UnitsArguments):
    """The arguments of `LSTM`."""

    recurrent_activation = ACTIVATION
    unit_forget_bias = FLAG


class GRUArguments(UnitsArguments):
    """The arguments of `GRU`."""

    recurrent_activation = ACTIVATION
    reset_after = FLAG

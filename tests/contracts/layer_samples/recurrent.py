"""Recurrent cells and layers, and wrappers around layers."""

from glassworks import layers
from tests.contracts.samples import Sample

CELL_WRONG = (
    {"units": 0},
    {"units": 2.5},
    {"activation": "tanhh"},
    {"use_bias": 1},
    {"dropout": 1.5},
    {"recurrent_dropout": -0.1},
    {"seed": "one"},
)
GATED_WRONG = (*CELL_WRONG, {"implementation": 3})
WALK_WRONG = ({"return_sequences": 1}, {"return_state": "yes"}, {"go_backwards": 1}, {"stateful": None}, {"unroll": 2})
SHAPE = (2, 4, 3)
CONV_WRONG = (
    *({"filters": 0}, {"kernel_size": (3, 3, 3, 3)}, {"strides": 0}, {"padding": "causal"}, {"data_format": "last"}),
    *({"dilation_rate": 0}, {"dilation_rate": 2, "strides": 2}, {"dropout": 2}, {"stateful": 1}, {"unit_forget_bias": 0}),
)
SAMPLES = {
    "SimpleRNNCell": Sample({"units": 2}, wrong=CELL_WRONG),
    "LSTMCell": Sample({"units": 2}, wrong=(*GATED_WRONG, {"unit_forget_bias": 1})),
    "GRUCell": Sample({"units": 2}, wrong=(*GATED_WRONG, {"reset_after": 1})),
    "StackedRNNCells": Sample(
        lambda dtype: {"cells": [layers.LSTMCell(2, dtype=dtype), layers.GRUCell(3, dtype=dtype)]}, wrong=({"cells": []}, {"cells": [3]})
    ),
    "RNN": Sample(
        lambda dtype: {"cell": layers.LSTMCell(2, dtype=dtype), "return_state": True}, SHAPE, (*WALK_WRONG, {"cell": 3}, {"cell": []})
    ),
    "SimpleRNN": Sample({"units": 2, "return_sequences": True}, SHAPE, (*CELL_WRONG, *WALK_WRONG)),
    "LSTM": Sample({"units": 2, "return_sequences": True, "return_state": True}, SHAPE, (*GATED_WRONG, *WALK_WRONG, {"use_cudnn": "no"})),
    "GRU": Sample({"units": 2, "go_backwards": True}, SHAPE, (*GATED_WRONG, *WALK_WRONG, {"reset_after": 1}, {"use_cudnn": 2})),
    "Bidirectional": Sample(
        lambda dtype: {"layer": layers.GRU(2, return_sequences=True, dtype=dtype)},
        SHAPE,
        ({"layer": layers.Flatten()}, {"layer": 3}, {"merge_mode": "max"}, {"backward_layer": layers.GRU(2, return_sequences=True)}),
    ),
    "TimeDistributed": Sample(lambda dtype: {"layer": layers.Dense(2, dtype=dtype)}, SHAPE, ({"layer": "Dense"},)),
    "Wrapper": Sample(
        lambda dtype: {"layer": layers.Dense(2, dtype=dtype)},
    ),
    "ConvLSTM1D": Sample({"filters": 2, "kernel_size": 2}, (2, 2, 4, 3), CONV_WRONG),
    "ConvLSTM2D": Sample({"filters": 2, "kernel_size": (2, 1), "return_state": True}, (1, 2, 3, 3, 2), CONV_WRONG),
    "ConvLSTM3D": Sample({"filters": 1, "kernel_size": 2}, (1, 2, 2, 3, 2, 2), CONV_WRONG),
}

"""Recurrent cells and layers, and wrappers around layers."""

from glassworks import layers
from tests.contracts.samples import Sample

IMPLEMENTATION = ({"implementation": 3},)
SHAPE = (2, 4, 3)
STRIDES_AND_DILATION = ({"dilation_rate": 2, "strides": 2},)
SAMPLES = {
    "SimpleRNNCell": Sample({"units": 2}),
    "LSTMCell": Sample({"units": 2}),
    "GRUCell": Sample({"units": 2}),
    "StackedRNNCells": Sample(
        lambda dtype: {"cells": [layers.LSTMCell(2, dtype=dtype), layers.GRUCell(3, dtype=dtype)]}, wrong=({"cells": []}, {"cells": [3]})
    ),
    "RNN": Sample(lambda dtype: {"cell": layers.LSTMCell(2, dtype=dtype), "return_state": True}, SHAPE, ({"cell": 3}, {"cell": []})),
    "SimpleRNN": Sample({"units": 2, "return_sequences": True}, SHAPE),
    "LSTM": Sample({"units": 2, "return_sequences": True, "return_state": True}, SHAPE, IMPLEMENTATION),
    "GRU": Sample({"units": 2, "go_backwards": True}, SHAPE, IMPLEMENTATION),
    "Bidirectional": Sample(
        lambda dtype: {"layer": layers.GRU(2, return_sequences=True, dtype=dtype)},
        SHAPE,
        ({"layer": layers.Flatten()}, {"backward_layer": layers.GRU(2, return_sequences=True)}),
    ),
    "TimeDistributed": Sample(lambda dtype: {"layer": layers.Dense(2, dtype=dtype)}, SHAPE),
    "Wrapper": Sample(
        lambda dtype: {"layer": layers.Dense(2, dtype=dtype)},
    ),
    "ConvLSTM1D": Sample({"filters": 2, "kernel_size": 2}, (2, 2, 4, 3), STRIDES_AND_DILATION),
    "ConvLSTM2D": Sample({"filters": 2, "kernel_size": (2, 1), "return_state": True}, (1, 2, 3, 3, 2), STRIDES_AND_DILATION),
    "ConvLSTM3D": Sample({"filters": 1, "kernel_size": 2}, (1, 2, 2, 3, 2, 2), STRIDES_AND_DILATION),
}

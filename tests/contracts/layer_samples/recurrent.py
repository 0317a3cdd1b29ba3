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
}

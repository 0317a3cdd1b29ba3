"""Recurrent layers. Masks, states and layers inside layers are compared in `test_recurrent.py`."""

from tests.keras_parity.cases import Case

SHAPE = (2, 5, 3)
WALKS = [
    {},
    {"return_sequences": True},
    {"return_state": True},
    {"go_backwards": True},
    {"go_backwards": True, "return_sequences": True, "return_state": True},
    {"unroll": True, "return_sequences": True},
    {"use_bias": False},
    {"dropout": 0.3, "recurrent_dropout": 0.2, "seed": 1},
    {"kernel_regularizer": "l1", "recurrent_regularizer": "l2", "bias_regularizer": "l2"},
    {"kernel_constraint": "non_neg", "recurrent_constraint": "max_norm", "bias_constraint": "unit_norm"},
]
OWN = {
    "SimpleRNN": [{"activation": "relu"}, {"activation": None}],
    "LSTM": [
        {"activation": "relu", "return_state": True},
        {"recurrent_activation": "hard_sigmoid", "go_backwards": True},
        {"activity_regularizer": "l2"},
        {"unit_forget_bias": False, "bias_initializer": "ones"},
        {"implementation": 1},
        {"use_cudnn": False},
    ],
    "GRU": [
        {"reset_after": False},
        {"reset_after": False, "use_bias": False},
        {"reset_after": False, "go_backwards": True, "return_sequences": True},
        {"activation": "relu", "activity_regularizer": "l2"},
        {"recurrent_activation": "hard_sigmoid"},
        {"implementation": 1},
    ],
}
CASES = [Case(name, {"units": 4, **arguments}, SHAPE, weights=(-0.8, 0.8)) for name, own in OWN.items() for arguments in (*WALKS, *own)]
IMAGES = [
    {"return_sequences": True},
    {"return_state": True, "padding": "same"},
    {"go_backwards": True, "strides": 2, "return_sequences": True},
    {"dilation_rate": 2, "use_bias": False},
    {"activation": "relu", "recurrent_activation": "hard_sigmoid", "unit_forget_bias": False},
    {"kernel_regularizer": "l2", "recurrent_constraint": "non_neg", "dropout": 0.3, "recurrent_dropout": 0.3, "seed": 1},
]
CASES += [
    *(Case("ConvLSTM1D", {"filters": 2, "kernel_size": 3, **arguments}, (2, 3, 7, 2), weights=(-0.8, 0.8)) for arguments in IMAGES),
    *(
        Case("ConvLSTM2D", {"filters": 2, "kernel_size": (3, 2), **arguments}, (2, 3, 6, 5, 2), weights=(-0.8, 0.8))
        for arguments in (*IMAGES, {"padding": "same", "data_format": "channels_last"})
    ),
    Case("ConvLSTM3D", {"filters": 2, "kernel_size": 2, "padding": "same", "return_state": True}, (1, 2, 3, 4, 3, 2), weights=(-0.8, 0.8)),
]
ELSEWHERE = dict.fromkeys(
    ["SimpleRNNCell", "LSTMCell", "GRUCell", "StackedRNNCells", "RNN", "Bidirectional", "TimeDistributed", "Wrapper"],
    "tests/keras_parity/test_recurrent.py",
)

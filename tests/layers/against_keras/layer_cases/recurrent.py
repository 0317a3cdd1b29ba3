"""Recurrent layers. `test_recurrent.py` compares them with loops that are not compiled, which would take seconds for each case."""

from tests.layers.against_keras.cases import Case

SHAPE = (2, 5, 3)
PENALTIES = {"kernel_regularizer": "l1", "recurrent_regularizer": "l2", "bias_regularizer": "l2"}
LIMITS = {"kernel_constraint": "non_neg", "recurrent_constraint": "max_norm", "bias_constraint": "unit_norm"}
BACK = {"go_backwards": True, "return_sequences": True, "return_state": True}
DROPOUT = {"dropout": 0.3, "recurrent_dropout": 0.2, "seed": 1}
ACTIVE = {"activation": "relu", "recurrent_activation": "hard_sigmoid", "activity_regularizer": "l2"}
ARGUMENTS = {
    "SimpleRNN": [PENALTIES, {**BACK, **DROPOUT, **LIMITS}, {"activation": None, "use_bias": False, "unroll": True}],
    "LSTM": [
        PENALTIES,
        {**BACK, **DROPOUT, **LIMITS, "bias_initializer": "ones"},
        {"return_sequences": True, "unit_forget_bias": False, "use_cudnn": False, "implementation": 1},
        {**ACTIVE, "go_backwards": True, "use_bias": False},
    ],
    "GRU": [
        {**PENALTIES, "go_backwards": True},
        {**BACK, **DROPOUT, **LIMITS},
        {"use_bias": False, "return_sequences": True, "implementation": 1},
        {**BACK, "reset_after": False},
        {**ACTIVE, "reset_after": False, "use_bias": False, "unroll": True},
        {"recurrent_activation": "hard_sigmoid"},
    ],
}
IMAGES = {
    "ConvLSTM1D": ((2, 3, 7, 2), [{"kernel_size": 3, "go_backwards": True, "strides": 2, "return_sequences": True}]),
    "ConvLSTM2D": (
        (2, 3, 5, 4, 2),
        [
            {"kernel_size": (3, 2), "return_state": True, "padding": "same", **DROPOUT, **PENALTIES, **LIMITS},
            {"kernel_size": 2, "dilation_rate": 2, "use_bias": False, "unit_forget_bias": False, "recurrent_activation": "hard_sigmoid"},
        ],
    ),
    "ConvLSTM3D": ((1, 2, 2, 3, 2, 1), [{"kernel_size": 2, "padding": "same"}]),
}
LOOPS = [
    *(Case(name, {"units": 4, **one}, SHAPE, weights=(-0.8, 0.8)) for name, several in ARGUMENTS.items() for one in several),
    *(Case(name, {"filters": 2, **one}, shape, weights=(-0.8, 0.8)) for name, (shape, several) in IMAGES.items() for one in several),
]
CASES: list[Case] = []
CELLS = ["SimpleRNNCell", "LSTMCell", "GRUCell", "StackedRNNCells", "RNN"]
WRAPPERS = ["Bidirectional", "TimeDistributed", "Wrapper"]
ELSEWHERE = dict.fromkeys([*ARGUMENTS, *IMAGES, *CELLS, *WRAPPERS], "tests/layers/against_keras/test_recurrent.py")

"""What layers and activation functions do, in a sentence for readers who are new to neural networks."""

from __future__ import annotations

import inspect

from glassworks.insight.stages import Stage
from glassworks.losses.base import Loss
from glassworks.losses.checks import kind

ACTIVATIONS: dict[str, str] = {
    "relu": "relu keeps positive numbers and makes negative ones 0",
    "sigmoid": "sigmoid squeezes any number into the range from 0 to 1",
    "tanh": "tanh squeezes any number into the range from -1 to 1",
    "softmax": "softmax makes positive numbers that add up to 1: a probability for each class",
    "gelu": "gelu is a smooth form of relu",
    "silu": "silu is a smooth form of relu",
    "softplus": "softplus is a smooth form of relu",
    "leaky_relu": "leaky_relu keeps positive numbers and shrinks negative ones",
    "elu": "elu keeps positive numbers and bends negative ones towards -1",
}

_CONVOLUTION = (
    "A small window slides over the positions; each filter adds up what the window shows, each number times a weight, plus a bias."
)
_DROPOUT = "In training, a random part of the numbers becomes 0 and the rest grows by as much, so that no unit is relied on too much."
_ATTENTION = "Each query compares itself with all keys, and takes a mean of the values in which the best matches count most."
_LARGEST, _MEAN = "Of each window, the largest number is kept.", "Of each window, the mean is kept."
LAYERS: dict[str, str] = {
    "Dense": "Each unit adds up all inputs, each times a weight of its own, plus a bias.",
    **dict.fromkeys(("Conv1D", "Conv2D", "Conv3D"), _CONVOLUTION),
    **{
        f"Conv{n}DTranspose": "The way back of a convolution: each number adds a window, weighted by the kernel, to the output."
        for n in (1, 2, 3)
    },
    **dict.fromkeys(("DepthwiseConv1D", "DepthwiseConv2D"), "A small window slides over each channel by itself."),
    **dict.fromkeys(
        ("SeparableConv1D", "SeparableConv2D"), "A small window slides over each channel by itself; then the channels are mixed."
    ),
    **{f"MaxPooling{n}D": _LARGEST for n in (1, 2, 3)},
    **{f"AveragePooling{n}D": _MEAN for n in (1, 2, 3)},
    **{f"GlobalAveragePooling{n}D": "Of each channel, the mean over all positions is kept." for n in (1, 2, 3)},
    **{f"GlobalMaxPooling{n}D": "Of each channel, the largest number is kept." for n in (1, 2, 3)},
    "Flatten": "The numbers of each sample are put into one row; none changes.",
    "Reshape": "The same numbers get another shape.",
    **dict.fromkeys(("Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"), _DROPOUT),
    "BatchNormalization": "Each feature is brought to mean 0 and variance 1 over the batch, then multiplied by gamma and moved by beta, which are learned.",
    "LayerNormalization": "The features of each sample are brought to mean 0 and variance 1, then multiplied by gamma and moved by beta, which are learned.",
    "Embedding": "Each number stands for a thing, such as a word, and picks its row of a table of learned vectors.",
    "SimpleRNN": "It walks over the steps of a sequence; the state after each is made of the input of the step and the state before.",
    "LSTM": "It walks over the steps of a sequence with a memory (the cell); three gates between 0 and 1 say what is written, kept and shown.",
    "GRU": "It walks over the steps of a sequence; one gate says how much of the old state stays, another how much of it is seen.",
    "Bidirectional": "One recurrent layer walks over the sequence forwards, another one backwards.",
    "TimeDistributed": "The same layer runs on every step of the sequence.",
    "MultiHeadAttention": f"{_ATTENTION} Several heads do so side by side, each with projections of its own.",
    "Attention": _ATTENTION,
    "Add": "The inputs are added.",
    "Subtract": "The second input is subtracted from the first.",
    "Multiply": "The inputs are multiplied, elementwise.",
    "Average": "The mean of the inputs, elementwise.",
    "Maximum": "The larger of the inputs, elementwise.",
    "Minimum": "The smaller of the inputs, elementwise.",
    "Concatenate": "The inputs are put side by side.",
    "Rescaling": "All numbers are multiplied by one number, and moved by another.",
    "Normalization": "Each feature is brought to mean 0 and variance 1, as measured before training.",
    "Activation": "An activation function on its own.",
}


LOSSES: dict[str, str] = {
    "sparse_categorical_crossentropy": "Minus the logarithm of the probability that the right class got: near 0 where that probability is near 1, large where it is near 0.",
    "categorical_crossentropy": "Minus the logarithm of the probability that the right class got: near 0 where that probability is near 1, large where it is near 0.",
    "binary_crossentropy": "Minus the logarithm of the probability that the right answer got, yes or no: near 0 where that probability is near 1, large where it is near 0.",
    "mean_squared_error": "The mean of the squared differences between outputs and targets.",
    "mean_absolute_error": "The mean of the differences between outputs and targets, without their signs.",
}


def meaning_of_loss(loss: Loss) -> str:
    """What a loss measures: the sentence for its function, or the first line of its documentation."""
    documentation = inspect.getdoc(getattr(loss, "fn", None) or type(loss)) or ""
    return LOSSES.get(kind(loss)) or documentation.split("\n")[0]


def meaning_of(stage: Stage) -> str:
    """What a layer does: the sentence for its class, or the first one of its documentation, and what its activation function does."""
    cls = type(stage.layer)
    sentence = LAYERS.get(cls.__name__, "") if cls.__module__.startswith("glassworks.") else ""
    if not sentence:
        own = inspect.cleandoc(vars(cls).get("__doc__") or "")
        sentence = own.split("\n\n")[0].replace("\n", " ") or "A layer without a description."
    activation = ACTIVATIONS.get(stage.activation, "") if stage.preactivation is not None else ""
    return f"{sentence} {activation[:1].upper() + activation[1:]}." if activation else sentence

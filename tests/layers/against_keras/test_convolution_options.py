"""Combinations of options of convolution and pooling layers, drawn at random with a seed, against Keras."""

from __future__ import annotations

import random
from typing import Any

import keras
import numpy as np
import pytest

from glassworks import layers

DRAWS = 24


def window(draw: random.Random, rank: int, low: int, high: int) -> Any:
    """One number, or one for each axis."""
    return draw.randint(low, high) if draw.random() < 0.5 else tuple(draw.randint(low, high) for _ in range(rank))


def convolution(draw: random.Random, rank: int) -> tuple[str, dict[str, Any]]:
    kinds = ["Conv", "ConvTranspose", "DepthwiseConv", "SeparableConv"][: 4 if rank < 3 else 2]
    kind = draw.choice(kinds)
    strided = draw.random() < 0.5
    options: dict[str, Any] = {
        "kernel_size": window(draw, rank, 1, 3),
        "strides": window(draw, rank, 1, 3) if strided else 1,
        "dilation_rate": 1 if strided else window(draw, rank, 1, 2),
        "padding": draw.choice(["valid", "same"]),
        "data_format": draw.choice(["channels_last", "channels_first"]),
        "use_bias": draw.random() < 0.5,
        "activation": draw.choice([None, "relu", "softmax"]),
    }
    if kind != "DepthwiseConv":
        options["filters"] = draw.choice([2, 4, 6])
    if kind == "Conv":
        options["groups"] = draw.choice([1, 2])
    if kind in ("DepthwiseConv", "SeparableConv"):
        options["depth_multiplier"] = draw.choice([1, 2, 3])
    return f"Conv{rank}DTranspose" if kind == "ConvTranspose" else f"{kind}{rank}D", options


def pooling(draw: random.Random, rank: int) -> tuple[str, dict[str, Any]]:
    kind, data_format = draw.choice(["Max", "Average"]), draw.choice(["channels_last", "channels_first"])
    options: dict[str, Any] = {
        "pool_size": window(draw, rank, 1, 4),
        "strides": draw.choice([None, window(draw, rank, 1, 3)]),
        "padding": draw.choice(["valid", "same"]),
        "data_format": data_format,
    }
    return f"{kind}Pooling{rank}D", options


@pytest.mark.parametrize("seed", range(DRAWS))
def test_drawn_options_give_the_outputs_and_shapes_of_keras(seed: int) -> None:
    draw = random.Random(seed)
    rank = draw.choice([1, 2, 2, 3])
    name, options = (pooling if seed % 4 == 0 else convolution)(draw, rank)
    size = [draw.randint(6, 9) for _ in range(rank)]
    shape = (2, 4, *size) if options["data_format"] == "channels_first" else (2, *size, 4)
    ours, theirs = getattr(layers, name)(**options), getattr(keras.layers, name)(**options)
    inputs = np.random.default_rng(seed).normal(size=shape).astype("float32")
    ours(inputs), theirs.build(shape)
    weights = [np.random.default_rng(seed).normal(size=w.shape).astype("float32") for w in theirs.weights]
    ours.set_weights(weights), theirs.set_weights(weights)
    expected = np.asarray(theirs(inputs))
    np.testing.assert_allclose(ours(inputs), expected, rtol=1e-4, atol=1e-4, err_msg=f"{name} {options}")
    assert ours.compute_output_shape((None, *shape[1:])) == (None, *expected.shape[1:])

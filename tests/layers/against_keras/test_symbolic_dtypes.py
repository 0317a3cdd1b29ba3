"""The dtype of a symbolic output is that of the numbers that will come, as in Keras."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest

import glassworks

CASES: dict[str, Callable[[Any, str], Any]] = {
    "dense": lambda k, dtype: k.layers.Dense(3, dtype=dtype),
    "activation": lambda k, dtype: k.layers.Activation("relu", dtype=dtype),
    "flatten": lambda k, dtype: k.layers.Flatten(dtype=dtype),
    "reshape": lambda k, dtype: k.layers.Reshape((4, 5), dtype=dtype),
    "dropout": lambda k, dtype: k.layers.Dropout(0.2, dtype=dtype),
    "batch normalization": lambda k, dtype: k.layers.BatchNormalization(dtype=dtype),
    "layer normalization": lambda k, dtype: k.layers.LayerNormalization(dtype=dtype),
    "convolution": lambda k, dtype: k.layers.Conv1D(3, 2, dtype=dtype),
    "pooling": lambda k, dtype: k.layers.MaxPooling1D(2, dtype=dtype),
    "gru": lambda k, dtype: k.layers.GRU(3, dtype=dtype),
}


@pytest.mark.parametrize("dtype", ["mixed_float16", "mixed_bfloat16", "float32"])
@pytest.mark.parametrize("case", CASES)
def test_a_symbolic_output_has_the_dtype_of_the_policy(case: str, dtype: str) -> None:
    layer = CASES[case](glassworks, dtype)
    symbolic = layer(glassworks.Input((5, 4)))
    assert symbolic.dtype == layer(np.ones((2, 5, 4), "float32")).dtype.name
    assert symbolic.dtype == CASES[case](keras, dtype)(keras.Input((5, 4))).dtype

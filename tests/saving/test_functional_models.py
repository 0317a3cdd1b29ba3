"""Functional models of particular forms, saved by either library and loaded by the other."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras as real
import numpy as np
import pytest

import glassworks
from glassworks import tree

Model = tuple[Any, list[tuple[int, ...]]]


@functools.cache
def cell_of(k: Any) -> Any:
    @k.utils.register_keras_serializable("test_functional_models")
    class Cell(k.layers.Layer):
        def __init__(self, units: int, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.units = self.state_size = units

        def build(self, shape: Any) -> None:
            self.w = self.add_weight(shape=(shape[-1], self.units), name="w", initializer="glorot_uniform")
            self.built = True

        def call(self, x: Any, states: Any) -> Any:
            h = k.ops.tanh(k.ops.matmul(x, self.w) + states[0])
            return h, [h]

        def get_config(self) -> dict[str, Any]:
            return {**super().get_config(), "units": self.units}

    return Cell


def custom_cell(k: Any) -> Model:
    x = k.Input((3, 2))
    return k.Model(x, k.layers.Bidirectional(k.layers.RNN(cell_of(k)(4)))(x)), [(2, 3, 2)]


def nested_outputs(k: Any) -> Model:
    a, b, c = (k.Input((3,), name=name) for name in "abc")
    return k.Model([a, b, c], {"o": [a + b, c * 2], "p": {"q": k.layers.Dense(2)(a)}}), [(2, 3)] * 3


def layer_within_and_outside(k: Any) -> Model:
    shared, x, y = k.layers.Dense(3, name="shared"), k.Input((3,)), k.Input((3,))
    inner = k.Model(x, shared(shared(x)), name="inner")
    return k.Model(y, [inner(shared(y)), shared(inner(y))]), [(2, 3)]


def mask_as_argument(k: Any) -> Model:
    x = k.Input((5,))
    y = k.layers.LSTM(2, return_sequences=True)(k.layers.Embedding(7, 3, mask_zero=True)(x))
    return k.Model(x, k.layers.LSTM(2)(y, mask=k.ops.not_equal(x, 1))), [(2, 5)]


def training_as_argument(k: Any) -> Model:
    x = k.Input((3,))
    return k.Model(x, k.layers.BatchNormalization()(k.layers.Dropout(0.5)(x, training=False), training=True)), [(4, 3)]


def attention_with_options(k: Any) -> Model:
    x = k.Input((4, 6))
    y = k.layers.MultiHeadAttention(2, 3)(x, x, use_causal_mask=True)
    return k.Model(x, k.layers.MultiHeadAttention(2, 3)(query=y, value=x, return_attention_scores=True)), [(2, 4, 6)]


def states(k: Any) -> Model:
    x = k.Input((4, 2))
    y, h, c = k.layers.LSTM(3, return_state=True, return_sequences=True)(x)
    return k.Model(x, k.layers.LSTM(3)(y, initial_state=[h, c])), [(2, 4, 2)]


def chain_called_three_times(k: Any) -> Model:
    chain, x = k.Sequential([k.Input((3,)), k.layers.Dense(3), k.layers.ReLU()]), k.Input((3,))
    first = chain(x)
    return k.Model(x, [chain(first), first, chain(chain(first))]), [(2, 3)]


def model_over_time(k: Any) -> Model:
    x, y = k.Input((4, 3)), k.Input((3,))
    return k.Model(x, k.layers.TimeDistributed(k.Model(y, k.layers.Dense(2)(y) + 1.0))(x)), [(2, 4, 3)]


def start_in_the_middle(k: Any) -> Model:
    x = k.Input((3,))
    a = k.layers.Dense(3)(x)
    return k.Model(a, k.layers.Dense(2)(a * 2.0)), [(2, 3)]


def several_results(k: Any) -> Model:
    x = k.Input((3,))
    values, places = k.ops.top_k(x, 2)
    return k.Model(x, [values, places, k.ops.var(x, axis=(1,)), *k.ops.split(x, 3, axis=1)]), [(2, 3)]


MAKERS: list[Callable[[Any], Model]] = [
    custom_cell, nested_outputs, layer_within_and_outside, mask_as_argument, training_as_argument, attention_with_options, states,
    chain_called_three_times, model_over_time, start_in_the_middle, several_results,
]  # fmt: skip


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize(("writer", "reader"), [(glassworks, real), (real, glassworks), (glassworks, glassworks)])
def test_a_model_computes_the_same_in_the_other_library(make: Callable[[Any], Model], writer: Any, reader: Any, tmp_path: Path) -> None:
    if make is layer_within_and_outside and reader is real:
        pytest.skip("Keras does not load such a model, its own neither")
    cell_of(reader)
    model, shapes = make(writer)
    numbers = np.random.default_rng(0)
    whole = make is mask_as_argument
    arrays = [numbers.integers(0, 7, shape) if whole else numbers.random(shape, "float32") for shape in shapes]
    inputs = arrays if len(arrays) > 1 else arrays[0]
    expected = [np.asarray(one) for one in tree.flatten(model(inputs))]
    for suffix in ("keras", "h5"):
        model.save(tmp_path / f"model.{suffix}")
        loaded = reader.models.load_model(tmp_path / f"model.{suffix}")
        for one, two in zip(tree.flatten(loaded(inputs)), expected, strict=True):
            np.testing.assert_allclose(np.asarray(one), two, rtol=1e-5, atol=1e-5)
        if reader is writer or suffix == "keras":
            assert len(loaded.weights) == len(model.weights)

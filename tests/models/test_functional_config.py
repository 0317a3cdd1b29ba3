"""Configs of Functional models: Keras reads what is written here, and the other way round."""

from __future__ import annotations

from typing import Any

import keras as real
import numpy as np
import pytest

import glassworks
from glassworks import layers, models

numbers = np.random.default_rng(0)


def nested(k: Any) -> Any:
    """The outputs are two calls of a model within, not in the order of the calls."""
    inputs, x = k.Input((4,)), k.Input((4,), name="x")
    inner = k.Model(inputs, k.layers.Dense(4, name="dense")(inputs), name="inner")
    first = inner(x)
    return k.Model(x, [inner(first), first])


@pytest.mark.parametrize(("writer", "reader"), [(glassworks, real), (real, glassworks), (glassworks, glassworks)])
def test_outputs_of_models_within_are_counted_as_keras_counts_them(writer: Any, reader: Any) -> None:
    model = nested(writer)
    copy = reader.Model.from_config(model.get_config()) if reader is writer else reader.models.model_from_json(model.to_json())
    copy.set_weights(model.get_weights())
    x = numbers.random((3, 4), "float32")
    for output, expected in zip(copy.predict(x, verbose=0), model.predict(x, verbose=0), strict=True):
        np.testing.assert_allclose(output, expected, atol=1e-6)


def test_frozen_layers_stay_frozen() -> None:
    inputs = layers.Input((2,))
    frozen = layers.Dense(3, trainable=False)
    model = models.Model(inputs, layers.Dense(1)(frozen(inputs)))
    copy = models.Model.from_config(model.get_config())
    assert [layer.trainable for layer in copy.layers[1:]] == [False, True]
    model.trainable = False
    assert not models.Model.from_config(model.get_config()).trainable_weights


KEYS = [
    (..., 0), (slice(None), ..., slice(1, None, 2)), (..., None), (slice(None), [2, 0]), ([1, 0],), [1, 0], 1,
    slice(1, 2), (None, 0), (slice(None), -1), (0, slice(None, None, -1), ...),
]  # fmt: skip


def test_a_key_that_keras_does_not_know_is_read_here() -> None:
    inputs = layers.Input(batch_shape=(2, 3, 4))
    model = models.Model(inputs, inputs[:, np.array([1, 1]), 0])
    x = numbers.random((2, 3, 4), "float32")
    np.testing.assert_array_equal(models.model_from_json(model.to_json())(x), x[:, [1, 1], 0])


@pytest.mark.parametrize("number", range(len(KEYS)))
def test_every_key_of_a_slice_is_read_by_keras(number: int) -> None:
    inputs = layers.Input(batch_shape=(2, 3, 4))
    model = models.Model(inputs, inputs[KEYS[number]])
    x = numbers.random((2, 3, 4), "float32")
    expected = x[KEYS[number]]
    for library in (glassworks, real):
        copy = library.models.model_from_json(model.to_json())
        np.testing.assert_array_equal(np.asarray(copy(x)), expected)
    np.testing.assert_array_equal(models.model_from_json(copy.to_json())(x), expected)

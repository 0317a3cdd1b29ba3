"""Helpers for labels, sequences, splits and seeds, compared with Keras where it has an answer."""

from __future__ import annotations

import random

import keras as real
import numpy as np
import pytest

import glassworks as keras
from glassworks.errors import ArgumentError, DataError


@pytest.mark.parametrize(("x", "classes"), [([0, 2, 1], None), ([[0], [3]], None), ([[0, 1], [2, 0]], 4), ([], 3)])
def test_to_categorical_is_keras_s(x: list, classes: int | None) -> None:
    if not x:
        assert keras.utils.to_categorical(x, classes).shape == (0, 3)
        return
    np.testing.assert_array_equal(keras.utils.to_categorical(x, classes), real.utils.to_categorical(x, classes))


@pytest.mark.parametrize(
    ("x", "classes", "piece"),
    [([0, 3], 3, "labels 0 to 2"), ([-1, 0], None, "labels from -1"), (["cat"], None, "np.unique"), ([0.5], None, "class numbers")],
)
def test_to_categorical_refuses_what_is_no_class_number(x: list, classes: int | None, piece: str) -> None:
    with pytest.raises(DataError) as caught:
        keras.utils.to_categorical(x, classes)
    assert piece in str(caught.value)


def test_normalize_is_keras_s() -> None:
    x = np.random.default_rng(0).normal(size=(3, 4))
    np.testing.assert_allclose(keras.utils.normalize(x), real.utils.normalize(x))
    # Along the first axis Keras fails; by hand instead.
    np.testing.assert_allclose(keras.utils.normalize(x, axis=0), x / np.sqrt((x * x).sum(axis=0)))
    assert keras.utils.normalize(np.zeros((1, 3))).tolist() == [[0, 0, 0]]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"maxlen": 2},
        {"padding": "post"},
        {"maxlen": 3, "truncating": "post", "value": 7},
        {"maxlen": 2, "padding": "post", "dtype": "float32"},
    ],
)
def test_pad_sequences_is_keras_s(options: dict) -> None:
    sequences = [[1], [2, 3, 4, 5], [], [6, 7]]
    ours, theirs = keras.utils.pad_sequences(sequences, **options), real.utils.pad_sequences(sequences, **options)
    np.testing.assert_array_equal(ours, theirs)
    assert ours.dtype == theirs.dtype


def test_set_random_seed_covers_python_numpy_and_glassworks() -> None:
    draws = []
    for _ in range(2):
        keras.utils.set_random_seed(5)
        layer = keras.layers.Dense(3)
        layer.build((None, 2))
        draws.append((random.random(), np.random.rand(), layer.kernel.numpy().tolist(), keras.random.normal((2,)).tolist()))
    assert draws[0] == draws[1]


def test_batches_are_packed_and_unpacked_as_in_keras() -> None:
    for data in ((1, 2, 3), (1, 2), (1,)):
        assert keras.utils.unpack_x_y_sample_weight(data) == real.utils.unpack_x_y_sample_weight(data)
    assert keras.utils.pack_x_y_sample_weight(1, 2) == (1, 2)
    assert keras.utils.pack_x_y_sample_weight(1, 2, 3) == (1, 2, 3)


def test_a_registered_class_comes_back_from_its_config() -> None:
    @keras.utils.register_keras_serializable(package="tests")
    class Doubling(keras.layers.Layer):
        def call(self, x):
            return x * 2.0

    config = keras.utils.serialize_keras_object(Doubling(name="twice"))
    assert config["registered_name"] == "tests>Doubling"
    assert keras.utils.deserialize_keras_object(config).name == "twice"


def test_custom_objects_are_known_only_inside_their_scope() -> None:
    class Hidden(keras.layers.Layer):
        pass

    config = {"module": None, "class_name": "Hidden", "config": {"name": "h"}, "registered_name": "Hidden"}
    with keras.utils.custom_object_scope({"Hidden": Hidden}):
        assert isinstance(keras.utils.deserialize_keras_object(config), Hidden)
    with pytest.raises(ArgumentError, match="class 'Hidden'"):
        keras.utils.deserialize_keras_object(config)


def test_to_categorical_of_nothing_says_what_it_lacks() -> None:
    with pytest.raises(DataError, match="num_classes"):
        keras.utils.to_categorical([])


def test_a_cleared_session_begins_another_stream_of_random_numbers() -> None:
    keras.utils.set_random_seed(3)
    first = keras.random.uniform((4,))
    keras.utils.clear_session()
    second = keras.random.uniform((4,))
    keras.utils.set_random_seed(3)
    np.testing.assert_array_equal(keras.random.uniform((4,)), first)
    keras.utils.clear_session()
    np.testing.assert_array_equal(keras.random.uniform((4,)), second)
    assert keras.layers.Dense(1).name == "dense"

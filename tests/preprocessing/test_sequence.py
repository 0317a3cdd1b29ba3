"""Keras 2's names for sequences, compared with the copies of them that Keras 3 still ships."""

from __future__ import annotations

import json
import random

import keras.src.legacy.preprocessing.sequence as keras_sequence
import numpy as np
import pytest

from glassworks import layers, models
from glassworks.errors import ArgumentError, ArgumentTypeError
from glassworks.preprocessing import sequence

SERIES = np.arange(60).reshape(30, 2)
WINDOWS = [
    {"length": 5},
    {"length": 6, "sampling_rate": 2, "stride": 3, "batch_size": 4},
    {"length": 3, "start_index": 4, "end_index": 20, "batch_size": 5, "reverse": True},
    {"length": 4, "shuffle": True, "batch_size": 3},
    {"length": 29},
]


@pytest.mark.parametrize("settings", WINDOWS)
def test_windows_are_those_of_keras(settings):
    ours = sequence.TimeseriesGenerator(SERIES, SERIES[:, 0], **settings)
    theirs = keras_sequence.TimeseriesGenerator(SERIES, SERIES[:, 0], **settings)
    assert len(ours) == len(theirs)
    for index in range(len(ours)):
        np.random.seed(3)
        batch = ours[index]
        np.random.seed(3)
        for array, other in zip(batch, theirs[index], strict=True):
            np.testing.assert_array_equal(array, other)


def test_the_config_holds_the_arguments_and_the_series():
    # Keras 3's own get_config fails: its PyDataset has none.
    config = sequence.TimeseriesGenerator(SERIES, SERIES[:, 0], length=5, stride=2).get_config()
    assert json.loads(config["data"]) == SERIES.tolist() and json.loads(config["targets"]) == SERIES[:, 0].tolist()
    assert (config["length"], config["stride"], config["batch_size"], config["shuffle"]) == (5, 2, 128, False)
    text = sequence.TimeseriesGenerator(SERIES, SERIES, length=5).to_json()
    assert json.loads(text)["class_name"] == "TimeseriesGenerator"


def test_windows_train_a_model():
    series = np.sin(np.arange(100) / 4)[:, None]
    windows = sequence.TimeseriesGenerator(series, series[:, 0], length=8, batch_size=16)
    model = models.Sequential([layers.Input((8, 1)), layers.Flatten(), layers.Dense(1)])
    model.compile("sgd", "mse")
    losses = model.fit(windows, epochs=4, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


def test_windows_that_do_not_fit_are_refused():
    with pytest.raises(ArgumentError, match="pass a length below 30"):
        sequence.TimeseriesGenerator(SERIES, SERIES, length=30)
    with pytest.raises(ArgumentError, match="data has 30 steps, targets 29"):
        sequence.TimeseriesGenerator(SERIES, SERIES[1:], length=3)
    with pytest.raises(ArgumentTypeError, match="pass data as an array"):
        sequence.TimeseriesGenerator([{1}, {2}, {3}], [1, 2, 3], length=1).to_json()


@pytest.mark.parametrize(
    "settings", [{"seed": 4}, {"negative_samples": 0.5, "categorical": True, "seed": 4}, {"window_size": 1, "shuffle": False}]
)
@pytest.mark.parametrize("has_table", [False, True])
def test_pairs_of_words_are_those_of_keras(settings, has_table):
    words = [1, 4, 0, 2, 3, 3, 9, 1, 5]
    table = sequence.make_sampling_table(10, 0.1) if has_table else None
    random.seed(5)
    ours = sequence.skipgrams(words, 10, sampling_table=table, **settings)
    random.seed(5)
    assert ours == keras_sequence.skipgrams(words, 10, sampling_table=table, **settings)


def test_pairs_of_words_are_shuffled_without_a_seed_too():
    # Keras 3's copy fails without a seed where Python 3.12 or newer draws it.
    couples, labels = sequence.skipgrams(range(1, 9), 9, window_size=2)
    assert len(couples) == len(labels) == 2 * sum(labels)
    assert all(abs(first - second) <= 2 for (first, second), label in zip(couples, labels, strict=True) if label)
    assert labels != sorted(labels, reverse=True)


def test_the_sampling_table_is_that_of_keras():
    np.testing.assert_allclose(sequence.make_sampling_table(50, 1e-3), keras_sequence.make_sampling_table(50, 1e-3), rtol=1e-14)

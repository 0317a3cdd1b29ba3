"""Batches are those that Keras makes of the same data, unshuffled: values, dtypes, sizes, splits, class weights."""

from __future__ import annotations

from typing import Any

import keras as real
import numpy as np
import pytest
from keras.src.trainers.data_adapters import data_adapter_utils, get_data_adapter
from keras.src.trainers.data_adapters.array_slicing import train_validation_split as real_split

from glassworks import tree
from glassworks.training.data import PyDataset, class_weights, make_source, train_validation_split

RNG = np.random.default_rng(0)
X = RNG.normal(size=(21, 3))
Y = RNG.integers(0, 3, 21)
W = RNG.uniform(size=21)


def same(ours: Any, theirs: Any) -> None:
    """Keras leaves out what is None; both have the same leaves else."""
    left, right = ([np.asarray(leaf) for leaf in tree.flatten(batch) if leaf is not None] for batch in (ours, theirs))
    assert [(a.dtype, a.shape) for a in left] == [(a.dtype, a.shape) for a in right]
    for a, b in zip(left, right, strict=True):
        np.testing.assert_array_equal(a, b)


def frames() -> tuple[Any, Any]:
    pandas = pytest.importorskip("pandas", reason="DataFrames need pandas, an extra")
    return pandas.DataFrame({"a": X[:, 0], "b": Y}), pandas.Series(Y)


ARRAYS: dict[str, Any] = {
    "x": lambda: (X, None, None),
    "x and y": lambda: (X, Y, None),
    "all": lambda: (X, Y, W),
    "uint8": lambda: (Y.astype("uint8")[:, None], Y, None),
    "float16 and bool": lambda: (X.astype("float16"), Y > 1, None),
    "lists": lambda: ([X, Y], [Y, W], None),
    "dicts": lambda: ({"b": X, "a": Y}, {"c": W}, None),
    "frames": lambda: (*frames(), None),
}


@pytest.mark.parametrize("options", [{}, {"batch_size": 4}, {"batch_size": 7}, {"batch_size": 100}], ids=str)
@pytest.mark.parametrize("make", ARRAYS.values(), ids=ARRAYS)
def test_batches_of_arrays_are_those_of_keras(make: Any, options: dict[str, Any]) -> None:
    x, y, weight = make()
    ours = make_source(x, y, weight, shuffle=False, **options)
    theirs = get_data_adapter(x, y, weight, shuffle=False, **options)
    assert ours.num_batches == theirs.num_batches
    for batch, expected in zip(ours, theirs.get_numpy_iterator(), strict=True):
        same(batch, expected)


@pytest.mark.parametrize("steps", [1, 2, 4, 21])
def test_steps_choose_the_batch_size_as_in_keras(steps: int) -> None:
    assert make_source(X, Y, steps=steps).batch_size == get_data_adapter(X, Y, steps_per_epoch=steps).batch_size


@pytest.mark.parametrize("fraction", [0.1, 0.2, 0.3, 0.5, 0.9])
def test_the_validation_split_is_that_of_keras(fraction: float) -> None:
    for ours, theirs in zip(train_validation_split(X, Y, W, fraction), real_split((X, Y, W), fraction), strict=True):
        same(ours, [part.array if hasattr(part, "array") else part for part in theirs])


@pytest.mark.parametrize("y", [Y, Y[:, None], np.eye(3)[Y], Y.astype("float32")], ids=["integers", "column", "one-hot", "floats"])
def test_class_weights_are_those_of_keras(y: np.ndarray) -> None:
    table = {0: 0.5, 1: 2.0, 2: 7.0}
    np.testing.assert_array_equal(class_weights(table, y), data_adapter_utils.class_weight_to_sample_weights(y, table))


def batch(index: int) -> Any:
    return X[index * 7 : index * 7 + 7].astype("float32"), Y[index * 7 : index * 7 + 7]


def a_data_set(base: Any, **options: Any) -> Any:
    class Thirds(base):
        def __len__(self) -> int:
            return 3

        def __getitem__(self, index: int) -> Any:
            return batch(index)

    return Thirds(**options)


def test_batches_of_a_py_dataset_are_those_of_keras() -> None:
    theirs = get_data_adapter(a_data_set(real.utils.PyDataset), class_weight={0: 1, 1: 2, 2: 3}).get_numpy_iterator()
    for ours, expected in zip(
        make_source(a_data_set(PyDataset, workers=2), shuffle=False, class_weight={0: 1, 1: 2, 2: 3}), theirs, strict=True
    ):
        same(ours, expected)


def test_batches_of_a_generator_are_those_of_keras() -> None:
    theirs = get_data_adapter(batch(i) for i in range(3)).get_numpy_iterator()
    for ours, expected in zip(make_source(batch(i) for i in range(3)), theirs, strict=True):
        same(ours, expected)

"""Hashing, HashedCrossing, CategoryEncoding and Discretization: what is theirs alone, and wrong use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from glassworks import Model, Sequential, layers
from glassworks.errors import GlassworksError


def test_categories_run_in_the_graph_of_a_model() -> None:
    model = Sequential([layers.Input((1,)), layers.Discretization([0.0, 1.0]), layers.CategoryEncoding(3), layers.Dense(2)])
    x = np.array([[-1.0], [0.5], [2.0]])
    np.testing.assert_allclose(model.predict(x, verbose=0), model(x), rtol=1e-6)
    assert not model.host_part


def test_crossed_features_enter_a_model() -> None:
    word, number = layers.Input((1,), dtype="string"), layers.Input((1,), dtype="int64")
    crossed = layers.HashedCrossing(8, output_mode="one_hot")([layers.StringLookup(vocabulary=["a"])(word), number])
    model = Model([word, number], layers.Dense(1)(crossed))
    data = [np.array([["a"], ["b"]]), np.array([[1], [2]])]
    np.testing.assert_allclose(model.predict(data, verbose=0), model(data), rtol=1e-6)


def test_counts_can_have_weights() -> None:
    layer = layers.CategoryEncoding(3, output_mode="count")
    assert layer([[0, 2, 2]], count_weights=[[0.5, 1.0, 2.0]]).tolist() == [[0.5, 0, 3]]


def test_learned_boundaries_stand_in_the_config() -> None:
    layer = layers.Discretization(num_bins=4)
    layer.adapt(np.arange(100.0))
    np.testing.assert_allclose(layer.bin_boundaries, [24.0, 49.0, 74.0], rtol=1e-5)
    assert layers.Discretization.from_config(layer.get_config()).get_config() == layer.get_config()


WRONG: list[tuple[str, Callable[[], Any], list[str]]] = [
    ("number out of range", lambda: layers.CategoryEncoding(3)([[0, 3]]), ["0 to 3", "0 to 2"]),
    ("weights for ones", lambda: layers.CategoryEncoding(3)([[0]], count_weights=[[1.0]]), ["count_weights", "'count'"]),
    ("not adapted", lambda: layers.Discretization(num_bins=3)([1.0]), ["no boundaries", "adapt"]),
    ("adapt with boundaries", lambda: layers.Discretization([1.0]).adapt([1.0]), ["bin_boundaries", "num_bins"]),
    ("adapt to nothing", lambda: layers.Discretization(num_bins=3).adapt(np.zeros((0, 2))), ["no data"]),
    ("adapt to NaN", lambda: layers.Discretization(num_bins=3).adapt([1.0, np.nan]), ["NaN"]),
    ("one feature to cross", lambda: layers.HashedCrossing(3)([["a"]]), ["two features"]),
    ("features of two shapes", lambda: layers.HashedCrossing(3)([["a", "b"], [1]]), ["(2,), (1,)"]),
    ("floats to cross", lambda: layers.HashedCrossing(3)([["a"], [1.5]]), ["float64", "Discretization"]),
    ("dates to hash", lambda: layers.Hashing(3)(np.array(["2024-01-01"], "datetime64[D]")), ["datetime64", "astype(str)"]),
]


@pytest.mark.parametrize(("what", "wrong", "pieces"), WRONG, ids=[row[0] for row in WRONG])
def test_wrong_use_is_explained(what: str, wrong: Callable[[], Any], pieces: list[str]) -> None:
    with pytest.raises(GlassworksError) as caught:
        wrong()
    assert [piece for piece in pieces if piece not in str(caught.value)] == []

"""Nested structures are walked in the order of real Keras, whatever kind of dict they are."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, namedtuple
from typing import Any

import keras as real
import numpy as np
import pytest

import glassworks

Pair = namedtuple("Pair", "x y")
STRUCTURES: dict[str, Any] = {
    "a number": 1,
    "None": None,
    "nothing": (),
    "an empty list": [],
    "lists and tuples": [1, (2, [3, (4,)])],
    "a dict": {"b": 1, "a": 2},
    "numbers as keys": {2: 5, 1: 6},
    "an ordered dict": OrderedDict([("b", 1), ("a", 2)]),
    "an ordered dict within": [OrderedDict([("z", (1, 2)), ("c", 3)]), 4],
    "a default dict": defaultdict(list, {"z": 1, "c": 2}),
    "a named tuple": Pair(1, [2, 3]),
    "None within": {"a": None, "b": (1, None)},
    "empty ones within": {"a": {}, "b": []},
    "deep": {"a": (1, [2, {"c": 3}])},
}
FUNCTIONS: dict[str, Any] = {
    "is_nested": lambda tree, s: tree.is_nested(s),
    "flatten": lambda tree, s: tree.flatten(s),
    "flatten_with_path": lambda tree, s: tree.flatten_with_path(s),
    "lists_to_tuples": lambda tree, s: tree.lists_to_tuples(s),
    "map_structure": lambda tree, s: tree.map_structure(lambda leaf: (leaf,), s),
    "map_structure of two": lambda tree, s: tree.map_structure(lambda a, b: (a, b), s, s),
    "map_structure without None": lambda tree, s: tree.map_structure(lambda leaf: (leaf,), s, none_is_leaf=False),
    "map_structure_up_to": lambda tree, s: tree.map_structure_up_to(
        tree.map_structure(lambda leaf: 0, s), lambda leaf: [leaf], tree.map_structure(str, s)
    ),
    "traverse": lambda tree, s: tree.traverse(lambda node: 2 * node if isinstance(node, int) else None, s),
    "traverse from below": lambda tree, s: tree.traverse(lambda node: tuple(node) if isinstance(node, list) else None, s, top_down=False),
    "traverse to None": lambda tree, s: tree.traverse(lambda node: tree.MAP_TO_NONE if node == 1 else None, s),
    "pack_sequence_as": lambda tree, s: tree.pack_sequence_as(s, list(range(len(tree.flatten(s))))),
}


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("name", STRUCTURES)
def test_a_function_of_a_structure_gives_what_keras_gives(function: str, name: str) -> None:
    ours, theirs = (FUNCTIONS[function](library.tree, STRUCTURES[name]) for library in (glassworks, real))
    assert repr(ours) == repr(theirs)


@pytest.mark.parametrize("function", ["assert_same_structure", "assert_same_paths"])
def test_structures_are_told_apart_as_in_keras(function: str) -> None:
    def agree(library: Any, a: Any, b: Any) -> bool:
        try:
            getattr(library.tree, function)(a, b)
        except (ValueError, TypeError):
            return False
        return True

    for a in STRUCTURES.values():
        for b in STRUCTURES.values():
            assert agree(glassworks, a, b) == agree(real, a, b), (a, b)


def test_leaves_of_dicts_of_any_order_are_matched_by_their_keys() -> None:
    first, second = {"a": 1, "b": 2}, OrderedDict([("b", 20), ("a", 10)])
    assert glassworks.tree.map_structure(lambda x, y: x + y, first, second) == {"a": 11, "b": 22}


def test_the_keys_of_an_ordered_dict_are_the_order_of_a_model_s_inputs() -> None:
    x = {"late": np.ones((1, 2), "float32"), "early": np.zeros((1, 2), "float32")}
    found = []
    for library in (glassworks, real):
        inputs = OrderedDict((name, library.Input((2,), name=name)) for name in x)
        model = library.Model(inputs, library.layers.Subtract()(list(inputs.values())))
        found.append(([tensor.name for tensor in model.inputs], np.asarray(model(x)).tolist()))
    assert found[0] == found[1]


def test_names_of_metrics_mean_objects_as_in_keras() -> None:
    for name in ("mse", "MSE", "mae", "mape", "msle", "bce", "hinge", "poisson", "kl_divergence", "cosine_similarity", "AUC", "mean"):
        assert type(glassworks.metrics.get(name)).__name__ == type(real.metrics.get(name)).__name__

"""FeatureSpace against real Keras, as part of models, and wrong use."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from glassworks import Model, layers, registry
from glassworks.errors import GlassworksError
from glassworks.utils import FeatureSpace
from tests.utils.feature_space_rows import SHOWN, TABLE, columns, space


@pytest.fixture
def adapted() -> Any:
    made = space(FeatureSpace)
    made.adapt(columns())
    return made


def test_vectors_are_those_of_keras(adapted: Any) -> None:
    answers = json.loads(TABLE.read_text(encoding="utf-8"))
    rows = {key: np.array(values[:SHOWN]) for key, values in columns().items()}
    np.testing.assert_allclose(adapted(rows), answers["outputs"], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(adapted({key: values[3] for key, values in columns().items()}), answers["single"], rtol=1e-5, atol=1e-6)


def test_raw_columns_enter_a_model(adapted: Any) -> None:
    model = Model(adapted.get_inputs(), layers.Dense(1)(adapted.get_encoded_features()))
    model.compile("sgd", "mse")
    data = {key: np.array(values) for key, values in columns().items()}
    model.fit(data, np.ones(50), verbose=0)
    np.testing.assert_allclose(model.predict(data, verbose=0), model(data), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(model.predict(data, verbose=0), model.layers[-1](adapted(data)), rtol=1e-5, atol=1e-6)


def test_batches_with_targets_are_learned_from_too(adapted: Any) -> None:
    made = space(FeatureSpace)
    data = {key: np.array(values) for key, values in columns().items()}
    made.adapt([({key: values[i : i + 32] for key, values in data.items()}, i) for i in (0, 32)])
    np.testing.assert_array_equal(made(data), adapted(data))


def test_dicts_and_a_layer_of_ones_own() -> None:
    words = layers.TextVectorization(output_mode="multi_hot")
    made = FeatureSpace({"text": FeatureSpace.feature("string", words, "float"), "n": "integer_categorical"}, output_mode="dict")
    made.adapt({"text": ["a b", "b"], "n": [1, 2]})
    found = made({"text": ["b"], "n": [7]})
    assert {key: value.tolist() for key, value in found.items()} == {"n": [[1, 0, 0]], "text": [[0, 1, 0]]}


def test_configs_make_equal_spaces(adapted: Any) -> None:
    made = registry.deserialize(json.loads(json.dumps(registry.serialize(adapted))))
    made.adapt(columns())
    rows = {key: values[:5] for key, values in columns().items()}
    np.testing.assert_array_equal(made(rows), adapted(rows))


WRONG: list[tuple[str, Callable[[], Any], list[str]]] = [
    ("no features", lambda: FeatureSpace({}), ["no features"]),
    ("unknown kind", lambda: FeatureSpace({"a": "float_normalised"}), ["'a'", "float_normalized"]),
    ("cross of an unknown feature", lambda: FeatureSpace({"pet": "string_hashed"}, crosses=[("pet", "pat")]), ["'pat'", "pet"]),
    ("not adapted", lambda: FeatureSpace({"a": "float_normalized"})({"a": [1.0]}), ["adapt()"]),
    ("no dict", lambda: FeatureSpace({"a": "float"})([1.0]), ["dict of columns"]),
    ("a column that is missing", lambda: FeatureSpace({"age": "float"})({"aeg": [1.0]}), ["['age']", "aeg"]),
    ("a column missing in adapt", lambda: FeatureSpace({"age": "float_normalized"}).adapt({"aeg": [1.0]}), ["'age'", "aeg"]),
    ("numbers joined with vectors", lambda: space(FeatureSpace, output_mode="list"), ["output_mode='list'"]),
    (
        "numbers of categories in a vector",
        lambda: FeatureSpace({"a": FeatureSpace.string_hashed(3, output_mode="int")})({"a": ["x"]}),
        ["int64", "output_mode='dict'"],
    ),
]


@pytest.mark.parametrize(("what", "wrong", "pieces"), WRONG, ids=[row[0] for row in WRONG])
def test_wrong_use_is_explained(what: str, wrong: Callable[[], Any], pieces: list[str]) -> None:
    with pytest.raises(GlassworksError) as caught:
        wrong()
    assert [piece for piece in pieces if piece not in str(caught.value)] == []

"""Every op in the config of a Functional model: Keras reads it as its own class, and what Keras then writes is read here."""

from __future__ import annotations

import functools
import json
from typing import Any

import keras as real
import numpy as np
import pytest

from glassworks import layers, ops, tree
from glassworks.errors import ArgumentError
from glassworks.models import Model
from glassworks.models.keras_operation_table import CLASSES
from tests.models.keras_operations import table
from tests.ops.rows import Row
from tests.ops.table import EAGER_ONLY, ROWS

# They take no tensor of a model, or functions.
NO_CALLS = {
    "arange", "associative_scan", "bartlett", "blackman", "empty", "eye", "full", "geomspace", "hamming", "hanning", "identity", "jvp", "kaiser",
    "linspace", "logspace", "ones", "tri", "view", "zeros",
}  # fmt: skip
# What Keras's classes do not read of their own configs, or compute otherwise.
NOT_IN_KERAS = {
    "adaptive_average_pool": "a list for output_size raises",
    "adaptive_max_pool": "a list for output_size raises",
    "hstack": "vectors raise",
}
FUNCTIONS = {one.name: functools.reduce(getattr, one.name.split("."), ops) for one in ROWS}
FIRST = {one.name: one for one in reversed(ROWS) if one.name not in EAGER_ONLY | NO_CALLS}


def float32(array: Any) -> np.ndarray:
    array = np.asarray(array)
    return array.astype({"f": "float32", "c": "complex64", "i": "int32"}.get(array.dtype.kind, array.dtype))


def model_of(row: Row) -> tuple[Model, list[np.ndarray]]:
    arrays = [float32(array) for array in row.inputs[-1]]
    function = FUNCTIONS[row.name]
    inputs = [layers.Input(batch_shape=a.shape, dtype=a.dtype.name, name=f"i{k}") for k, a in enumerate(arrays)]
    outputs = tree.flatten(row.call(function, *inputs) if row.call else function(*inputs))
    return Model(inputs, outputs), arrays


def as_json(config: Any) -> Any:
    return json.loads(json.dumps(config))


def assert_equal(model: Any, other: Any, arrays: list[np.ndarray]) -> None:
    for one, two in zip(tree.flatten(model(arrays)), tree.flatten(other(arrays)), strict=True):
        np.testing.assert_allclose(np.asarray(one), np.asarray(two), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", sorted(FIRST))
def test_an_op_goes_to_keras_and_back(name: str) -> None:
    model, arrays = model_of(FIRST[name])
    config = as_json(model.get_config())
    assert_equal(model, Model.from_config(as_json(config)), arrays)
    if name not in CLASSES or name in NOT_IN_KERAS:
        return
    assert all(entry["class_name"] != "function" for entry in config["layers"])
    theirs = real.Model.from_config(as_json(config))
    assert len(theirs.outputs) == len(model.outputs)
    assert_equal(model, Model.from_config(as_json(theirs.get_config())), arrays)


def test_the_table_is_that_of_the_installed_keras() -> None:
    assert table() == CLASSES


def entry(module: str, class_name: str, config: Any, args: list[Any]) -> dict[str, Any]:
    found = {"module": module, "class_name": class_name, "config": config, "registered_name": class_name}
    return {**found, "name": "op", "inbound_nodes": [{"args": args, "kwargs": {}}]}


X = {"class_name": "__keras_tensor__", "config": {"shape": [None, 4], "dtype": "float32", "keras_history": ["x", 0, 0]}}


def config_with(one: dict[str, Any]) -> dict[str, Any]:
    inputs = {"module": "keras.layers", "class_name": "InputLayer", "config": {"batch_shape": [None, 4], "name": "x"}, "name": "x"}
    return {"name": "m", "layers": [{**inputs, "inbound_nodes": []}, one], "input_layers": ["x", 0, 0], "output_layers": ["op", 0, 0]}


@pytest.mark.parametrize(
    ("one", "text"),
    [
        (entry("keras.src.ops.numpy", "Explode", {}, [X]), "Explode"),
        (entry("keras.src.ops.core", "Map", {}, [X]), "Map"),
        (entry("keras.src.ops.numpy", "Mean", {"fuse": 1}, [X]), "fuse"),
        (entry("keras.ops", "function", "convert_to_numpy", [X]), "convert_to_numpy"),
        (entry("keras.ops", "function", "np", [X]), "np"),
        (entry("keras.ops", "function", "__builtins__", [X]), "__builtins__"),
        (entry("keras.ops", "function", "core.convert_to_tensor", [X]), "convert_to_tensor"),
        (entry("keras.ops", "function", "vectorize", ["os.system"]), "vectorize"),
        (entry("keras.ops", "function", "ones", [[10**9, 10**9]]), "ones"),
        (entry("keras.src.ops.numpy", "Tile", {"repeats": [10**6]}, [[1.0]]), "without a tensor"),
        (entry("keras.src.ops.nn", "OneHot", {"num_classes": 10**10}, [X]), "num_classes"),
        (entry("keras.src.ops.numpy", "Repeat", {"repeats": 10**10}, [X]), "repeats"),
        (entry("keras.src.ops.numpy", "Pad", {"pad_width": [[0, 0], [0, 10**9]]}, [X]), "pad_width"),
        (entry("keras.src.ops.numpy", "Linspace", {"num": 10**10}, [X, 1.0]), "num"),
        (entry("keras.src.ops.numpy", "Add", {}, [X, 1.0, 2.0]), "argument"),
    ],
)
def test_what_is_no_op_of_tensors_is_refused_by_name(one: dict[str, Any], text: str) -> None:
    with pytest.raises(ArgumentError, match=text):
        Model.from_config(config_with(one))


def test_the_form_of_older_configs_is_read() -> None:
    model = Model.from_config(config_with(entry("keras.ops", "function", "tanh", [X])))
    np.testing.assert_allclose(model.predict(np.ones((1, 4)), verbose=0), np.tanh(np.ones((1, 4))), rtol=1e-6)


def test_names_of_operations_are_kept() -> None:
    model = Model.from_config(config_with(entry("keras.src.ops.numpy", "Tanh", {"name": "op"}, [X])))
    assert model.output_names == ["op"]
    assert [one["name"] for one in model.get_config()["layers"]] == ["x", "op"]

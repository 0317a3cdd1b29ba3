"""Objects as configs: ours and real Keras's are the same, and each library reads those of the other."""

from __future__ import annotations

import inspect
import json
from typing import Any

import keras as real
import numpy as np
import pytest

import glassworks
from glassworks import saving
from glassworks.errors import ArgumentError, ArgumentTypeError

FAMILIES = ("constraints", "dtype_policies", "initializers", "layers", "losses", "metrics", "optimizers", "regularizers")
# What Keras leaves out of its configs, so that its copies have the defaults again.
FORGOTTEN = {
    "losses.CosineSimilarity": {"axis"},
    "losses.Huber": {"delta"},
    "losses.SparseCategoricalCrossentropy": {"axis"},
    "metrics.CosineSimilarity": {"axis"},
    "metrics.SparseTopKCategoricalAccuracy": {"from_sorted_ids"},
    "initializers.Identity": {"gain"},
    "initializers.IdentityInitializer": {"gain"},
    "layers.InputSpec": {"allow_last_axis_squeeze", "name"},
    "layers.RandomGrayscale": {"seed"},
}
# Without arguments these have nothing to do, or need TensorFlow in Keras.
NEED_ARGUMENTS = {"CategoryEncoding", "Discretization", "InputLayer", "IntegerLookup", "StringLookup", "TextVectorization"}
# The automatic config of a class without get_config; ours has what its arguments say, and none of these for a bare layer.
BARE = {"Layer": {"activity_regularizer", "autocast"}}


def classes() -> list[tuple[str, str]]:
    found = []
    for family in FAMILIES:
        theirs, ours = getattr(real, family), getattr(glassworks, family)
        names = [name for name in dir(theirs) if name[0].isupper() and inspect.isclass(getattr(theirs, name)) and hasattr(ours, name)]
        found += [(family, name) for name in names if not required(getattr(theirs, name))]
    return found


def required(cls: type) -> bool:
    """Whether a class has arguments without a default, or no config at all."""
    parameters = list(inspect.signature(cls.__init__).parameters.values())[1:]
    plain = [one for one in parameters if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)]
    return any(one.default is one.empty for one in plain) or cls.__name__ in {*NEED_ARGUMENTS, "Regularizer"}


def rounded(value: Any) -> Any:
    """A config as JSON has it, with numbers that Keras rounds to float32."""
    text = json.loads(json.dumps(value))
    if isinstance(text, dict):
        return {key: rounded(entry) for key, entry in text.items()}
    if isinstance(text, list):
        return [rounded(entry) for entry in text]
    return float(np.float32(text)) if isinstance(text, float) else text


@pytest.mark.parametrize(("family", "name"), classes())
def test_the_config_of_an_object_is_keras_s(family: str, name: str) -> None:
    ours, theirs = (getattr(getattr(library, family), name)() for library in (glassworks, real))
    for one in (ours, theirs):
        if hasattr(one, "name") and family in ("layers", "metrics", "optimizers"):
            one.name = "it"
    config, expected = rounded(saving.serialize_keras_object(ours)), rounded(real.saving.serialize_keras_object(theirs))
    inner, wanted = config.pop("config"), expected.pop("config")
    assert config == expected
    assert inner.keys() - wanted.keys() == FORGOTTEN.get(f"{family}.{name}", set())
    assert wanted.keys() - inner.keys() == BARE.get(name, set())
    assert {key: inner[key] for key in inner.keys() & wanted.keys()} == {key: wanted[key] for key in inner.keys() & wanted.keys()}
    assert type(saving.deserialize_keras_object({**expected, "config": wanted})) is type(ours)
    assert type(real.saving.deserialize_keras_object({**config, "config": inner})).__name__ == type(theirs).__name__


def test_most_classes_are_compared() -> None:
    assert len(classes()) > 170


@glassworks.saving.register_keras_serializable("objects")
@real.saving.register_keras_serializable("objects")
def doubled_in_saving(x: Any) -> Any:
    return 2 * x


def plain(x: Any) -> Any:
    return x


VALUES: dict[str, Any] = {
    "nothing": lambda k: None,
    "numbers": lambda k: [1, 2.5, True, "text"],
    "a tuple": lambda k: (1, (2, [3])),
    "a dict of tuples": lambda k: {"a": (1, 2), "b": {"c": None}},
    "bytes": lambda k: b"text",
    "a slice": lambda k: slice(1, None, 2),
    "a slice of arrays": lambda k: slice(None, np.array([0, 1]), 1),
    "an ellipsis": lambda k: {"where": ...},
    "an array": lambda k: np.arange(6, dtype="int8").reshape(2, 3),
    "an array of floats": lambda k: [np.ones((2, 1), "float32")],
    "an array without axes": lambda k: np.array(3.0),
    "a number of NumPy": lambda k: (np.float32(0.5), np.int64(3), np.bool_(True)),
    "a tensor": lambda k: k.ops.ones((2, 2)),
    "a registered function": lambda k: {"activation": doubled_in_saving},
    "a function of the user's": lambda k: plain,
    "an activation": lambda k: k.activations.relu,
    "a loss function": lambda k: k.losses.mean_squared_error,
    "an op": lambda k: k.ops.softmax,
    "a symbolic tensor": lambda k: k.KerasTensor((None, 3), dtype="float16"),
    "a schedule": lambda k: k.optimizers.schedules.CosineDecay(0.1, 10),
    "a layer with a regularizer": lambda k: k.layers.Dense(2, kernel_regularizer=k.regularizers.L2(0.5), name="it"),
    "an input spec": lambda k: {"spec": (k.mixed_precision.Policy("mixed_float16"), 1)},
    "a list of objects": lambda k: [k.losses.Hinge(), {"a": k.constraints.NonNeg()}],
}


def same(a: Any, b: Any) -> bool:
    if isinstance(a, glassworks.KerasTensor):
        return (a.shape, a.dtype) == (b.shape, b.dtype)
    if hasattr(a, "__array__"):
        return np.array_equal(np.asarray(a), np.asarray(b))
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    return a == b if isinstance(a, (int, float, str, bytes, type(None), type(...))) else type(a).__name__ == type(b).__name__


def in_order(config: Any) -> str:
    return json.dumps(rounded(config), sort_keys=True)


@pytest.mark.parametrize("name", VALUES)
def test_a_value_is_written_and_read_as_keras_does(name: str) -> None:
    config, expected = saving.serialize_keras_object(VALUES[name](glassworks)), real.saving.serialize_keras_object(VALUES[name](real))
    assert in_order(config) == in_order(expected)
    custom = {"plain": plain}
    ours, theirs = saving.deserialize_keras_object(expected, custom), real.saving.deserialize_keras_object(config, custom)
    assert same(ours, theirs)
    assert in_order(saving.serialize_keras_object(saving.deserialize_keras_object(json.loads(json.dumps(config)), custom))) == in_order(
        json.loads(json.dumps(config))
    )


REFUSED: dict[str, Any] = {
    "a class": lambda k: k.layers.Dense,
    "a set": lambda k: {1, 2},
    "a complex number": lambda k: 1j,
    "a variable": lambda k: k.Variable([1.0]),
    "an object without a config": lambda k: object(),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_keras_cannot_write_is_refused_with_the_reason(name: str) -> None:
    with pytest.raises(TypeError):
        real.saving.serialize_keras_object(REFUSED[name](real))
    with pytest.raises(ArgumentTypeError, match="expected: an object"):
        saving.serialize_keras_object(REFUSED[name](glassworks))


WRONG = {
    "a list as config": {"class_name": "Dense", "config": [1, 2]},
    "a list as function": {"class_name": "function", "config": ["not", "a", "string"]},
    "a built-in by another name": {"class_name": "Dense", "module": "keras.layers", "registered_name": "a>B", "config": {"units": 1}},
    "a command": {"class_name": "Dense", "module": "keras.layers", "registered_name": "subprocess.Popen", "config": {"units": 1}},
    "a function by another name": {"class_name": "function", "module": "builtins", "registered_name": "other", "config": "relu"},
    "an unknown class": {"class_name": "Dence", "module": "keras.layers", "registered_name": None, "config": {}},
    "a function that saves": {"class_name": "function", "module": "keras.saving", "registered_name": "function", "config": "load_model"},
}


@pytest.mark.parametrize("name", WRONG)
def test_a_config_that_keras_refuses_is_refused(name: str) -> None:
    with pytest.raises((TypeError, ValueError)):
        real.saving.deserialize_keras_object(WRONG[name])
    with pytest.raises((ArgumentError, ArgumentTypeError)):
        saving.deserialize_keras_object(WRONG[name])


def test_a_function_is_found_by_the_name_of_keras_3_6_without_its_package() -> None:
    config = {"module": "builtins", "class_name": "function", "config": "doubled_in_saving", "registered_name": "function"}
    assert saving.deserialize_keras_object(config) is real.saving.deserialize_keras_object(config) is doubled_in_saving
    assert saving.deserialize_keras_object(["plain"], {"plain": plain}) == [plain]


def test_lambdas_are_refused_with_the_reason() -> None:
    with pytest.raises(ArgumentError, match="never code"):
        saving.serialize_keras_object({"activation": lambda x: x})
    for safe_mode in (True, False):
        with pytest.raises(ArgumentError, match="arbitrary code execution"):
            saving.deserialize_keras_object({"class_name": "__lambda__", "config": {"value": ["4wEA", None, None]}}, safe_mode=safe_mode)


def test_objects_that_get_config_returns_are_written_too() -> None:
    class Outer(glassworks.layers.Layer):
        def __init__(self, inner: Any = None, activation: Any = None, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.inner, self.activation = saving.deserialize_keras_object(inner), saving.deserialize_keras_object(activation)

        def call(self, x: Any) -> Any:
            return self.activation(self.inner(x))

        def get_config(self) -> dict[str, Any]:
            return {**super().get_config(), "inner": self.inner, "activation": self.activation}

    config = json.loads(json.dumps(saving.serialize_keras_object(Outer(glassworks.layers.Dense(2), doubled_in_saving))))
    assert config["config"]["inner"]["class_name"] == "Dense"
    copy = saving.deserialize_keras_object(config, {"Outer": Outer})
    assert copy(np.ones((1, 3), "float32")).shape == (1, 2) and copy.activation is doubled_in_saving
    model = glassworks.Sequential([glassworks.Input((3,)), copy])
    assert glassworks.models.model_from_json(model.to_json(), {"Outer": Outer}).count_params() == 8


def test_a_get_config_that_returns_no_dict_is_named() -> None:
    class Odd(glassworks.layers.Layer):
        def get_config(self) -> Any:
            return ["units"]

    with pytest.raises(ArgumentTypeError, match=r"Odd\.get_config\(\) returned \['units'\]"):
        saving.serialize_keras_object(Odd())

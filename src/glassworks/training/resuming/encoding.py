"""Plain Python values with arrays in them, as a JSON value and named arrays, and back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from glassworks.errors import ArgumentTypeError
from glassworks.typing import Json

# A dict with this key stands for a value that JSON does not have.
_KIND = "$"


def encode(value: object, arrays: dict[str, np.ndarray], prefix: str) -> Json:
    """A JSON value; arrays in the value are put into `arrays`, under names that begin with `prefix`.

    Args:
        value: None, booleans, numbers, text, bytes, arrays, and lists, tuples and dicts of these.

    Raises:
        ArgumentTypeError: It has something else in it.

    >>> arrays = {}
    >>> encode({"best": float("inf"), "weights": [np.zeros(2)]}, arrays, "state")
    {'best': {'$': 'float', 'value': 'inf'}, 'weights': [{'$': 'array', 'name': 'state/0'}]}
    >>> sorted(arrays)
    ['state/0']
    """
    if value is None or type(value) in (bool, int, str) or (type(value) is float and math.isfinite(value)):
        return value  # type: ignore[return-value]  # one of these
    if type(value) is float:
        return {_KIND: "float", "value": repr(value)}
    if isinstance(value, bytes):
        return {_KIND: "bytes", "value": value.hex()}
    if type(value) is list:
        return [encode(item, arrays, prefix) for item in value]
    if isinstance(value, tuple):
        return {_KIND: "tuple", "items": [encode(item, arrays, prefix) for item in value]}
    if isinstance(value, dict):
        if all(type(key) is str for key in value) and _KIND not in value:
            return {key: encode(item, arrays, prefix) for key, item in value.items()}
        return {_KIND: "dict", "items": [[encode(key, arrays, prefix), encode(item, arrays, prefix)] for key, item in value.items()]}
    array = np.asarray(value)
    if array.dtype.kind in "biuf" or array.dtype.name == "bfloat16":
        name = f"{prefix}/{len(arrays)}"
        arrays[name] = array
        return {_KIND: "scalar" if isinstance(value, np.generic) else "array", "name": name}
    found = f"{value!r:.100} of type {type(value).__name__}"
    expected = "numbers, text, arrays, and lists and dicts of them"
    raise ArgumentTypeError(found, expected, "return such values from get_state()", where="the state of a training run")


def decode(value: Json, arrays: Mapping[str, np.ndarray]) -> Any:
    """The value that `encode` got.

    >>> decode({"$": "tuple", "items": [1, {"$": "float", "value": "nan"}]}, {})
    (1, nan)
    """
    if isinstance(value, list):
        return [decode(item, arrays) for item in value]
    if not isinstance(value, dict):
        return value
    kind = value.get(_KIND)
    if kind is None:
        return {key: decode(item, arrays) for key, item in value.items()}
    if kind == "float":
        return float(value["value"])
    if kind == "bytes":
        return bytes.fromhex(value["value"])
    if kind == "tuple":
        return tuple(decode(item, arrays) for item in value["items"])
    if kind == "dict":
        return {decode(key, arrays): decode(item, arrays) for key, item in value["items"]}
    array = arrays[value["name"]]
    return array[()] if kind == "scalar" else array

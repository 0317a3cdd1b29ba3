"""Values that JSON has no form for, as Keras writes them in configs: arrays, bytes, slices, symbolic tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from glassworks import dtypes
from glassworks.errors import ArgumentError, ArgumentTypeError

Recursive = Callable[[object], Any]


class Form(NamedTuple):
    """How values of one class are written and read.

    Attributes:
        cls: The class.
        encode: Gives the content of the config from a value, and a function that serializes what is within it.
        decode: Gives the value again from the content, and a function that deserializes what is within it.
    """

    cls: type
    encode: Callable[[Any, Recursive], dict[str, Any]]
    decode: Callable[[dict[str, Any], Recursive], Any]


# The `class_name` in a config -> its form. A class is added after those that it is a subclass of.
FORMS: dict[str, Form] = {}


def add_form(name: str, form: Form) -> None:
    """Let `serialize` and `deserialize` handle the values of a class: `graph` adds its tensors here.

    >>> add_form("__complex__", Form(complex, lambda z, _: {"re": z.real}, lambda inner, _: complex(inner["re"])))
    >>> encoded(2j, serialize=None)
    {'class_name': '__complex__', 'config': {'re': 0.0}}
    >>> del FORMS["__complex__"]
    """
    FORMS[name] = form


def encoded(value: object, serialize: Recursive) -> dict[str, Any] | None:
    """The config of a value that has a form here; None for any other."""
    for name, form in reversed(FORMS.items()):
        if isinstance(value, form.cls):
            return {"class_name": name, "config": form.encode(value, serialize)}
    return None


def decoded(name: str, inner: object, deserialize: Recursive) -> object:
    """The value of a config whose `class_name` is in `FORMS`."""
    if not isinstance(inner, dict):
        raise ArgumentTypeError(f"{str(inner)[:100]!r} as the config of {name}", "a dict", "save the model again", where="deserialize")
    return FORMS[name].decode(inner, deserialize)


def array_of(inner: dict[str, Any]) -> np.ndarray:
    """The array that `__numpy__` and `__tensor__` describe.

    >>> array_of({"value": [1, 2], "dtype": "int8"})
    array([1, 2], dtype=int8)
    """
    name = inner["dtype"]
    if isinstance(name, str) and name in dtypes.ALL:
        return np.array(inner["value"], dtype=dtypes.numpy_dtype(name))
    raise ArgumentError(f"an array of dtype {name!r} in a config", "a dtype of numbers", "save the model again", where="deserialize")


def array_config(array: np.ndarray) -> dict[str, Any]:
    """The numbers and the dtype of an array.

    >>> array_config(np.ones(2, "float32"))
    {'value': [1.0, 1.0], 'dtype': 'float32'}
    """
    return {"value": array.tolist(), "dtype": array.dtype.name}


def _encode_bytes(value: bytes, _: Recursive) -> dict[str, Any]:
    try:
        return {"value": value.decode()}
    except UnicodeDecodeError as error:
        fix = "encode it as text, for example with base64"
        raise ArgumentError(f"bytes that are not UTF-8: {error.reason}", "text in UTF-8", fix, where="serialize") from None


def _encode_slice(value: slice, serialize: Recursive) -> dict[str, Any]:
    return {name: serialize(getattr(value, name)) for name in ("start", "stop", "step")}


def _decode_slice(inner: dict[str, Any], deserialize: Recursive) -> slice:
    return slice(*(deserialize(inner[name]) for name in ("start", "stop", "step")))


add_form("__numpy__", Form(np.ndarray, lambda value, _: array_config(value), lambda inner, _: array_of(inner)))
add_form("__bytes__", Form(bytes, _encode_bytes, lambda inner, _: inner["value"].encode()))
add_form("__slice__", Form(slice, _encode_slice, _decode_slice))
add_form("__ellipsis__", Form(type(Ellipsis), lambda value, _: {}, lambda inner, _: Ellipsis))

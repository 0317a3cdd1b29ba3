"""Any object as a config, and back."""

from __future__ import annotations

from typing import Any

from glassworks import registry, settings
from glassworks.arguments import Instance, check
from glassworks.errors import ArgumentTypeError


def serialize_keras_object(obj: object) -> Any:
    """A JSON-ready config of an object, in Keras's format: its class by name, and what its `get_config` gives.

    Args:
        obj: A layer, optimizer, loss ..., a registered function, an array, plain values, or a structure of these.

    Raises:
        ArgumentTypeError: It has no `get_config`.

    >>> from glassworks import layers, saving
    >>> saving.serialize_keras_object(layers.Dense(2))["class_name"]
    'Dense'
    """
    return registry.serialize(obj)


def deserialize_keras_object(config: object, custom_objects: dict[str, Any] | None = None, safe_mode: bool = True, **kwargs: Any) -> Any:
    """The object of a config. Only registered classes are built.

    Args:
        config: What `serialize_keras_object` gave, or Keras wrote.
        custom_objects: Further classes and functions by name.
        safe_mode: Whether to refuse Python code in a config, such as that of a Lambda layer. Only switch it off for
            configs whose source you trust.

    Raises:
        ArgumentError: A class is not known.

    >>> from glassworks import layers, saving
    >>> saving.deserialize_keras_object(saving.serialize_keras_object(layers.Dense(2))).units
    2
    """
    where = "saving.deserialize_keras_object"
    check(where, {"safe_mode": Instance((bool, type(None)), "True or False")}, safe_mode=safe_mode)
    kwargs.pop("module_objects", None)  # of Keras 2
    for wrong in kwargs:
        raise ArgumentTypeError(f"argument {wrong!r}", "config, custom_objects or safe_mode", where=where)
    with settings.deserializing_code(allowed=safe_mode is False):
        return registry.deserialize(config, custom_objects)

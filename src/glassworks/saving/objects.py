"""Any object as a config, and back."""

from __future__ import annotations

from typing import Any

from glassworks import registry
from glassworks.arguments import Instance, check
from glassworks.custom_objects import find_custom
from glassworks.errors import ArgumentTypeError
from glassworks.graph.deferral import bounded
from glassworks.saving.boundary import errors_of_config, fill_registries


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
        safe_mode: Accepted as in Keras; code in a config never runs. The function of a Lambda layer without a name is passed
            in `custom_objects` under the name of the layer.

    Raises:
        ArgumentError: A class is not known, or the config is damaged.
        MemoryShortageError: It asks for more memory than a config may.

    >>> from glassworks import layers, saving
    >>> saving.deserialize_keras_object(saving.serialize_keras_object(layers.Dense(2))).units
    2
    """
    where = "saving.deserialize_keras_object"
    check(where, {"safe_mode": Instance((bool, type(None)), "True or False")}, safe_mode=safe_mode)
    kwargs.pop("module_objects", None)  # of Keras 2
    for wrong in kwargs:
        raise ArgumentTypeError(f"argument {wrong!r}", "config, custom_objects or safe_mode", where=where)
    fill_registries()
    with errors_of_config(where), bounded(), registry.custom_object_scope(custom_objects):
        return registry.deserialize(_named(config))


def _named(config: object) -> object:
    """The config, in which the name of one of the caller's objects is that object: old files name functions so."""
    if isinstance(config, (list, tuple)):
        return [_named(entry) for entry in config]
    custom = find_custom(config) if isinstance(config, str) else None
    return config if custom is None else custom

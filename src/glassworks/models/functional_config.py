"""The config of a Functional model: layers, and for each the calls that connect it, in Keras's format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from glassworks import ops, registry, tree
from glassworks.errors import ArgumentError
from glassworks.graph import Call, KerasTensor
from glassworks.layers.base import Layer
from glassworks.layers.input import InputLayer
from glassworks.names import unique_name

if TYPE_CHECKING:
    from glassworks.models.model import Model


def to_config(model: Model) -> dict[str, Any]:
    """The config of a model."""
    places, entries = _entries(model)

    def place(tensor: KerasTensor) -> list[Any]:
        return list(places[tensor])

    return {
        "name": model.name,
        "trainable": model.trainable,
        "layers": entries,
        "input_layers": _map(place, model.input),
        "output_layers": _map(place, model.output),
    }


def _entries(model: Any) -> tuple[dict[KerasTensor, tuple[str, int, int]], list[dict[str, Any]]]:
    """The source of each tensor (layer name, call number, output number), and the config of every layer."""
    places: dict[KerasTensor, tuple[str, int, int]] = {}
    by_layer: dict[int, dict[str, Any]] = {}
    for tensor in model.inputs:
        layer = (
            tensor.call.operation if tensor.call is not None else InputLayer(batch_shape=tensor.shape, dtype=tensor.dtype, name=tensor.name)
        )
        places[tensor] = (layer.name, 0, 0)
        by_layer[id(layer)] = {**registry.serialize(layer), "name": layer.name, "inbound_nodes": []}
    names = {entry["name"] for entry in by_layer.values()}
    for call in model.calls:
        operation = call.operation
        if isinstance(operation, Layer):
            key, name = id(operation), operation.name
            entry = by_layer.setdefault(key, {**registry.serialize(operation), "name": name, "inbound_nodes": []})
        else:
            # An op called on symbolic tensors is saved by its name.
            key, name = id(call), call.name
            while name in names:  # they were reset in between
                name = unique_name(operation.__name__)
            entry = by_layer[key] = {
                "module": "keras.ops",
                "class_name": "function",
                "config": operation.__name__,
                "registered_name": "function",
                "name": name,
                "inbound_nodes": [],
            }
        names.add(name)
        for index, tensor in enumerate(tree.flatten(call.outputs)):
            places[tensor] = (name, len(entry["inbound_nodes"]), index)
        entry["inbound_nodes"].append(_call_config(call, places))
    return places, list(by_layer.values())


def _call_config(call: Call, places: dict[KerasTensor, tuple[str, int, int]]) -> dict[str, Any]:
    def encode(structure: object) -> Any:
        if isinstance(structure, KerasTensor):
            config = {"shape": list(structure.shape), "dtype": structure.dtype, "keras_history": list(places[structure])}
            return {"class_name": "__keras_tensor__", "config": config}
        if isinstance(structure, (list, dict)):
            return _map(encode, structure)
        if isinstance(structure, tuple):
            return {"class_name": "__tuple__", "config": {"value": [encode(entry) for entry in structure]}}
        return registry.serialize(structure)

    return {"args": [encode(argument) for argument in call.args], "kwargs": {key: encode(value) for key, value in call.kwargs.items()}}


def from_config(cls: Any, config: dict[str, Any]) -> Any:
    """A model from its config: first the layers, then each call as soon as its inputs exist."""
    operations = {entry["name"]: _operation(entry) for entry in config["layers"]}
    tensors: dict[tuple[str, int], list[KerasTensor]] = {}
    waiting: list[tuple[str, int, dict]] = []
    for entry in config["layers"]:
        if isinstance(operations[entry["name"]], InputLayer):
            tensors[entry["name"], 0] = [operations[entry["name"]].output]
        waiting += [(entry["name"], index, node) for index, node in enumerate(entry["inbound_nodes"])]
    while waiting:
        ready = [item for item in waiting if _is_ready(item[2], tensors)]
        if not ready:
            raise ArgumentError(
                f"calls of {sorted({name for name, _, _ in waiting})} whose inputs never come",
                "a graph without cycles",
                "the config is damaged",
                where=f"{cls.__name__}.from_config",
            )
        for name, index, node in ready:
            args, kwargs = _decode(node["args"], tensors), _decode(node["kwargs"], tensors)
            tensors[name, index] = tree.flatten(operations[name](*args, **kwargs))
        waiting = [item for item in waiting if all(item is not done for done in ready)]

    def tensor_at(place: Any) -> KerasTensor:
        return tensors[place[0], place[1]][place[2]]

    model = cls(_map_places(tensor_at, config["input_layers"]), _map_places(tensor_at, config["output_layers"]), name=config.get("name"))
    model.trainable = config.get("trainable", True) if config.get("trainable") is False else model.trainable
    return model


def _operation(entry: dict[str, Any]) -> Any:
    if entry.get("class_name") == "function" and entry.get("module") == "keras.ops":
        function = getattr(ops, str(entry["config"]), None)
        if function is None:
            raise ArgumentError(
                f"op {entry['config']!r}", "an op of glassworks.ops", "the config is damaged or from a newer version", where="from_config"
            )
        return function
    return registry.deserialize({key: value for key, value in entry.items() if key not in ("name", "inbound_nodes")}, kind="layers")


def _is_ready(node: dict[str, Any], tensors: dict) -> bool:
    return all((place[0], place[1]) in tensors for place in _places_in(node))


def _places_in(structure: object) -> list[Any]:
    if isinstance(structure, dict):
        if structure.get("class_name") == "__keras_tensor__":
            return [structure["config"]["keras_history"]]
        return [place for child in structure.values() for place in _places_in(child)]
    if isinstance(structure, (list, tuple)):
        return [place for child in structure for place in _places_in(child)]
    return []


def _decode(structure: object, tensors: dict) -> Any:
    if isinstance(structure, dict):
        if structure.get("class_name") == "__keras_tensor__":
            name, index, output = structure["config"]["keras_history"]
            return tensors[name, index][output]
        if structure.get("class_name") == "__tuple__":
            return tuple(_decode(entry, tensors) for entry in structure["config"]["value"])
        if "class_name" in structure:
            return registry.deserialize(structure)
        return {key: _decode(value, tensors) for key, value in structure.items()}
    if isinstance(structure, (list, tuple)):
        return [_decode(entry, tensors) for entry in structure]
    return structure


def _map(function: Any, structure: object) -> Any:
    if isinstance(structure, dict):
        return {key: _map(function, value) for key, value in structure.items()}
    if isinstance(structure, (list, tuple)):
        return [_map(function, value) for value in structure]
    return function(structure)


def _map_places(function: Any, structure: Any) -> Any:
    if isinstance(structure, dict):
        return {key: _map_places(function, value) for key, value in structure.items()}
    if len(structure) == 3 and isinstance(structure[0], str):
        return function(structure)
    return [_map_places(function, value) for value in structure]

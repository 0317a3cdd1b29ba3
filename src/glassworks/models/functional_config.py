"""The config of a Functional model: layers, and for each the calls that connect it, in Keras's format."""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from glassworks import registry, tree
from glassworks.errors import ArgumentError
from glassworks.graph import KerasTensor
from glassworks.graph.symbolic import has_keras_tensor
from glassworks.layers.base import Layer
from glassworks.layers.identity import Masking
from glassworks.layers.input import InputLayer
from glassworks.models.keras_operations import from_entry, to_entry
from glassworks.names import unique_name
from glassworks.typing import Json

if TYPE_CHECKING:
    from glassworks.models.functional import Functional


def to_config(model: Functional) -> dict[str, Any]:
    """The config of a model."""
    places, entries = _entries(model)

    def place(tensor: KerasTensor) -> list[Any]:
        return list(places[tensor])

    def output_place(tensor: KerasTensor) -> list[Any]:
        name, number, index = places[tensor]
        return [name, number + first_number(tensor.call and tensor.call.operation), index]

    return {
        "name": model.name,
        "trainable": model.trainable,
        "layers": entries,
        "input_layers": _map(place, model.input),
        "output_layers": _map(output_place, model.output),
    }


# For ops in models with masks: Keras computes these by ops, too, and names them before it reads the names in the config.
_SUFFIX = "_op"


def first_number(operation: object) -> int:
    """The number of the first call of a layer among the outputs of a model. Keras counts from 1 there if the layer is a Functional model."""
    return getattr(operation, "_first_number_of_outputs", 0)


def _entries(model: Functional) -> tuple[dict[KerasTensor, tuple[str, int, int]], list[dict[str, Any]]]:
    """The source of each tensor (layer name, call number, output number), and the config of every layer."""
    places: dict[KerasTensor, tuple[str, int, int]] = {}
    by_layer: dict[int, dict[str, Any]] = {}
    for tensor in model.inputs:
        operation = tensor.call.operation if tensor.call is not None else None
        # A model may start at the result of a layer; in the config it has an input of its own there.
        inputs: dict[str, Any] = {"batch_shape": tensor.shape, "dtype": tensor.dtype, "name": tensor.name}
        layer = operation if isinstance(operation, InputLayer) else InputLayer(**inputs)
        places[tensor] = (layer.name, 0, 0)
        by_layer[id(layer)] = _entry(layer)
    names = {entry["name"] for entry in by_layer.values()}
    makes_masks = any(isinstance(call.operation, Masking) or getattr(call.operation, "mask_zero", False) for call in model.calls)
    for call in model.calls:
        operation, args, kwargs = call.operation, list(call.args), call.kwargs
        if isinstance(operation, Layer):
            key, name = id(operation), operation.name
            entry = by_layer.get(key) or by_layer.setdefault(key, _entry(operation))
        else:
            key, name = id(call), f"{call.name.removesuffix(_SUFFIX)}{_SUFFIX}" if makes_masks else call.name
            while name in names:  # they were reset in between
                name = unique_name(operation.__name__)
            described, args, kwargs = to_entry(call, name)
            entry = by_layer[key] = {**described, "name": name, "inbound_nodes": []}
        names.add(name)
        for index, tensor in enumerate(tree.flatten(call.outputs)):
            places[tensor] = (name, len(entry["inbound_nodes"]), index)
        entry["inbound_nodes"].append(_call_config(args, kwargs, places))
    return places, list(by_layer.values())


def _entry(layer: Layer) -> dict[str, Any]:
    """The config of a layer, with its name and a list for its calls: the same dict, since it is marked if the layer occurs again elsewhere."""
    entry = registry.serialize(layer)
    entry.update(name=layer.name, inbound_nodes=[])
    return entry


def _call_config(args: list[Any], kwargs: dict[str, Any], places: dict[KerasTensor, tuple[str, int, int]]) -> dict[str, Any]:
    def encode(structure: object) -> Json:
        if isinstance(structure, KerasTensor):
            config = {"shape": list(structure.shape), "dtype": structure.dtype, "keras_history": list(places[structure])}
            return {"class_name": "__keras_tensor__", "config": config}
        # Keras has no form for tuples; its layers and ops take lists in their place.
        return _map(encode, structure) if isinstance(structure, (list, tuple, dict)) else registry.serialize(structure)

    return {"args": encode(args), "kwargs": encode(kwargs)}


def from_config(cls: Any, config: dict[str, Any]) -> Any:
    """A model from its config: first the layers, then each call as soon as its inputs exist."""
    operations: dict[str, Any] = {}
    for entry in config["layers"]:
        operations[entry["name"]] = from_entry(entry) or _layer(entry)
    if len(operations) < len(config["layers"]):
        raise ArgumentError("two layers of the same name in a config", "a name for each", "the config is damaged", where="from_config")
    tensors = _repeat_calls(config["layers"], operations, cls.__name__)

    def tensor_at(place: list[Any]) -> KerasTensor:
        return _tensor(place, tensors)

    def output_at(place: list[Any]) -> KerasTensor:
        _place(place)
        return tensor_at([place[0], max(0, place[1] - first_number(operations.get(place[0]))), place[2]])

    inputs, outputs = _map_places(tensor_at, config["input_layers"]), _map_places(output_at, config["output_layers"])
    model = cls(inputs, outputs, name=config.get("name"))
    if config.get("trainable") is False:  # True says nothing about the layers, each of which has its own
        model.trainable = False
    return model


def _repeat_calls(entries: list[dict[str, Any]], operations: dict[str, Any], where: str) -> dict[tuple[str, int], list[KerasTensor]]:
    """The results of all calls in a config, by the name of the layer and the number of the call."""
    tensors: dict[tuple[str, int], list[KerasTensor]] = {}
    missing: dict[tuple[str, int], int] = {}  # how many inputs of a call do not exist yet
    users: dict[tuple[str, int], list[tuple[str, int]]] = {}
    nodes = {(entry["name"], number): node for entry in entries for number, node in enumerate(entry["inbound_nodes"])}
    ready: deque[tuple[str, int]] = deque()
    for key, node in nodes.items():
        sources = {(place[0], place[1]) for place in _places_in(node)}
        missing[key] = len(sources)
        for source in sources:
            users.setdefault(source, []).append(key)
        if not sources:
            ready.append(key)
    for entry in entries:
        if isinstance(operations[entry["name"]], InputLayer):
            key = entry["name"], 0
            tensors[key] = [operations[entry["name"]].output]
            ready.extend(_released(users.get(key, []), missing))
    while ready:
        key = ready.popleft()
        operation, node = operations[key[0]], nodes[key]
        args, kwargs = _decode(node["args"], tensors), _without_default_training(operation, _decode(node["kwargs"], tensors))
        if not has_keras_tensor(tuple(args), kwargs):
            found = f"a call of {key[0][:80]!r} without a tensor"
            raise ArgumentError(found, "a result of another call", "the config is damaged", where=f"{where}.from_config")
        tensors[key] = tree.flatten(operation(*args, **kwargs))
        if not isinstance(operation, Layer):
            _rename(tensors[key], key[0])
        ready.extend(_released(users.get(key, []), missing))
    if any(missing.values()):
        found = f"calls of {sorted({name for (name, _), count in missing.items() if count})[:20]} whose inputs never come"
        raise ArgumentError(found, "a graph without cycles", "the config is damaged", where=f"{where}.from_config")
    return tensors


def _released(users: list[tuple[str, int]], missing: dict[tuple[str, int], int]) -> list[tuple[str, int]]:
    """Count down the inputs that the users of a result miss; return the users that miss none any more."""
    for user in users:
        missing[user] -= 1
    return [user for user in users if not missing[user]]


def _rename(results: list[Any], name: str) -> None:
    """Give the call of an op the name that it had."""
    for tensor in results:
        if isinstance(tensor, KerasTensor) and tensor.call is not None and not isinstance(tensor.call.operation, Layer):
            tensor.call.name = name


def _without_default_training(operation: object, kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a call without `training` where that is the layer's default: Keras writes it even if the caller did not give it."""
    if isinstance(operation, Layer) and "training" in kwargs:
        parameter = inspect.signature(type(operation).call).parameters.get("training")
        default = parameter is not None and parameter.default is True
        if kwargs["training"] is None or kwargs["training"] is default:
            return {name: value for name, value in kwargs.items() if name != "training"}
    return kwargs


def _layer(entry: dict[str, Any]) -> Any:
    return registry.deserialize({key: value for key, value in entry.items() if key not in ("name", "inbound_nodes")}, kind="layers")


def _places_in(structure: object) -> list[Any]:
    if isinstance(structure, dict):
        if structure.get("class_name") == "__keras_tensor__":
            return [_place(structure["config"]["keras_history"])]
        return [place for child in structure.values() for place in _places_in(child)]
    if isinstance(structure, (list, tuple)):
        return [place for child in structure for place in _places_in(child)]
    return []


def _place(place: object) -> tuple[str, int, int]:
    """The place of a tensor: a layer's name, the number of its call and that of the output."""
    if not (
        isinstance(place, (list, tuple)) and len(place) == 3 and isinstance(place[0], str) and all(_is_index(one) for one in place[1:])
    ):
        raise ArgumentError(
            f"the place {str(place)[:80]} of a tensor", "[layer, call, output]", "the config is damaged", where="from_config"
        )
    return place[0], place[1], place[2]


def _is_index(value: object) -> bool:
    return type(value) is int and value >= 0


def _tensor(place: object, tensors: dict[tuple[str, int], list[KerasTensor]]) -> KerasTensor:
    name, call, output = _place(place)
    found = tensors.get((name, call), [])
    if output >= len(found):
        raise ArgumentError(
            f"output {output} of call {call} of {name[:80]!r}", "an output that there is", "the config is damaged", where="from_config"
        )
    return found[output]


def _decode(structure: object, tensors: dict) -> Any:
    if isinstance(structure, dict):
        if structure.get("class_name") == "__keras_tensor__":
            return _tensor(structure["config"]["keras_history"], tensors)
        if structure.get("class_name") == "__tuple__":
            return tuple(_decode(entry, tensors) for entry in structure["config"]["value"])
        if "class_name" in structure:
            return registry.deserialize(structure, kind="values")
        return {key: _decode(value, tensors) for key, value in structure.items()}
    if isinstance(structure, (list, tuple)):
        return [_decode(entry, tensors) for entry in structure]
    return structure


def _map(function: Callable[[Any], object], structure: object) -> Any:
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

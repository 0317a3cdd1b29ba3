"""Graphs of Keras 1 and 2 in the form of Keras 3: calls as lists of places, and TensorFlow's functions as layers."""

from __future__ import annotations

from typing import Any, TypeGuard

from glassworks.errors import ArgumentError
from glassworks.saving.tensorflow_names import CONSTANTS, FUNCTIONS, NODES
from glassworks.typing import Json

Config = dict[str, Any]

TENSORFLOW_LAYERS = ("TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer", "ClassMethod", "InstanceMethod", "InstanceProperty")
# Layers that Keras 2 calls with their initial states in the list of inputs.
_RECURRENT = ("RNN", "LSTM", "GRU", "SimpleRNN", "Bidirectional", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")


def is_model(entry: Config) -> bool:
    """Whether the config of a layer is one of a Functional model, by whatever name its class has."""
    inner = entry.get("config")
    return isinstance(inner, dict) and isinstance(inner.get("layers"), list) and "input_layers" in inner and "output_layers" in inner


def functional(inner: Config) -> Config:
    """The config of a Functional model, whose layers have been converted but for their calls.

    Models within it have a first call that no file mentions, so their numbers start at 1 in Keras 2.
    """
    calls = _Calls({entry["name"]: entry for entry in inner["layers"]})
    return {
        **inner,
        "layers": [calls.layer(entry) for entry in inner["layers"]],
        "input_layers": _unpacked(calls.places(inner["input_layers"])),
        "output_layers": _unpacked(calls.places(inner["output_layers"], is_output=True)),
    }


def _unpacked(places: Json) -> Json:
    """One input or output is not in a list: Keras 2 does not say which it was, and took and gave one array."""
    return places[0] if isinstance(places, list) and len(places) == 1 else places


class _Calls:
    """The calls of the layers of one model.

    Args:
        entries: The configs of the layers by name.
    """

    def __init__(self, entries: dict[str, Config]) -> None:
        self.entries = entries
        self.numbers_from_1 = {name for name, entry in entries.items() if is_model(entry) or _has_input(entry)}

    def layer(self, entry: Config) -> Config:
        """The config of a layer with its calls."""
        nodes = entry.get("inbound_nodes") or []
        if entry.get("class_name") in TENSORFLOW_LAYERS:
            return self._function(entry, nodes)
        return {**entry, "inbound_nodes": [node if _is_new(node) else self._call(entry, node) for node in nodes]}

    # ---- places

    def places(self, structure: Json, is_output: bool = False) -> list[Any] | dict[str, Any]:
        """Inputs or outputs of the model, in their structure."""
        if self._is_place(structure):
            name, number, index = structure[:3]
            keep = is_output and is_model(self.entries[name])  # Keras 3 counts so, too
            return [name, number - (name in self.numbers_from_1 and not keep), index]
        if isinstance(structure, dict):
            return {key: self.places(item, is_output) for key, item in structure.items()}
        if isinstance(structure, list):
            return [self.places(item, is_output) for item in structure]
        raise _damaged("an input or output that names no layer")

    def _is_place(self, value: object) -> TypeGuard[list[Any]]:
        return (
            isinstance(value, list)
            and len(value) in (3, 4)
            and isinstance(value[0], str)
            and value[0] in self.entries
            and isinstance(value[1], int)
            and isinstance(value[2], int)
        )

    def _argument(self, value: Json) -> Json:
        """An argument of a call, in which places stand for tensors."""
        if self._is_place(value):
            name, number, index = self.places(value)
            return {"class_name": "__keras_tensor__", "config": {"shape": None, "dtype": None, "keras_history": [name, number, index]}}
        if isinstance(value, list) and len(value) in (3, 4) and value[0] == "_CONSTANT_VALUE":
            return value[2]
        if isinstance(value, list):
            return [self._argument(item) for item in value]
        if isinstance(value, dict) and value.get("class_name") == "__tuple__" and "items" in value:
            return [self._argument(item) for item in value["items"]]
        if isinstance(value, dict):
            return {key: self._argument(item) for key, item in value.items()}
        return value

    def _keywords(self, node: Json) -> Config:
        """The keyword arguments, which stand behind each place of a call."""
        if isinstance(node, list) and node and isinstance(node[0], str):
            found = node[3] if len(node) > 3 else {}
            return {key: self._argument(value) for key, value in found.items()} if isinstance(found, dict) else {}
        children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        return next((found for child in children if (found := self._keywords(child))), {})

    # ---- calls

    def _call(self, entry: Config, node: Json) -> Config:
        """A call of a layer."""
        first, keywords = self._argument(node), self._keywords(node)
        if isinstance(first, list) and len(first) == 1:
            first = first[0]
        if entry.get("class_name") in _RECURRENT and isinstance(first, list):
            first, keywords = first[0], {**keywords, "initial_state": first[1:]}
        keywords = {key: value for key, value in keywords.items() if value is not None}
        return {"args": [first], "kwargs": keywords}

    def _function(self, entry: Config, nodes: list[Any]) -> Config:
        """A layer that stands for a function of TensorFlow."""
        inner, name = entry.get("config") or {}, entry.get("name")
        if entry["class_name"] == "TensorFlowOpLayer":
            function, calls = self._node(inner, nodes)
        else:
            function = str(inner.get("function"))
            if function not in FUNCTIONS:
                raise _unknown(f"TensorFlow's function {function!r} (layer {name!r})")
            function, calls = FUNCTIONS[function][0], [self._function_call(function, node) for node in nodes]
        return {"module": "keras.ops", "class_name": "function", "config": function, "name": name, "inbound_nodes": calls}

    def _function_call(self, function: str, node: Json) -> Config:
        op, names = FUNCTIONS[function]
        first = self._argument(node)
        keywords = {key: value for key, value in self._keywords(node).items() if key != "name"}
        args, kwargs = [first], {}
        for key, value in keywords.items():
            if key in names:
                kwargs[names[key]] = value
            elif value is not None and value is not False:
                raise _unknown(f"argument {key!r} of TensorFlow's {function!r}")
        if op == "get_item":
            kwargs = {"key": _slices(kwargs.get("key"))}
        return {"args": args, "kwargs": kwargs}

    def _node(self, inner: Config, nodes: list[Any]) -> tuple[str, list[Config]]:
        """An operation of TensorFlow's graph, as files of TensorFlow 2.0 to 2.3 have it."""
        found, constants = inner.get("node_def"), inner.get("constants") or {}
        definition: Config = found if isinstance(found, dict) else {}
        kind = definition.get("op")
        if kind not in NODES:
            raise _unknown(f"TensorFlow's operation {kind!r}")
        op, names = NODES[kind]
        calls = []
        for node in nodes:
            given = self._argument(node)
            args = list(given) if isinstance(given, list) else [given]
            for place in sorted(constants, key=int):
                args.insert(int(place), constants[place])
            attributes = definition.get("attr") or {}
            flags = {key: bool((attributes.get(flag) or {}).get("b")) for flag, key in CONSTANTS.get(kind, {}).items()}
            calls.append({"args": args[: len(names)] if names else args, "kwargs": flags})
        return op, calls


def _has_input(entry: Config) -> bool:
    """Whether a layer is a Sequential model that knows the shape of its input: such a model has a first call, too."""
    inner = entry.get("config")
    layers = inner.get("layers") if entry.get("class_name") == "Sequential" and isinstance(inner, dict) else None
    return bool(isinstance(layers, list) and layers and isinstance(layers[0], dict) and layers[0].get("class_name") == "InputLayer")


def _is_new(node: object) -> bool:
    return isinstance(node, dict) and node.keys() >= {"args", "kwargs"}


def _slices(spec: Json) -> Json:
    """The key of `x[key]` in the form of Keras 3."""

    def item(part: Json) -> Json:
        if isinstance(part, dict) and part.keys() == {"start", "stop", "step"}:
            return {"class_name": "__slice__", "config": part}
        if isinstance(part, dict) and part.get("class_name") in ("__ellipsis__", "EllipsisType"):
            return {"class_name": "__ellipsis__", "config": {}}
        return part

    return {"class_name": "__tuple__", "config": {"value": [item(part) for part in spec]}} if isinstance(spec, list) else item(spec)


def _damaged(found: str) -> ArgumentError:
    return ArgumentError(found, "the config of a model of Keras 2", "the file is damaged or was changed", where="legacy config")


def _unknown(what: str) -> ArgumentError:
    return ArgumentError(
        what,
        "layers, operators, and functions with a counterpart in ops",
        "build the model with ops or a layer in its place, and call model.load_weights(path)",
        where="legacy config",
    )

"""Configs of Keras 1 and 2 in the form of Keras 3: layers by their old names and arguments, and the arguments of `compile`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from glassworks import ops, registry
from glassworks.custom_objects import register_of_library
from glassworks.errors import ArgumentError
from glassworks.saving import legacy_graph
from glassworks.saving.legacy_graph import is_model
from glassworks.typing import ArrayLike, Json, Tensor

Config = dict[str, Any]

# Classes with other names today.
_RENAMED = {
    "Model": "Functional",
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "SyncBatchNormalization": "BatchNormalization",
    "CuDNNLSTM": "LSTM",
    "CuDNNGRU": "GRU",
    "LSTMV2": "LSTM",
    "GRUV2": "GRU",
    "LSTMV1": "LSTM",
    "GRUV1": "GRU",
    "ThresholdedReLU": "ReLU",
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "Convolution3D": "Conv3D",
}
# Arguments that no longer exist and change nothing, whatever their value.
_WITHOUT_EFFECT = {
    "batch_input_shape",
    "input_length",
    "implementation",
    "fused",
    "renorm_clipping",
    "renorm_momentum",
    "query_shape",
    "key_shape",
    "value_shape",
    "autocast",
    "experimental_autocast",
    "dynamic",
    "function_type",
    "output_shape_type",
    "output_shape_module",
    "num_constants",
    "trainable",  # of layers without weights
}
# Arguments that no longer exist, and the only values that mean what is computed today.
_ONLY = {"groups": (1,), "time_major": (False,), "sparse": (False,), "ragged": (False,), "renorm": (False,), "causal": (False,)}


@register_of_library("keras_2")
def hard_sigmoid(x: ArrayLike) -> Tensor:
    """What Keras 1 and 2 called hard sigmoid, `clip(0.2 * x + 0.5, 0, 1)`: models in their files compute with it.

    >>> hard_sigmoid([-3.0, 0.0, 1.0]).numpy()
    array([0. , 0.5, 0.7], dtype=float32)
    """
    return ops.clip(0.2 * ops.convert_to_tensor(x) + 0.5, 0.0, 1.0)


def model_config(config: Config) -> Config:
    """The config of a model of Keras 1 or 2 in the form of Keras 3.

    >>> model_config({"class_name": "Sequential", "config": [{"class_name": "Dense", "config": {"units": 1, "batch_input_shape": [None, 2]}}]})
    ... # doctest: +ELLIPSIS
    {'class_name': 'Sequential', 'config': {'name': None, 'layers': [{'class_name': 'InputLayer', ...
    """
    return _layer(config)


def _layer(entry: Config) -> Config:
    """The config of a layer; the place of it in a Functional model is left to its caller."""
    name, inner = entry.get("class_name"), entry.get("config")
    if not isinstance(name, str) or not isinstance(inner, (dict, list)):
        raise ArgumentError(f"a layer of class_name {name!r}", "a name and a config", "the file is damaged", where="legacy config")
    if name == "Sequential":
        inner = _sequential(inner)
    elif is_model(entry):
        assert isinstance(inner, dict)  # `is_model`
        inner = legacy_graph.functional({**inner, "layers": [_with_place(item) for item in inner["layers"]]})
    elif isinstance(inner, list):
        raise ArgumentError(f"layer {name!r} with a list as config", "a dict", "the file is damaged", where="legacy config")
    else:
        return _plain_layer(entry, name, dict(inner))
    return {**entry, "class_name": "Sequential" if name == "Sequential" else _RENAMED.get(name, name), "config": inner}


def _with_place(entry: object) -> Config:
    if not isinstance(entry, dict):
        raise ArgumentError("a layer that is not an object", "class_name and config", "the file is damaged", where="legacy config")
    name = entry.get("name") or (entry.get("config") or {}).get("name")
    if entry.get("class_name") in legacy_graph.TENSORFLOW_LAYERS:
        return {**entry, "name": name}
    return {**_layer(entry), "name": name}


def _sequential(inner: Config | list) -> Config:
    """The config of a Sequential model, which before 2.2.3 was the list of its layers, and before 2.3 had no input layer."""
    inner = {"name": None, "layers": inner} if isinstance(inner, list) else dict(inner)
    layers = inner.get("layers")
    if not isinstance(layers, list) or not all(isinstance(item, dict) and isinstance(item.get("config"), (dict, list)) for item in layers):
        raise ArgumentError("a Sequential model without layers", "a list of layers", "the file is damaged", where="legacy config")
    inner["layers"] = [_layer(item) for item in layers]
    first = layers[0]["config"] if layers else {}
    if layers and layers[0].get("class_name") != "InputLayer" and isinstance(first, dict) and first.get("batch_input_shape"):
        dtype = "float32" if layers[0]["class_name"] != "Embedding" else "int32"
        config = {"batch_shape": first["batch_input_shape"], "dtype": dtype, "name": f"{first.get('name', 'layer')}_input"}
        inner["layers"].insert(0, {"class_name": "InputLayer", "config": config})
    return inner


def _plain_layer(entry: Config, name: str, inner: Config) -> Config:
    if name == "InputLayer" and "batch_input_shape" in inner:
        inner["batch_shape"] = inner.pop("batch_input_shape")
    known = registry.registry("layers").objects
    if registry.get_registered_object(name) is not None or ">" in str(entry.get("registered_name")) or ">" in name:
        inner.pop("batch_input_shape", None)  # the caller's class
        return {**entry, "config": inner}
    inner = _old_arguments(name, {key: _value(value) for key, value in inner.items()})
    name = _RENAMED.get(name, name)
    if name in known:
        inner = _only_known(known[name], name, inner)
    return {
        "class_name": name,
        "config": inner,
        **{key: entry[key] for key in ("name", "inbound_nodes", "shared_object_id") if key in entry},
    }


def _value(value: Json) -> Json:
    """The value of an argument, in which layers, initializers and arrays may be nested."""
    if isinstance(value, list):
        return [_value(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("type") == "ndarray":
        return value.get("value")
    name, inner = value.get("class_name"), value.get("config")
    if name is None:
        return {key: _value(item) for key, item in value.items()}
    if name in ("Policy", "PolicyV1") and isinstance(inner, dict):
        return inner.get("name")
    if name == "__tuple__" and "items" in value:  # of TensorFlow's files
        return [_value(item) for item in value["items"]]
    if name in registry.registry("layers").objects or name in _RENAMED:
        return _layer(value)
    if isinstance(inner, dict) and name in registry.registry("initializers").names():
        return {**value, "config": {key: item for key, item in inner.items() if key != "dtype"}}
    return value


def _old_arguments(name: str, inner: Config) -> Config:
    """Arguments by the names and with the meaning of today."""
    if name.startswith("CuDNN"):
        inner |= {"activation": "tanh", "recurrent_activation": "sigmoid"} | ({"reset_after": True} if name == "CuDNNGRU" else {})
    elif name in ("GRU", "GRUV1"):
        inner.setdefault("reset_after", False)
    elif name == "ThresholdedReLU":
        inner["threshold"] = inner.pop("theta", 1.0)
    elif name == "LeakyReLU" and "alpha" in inner:
        inner["negative_slope"] = inner.pop("alpha")
    elif name == "SyncBatchNormalization":
        inner["synchronized"] = True
    elif name == "Lambda":
        inner = _lambda(inner)
    if isinstance(axis := inner.get("axis"), list) and len(axis) == 1 and "Normalization" in name:
        inner["axis"] = axis[0]
    for key in ("activation", "recurrent_activation"):
        if inner.get(key) == "hard_sigmoid":
            inner[key] = registry.serialize(hard_sigmoid)
        elif inner.get(key) == "softmax_v2":
            inner[key] = "softmax"
    return inner


def _lambda(inner: Config) -> Config:
    """A function with a name is found by it; a function without one has only its code in the file."""
    function = inner.get("function")
    if isinstance(function, list):
        inner["function"] = {"class_name": "__lambda__", "config": {}}
    elif isinstance(function, str):
        inner["function"] = {"module": "builtins", "class_name": "function", "config": function, "registered_name": function}
    for key in ("output_shape", "mask"):
        if inner.get("output_shape_type" if key == "output_shape" else f"{key}_type") in ("lambda", "function"):
            inner.pop(key, None)
    return {key: value for key, value in inner.items() if key != "module" and not key.endswith(("_type", "_module"))}


def _only_known(cls: type, name: str, inner: Config) -> Config:
    """The arguments that a class has today.

    Raises:
        ArgumentError: Another item changes what the layer computes.
    """
    known = _arguments(cls)
    result = {}
    for key, value in inner.items():
        if key in known:
            result[key] = value
        elif key in _WITHOUT_EFFECT or value is None or any(value is item for item in _ONLY.get(key, ())) or key.startswith("kernel_"):
            continue
        else:
            raise ArgumentError(
                f"{key}={str(value)[:80]} of a {name}",
                "the arguments of today",
                "no longer supported by Keras either",
                where="legacy config",
            )
    return result


def _arguments(cls: type) -> set[str]:
    """The names of the arguments of a class, with those that it passes on to its bases."""
    names: set[str] = set()
    for base in cls.__mro__:
        if "__init__" in vars(base):
            parameters = inspect.signature(vars(base)["__init__"]).parameters
            names |= parameters.keys()
            if not any(item.kind is inspect.Parameter.VAR_KEYWORD for item in parameters.values()):
                break
    return names


# ---- compile


def training_config(training: Config | None, model: Config) -> Config | None:
    """The arguments of `compile` from a file of Keras 1 or 2.

    Args:
        training: What the file says.
        model: The config of the model, for the names of its outputs.
    """
    if training is None:
        return None
    inner = model["config"] if isinstance(model["config"], dict) else {}
    outputs = [place[0] for place in inner.get("output_layers", []) if isinstance(place, list) and place]
    optimizer = training.get("optimizer_config")
    result = {
        "optimizer": optimizer_config(optimizer) if isinstance(optimizer, dict) else optimizer,
        "loss": _nested(training.get("loss"), _loss),
        "loss_weights": training.get("loss_weights"),
    }
    for key in ("metrics", "weighted_metrics"):
        converted = _nested(training.get(key), lambda item: _metric(item, outputs))
        if isinstance(converted, list) and len(converted) == 1 and isinstance(converted[0], list):
            converted = converted[0]
        result[key] = converted or None
    return result


def compile_config(training: Config | None) -> Config | None:
    """The arguments of `compile` from a file of Keras 3, where only the optimizer has another key."""
    if training is None:
        return None
    return {**{key: value for key, value in training.items() if key != "optimizer_config"}, "optimizer": training.get("optimizer_config")}


def _nested(value: Json, convert: Callable[[Json], Json]) -> Json:
    if isinstance(value, list):
        return [item for item in (_nested(entry, convert) for entry in value) if item is not None]
    if isinstance(value, dict) and "class_name" not in value:
        return {key: _nested(item, convert) for key, item in value.items()}
    return None if value is None else convert(value)


def _loss(value: Json) -> Json:
    if not isinstance(value, dict) or not isinstance(value.get("config"), dict):
        return value
    inner = {key: item for key, item in value["config"].items() if key != "fn"}
    if inner.get("reduction") == "auto":
        inner["reduction"] = "sum_over_batch_size"
    if value["class_name"] == "LossFunctionWrapper":
        return value["config"].get("fn")
    return {**value, "config": inner}


def _metric(value: Json, outputs: list[Any]) -> Json:
    """A metric, whose name does not start with that of the output."""
    if not isinstance(value, dict) or not isinstance(value.get("config"), dict):
        return value
    inner, name = dict(value["config"]), value["class_name"]
    for output in outputs if len(outputs) > 1 else ():
        if isinstance(output, str) and str(inner.get("name")).startswith(f"{output}_"):
            inner["name"] = inner["name"].removeprefix(f"{output}_")
    function = inner.pop("fn", None)
    if name in ("MeanMetricWrapper", "SumOverBatchSizeMetricWrapper") and isinstance(function, str):
        classes = [item for item in registry.registry("metrics").objects.values() if inspect.isclass(item)]
        name = next((item.__name__ for item in classes if registry.snake_case(item.__name__) == function), None)
        if name is None:
            return function
    return {**value, "class_name": name, "config": inner}


_OPTIMIZER_WITHOUT_EFFECT = {"is_legacy_optimizer", "jit_compile", "initial_accumulator_value_type"}


def optimizer_config(config: Mapping[str, Any]) -> Config:
    """The config of an optimizer of Keras 1 or 2 in the form of Keras 3.

    >>> optimizer_config({"class_name": "SGD", "config": {"lr": 0.1, "decay": 0.0, "momentum": 0.5}})
    {'class_name': 'SGD', 'config': {'momentum': 0.5, 'learning_rate': 0.1}}
    """
    name, inner = config.get("class_name"), config.get("config")
    if not isinstance(name, str) or not isinstance(inner, dict):
        raise ArgumentError("an optimizer without a name", "class_name and config", "the file is damaged", where="legacy config")
    if registry.get_registered_object(name) is not None:
        return dict(config)
    name = name.removeprefix("Custom>")  # so does Keras 2 name its own
    inner = {key: value for key, value in inner.items() if key not in _OPTIMIZER_WITHOUT_EFFECT}
    rate = inner.pop("lr", inner.pop("learning_rate", None))
    decay = inner.pop("decay", 0.0)
    if isinstance(decay, (int, float)) and decay > 0:
        schedule = {"initial_learning_rate": rate, "decay_steps": 1, "decay_rate": decay}
        rate = {"class_name": "InverseTimeDecay", "config": schedule}
    if rate is not None:
        inner["learning_rate"] = rate
    if isinstance(inner.get("inner_optimizer"), dict):
        inner["inner_optimizer"] = optimizer_config(inner["inner_optimizer"])
    optimizers = registry.registry("optimizers").objects
    found = optimizers.get(name) or next((cls for known, cls in optimizers.items() if known.lower() == name.lower()), None)
    if found is not None:
        name = found.__name__
        known = _arguments(found)
        inner = {key: value for key, value in inner.items() if value is not None and (key in known or key not in ("epsilon",))}
    return {"class_name": name, "config": inner}

"""Calls of ops in configs of Functional models. Keras has a class for each op, some of whose arguments are in the config, others in the call."""

from __future__ import annotations

import functools
import inspect
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassworks import activations, dtypes, ops, registry, settings, tree
from glassworks.errors import ArgumentError
from glassworks.graph import Call, KerasTensor
from glassworks.models.keras_operation_table import CLASSES
from glassworks.typing import Index, Structure

# Sizes that an op turns into constants, in a config of unknown origin: at most this number of elements.
_MOST_ELEMENTS = 1 << 24
_SIZES = {
    "N", "bins", "fft_length", "k", "length", "minlength", "num", "num_classes", "num_segments", "output_size", "pad_width", "repeats",
    "sequence_length", "shape", "size", "target_height", "target_width", "top_padding", "left_padding", "bottom_padding", "right_padding",
    "kernel_size", "pool_size", "block_size", "filter_size", "beam_width", "top_paths", "n", "output_shape", "offset",
}  # fmt: skip
# Sizes that a number gives for all axes.
_PER_AXIS = ("pool_size", "strides", "dilation_rate")
# Functions of the two classes of operations that Keras has among its activations.
_ACTIVATIONS = {"ReLU": activations.relu, "Mish": activations.mish}
# Ops that take functions, or compute something at once.
_NEVER = {
    "associative_scan", "cond", "convert_to_numpy", "custom_gradient", "fori_loop", "jvp", "map", "scan", "switch", "vectorize",
    "vectorized_map", "while_loop",
}  # fmt: skip


@dataclass(frozen=True)
class Operation:
    """How Keras writes the calls of an op.

    Attributes:
        function: The op.
        module, class_name: The class in Keras.
        config: The names of the arguments in the config.
        call: The names of the arguments of the call, of which `keywords` are passed by name; `rest` is the name of any number of them.
    """

    function: Callable[..., Any]
    module: str
    class_name: str
    config: tuple[str, ...]
    call: tuple[str, ...]
    keywords: tuple[str, ...] = ()
    rest: str = ""

    @staticmethod
    def of(name: str, row: str) -> Operation:
        """The operation of a row of the table."""
        function = operator.attrgetter(name)(ops)
        head, _, call = row.partition("|")
        path, *config = head.split()
        module, _, class_name = path.rpartition(".")
        names = call.split()
        return Operation(
            function,
            f"keras.src.ops.{module}",
            class_name,
            tuple(config),
            tuple(one for one in names if not one.endswith("=") and not one.startswith("*")),
            tuple(one[:-1] for one in names if one.endswith("=")),
            next((one[1:] for one in names if one.startswith("*")), ""),
        )


@functools.cache
def _by_function() -> dict[Callable[..., Any], Operation]:
    found: dict[Callable[..., Any], Operation] = {}
    for name, row in CLASSES.items():
        operation = Operation.of(name, row)
        found.setdefault(operation.function, operation)
    return found


@functools.cache
def _by_class() -> dict[str, Operation]:
    found: dict[str, Operation] = {}
    for name, row in CLASSES.items():
        operation = Operation.of(name, row)
        if name.replace("_", "").lower() == operation.class_name.lower():
            found[operation.class_name] = operation
        found.setdefault(operation.class_name, operation)
    return found


@functools.cache
def _public() -> dict[str, Callable[..., Any]]:
    """The functions of `ops` by name, as Glassworks wrote them before it wrote Keras's classes."""
    return {
        name: value
        for name, value in vars(ops).items()
        if inspect.isfunction(value) and hasattr(value, "__wrapped__") and name not in _NEVER
    }


# ---- writing


def to_entry(call: Call, name: str) -> tuple[dict[str, Any], list[Any], dict[str, Any]]:
    """The config of an op's call without its place in the graph, and the arguments of the call as they are.

    Args:
        call: A call of an op.
        name: The name of the operation.
    """
    call = _with_plain_key(call)
    operation = _by_function().get(call.operation)
    arguments = _arguments(call, operation) if operation is not None else None
    if operation is None or arguments is None or any(isinstance(leaf, KerasTensor) for leaf in tree.flatten(_config(operation, arguments))):
        entry = {"module": "keras.ops", "class_name": "function", "config": call.operation.__name__, "registered_name": "function"}
        return entry, list(call.args), dict(call.kwargs)
    config = {"name": name} | _config(operation, arguments)
    entry = {"module": operation.module, "class_name": operation.class_name, "config": config, "registered_name": operation.class_name}
    args = [arguments[one] for one in operation.call] + list(arguments.get(operation.rest, ()))
    return entry, args, {one: arguments[one] for one in operation.keywords}


def _arguments(call: Call, operation: Operation) -> dict[str, Any] | None:
    """The values of all arguments that Keras knows; None if one that it does not know was given."""
    bound = inspect.signature(call.operation).bind(*call.args, **call.kwargs)
    given = bound.arguments.keys()
    bound.apply_defaults()
    known = {*operation.config, *operation.call, *operation.keywords, operation.rest}
    return dict(bound.arguments) if given <= known else None


def _config(operation: Operation, arguments: dict[str, Any]) -> dict[str, Any]:
    if "pool_size" in arguments and arguments.get("strides") is None:  # the default, which Keras does not compute with
        arguments = {**arguments, "strides": arguments["pool_size"]}
    return {one: _plain(arguments[one], one) for one in operation.config}


def _plain(value: object, name: str) -> object:
    """A value of a config, which in Keras is a number, a text, None, or a list of these."""
    if name == "dtype" and value is not None:
        return dtypes.standardize(value)
    if name == "data_format" and value is None:
        return settings.image_data_format()
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.tolist()
    if not isinstance(value, (list, tuple)):
        return value
    # Keras reads these as lists, and some of its classes need tuples: where a number says the same, it is safer.
    if (name == "axis" and len(value) == 1) or (name in _PER_AXIS and len(value) > 0 and all(one == value[0] for one in value)):
        return _plain(value[0], "")
    return [_plain(one, "") for one in value]


def _with_plain_key(call: Call) -> Call:
    """A call `x[key]` with the key as a list of its parts, or as a call of `take`: Keras reads no arrays of indices in a key."""
    if call.operation is not ops.get_item:
        return call
    x, key = inspect.signature(ops.get_item).bind(*call.args, **call.kwargs).arguments.values()
    rank = len(np.shape(x) if not isinstance(x, KerasTensor) else x.shape)
    parts = list(key) if isinstance(key, tuple) else [key]
    place = next((i for i, part in enumerate(parts) if part is Ellipsis), None)
    if place is not None:  # from files .h5 Keras does not read it
        used = sum(part is not None and part is not Ellipsis for part in parts)
        parts[place : place + 1] = [slice(None)] * (rank - used)
    arrays = [i for i, part in enumerate(parts) if not isinstance(part, slice) or part != slice(None)]
    if len(arrays) == 1 and isinstance(x, KerasTensor) and isinstance(parts[arrays[0]], (list, np.ndarray)):
        indices, size = np.asarray(parts[arrays[0]]), x.shape[arrays[0]]
        if indices.dtype.kind in "iu" and size is not None:
            indices = np.where(indices < 0, indices + size, indices)
            return Call(ops.take, (x, indices), {"axis": arrays[0]}, None, "take")
    return Call(ops.get_item, (x, parts), {}, None, "get_item")


# ---- reading


def from_entry(entry: dict[str, Any]) -> Callable[..., Any] | None:
    """The function that repeats the calls of an operation in a config; None if the config is not one of an op.

    Raises:
        ArgumentError: It is one, but of an op that is not known, or with other arguments.
    """
    module, name, config = entry.get("module"), entry.get("class_name"), entry.get("config")
    if name == "function" and module == "keras.ops":
        if not isinstance(config, str) or config not in _public():
            raise _unknown(f"op {str(config)[:80]!r}")
        return _of_tensors(_get_item if config == "get_item" else _public()[config], config)
    if not isinstance(module, str):
        module = "keras.src.ops." if _is_surely_op(entry) else ""
    if module == "keras.src.activations.activations" and name in _ACTIVATIONS:
        operation: Operation | None = Operation(_ACTIVATIONS[name], module, name, ("negative_slope", "max_value", "threshold"), ("x",))
    elif module.startswith(("keras.src.ops.", "keras.ops.")):
        operation = _by_class().get(name) if isinstance(name, str) else None
    else:
        return None
    if operation is None or not isinstance(config, dict):
        raise _unknown(f"operation {str(name)[:80]!r} of Keras")
    return _of_tensors(functools.partial(_repeat, operation, _checked(operation, config)), operation.class_name)


def _is_surely_op(entry: dict[str, Any]) -> bool:
    """Whether a config without a module, as in files `.h5`, is one of an op: layers of the same name have other arguments, or take a list."""
    name, nodes, config = entry.get("class_name"), entry.get("inbound_nodes"), entry.get("config")
    if not isinstance(name, str) or name not in _by_class() or registry.get_registered_object(name) is not None:
        return False
    if name not in registry.registry("layers").objects:
        return True
    if not isinstance(config, dict) or not config.keys() <= {*_by_class()[name].config, "name"}:
        return False
    node = nodes[0] if isinstance(nodes, list) and nodes else None
    args = node.get("args") if isinstance(node, dict) else None
    return isinstance(args, list) and len(args) == len(_by_class()[name].call) and not isinstance(args[0], list)


def _checked(operation: Operation, config: dict[str, Any]) -> dict[str, Any]:
    """The arguments in a config."""
    values = {}
    for key, value in config.items():
        if key in operation.config:
            values[key] = _value(value)
            _check_size(key, values[key], operation.class_name)
        elif key not in ("name", "trainable") and value is not None and value is not False:
            raise _unknown(f"argument {key[:80]!r} of {operation.class_name}")
    return values


def _value(value: object) -> object:
    return tree.lists_to_tuples(registry.deserialize(value, kind="values")) if isinstance(value, (list, dict)) else value


def _check_size(key: str, value: object, name: str) -> None:
    numbers = [abs(leaf) for leaf in tree.flatten(value) if isinstance(leaf, (int, float)) and not isinstance(leaf, bool)]
    if key in _SIZES and any(number > _MOST_ELEMENTS for number in numbers):
        raise ArgumentError(
            f"{key}={max(numbers):,} of {name} in a config",
            f"at most {_MOST_ELEMENTS:,}",
            "check the sizes in the config",
            where="from_config",
        )


def _repeat(operation: Operation, config: dict[str, Any], *args: Any, **kwargs: Any) -> Structure:
    """Call an op with the arguments of the config and those of the call."""
    given = dict(zip(operation.call, args, strict=False)) | kwargs
    rest = args[len(operation.call) :]
    known = {*operation.call, *operation.keywords}
    wrong = next((key for key in kwargs if key not in known), None)
    if wrong is not None or (rest and not operation.rest):
        raise _unknown(f"argument {str(wrong or rest[0])[:80]!r} of {operation.class_name}")
    for key, value in given.items():
        _check_size(key, None if isinstance(value, KerasTensor) else value, operation.class_name)
    if operation.function is ops.get_item:
        return _get_item(**given)
    if operation.rest:
        first = [given.pop(key) for key in operation.call]
        return operation.function(*_leading(operation, config, given), *first, *rest, **_trailing(operation, config), **given)
    return operation.function(**config, **given)


def _get_item(x: KerasTensor, key: Index) -> Structure:
    """`x[key]`, where a list has the parts of the key."""
    return ops.get_item(x, tuple(key) if isinstance(key, list) else key)


def _leading(operation: Operation, config: dict[str, Any], given: dict[str, Any]) -> list[Any]:
    """The arguments before those of which there is any number: `subscripts` of `einsum`."""
    names = list(inspect.signature(operation.function).parameters)
    return [config[name] for name in names[: names.index(operation.rest)] if name in config]


def _trailing(operation: Operation, config: dict[str, Any]) -> dict[str, Any]:
    names = list(inspect.signature(operation.function).parameters)
    return {key: value for key, value in config.items() if names.index(key) > names.index(operation.rest)}


def _of_tensors(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """The function, which refuses calls without a tensor: these would be computed at once, whatever they cost."""

    def call(*args: Any, **kwargs: Any) -> Structure:
        if not any(isinstance(leaf, KerasTensor) for leaf in tree.flatten([list(args), kwargs])):
            raise ArgumentError(
                f"a call of {name} without a tensor", "a result of another call", "the config is damaged", where="from_config"
            )
        return function(*args, **kwargs)

    return call


def _unknown(what: str) -> ArgumentError:
    return ArgumentError(what, "an op of glassworks.ops", "the config is damaged, or from a newer version of Keras", where="from_config")

"""`Functional`: a model given by its symbolic inputs and outputs. It replays the recorded calls on real data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks import ops, registry, tree
from glassworks.errors import ArgumentError, DTypeError, ShapeError, StateError, suggest, warn
from glassworks.graph import Call, KerasTensor, Symbolic
from glassworks.graph.deferral import bounded
from glassworks.graph.symbolic import has_keras_tensor, infer_call, record_specs
from glassworks.layers import call_context
from glassworks.layers.base import Layer
from glassworks.layers.host_layer import HostOutputs
from glassworks.layers.input import InputLayer
from glassworks.layers.input_spec import InputSpec, check_inputs
from glassworks.layers.text_arrays import TEXT_KINDS, arrays_of_text, dtype_name
from glassworks.models.functional_copy import record, replay
from glassworks.models.host_part import HostPart
from glassworks.models.layer_order import operations_in_order
from glassworks.models.model import Model
from glassworks.ops.indices import input_as
from glassworks.saving.boundary import errors_of_config
from glassworks.scope import entry
from glassworks.training.outputs import numbered
from glassworks.typing import Shape, Structure

_joined: dict[type[Model], type[Functional]] = {}
# The attributes that `_connect` sets: the recorded calls and what is derived from them.
_CONNECTION = frozenset({"_calls", "_inputs", "_outputs", "_operations", "_host"})


class Functional(Model):
    """A model from inputs to outputs; `Model(inputs, outputs)` makes one.

    Args:
        inputs: A `KerasTensor` from `Input`, or a list, tuple or dict of them.
        outputs: The tensors computed from them, in any structure.
        name: The model's name.

    >>> from glassworks import layers
    >>> inputs = layers.Input(shape=(4,))
    >>> model = Functional(inputs, layers.Dense(2)(inputs))
    >>> model.output_shape
    (None, 2)
    """

    _untracked = Model._untracked | _CONNECTION
    _keras_module = "keras.src.models.functional"
    _saved_first = ("layers",)
    _names_paths = False  # its layers are built before it
    _first_number_of_outputs = 1

    @entry("model", call="")
    def __init__(self, inputs: Structure, outputs: Structure, name: str | None = None, **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self._connect(inputs, outputs)

    def _connect(self, inputs: Structure, outputs: Structure) -> None:
        where = f"model '{self.name}'"
        for what, structure in (("inputs", inputs), ("outputs", outputs)):
            for leaf in tree.flatten(structure):
                if not isinstance(leaf, KerasTensor):
                    raise ArgumentError(
                        f"{what} with {type(leaf).__name__}",
                        "tensors that start from keras.Input(...)",
                        "call the layer: outputs = layer(inputs)" if isinstance(leaf, Layer) else f"pass the tensors themselves as {what}",
                        where=where,
                    )
        if not tree.flatten(inputs):
            raise ArgumentError("no inputs", "at least one keras.Input", "start with inputs = keras.Input(shape=...)", where=where)
        self._inputs, self._outputs = inputs, outputs
        self._calls = _calls_between(tree.flatten(inputs), tree.flatten(outputs), where)
        self._host = HostPart(tree.flatten(inputs), self._calls, tree.flatten(outputs), where)
        self._operations = operations_in_order(tree.flatten(inputs), tree.flatten(outputs), self._calls)
        self.input_names = [_input_name(tensor) for tensor in tree.flatten(inputs)]
        self.output_names = self._output_names()
        self.input_spec = None
        self.built = True

    def __getstate__(self) -> dict[str, Any]:
        state = {name: value for name, value in super().__getstate__().items() if name not in _CONNECTION}
        if any(isinstance(leaf, KerasTensor) for leaf in tree.flatten(state["_config_arguments"])):
            state["_config_arguments"] = ((), {})
        return state | {"_recorded_calls": record(self._inputs, self._outputs, self._calls)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = dict(state)
        self._inputs, self._outputs, self._calls = replay(state.pop("_recorded_calls"))
        super().__setstate__(state)
        self._host = HostPart(self.inputs, self._calls, self.outputs, f"model '{self.name}'")
        self._operations = operations_in_order(self.inputs, self.outputs, self._calls)

    def _child_layers(self) -> list[Layer]:
        found = self.layers
        return found + [layer for layer in super()._child_layers() if all(layer is not one for one in found)]

    def _output_names(self) -> list[str]:
        names: list[str] = []
        for tensor in tree.flatten(self._outputs):
            names.append(numbered(tensor.call.name if tensor.call is not None else tensor.name, names))
        return names

    @staticmethod
    def joined_with(cls: type[Model]) -> type[Functional]:
        """The class of models whose own class calls `super().__init__(inputs=..., outputs=...)`: both classes in one.

        Args:
            cls: The user's class.

        >>> class Named(Model):
        ...     pass
        >>> Functional.joined_with(Named).__mro__[1:3] == (Named, Functional)
        True
        """
        if cls not in _joined:
            names = {"__module__": cls.__module__, "__qualname__": cls.__qualname__, "_own_class": cls}
            _joined[cls] = type(cls.__name__, (cls, Functional), names)
        return _joined[cls]

    def _factory(self) -> Any:
        own = getattr(type(self), "_own_class", None)
        return super()._factory() if own is None else (blank_functional, own)

    @property
    def layers(self) -> list[Layer]:
        """The layers that lead to the outputs, in Keras's order: those farthest from the outputs first."""
        return [operation for operation in self._operations if isinstance(operation, Layer)]

    @property
    def operations(self) -> list[Layer | Call]:
        """The layers, and the recorded calls of ops among them, in the same order; each has a `name`."""
        return list(self._operations)

    @property
    def inputs(self) -> list[KerasTensor]:
        """The symbolic inputs as a flat list."""
        return tree.flatten(self._inputs)

    @property
    def outputs(self) -> list[KerasTensor]:
        """The symbolic outputs as a flat list."""
        return tree.flatten(self._outputs)

    @property
    def input(self) -> Any:
        """The symbolic inputs in their structure."""
        return self._inputs

    @property
    def output(self) -> Any:
        """The symbolic outputs in their structure."""
        return self._outputs

    @property
    def input_shape(self) -> Any:
        """The shape of the input, or a list of the shapes of several, as in Keras."""
        return _shapes(self.inputs)

    @property
    def output_shape(self) -> Any:
        """The shape of the output, or a list of the shapes of several, as in Keras."""
        return _shapes(self.outputs)

    @property
    def calls(self) -> list[Call]:
        """The recorded calls, each after those it depends on."""
        return list(self._calls)

    def build(self, input_shape: Shape | None = None) -> None:
        """Nothing to do: the layers were built when they were called."""

    def call(self, inputs: Structure, training: bool | None = None, mask: Structure = None) -> Any:
        """Replay the recorded calls on these inputs."""
        if self._host:
            entering = inputs if isinstance(inputs, HostOutputs) else self.on_host(inputs)
            values = {tensor: entering[tensor.name] for tensor in self._host.entering}
        else:
            values = dict(zip(tree.flatten(self._inputs), self._checked_inputs(inputs), strict=True))
            for value, one in zip(values.values(), tree.flatten(mask) if mask is not None else (), strict=False):
                if value is not None:
                    call_context.set_mask(value, one)
        for call in self._host.graph_calls:
            results = call.replay(values.__getitem__)
            values.update(zip(tree.flatten(call.outputs), tree.flatten(results), strict=True))
        return tree.map_structure(lambda tensor: values[tensor], self._outputs)

    @property
    def host_part(self) -> HostPart:
        """The part of the model that runs before the graph: layers that read text or look up categories."""
        return self._host

    def on_host(self, inputs: Structure) -> HostOutputs:
        """The values that enter the graph for these inputs."""
        fitted = self._checked_inputs(self._convert_argument(inputs))
        return self._host.run(dict(zip(tree.flatten(self._inputs), fitted, strict=True)))

    @property
    def program_inputs(self) -> Any:
        """The symbolic inputs of the model's graph, in the structure that programs take."""
        return HostOutputs({t.name: t for t in self._host.entering}) if self._host else self._inputs

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """The symbolic outputs for symbolic inputs."""
        return self._record_graph_part(args, kwargs) if self._host else super().compute_output_spec(*args, **kwargs)

    @entry("model", call="call")
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the model; see `Layer`."""
        if self._host and has_keras_tensor(args, kwargs):
            return self._record_graph_part(args, kwargs)
        return super().__call__(*args, **kwargs)

    def _record_graph_part(self, args: tuple, kwargs: dict[str, Any], model: Model | None = None) -> Any:
        """A symbolic call of a model with a host part: only the graph after the host part is traced."""
        specs = infer_call(lambda entering: self._computed(entering, **kwargs), (self.program_inputs,), {})
        return record_specs(model or self, args, kwargs, specs)

    def compute_output_shape(self, input_shape: Shape | None = None) -> Any:
        """The output shape for an input shape, by a symbolic call."""
        if input_shape is None or input_shape == tree.map_structure(lambda tensor: tensor.shape, self._inputs):
            return tree.map_structure(lambda tensor: tensor.shape, self._outputs)
        return super().compute_output_shape(input_shape)

    def _convert_argument(self, argument: object) -> Any:
        argument = arrays_of_text(argument)
        if (
            isinstance(argument, list)
            and not tree.is_nested(self._inputs)
            and not any(isinstance(leaf, (Symbolic,)) or hasattr(leaf, "shape") for leaf in tree.flatten(argument))
        ):
            return self._cast(ops.convert_to_tensor(argument))
        return super()._convert_argument(argument)

    def _checked_inputs(self, inputs: Structure) -> list[Any]:
        """The given inputs in flat order, cast, and with a missing or extra last axis of size 1 fixed."""
        expected = tree.flatten(self._inputs)
        flat = self._in_model_order(inputs, expected)
        return [_checked_input(value, tensor, self.name) for value, tensor in zip(flat, expected, strict=True)]

    def _in_model_order(self, inputs: Structure, expected: list[KerasTensor]) -> list[Any]:
        if isinstance(inputs, dict) and not (isinstance(self._inputs, dict) and set(inputs) == set(self._inputs)):
            own: Any = self._inputs
            by_name = not isinstance(own, dict) or (any(map(tree.is_nested, own.values())) and set(inputs) >= set(self.input_names))
            keys = self.input_names if by_name else list(own)
            missing = [key for key in keys if key not in inputs]
            extra = [str(key) for key in inputs if key not in keys]
            if missing:
                raise ArgumentError(f"inputs {sorted(map(str, inputs))}", f"inputs {keys}", _fix_for_names(extra, missing))
            if by_name:
                return [inputs[key] for key in keys]
            warn(f"[model '{self.name}'] the inputs {extra} are not used: the model has the inputs {keys}. Leave them out")
            inputs = {key: inputs[key] for key in keys}
        flat = tree.flatten(inputs)
        if len(flat) != len(expected):
            raise ShapeError(
                f"{len(flat)} input arrays",
                f"{len(expected)} inputs: {', '.join(self.input_names)}",
                "pass them as a list in that order, or as a dict by name"
                if len(expected) > 1
                else "the model has one input: pass one array, np.concatenate([...], axis=-1) of several, or np.stack([...]) of samples",
            )
        return flat

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """A layer by name or index."""
        return super().get_layer(name, index)

    def get_config(self) -> dict[str, Any]:
        """Layers, their connections, inputs and outputs, in Keras's format."""
        if type(self) is not Functional and type(self).__init__ is not Functional.__init__:
            return Layer.get_config(self)  # a subclass with its own __init__ is rebuilt from its own arguments
        from glassworks.models.functional_config import to_config

        return to_config(self)

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict | None = None) -> Any:
        """A model from its config."""
        if "layers" not in config or "input_layers" not in config:
            return cls(**config)
        from glassworks.models.functional_config import from_config

        with errors_of_config(f"{cls.__name__}.from_config"), bounded(), registry.custom_object_scope(custom_objects or {}):
            return from_config(cls, config)


def _fix_for_names(extra: list[str], missing: list[str]) -> str:
    """The fix for a dict of inputs with missing or unknown names."""
    if len(extra) == len(missing) == 1:
        return f"{extra[0]!r} is not an input: did you mean {missing[0]!r}?"
    if extra:
        return f"{extra[0]!r} is not an input: {suggest(extra[0], missing)}"
    return f"pass {', '.join(map(repr, missing))} too"


def blank_functional(cls: type[Model]) -> Functional:
    """A model of a class from `Functional.joined_with` whose state is not set yet."""
    return Functional.joined_with(cls)._blank()


def _calls_between(inputs: list[KerasTensor], outputs: list[KerasTensor], where: str) -> list[Call]:
    """The calls that lead from the inputs to the outputs, in an order that can be executed."""
    known = set(inputs)
    order: list[Call] = []
    done: set[int] = set()
    stack: list[tuple[KerasTensor, bool]] = [(tensor, False) for tensor in reversed(outputs)]
    while stack:
        tensor, ready = stack.pop()
        if tensor in known:
            continue
        call = tensor.call
        if call is None or isinstance(call.operation, InputLayer):
            swapped = all(one.call is not None and isinstance(one.call.operation, InputLayer) for one in outputs)
            raise StateError(
                f"outputs that are inputs ({tensor.name!r})" if swapped else f"an output that depends on the input {tensor.name!r}",
                "what layers computed from the inputs" if swapped else "inputs that are all listed",
                "swap them: Model(inputs, outputs)" if swapped else f"add {tensor.name!r} to the model's inputs",
                where=where,
            )
        if id(call) in done:
            continue
        if ready:
            done.add(id(call))
            order.append(call)
            continue
        stack.append((tensor, True))
        stack.extend((source, False) for source in reversed(call.inputs))
    return order


def _shapes(tensors: list[KerasTensor]) -> Shape | Sequence[Shape]:
    return tensors[0].shape if len(tensors) == 1 else [tensor.shape for tensor in tensors]


def _input_name(tensor: KerasTensor) -> str:
    operation = tensor.call.operation if tensor.call is not None else None
    return operation.name if isinstance(operation, InputLayer) else tensor.name


def _checked_input(value: Any, tensor: KerasTensor, model: str) -> Any:
    if value is None:
        operation = tensor.call.operation if tensor.call is not None else None
        if getattr(operation, "optional", False):
            return None
        raise ArgumentError(
            f"None for input {tensor.name!r}", "an array", f"pass one, or declare Input(..., name={tensor.name!r}, optional=True)"
        )
    shape, wanted = tuple(value.shape), tensor.shape
    is_text = isinstance(value, np.ndarray) and value.dtype.kind in TEXT_KINDS
    if not isinstance(value, KerasTensor) and (dtype_name(value) == "string") != (tensor.dtype == "string"):
        raise DTypeError(
            f"{'text' if is_text else 'numbers'} for input {tensor.name!r}",
            f"data of dtype {tensor.dtype}",
            "put layers.TextVectorization() (or layers.StringLookup()) behind keras.Input(shape=(1,), dtype='string')" if is_text else "",
        )
    if is_text and abs(len(shape) - len(wanted)) == 1 and (*shape, 1)[-1 if len(shape) > len(wanted) else len(shape)] == 1:
        value = value.reshape(shape[:-1] if len(shape) > len(wanted) else (*shape, 1))
    elif len(shape) == len(wanted) - 1 and wanted[-1] == 1:
        value = ops.expand_dims(value, -1)
    elif len(shape) == len(wanted) + 1 and shape[-1] == 1:
        value = ops.squeeze(value, -1)
    check_inputs(InputSpec(shape=(None, *wanted[1:]) if wanted else wanted), value, model)
    if isinstance(value, KerasTensor) or is_text:
        return value
    return value if dtype_name(value) == tensor.dtype else input_as(tensor.dtype, value, tensor.name)


Model._functional_class = Functional

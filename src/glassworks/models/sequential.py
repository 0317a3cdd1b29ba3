"""`Sequential`: a list of layers, applied one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glassworks import activations, registry
from glassworks.errors import ArgumentError, ArgumentTypeError, NotYetKnownError, ShapeError, StateError, go_on
from glassworks.graph import Call, KerasTensor
from glassworks.graph.deferral import bounded
from glassworks.graph.sizes import as_open_shape, is_shape
from glassworks.graph.symbolic import has_keras_tensor
from glassworks.layers.base import LAYERS, Layer
from glassworks.layers.host_layer import HostLayer
from glassworks.layers.input import Input, InputLayer
from glassworks.layers.text_arrays import arrays_of_text, dtype_name
from glassworks.models.functional import Functional
from glassworks.models.model import Model
from glassworks.saving.boundary import errors_of_config
from glassworks.scope import entry
from glassworks.typing import Shape, Structure


class Sequential(Model):
    """A list of layers, each of which gets the output of the one before.

    Args:
        layers: The layers; with an `Input(shape=...)` first, weights are created at once, else with the first data.
        name: The model's name.

    >>> from glassworks import layers
    >>> model = Sequential([layers.Input(shape=(784,)), layers.Dense(128, activation="relu"), layers.Dense(10)])
    >>> model.output_shape
    (None, 10)
    """

    _untracked = Model._untracked | {"_functional"}
    _keras_module = "keras"
    _saved_first = ("layers",)

    @entry("model", call="")
    def __init__(self, layers: Sequence[Layer | KerasTensor] | None = None, trainable: bool = True, name: str | None = None) -> None:
        super().__init__(trainable=trainable, name=name)
        self._layers: list[Layer] = []
        self._functional: Functional | None = None
        if layers is not None and not isinstance(layers, (list, tuple)):
            raise ArgumentTypeError(
                f"layers of type {type(layers).__name__}",
                "a list of layers",
                "write Sequential([layer, ...])",
                where=f"model '{self.name}'",
            )
        for layer in layers or []:
            self.add(layer, rebuild=False)
        self._maybe_rebuild()

    @entry("model")
    def add(self, layer: Any, rebuild: bool = True) -> None:
        """Add a layer at the end."""
        where = f"model '{self.name}'.add"
        if isinstance(layer, KerasTensor) and isinstance(layer.call, Call):
            if not isinstance(layer.call.operation, InputLayer):
                name = getattr(layer.call.operation, "name", None) or getattr(layer.call.operation, "__name__", "a function")
                fix = "pass the layer, without calling it; or make a model of tensors: Model(inputs, outputs)"
                raise ArgumentTypeError(f"what '{name}' returned, a symbolic tensor", "a layer", fix, where=where)
            layer = layer.call.operation
        if isinstance(layer, type) and issubclass(layer, Layer):
            raise ArgumentTypeError(f"the class {layer.__name__}", "a layer", f"make one: {layer.__name__}(...)", where=where)
        if not isinstance(layer, Layer):
            raise ArgumentTypeError(f"{layer!r} of type {type(layer).__name__}", "a layer", _fix_for_entry(layer), where=where)
        if any(layer.name == one.name and layer is not one for one in self._layers):
            raise ArgumentError(f"two layers named '{layer.name}'", "unique names", "give one of them another name=", where=where)
        if isinstance(layer, InputLayer) and self._layers:
            raise ArgumentError("an Input after other layers", "Input first", "move Input to the front of the list", where=where)
        first_shape = getattr(layer, "_first_input_shape", None)
        if not self._layers and first_shape is not None:
            self._layers.append(InputLayer(first_shape, dtype=layer.compute_dtype))
        self._layers.append(layer)
        self._functional = None
        if rebuild:
            self._maybe_rebuild()

    @entry("model")
    def pop(self, rebuild: bool = True) -> Layer:
        """Remove the last layer and return it."""
        if not self.layers:
            raise StateError("a model without layers", "a layer to remove", "add one first", where=f"model '{self.name}'.pop")
        layer = self._layers.pop()
        self._functional = None
        self.built = False
        if rebuild:
            self._maybe_rebuild()
        return layer

    def _maybe_rebuild(self) -> None:
        self.built = False
        if len(self._layers) > 1 and isinstance(self._layers[0], InputLayer):
            self._connect_layers(self._layers[0].output)
        elif self._layers and isinstance(self._layers[0], (Functional, Sequential)) and self._layers[0].built:
            (tensor,) = self._layers[0].inputs
            self._connect_layers(Input(batch_shape=tensor.shape, dtype=tensor.dtype))

    def _connect_layers(self, tensor: Any) -> None:
        inputs = tensor
        for layer in self._layers:
            if not isinstance(layer, InputLayer):
                tensor = layer(tensor)
        self._functional = Functional(inputs, tensor, name=self.name)
        self.built = True

    def build(self, input_shape: Shape | None = None) -> None:
        """Create the weights for inputs of this shape, with the batch axis."""
        if self._functional is not None:
            return
        if input_shape is None:
            found, expected = "no input shape, so nothing is built yet", "the shape of the inputs, with None for the batch"
            go_on(ArgumentError(found, expected, "model.build((None, 784))", where=f"model '{self.name}'.build"))
            return
        if not self._layers:
            raise StateError(
                "a model without layers",
                "at least one layer",
                "add layers first: model.add(layers.Dense(10))",
                where=f"model '{self.name}'.build",
            )
        if not is_shape(input_shape):
            found, expected = f"input_shape={input_shape!r}, with which nothing is built yet", "the shape of the inputs, with the batch"
            go_on(ArgumentError(found, expected, "model.build((None, 784))", where=f"model '{self.name}'.build"))
            return
        dtype = self._layers[0].input_dtype if isinstance(self._layers[0], HostLayer) else None
        self._connect_layers(Input(batch_shape=(None, *tuple(input_shape)[1:]), dtype=dtype))

    def _build_for(self, args: tuple, kwargs: dict[str, Any]) -> None:
        first = args[0]
        if not hasattr(first, "shape"):
            raise ArgumentTypeError(
                f"inputs of type {type(first).__name__}",
                "one array",
                "a Sequential model has one input; use Model(inputs, outputs) for several",
            )
        if not self._layers:
            raise StateError("a model without layers", "at least one layer", "add layers first: model.add(layers.Dense(10))")
        shape, dtype = tuple(first.shape), dtype_name(first)
        calls = [len(layer._inbound_calls) for layer in self._layers]
        try:
            self._connect_layers(Input(batch_shape=(None, *shape[1:]), dtype=dtype))
        except ShapeError as error:
            # A layer may be for one number of rows only: one that multiplies by a matrix of all nodes of a graph.
            for layer, count in zip(self._layers, calls, strict=True):
                del layer._inbound_calls[count:]
            try:
                self._connect_layers(Input(batch_shape=shape, dtype=dtype))
            except ShapeError:
                raise error from None

    @property
    def host_part(self) -> Any:
        """The part of the model that runs before the graph; None before the model is built."""
        return self._functional.host_part if self._functional is not None else None

    def on_host(self, inputs: Structure) -> Any:
        """The values that enter the graph for these inputs."""
        return self._needs_functional("on_host").on_host(inputs)

    @property
    def program_inputs(self) -> Any:
        """The symbolic input of the model's graph; None before the model is built."""
        return self._functional.program_inputs if self._functional is not None else None

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """The symbolic outputs for symbolic inputs."""
        if not self.built:
            self._build_for(args, kwargs)
        return (
            self._needs_functional("call")._record_graph_part(args, kwargs, self)
            if self.host_part
            else super().compute_output_spec(*args, **kwargs)
        )

    @entry("model", call="call")
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the model; see `Layer`."""
        if has_keras_tensor(args, kwargs):
            if not self.built:
                self._build_for(args, kwargs)
            if self.host_part:
                return self._needs_functional("call")._record_graph_part(args, kwargs, self)
        return super().__call__(*args, **kwargs)

    def _convert_argument(self, argument: object) -> Any:
        return super()._convert_argument(arrays_of_text(argument))

    def call(self, inputs: Structure, training: bool | None = None, mask: Structure = None) -> Any:
        """Apply the layers one after the other."""
        if self._functional is None:
            for layer in self._layers:
                inputs = layer(inputs)
            return inputs
        return self._functional.call(inputs, training=training, mask=mask)

    @property
    def layers(self) -> list[Layer]:
        """The layers, without the input layer."""
        return [layer for layer in self._layers if not isinstance(layer, InputLayer)]

    def _needs_functional(self, what: str) -> Functional:
        if self._functional is None:
            raise NotYetKnownError(
                f"{what} of a model that does not know its input shape yet",
                "a built model",
                "start it with Input(shape=...), or call model.build((None, ...))",
                where=f"model '{self.name}'.{what}",
            )
        return self._functional

    @property
    def inputs(self) -> list[KerasTensor]:
        """The symbolic input, in a list."""
        return self._needs_functional("inputs").inputs

    @property
    def outputs(self) -> list[KerasTensor]:
        """The symbolic output, in a list."""
        return self._needs_functional("outputs").outputs

    @property
    def input(self) -> Any:
        """The symbolic input."""
        return self._needs_functional("input").input

    @property
    def output(self) -> Any:
        """The symbolic output."""
        return self._needs_functional("output").output

    @property
    def input_shape(self) -> Any:
        """The input's shape."""
        return self._needs_functional("input_shape").input_shape

    @property
    def output_shape(self) -> Any:
        """The output's shape."""
        return self._needs_functional("output_shape").output_shape

    @property
    def output_names(self) -> list[str] | None:
        """The name of the output."""
        return self._functional.output_names if self._functional is not None else None

    @property
    def calls(self) -> list[Call]:
        """The recorded calls of the layers."""
        return self._needs_functional("calls").calls

    def compute_output_shape(self, input_shape: Shape | None) -> Any:
        """The output's shape for an input's shape."""
        for layer in self.layers:
            input_shape = layer.compute_output_shape(input_shape)
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The layers' configs, in Keras's format."""
        config: dict[str, Any] = {
            "name": self.name,
            "trainable": self.trainable,
            "layers": [registry.serialize(layer) for layer in self._layers],
        }
        if self._functional is not None:
            config["build_input_shape"] = self._functional.input_shape
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict | None = None) -> Any:
        """A model from its config."""
        with errors_of_config(f"{cls.__name__}.from_config"), bounded():
            with registry.custom_object_scope(custom_objects or {}):
                layers = [registry.deserialize(layer, kind="layers") for layer in config["layers"]]
            model = cls(name=config.get("name"))
            for layer in layers:
                model.add(layer, rebuild=False)
            model._maybe_rebuild()
            shape = config.get("build_input_shape")
            if not model.built and shape and layers:
                model.build(as_open_shape(shape))
            return model


def _fix_for_entry(entry: object) -> str:
    """The fix for an entry of the list of layers that is not a layer."""
    if isinstance(entry, str):
        if entry in LAYERS.objects:
            return f"make one: layers.{entry}(...)"
        known = entry in activations.ACTIVATIONS.names()
        return f'layers.Activation("{entry}")' if known else "make a layer, for example layers.Dense(10); names stand for activations only"
    if isinstance(entry, (list, tuple)) and any(isinstance(part, Layer) for part in entry):
        return "unpack the list: Sequential([*layers, ...])"
    if entry is None or isinstance(entry, (int, float)):
        return "leave it out" if entry is None else f"make a layer of it, for example layers.Dense({entry})"
    name = getattr(entry, "__name__", None)
    if callable(entry) and name in activations.ACTIVATIONS.names():
        return f'layers.Activation("{name}")'
    return "wrap a function in layers.Lambda(function)" if callable(entry) else "make a layer, for example layers.Dense(10)"

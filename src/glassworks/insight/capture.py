"""Which values of a forward pass, its loss and its gradients belong to which layer call, and their numbers for a batch.

A forward pass is traced once, and the graph is compiled with the values that are wanted as its outputs. So looking costs what is looked
at, on any engine, and changes neither the model nor its programs: the graph writes no variable.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from glassworks import dtypes, tree
from glassworks.engine import compile_graph
from glassworks.errors import ArgumentError, GraphError, StateError, suggest
from glassworks.graph import Graph, Spec, Value, Variable, gradients, trace
from glassworks.graph.state import active_trace
from glassworks.insight.activation import before_activation
from glassworks.insight.losses import per_sample, stable_form, written
from glassworks.insight.stages import Stage
from glassworks.layers import Layer
from glassworks.layers.call_context import get_mask, watching
from glassworks.layers.calls import parameters_of
from glassworks.scope import Frame, current
from glassworks.training.data.base import Batch
from glassworks.training.fit import as_batch
from glassworks.training.steps import is_users_own, unpack
from glassworks.typing import Data, Structure

if TYPE_CHECKING:
    from glassworks.models.model import Model


@dataclass(eq=False)
class LayerCall:
    """One call of a layer while the model was traced (or, for a layer that runs on the host, while it ran).

    Attributes:
        layer: The layer.
        frames: The layer calls around it, outermost first, and its own. Each call has its own objects.
        inputs, outputs: The values, or arrays on the host.
        mask: The mask of the first input.
        masks, options: Arguments that are masks, and arguments that are plain values, by name.
        parts: The calls inside it.
        name: Its path in the model; see `Stage`.
        preactivation, activation: See `Stage`.
        weights: The variables by name.
    """

    layer: Layer
    frames: tuple[Frame, ...]
    inputs: list[Any]
    outputs: list[Any]
    mask: Structure = None
    masks: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    parts: list[LayerCall] = field(default_factory=list)
    name: str = ""
    preactivation: Value | None = None
    activation: str = ""
    weights: dict[str, Variable] = field(default_factory=dict)

    @property
    def on_host(self) -> bool:
        """Whether the layer ran in NumPy, before the graph."""
        return not any(isinstance(value, Value) for value in [*self.inputs, *self.outputs])

    def all(self) -> Iterator[LayerCall]:
        """This call and all inside it."""
        yield self
        for part in self.parts:
            yield from part.all()

    def values(self) -> dict[str, Any]:
        """The values by their names without the layer's: `{"input": ..., "preactivation": ..., "output": ...}`."""
        named = {"input" + (f"_{i}" if i else ""): value for i, value in enumerate(self.inputs)}
        if self.preactivation is not None:
            named["preactivation"] = self.preactivation
        named |= {"output" + (f"_{i}" if i else ""): value for i, value in enumerate(self.outputs)}
        return named | ({"mask": self.mask} if self.mask is not None else {}) | self.masks


class Capture:
    """A forward pass of a model on one batch, in which each value of a layer has a name; with targets also loss and gradients.

    The names are `"dense_1/input"` (`"dense_1/input_1"` for the second input), `"dense_1/preactivation"`, `"dense_1/output"`,
    `"dense_1/mask"`, `"dense_1/kernel"`; with targets also `"loss"`, `"loss_per_sample"`, and the gradient of the loss with respect to
    each: `"dense_1/output_gradient"`; what a call itself passes on to its input is `"dense_1/passed_gradient"`. A layer inside a nested model is `"encoder/dense_1"`, a second call `"dense_1#2"`.

    Args:
        model: The model; it is built if necessary.
        x: The inputs of a batch.
        y: The targets; None for the forward pass alone.
        sample_weight: A weight per sample.
        training: Whether layers act as in training. Random numbers are those of the next step.
        batch: A batch as programs take it, in place of `x`, `y` and `sample_weight`: what a `Watch` gets.

    Attributes:
        calls: The calls of layers in order; those of a nested model stand in its place.
        outermost: The call of the model itself.
        arrays: The inputs of the graph.
        stable: What the engine computes in place of the loss as it is written, such as "log_softmax(z) for log(softmax(z))"; else "".

    >>> from glassworks import Sequential, layers
    >>> model = Sequential([layers.Input(shape=(2,)), layers.Dense(1, "relu", kernel_initializer="ones", name="dense")])
    >>> capture = Capture(model, np.array([[1.0, -3.0]]))
    >>> capture.run(["dense/preactivation", "dense/output"])
    {'dense/preactivation': array([[-2.]], dtype=float32), 'dense/output': array([[0.]], dtype=float32)}
    """

    def __init__(
        self,
        model: Model,
        x: Data = None,
        y: Structure = None,
        sample_weight: Structure = None,
        training: bool = False,
        batch: Batch | None = None,
    ) -> None:
        self.model, self.training = model, training
        trainer = model._trainer
        self._stack: list[LayerCall] = []
        with watching(self._note):
            self.data = as_batch(trainer, (x, y, sample_weight)) if batch is None else batch
        hosted, self._stack = [call for call in self._stack if call.on_host], []
        trainer.prepare("predict", self.data)
        self.arrays = [leaf for leaf in tree.flatten(self.data) if leaf is not None]
        self.outermost: LayerCall | None = None
        self._loss: dict[str, Value] = {}
        self._as_written: Value | None = None
        self.stable = ""
        specs = tree.map_structure(lambda leaf: None if leaf is None else Spec(leaf.shape, leaf.dtype.name), self.data)
        try:
            self.graph = trace(self._forward, specs, name="trace")
        except GraphError as error:
            raise StateError(
                f"a model whose Python code needs numbers: {error.found}",
                "a model that can be traced",
                "use ops.where or ops.cond in place of `if`, and ops in place of NumPy and float()",
                where=f"model '{model.name}'.trace",
            ) from error
        inner: list[LayerCall] = self._inner(self.outermost) if self.outermost is not None else []
        self.calls = [*hosted, *(inner or ([self.outermost] if self.outermost is not None else []))]
        self._name(hosted, "")
        self._name([self.outermost] if self.outermost is not None and not inner else self._children(self.outermost), "")
        self.values = self._named_values()
        self._gradients: dict[str, Value] | None = None

    # ---- tracing

    def _forward(self, data: Batch) -> list[Any]:
        x, y, sample_weight = unpack(data)
        self._trace = active_trace()
        with watching(self._note):
            outputs = self.model(x, training=self.training)
        self.outermost = next((call for call in self._stack if call.layer is self.model), None)
        if y is not None:
            total = cast(Value, self.model.compute_loss(x=x, y=y, y_pred=outputs, sample_weight=sample_weight, training=self.training))
            self._loss = {"loss": total}
            if not is_users_own(self.model, "compute_loss") and self.model._trainer.losses is not None:
                self._as_written = written(self.model, y, outputs, sample_weight)
                self.stable = stable_form(self._as_written)
                self._loss |= per_sample(self.model, y, outputs)
        return [outputs, *self._loss.values()]

    def _note(self, layer: Layer, given: tuple[tuple, dict[str, Any]], outputs: Structure) -> None:
        if active_trace() is not getattr(self, "_trace", None):
            return  # inside a loop or a branch, which have graphs of their own
        args, kwargs = given
        arguments: dict[str, Any] = dict(zip(parameters_of(type(layer).call), args, strict=False)) | kwargs
        frames = tuple(frame for frame in current() if frame.kind == "layer")
        inputs = _tensors([value for name, value in arguments.items() if not _is_mask(name)])
        call = LayerCall(layer, frames, inputs, _tensors(outputs), get_mask(inputs[0]) if inputs else None)
        for name, value in arguments.items():
            leaves = tree.flatten(value) if _is_mask(name) else []
            call.masks |= {name if len(leaves) == 1 else f"{name}_{i}": leaf for i, leaf in enumerate(leaves) if _is_tensor(leaf)}
            if isinstance(value, (bool, int, float, str)):
                call.options[name] = value
        while self._stack and len(self._stack[-1].frames) > len(frames):
            call.parts.insert(0, self._stack.pop())
        self._stack.append(call)

    # ---- names

    def _inner(self, call: LayerCall) -> list[LayerCall]:
        """The calls inside a model, with those of nested models in their places."""
        flat: list[LayerCall] = []
        for part in self._children(call):
            flat += self._inner(part) or [part] if hasattr(part.layer, "_trainer") else [part]
        return flat

    def _children(self, call: LayerCall | None) -> list[LayerCall]:
        return call.parts if call is not None else []

    def _name(self, calls: list[LayerCall], prefix: str) -> None:
        counts: dict[str, int] = {}
        for call in calls:
            base = call.layer.name
            counts[base] = counts.get(base, 0) + 1
            call.name = prefix + base + (f"#{counts[base]}" if counts[base] > 1 else "")
            call.weights = _weights(call.layer)
            if not call.on_host:
                tensors = [[value for value in some if isinstance(value, Value)] for some in (call.inputs, call.outputs)]
                call.preactivation, call.activation = before_activation(call.layer, call.frames[-1], *tensors)
            self._name(call.parts, f"{call.name}/")

    def all_calls(self) -> list[LayerCall]:
        """All calls of layers: of those inside layers and of nested models, too."""
        hosted = [call for call in self.calls if call.on_host]
        top = self._children(self.outermost) or ([self.outermost] if self.outermost is not None else [])
        return [inner for call in [*hosted, *top] for inner in call.all()]

    def _named_values(self) -> dict[str, Any]:
        values: dict[str, Any] = dict(self._loss)
        for call in self.all_calls():
            values |= {f"{call.name}/{name}": value for name, value in call.values().items()}
            for name, variable in call.weights.items():
                values.setdefault(f"{call.name}/{name}", self.graph.reads.get(variable, variable))
        return values

    # ---- gradients

    @property
    def gradients(self) -> dict[str, Value]:
        """The gradient of the loss for each floating value that it depends on, under the value's name with `_gradient`."""
        if self._gradients is None:
            self._gradients = self._make_gradients() if "loss" in self._loss else {}
        return self._gradients

    def _make_gradients(self) -> dict[str, Value]:
        trained = {self.graph.reads.get(variable) for variable in self.model.trainable_variables}
        weights = set(self.graph.reads.values())
        names = [
            name
            for name, value in self.values.items()
            if isinstance(value, Value)
            and name not in self._loss
            and dtypes.is_float(value.dtype)
            and (value not in weights or value in trained)
        ]
        wanted = [self.values[name] for name in names]
        results = gradients([self._loss["loss"]], wanted)
        missing = [value for value, result in zip(wanted, results, strict=True) if result is None]
        if missing and self.stable and self._as_written is not None:
            # The stable form goes past these values, such as the probabilities of a softmax. Their gradients are those of the loss as it
            # is written.
            others = dict(zip(missing, gradients([self._as_written], missing), strict=True))
            results = [others.get(value) if result is None else result for value, result in zip(wanted, results, strict=True)]
        known = {f"{name}_gradient": result for name, result in zip(names, results, strict=True) if result is not None}
        return known | self._passed_on(known)

    def _passed_on(self, known: dict[str, Value]) -> dict[str, Value]:
        """The gradient that each call passes on to its inputs. It is less than that of the input where others use that input, too."""
        passed: dict[str, Value] = {}
        for call in self.calls:
            pairs = [
                (value, known.get(f"{call.name}/{name}_gradient")) for name, value in call.values().items() if name.startswith("output")
            ]
            inputs = {
                name: value for name, value in call.values().items() if name.startswith("input") and f"{call.name}/{name}_gradient" in known
            }
            ends = [(value, seed) for value, seed in pairs if seed is not None and value.node is not None]
            inputs = {
                name: value for i, (name, value) in enumerate(inputs.items()) if not any(value is one for one in list(inputs.values())[:i])
            }
            # One input may have been computed from another, as in a residual connection.
            seeds = [seed for _, seed in ends]
            results = gradients([value for value, _ in ends], list(inputs.values()), seeds, independent=True) if ends else []
            for name, result in zip(inputs, results, strict=False):
                if result is not None:
                    passed[f"{call.name}/passed{name.removeprefix('input')}_gradient"] = result
        return passed

    # ---- numbers

    def names(self) -> list[str]:
        """The names of all values."""
        return [*self.values, *self.gradients]

    def find(self, name: str) -> Any:
        """The value of a name.

        Raises:
            ArgumentError: The name is unknown; the message suggests the nearest one.
        """
        if name in self.values:
            return self.values[name]
        if name in self.gradients:
            return self.gradients[name]
        raise ArgumentError(
            f"the value {name!r}",
            "the name of a value of this model, such as 'dense_1/output'",
            suggest(name, self.names()),
            where=f"model '{self.model.name}'.trace",
        )

    def graph_of(self, names: Iterable[str]) -> tuple[Graph, dict[str, Any]]:
        """The graph whose outputs are the values of some names, and those that need no graph: inputs, constants and weights."""
        wanted: dict[str, Value] = {}
        known: dict[str, Any] = {}
        given = dict(zip(self.graph.inputs, self.arrays, strict=True))
        variables = {value: variable for variable, value in self.graph.reads.items()}
        for name in names:
            value = self.find(name)
            if isinstance(value, Value) and value.node is not None:
                wanted[name] = value
            elif isinstance(value, Value):
                known[name] = given[value] if value in given else variables[value].numpy() if value in variables else value.array
            else:
                known[name] = value.numpy() if isinstance(value, Variable) else value
        outputs = list(dict.fromkeys(wanted.values()))
        places = {value: i for i, value in enumerate(outputs)}
        graph = Graph(self.graph.inputs, outputs, {name: places[value] for name, value in wanted.items()}, self.graph.reads, {}, "trace")
        return graph, known

    def run(self, names: Iterable[str] | None = None) -> dict[str, np.ndarray]:
        """The arrays of some names, all by default, computed with the current engine and weights."""
        names = list(self.names() if names is None else names)
        graph, known = self.graph_of(names)
        places = cast(dict[str, int], graph.structure)
        results = compile_graph(graph)(*self.arrays) if graph.outputs else []
        return {name: np.asarray(known[name] if name in known else results[places[name]]) for name in names}

    def stages(self) -> list[Stage]:
        """The numbers of every layer call, in order; those of a nested model stand in its place."""
        arrays = self.run()
        return [self.stage(call, arrays) for call in self.calls]

    def stage(self, call: LayerCall, arrays: dict[str, np.ndarray]) -> Stage:
        """The numbers of one layer call.

        Args:
            call: The call.
            arrays: Arrays by name, from `run`.
        """
        prefix, names = f"{call.name}/", list(call.values())
        passed = [name.replace("input", "passed") for name in names if name.startswith("input")]
        gradients = {name: arrays[key] for name in [*names, *passed, *call.weights] if (key := f"{prefix}{name}_gradient") in arrays}
        return Stage(
            call.name,
            call.layer,
            type(call.layer).__name__,
            tuple(arrays[prefix + name] for name in names if name.split("_")[0] == "input"),
            arrays.get(f"{prefix}preactivation"),
            tuple(arrays[prefix + name] for name in names if name.split("_")[0] == "output"),
            call.activation,
            arrays.get(f"{prefix}mask"),
            {name: arrays[prefix + name] for name in call.masks},
            call.options,
            {name: arrays[prefix + name] for name in call.weights},
            gradients,
            tuple(self.stage(part, arrays) for part in call.parts),
        )


def _tensors(structure: Structure) -> list[Any]:
    return [leaf for leaf in tree.flatten(structure) if _is_tensor(leaf)]


def _is_tensor(leaf: object) -> bool:
    return isinstance(leaf, (Value, np.ndarray))


def _is_mask(name: str) -> bool:
    return name == "mask" or (name.endswith("_mask") and not name.startswith("use_"))


def _weights(layer: Layer) -> dict[str, Variable]:
    """The weights of a layer by the end of their path: `"kernel"`, or `"query/kernel"` where several have that name."""
    named: dict[str, Variable] = {}
    paths = [variable.path.split("/") for variable in layer.weights]
    for variable, path in zip(layer.weights, paths, strict=True):
        length = next((n for n in range(1, len(path)) if sum(other[-n:] == path[-n:] for other in paths) == 1), len(path))
        named["/".join(path[-length:])] = variable
    return named

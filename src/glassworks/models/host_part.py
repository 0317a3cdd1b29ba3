"""The split of a model into a part that runs on the host, in NumPy, and the graph that follows it."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassworks import tree
from glassworks.errors import StateError
from glassworks.graph import Array, Call, KerasTensor
from glassworks.layers.base import Layer
from glassworks.layers.host_layer import HostLayer, HostOutputs


class HostPart:
    """The calls of host layers and of the layers before them; the rest is the graph.

    Args:
        inputs, outputs: The model's symbolic inputs and outputs.
        calls: The calls from inputs to outputs, in order.
        where: The model, for errors.

    Attributes:
        calls: The calls on the host, in order. A part without calls is falsy.
        graph_calls: The other calls.
        entering: The tensors that the graph needs from the host.
    """

    def __init__(self, inputs: list[KerasTensor], calls: list[Call], outputs: list[KerasTensor], where: str) -> None:
        calls = _with_inner_calls(calls)
        needed: set[KerasTensor] = set()
        self.calls: list[Call] = []
        for call in reversed(calls):
            if isinstance(call.operation, HostLayer) or needed.intersection(tree.flatten(call.outputs)):
                needed.update(call.inputs)
                self.calls.insert(0, call)
        for call in self.calls:
            if isinstance(call.operation, Layer) and call.operation.trainable_weights:
                after = next(one.operation.name for one in self.calls if isinstance(one.operation, HostLayer))
                raise StateError(
                    f"layer '{call.operation.name}', which learns, in front of '{after}', which has no gradient",
                    f"'{after}' at the front of the model",
                    "look up first, then learn",
                    where=where,
                )
        on_host = set(map(id, self.calls))
        self.graph_calls = [call for call in calls if id(call) not in on_host]
        results = set(inputs) | {tensor for call in self.calls for tensor in tree.flatten(call.outputs)}
        used = [tensor for call in self.graph_calls for tensor in call.inputs] + outputs
        self.entering = list(dict.fromkeys(tensor for tensor in used if tensor in results))

    def check_outputs(self, where: str) -> None:
        """Raise an error if an output of the model is text: programs compute numbers only."""
        text = next((tensor for tensor in self.entering if tensor.dtype == "string"), None)
        if text is not None:
            raise StateError(
                "a model that gives text", "one that gives numbers", "call it: model(x), without fit, evaluate or predict", where=where
            )

    def __bool__(self) -> bool:
        return bool(self.calls)

    def run(self, values: dict[KerasTensor, Any]) -> HostOutputs:
        """The values that enter the graph, given the values of the model's inputs."""
        for call in self.calls:
            values.update(zip(tree.flatten(call.outputs), tree.flatten(call.replay(values.__getitem__)), strict=True))
        return HostOutputs({tensor.name: _plain(values[tensor]) for tensor in self.entering})


def _plain(value: object) -> Any:
    return value.numpy() if isinstance(value, Array) else value if not isinstance(value, (list, tuple)) else np.asarray(value)


def _with_inner_calls(calls: list[Call]) -> list[Call]:
    """The calls, in which inner models that have a host part are replaced by their own calls."""
    inner_calls: list[Call] = []
    for call in calls:
        model: Any = getattr(call.operation, "_functional", None) or call.operation
        if not getattr(model, "host_part", None):
            inner_calls.append(call)
            continue
        renamed = dict(zip(model.inputs, call.inputs, strict=True)) | dict(zip(model.outputs, tree.flatten(call.outputs), strict=True))

        def replace(leaf: object, renamed: dict = renamed) -> Any:
            if not isinstance(leaf, KerasTensor):
                return leaf
            return renamed.setdefault(leaf, KerasTensor(leaf.shape, leaf.dtype))

        for inner in [*model.host_part.calls, *model.host_part.graph_calls]:
            args = tuple(tree.map_structure(replace, argument) for argument in inner.args)
            kwargs = {name: tree.map_structure(replace, argument) for name, argument in inner.kwargs.items()}
            inner_calls.append(Call(inner.operation, args, kwargs, tree.map_structure(replace, inner.outputs), inner.name))
    return inner_calls

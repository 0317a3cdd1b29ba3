"""The recorded calls of a Functional model as plain data, in order, for copies and pickles.

Tensors refer to their calls, and calls to their tensors: a chain as long as the model is deep. As a list of calls
between numbered tensors it is copied without recursion.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from glassworks import tree
from glassworks.graph import Call, KerasTensor
from glassworks.layers.base import Layer
from glassworks.layers.input import InputLayer
from glassworks.typing import Structure


class _Place:
    """A placeholder for a tensor; equal numbers mean the same tensor."""

    def __init__(self, number: int, tensor: KerasTensor) -> None:
        self.number, self.shape, self.dtype, self.name = number, tensor.shape, tensor.dtype, tensor.name


class Recorded(NamedTuple):
    """A model's structure: its inputs and outputs, the layer behind each input (or None), and the calls in between."""

    inputs: Any
    outputs: Any
    sources: list[Any]
    calls: list[tuple[Any, Any, Any, Any, str]]


def record(inputs: Structure, outputs: Structure, calls: list[Call]) -> Recorded:
    """The structure of a model as plain data."""
    places: dict[KerasTensor, _Place] = {}

    def place(leaf: object) -> Any:
        return places.setdefault(leaf, _Place(len(places), leaf)) if isinstance(leaf, KerasTensor) else leaf

    def placed(structure: object) -> Any:
        return tree.map_structure(place, structure)

    sources = [tensor.call.operation if tensor.call is not None else None for tensor in tree.flatten(inputs)]
    sources = [source if isinstance(source, InputLayer) else None for source in sources]
    rows = [
        (call.operation, [placed(a) for a in call.args], {k: placed(v) for k, v in call.kwargs.items()}, placed(call.outputs), call.name)
        for call in calls
    ]
    return Recorded(placed(inputs), placed(outputs), sources, rows)


def replay(recorded: Recorded) -> tuple[Any, Any, list[Call]]:
    """Inputs, outputs and calls from the result of `record`; the layers get their calls back."""
    tensors: dict[int, KerasTensor] = {}

    def tensor(leaf: object) -> Any:
        if not isinstance(leaf, _Place):
            return leaf
        if leaf.number not in tensors:
            tensors[leaf.number] = KerasTensor(leaf.shape, leaf.dtype, name=leaf.name)
        return tensors[leaf.number]

    def restored(structure: object) -> Any:
        return tree.map_structure(tensor, structure)

    for leaf, source in zip(tree.flatten(recorded.inputs), recorded.sources, strict=True):
        if source is not None:
            tensors[leaf.number] = source.output
    calls = []
    for operation, args, kwargs, outputs, name in recorded.calls:
        call = Call(operation, tuple(map(restored, args)), {key: restored(value) for key, value in kwargs.items()}, None, name)
        call.outputs = restored(outputs)
        for tensor_out in tree.flatten(call.outputs):
            if isinstance(tensor_out, KerasTensor):
                tensor_out.call = call
        if isinstance(operation, Layer):
            operation._inbound_calls.append(call)
        calls.append(call)
    return restored(recorded.inputs), restored(recorded.outputs), calls

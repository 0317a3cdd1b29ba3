"""The order in which a functional model lists its layers and ops, and so its weights: Keras's order, on which its files depend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from glassworks.graph import Call, KerasTensor
from glassworks.layers.base import Layer
from glassworks.layers.input import InputLayer


def operations_in_order(inputs: Sequence[KerasTensor], outputs: Sequence[KerasTensor], calls: Sequence[Call]) -> list[Layer | Call]:
    """Every layer once, and each call of an op, those farthest from the outputs first; others in the order of a walk back from the outputs.

    Args:
        inputs, outputs: The model's tensors.
        calls: The calls between them, each after those it depends on.
    """
    within = {id(call) for call in calls}
    starts = [tensor.call for tensor in inputs if tensor.call is not None and isinstance(tensor.call.operation, InputLayer)]
    within.update(id(call) for call in starts)
    met: dict[int, int] = {}
    for call in _walk_back(outputs, within):
        met.setdefault(id(_operation(call)), len(met))
    depth = _distances([*starts, *calls], within)
    operations = {id(operation): operation for operation in map(_operation, [*starts, *calls])}
    ranked = [(-depth[key], met.get(key, -1), operation) for key, operation in operations.items()]
    return [operation for *_, operation in sorted(ranked, key=lambda entry: entry[:2])]


def _operation(call: Call) -> Layer | Call:
    """What a call counts as: its layer, which may have others, or itself, since each use of an op is an operation in Keras."""
    return call.operation if isinstance(call.operation, Layer) else call


def _walk_back(outputs: Sequence[KerasTensor], within: set[int]) -> Iterator[Call]:
    """The calls in the order of a depth-first walk from the outputs, each before its sources."""
    seen: set[int] = set()
    stack = list(reversed(outputs))
    while stack:
        call = stack.pop().call
        if call is None or id(call) not in within or id(call) in seen:
            continue
        seen.add(id(call))
        yield call
        stack.extend(reversed(call.inputs))


def _distances(calls: Sequence[Call], within: set[int]) -> dict[int, int]:
    """For each operation, the number of calls on the longest path from it to an output."""
    of_calls: dict[int, int] = {}
    of_operations: dict[int, int] = {}
    for call in reversed(calls):
        # A shared layer has the distance of its farthest call so far.
        distance = max(of_calls.get(id(call), 0), of_operations.get(id(_operation(call)), 0))
        of_calls[id(call)] = of_operations[id(_operation(call))] = distance
        for tensor in call.inputs:
            if tensor.call is not None and id(tensor.call) in within:
                of_calls[id(tensor.call)] = max(distance + 1, of_calls.get(id(tensor.call), 0))
    return of_operations

"""The value that goes into the activation function of a layer, read from the graph of its call."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from glassworks import activations, layers
from glassworks.graph import Graph, Value, trace
from glassworks.layers import Layer
from glassworks.scope import Frame

# Layers that are an activation function: what goes in is the preactivation.
ACTIVATION_LAYERS = (layers.Activation, layers.ReLU, layers.LeakyReLU, layers.PReLU, layers.ELU, layers.Softmax)


def before_activation(layer: Layer, frame: Frame, inputs: list[Value], outputs: list[Value]) -> tuple[Value | None, str]:
    """The value that a layer's activation function was applied to, and the name of the function.

    The function is traced alone, and its graph is compared with the end of the layer's graph. So it may be any function of ops.

    Args:
        layer: The layer.
        frame: The frame of the call, which the nodes made by it have in their origin.
        inputs, outputs: The values of the call.

    Returns:
        `(None, "")` where the layer has no activation function, or where it is not applied last.
    """
    if isinstance(layer, ACTIVATION_LAYERS) and inputs:
        function = getattr(layer, "activation", None)
        return inputs[0], _name(function) if function is not None else type(layer).__name__.lower()
    frames = outputs[0].node.origin if outputs and outputs[0].node is not None else ()
    start = next((i for i, one in enumerate(frames) if one is frame), None)
    if start is None:
        return None, ""  # the layer passes on what another one computed
    function = getattr(layer, "activation", None) or _last_op(frames[start + 1 :])
    if not callable(function) or function is activations.linear:
        return None, ""
    applied = trace(function, outputs[0].spec)
    argument = _argument(applied, outputs[0])
    return (argument, _name(function)) if argument is not None else (None, "")


def _name(function: object) -> str:
    return getattr(function, "__name__", None) or getattr(function, "name", None) or type(function).__name__.lower()


def _last_op(frames: tuple[Frame, ...]) -> Callable | None:
    """The activation function whose name the last op of a layer has, if no other layer stands in between."""
    name = frames[0].name if frames and frames[0].kind == "ops" else ""
    return activations.get(name) if name in activations.ACTIVATIONS.names() else None


def _argument(applied: Graph, output: Value) -> Value | None:
    """The value that stands in the place of the graph's input, if the graph is the end of what computes `output`."""
    (given,), (result,) = applied.inputs, applied.results
    bound: dict[Value, Value] = {}
    return bound.get(given) if _matches(result, output, given, bound) else None


def _matches(pattern: Value, value: Value, given: Value, bound: dict[Value, Value]) -> bool:
    if pattern in bound:
        return bound[pattern] is value
    if pattern.spec != value.spec:
        return False
    if pattern is not given:
        if pattern.array is not None or value.array is not None:
            return pattern.array is not None and value.array is not None and np.array_equal(pattern.array, value.array)
        if pattern.node is None or value.node is None:
            return bool(pattern.name) and pattern.name == value.name
        a, b = pattern.node, value.node
        # `==` on values adds a node, so positions are compared by identity.
        positions = [[output is own for output in node.outputs] for node, own in ((a, pattern), (b, value))]
        same = a.primitive is b.primitive and positions[0] == positions[1] and repr(a.attributes) == repr(b.attributes)
        if not same or not all(_matches(x, y, given, bound) for x, y in zip(a.inputs, b.inputs, strict=True)):
            return False
    bound[pattern] = value
    return True

"""`Evidence`: the facts known before the first step, in the form that the checks need.

The graph is better evidence than the list of layers: the last activation, and what the inputs go into, is read from the graph of the
forward pass, which is the same for Sequential, Functional and subclassed models.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from glassworks import tree
from glassworks.graph import Graph, Node, Value
from glassworks.training.data.convert import is_on_disk

SAMPLED = 1 << 17
"""The number of elements of an array that are examined if a sample is enough."""

# Primitives that move numbers without changing them.
_MOVING = {
    "cast",
    "reshape",
    "transpose",
    "broadcast_to",
    "take_slices",
    "unstack",
    "stack",
    "concatenate",
    "pad",
    "squeeze",
    "expand_dims",
}
_WEIGHING = {"matmul", "convolution", "einsum"}


@dataclass
class Output:
    """One output of the model, with what is compiled for it.

    Attributes:
        name: Its name.
        function: The name of its loss function: `"mean_squared_error"`; empty if it has no loss.
        options: The options of the loss.
        prediction: The model's output for a few samples, before training.
        target: The targets; all of them if the data is in arrays.
        weight: The sample weights, or None.
        activation: The op that computes the output: `"softmax"`.
        metrics: The metrics that the user compiled for it.
    """

    name: str
    function: str
    options: dict[str, Any]
    prediction: np.ndarray
    target: np.ndarray
    weight: np.ndarray | None
    activation: str
    metrics: list[Any]


@dataclass
class Evidence:
    """Model and data before the first step.

    Attributes:
        model: The model.
        x: Name -> array of inputs.
        is_whole: Whether x and the targets are all samples, not the first batch only.
        validation_x, validation_y: Inputs and targets of the validation data, if it is in arrays.
        is_split: Whether the validation data is the end of the training data.
        weighed: The names of the inputs that go directly into a product with weights.
        raw: For each input array, whether it meets weights on the scale that it came on; None where the forward pass is not known.
        outputs: The outputs that have a loss and targets; empty where the user wrote the training step.
        own_step: Whether the user wrote the training step.
    """

    model: Any
    x: dict[str, np.ndarray]
    is_whole: bool = False
    validation_x: dict[str, np.ndarray] = field(default_factory=dict)
    validation_y: list[np.ndarray | None] = field(default_factory=list)
    is_split: bool = False
    weighed: set[str] = field(default_factory=set)
    raw: list[bool] | None = None
    outputs: list[Output] = field(default_factory=list)
    own_step: bool = False

    @property
    def where(self) -> str:
        """The first part of each finding: what was being done."""
        return f"model '{self.model.name}'.fit, before the first step"


def named(structure: object, name: str) -> dict[str, np.ndarray]:
    """The arrays of numbers in a structure by name: `{"x['age']": ...}`."""
    leaves = [leaf for leaf in tree.flatten(structure) if leaf is not None]
    return {key: leaf for key, leaf in zip(input_names(structure, name), leaves, strict=True) if leaf.dtype.kind in "biuf"}


def input_names(structure: object, name: str = "x") -> list[str]:
    """A name for each array of a structure, in order."""
    return [name + "".join(f"[{key!r}]" for key in path) for path, leaf in tree.flatten_with_path(structure) if leaf is not None]


def sample(array: np.ndarray) -> np.ndarray:
    """Some rows of an array, spread over all of it, as float64; always the same rows."""
    width = max(int(np.prod(array.shape[1:])), 1)
    # Reading each row from disk may be a separate access.
    rows = min(max((SAMPLED >> 5) // width, 16), 64) if is_on_disk(array) else min(max(SAMPLED // width, 32), 1 << 14)
    if len(array) > rows:
        # Equal steps could coincide with a period in the data.
        array = array[np.unique(np.random.default_rng(0).integers(0, len(array), rows))]
    return np.asarray(array, np.float64)


def weighed_inputs(graph: Graph) -> list[bool]:
    """For each input of a forward pass, whether it goes directly into a product with weights, without scaling."""
    return inputs_that_reach(graph, lambda node, _: node.primitive.name in _WEIGHING, lambda name: name in _MOVING)


def raw_inputs(graph: Graph) -> list[bool]:
    """For each input of a forward pass, whether it meets weights with its original scale, perhaps pooled or resized."""
    weights = set(graph.reads.values())

    def meets_weights(node: Node, value: Value) -> bool:
        return node.primitive.name in _WEIGHING and any(_source(other) in weights for other in node.inputs if other is not value)

    # A product with constants is an image resize.
    return inputs_that_reach(graph, meets_weights, lambda name: name in _MOVING or name in _WEIGHING or "pool" in name)


def inputs_that_reach(graph: Graph, is_end: Callable[[Node, Value], bool], passes: Callable[[str], bool]) -> list[bool]:
    """For each input, whether it reaches a node for which `is_end` holds, through primitives for which `passes` holds."""
    readers: dict[Value, list[Node]] = {}
    for node in graph.nodes():
        for value in node.inputs:
            readers.setdefault(value, []).append(node)

    def reaches(start: Value) -> bool:
        seen, ahead = {start}, [start]
        while ahead:
            value = ahead.pop()
            for node in readers.get(value, []):
                if is_end(node, value):
                    return True
                made = [output for output in node.outputs if output not in seen] if passes(node.primitive.name) else []
                seen.update(made)
                ahead += made
        return False

    return [reaches(value) for value in graph.inputs]


def _source(value: Value) -> Value:
    """The value before all nodes that only move numbers."""
    while value.node is not None and value.node.primitive.name in _MOVING and len(value.node.inputs) == 1:
        value = value.node.inputs[0]
    return value


def is_linear(value: Value) -> bool:
    """Whether an output of a forward pass is a product with weights, plus perhaps a bias: that of a layer without activation."""
    node = _producer(value)
    if node is not None and node.primitive.name == "add":
        node = next((made for made in map(_producer, node.inputs) if made is not None and made.primitive.name in _WEIGHING), None)
    return node is not None and node.primitive.name in _WEIGHING


def _producer(value: Value) -> Node | None:
    """The node that computed a value, before all nodes that only move numbers."""
    node = value.node
    while node is not None and node.primitive.name in _MOVING and len(node.inputs) == 1:
        node = node.inputs[0].node
    return node


def activation_of(value: Value) -> str:
    """The op that computes an output of a forward pass, before all nodes that only move numbers: `"sigmoid"`."""
    node = _producer(value)
    if node is None:
        return ""
    frames = node.origin
    start = max((i for i, frame in enumerate(frames) if frame.kind != "ops"), default=-1)
    return next((frame.name for frame in frames[start + 1 :] if frame.kind == "ops"), node.primitive.name)

"""`Evidence`: the facts known before the first step, in the form that the checks need.

The graph is better evidence than the list of layers: the last activation, and what the inputs go into, is read from the graph of the
forward pass, which is the same for Sequential, Functional and subclassed models.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from glassworks import tree
from glassworks.graph import Graph, Node, Value, Variable
from glassworks.losses import Loss
from glassworks.training.data.convert import is_on_disk

if TYPE_CHECKING:
    from glassworks.training.diagnosis.rows import Rows

SAMPLED = 1 << 17
"""The number of elements of an array that are examined if a sample is enough."""

MOVING = {
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
"""Primitives that move numbers without changing them."""
WEIGHING = {"matmul", "convolution", "einsum"}
"""Primitives that multiply inputs with weights."""


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
        losses: The loss of each of these samples; None where the loss is the user's own.
        value: The value of the graph of the forward pass that is this output.
        loss: The loss object.
    """

    name: str
    function: str
    options: dict[str, Any]
    prediction: np.ndarray
    target: np.ndarray
    weight: np.ndarray | None
    activation: str
    metrics: list[Any]
    losses: np.ndarray | None = None
    value: Value | None = None
    loss: Loss | None = None


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
        looked_up: The names of the inputs that are indices of a table, such as that of an Embedding.
        raw: For each input array, whether it meets weights on the scale that it came on; None where the forward pass is not known.
        outputs: The outputs that have a loss and targets; empty where the user wrote the training step.
        own_step: Whether the user wrote the training step.
        graph: The graph of the forward pass; None where it is not known.
        has_text: Whether there are inputs besides those in x, which are not numbers.
        gradients: Gives the gradients of the first batch's loss for some variables; None for those that no gradient reaches.
        columns: The names of the columns of x, where it is a DataFrame.
        batch_size: The number of rows in a batch.
        is_fresh: Whether the optimizer has made no step so far.
        rows: A sample of the training rows, where a check has taken one.
        unreached: The variables that no gradient reaches.
        reported: The names of the checks that have found something.
    """

    model: Any
    x: dict[str, np.ndarray]
    is_whole: bool = False
    validation_x: dict[str, np.ndarray] = field(default_factory=dict)
    validation_y: list[np.ndarray | None] = field(default_factory=list)
    is_split: bool = False
    weighed: set[str] = field(default_factory=set)
    looked_up: set[str] = field(default_factory=set)
    raw: list[bool] | None = None
    outputs: list[Output] = field(default_factory=list)
    own_step: bool = False
    graph: Graph | None = None
    has_text: bool = False
    gradients: Callable[[list[Variable]], list[np.ndarray | None]] | None = None
    columns: list[str] | None = None
    batch_size: int | None = None
    is_fresh: bool = True
    rows: Rows | None = None
    unreached: list[Variable] = field(default_factory=list)
    reported: set[str] = field(default_factory=set)
    _samples: dict[int, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)

    def sample(self, array: np.ndarray) -> np.ndarray:
        """Some rows of an array, as the function of this name gives them; they are read once for all checks."""
        # The array is kept as well: the id of one that is gone may be that of another.
        if id(array) not in self._samples:
            self._samples[id(array)] = array, sample(array)
        return self._samples[id(array)][1]

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
    return np.asarray(array[some_rows(len(array), rows)], np.float64)


@functools.lru_cache(maxsize=16)
def some_rows(length: int, count: int) -> Any:
    """An index for about `count` rows of `length`, spread over all of them, always the same; a slice if these are all."""
    # Equal steps could coincide with a period in the data.
    return np.unique(np.random.default_rng(0).integers(0, length, count)) if length > count else slice(None)


def weighed_inputs(graph: Graph) -> list[bool]:
    """For each input of a forward pass, whether it goes directly into a product with weights, without scaling."""
    return inputs_that_reach(graph, lambda node, _: node.primitive.name in WEIGHING, lambda name: name in MOVING)


def raw_inputs(graph: Graph) -> list[bool]:
    """For each input of a forward pass, whether it meets weights with its original scale, perhaps pooled or resized."""
    weights = set(graph.reads.values())

    def meets_weights(node: Node, value: Value) -> bool:
        return node.primitive.name in WEIGHING and any(_source(other) in weights for other in node.inputs if other is not value)

    # A product with constants is an image resize.
    return inputs_that_reach(graph, meets_weights, lambda name: name in MOVING or name in WEIGHING or "pool" in name)


def looked_up_inputs(graph: Graph) -> list[bool]:
    """For each input of a forward pass, whether it is used as indices."""
    ends = ("gather", "gather_along", "one_hot")
    # Layers check that indices are in their range.
    return inputs_that_reach(graph, lambda node, _: node.primitive.name in ends, lambda name: name in MOVING or name == "in_range")


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
    while value.node is not None and value.node.primitive.name in MOVING and len(value.node.inputs) == 1:
        value = value.node.inputs[0]
    return value


def is_linear(value: Value) -> bool:
    """Whether an output of a forward pass is a product with weights, plus perhaps a bias: that of a layer without activation."""
    node = producer(value)
    if node is not None and node.primitive.name == "add":
        node = next((made for made in map(producer, node.inputs) if made is not None and made.primitive.name in WEIGHING), None)
    return node is not None and node.primitive.name in WEIGHING


def producer(value: Value) -> Node | None:
    """The node that computed a value, before all nodes that only move numbers."""
    node = value.node
    while node is not None and node.primitive.name in MOVING and len(node.inputs) == 1:
        node = node.inputs[0].node
    return node


def activation_of(value: Value) -> str:
    """The op that computes an output of a forward pass, before all nodes that only move numbers: `"sigmoid"`."""
    node = producer(value)
    return "" if node is None else op_of(node)


def op_of(node: Node) -> str:
    """The op that made a node: `"sigmoid"`."""
    frames = node.origin
    start = max((i for i, frame in enumerate(frames) if frame.kind != "ops"), default=-1)
    return next((frame.name for frame in frames[start + 1 :] if frame.kind == "ops"), node.primitive.name)

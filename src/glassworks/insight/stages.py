"""`Stage`: the numbers of one call of a layer, as NumPy arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from glassworks.layers import Layer

AnyLayer = TypeVar("AnyLayer", bound=Layer)


@dataclass(frozen=True)
class Stage:
    """One call of a layer for one batch.

    Attributes:
        name: The path of the layer inside the model, such as `"dense_1"` or `"encoder/dense_1"`; further calls of a shared layer
            are `"dense_1#2"`, `"dense_1#3"`.
        layer: The layer.
        kind: The name of its class.
        inputs, outputs: The arrays that went in and came out, with the batch axis; of nested structures the leaves in order.
        preactivation: What the activation function was applied to; None where there is none.
        activation: The name of the activation function, or "".
        mask: Which entries of the first input count; None where all do.
        masks, options: The arguments of the call that are masks, and those that are plain values, such as `use_causal_mask`.
        weights: The layer's weights by name, as they were in this run: `{"kernel": ..., "bias": ...}`.
        gradients: The gradients of the loss by the name of the value: `"input"`, `"preactivation"`, `"output"`, `"kernel"`. Without
            targets it is empty; values that the loss does not depend on are missing. Each is the gradient over all uses of a value;
            `"passed"` is what this call alone passes on to its input (`"passed_1"` to the second one).
        parts: The calls of layers inside this one.
    """

    name: str
    layer: Layer
    kind: str
    inputs: tuple[np.ndarray, ...]
    preactivation: np.ndarray | None
    outputs: tuple[np.ndarray, ...]
    activation: str = ""
    mask: np.ndarray | None = None
    masks: dict[str, np.ndarray] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    weights: dict[str, np.ndarray] = field(default_factory=dict)
    gradients: dict[str, np.ndarray] = field(default_factory=dict)
    parts: tuple[Stage, ...] = ()

    @property
    def input(self) -> np.ndarray | None:
        """The first input, or None for a call without arrays."""
        return self.inputs[0] if self.inputs else None

    @property
    def output(self) -> np.ndarray | None:
        """The first output, or None for a call without arrays."""
        return self.outputs[0] if self.outputs else None

    def layer_as(self, *kinds: type[AnyLayer]) -> AnyLayer:
        """The layer, as an object of one of the classes of which it is known to be."""
        assert isinstance(self.layer, kinds), f"'{self.name}' is a {self.kind}"
        return self.layer

    def all(self) -> Iterator[Stage]:
        """This stage and all inside it."""
        yield self
        for part in self.parts:
            yield from part.all()

    def __repr__(self) -> str:
        shapes = [", ".join(str(array.shape) for array in arrays) for arrays in (self.inputs, self.outputs)]
        return f"<Stage {self.name!r} ({self.kind}): {shapes[0]} -> {shapes[1]}>"

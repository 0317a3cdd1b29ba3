"""`Bidirectional`: a recurrent layer over a sequence in both directions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from glassworks import ops, registry, tree
from glassworks.arguments import Anything, OneOf, Optional, check
from glassworks.errors import ArgumentError, StateError
from glassworks.layers.base import Layer
from glassworks.layers.calls import parameters_of
from glassworks.layers.wrapper import LAYER
from glassworks.typing import Shape, Tensor

_MERGES: dict[str | None, Callable[[Any, Any], Any]] = {
    "concat": lambda a, b: ops.concatenate([a, b], axis=-1),
    "sum": lambda a, b: a + b,
    "ave": lambda a, b: (a + b) / 2,
    "mul": lambda a, b: a * b,
    None: lambda a, b: (a, b),
}
_SHARED = ("stateful", "return_sequences", "return_state")


class Bidirectional(Layer):
    """A recurrent layer over a sequence in both directions (Schuster and Paliwal, 1997).

    Args:
        layer: A recurrent layer, or any layer with the attributes `go_backwards`, `return_sequences`, `return_state` and
            `stateful`. A copy of it with new weights runs forwards.
        merge_mode: The combination of the two outputs: `"concat"`, `"sum"`, `"mul"`, `"ave"`, or None for a tuple of both.
        weights: The initial weights, those of the forward layer before those of the backward layer.
        backward_layer: The layer that runs backwards; a copy of `layer` by default.

    Call arguments: those of the layer. The first half of `initial_state` is for the forward layer, the rest for the other.

    Masked steps of a sequence of outputs are zero, whatever the layer's `zero_output_for_mask` says.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.Bidirectional(layers.LSTM(4))(np.ones((2, 5, 3))).shape
    (2, 8)
    """

    merge_mode = OneOf(*_MERGES)
    # To a layer, `weights` are those that it has; of `layer` and `backward_layer` it may keep copies.
    arguments = {"layer": LAYER.unsaved(), "weights": Anything().unsaved(), "backward_layer": Optional(LAYER)}

    def __init__(
        self, layer: Any, merge_mode: str | None = "concat", weights: Any = None, backward_layer: Any = None, **kwargs: Any
    ) -> None:
        check("Bidirectional", type(self)._declared_arguments, layer=layer, backward_layer=backward_layer, merge_mode=merge_mode)
        missing = [name for name in ("go_backwards", *_SHARED) if not hasattr(layer, name)]
        if missing:
            raise ArgumentError(
                f"layer {type(layer).__name__} without {missing[0]}",
                "a recurrent layer, with attributes go_backwards, return_sequences, return_state and stateful",
                "pass for example layers.LSTM(32)",
                where="Bidirectional",
            )
        super().__init__(**kwargs)
        self.forward_layer = _copy(layer, "forward_")
        self.backward_layer = _copy(layer, "backward_", go_backwards=True) if backward_layer is None else backward_layer
        self._check_pair()
        for one in (self.forward_layer, self.backward_layer):
            if hasattr(one, "zero_output_for_mask"):
                one.zero_output_for_mask = one.return_sequences
        self._keep_arguments(merge_mode=merge_mode)
        self._first_weights = weights
        self.stateful, self.return_sequences, self.return_state = layer.stateful, layer.return_sequences, layer.return_state
        self.supports_masking = True
        self.input_spec = layer.input_spec

    def _check_pair(self) -> None:
        forward, backward = self.forward_layer, self.backward_layer
        if forward.go_backwards == backward.go_backwards:
            raise ArgumentError(
                f"go_backwards={forward.go_backwards} for both layers",
                "layer and backward_layer to walk in opposite directions",
                f"give the backward_layer go_backwards={not forward.go_backwards}",
                where="Bidirectional",
            )
        for name in _SHARED:
            if getattr(forward, name) != getattr(backward, name):
                raise ArgumentError(
                    f"{name}={getattr(forward, name)} for layer, {getattr(backward, name)} for backward_layer",
                    f"the same {name} for both",
                    where="Bidirectional",
                )

    def build(self, sequences_shape: Shape, initial_state_shape: Shape | None = None) -> None:
        for layer in (self.forward_layer, self.backward_layer):
            if not layer.built:
                layer.build(sequences_shape)
        if self._first_weights:
            self.set_weights(self._first_weights)

    def call(self, sequences: Tensor, initial_state: Any = None, mask: Tensor | None = None, training: bool | None = None) -> Any:
        """Both outputs merged; and the states of both layers, if requested."""
        half = 0 if initial_state is None else len(initial_state) // 2
        given: list[dict[str, Any]] = [{}, {}]
        if initial_state is not None:
            given = [{"initial_state": list(initial_state[:half])}, {"initial_state": list(initial_state[half:])}]
        results = []
        for layer, keywords in zip((self.forward_layer, self.backward_layer), given, strict=True):
            if mask is not None and "mask" in parameters_of(type(layer).call):
                keywords["mask"] = mask
            found = layer(sequences, **keywords)
            results.append((found[0], tuple(found[1:])) if self.return_state else (found, ()))
        (forward, states), (backward, more) = results
        if self.return_sequences:
            backward = ops.flip(backward, axis=1)
        merged = _MERGES[self.merge_mode](ops.cast(forward, self.compute_dtype), ops.cast(backward, self.compute_dtype))
        if not self.return_state:
            return merged
        return (*(merged if self.merge_mode is None else (merged,)), *states, *more)

    # ---- stored states

    @property
    def states(self) -> Any:
        """The stored states of both layers, or None."""
        both = [self.forward_layer.states, self.backward_layer.states]
        return (*both[0], *both[1]) if all(both) else None

    def reset_state(self) -> None:
        """Set the stored states of both layers to zero."""
        if not self.stateful:
            raise StateError("stateful=False", "a layer that keeps states", "make the layer inside with stateful=True")
        self.forward_layer.reset_state()
        self.backward_layer.reset_state()

    def reset_states(self) -> None:
        """Reset the states; the same as `reset_state`."""
        self.reset_state()

    # ---- shapes, masks, configs

    def compute_output_shape(self, sequences_shape: Shape, initial_state_shape: Shape | None = None) -> Any:
        """The shape of the merged output, and those of the states."""
        found = self.forward_layer.compute_output_shape(sequences_shape)
        output, states = (found[0], tuple(found[1:])) if self.return_state else (found, ())
        merged = {"concat": (*output[:-1], None if output[-1] is None else 2 * output[-1]), None: (output, output)}
        result = merged.get(self.merge_mode, output)
        if not self.return_state:
            return result
        return (*(result if self.merge_mode is None else (result,)), *states, *states)

    def compute_mask(self, inputs: Tensor, previous_mask: Tensor | None) -> Any:
        """The mask of the inputs for sequences of outputs, none otherwise."""
        mask = tree.flatten(previous_mask)[0] if self.return_sequences else None
        outputs = [mask, mask] if self.merge_mode is None else [mask]
        # States have no mask: without the Nones, a single mask would be taken for all outputs.
        return [*outputs, None] if self.return_state else outputs if self.merge_mode is None else mask

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "layer": registry.serialize(self.forward_layer)}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        inside = {
            key: registry.deserialize(config[key], custom_objects, kind="layers") for key in ("layer", "backward_layer") if config.get(key)
        }
        return cls(**{**config, **inside})


def _copy(layer: Any, prefix: str, **changes: Any) -> Any:
    """A layer with the same config, and new weights."""
    with registry.live_objects():
        copy = type(layer).from_config({**layer.get_config(), **changes, "name": prefix + layer.name.removeprefix(prefix)})
    if hasattr(layer, "use_cudnn"):
        copy.use_cudnn = layer.use_cudnn
    return copy

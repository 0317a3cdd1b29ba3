"""`TimeDistributed`: a layer applied to each step of a sequence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glassworks import ops, tree
from glassworks.errors import ShapeError
from glassworks.layers.base import Layer
from glassworks.layers.calls import parameters_of
from glassworks.layers.input_spec import InputSpec
from glassworks.layers.wrapper import Wrapper
from glassworks.typing import Tensor


class TimeDistributed(Wrapper):
    """A layer applied to each step of a sequence, with the same weights.

    All steps go through the layer at once, as one large batch; one after the other only if the layer updates something as it
    runs, as batch normalization does.

    Args:
        layer: The layer, for inputs `(batch, ...)`.

    Call arguments: `mask`, `(batch, time)` booleans, which the layer inside gets if it takes masks.

    Input shape: `(batch, time, ...)`. Output shape: `(batch, time, ...)`, with what the layer makes of the rest.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.TimeDistributed(layers.Flatten())(np.ones((2, 5, 3, 4))).shape
    (2, 5, 12)
    """

    def __init__(self, layer: Layer, **kwargs: Any) -> None:
        super().__init__(layer, **kwargs)
        self.supports_masking = True
        self.input_spec = InputSpec(min_ndim=3)

    def build(self, input_shape: Any = None) -> None:
        """Build the layer inside for single steps."""
        shape = self._step_shape(input_shape)
        if not self.layer.built:
            self.layer.build(shape)

    def _step_shape(self, shape: Sequence[int]) -> tuple:
        if len(shape) < 3:
            raise ShapeError(f"input shape {tuple(shape)}", "at least 3 axes: (batch, time, ...)", "add the time axis: x[:, None]")
        return (shape[0], *shape[2:])

    def compute_output_shape(self, input_shape: Any) -> tuple:
        batch, *rest = self.layer.compute_output_shape(self._step_shape(input_shape))
        return (batch, input_shape[1], *rest)

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Tensor:
        batch, steps = inputs.shape[:2]
        mask = next((one for one in tree.flatten(mask) if one is not None), None)
        if mask is not None and tuple(mask.shape[:2]) != (batch, steps):
            raise ShapeError(
                f"a mask of shape {tuple(mask.shape)}", f"one boolean for each step: {(batch, steps)}", "make it from the same inputs"
            )
        masked = mask is not None and "mask" in parameters_of(type(self.layer).call)
        if self._changes_as_it_runs():
            masks = ops.unstack(mask, axis=1) if masked else [None] * steps
            found = [self._inner(step, one) for step, one in zip(ops.unstack(inputs, axis=1), masks, strict=True)]
            return tree.map_structure(lambda *parts: ops.stack(parts, axis=1), *found)
        outputs = self._inner(_merged(inputs), _merged(ops.convert_to_tensor(mask)) if masked else None)
        return tree.map_structure(lambda x: ops.reshape(x, (batch, steps, *x.shape[1:])), outputs)

    def _inner(self, inputs: Tensor, mask: Tensor | None) -> Any:
        return self.layer(inputs) if mask is None else self.layer(inputs, mask=mask)

    def _changes_as_it_runs(self) -> bool:
        """Whether the layer keeps statistics or states, so that the steps are not independent of each other."""
        inside = self.layer._flat_layers()
        return any(getattr(layer, "stateful", False) for layer in inside) or any(not weight.trainable for weight in self.layer.weights)


def _merged(x: Tensor) -> Any:
    """The batch and the time axis as one."""
    return ops.reshape(x, (x.shape[0] * x.shape[1], *x.shape[2:]))

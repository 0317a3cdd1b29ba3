"""`Function`: the calls between symbolic tensors as one function, without the rest of a model."""

from __future__ import annotations

from typing import Any

from glassworks import tree
from glassworks.graph import KerasTensor
from glassworks.models.functional import Functional
from glassworks.names import unique_name
from glassworks.typing import Shape, Structure


class Function:
    """The computation from some symbolic tensors to others, which may be intermediate results of a model.

    Args:
        inputs: A `KerasTensor`, or a structure of them.
        outputs: The tensors computed from them, in any structure.
        name: Its name.

    Raises:
        ArgumentError: There are no inputs, or something is not a tensor.
        StateError: An output does not depend on the inputs alone.

    >>> from glassworks import Input, ops
    >>> x = Input((2,))
    >>> middle = ops.square(x)
    >>> Function(middle, middle + 1.0)([[3.0, 4.0]])
    Array([[4., 5.]], dtype=float32)
    """

    def __init__(self, inputs: Structure, outputs: Structure, name: str | None = None) -> None:
        self.name = name or unique_name("function")
        self._replay = Functional(inputs, outputs, name=self.name)

    @property
    def inputs(self) -> list[KerasTensor]:
        """The symbolic inputs as a flat list."""
        return self._replay.inputs

    @property
    def outputs(self) -> list[KerasTensor]:
        """The symbolic outputs as a flat list."""
        return self._replay.outputs

    @property
    def operations(self) -> list[Any]:
        """The layers and ops in the order of their calls."""
        operations_in_order: list[Any] = []
        for call in self._replay.calls:
            if all(call.operation is not one for one in operations_in_order):
                operations_in_order.append(call.operation)
        return operations_in_order

    def __call__(self, inputs: Structure) -> Any:
        """The outputs for these inputs: arrays, graph values or symbolic tensors."""
        return self._replay(inputs)

    def compute_output_spec(self, inputs: Structure) -> Any:
        """Symbolic outputs for symbolic inputs, with no history."""
        return tree.map_structure(lambda tensor: KerasTensor(tensor.shape, tensor.dtype), self._replay(inputs))

    def compute_output_shape(self, input_shape: Shape | None) -> Any:
        """The outputs' shapes for inputs of a shape; sizes may be None."""
        return self._replay.compute_output_shape(input_shape)

    def get_config(self) -> dict[str, Any]:
        """Return the name; the recorded calls belong to the tensors."""
        return {"name": self.name}


def get_source_inputs(tensor: KerasTensor) -> Any:
    """The symbolic inputs that a symbolic tensor depends on, each once; anything else is returned unchanged.

    >>> from glassworks import Input
    >>> a, b = Input((2,), name="a"), Input((2,), name="b")
    >>> [one.name for one in get_source_inputs(a + b)]
    ['a', 'b']
    """
    if not isinstance(tensor, KerasTensor):
        return tensor
    sources: list[KerasTensor] = []
    seen: set[int] = set()
    stack = [tensor]
    while stack:
        one = stack.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        inputs = one.call.inputs if one.call is not None else []
        if inputs:
            stack.extend(reversed(inputs))
        else:
            sources.append(one)
    return sources

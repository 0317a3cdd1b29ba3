"""The base of `SimpleRNN`, `LSTM` and `GRU`: an `RNN` that creates its cell."""

from __future__ import annotations

from typing import Any

from glassworks import ops
from glassworks.arguments import FIXED
from glassworks.errors import ShapeError
from glassworks.layers.arguments import REGULARIZER
from glassworks.layers.input_spec import InputSpec
from glassworks.layers.recurrent.cell import _Cell
from glassworks.layers.recurrent.rnn import RNN
from glassworks.layers.recurrent.sequence_spec import SequenceSpec
from glassworks.registry import snake_case
from glassworks.typing import Shape


class _CellLayer(RNN):
    """A cell of the package over the steps of a sequence; the arguments of the cell are attributes of the layer, too.

    Subclasses keep the arguments of the cell, and call this constructor with its class and the arguments of `RNN`.
    """

    cell = FIXED
    activity_regularizer = REGULARIZER
    axes = 3

    def __init__(self, cell_class: type[_Cell], *flags: bool, **kwargs: Any) -> None:
        common = {name: kwargs[name] for name in ("dtype", "trainable", "implementation") if name in kwargs}
        kwargs.pop("implementation", None)
        own = {name: getattr(self, name) for name in cell_class._declared_arguments if name in type(self)._declared_arguments}
        super().__init__(cell_class(**own, **common, name=snake_case(cell_class.__name__).strip("_")), *flags, **kwargs)
        for name in own:
            delattr(self, name)  # the cell has it; see __getattr__
        self.input_spec = SequenceSpec(ndim=self.axes)

    def __getattr__(self, name: str) -> Any:
        cell = vars(self).get("cell")
        if cell is not None and name in type(cell)._declared_arguments:
            return getattr(cell, name)
        return object.__getattribute__(self, name)  # raises the error of a property, or that of a name that is not there

    def build(self, sequences_shape: Shape, initial_state_shape: Shape | None = None) -> None:
        if len(sequences_shape) != self.axes:
            raise ShapeError(f"sequences of shape {tuple(sequences_shape)}", f"{self.axes} axes")
        super().build(sequences_shape, initial_state_shape)
        self.input_spec = self._input_spec(tuple(sequences_shape))

    def _input_spec(self, sequences_shape: tuple) -> InputSpec:
        return SequenceSpec(ndim=self.axes, axes={-1: sequences_shape[-1]})

    def inner_loop(self, sequences: Any, initial_state: list[Any], mask: Any, training: bool = False) -> tuple[Any, Any, list[Any]]:
        cell = self.cell
        return self._walk(
            lambda given, state: cell._recur(given, state, training), cell.given_over_time(sequences, training), initial_state, mask
        )

    def _results(self, outputs: Any, states: list[Any], mask: Any) -> tuple[Any, Any, list[Any]]:
        """The result of `inner_loop`, from the outputs and states of all steps in the order of time."""
        if mask is not None and self.zero_output_for_mask:
            outputs = ops.where(ops.expand_dims(mask, -1), outputs, ops.zeros_like(outputs))
        end = 0 if self.go_backwards else -1
        in_order = ops.flip(outputs, axis=1) if self.go_backwards and self.return_sequences else outputs
        return outputs[:, end], in_order, [state[:, end] for state in states]

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        return cls(**config)

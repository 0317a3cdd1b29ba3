"""What `SimpleRNN`, `LSTM` and `GRU` have in common: an `RNN` that makes its cell itself."""

from __future__ import annotations

from typing import Any

from glassworks import ops, regularizers
from glassworks.errors import ShapeError
from glassworks.layers.input_spec import InputSpec
from glassworks.layers.recurrent.rnn import RNN
from glassworks.layers.recurrent.sequence_spec import SequenceSpec
from glassworks.layers.recurrent.settings import arguments_of, config_of, keep
from glassworks.registry import snake_case


class _CellLayer(RNN):
    """A cell of the package over the steps of a sequence; the arguments of the cell are attributes of the layer, too.

    Args:
        cell_class: The class of the cell.
        given: The arguments of the layer, by name; each goes to the cell, to `RNN`, or to both.
    """

    cell: Any
    axes = 3

    def __init__(self, cell_class: Any, given: dict[str, Any], **kwargs: Any) -> None:
        common = {name: kwargs[name] for name in ("dtype", "trainable", "implementation") if name in kwargs}
        kwargs.pop("implementation", None)
        name = snake_case(cell_class.__name__).strip("_")
        cell = cell_class(**arguments_of(given, cell_class.__init__), **common, name=name)
        super().__init__(cell, **arguments_of(given, RNN.__init__), activity_regularizer=given["activity_regularizer"], **kwargs)
        if "use_cudnn" in given:
            keep(self, {"use_cudnn": given["use_cudnn"]})
        self.input_spec = SequenceSpec(ndim=self.axes)

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        """Build the cell for single steps; make variables for the states if they are kept."""
        if len(sequences_shape) != self.axes:
            raise ShapeError(f"sequences of shape {tuple(sequences_shape)}", f"{self.axes} axes")
        super().build(sequences_shape, initial_state_shape)
        self.input_spec = self._input_spec(tuple(sequences_shape))

    def _input_spec(self, sequences_shape: tuple) -> InputSpec:
        return SequenceSpec(ndim=self.axes, axes={-1: sequences_shape[-1]})

    def __getattr__(self, name: str) -> Any:
        cell = vars(self).get("cell")
        if cell is not None and name in cell._settings:
            return getattr(cell, name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def inner_loop(self, sequences: Any, initial_state: list[Any], mask: Any, training: bool = False) -> tuple[Any, Any, list[Any]]:
        """The last output, all outputs in the order of the walk (None where they are not wanted), and the last states."""
        cell = self.cell
        return self._walk(
            lambda given, state: cell._recur(given, state, training), cell.given_over_time(sequences, training), initial_state, mask
        )

    def _results(self, outputs: Any, states: list[Any], mask: Any) -> tuple[Any, Any, list[Any]]:
        """What `inner_loop` gives, from the outputs and states of all steps in the order of time."""
        if mask is not None and self.zero_output_for_mask:
            outputs = ops.where(ops.expand_dims(mask, -1), outputs, ops.zeros_like(outputs))
        end = 0 if self.go_backwards else -1
        in_order = ops.flip(outputs, axis=1) if self.go_backwards and self.return_sequences else outputs
        return outputs[:, end], in_order, [state[:, end] for state in states]

    def get_config(self) -> dict[str, Any]:
        """The arguments as a dict."""
        config = {key: value for key, value in super().get_config().items() if key != "cell"}
        penalty = regularizers.serialize(self.activity_regularizer)
        return {**config, **config_of(self.cell, self.cell._settings), "activity_regularizer": penalty}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        """A layer from its config."""
        return cls(**config)

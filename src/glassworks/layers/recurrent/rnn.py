"""`RNN`: any recurrent cell over the steps of a sequence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from glassworks import ops, registry, tree
from glassworks.arguments import FLAG, Serialized
from glassworks.errors import ArgumentError, ShapeError, StateError
from glassworks.graph import KerasTensor, Variable
from glassworks.layers.base import Layer
from glassworks.layers.recurrent.cell import one_sequence
from glassworks.layers.recurrent.sequence_spec import SequenceSpec
from glassworks.layers.recurrent.stacked import StackedRNNCells, build_cell, check_cell, first_state, output_size, step_of
from glassworks.typing import Shape, Tensor


class RNN(Layer):
    """A recurrent cell over the steps of a sequence.

    Args:
        cell: A cell or a list of cells, which are stacked. A cell has `call(inputs, states)`, which gives the output of a step
            and its new states, `state_size`, a number or a list of numbers, and optionally `output_size`,
            `get_initial_state(batch_size)` and `build(input_shape)`.
        return_sequences: Whether to return the outputs of all steps instead of the last one.
        return_state: Whether to return the last states, too.
        go_backwards: Whether to run from the last step to the first; a sequence of outputs then begins with that of the last step.
        stateful: Whether each batch begins with the last states of the batch before. The batch size must be known.
        unroll: Accepted and without effect: graphs hold one copy of the cell for each step in any case.
        zero_output_for_mask: Whether masked steps give zeros instead of the output before them.

    Call arguments: `initial_state`, a list of arrays `(batch, size)`, the states before the first step; `mask`, `(batch, time)`
    booleans, False for steps to be skipped.

    Input shape: `(batch, time, ...)`. Output shape: `(batch, units)`, or `(batch, time, units)` with `return_sequences`; with
    `return_state` a tuple of that and the states.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> output, state = layers.RNN(layers.GRUCell(4), return_state=True)(np.ones((2, 5, 3)))
    >>> output.shape, state.shape
    ((2, 4), (2, 4))
    """

    # States are neither weights nor saved.
    _untracked = Layer._untracked | {"states"}

    cell = Serialized("layers")
    return_sequences = return_state = go_backwards = stateful = unroll = zero_output_for_mask = FLAG

    def __init__(
        self,
        cell: Any,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        cell = StackedRNNCells(cell) if isinstance(cell, (list, tuple)) else cell
        check_cell(f"{type(self).__name__}: cell", cell)
        self._keep_arguments(cell=cell, return_sequences=return_sequences, return_state=return_state, go_backwards=go_backwards)
        self._keep_arguments(stateful=stateful, unroll=unroll, zero_output_for_mask=zero_output_for_mask)
        self.states: Any = None
        self.state_size = list(cell.state_size) if isinstance(cell.state_size, (list, tuple)) else [cell.state_size]
        self.single_state = not isinstance(cell.state_size, (list, tuple))
        self.supports_masking = True
        self.input_spec = SequenceSpec(min_ndim=3)

    # ---- building and states

    def build(self, sequences_shape: Shape, initial_state_shape: Shape | None = None) -> None:
        """Build the cell for single steps; create variables for the states if the layer is stateful."""
        build_cell(self.cell, (sequences_shape[0], *sequences_shape[2:]))
        if not self.stateful:
            return
        if sequences_shape[0] is None:
            raise StateError(
                f"stateful=True and sequences of shape {tuple(sequences_shape)}",
                "a known batch size, since the states of each sample are kept",
                "give it: Input(batch_shape=(32, None, 8))",
            )
        if self.states is None:
            self.states = tree.map_structure(
                lambda zeros: Variable(zeros, trainable=False, dtype=self.variable_dtype, name="rnn_state"),
                self.get_initial_state(sequences_shape[0]),
            )

    def get_initial_state(self, batch_size: int) -> list[Any]:
        """The states before the first step, as a list."""
        state = first_state(self.cell, batch_size, self.compute_dtype)
        return list(state) if isinstance(state, (list, tuple)) else [state]

    def reset_state(self) -> None:
        """Set the stored states to zero."""
        for variable in tree.flatten(self.states) if self.states is not None else []:
            variable.assign(ops.zeros(variable.shape, variable.dtype))

    def reset_states(self) -> None:
        """Reset the states; the same as `reset_state`."""
        self.reset_state()

    def _starting_states(self, sequences: Tensor, given: object) -> list[Any]:
        batch = sequences.shape[0]
        if self.stateful:
            kept = tree.flatten(self.states)
            if kept and kept[0].shape[0] != batch:
                raise StateError(
                    f"a batch of {batch} samples",
                    f"{kept[0].shape[0]} samples, since stateful=True keeps the states of each one",
                    "pass batches of one size; with fit, a number of samples that the batch size divides",
                )
        states = self.get_initial_state(batch)
        if given is None:
            if not self.stateful:
                return states
            given = tree.map_structure(lambda variable: variable.value, self.states)
        given, wanted = [ops.convert_to_tensor(leaf) for leaf in tree.flatten(given)], tree.flatten(states)
        shapes = [tuple(leaf.shape) for leaf in wanted]
        if len(given) != len(wanted):
            raise ArgumentError(
                f"initial_state with {len(given)} arrays",
                f"{len(wanted)}, one for each state: {', '.join(map(str, shapes))}",
                "pass a list of all states, such as the ones that return_state=True gives",
            )
        for one, shape in zip(given, shapes, strict=True):
            if tuple(one.shape) not in (shape, (1, *shape[1:])):  # one state may serve all samples
                raise ShapeError(f"initial_state of shape {tuple(one.shape)}", f"shape {shape}", "one state for each sample of the batch")
        dtype = getattr(self.cell, "compute_dtype", self.compute_dtype)
        given = [one if tuple(one.shape) == shape else ops.broadcast_to(one, shape) for one, shape in zip(given, shapes, strict=True)]
        return tree.pack_sequence_as(states, [ops.cast(one, dtype) for one in given])

    # ---- the loop over steps

    def __call__(self, sequences: Tensor, initial_state: Any = None, mask: Tensor | None = None, **kwargs: Any) -> Any:
        """Run the layer. States may stand in a list after the sequences, as `[sequences, *initial_state]`."""
        if isinstance(sequences, (list, tuple)) and initial_state is None and sequences and hasattr(sequences[0], "shape"):
            sequences, *states = sequences
            initial_state = states or None
        if self.stateful and isinstance(sequences, KerasTensor) and sequences.shape[0] is None:
            self.build(sequences.shape)
        given = {"initial_state": initial_state, "mask": mask}
        kwargs |= {name: value for name, value in given.items() if value is not None}
        return super().__call__(sequences, **kwargs)

    def call(self, sequences: Tensor, initial_state: Any = None, mask: Tensor | None = None, training: bool = False) -> Any:
        """The last output, or all outputs; and the last states, if requested."""
        if not sequences.shape[1]:
            raise ShapeError(f"sequences of shape {tuple(sequences.shape)}, without a step", "at least one step", "leave empty ones out")
        states = self._starting_states(sequences, initial_state)
        with one_sequence(self.cell):
            last, outputs, states = self.inner_loop(sequences, states, _mask_of_steps(mask, sequences), training)
        states = tree.map_structure(lambda x: ops.cast(x, self.compute_dtype), states)
        if self.stateful:
            for variable, value in zip(tree.flatten(self.states), tree.flatten(states), strict=True):
                variable.assign(ops.cast(value, variable.dtype))
        output = ops.cast(outputs if self.return_sequences else last, self.compute_dtype)
        return (output, *states) if self.return_state else output

    def inner_loop(
        self, sequences: Tensor, initial_state: list[Any], mask: Tensor | None, training: bool = False
    ) -> tuple[Any, Any, list[Any]]:
        """The last output, all outputs in the order of the steps (None if they are not needed), and the last states."""
        return self._walk(self._step, sequences, initial_state, mask)

    def _walk(self, step: Callable, sequences: Tensor, state: list[Any], mask: Tensor | None) -> tuple[Any, Any, list[Any]]:
        """`inner_loop` with a function of the inputs and the state of a step, that gives the output and the new state."""
        inputs = ops.unstack(sequences, axis=1)
        masks = [None] * len(inputs) if mask is None else ops.unstack(mask, axis=1)
        found, previous = [], None
        for one, real in list(zip(inputs, masks, strict=True))[:: -1 if self.go_backwards else 1]:
            output, new = step(one, state)
            if real is not None:
                output = _new_or_old(real, output, self._output_before(previous, state, output))
                new = tree.map_structure(lambda a, b, real=real: _new_or_old(real, a, b), new, state)
            state, previous = new, output
            found.append(output)
        return found[-1], ops.stack(found, axis=1) if self.return_sequences else None, state

    def _step(self, inputs: Tensor, state: list[Any]) -> tuple[Any, list[Any]]:
        found = step_of(self.cell)(inputs, state)
        name = type(self.cell).__name__
        if not isinstance(found, (list, tuple)) or len(found) != 2:
            raise ArgumentError(f"{type(found).__name__} from a step of {name}", "an output and the new states", "return output, [state]")
        output, new = found
        leaves, expected = tree.flatten(new), tree.flatten(state)
        if [tuple(x.shape) for x in leaves] != [tuple(x.shape) for x in expected]:
            raise ShapeError(
                f"new states of shapes {', '.join(str(tuple(x.shape)) for x in leaves)} from a step of {name}",
                f"those of the states given: {', '.join(str(tuple(x.shape)) for x in expected)}",
                f"check {name}.state_size and what its call returns",
            )
        return output, tree.pack_sequence_as(state, leaves)

    def _output_before(self, previous: Any, state: list[Any], output: Any) -> Any:
        """The output that a masked step repeats: the previous one; before the first step, the first state of the last cell."""
        if self.zero_output_for_mask:
            return ops.zeros_like(output)
        if previous is None:
            first = tree.flatten(state[-1] if tree.is_nested(state[-1]) else state[0])[0]
            return first if tuple(first.shape) == tuple(output.shape) else ops.zeros_like(output)
        return previous

    # ---- shapes, masks, configs

    def compute_output_shape(self, sequences_shape: Shape, initial_state_shape: Shape | None = None) -> Any:
        """The output's shape, and those of the states."""
        batch, steps = sequences_shape[:2]
        size = output_size(self.cell)
        size = tuple(size) if isinstance(size, (list, tuple)) else (size,)
        output = (batch, steps, *size) if self.return_sequences else (batch, *size)
        if not self.return_state:
            return output
        return (output, *tree.map_structure(lambda size: (batch, size), self.state_size))

    def compute_mask(self, inputs: Tensor, previous_mask: Tensor | None) -> Any:
        """The mask of the inputs for a sequence of outputs, none otherwise."""
        mask = tree.flatten(previous_mask)[0] if self.return_sequences else None
        return [mask, *[None] * len(self.state_size)] if self.return_state else mask

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        return cls(**{**config, "cell": registry.deserialize(config["cell"], custom_objects, kind="layers")})


def _mask_of_steps(mask: Tensor | None, sequences: Tensor) -> Any:
    """The mask as booleans `(batch, time)`, or None."""
    mask = next((one for one in tree.flatten(mask) if one is not None), None)
    if mask is None:
        return None
    mask = ops.cast(mask, "bool")
    shape, wanted = tuple(mask.shape), tuple(sequences.shape[:2])
    if shape[:2] != wanted:
        raise ShapeError(f"a mask of shape {shape}", f"one boolean for each step: {wanted}", "make it from the same sequences")
    # A step is unmasked if any of its entries is.
    return ops.any(mask, axis=tuple(range(2, len(shape)))) if len(shape) > 2 else mask


def _new_or_old(real: Any, new: Any, old: Any) -> Tensor:
    """For each sample the new value, or the old one where its step is masked."""
    return ops.where(ops.reshape(real, (-1, *[1] * (len(new.shape) - 1))), new, old)

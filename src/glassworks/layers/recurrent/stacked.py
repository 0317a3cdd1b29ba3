"""`StackedRNNCells`: several cells as one, each of which gets the output of the one before."""

from __future__ import annotations

from typing import Any

from glassworks import ops, registry, tree
from glassworks.arguments import Serialized
from glassworks.errors import ArgumentError
from glassworks.layers.base import Layer
from glassworks.typing import Tensor


def check_cell(where: str, cell: Any) -> None:
    """Raise an error unless this can be a recurrent cell."""
    name = type(cell).__name__
    if not (callable(getattr(cell, "call", None)) or callable(cell)):
        raise ArgumentError(
            f"cell={cell!r}", "a cell with a method call(inputs, states)", "pass for example layers.LSTMCell(32)", where=where
        )
    if "state_size" not in dir(cell) or cell.state_size is None:
        raise ArgumentError(
            f"cell {name} without state_size",
            "a cell that says how large its state is",
            f"set self.state_size in {name}.__init__: a number, or a list of numbers if there are several states",
            where=where,
        )
    if any(not isinstance(size, int) or isinstance(size, bool) for size in tree.flatten(cell.state_size)):
        raise ArgumentError(f"cell {name} with state_size={cell.state_size!r}", "an integer, or a list of integers", where=where)


def output_size(cell: Any) -> Any:
    """The size of a cell's output: that of its first state, unless it says otherwise."""
    own = getattr(cell, "output_size", None)
    return tree.flatten(cell.state_size)[0] if own is None else own


def first_state(cell: Any, batch_size: Any, dtype: str) -> Any:
    """The state of a cell before the first step: what it says itself, or zeros."""
    if hasattr(cell, "get_initial_state"):
        return cell.get_initial_state(batch_size=batch_size)
    return tree.map_structure(lambda size: ops.zeros((batch_size, size), dtype=dtype), cell.state_size)


def build_cell(cell: Layer, step_shape: Any) -> None:
    """Build a cell for inputs of single steps."""
    if not isinstance(cell, Layer) or cell.built:
        return
    if type(cell).build is not Layer.build:
        cell.build(step_shape)
    # A cell without weights: the layers inside it build themselves at the first step.
    cell.built = True


class StackedRNNCells(Layer):
    """Several cells as one: each takes the outputs of the one before.

    Args:
        cells: The cells, the first one first. Its state is the list of their states.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> stack = layers.StackedRNNCells([layers.LSTMCell(4), layers.GRUCell(3)])
    >>> layers.RNN(stack)(np.ones((2, 5, 6))).shape
    (2, 3)
    """

    cells = Serialized("layers")

    def __init__(self, cells: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(cells, (list, tuple)) or not cells:
            raise ArgumentError(f"cells={cells!r}", "a list of one or more cells", where="StackedRNNCells")
        for cell in cells:
            check_cell("StackedRNNCells: cells", cell)
        self._keep_arguments(cells=list(cells))

    @property
    def state_size(self) -> list[Any]:
        """The state size of each cell."""
        return [cell.state_size for cell in self.cells]

    @property
    def output_size(self) -> Any:
        """The output size of the last cell."""
        return output_size(self.cells[-1])

    def get_initial_state(self, batch_size: Any = None) -> list[Any]:
        """The first state of each cell."""
        return [first_state(cell, batch_size, self.compute_dtype) for cell in self.cells]

    def build(self, input_shape: tuple) -> None:
        """Build each cell for the outputs of the one before."""
        for cell in self.cells:
            build_cell(cell, input_shape)
            input_shape = (input_shape[0], output_size(cell))

    def call(self, inputs: Tensor, states: Any = None, training: bool = False) -> tuple[Any, list[Any]]:
        """One step of each cell: the output of the last one, and the new states of all; zeros are the first states."""
        new_states = []
        for cell, state in zip(self.cells, self.get_initial_state(inputs.shape[0]) if states is None else states, strict=True):
            inputs, new = step_of(cell)(inputs, state if tree.is_nested(state) else [state])
            new_states.append(tree.pack_sequence_as(state, tree.flatten(new)))
        return inputs, new_states

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        return cls(**{**config, "cells": [registry.deserialize(cell, custom_objects, kind="layers") for cell in config["cells"]]})


def step_of(cell: Layer) -> Any:
    """The function of inputs and states: the cell, or its `call` if it is not callable."""
    return cell if callable(cell) else cell.call

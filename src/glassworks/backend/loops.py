"""Loops, branches and functions between symbolic tensors by their names in older Keras."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from glassworks import ops, tree
from glassworks.backend.arrays import get_value, ndim
from glassworks.errors import ShapeError, warn
from glassworks.models.function import Function
from glassworks.ops.convert import described
from glassworks.typing import ArrayLike, DTypeLike, Structure, Tensor

Expression = ArrayLike | Callable[[], ArrayLike]


def map_fn(fn: Callable, elems: Structure, name: str | None = None, dtype: DTypeLike = None) -> Tensor:
    """A function of each row, stacked.

    >>> import numpy as np
    >>> map_fn(lambda row: 2 * row, np.array([1.0, 2.0])).numpy().tolist()
    [2.0, 4.0]
    """
    return ops.map(fn, elems)


def foldl(fn: Callable, elems: ArrayLike, initializer: ArrayLike | None = None, name: str | None = None) -> Tensor:
    """A value that `fn(value, row)` changes row by row, from the first to the last.

    Args:
        fn: Gives the next value from the value and a row.
        elems: The rows.
        initializer: The value at the start; the first row if None.
        name: Ignored.

    >>> float(foldl(lambda total, x: total - x, [1.0, 2.0, 4.0]))
    -5.0
    """
    return _fold(fn, list(ops.unstack(elems)), initializer)


def foldr(fn: Callable, elems: ArrayLike, initializer: ArrayLike | None = None, name: str | None = None) -> Tensor:
    """A value that `fn(value, row)` changes row by row, from the last to the first; see `foldl`.

    >>> float(foldr(lambda total, x: total - x, [1.0, 2.0, 4.0]))
    1.0
    """
    return _fold(fn, list(ops.unstack(elems))[::-1], initializer)


def _fold(fn: Callable, rows: list[Tensor], initializer: ArrayLike | None) -> Tensor:
    value = rows[0] if initializer is None else initializer
    for row in rows[1:] if initializer is None else rows:
        value = fn(value, row)
    return ops.convert_to_tensor(value)


def switch(condition: ArrayLike, then_expression: Expression, else_expression: Expression) -> Tensor:
    """One of two values by a condition: as a whole by a single boolean, else by element or by row.

    Args:
        condition: A boolean, or an array of them with at most as many axes as the values.
        then_expression, else_expression: The values, or functions that give them.

    Raises:
        ShapeError: The condition has more axes than the values.

    >>> switch([True, False], [[1.0, 2.0], [3.0, 4.0]], [[0.0, 0.0], [0.0, 0.0]]).numpy().tolist()
    [[1.0, 2.0], [0.0, 0.0]]
    """
    condition = ops.cast(condition, "bool")
    if ndim(condition) == 0:
        return ops.cond(condition, lambda: _value(then_expression), lambda: _value(else_expression))
    taken, other = _value(then_expression), _value(else_expression)
    missing = ndim(taken) - ndim(condition)
    if missing < 0:
        fix = "reduce the condition, for example with ops.any(condition, axis=-1)"
        raise ShapeError(
            f"a condition of {ndim(condition)} axes for values of {ndim(taken)}", "at most as many axes", fix, where="backend.switch"
        )
    return ops.where(ops.reshape(condition, (*described(condition).shape, *(1,) * missing)), taken, other)


def _value(expression: Expression) -> Tensor:
    return ops.convert_to_tensor(expression() if callable(expression) else expression)


def function(inputs: Structure, outputs: Structure, updates: Sequence[Any] | None = None, name: str | None = None) -> Callable[[Any], Any]:
    """A function that gives the numbers of symbolic tensors from those of others, such as the output of a hidden layer.

    Args:
        inputs: Symbolic tensors, usually `model.inputs`.
        outputs: Symbolic tensors computed from them.
        updates: Ignored with a warning: layers assign to variables within `call`.
        name: A name.

    Returns:
        A function of the inputs in the same structure, which gives NumPy arrays.

    >>> import numpy as np
    >>> from glassworks import Input, layers
    >>> x = Input((2,))
    >>> hidden = layers.Dense(3, kernel_initializer="ones")(x)
    >>> function([x], [hidden])([np.array([[1.0, 2.0]])])
    [array([[3., 3., 3.]], dtype=float32)]
    """
    if updates:
        warn("the updates of backend.function are ignored: assign to variables within call, with variable.assign(value)")
    run = Function(inputs, outputs, name=name)
    return lambda values: tree.map_structure(get_value, run(values))


def rnn(
    step_function: Callable[[Any, Any], tuple[Any, Any]],
    inputs: Structure,
    initial_states: Structure,
    go_backwards: bool = False,
    mask: ArrayLike | None = None,
    constants: Sequence[ArrayLike] | None = None,
    unroll: bool = False,
    input_length: int | None = None,
    time_major: bool = False,
    zero_output_for_mask: bool = False,
    return_all_outputs: bool = True,
) -> tuple[Any, Any, Any]:
    """A function step by step over sequences.

    Args:
        step_function: Gives the output of a step and the new states from its input and the states, with the constants behind them.
        inputs: Sequences `(batch, time, ...)`, or a structure of them.
        initial_states: The states before the first step.
        go_backwards: Whether to run from the last step to the first.
        mask: `(batch, time)`, False for steps to be skipped, after which states and output stay as they were.
        constants: Arrays that each step gets behind the states.
        unroll, input_length: Accepted and without effect: graphs hold one copy of each step in any case.
        time_major: Whether sequences are `(time, batch, ...)`.
        zero_output_for_mask: Whether the output of a skipped step is zeros.
        return_all_outputs: Whether to return the outputs of all steps, and not of the last one alone.

    Returns:
        The last output, the outputs of all steps, and the last states.

    >>> import numpy as np
    >>> last, outputs, states = rnn(lambda x, states: (x + states[0], [x + states[0]]), np.ones((1, 3, 2)), [np.zeros((1, 2))])
    >>> outputs.numpy()[0, :, 0].tolist()
    [1.0, 2.0, 3.0]
    """
    steps = _steps(inputs, time_major)
    masks = None if mask is None else _steps(ops.cast(mask, "bool"), time_major)
    order = range(len(steps))[::-1] if go_backwards else range(len(steps))
    states, results, previous = initial_states, [], None
    for t in order:
        output, following = step_function(steps[t], (*states, *(constants or ())))  # type: ignore[misc]  # states is a sequence
        following = tree.pack_sequence_as(states, tree.flatten(following))
        if masks is not None:
            before = tree.map_structure(ops.zeros_like, output) if previous is None or zero_output_for_mask else previous
            output, following = _kept(masks[t], output, before), _kept(masks[t], following, states)
        states, previous = following, output
        results.append(output)
    shown = results if return_all_outputs else results[-1:]
    outputs = tree.map_structure(lambda *leaves: ops.stack(leaves, axis=0 if time_major else 1), *shown)
    return previous, outputs, states


def _steps(structure: Structure, time_major: bool) -> list[Any]:
    """The structure at each step."""
    leaves = [ops.unstack(leaf, axis=0 if time_major else 1) for leaf in tree.flatten(structure)]
    return [tree.pack_sequence_as(structure, list(step)) for step in zip(*leaves, strict=True)]


def _kept(mask: Tensor, new: Structure, old: Structure) -> Structure:
    """The new values of the rows that count, else the old ones."""

    def choose(after: ArrayLike, before: ArrayLike) -> Tensor:
        missing = ndim(after) - ndim(mask)
        return ops.where(ops.reshape(mask, (*described(mask).shape, *(1,) * missing)), after, before)

    return tree.map_structure(choose, new, old)

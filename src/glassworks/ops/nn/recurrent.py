"""Long short-term memory and gated recurrent units over whole sequences, for the layers of the same names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glassworks.graph import Primitive, apply, op, spec_of
from glassworks.ops.convert import floating, operand
from glassworks.ops.primitives import recurrent
from glassworks.typing import ArrayLike, Tensor


@op
def lstm_sequence(
    gates: ArrayLike, recurrent_kernel: ArrayLike, hidden: ArrayLike, cell: ArrayLike, mask: ArrayLike | None = None, reverse: bool = False
) -> tuple[Tensor, Tensor]:
    """The hidden and cell states of a long short-term memory at each step, with tanh and sigmoid.

    Args:
        gates: The inputs times the kernel, plus the bias, `(batch, time, 4 * units)`: input, forget, candidate, output.
        recurrent_kernel: `(units, 4 * units)`.
        hidden, cell: The states before the first step, `(batch, units)`.
        mask: `(batch, time)` booleans; a step with False keeps the states.
        reverse: Walk from the last step to the first; states stand at their own step either way.

    >>> import numpy as np
    >>> hidden, cell = lstm_sequence(np.ones((2, 3, 8)), np.ones((2, 8)), np.zeros((2, 2)), np.zeros((2, 2)))
    >>> hidden.shape
    (2, 3, 2)
    """
    given = floating(gates, recurrent_kernel, hidden, cell)
    hiddens, cells, _ = _apply_sequence(recurrent.lstm_sequence, given, mask, reverse)
    return hiddens, cells


@op
def gru_sequence(
    gates: ArrayLike,
    recurrent_kernel: ArrayLike,
    recurrent_bias: ArrayLike,
    hidden: ArrayLike,
    mask: ArrayLike | None = None,
    reverse: bool = False,
) -> Tensor:
    """The states of a gated recurrent unit at each step, with tanh and sigmoid, reset after the recurrent product.

    Args:
        gates: The inputs times the kernel, plus the bias, `(batch, time, 3 * units)`: update, reset, candidate.
        recurrent_kernel: `(units, 3 * units)`.
        recurrent_bias: `(3 * units,)`.
        hidden: The state before the first step, `(batch, units)`.
        mask, reverse: As in `lstm_sequence`.

    >>> import numpy as np
    >>> gru_sequence(np.ones((2, 3, 6)), np.ones((2, 6)), np.zeros(6), np.zeros((2, 2))).shape
    (2, 3, 2)
    """
    given = floating(gates, recurrent_kernel, recurrent_bias, hidden)
    return _apply_sequence(recurrent.gru_sequence, given, mask, reverse)[0]


def _apply_sequence(primitive: Primitive, given: Sequence[Any], mask: ArrayLike | None, reverse: bool) -> Tensor:
    inputs = [*given, *([] if mask is None else [operand(mask)])]
    # A mask with too many steps would go unnoticed by NumPy.
    primitive.infer_outputs([spec_of(x) for x in inputs], {"reverse": reverse})
    return apply(primitive, *inputs, reverse=reverse)

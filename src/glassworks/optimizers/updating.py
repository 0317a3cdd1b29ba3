"""Helpers of optimizers: scaling and clipping of gradients, and updates under a condition."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from glassworks import dtypes, ops
from glassworks.graph import Variable, spec_of
from glassworks.typing import Tensor


def scaled(loss: Tensor, scale: Any) -> Any:
    """A loss times a scale, in float32 where the loss has 16 bits: the product is beyond the range of float16.

    >>> scaled(ops.cast(100.0, "float16"), 2.0**15)
    Array(3.2768e+06, dtype=float32)
    """
    loss = ops.convert_to_tensor(loss)
    dtype = dtypes.accumulator(spec_of(loss).dtype)
    return ops.cast(loss, dtype) * ops.cast(scale, dtype)


def clipped(grads: list[Any], clipnorm: float | None, global_clipnorm: float | None, clipvalue: float | None) -> list[Any]:
    """Gradients no longer than `clipnorm` each or `global_clipnorm` together, or with entries no larger than `clipvalue`."""
    if clipnorm:
        return [_shortened(gradient, _squares(gradient), clipnorm) for gradient in grads]
    if global_clipnorm:
        squares = functools.reduce(ops.add, [_squares(gradient) for gradient in grads])
        return [_shortened(gradient, squares, global_clipnorm) for gradient in grads]
    if clipvalue:
        return [ops.clip(gradient, -clipvalue, clipvalue) for gradient in grads]
    return grads


def _squares(gradient: Tensor) -> Any:
    """The sum of squares, in float32 for 16-bit floats, whose squares overflow."""
    return ops.sum(ops.square(ops.cast(gradient, dtypes.accumulator(spec_of(gradient).dtype))))


def _shortened(gradient: Tensor, squares: Any, limit: float) -> Any:
    return gradient * ops.cast(limit / ops.maximum(ops.sqrt(squares), limit), spec_of(gradient).dtype)


def keep_where(condition: Any, variables: Sequence[Variable], update: Callable[[], None]) -> None:
    """Run an update, and keep what it assigned only if the condition holds. A graph computes both and chooses."""
    before = [variable.value for variable in variables]
    update()
    for variable, old in zip(variables, before, strict=True):
        new = variable.value
        if new is not old:
            variable.assign(ops.where(condition, new, old))

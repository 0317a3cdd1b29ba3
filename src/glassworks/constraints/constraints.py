"""Constraints: functions that map a weight to an allowed one after every update."""

from __future__ import annotations

from typing import Any

from glassworks import ops, settings
from glassworks.arguments import AXES, Number
from glassworks.configured import Configured
from glassworks.guards import Observed
from glassworks.registry import Registry
from glassworks.typing import Axis, Tensor

CONSTRAINTS = Registry("constraints", "constraint", "non_neg")


class Constraint(Configured, Observed):
    """A function of a weight to the nearest allowed one. Subclasses define `__call__` and, if they have arguments, `get_config`.

    >>> from glassworks import constraints, ops
    >>> class Small(constraints.Constraint):
    ...     def __call__(self, w):
    ...         return ops.clip(w, -1.0, 1.0)
    >>> Small()(ops.array([-3.0, 0.5])).numpy()
    array([-1. ,  0.5], dtype=float32)
    """

    def __call__(self, w: Tensor) -> Tensor:
        """The constrained weight, of the same shape."""
        return w


class NonNeg(Constraint):
    """Sets negative values to 0.

    >>> from glassworks import constraints, ops
    >>> constraints.NonNeg()(ops.array([-3.0, 0.5])).numpy()
    array([0. , 0.5], dtype=float32)
    """

    def __call__(self, w: Tensor) -> Tensor:
        return ops.maximum(w, 0)


class MaxNorm(Constraint):
    """The incoming weights of each neuron have a norm of at most `max_value` (Srivastava et al., 2014).

    Args:
        max_value: The largest norm.
        axis: The axes over which the norm is taken; 0 for the kernel of a Dense layer.

    >>> from glassworks import constraints, ops
    >>> constraints.MaxNorm(1.0)(ops.array([[3.0, 0.3], [4.0, 0.4]])).numpy().round(2)
    array([[0.6, 0.3],
           [0.8, 0.4]], dtype=float32)
    """

    max_value = Number(0)
    axis = AXES

    def __init__(self, max_value: float = 2, axis: Axis = 0) -> None:
        self._keep_arguments(max_value=max_value, axis=axis)

    def __call__(self, w: Tensor) -> Tensor:
        norms = _norms(w, self.axis)
        return w * (ops.minimum(norms, self.max_value) / (settings.epsilon() + norms))


class UnitNorm(Constraint):
    """The incoming weights of each neuron have norm 1.

    Args:
        axis: The axes over which the norm is taken; 0 for the kernel of a Dense layer.

    >>> from glassworks import constraints, ops
    >>> constraints.UnitNorm()(ops.array([[3.0], [4.0]])).numpy().round(2)
    array([[0.6],
           [0.8]], dtype=float32)
    """

    axis = AXES

    def __init__(self, axis: Axis = 0) -> None:
        self._keep_arguments(axis=axis)

    def __call__(self, w: Tensor) -> Tensor:
        return w / (settings.epsilon() + _norms(w, self.axis))


class MinMaxNorm(Constraint):
    """The incoming weights of each neuron have a norm from `min_value` to `max_value`.

    Args:
        min_value, max_value: The ends.
        rate: The fraction of the correction in each call: 1 for all of it.
        axis: The axes over which the norm is taken; 0 for the kernel of a Dense layer.

    >>> from glassworks import constraints, ops
    >>> constraints.MinMaxNorm(1.0, 2.0)(ops.array([[3.0], [4.0]])).numpy().round(2)
    array([[1.2],
           [1.6]], dtype=float32)
    """

    min_value = max_value = Number(0)
    rate = Number(0, 1)
    axis = AXES

    def __init__(self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: Axis = 0) -> None:
        self._keep_arguments(min_value=min_value, max_value=max_value, rate=rate, axis=axis)

    def __call__(self, w: Tensor) -> Tensor:
        norms = _norms(w, self.axis)
        wanted = self.rate * ops.clip(norms, self.min_value, self.max_value) + (1 - self.rate) * norms
        return w * (wanted / (settings.epsilon() + norms))


def _norms(w: Tensor, axis: Axis) -> Any:
    return ops.sqrt(ops.sum(ops.square(w), axis=axis, keepdims=True))

"""Gradients beside central differences, the two ways to a derivative that checks compare."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from glassworks.graph import GradientTape, as_array

if TYPE_CHECKING:
    from glassworks.typing import Tensor

Function = Callable[[list[Any]], "Tensor"]
"""A function from a list of arrays to a number, written with ops."""


def gradients_at(function: Function, points: Sequence[Any]) -> list[Any]:
    """The gradient for each point by the backward pass; None where the value does not depend on it.

    >>> (gradient,) = gradients_at(lambda points: points[0] * points[0], [as_array(3.0)])
    >>> float(gradient)
    6.0
    """
    with GradientTape() as tape:
        tape.watch(list(points))
        value = function(list(points))
    return tape.gradient(value, list(points))


def value_along(function: Function, points: Sequence[Any], directions: Sequence[np.ndarray], distance: float) -> float:
    """The value at a distance from the points along a direction for each."""
    return float(function([as_array(np.asarray(p) + distance * d) for p, d in zip(points, directions, strict=True)]))


def slope_along(function: Function, points: Sequence[Any], directions: Sequence[np.ndarray], step: float) -> float:
    """The derivative along a direction by the central difference: half of the value's change over two steps, divided by a step.

    >>> round(slope_along(lambda points: points[0] * points[0], [np.array(3.0)], [np.array(1.0)], 1e-5), 6)
    6.0
    """
    return (value_along(function, points, directions, step) - value_along(function, points, directions, -step)) / (2 * step)

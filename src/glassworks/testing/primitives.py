"""Gradient checks by central differences, for the library's ops and for yours.

A derivative along a random direction is compared with the difference of two values close together. Checking the
gradient function in the same way checks second derivatives.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from glassworks import dtypes, ops
from glassworks.graph import as_array
from glassworks.insight.differences import gradients_at, slope_along
from glassworks.testing.contract import ContractError


def check_gradients(
    function: Callable, *arrays: Any, order: int = 2, step: float = 1e-6, atol: float = 1e-7, rtol: float = 1e-5, seed: int = 0
) -> None:
    """Compare the gradients of a function with central differences, in float64.

    Args:
        function: A function from arrays to an array, written with ops.
        arrays: The arguments; floating ones are differentiated, others stay fixed.
        order: 1 for gradients, 2 for gradients of gradients too.
        step: The distance of the two values.
        atol, rtol: The tolerances.
        seed: The seed of the random directions.

    Raises:
        ContractError: They differ.

    >>> from glassworks import ops
    >>> check_gradients(lambda x: ops.exp(ops.sin(x)), np.array([0.3, -1.2]))
    """
    points = [as_array(np.asarray(a, dtype="float64") if np.asarray(a).dtype.kind == "f" else np.asarray(a)) for a in arrays]
    free = [i for i, point in enumerate(points) if dtypes.is_float(point.dtype.name)]
    rng = np.random.default_rng(seed)
    output = function(*points)
    weights = rng.normal(size=np.shape(output))

    def value(chosen: list[Any]) -> Any:
        full = list(points)
        for i, point in zip(free, chosen, strict=True):
            full[i] = point
        return ops.sum(function(*full) * weights)

    start = [points[i] for i in free]
    _compare(value, start, rng, step, atol, rtol, "the gradient")
    if order > 1:
        directions = [rng.normal(size=np.shape(point)) for point in start]

        def slope(chosen: list[Any]) -> Any:
            total: Any = ops.zeros((), "float64")
            for gradient, direction in zip(gradients_at(value, chosen), directions, strict=True):
                if gradient is not None:
                    total = total + ops.sum(gradient * direction)
            return total

        _compare(slope, start, rng, step, atol, rtol, "the gradient of the gradient")


def _compare(function: Callable, points: list[Any], rng: np.random.Generator, step: float, atol: float, rtol: float, what: str) -> None:
    directions = [rng.normal(size=np.shape(point)) for point in points]
    slopes = gradients_at(function, points)
    analytic = sum(float(np.sum(np.asarray(g) * d)) for g, d in zip(slopes, directions, strict=True) if g is not None)
    numeric = slope_along(function, points, directions, step)
    scale = max(abs(analytic), abs(numeric))
    if not abs(analytic - numeric) <= atol + rtol * scale:
        raise ContractError(
            f"{what} along a direction is {analytic:.10g}",
            f"{numeric:.10g}, the central difference",
            "fix the vjp of the op",
            where="check_gradients",
        )

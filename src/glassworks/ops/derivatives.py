"""Derivatives along a direction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from glassworks import tree
from glassworks.errors import ShapeError
from glassworks.graph import GradientTape, op, spec_of
from glassworks.ops.convert import operand
from glassworks.ops.numpy.comparison import where
from glassworks.ops.numpy.creation import zeros_like
from glassworks.typing import ArrayLike

__all__ = ["jvp"]


@op
def jvp(fun: Callable, primals: Sequence[ArrayLike], tangents: Sequence[ArrayLike], has_aux: bool = False) -> Any:
    """The value of a function and its derivative along a direction.

    The gradient of a sum of outputs, weighted by w, is linear in w; its own derivative by w, along the tangents, is
    the product of Jacobian and tangents. So it costs about three times the function.

    Args:
        fun: A function from arrays to an array or a structure of them, written with ops.
        primals: Its arguments, a tuple or list.
        tangents: The direction: for each argument, numbers of its shape.
        has_aux: Whether the function returns a pair: the value to differentiate, and anything else, which is passed on.

    Returns:
        (value, derivative), or (value, derivative, the rest) with `has_aux`.

    >>> from glassworks import ops
    >>> ops.jvp(lambda x: x * x, (3.0,), (1.0,))
    (Array(9., dtype=float32), Array(6., dtype=float32))
    """
    points = [operand(point) for point in primals]
    directions = [operand(direction, spec_of(point).dtype) for direction, point in zip(tangents, points, strict=False)]
    shapes = [[tuple(spec_of(x).shape) for x in arrays] for arrays in (points, directions)]
    if len(primals) != len(tangents) or shapes[0] != shapes[1]:
        raise ShapeError(
            f"primals of shapes {shapes[0]} with tangents of shapes {shapes[1]}",
            "one tangent per primal, of its shape",
            "pass both as tuples",
            where="ops.jvp",
        )
    with GradientTape() as outer:
        with GradientTape() as inner:
            inner.watch(points)
            result = fun(*points)
        value, rest = result if has_aux else (result, None)
        outputs = tree.flatten(value)
        # Zeros that belong to the graph, if there is one, so that gradients with respect to them exist.
        weights = [where(np.zeros((), bool), output, 0) for output in outputs]
        outer.watch(weights)
        gradients = inner.gradient(outputs, points, output_gradients=weights)
    pairs = [(g, direction) for g, direction in zip(gradients, directions, strict=True) if g is not None]
    directional = outer.gradient([g for g, _ in pairs], weights, output_gradients=[d for _, d in pairs]) if pairs else [None] * len(weights)
    slopes = [zeros_like(output) if slope is None else slope for slope, output in zip(directional, outputs, strict=True)]
    derivative = tree.pack_sequence_as(value, slopes)
    return (value, derivative, rest) if has_aux else (value, derivative)

"""Operands that must be matrices."""

from __future__ import annotations

from glassworks.errors import ShapeError
from glassworks.graph import spec_of
from glassworks.ops.convert import floating
from glassworks.ops.numpy.shaping import swapaxes
from glassworks.typing import ArrayLike, Tensor


def matrices(name: str, x: ArrayLike) -> Tensor:
    """A floating operand with at least two axes."""
    (x,) = floating(x)
    if len(spec_of(x).shape) < 2:
        raise ShapeError(
            f"{name} of an array of shape {tuple(spec_of(x).shape)}",
            "matrices, shape (..., rows, columns)",
            "add an axis: ops.expand_dims(x, -1) makes a column of a vector",
            where=f"ops.{name}",
        )
    return x


def square(name: str, x: ArrayLike) -> Tensor:
    """A floating operand whose last two sizes are equal."""
    x = matrices(name, x)
    shape = spec_of(x).shape
    if shape[-1] != shape[-2]:
        raise ShapeError(
            f"{name} of matrices {shape[-2]} x {shape[-1]}",
            "square matrices, shape (..., n, n)",
            "check the last two axes",
            where=f"ops.{name}",
        )
    return x


def transposed(x: Tensor) -> Tensor:
    """The transpose of each matrix."""
    return swapaxes(x, -1, -2)

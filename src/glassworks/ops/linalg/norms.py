"""Norms of vectors and matrices."""

from __future__ import annotations

import numpy as np

from glassworks.errors import ArgumentError
from glassworks.graph import apply, op, spec_of
from glassworks.ops.convert import axes_of, floating, operand
from glassworks.ops.linalg.matrices import matrices
from glassworks.ops.linalg.systems import rounding
from glassworks.ops.numpy.arithmetic import abs as size_of
from glassworks.ops.numpy.arithmetic import power, square
from glassworks.ops.numpy.mathematics import sqrt
from glassworks.ops.numpy.reduction import max as max_over
from glassworks.ops.numpy.reduction import min as min_over
from glassworks.ops.numpy.reduction import sum as sum_over
from glassworks.ops.numpy.shaping import expand_dims, moveaxis
from glassworks.ops.primitives import factorizations
from glassworks.typing import ArrayLike, Axis, Tensor

__all__ = ["matrix_rank", "norm"]


@op
def norm(x: ArrayLike, ord: int | float | str | None = None, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The norm of vectors or matrices.

    Args:
        x: Any numbers; integers become `floatx()`.
        ord: The order. None: the root of the sum of squares. Of vectors: `inf` (the largest), `-inf` (the smallest), 0 (how many are
            not 0), or p (the p-th root of the sum of p-th powers). Of matrices: `"fro"`, `"nuc"` (the sum of singular values), 2
            and -2 (the largest and smallest of them), 1 and -1 (the largest and smallest sum of a column), `inf` and `-inf`
            (of a row).
        axis: The axis of vectors, or the two of matrices; by default the whole of x.
        keepdims: Whether to keep those axes with size 1.

    Raises:
        ArgumentError: The order is not defined for vectors or matrices.

    >>> from glassworks import ops
    >>> ops.norm([3.0, 4.0])
    Array(5., dtype=float32)
    """
    (x,) = floating(x)
    rank = len(spec_of(x).shape)
    axes = axes_of(axis, rank)
    if ord is None and (axis is None or len(axes) <= 2):
        return sqrt(sum_over(square(x), axis=axes, keepdims=keepdims))
    if len(axes) == 1 and ord is not None:
        return _vector_norm(x, ord, axes[0], keepdims)
    if len(axes) == 2:
        return _matrix_norm(x, ord, axes, keepdims)
    raise ArgumentError(
        f"norm with ord={ord!r} over {len(axes)} axes", "one axis (vectors) or two (matrices)", "pass axis=...", where="ops.norm"
    )


def _vector_norm(x: Tensor, ord: float | str, axis: int, keepdims: bool) -> Tensor:
    if isinstance(ord, str):
        raise _unknown_order(ord, "vectors", "inf, -inf or a number")
    if ord in (np.inf, -np.inf):
        return _extreme(size_of(x), ord > 0, axis, keepdims)
    if ord == 0:
        return sum_over(operand(x != 0, spec_of(x).dtype), axis=axis, keepdims=keepdims)
    if ord == 1:
        return sum_over(size_of(x), axis=axis, keepdims=keepdims)
    if ord == 2:
        return sqrt(sum_over(square(x), axis=axis, keepdims=keepdims))
    return power(sum_over(power(size_of(x), ord), axis=axis, keepdims=keepdims), 1.0 / ord)


def _extreme(sizes: Tensor, largest: bool, axis: int, keepdims: bool = False) -> Tensor:
    """The largest or smallest absolute value; the largest of an empty vector is 0, as in Keras."""
    if largest:
        return max_over(sizes, axis=axis, keepdims=keepdims, initial=None if spec_of(sizes).shape[axis] else 0.0)
    return min_over(sizes, axis=axis, keepdims=keepdims)


def _matrix_norm(x: Tensor, ord: int | float | str | None, axes: tuple[int, ...], keepdims: bool) -> Tensor:
    x = moveaxis(x, axes, (-2, -1))
    if ord == "fro":
        result = sqrt(sum_over(square(x), axis=(-2, -1)))
    elif ord in (1, -1, np.inf, -np.inf):
        sums = sum_over(size_of(x), axis=-2 if ord in (1, -1) else -1)
        result = _extreme(sums, ord > 0, -1)
    elif ord in ("nuc", 2, -2):
        values = apply(factorizations.singular_values, x)
        result = sum_over(values, axis=-1) if ord == "nuc" else _extreme(values, ord == 2, -1)
    else:
        raise _unknown_order(ord, "matrices", "'fro', 'nuc', 1, -1, 2, -2, inf or -inf")
    return expand_dims(result, tuple(sorted(axes))) if keepdims else result


def _unknown_order(ord: object, what: str, known: str) -> ArgumentError:
    return ArgumentError(f"ord={ord!r} for {what}", known, "leave ord away for the root of the sum of squares", where="ops.norm")


@op
def matrix_rank(x: ArrayLike, tol: float | None = None) -> Tensor:
    """The rank of matrices (int32): the number of singular values that are not 0.

    Args:
        x: Shape (..., rows, columns).
        tol: Singular values up to it count as 0; by default the rounding error times the largest.

    >>> from glassworks import ops
    >>> ops.matrix_rank([[1.0, 2.0], [2.0, 4.0]])
    Array(1, dtype=int32)
    """
    x = matrices("matrix_rank", x)
    values = apply(factorizations.singular_values, x)
    limit = max_over(values, axis=-1, keepdims=True) * rounding(x) if tol is None else tol
    return operand(sum_over(operand(values > limit, "int32"), axis=-1), "int32")

"""Systems of linear equations, inverses and determinants."""

from __future__ import annotations

import numpy as np

from glassworks import dtypes
from glassworks.errors import ShapeError
from glassworks.graph import apply, op, spec_of
from glassworks.ops.convert import floating
from glassworks.ops.linalg.matrices import matrices, square
from glassworks.ops.numpy.comparison import where
from glassworks.ops.numpy.linear import matmul
from glassworks.ops.numpy.shaping import broadcast_to, expand_dims, squeeze
from glassworks.ops.primitives import linear_systems
from glassworks.ops.primitives.shapes import broadcast_shapes
from glassworks.typing import ArrayLike, Tensor

__all__ = ["det", "inv", "lstsq", "pinv", "solve", "solve_triangular"]


@op
def det(x: ArrayLike) -> Tensor:
    """The determinant of square matrices.

    Args:
        x: Shape (..., n, n).

    >>> from glassworks import ops
    >>> ops.det([[2.0, 0.0], [0.0, 3.0]])
    Array(6., dtype=float32)
    """
    return apply(linear_systems.determinant, square("det", x))


@op
def slogdet(x: ArrayLike) -> tuple[Tensor, Tensor]:
    """The sign of the determinant, and the logarithm of its absolute value, which does not overflow.

    Args:
        x: Shape (..., n, n).

    >>> from glassworks import ops
    >>> ops.slogdet([[1.0, 0.0], [0.0, -1.0]])
    (Array(-1., dtype=float32), Array(0., dtype=float32))
    """
    sign, logarithm = apply(linear_systems.log_determinant, square("slogdet", x))
    return sign, logarithm


@op
def logdet(x: ArrayLike) -> Tensor:
    """The logarithm of the absolute value of the determinant.

    Args:
        x: Shape (..., n, n), with positive determinants, such as covariances.

    >>> from glassworks import ops
    >>> ops.logdet([[1.0, 0.0], [0.0, 1.0]])
    Array(0., dtype=float32)
    """
    return apply(linear_systems.log_determinant, square("logdet", x))[1]


@op
def inv(x: ArrayLike) -> Tensor:
    """The inverse of square matrices.

    Args:
        x: Shape (..., n, n).

    Raises:
        ArgumentError: A matrix has no inverse.

    >>> from glassworks import ops
    >>> ops.inv([[2.0, 0.0], [0.0, 4.0]])
    Array([[0.5 , 0.  ],
           [0.  , 0.25]], dtype=float32)
    """
    return linear_systems.inverse(square("inv", x))


def _system(name: str, a: ArrayLike, b: ArrayLike) -> tuple[Tensor, Tensor, bool]:
    """Equations and right-hand sides of one batch shape, and whether those were vectors."""
    a, b = floating(square(name, a), b)
    n, rank = spec_of(a).shape[-1], len(spec_of(b).shape)
    vectors = rank == len(spec_of(a).shape) - 1
    b = expand_dims(b, -1) if vectors else b
    if rank == 0 or spec_of(b).shape[-2:-1] != (n,):
        raise ShapeError(
            f"{name} of equations {tuple(spec_of(a).shape)} with right-hand sides {tuple(spec_of(b).shape)}",
            f"{n} rows on the right",
            "give b the shape (..., n) or (..., n, k)",
            where=f"ops.{name}",
        )
    batch = broadcast_shapes(name, spec_of(a).shape[:-2], spec_of(b).shape[:-2])
    a, b = broadcast_to(a, (*batch, n, n)), broadcast_to(b, (*batch, *spec_of(b).shape[-2:]))
    return a, b, vectors


@op
def solve(a: ArrayLike, b: ArrayLike) -> Tensor:
    """The solution x of a x = b.

    Args:
        a: Square matrices, shape (..., n, n).
        b: Right-hand sides, shape (..., n) or (..., n, k).

    Raises:
        ArgumentError: A matrix has no inverse.

    >>> from glassworks import ops
    >>> ops.solve([[2.0, 0.0], [0.0, 4.0]], [2.0, 2.0])
    Array([1. , 0.5], dtype=float32)
    """
    a, b, vectors = _system("solve", a, b)
    x = apply(linear_systems.solve, a, b)
    return squeeze(x, -1) if vectors else x


@op
def solve_triangular(a: ArrayLike, b: ArrayLike, lower: bool = False) -> Tensor:
    """The solution x of a x = b for triangular matrices; the other triangle is ignored.

    Args:
        a: Shape (..., n, n).
        b: Right-hand sides, shape (..., n) or (..., n, k).
        lower: Whether to use the lower triangle instead of the upper one.

    >>> from glassworks import ops
    >>> ops.solve_triangular([[2.0, 9.0], [0.0, 4.0]], [[11.0], [4.0]])
    Array([[1.],
           [1.]], dtype=float32)
    """
    a, b, vectors = _system("solve_triangular", a, b)
    size = spec_of(a).shape[-1]
    keep = np.tri(size, dtype=np.bool_)
    x = apply(linear_systems.solve, where(keep if lower else keep.T, a, 0.0), b)
    return squeeze(x, -1) if vectors else x


@op
def pinv(x: ArrayLike, rcond: float | None = None) -> Tensor:
    """The Moore-Penrose pseudo-inverse.

    Args:
        x: Shape (..., rows, columns).
        rcond: Singular values up to this fraction of the largest count as zero; by default ten times the rounding error.

    >>> from glassworks import ops
    >>> ops.pinv([[2.0, 0.0], [0.0, 0.0]])
    Array([[0.5, 0. ],
           [0. , 0. ]], dtype=float32)
    """
    x = matrices("pinv", x)
    return apply(linear_systems.pseudo_inverse, x, rcond=float(10 * rounding(x) if rcond is None else rcond))


def rounding(x: Tensor) -> float:
    """The rounding error of singular values, relative to the largest."""
    spec = spec_of(x)
    precision = np.finfo("float64" if spec.dtype == "float64" else dtypes.numpy_dtype("float32")).eps
    return max(spec.shape[-2:]) * float(precision)


@op
def lstsq(a: ArrayLike, b: ArrayLike, rcond: float | None = None) -> Tensor:
    """The least squares solution x of a x = b; of several, the one with the smallest norm.

    Args:
        a: One matrix, shape (rows, columns).
        b: Right-hand sides, shape (rows,) or (rows, k).
        rcond: Singular values up to this fraction of the largest count as zero; by default the rounding error.

    >>> from glassworks import ops
    >>> ops.round(ops.lstsq([[1.0], [1.0]], [1.0, 3.0]), 4)
    Array([2.], dtype=float32)
    """
    a, b = floating(matrices("lstsq", a), b)
    shapes = spec_of(a).shape, spec_of(b).shape
    if len(shapes[0]) != 2 or len(shapes[1]) not in (1, 2) or shapes[0][0] != shapes[1][0]:
        raise ShapeError(
            f"lstsq of shapes {tuple(shapes[0])} and {tuple(shapes[1])}",
            "(rows, columns) and (rows,) or (rows, k)",
            "one row on the right per equation",
            where="ops.lstsq",
        )
    inverse = apply(linear_systems.pseudo_inverse, a, rcond=float(rounding(a) if rcond is None else rcond))
    return matmul(inverse, b)

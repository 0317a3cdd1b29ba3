"""Matrices as products of simpler ones."""

from __future__ import annotations

import numpy as np

from glassworks import dtypes
from glassworks.errors import ArgumentError
from glassworks.graph import apply, op, spec_of
from glassworks.ops.linalg.matrices import matrices, square, transposed
from glassworks.ops.linalg.systems import solve_triangular
from glassworks.ops.numpy.linear import matmul
from glassworks.ops.primitives import factorizations
from glassworks.typing import ArrayLike, Tensor

__all__ = ["cholesky", "cholesky_inverse", "eig", "eigh", "lu_factor", "qr", "svd"]


@op
def cholesky(x: ArrayLike, upper: bool = False) -> Tensor:
    """The triangular matrix L with L L' = x.

    Args:
        x: Symmetric positive definite matrices, shape (..., n, n); of others the symmetric part is used.
        upper: Whether to return L', the upper triangle.

    Raises:
        ArgumentError: A matrix is not positive definite.

    >>> from glassworks import ops
    >>> ops.cholesky([[4.0, 2.0], [2.0, 5.0]])
    Array([[2., 0.],
           [1., 2.]], dtype=float32)
    """
    x = square("cholesky", x)
    lower = apply(factorizations.cholesky, (x + transposed(x)) * 0.5)
    return transposed(lower) if upper else lower


@op
def cholesky_inverse(x: ArrayLike, upper: bool = False) -> Tensor:
    """The inverse of L L', from its Cholesky factor L.

    Args:
        x: Lower triangular matrices, shape (..., n, n).
        upper: Whether x holds the upper triangle L' instead.

    >>> from glassworks import ops
    >>> ops.cholesky_inverse([[2.0, 0.0], [0.0, 4.0]])
    Array([[0.25  , 0.    ],
           [0.    , 0.0625]], dtype=float32)
    """
    x = square("cholesky_inverse", x)
    shape = spec_of(x).shape
    identity = np.broadcast_to(np.eye(shape[-1], dtype=dtypes.numpy_dtype(spec_of(x).dtype)), shape)
    inverse = solve_triangular(x, identity, lower=not upper)
    return matmul(inverse, transposed(inverse)) if upper else matmul(transposed(inverse), inverse)


@op
def eig(x: ArrayLike) -> tuple[Tensor, Tensor]:
    """Complex eigenvalues and eigenvectors (in columns) of square matrices; gradients do not flow through them.

    Args:
        x: Shape (..., n, n). For symmetric matrices use `eigh`, which has gradients.

    >>> from glassworks import ops
    >>> values, vectors = ops.eig([[0.0, 1.0], [-1.0, 0.0]])
    >>> ops.imag(values)
    Array([ 1., -1.], dtype=float32)
    """
    values, vectors = apply(factorizations.eig, square("eig", x))
    return values, vectors


@op
def eigh(x: ArrayLike) -> tuple[Tensor, Tensor]:
    """Rising eigenvalues and eigenvectors (in columns) of symmetric matrices.

    Args:
        x: Shape (..., n, n); of others the symmetric part is used.

    >>> from glassworks import ops
    >>> values, vectors = ops.eigh([[2.0, 0.0], [0.0, 1.0]])
    >>> values
    Array([1., 2.], dtype=float32)
    """
    x = square("eigh", x)
    values, vectors = apply(factorizations.eigh, (x + transposed(x)) * 0.5)
    return values, vectors


@op
def lu_factor(x: ArrayLike) -> tuple[Tensor, Tensor]:
    """L and U in one matrix, with P x = L U, and the row that each row was swapped with.

    Args:
        x: Shape (..., rows, columns).

    Returns:
        A matrix whose upper triangle is U and whose rest is L without its diagonal of ones; and the swaps, in order.

    >>> from glassworks import ops
    >>> packed, exchanges = ops.lu_factor([[1.0, 2.0], [2.0, 6.0]])
    >>> packed, exchanges
    (Array([[ 2. ,  6. ],
           [ 0.5, -1. ]], dtype=float32), Array([1, 1], dtype=int32))
    """
    packed, exchanges, _ = apply(factorizations.lu, matrices("lu_factor", x))
    return packed, exchanges


@op
def qr(x: ArrayLike, mode: str = "reduced") -> tuple[Tensor, Tensor]:
    """Q with orthonormal columns and upper triangular R, with Q R = x.

    Args:
        x: Shape (..., rows, columns).
        mode: `"reduced"`: as many columns of Q as the smaller of both; `"complete"`: a square Q.

    >>> from glassworks import ops
    >>> q, r = ops.qr([[2.0, 1.0], [0.0, 3.0]])
    >>> ops.abs(r)
    Array([[2., 1.],
           [0., 3.]], dtype=float32)
    """
    if mode not in ("reduced", "complete"):
        raise ArgumentError(f"mode={mode!r}", "'reduced' or 'complete'", "the default is 'reduced'", where="ops.qr")
    q, r = apply(factorizations.qr, matrices("qr", x), complete=mode == "complete")
    return q, r


@op
def svd(x: ArrayLike, full_matrices: bool = True, compute_uv: bool = True) -> Tensor:
    """Singular values: orthogonal U and V with U diag(S) V' = x, S falling.

    Args:
        x: Shape (..., rows, columns).
        full_matrices: Whether U and V' are square; else they have only the columns and rows that belong to S.
        compute_uv: Whether to return U, S and V'; else S alone.

    >>> from glassworks import ops
    >>> ops.svd([[3.0, 0.0], [0.0, -4.0]], compute_uv=False)
    Array([4., 3.], dtype=float32)
    """
    x = matrices("svd", x)
    if not compute_uv:
        return apply(factorizations.singular_values, x)
    return apply(factorizations.svd, x, full=bool(full_matrices))

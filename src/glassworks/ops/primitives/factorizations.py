"""Matrices as products: Cholesky, QR, LU, eigenvalues and singular values.

Gradients follow Giles, Collected matrix derivative results, 2008, and Townsend, Differentiating the singular value
decomposition, 2016. Where two eigenvalues or singular values are equal, the vectors have no gradient; their share is 0.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glassworks import dtypes
from glassworks.errors import GraphError
from glassworks.graph import Spec, apply, spec_of
from glassworks.ops.primitives.compare import equal, where
from glassworks.ops.primitives.index import gather_along
from glassworks.ops.primitives.joining import concatenate, take_slices
from glassworks.ops.primitives.linear_systems import OnMatrices, matrix_transpose, product, solve
from glassworks.ops.primitives.shape import broadcast_to, reshape
from glassworks.ops.primitives.shapes import constant_like, zero_of
from glassworks.ops.primitives.sorting import argsort
from glassworks.typing import Namespace, Tensor


def masked(x: Tensor, mask: np.ndarray) -> Tensor:
    """The matrix where a mask is true, 0 elsewhere."""
    return apply(where, mask, x, zero_of(x))


def triangle(x: Tensor, below: int, upper: bool = False) -> Tensor:
    """The lower triangle up to the diagonal number `below`, or the upper one from it."""
    ones = np.ones(spec_of(x).shape[-2:], bool)
    return masked(x, np.triu(ones, below) if upper else np.tril(ones, below))


def _symmetric(x: Tensor) -> Tensor:
    return (x + matrix_transpose(x)) * 0.5


def _columns(x: Tensor) -> Tensor:
    """Numbers per column, in the shape that multiplies the columns of a matrix."""
    shape = spec_of(x).shape
    return apply(reshape, x, shape=(*shape[:-1], 1, shape[-1]))


def _rows(x: Tensor) -> Tensor:
    shape = spec_of(x).shape
    return apply(reshape, x, shape=(*shape, 1))


def _diagonal(x: Tensor) -> Tensor:
    shape = spec_of(x).shape
    spread = apply(broadcast_to, _columns(x), shape=(*shape, shape[-1]))
    return masked(spread, np.eye(shape[-1], dtype=bool))


def _corner(x: Tensor, top: int, bottom: int, left: int, right: int) -> Tensor:
    """Some rows and columns of matrices."""
    batch = ((None, None, 1),) * (len(spec_of(x).shape) - 2)
    return apply(take_slices, x, slices=(*batch, (top, bottom, 1), (left, right, 1)))


def _reciprocals(x: Tensor) -> Tensor:
    """1 / x, and 0 at 0."""
    is_zero = apply(equal, x, zero_of(x))
    return apply(where, is_zero, zero_of(x), 1.0 / apply(where, is_zero, constant_like(1, x), x))


class Cholesky(OnMatrices):
    """The lower triangular L with L L' = A, for symmetric positive definite A."""

    failure = ("a symmetric, positive definite matrix", "add a small multiple of ops.eye(n) to it")

    def infer(self, x: Spec) -> Spec:
        return x

    def compute(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.linalg.cholesky(x)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        inner = triangle(product(output, gradient, transpose_x=True), 0)
        inner = (inner + triangle(inner, -1)) * 0.5  # the diagonal counts half
        half = matrix_transpose(apply(solve, matrix_transpose(output), matrix_transpose(apply(solve, matrix_transpose(output), inner))))
        return (_symmetric(half),)


class Qr(OnMatrices):
    """Q with orthonormal columns and upper triangular R with Q R = A.

    Attributes: complete gives a square Q; else it has as many columns as the smaller size of A.
    """

    def infer(self, x: Spec, *, complete: bool) -> tuple[Spec, Spec]:
        *batch, rows, columns = x.shape
        inner = rows if complete else min(rows, columns)
        return Spec((*batch, rows, inner), x.dtype), Spec((*batch, inner, columns), x.dtype)

    def compute(self, xp: Namespace, x: np.ndarray, *, complete: bool) -> tuple[np.ndarray, ...]:
        return tuple(xp.linalg.qr(x, mode="complete" if complete else "reduced"))

    def vjp(
        self, gradient: Sequence[Tensor], inputs: Sequence[Tensor], output: Sequence[Tensor], *, complete: bool
    ) -> Sequence[Tensor | None]:
        rows, columns = spec_of(inputs[0]).shape[-2:]
        if rows < columns or (complete and rows != columns):
            raise GraphError(
                f"the gradient of qr of matrices {rows} x {columns}{' with mode complete' if complete else ''}",
                "at least as many rows as columns, and mode='reduced' unless the matrix is square",
                "factor the transpose, or the first columns alone",
                where="ops.qr",
            )
        (q, r), (dq, dr) = output, gradient
        inner = product(r, dr, transpose_y=True) - product(dq, q, transpose_x=True)
        inner = triangle(inner, 0) + matrix_transpose(triangle(inner, -1))
        return (matrix_transpose(apply(solve, r, matrix_transpose(dq + product(q, inner)))),)


class Lu(OnMatrices):
    """P A = L U with rows exchanged for stability: L (without its ones) and U in one matrix, exchanges, and order of the rows."""

    def infer(self, x: Spec) -> tuple[Spec, Spec, Spec]:
        *batch, rows, columns = x.shape
        return x, Spec((*batch, min(rows, columns)), "int32"), Spec((*batch, rows), "int32")

    def compute(self, xp: Namespace, x: np.ndarray) -> tuple[np.ndarray, ...]:
        *batch, rows, columns = x.shape
        work = np.array(x).reshape(-1, rows, columns)
        each = np.arange(len(work))
        order = np.tile(np.arange(rows, dtype="int32"), (len(work), 1))
        pivots = np.zeros((len(work), min(rows, columns)), "int32")
        for k in range(min(rows, columns)):
            best = k + np.argmax(np.abs(work[:, k:, k]), axis=1)
            pivots[:, k] = best
            for array in (work, order):
                array[each, best], array[:, k] = array[:, k].copy(), array[each, best].copy()
            pivot = work[:, k, k, None]
            work[:, k + 1 :, k] /= np.where(pivot == 0, 1, pivot)
            work[:, k + 1 :, k + 1 :] -= work[:, k + 1 :, k, None] * work[:, k, None, k + 1 :]
        return work.reshape(x.shape), pivots.reshape(*batch, -1), order.reshape(*batch, rows)

    def vjp(self, gradient: Sequence[Tensor], inputs: Sequence[Tensor], output: Sequence[Tensor]) -> Sequence[Tensor | None]:
        shape, (packed, _, order) = spec_of(inputs[0]).shape, output
        rows, columns = shape[-2:]
        small = min(rows, columns)
        square, d_square = _corner(packed, 0, small, 0, small), _corner(gradient[0], 0, small, 0, small)
        lower = triangle(square, -1) + np.eye(small, dtype=dtypes.numpy_dtype(spec_of(packed).dtype))
        upper, d_lower, d_upper = triangle(square, 0, upper=True), triangle(d_square, -1), triangle(d_square, 0, upper=True)
        rest = None
        if columns > rows:  # A = L (U, V): V is the solution of L V = the columns beyond the square
            beyond = _corner(packed, 0, rows, rows, columns)
            rest = apply(solve, matrix_transpose(lower), _corner(gradient[0], 0, rows, rows, columns))
            d_lower = d_lower - product(rest, beyond, transpose_y=True)
        elif rows > columns:  # A = (L, M) U: M is the solution of M U = the rows beyond the square
            beyond = _corner(packed, columns, rows, 0, columns)
            rest = matrix_transpose(apply(solve, upper, matrix_transpose(_corner(gradient[0], columns, rows, 0, columns))))
            d_upper = d_upper - product(beyond, rest, transpose_x=True)
        inner = triangle(product(lower, d_lower, transpose_x=True), -1)
        inner = inner + triangle(product(d_upper, upper, transpose_y=True), 0, upper=True)
        permuted = matrix_transpose(apply(solve, upper, matrix_transpose(apply(solve, matrix_transpose(lower), inner))))
        if rest is not None:
            permuted = apply(concatenate, permuted, rest, axis=len(shape) - (1 if columns > rows else 2))
        back = _rows(apply(argsort, order, axis=len(shape) - 2))
        return (apply(gather_along, permuted, apply(broadcast_to, back, shape=tuple(shape)), axis=len(shape) - 2),)


class Eigh(OnMatrices):
    """Rising eigenvalues of symmetric matrices, and their eigenvectors in columns."""

    def infer(self, x: Spec) -> tuple[Spec, Spec]:
        return Spec(x.shape[:-1], x.dtype), x

    def compute(self, xp: Namespace, x: np.ndarray) -> tuple[np.ndarray, ...]:
        return tuple(xp.linalg.eigh(x))

    def vjp(self, gradient: Sequence[Tensor], inputs: Sequence[Tensor], output: Sequence[Tensor]) -> Sequence[Tensor | None]:
        (values, vectors), (d_values, d_vectors) = output, gradient
        inverse_gaps = _reciprocals(_columns(values) - _rows(values))
        inner = _diagonal(d_values) + inverse_gaps * product(vectors, d_vectors, transpose_x=True)
        return (_symmetric(product(product(vectors, inner), vectors, transpose_y=True)),)


class Eig(OnMatrices):
    """Complex eigenvalues of square matrices and their eigenvectors in columns; without gradient, as all complex numbers."""

    differentiable = False

    def infer(self, x: Spec) -> tuple[Spec, Spec]:
        dtype = "complex128" if x.dtype == "float64" else "complex64"
        return Spec(x.shape[:-1], dtype), Spec(x.shape, dtype)

    def compute(self, xp: Namespace, x: np.ndarray) -> tuple[np.ndarray, ...]:
        return tuple(part.astype("complex128" if x.dtype == "float64" else "complex64") for part in xp.linalg.eig(x))


class Svd(OnMatrices):
    """U, falling singular values S, and V' with U diag(S) V' = A.

    Attributes: full gives square U and V'.
    """

    def infer(self, x: Spec, *, full: bool) -> tuple[Spec, Spec, Spec]:
        *batch, rows, columns = x.shape
        small = min(rows, columns)
        left, right = (rows, columns) if full else (small, small)
        return Spec((*batch, rows, left), x.dtype), Spec((*batch, small), x.dtype), Spec((*batch, right, columns), x.dtype)

    def compute(self, xp: Namespace, x: np.ndarray, *, full: bool) -> tuple[np.ndarray, ...]:
        return tuple(xp.linalg.svd(x, full_matrices=full))

    def vjp(self, gradient: Sequence[Tensor], inputs: Sequence[Tensor], output: Sequence[Tensor], *, full: bool) -> Sequence[Tensor | None]:
        rows, columns = spec_of(inputs[0]).shape[-2:]
        if full and rows != columns:
            raise GraphError(
                f"the gradient of svd of matrices {rows} x {columns} with full_matrices=True",
                "full_matrices=False, since the columns beyond the rank are not determined",
                "pass full_matrices=False",
                where="ops.svd",
            )
        (u, s, vt), (du, ds, dvt) = output, gradient
        squares = s * s
        inverse_gaps = _reciprocals(_columns(squares) - _rows(squares))
        left, right = inverse_gaps * product(u, du, transpose_x=True), inverse_gaps * product(vt, dvt, transpose_y=True)
        inner = (left + matrix_transpose(left)) * _columns(s) + _rows(s) * (right + matrix_transpose(right)) + _diagonal(ds)
        total = product(product(u, inner), vt)
        size = _reciprocals(s)
        if rows > columns:
            total = total + product((du - product(u, product(u, du, transpose_x=True))) * _columns(size), vt)
        if columns > rows:
            total = total + product(u * _columns(size), dvt - product(product(dvt, vt, transpose_y=True), vt))
        return (total,)


class SingularValues(OnMatrices):
    """The falling singular values alone."""

    def infer(self, x: Spec) -> Spec:
        return Spec((*x.shape[:-2], min(x.shape[-2:])), x.dtype)

    def compute(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.linalg.svd(x, full_matrices=False, compute_uv=False)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        u, _, vt = apply(svd, inputs[0], full=False)
        return (product(u * _columns(gradient), vt),)


cholesky, qr, lu, eigh, eig, svd, singular_values = Cholesky(), Qr(), Lu(), Eigh(), Eig(), Svd(), SingularValues()

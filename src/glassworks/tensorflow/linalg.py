"""`tf.linalg`: matrices, with TensorFlow's names, defaults and orders of results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from glassworks import ops, tensorflow_names
from glassworks.tensorflow.adapting import adapted
from glassworks.tensorflow.creation import eye as eye
from glassworks.tensorflow.math import l2_normalize as l2_normalize
from glassworks.typing import ArrayLike, Axis, Tensor


def matmul(
    a: ArrayLike,
    b: ArrayLike,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    name: str | None = None,
) -> Tensor:
    """The product of two matrices, each of which may be transposed first.

    >>> matmul([[1.0, 2.0]], [[3.0, 4.0]], transpose_b=True).numpy()
    array([[11.]], dtype=float32)
    """
    return ops.matmul(_transposed(a, transpose_a, adjoint_a), _transposed(b, transpose_b, adjoint_b))


def _transposed(x: ArrayLike, transpose: bool, adjoint: bool) -> ArrayLike:
    if not transpose and not adjoint:
        return x
    swapped = ops.swapaxes(x, -1, -2)
    return ops.conj(swapped) if adjoint else swapped


def matvec(a: ArrayLike, b: ArrayLike, transpose_a: bool = False, adjoint_a: bool = False, name: str | None = None) -> Tensor:
    """The product of a matrix and a vector.

    >>> matvec([[1.0, 2.0]], [3.0, 4.0]).numpy()
    array([11.], dtype=float32)
    """
    return ops.squeeze(ops.matmul(_transposed(a, transpose_a, adjoint_a), ops.expand_dims(b, -1)), -1)


def matrix_transpose(a: ArrayLike, name: str | None = None, conjugate: bool = False) -> Tensor:
    """The matrix with rows and columns exchanged.

    >>> matrix_transpose([[1, 2]]).shape
    (2, 1)
    """
    return ops.swapaxes(a, -1, -2)


def norm(
    tensor: ArrayLike, ord: int | float | str = "euclidean", axis: Axis = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """The norm of a vector or matrix; "euclidean" is the root of the sum of all squares.

    >>> float(norm([3.0, 4.0]))
    5.0
    """
    if ord == "euclidean":
        return ops.sqrt(ops.sum(ops.square(ops.abs(tensor)), axis, keepdims))
    if axis is None:  # TensorFlow takes all entries as one vector
        return ops.norm(ops.reshape(tensor, (-1,)), ord)
    return ops.norm(tensor, ord, axis, keepdims)


def svd(
    tensor: ArrayLike, full_matrices: bool = False, compute_uv: bool = True, name: str | None = None
) -> Tensor | tuple[Tensor, Tensor, Tensor]:
    """The singular value decomposition: singular values, left and right singular vectors (s, u, v), with `tensor = u diag(s) v^T`.

    >>> [part.shape for part in svd(ops.ones((3, 2)))]
    [(2,), (3, 2), (2, 2)]
    """
    if not compute_uv:
        return ops.svd(tensor, full_matrices, compute_uv=False)
    u, s, v_transposed = ops.svd(tensor, full_matrices)
    return s, u, ops.swapaxes(v_transposed, -1, -2)


def solve(matrix: ArrayLike, rhs: ArrayLike, adjoint: bool = False, name: str | None = None) -> Tensor:
    """x with `matrix @ x = rhs`.

    >>> solve([[2.0]], [[6.0]]).numpy()
    array([[3.]], dtype=float32)
    """
    return ops.solve(_transposed(matrix, False, adjoint), rhs)


def diag(diagonal: ArrayLike, name: str = "diag", k: int = 0) -> Tensor:
    """The matrix, or matrices, with these diagonals.

    >>> diag([1, 2]).numpy()
    array([[1, 0],
           [0, 2]], dtype=int32)
    """
    diagonal = ops.convert_to_tensor(diagonal)
    size = diagonal.shape[-1] + abs(k)
    placed = ops.pad(diagonal, [(0, 0)] * (diagonal.ndim - 1) + [(max(-k, 0), max(k, 0))])
    return ops.multiply(ops.expand_dims(placed, -1), ops.eye(size, k=k, dtype=diagonal.dtype))


def diag_part(input: ArrayLike, name: str = "diag_part", k: int = 0) -> Tensor:
    """The diagonal of a matrix, or of each.

    >>> diag_part([[1, 2], [3, 4]]).numpy()
    array([1, 4], dtype=int32)
    """
    return ops.diagonal(input, k, -2, -1)


def trace(x: ArrayLike, name: str | None = None) -> Tensor:
    """The sum of the diagonal of a matrix, or of each.

    >>> int(trace([[1, 2], [3, 4]]))
    5
    """
    return ops.trace(x, axis1=-2, axis2=-1)


def band_part(input: ArrayLike, num_lower: int, num_upper: int, name: str | None = None) -> Tensor:
    """The matrix with zeros outside a band of diagonals.

    Args:
        input: The matrix, or several.
        num_lower, num_upper: How many diagonals below and above the main one are kept; all for -1.
        name: Ignored.

    >>> band_part(ops.ones((3, 3), "int32"), -1, 0).numpy()
    array([[1, 0, 0],
           [1, 1, 0],
           [1, 1, 1]], dtype=int32)
    """
    lower = ops.convert_to_tensor(input) if num_lower < 0 else ops.triu(input, -num_lower)
    return lower if num_upper < 0 else ops.tril(lower, num_upper)


def lstsq(matrix: ArrayLike, rhs: ArrayLike, l2_regularizer: float = 0.0, fast: bool = True, name: str | None = None) -> Tensor:
    """The solution of least squares, with a penalty on its size if `l2_regularizer` is positive.

    >>> lstsq([[1.0], [1.0]], [[1.0], [3.0]]).numpy().round(3)
    array([[2.]], dtype=float32)
    """
    if not l2_regularizer:
        return ops.lstsq(matrix, rhs)
    transposed = ops.swapaxes(matrix, -1, -2)
    gram = ops.matmul(transposed, matrix)
    return ops.solve(gram + l2_regularizer * ops.eye(gram.shape[-1], dtype=gram.dtype), ops.matmul(transposed, rhs))


def tensordot(a: ArrayLike, b: ArrayLike, axes: int | Sequence[Sequence[int]], name: str | None = None) -> Tensor:
    """The sum of products over some axes of both tensors.

    >>> int(tensordot([1, 2], [3, 4], 1))
    11
    """
    return ops.tensordot(a, b, axes)


def einsum(equation: str, *inputs: ArrayLike, name: str | None = None, optimize: str = "greedy") -> Tensor:
    """Sums of products, as in NumPy.

    >>> int(einsum("i,i->", [1, 2], [3, 4]))
    11
    """
    return ops.einsum(equation, *inputs)


inv, det, pinv = adapted(ops.inv, "input"), adapted(ops.det, "input"), adapted(ops.pinv, "a", "rcond")
cholesky, eigh, logdet = adapted(ops.cholesky, "input"), adapted(ops.eigh, "tensor"), adapted(ops.logdet, "matrix")
slogdet = adapted(ops.slogdet, "input")
eig = adapted(ops.eig, "tensor")
qr = adapted(ops.qr, "input")
cross = adapted(ops.cross, "a", "b")
matrix_rank = adapted(ops.matrix_rank, "a", "tol")

if not TYPE_CHECKING:
    __getattr__ = tensorflow_names.module_getattr("linalg")

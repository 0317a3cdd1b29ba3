"""Matrices by their structure: diagonals, triangles, window functions and other patterns."""

from __future__ import annotations

import operator

import numpy as np

from glassworks import dtypes
from glassworks.errors import ShapeError
from glassworks.graph import apply, as_array, op, spec_of
from glassworks.ops.convert import axes_of, operand, promote
from glassworks.ops.numpy.joining import stack
from glassworks.ops.numpy.reduction import sum as sum_over
from glassworks.ops.numpy.shaping import flip, moveaxis, reshape
from glassworks.ops.primitives.compare import where
from glassworks.ops.primitives.index import gather, scatter
from glassworks.ops.primitives.shapes import zero_of
from glassworks.typing import ArrayLike, DTypeLike, Tensor

__all__ = [
    "bartlett",
    "blackman",
    "cross",
    "diag",
    "diagflat",
    "diagonal",
    "eye",
    "hamming",
    "hanning",
    "identity",
    "kaiser",
    "kron",
    "trace",
    "tri",
    "tril",
    "triu",
    "vander",
]


def eye(N: int, M: int | None = None, k: int = 0, dtype: DTypeLike = None) -> Tensor:
    """Ones on a diagonal, zeros elsewhere.

    Args:
        N, M: The numbers of rows and columns; as many columns as rows by default.
        k: The number of the diagonal: 0 for the main one, positive above it, negative below.
        dtype: `floatx()` by default.

    >>> from glassworks import ops
    >>> ops.eye(2, 3, k=1)
    Array([[0., 1., 0.],
           [0., 0., 1.]], dtype=float32)
    """
    return as_array(np.eye(operator.index(N), None if M is None else operator.index(M), k, dtypes.numpy_dtype(dtype)))


def identity(n: int, dtype: DTypeLike = None) -> Tensor:
    """The identity matrix.

    >>> from glassworks import ops
    >>> ops.identity(2)
    Array([[1., 0.],
           [0., 1.]], dtype=float32)
    """
    return eye(n, dtype=dtype)


def tri(N: int, M: int | None = None, k: int = 0, dtype: DTypeLike = None) -> Tensor:
    """Ones on and below a diagonal, zeros above.

    >>> from glassworks import ops
    >>> ops.tri(3)
    Array([[1., 0., 0.],
           [1., 1., 0.],
           [1., 1., 1.]], dtype=float32)
    """
    return as_array(np.tri(N, M, k, dtypes.numpy_dtype(dtype)))


def _triangle(x: ArrayLike, k: int, lower: bool) -> Tensor:
    x = operand(x)
    shape = spec_of(x).shape
    if len(shape) < 2:
        raise ShapeError(f"shape {tuple(shape)}", "matrices: at least two axes", "add an axis with ops.expand_dims")
    inside = np.tri(shape[-2], shape[-1], k if lower else k - 1, bool)
    return apply(where, inside if lower else ~inside, x, zero_of(x))


@op
def tril(x: ArrayLike, k: int = 0) -> Tensor:
    """Matrices (in the last two axes) with zeros above a diagonal.

    >>> from glassworks import ops
    >>> ops.tril([[1, 2], [3, 4]])
    Array([[1, 0],
           [3, 4]], dtype=int32)
    """
    return _triangle(x, k, lower=True)


@op
def triu(x: ArrayLike, k: int = 0) -> Tensor:
    """Matrices (in the last two axes) with zeros below a diagonal.

    >>> from glassworks import ops
    >>> ops.triu([[1, 2], [3, 4]])
    Array([[1, 2],
           [0, 4]], dtype=int32)
    """
    return _triangle(x, k, lower=False)


@op
def diagonal(x: ArrayLike, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """The entries on a diagonal of two axes, as a new last axis.

    >>> from glassworks import ops
    >>> ops.diagonal([[1, 2], [3, 4]])
    Array([1, 4], dtype=int32)
    """
    x = operand(x)
    rank = len(spec_of(x).shape)
    if rank < 2:
        raise ShapeError(f"shape {tuple(spec_of(x).shape)}", "at least two axes", "a diagonal lies between two axes")
    x = moveaxis(x, axes_of((axis1, axis2), rank), (-2, -1))
    *outer, rows, columns = spec_of(x).shape
    places = [row * columns + row + offset for row in range(rows) if 0 <= row + offset < columns]
    flat = reshape(x, (*outer, rows * columns))
    return apply(gather, flat, np.asarray(places, "int32"), axis=len(outer))


@op
def trace(x: ArrayLike, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """The sum over a diagonal of two axes.

    >>> from glassworks import ops
    >>> ops.trace([[1, 2], [3, 4]])
    Array(5, dtype=int32)
    """
    return sum_over(diagonal(x, offset, axis1, axis2), axis=-1)


@op
def diag(x: ArrayLike, k: int = 0) -> Tensor:
    """A matrix with the numbers of one axis on a diagonal, or the diagonal of a matrix.

    >>> from glassworks import ops
    >>> ops.diag([1, 2])
    Array([[1, 0],
           [0, 2]], dtype=int32)
    """
    x = operand(x)
    shape = spec_of(x).shape
    if len(shape) == 2:
        return diagonal(x, k)
    if len(shape) != 1:
        raise ShapeError(f"shape {tuple(shape)}", "one axis or two", "use ops.diagonal for more axes")
    size = shape[0] + abs(k)
    places = np.arange(shape[0]) * (size + 1) + (k if k > 0 else -k * size)
    empty = np.zeros(size * size, dtypes.numpy_dtype(spec_of(x).dtype))
    return reshape(apply(scatter, empty, places.astype("int32"), x, reduction="set"), (size, size))


@op
def diagflat(x: ArrayLike, k: int = 0) -> Tensor:
    """A matrix with all numbers of x, flattened, on a diagonal.

    >>> from glassworks import ops
    >>> ops.diagflat([[1], [2]])
    Array([[1, 0],
           [0, 2]], dtype=int32)
    """
    return diag(reshape(x, (spec_of(operand(x)).size,)), k)


@op
def vander(x: ArrayLike, N: int | None = None, increasing: bool = False) -> Tensor:
    """The Vandermonde matrix: the powers of each number in a row, from the highest to the 0th.

    >>> from glassworks import ops
    >>> ops.vander([1, 2, 3])
    Array([[1, 1, 1],
           [4, 2, 1],
           [9, 3, 1]], dtype=int32)
    """
    x = operand(x)
    if len(spec_of(x).shape) != 1:
        raise ShapeError(f"shape {tuple(spec_of(x).shape)}", "one axis", "flatten it with ops.ravel")
    count = spec_of(x).shape[0] if N is None else N
    # A running product of 1, x, x, ... avoids 0 to the power 0.
    columns = [operand(np.ones(spec_of(x).shape, dtypes.numpy_dtype(spec_of(x).dtype)))]
    for _ in range(1, count):
        columns.append(columns[-1] * x)
    rows = stack(columns[:count], axis=1) if count else reshape(x, (-1, 1))[:, :0]
    return rows if increasing else flip(rows, 1)


@op
def kron(x1: ArrayLike, x2: ArrayLike) -> Tensor:
    """x1 with each entry replaced by its product with all of x2: the Kronecker product.

    >>> from glassworks import ops
    >>> ops.kron([1, 10], [1, 2, 3])
    Array([ 1,  2,  3, 10, 20, 30], dtype=int32)
    """
    x1, x2 = promote(x1, x2)
    rank = max(len(spec_of(x1).shape), len(spec_of(x2).shape))
    a, b = ((1,) * (rank - len(spec_of(x).shape)) + spec_of(x).shape for x in (x1, x2))
    first = reshape(x1, tuple(n for size in a for n in (size, 1)))
    second = reshape(x2, tuple(n for size in b for n in (1, size)))
    return reshape(first * second, tuple(m * n for m, n in zip(a, b, strict=True)))


@op
def cross(x1: ArrayLike, x2: ArrayLike, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Tensor:
    """The cross product of two vectors of 3 numbers; for 2 numbers each, its third component.

    Args:
        x1, x2: Vectors along an axis; the other axes broadcast. A vector of 2 numbers lies in the plane.
        axisa, axisb, axisc: The axis of the vectors in x1, in x2, in the result.
        axis: One axis for all three.

    >>> from glassworks import ops
    >>> ops.cross([1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
    Array([0., 0., 1.], dtype=float32)
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    x1, x2 = promote(x1, x2)
    a, b = moveaxis(x1, axisa, -1), moveaxis(x2, axisb, -1)
    sizes = spec_of(a).shape[-1], spec_of(b).shape[-1]
    if not set(sizes) <= {2, 3}:
        raise ShapeError(f"vectors of {sizes[0]} and {sizes[1]} numbers", "2 or 3 numbers each", "name the axis of the vectors with axis=")
    none = operand(0, spec_of(a).dtype)
    a1, a2, a3 = (a[..., i] if i < sizes[0] else none for i in range(3))
    b1, b2, b3 = (b[..., i] if i < sizes[1] else none for i in range(3))
    first, second, third = a2 * b3 - a3 * b2, a3 * b1 - a1 * b3, a1 * b2 - a2 * b1
    if sizes == (2, 2):
        return third
    return moveaxis(stack([first, second, third], axis=-1), -1, axisc)


def _window(values: np.ndarray) -> Tensor:
    return as_array(values.astype(dtypes.numpy_dtype(None)))


def bartlett(x: int) -> Tensor:
    """A window of x numbers that rises to 1 and falls to 0 in straight lines.

    >>> from glassworks import ops
    >>> ops.bartlett(5)
    Array([0. , 0.5, 1. , 0.5, 0. ], dtype=float32)
    """
    return _window(np.bartlett(int(x)))


def blackman(x: int) -> Tensor:
    """A window of x numbers: a bell of three cosines (Blackman).

    >>> from glassworks import ops
    >>> ops.round(ops.blackman(5), 2)
    Array([-0.  ,  0.34,  1.  ,  0.34, -0.  ], dtype=float32)
    """
    return _window(np.blackman(int(x)))


def hamming(x: int) -> Tensor:
    """A window of x numbers: a raised cosine that ends at 0.08 (Hamming).

    >>> from glassworks import ops
    >>> ops.hamming(5)
    Array([0.08, 0.54, 1.  , 0.54, 0.08], dtype=float32)
    """
    return _window(np.hamming(int(x)))


def hanning(x: int) -> Tensor:
    """A window of x numbers: a raised cosine that ends at 0 (von Hann).

    >>> from glassworks import ops
    >>> ops.hanning(5)
    Array([0. , 0.5, 1. , 0.5, 0. ], dtype=float32)
    """
    return _window(np.hanning(int(x)))


def kaiser(x: int, beta: float) -> Tensor:
    """A window of x numbers: a bell by the Bessel function, narrower for larger beta (Kaiser).

    >>> from glassworks import ops
    >>> ops.round(ops.kaiser(5, beta=2.0), 2)
    Array([0.44, 0.83, 1.  , 0.83, 0.44], dtype=float32)
    """
    return _window(np.kaiser(int(x), float(beta)))

"""Products of matrices and tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks.errors import ArgumentError, ShapeError
from glassworks.graph import apply, op, spec_of
from glassworks.ops.convert import axes_of, operand, promote
from glassworks.ops.numpy.comparison import where
from glassworks.ops.numpy.complex import conjugate
from glassworks.ops.numpy.reduction import sum as sum_over
from glassworks.ops.numpy.shaping import broadcast_to, expand_dims, ravel, reshape, squeeze, transpose
from glassworks.ops.primitives import matmul as product
from glassworks.typing import ArrayLike, Tensor

__all__ = ["dot", "einsum", "inner", "matmul", "outer", "tensordot", "vdot"]


@op
def matmul(x1: ArrayLike, x2: ArrayLike) -> Tensor:
    """The matrix product; leading axes are batches, vectors act as a row on the left and a column on the right.

    >>> from glassworks import ops
    >>> ops.matmul([[1.0, 2.0]], [[3.0], [4.0]])
    Array([[11.]], dtype=float32)
    """
    x1, x2 = _summable(x1, x2)
    ranks = len(spec_of(x1).shape), len(spec_of(x2).shape)
    if 0 in ranks:
        raise ShapeError(
            f"matmul of shapes {spec_of(x1).shape} and {spec_of(x2).shape}", "arrays with at least one axis", "multiply by a number with *"
        )
    left = expand_dims(x1, 0) if ranks[0] == 1 else x1
    right = expand_dims(x2, 1) if ranks[1] == 1 else x2
    shape = spec_of(left).shape
    if len(shape) > 2 and len(spec_of(right).shape) == 2 and shape[-1] == spec_of(right).shape[0]:
        # One large product of all rows is faster than a batch of small ones.
        flat = apply(product.matmul, reshape(left, (-1, shape[-1])) if shape[-1] else reshape(left, (_count(shape[:-1]), 0)), right)
        result = reshape(flat, (*shape[:-1], spec_of(right).shape[1]))
    else:
        result = apply(product.matmul, left, right)
    if ranks[0] == 1:
        result = squeeze(result, -2)
    return squeeze(result, -1) if ranks[1] == 1 else result


def _count(sizes: tuple) -> int:
    total = 1
    for size in sizes:
        total *= size
    return total


@op
def tensordot(x1: ArrayLike, x2: ArrayLike, axes: int | Sequence = 2) -> Tensor:
    """Sums over pairs of axes: the last of x1 with the first of x2, or as listed.

    >>> from glassworks import ops
    >>> ops.tensordot([[1, 2]], [[3], [4]], axes=1)
    Array([[11]], dtype=int32)
    """
    x1, x2 = promote(x1, x2)
    a, b = spec_of(x1).shape, spec_of(x2).shape
    if isinstance(axes, int):
        left, right = tuple(range(len(a) - axes, len(a))), tuple(range(axes))
    else:
        left, right = axes_of(axes[0], len(a)), axes_of(axes[1], len(b))
    free_a = [i for i in range(len(a)) if i not in left]
    free_b = [i for i in range(len(b)) if i not in right]
    inner = _count(tuple(a[i] for i in left))
    rows = reshape(transpose(x1, (*free_a, *left)), (_count(tuple(a[i] for i in free_a)), inner))
    columns = reshape(transpose(x2, (*right, *free_b)), (_count(tuple(b[i] for i in right)), _count(tuple(b[i] for i in free_b))))
    product = operand(matmul(rows, columns), spec_of(x1).dtype)
    return reshape(product, (*(a[i] for i in free_a), *(b[i] for i in free_b)))


@op
def dot(x1: ArrayLike, x2: ArrayLike) -> Tensor:
    """The sum over the last axis of x1 and the second-last of x2.

    >>> from glassworks import ops
    >>> ops.dot([1, 2], [3, 4])
    Array(11, dtype=int32)
    """
    x1, x2 = promote(x1, x2)
    if not spec_of(x1).shape or not spec_of(x2).shape:
        return x1 * x2
    return tensordot(x1, x2, axes=[[-1], [-2 if len(spec_of(x2).shape) > 1 else 0]])


@op
def inner(x1: ArrayLike, x2: ArrayLike) -> Tensor:
    """The sum over the last axes of both.

    >>> from glassworks import ops
    >>> ops.inner([1, 2], [3, 4])
    Array(11, dtype=int32)
    """
    x1, x2 = promote(x1, x2)
    if not spec_of(x1).shape or not spec_of(x2).shape:
        return x1 * x2
    return tensordot(x1, x2, axes=[[-1], [-1]])


@op
def outer(x1: ArrayLike, x2: ArrayLike) -> Tensor:
    """All products of an entry of x1 with one of x2.

    >>> from glassworks import ops
    >>> ops.outer([1, 2], [3, 4])
    Array([[3, 4],
           [6, 8]], dtype=int32)
    """
    x1, x2 = promote(x1, x2)
    return reshape(x1, (-1, 1)) * reshape(x2, (1, -1))


@op
def vdot(x1: ArrayLike, x2: ArrayLike) -> Tensor:
    """The sum of products of both, flattened; of complex numbers the first are conjugated.

    >>> from glassworks import ops
    >>> ops.vdot([1, 2], [3, 4])
    Array(11, dtype=int32)
    """
    x1, x2 = promote(x1, x2)
    return operand(sum_over(ravel(conjugate(x1)) * ravel(x2)), spec_of(x1).dtype)


@op
def einsum(subscripts: str, *operands: ArrayLike, **kwargs: Any) -> Tensor:
    """Sums of products written with letters: `"ij,jk->ik"` is the matrix product.

    Each operand's axes are brought into a common order of letters; then letters that the result does not have are
    summed over, two operands at a time, by a matrix product.

    >>> from glassworks import ops
    >>> ops.einsum("ij,j->i", [[1, 2], [3, 4]], [1, 10])
    Array([21, 43], dtype=int32)
    """
    arrays = _summable(*operands)
    terms, target = _parse(subscripts, [len(spec_of(x).shape) for x in arrays])
    sizes: dict[str, int] = {}
    for term, x in zip(terms, arrays, strict=True):
        for letter, size in zip(term, spec_of(x).shape, strict=True):
            known = sizes.get(letter, 1)
            sizes[letter] = size if known == 1 else known
            if known != size and 1 not in (known, size):
                raise ShapeError(
                    f"einsum {subscripts!r}: letter {letter!r} stands for {known} and {size}",
                    "one size per letter",
                    "check the order of the letters",
                )
    arrays = [_stretched(x, tuple(sizes[letter] for letter in term)) for term, x in zip(terms, arrays, strict=True)]
    term, x = _simplified(0, terms, target, arrays)
    for i in range(1, len(arrays)):
        other_term, other = _simplified(i, terms, target, arrays)
        later = set(target).union(*terms[i + 1 :])
        term, x = _pair(term, x, other_term, other, later, target)
    extra = tuple(i for i, letter in enumerate(term) if letter not in target)
    x, term = (sum_over(x, axis=extra), "".join(c for c in term if c in target)) if extra else (x, term)
    return transpose(x, tuple(term.index(letter) for letter in target)) if term != target else x


def _parse(subscripts: str, ranks: list[int]) -> tuple[list[str], str]:
    text = subscripts.replace(" ", "")
    left, arrow, target = text.partition("->")
    terms = left.split(",")
    if len(terms) != len(ranks):
        raise ArgumentError(f"einsum {subscripts!r} with {len(ranks)} arrays", f"{len(terms)} arrays", "one comma-separated term per array")
    spare = iter("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    widest = max((rank - len(term.replace("...", "")) for term, rank in zip(terms, ranks, strict=True) if "..." in term), default=0)
    dots = "".join(next(c for c in spare if c not in text) for _ in range(widest))
    terms = [t.replace("...", dots[widest - (rank - len(t.replace("...", ""))) :]) for t, rank in zip(terms, ranks, strict=True)]
    for term, rank in zip(terms, ranks, strict=True):
        if len(term) != rank or (not term.isalpha() and term):
            raise ArgumentError(
                f"einsum term {term!r} for an array with {rank} axes",
                "one letter per axis",
                "write a letter for each axis, or ... for several",
            )
    if not arrow:
        joined = "".join(terms)
        return terms, dots + "".join(sorted(c for c in set(joined) if joined.count(c) == 1 and c not in dots))
    target = target.replace("...", dots)
    if any(c not in "".join(terms) for c in target):
        raise ArgumentError(f"einsum {subscripts!r}", "result letters that some array has", "remove the letters that are new on the right")
    return terms, target


def _summable(*operands: ArrayLike) -> list[Tensor]:
    """Operands of one dtype; products of numbers of 8 bits are added up in 32, as in Keras."""
    given = [operand(x) for x in operands if not isinstance(x, (bool, int, float, complex))]
    arrays = promote(*operands)
    return [operand(x, "int32") for x in arrays] if all(spec_of(x).dtype == "int8" for x in given) else arrays


def _stretched(x: Tensor, shape: tuple[int, ...]) -> Tensor:
    return x if spec_of(x).shape == shape else broadcast_to(x, shape)


def _simplified(i: int, terms: list[str], target: str, arrays: list[Any]) -> tuple[str, Tensor]:
    """A term without repeated letters, and without letters that occur nowhere else: those are summed at once."""
    term, x = _without_repeats(terms[i], arrays[i])
    elsewhere = set(target).union(*terms[:i], *terms[i + 1 :])
    lonely = tuple(axis for axis, letter in enumerate(term) if letter not in elsewhere)
    return "".join(c for c in term if c in elsewhere), operand(sum_over(x, axis=lonely), spec_of(x).dtype) if lonely else x


def _without_repeats(term: str, x: Tensor) -> tuple[str, Tensor]:
    """A term in which a repeated letter is replaced by the diagonal of its axes."""
    for letter in dict.fromkeys(term):
        while term.count(letter) > 1:
            a = term.index(letter)
            b = term.index(letter, a + 1)
            size = spec_of(x).shape[a]
            mask = np.eye(size, dtype=bool).reshape([size if i in (a, b) else 1 for i in range(len(term))])
            x = operand(sum_over(where(mask, x, operand(0, spec_of(x).dtype)), axis=b), spec_of(x).dtype)
            term = term[:b] + term[b + 1 :]
    return term, x


def _pair(a: str, x: Tensor, b: str, y: Tensor, later: set[str], target: str) -> tuple[str, Tensor]:
    """Join two operands: shared letters that no later term needs are summed by a matrix product."""
    batch = [c for c in a if c in b and c in later]
    summed = [c for c in a if c in b and c not in later]
    rows, columns = [c for c in a if c not in b], [c for c in b if c not in a]
    if "".join(batch + columns + rows) == target:  # with swapped operands the result needs no transposition
        a, x, rows, b, y, columns = b, y, columns, a, x, rows
    sizes = dict(zip(a, spec_of(x).shape, strict=True)) | dict(zip(b, spec_of(y).shape, strict=True))
    left, transpose_left = _as_matrices(a, x, batch, rows, summed)
    right, transpose_right = _as_matrices(b, y, batch, summed, columns)
    flags = {name: True for name, is_set in (("transpose_x", transpose_left), ("transpose_y", transpose_right)) if is_set}
    term = "".join(batch + rows + columns)
    return term, _shaped(apply(product.matmul, left, right, **flags), tuple(sizes[c] for c in term))


def _as_matrices(term: str, x: Tensor, batch: list[str], rows: list[str], columns: list[str]) -> tuple[Tensor, bool]:
    """x as matrices, and whether they are stored transposed, which avoids a copy."""
    sizes = dict(zip(term, spec_of(x).shape, strict=True))
    lies_transposed = bool(columns) and term[-1] in rows  # contiguous rows stay contiguous
    first, second = (columns, rows) if lies_transposed else (rows, columns)
    order = tuple(term.index(c) for c in batch + first + second)
    x = x if order == tuple(range(len(order))) else transpose(x, order)
    shape = (*(sizes[c] for c in batch), _count(tuple(sizes[c] for c in first)), _count(tuple(sizes[c] for c in second)))
    return _shaped(x, shape), lies_transposed


def _shaped(x: Tensor, shape: tuple[int, ...]) -> Tensor:
    return x if spec_of(x).shape == shape else reshape(x, shape)

"""Systems of linear equations: solving, determinants, pseudo-inverses; and what all primitives on matrices share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks import dtypes
from glassworks.errors import ArgumentError, ShapeError
from glassworks.graph import Primitive, Spec, apply, spec_of
from glassworks.ops.primitives.matmul import matmul
from glassworks.ops.primitives.reduce import reduce_sum
from glassworks.ops.primitives.shape import reshape, transpose
from glassworks.typing import Namespace, Tensor


class OnMatrices(Primitive):
    """Matrices in the last two axes; leading axes are batches. Numbers of 16 bits are computed in 32.

    A subclass writes `compute` in place of `forward`, and in `failure` what is expected of a matrix and what to try
    where the computation has no result.
    """

    failure = ("a matrix that this is defined for", "check for infinite numbers and nan")

    def compute(self, xp: Namespace, *arrays: Any, **attributes: Any) -> Any:
        """The numbers, of float32 or float64 arrays."""
        raise NotImplementedError(f"primitive {self.name} has no computation")

    def forward(self, xp: Namespace, *arrays: np.ndarray, **attributes: Any) -> np.ndarray | tuple[np.ndarray, ...]:
        narrow = arrays[0].dtype if arrays[0].dtype.itemsize == 2 else None
        wide = [x.astype("float32") if narrow is not None and x.dtype == narrow else x for x in arrays]
        try:
            result = self.compute(xp, *wide, **attributes)
        except np.linalg.LinAlgError as error:
            raise ArgumentError(f"{self.name}: {error}", *self.failure) from None
        single = not isinstance(result, tuple)
        results = (result,) if single else tuple(result)
        if narrow is not None:
            results = tuple(x.astype(narrow) if x.dtype == "float32" else x for x in results)
        return results[0] if single else results

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], **attributes: Any) -> int:
        return inputs[0].size * min(inputs[0].shape[-2:])


def product(x: Tensor, y: Tensor, transpose_x: bool = False, transpose_y: bool = False) -> Tensor:
    """A matrix product of batches of one shape."""
    return apply(matmul, x, y, transpose_x=transpose_x, transpose_y=transpose_y)


def matrix_transpose(x: Tensor) -> Tensor:
    """The transpose of each matrix."""
    rank = len(spec_of(x).shape)
    return apply(transpose, x, axes=(*range(rank - 2), rank - 1, rank - 2))


def per_matrix(x: Tensor) -> Tensor:
    """One number per matrix, in the shape that multiplies matrices."""
    return apply(reshape, x, shape=(*spec_of(x).shape, 1, 1))


class Solve(OnMatrices):
    """X with A X = B, for square matrices A and batches of one shape."""

    failure = ("a matrix with an inverse", "its rows depend on one another: use ops.lstsq or ops.pinv, or add a small multiple of ops.eye")

    def infer(self, a: Spec, b: Spec) -> Spec:
        if a.shape[-2] != b.shape[-2]:
            raise ShapeError(
                f"equations {tuple(a.shape)} with right-hand sides {tuple(b.shape)}",
                f"{a.shape[-2]} rows on the right",
                "one row on the right per equation",
            )
        return b

    def compute(self, xp: Namespace, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return xp.linalg.solve(a, b)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        db = apply(self, matrix_transpose(inputs[0]), gradient)
        return -product(db, output, transpose_y=True), db


class Determinant(OnMatrices):
    """The determinant."""

    def infer(self, x: Spec) -> Spec:
        return Spec(x.shape[:-2], x.dtype)

    def compute(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.linalg.det(x)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        return (per_matrix(gradient) * apply(cofactors, inputs[0]),)


class Cofactors(OnMatrices):
    """The gradient of the determinant, from singular values, so that singular matrices have one too.

    Its own gradient needs the inverse.
    """

    def infer(self, x: Spec) -> Spec:
        return x

    def compute(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        u, s, vt = xp.linalg.svd(x)
        sign = xp.linalg.det(u) * xp.linalg.det(vt)
        ones = xp.ones_like(s[..., :1])
        before = xp.cumprod(xp.concatenate([ones, s[..., :-1]], axis=-1), axis=-1)
        after = xp.cumprod(xp.concatenate([ones, s[..., :0:-1]], axis=-1), axis=-1)[..., ::-1]
        return sign[..., None, None] * xp.matmul(u * (before * after)[..., None, :], vt)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        back = matrix_transpose(inverse(inputs[0]))
        rank = len(spec_of(gradient).shape)
        along = apply(reduce_sum, gradient * back, axes=(rank - 2, rank - 1), keepdims=True)
        return (along * output - product(product(output, gradient, transpose_y=True), back),)


class LogDeterminant(OnMatrices):
    """The sign of the determinant and the logarithm of its size."""

    def infer(self, x: Spec) -> tuple[Spec, Spec]:
        return Spec(x.shape[:-2], x.dtype), Spec(x.shape[:-2], x.dtype)

    def compute(self, xp: Namespace, x: np.ndarray) -> tuple[np.ndarray, ...]:
        return tuple(xp.linalg.slogdet(x))

    def vjp(self, gradient: Sequence[Tensor], inputs: Sequence[Tensor], output: Sequence[Tensor]) -> Sequence[Tensor | None]:
        return (per_matrix(gradient[1]) * matrix_transpose(inverse(inputs[0])),)


class PseudoInverse(OnMatrices):
    """The Moore-Penrose inverse; singular values up to `rcond` times the largest count as zero.

    Its gradient (Golub and Pereyra, 1973) holds where the rank does not change.
    """

    def infer(self, x: Spec, *, rcond: float) -> Spec:
        return Spec((*x.shape[:-2], x.shape[-1], x.shape[-2]), x.dtype)

    def compute(self, xp: Namespace, x: np.ndarray, *, rcond: float) -> np.ndarray:
        return xp.linalg.pinv(x, rcond)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor, *, rcond: float) -> Sequence[Tensor | None]:
        a, p, g = inputs[0], output, matrix_transpose(gradient)
        direct = product(product(p, gradient, transpose_x=True), p, transpose_y=True)
        outside_columns = g - product(a, product(p, g))
        outside_rows = g - product(product(g, p), a)
        through_columns = product(outside_columns, product(p, p, transpose_y=True))
        through_rows = product(product(p, p, transpose_x=True), outside_rows)
        return (through_columns + through_rows - direct,)


def inverse(x: Tensor) -> Tensor:
    """The inverse of each matrix."""
    spec = spec_of(x)
    identity = np.eye(spec.shape[-1], dtype=dtypes.numpy_dtype(spec.dtype))
    return apply(solve, x, np.broadcast_to(identity, spec.shape))


solve, determinant, cofactors = Solve(), Determinant(), Cofactors()
log_determinant, pseudo_inverse = LogDeterminant(), PseudoInverse()

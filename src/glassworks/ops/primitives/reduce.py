"""Reductions over axes: sum, product, maximum, minimum, any, all, and the index of the largest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks import dtypes
from glassworks.errors import ShapeError
from glassworks.graph import Primitive, Spec, apply, spec_of
from glassworks.ops.primitives.cast import cast
from glassworks.ops.primitives.compare import equal, where
from glassworks.ops.primitives.shape import broadcast_to, reshape, transpose
from glassworks.ops.primitives.shapes import accumulator, zero_of
from glassworks.typing import Namespace, Tensor


class Reduce(Primitive):
    """Attributes: axes (a sorted tuple of non-negative ints), keepdims."""

    def infer(self, x: Spec, *, axes: tuple[int, ...], keepdims: bool) -> Spec:
        return Spec(reduced_shape(x.shape, axes, keepdims), x.dtype)

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], **attributes: Any) -> int:
        return inputs[0].size


def reduced_shape(shape: tuple, axes: tuple[int, ...], keepdims: bool) -> tuple:
    """The shape after reducing over axes."""
    if keepdims:
        return tuple(1 if axis in axes else size for axis, size in enumerate(shape))
    return tuple(size for axis, size in enumerate(shape) if axis not in axes)


def spread(reduced: Tensor, x: Tensor, axes: tuple[int, ...]) -> Tensor:
    """A reduced value repeated along the reduced axes, back to the shape of x."""
    shape = spec_of(x).shape
    kept = apply(reshape, reduced, shape=reduced_shape(shape, axes, True))
    return apply(broadcast_to, kept, shape=shape)


class ReduceSum(Reduce):
    """The sum over axes."""

    def forward(self, xp: Namespace, x: np.ndarray, *, axes: tuple[int, ...], keepdims: bool) -> np.ndarray:
        return xp.sum(x, axis=axes, keepdims=keepdims, dtype=accumulator(x.dtype)).astype(x.dtype, copy=False)

    def vjp(
        self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor, *, axes: tuple[int, ...], keepdims: bool
    ) -> Sequence[Tensor | None]:
        return (spread(gradient, inputs[0], axes),)


class ReduceMean(Reduce):
    """The mean over axes."""

    def forward(self, xp: Namespace, x: np.ndarray, *, axes: tuple[int, ...], keepdims: bool) -> np.ndarray:
        return xp.mean(x, axis=axes, keepdims=keepdims, dtype=accumulator(x.dtype)).astype(x.dtype, copy=False)

    def vjp(
        self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor, *, axes: tuple[int, ...], keepdims: bool
    ) -> Sequence[Tensor | None]:
        shape = spec_of(inputs[0]).shape
        count = math.prod(shape[axis] for axis in axes)
        return (spread(gradient / float(count), inputs[0], axes),)


class ReduceProduct(Reduce):
    """The product over axes."""

    def forward(self, xp: Namespace, x: np.ndarray, *, axes: tuple[int, ...], keepdims: bool) -> np.ndarray:
        return xp.prod(x, axis=axes, keepdims=keepdims, dtype=accumulator(x.dtype)).astype(x.dtype, copy=False)

    def vjp(
        self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor, *, axes: tuple[int, ...], keepdims: bool
    ) -> Sequence[Tensor | None]:
        # The product of all others, from both sides, so that zeros do no harm.
        x = inputs[0]
        shape = spec_of(x).shape
        kept = [axis for axis in range(len(shape)) if axis not in axes]
        order = (*kept, *axes)
        flat = (*(shape[axis] for axis in kept), math.prod(shape[axis] for axis in axes))
        rows = apply(reshape, apply(transpose, x, axes=order), shape=flat)
        others = apply(product_of_others, rows)
        back = apply(reshape, others, shape=tuple(shape[axis] for axis in order))
        inverse = tuple(int(i) for i in np.argsort(order))
        return (spread(gradient, x, axes) * apply(transpose, back, axes=inverse),)


class ProductOfOthers(Primitive):
    """For each number of the last axis, the product of all others there."""

    def infer(self, x: Spec) -> Spec:
        return x

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        ones = xp.ones_like(x[..., :1])
        before = xp.cumprod(xp.concatenate([ones, x[..., :-1]], axis=-1), axis=-1, dtype=x.dtype)
        after = xp.cumprod(xp.concatenate([ones, x[..., :0:-1]], axis=-1), axis=-1, dtype=x.dtype)[..., ::-1]
        return before * after if x.shape[-1] else x

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        # d out_i / d x_j is the product without i and j: x_k for k != i, with x_j set to one, then without i.
        (x,) = inputs
        size = spec_of(x).shape[-1] or 0
        total = None
        for j in range(size):
            one_at_j = np.zeros(size, bool)
            one_at_j[j] = True
            without_j = apply(where, one_at_j, np.ones((), dtypes.numpy_dtype(spec_of(x).dtype)), x)
            term = apply(self, without_j) * apply(where, one_at_j, zero_of(x), gradient)
            column = apply(reduce_sum, term, axes=(len(spec_of(x).shape) - 1,), keepdims=True)
            placed = apply(where, one_at_j, column, zero_of(x))
            total = placed if total is None else total + placed
        return (gradient * 0.0 if total is None else total,)


class ReduceExtreme(Reduce):
    """The largest or smallest over axes; equal ones share the gradient."""

    def infer(self, x: Spec, *, axes: tuple[int, ...], keepdims: bool) -> Spec:
        if any(x.shape[axis] == 0 for axis in axes):
            raise _nothing_to_choose(self.name, x.shape, axes)
        return super().infer(x, axes=axes, keepdims=keepdims)

    def vjp(
        self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor, *, axes: tuple[int, ...], keepdims: bool
    ) -> Sequence[Tensor | None]:
        return (_to_chosen(gradient, inputs[0], output, axes),)


def _nothing_to_choose(name: str, shape: tuple, axes: tuple[int, ...]) -> ShapeError:
    return ShapeError(
        f"{name} over axes {axes} of shape {tuple(shape)}, which hold no numbers",
        "at least one number to choose from",
        "check that the data is not empty, or pass initial=...",
    )


class ReduceMax(ReduceExtreme):
    """The largest over axes; equal ones share the gradient."""

    def forward(self, xp: Namespace, x: np.ndarray, *, axes: tuple[int, ...], keepdims: bool) -> np.ndarray:
        return xp.max(x, axis=axes, keepdims=keepdims)


class ReduceMin(ReduceExtreme):
    """The smallest over axes; equal ones share the gradient."""

    def forward(self, xp: Namespace, x: np.ndarray, *, axes: tuple[int, ...], keepdims: bool) -> np.ndarray:
        return xp.min(x, axis=axes, keepdims=keepdims)


def _to_chosen(gradient: Tensor, x: Tensor, output: Tensor, axes: tuple[int, ...]) -> Tensor:
    """The gradient at the places that hold the chosen number, shared among equals."""
    chosen = apply(cast, apply(equal, x, spread(output, x, axes)), dtype=spec_of(x).dtype)
    count = apply(reduce_sum, chosen, axes=axes, keepdims=True)
    share = apply(reshape, gradient, shape=spec_of(count).shape) / count
    return spread(share, x, axes) * chosen


class ReduceAny(Reduce):
    """Whether any is true."""

    differentiable = False

    def forward(self, xp: Namespace, x: np.ndarray, *, axes: tuple[int, ...], keepdims: bool) -> np.ndarray:
        return xp.any(x, axis=axes, keepdims=keepdims)


class ReduceAll(Reduce):
    """Whether all are true."""

    differentiable = False

    def forward(self, xp: Namespace, x: np.ndarray, *, axes: tuple[int, ...], keepdims: bool) -> np.ndarray:
        return xp.all(x, axis=axes, keepdims=keepdims)


class ArgReduce(Primitive):
    """An index along one axis."""

    differentiable = False

    def infer(self, x: Spec, *, axis: int, keepdims: bool) -> Spec:
        if x.shape[axis] == 0:
            raise _nothing_to_choose(self.name, x.shape, (axis,))
        return Spec(reduced_shape(x.shape, (axis,), keepdims), "int32")


class Argmax(ArgReduce):
    """The index of the first largest."""

    def forward(self, xp: Namespace, x: np.ndarray, *, axis: int, keepdims: bool) -> np.ndarray:
        return xp.argmax(x, axis=axis, keepdims=keepdims).astype("int32")


class Argmin(ArgReduce):
    """The index of the first smallest."""

    def forward(self, xp: Namespace, x: np.ndarray, *, axis: int, keepdims: bool) -> np.ndarray:
        return xp.argmin(x, axis=axis, keepdims=keepdims).astype("int32")


reduce_sum, reduce_mean, reduce_product, reduce_max, reduce_min = ReduceSum(), ReduceMean(), ReduceProduct(), ReduceMax(), ReduceMin()
reduce_any, reduce_all, argmax, argmin, product_of_others = ReduceAny(), ReduceAll(), Argmax(), Argmin(), ProductOfOthers()

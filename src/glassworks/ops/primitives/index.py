"""Looking up by index: gather rows, gather along an axis, scatter back, one-hot.

Whoever applies these gives indices that exist: those of a user come through `ops.indices`, which checks them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks import dtypes
from glassworks.errors import ShapeError
from glassworks.graph import Primitive, Spec, apply, as_array, spec_of
from glassworks.ops.primitives.cast import cast
from glassworks.ops.primitives.compare import clip, equal, where
from glassworks.ops.primitives.shape import Rearrange, reshape
from glassworks.ops.primitives.shapes import accumulator, constant_like, zero_of
from glassworks.typing import Namespace, Tensor


class Gather(Rearrange):
    """Entries of x along an axis, chosen by an array of indices of any shape."""

    def infer(self, x: Spec, indices: Spec, *, axis: int) -> Spec:
        return Spec((*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]), x.dtype)

    def forward(self, xp: Namespace, x: np.ndarray, indices: np.ndarray, *, axis: int) -> np.ndarray:
        return xp.take(x, indices, axis=axis)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor, *, axis: int) -> Sequence[Tensor | None]:
        x, indices = inputs
        return apply(scatter_add, gradient, indices, axis=axis, size=spec_of(x).shape[axis]), None


class ScatterAdd(Primitive):
    """Zeros with entries added along an axis at indices: the transpose of `Gather`."""

    def infer(self, x: Spec, indices: Spec, *, axis: int, size: int) -> Spec:
        return Spec((*x.shape[:axis], size, *x.shape[axis + len(indices.shape) :]), x.dtype)

    def forward(self, xp: Namespace, x: np.ndarray, indices: np.ndarray, *, axis: int, size: int) -> np.ndarray:
        shape = (*x.shape[:axis], size, *x.shape[axis + indices.ndim :])
        index: Any = (slice(None),) * axis + (indices,)
        if xp is not np:
            return xp.zeros(shape, accumulator(x.dtype)).at[index].add(x).astype(x.dtype)
        total = np.zeros(shape, accumulator(x.dtype))
        np.add.at(total, index, x)
        return total.astype(x.dtype, copy=False)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor, *, axis: int, size: int) -> Sequence[Tensor | None]:
        return apply(gather, gradient, inputs[1], axis=axis), None


class GatherAlong(Rearrange):
    """For each place, the entry of x at the index given for that place, along one axis."""

    def infer(self, x: Spec, indices: Spec, *, axis: int) -> Spec:
        return Spec(indices.shape, x.dtype)

    def forward(self, xp: Namespace, x: np.ndarray, indices: np.ndarray, *, axis: int) -> np.ndarray:
        return xp.take_along_axis(x, indices, axis=axis)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor, *, axis: int) -> Sequence[Tensor | None]:
        x, indices = inputs
        return apply(scatter_along, gradient, indices, axis=axis, size=spec_of(x).shape[axis]), None


class ScatterAlong(Primitive):
    """Zeros with entries added at the index given for each place: the transpose of `GatherAlong`."""

    def infer(self, x: Spec, indices: Spec, *, axis: int, size: int) -> Spec:
        return Spec((*x.shape[:axis], size, *x.shape[axis + 1 :]), x.dtype)

    def forward(self, xp: Namespace, x: np.ndarray, indices: np.ndarray, *, axis: int, size: int) -> np.ndarray:
        shape = (*x.shape[:axis], size, *x.shape[axis + 1 :])
        index = list(np.ix_(*(np.arange(n) for n in x.shape)))
        index[axis] = indices
        if xp is not np:
            return xp.zeros(shape, x.dtype).at[tuple(index)].add(x)
        zeros = np.zeros(shape, x.dtype)
        np.add.at(zeros, tuple(index), x)
        return zeros

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor, *, axis: int, size: int) -> Sequence[Tensor | None]:
        return apply(gather_along, gradient, inputs[1], axis=axis), None


class Scatter(Primitive):
    """x with entries of its first axis combined with updates at indices; indices out of range are left out.

    Attributes: reduction: "set", "add", "multiply", "maximum" or "minimum".
    """

    def infer(self, x: Spec, indices: Spec, updates: Spec, *, reduction: str) -> Spec:
        if updates.shape != (*indices.shape, *x.shape[1:]):
            raise ShapeError(
                f"updates of shape {tuple(updates.shape)} at {tuple(indices.shape)} indices of an array of shape {tuple(x.shape)}",
                f"updates of shape {(*indices.shape, *x.shape[1:])}",
                "one update per index, in the shape of one entry",
            )
        return x

    def forward(self, xp: Namespace, x: np.ndarray, indices: np.ndarray, updates: np.ndarray, *, reduction: str) -> np.ndarray:
        if xp is not np:
            method = {"maximum": "max", "minimum": "min"}.get(reduction, reduction)
            combined = getattr(x.astype(accumulator(x.dtype)).at[indices], method)(updates, mode="drop")  # type: ignore[attr-defined]
            return combined.astype(x.dtype)
        inside = (indices >= 0) & (indices < x.shape[0])
        if not inside.all():
            indices, updates = indices[inside], updates[inside]
        result = np.array(x, accumulator(x.dtype))
        if reduction == "set":
            result[indices] = updates
        else:
            getattr(np, reduction).at(result, indices, updates)
        return result.astype(x.dtype, copy=False)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor, *, reduction: str) -> Sequence[Tensor | None]:
        x, indices, updates = inputs
        arriving = _read(gradient, indices)
        if reduction == "add":
            return gradient, None, arriving
        none = zero_of(gradient)
        if reduction == "set":
            nothing = np.zeros(spec_of(updates).shape, dtypes.numpy_dtype(spec_of(x).dtype))
            return apply(self, gradient, indices, nothing, reduction="set"), None, self._of_the_last(arriving, x, indices)
        if reduction == "multiply":
            others = self._product_of_others(x, indices, updates)
            return apply(self, gradient, indices, updates, reduction="multiply"), None, arriving * others
        # Equal ones share the gradient, as in the maximum over an axis.
        dtype = spec_of(x).dtype
        stayed = apply(cast, apply(equal, output, x), dtype=dtype)
        won = apply(cast, apply(equal, _read(output, indices), updates), dtype=dtype)
        count = apply(self, stayed, indices, won, reduction="add")
        share = gradient / apply(where, apply(equal, count, none), constant_like(1, count), count)
        return share * stayed, None, _read(share, indices) * won

    def _of_the_last(self, arriving: Tensor, x: Tensor, indices: Tensor) -> Tensor:
        """The gradient of the updates, 0 for those that a later update has replaced."""
        shape = spec_of(indices).shape
        numbers = np.arange(math.prod(shape), dtype="int32").reshape(shape)
        last = apply(self, np.full(spec_of(x).shape[:1], -1, "int32"), indices, numbers, reduction="set")
        stayed = apply(equal, _read(last, indices), numbers)
        one_each = apply(reshape, stayed, shape=(*shape, *(1,) * (len(spec_of(arriving).shape) - len(shape))))
        return apply(where, one_each, arriving, zero_of(arriving))

    def _product_of_others(self, x: Tensor, indices: Tensor, updates: Tensor) -> Tensor:
        """For each update, what all other factors of its place multiply to; zeros among them do no harm."""
        none = zero_of(x)
        is_zero = apply(equal, updates, none)
        safe = apply(where, is_zero, constant_like(1, x), updates)
        product = _read(apply(self, x, indices, safe, reduction="multiply"), indices)
        nothing = np.zeros(spec_of(x).shape, dtypes.numpy_dtype(spec_of(x).dtype))
        zeros = _read(apply(self, nothing, indices, apply(cast, is_zero, dtype=spec_of(x).dtype), reduction="add"), indices)
        without_zero = apply(where, apply(equal, zeros, none), product / safe, none)
        return apply(where, is_zero, apply(where, apply(equal, zeros, constant_like(1, x)), product, none), without_zero)


def _read(x: Tensor, indices: Tensor) -> Tensor:
    """The entries of the first axis at indices; 0 for indices out of range."""
    size, width = spec_of(x).shape[0], len(spec_of(x).shape) - 1
    if not size:
        return as_array(np.zeros((*spec_of(indices).shape, *spec_of(x).shape[1:]), dtypes.numpy_dtype(spec_of(x).dtype)))
    inside = apply(clip, indices, zero_of(indices), constant_like(size - 1, indices))
    fits = apply(reshape, apply(equal, indices, inside), shape=(*spec_of(indices).shape, *[1] * width))
    return apply(where, fits, apply(gather, x, inside, axis=0), zero_of(x))


class OneHot(Primitive):
    """One at the index, zeros elsewhere, along a new last axis; all zeros for an index out of range."""

    differentiable = False

    def infer(self, indices: Spec, *, classes: int, dtype: str) -> Spec:
        return Spec((*indices.shape, classes), dtype)

    def forward(self, xp: Namespace, indices: np.ndarray, *, classes: int, dtype: str) -> np.ndarray:
        return (indices[..., None] == xp.arange(classes, dtype=indices.dtype)).astype(dtypes.numpy_dtype(dtype))


gather, scatter_add, gather_along, scatter_along = Gather(), ScatterAdd(), GatherAlong(), ScatterAlong()
scatter, one_hot = Scatter(), OneHot()

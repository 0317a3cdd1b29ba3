"""Looking up by index: gather rows, gather along an axis, scatter back, one-hot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks import dtypes
from glassworks.graph import Primitive, Spec, apply, spec_of
from glassworks.ops.primitives.shape import Rearrange


class Gather(Rearrange):
    """Entries of x along an axis, chosen by an array of indices of any shape."""

    def infer(self, x: Spec, indices: Spec, *, axis: int) -> Spec:
        return Spec((*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]), x.dtype)

    def forward(self, xp: Any, x: Any, indices: Any, *, axis: int) -> Any:
        return xp.take(x, indices, axis=axis)

    def vjp(self, gradient: Any, inputs: Sequence[Any], output: Any, *, axis: int) -> Sequence[Any]:
        x, indices = inputs
        return apply(scatter_add, gradient, indices, axis=axis, size=spec_of(x).shape[axis]), None


class ScatterAdd(Primitive):
    """Zeros with entries added along an axis at indices: the transpose of `Gather`."""

    def infer(self, x: Spec, indices: Spec, *, axis: int, size: int) -> Spec:
        return Spec((*x.shape[:axis], size, *x.shape[axis + len(indices.shape) :]), x.dtype)

    def forward(self, xp: Any, x: Any, indices: Any, *, axis: int, size: int) -> Any:
        shape = (*x.shape[:axis], size, *x.shape[axis + indices.ndim :])
        index = (slice(None),) * axis + (indices,)
        if xp is not np:
            return xp.zeros(shape, x.dtype).at[index].add(x)
        zeros = np.zeros(shape, x.dtype)
        np.add.at(zeros, index, x)
        return zeros

    def vjp(self, gradient: Any, inputs: Sequence[Any], output: Any, *, axis: int, size: int) -> Sequence[Any]:
        return apply(gather, gradient, inputs[1], axis=axis), None


class GatherAlong(Rearrange):
    """For each place, the entry of x at the index given for that place, along one axis."""

    def infer(self, x: Spec, indices: Spec, *, axis: int) -> Spec:
        return Spec(indices.shape, x.dtype)

    def forward(self, xp: Any, x: Any, indices: Any, *, axis: int) -> Any:
        return xp.take_along_axis(x, indices, axis=axis)

    def vjp(self, gradient: Any, inputs: Sequence[Any], output: Any, *, axis: int) -> Sequence[Any]:
        x, indices = inputs
        return apply(scatter_along, gradient, indices, axis=axis, size=spec_of(x).shape[axis]), None


class ScatterAlong(Primitive):
    """Zeros with entries added at the index given for each place: the transpose of `GatherAlong`."""

    def infer(self, x: Spec, indices: Spec, *, axis: int, size: int) -> Spec:
        return Spec((*x.shape[:axis], size, *x.shape[axis + 1 :]), x.dtype)

    def forward(self, xp: Any, x: Any, indices: Any, *, axis: int, size: int) -> Any:
        shape = (*x.shape[:axis], size, *x.shape[axis + 1 :])
        index = list(np.ix_(*(np.arange(n) for n in x.shape)))
        index[axis] = indices
        if xp is not np:
            return xp.zeros(shape, x.dtype).at[tuple(index)].add(x)
        zeros = np.zeros(shape, x.dtype)
        np.add.at(zeros, tuple(index), x)
        return zeros

    def vjp(self, gradient: Any, inputs: Sequence[Any], output: Any, *, axis: int, size: int) -> Sequence[Any]:
        return apply(gather_along, gradient, inputs[1], axis=axis), None


class OneHot(Primitive):
    """One at the index, zeros elsewhere, along a new last axis; all zeros for an index out of range."""

    differentiable = False

    def infer(self, indices: Spec, *, classes: int, dtype: str) -> Spec:
        return Spec((*indices.shape, classes), dtype)

    def forward(self, xp: Any, indices: Any, *, classes: int, dtype: str) -> Any:
        return (indices[..., None] == xp.arange(classes, dtype=indices.dtype)).astype(dtypes.numpy_dtype(dtype))


gather, scatter_add, gather_along, scatter_along, one_hot = Gather(), ScatterAdd(), GatherAlong(), ScatterAlong(), OneHot()

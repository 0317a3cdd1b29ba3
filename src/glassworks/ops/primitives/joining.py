"""Putting arrays together and taking parts: concatenate, slice, pad, flip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks.errors import ShapeError
from glassworks.graph import Primitive, Spec, apply, spec_of
from glassworks.ops.primitives.shape import Rearrange
from glassworks.ops.primitives.shapes import same_dtype

# A slice per axis: (start, stop, step), as Python counts them.
Slices = tuple[tuple[int | None, int | None, int], ...]


class Concatenate(Rearrange):
    """Arrays one after the other along an axis."""

    def infer(self, *xs: Spec, axis: int) -> Spec:
        first = xs[0].shape
        for x in xs[1:]:
            if len(x.shape) != len(first) or any(a != b for i, (a, b) in enumerate(zip(first, x.shape, strict=True)) if i != axis):
                listed = ", ".join(str(tuple(spec.shape)) for spec in xs)
                raise ShapeError(f"shapes {listed} joined along axis {axis}", f"equal sizes in all axes but {axis}", "check which array has another size")
        return Spec((*first[:axis], sum(x.shape[axis] for x in xs), *first[axis + 1 :]), same_dtype(self.name, *xs))

    def forward(self, xp: Any, *xs: Any, axis: int) -> Any:
        return xp.concatenate(xs, axis=axis)

    def vjp(self, gradient: Any, inputs: Sequence[Any], output: Any, *, axis: int) -> Sequence[Any]:
        parts, start = [], 0
        for x in inputs:
            shape = spec_of(x).shape
            stop = start + shape[axis]
            slices = tuple((start, stop, 1) if i == axis else (None, None, 1) for i in range(len(shape)))
            parts.append(apply(take_slices, gradient, slices=slices))
            start = stop
        return parts


class TakeSlices(Rearrange):
    """A part of each axis by start, stop and step; negative steps go backwards."""

    def infer(self, x: Spec, *, slices: Slices) -> Spec:
        sizes = tuple(len(range(*slice(*one).indices(size))) for one, size in zip(slices, x.shape, strict=True))
        return Spec(sizes, x.dtype)

    def forward(self, xp: Any, x: Any, *, slices: Slices) -> Any:
        return x[tuple(slice(*one) for one in slices)]

    def vjp(self, gradient: Any, inputs: Sequence[Any], output: Any, *, slices: Slices) -> Sequence[Any]:
        return (apply(place_slices, gradient, slices=slices, shape=spec_of(inputs[0]).shape),)


class PlaceSlices(Rearrange):
    """Zeros of a shape, with the array put at slices of it: the transpose of `TakeSlices`."""

    def infer(self, x: Spec, *, slices: Slices, shape: tuple[int, ...]) -> Spec:
        return Spec(tuple(shape), x.dtype)

    def forward(self, xp: Any, x: Any, *, slices: Slices, shape: tuple[int, ...]) -> Any:
        zeros = xp.zeros(shape, x.dtype)
        index = tuple(slice(*one) for one in slices)
        if xp is not np:
            return zeros.at[index].set(x)
        zeros[index] = x
        return zeros

    def vjp(self, gradient: Any, inputs: Sequence[Any], output: Any, *, slices: Slices, shape: tuple[int, ...]) -> Sequence[Any]:
        return (apply(take_slices, gradient, slices=slices),)


concatenate, take_slices, place_slices = Concatenate(), TakeSlices(), PlaceSlices()

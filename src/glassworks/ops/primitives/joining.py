"""Putting arrays together and taking parts: concatenate, slice, pad, flip."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glassworks import dtypes
from glassworks.errors import ShapeError
from glassworks.graph import Spec, apply, spec_of
from glassworks.ops.primitives.shape import Rearrange, reshape
from glassworks.ops.primitives.shapes import same_dtype
from glassworks.typing import Namespace, Tensor

# A slice per axis: (start, stop, step), as Python counts them.
Slices = tuple[tuple[int | None, int | None, int], ...]


class Concatenate(Rearrange):
    """Arrays one after the other along an axis."""

    def infer(self, *xs: Spec, axis: int) -> Spec:
        first = xs[0].shape
        for x in xs[1:]:
            if len(x.shape) != len(first) or any(a != b for i, (a, b) in enumerate(zip(first, x.shape, strict=True)) if i != axis):
                listed = ", ".join(str(tuple(spec.shape)) for spec in xs)
                raise ShapeError(
                    f"shapes {listed} joined along axis {axis}", f"equal sizes in all axes but {axis}", "check which array has another size"
                )
        return Spec((*first[:axis], sum(x.shape[axis] for x in xs), *first[axis + 1 :]), same_dtype(self.name, *xs))

    def forward(self, xp: Namespace, *xs: np.ndarray, axis: int) -> np.ndarray:
        return xp.concatenate(xs, axis=axis)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor, *, axis: int) -> Sequence[Tensor | None]:
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
        sizes = tuple(len(range(*slice(*part).indices(size))) for part, size in zip(slices, x.shape, strict=True))
        return Spec(sizes, x.dtype)

    def forward(self, xp: Namespace, x: np.ndarray, *, slices: Slices) -> np.ndarray:
        return x[tuple(slice(*part) for part in slices)]

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor, *, slices: Slices) -> Sequence[Tensor | None]:
        return (apply(place_slices, gradient, slices=slices, shape=spec_of(inputs[0]).shape),)


class PlaceSlices(Rearrange):
    """Zeros of a shape, with the array put at slices of it: the transpose of `TakeSlices`."""

    def infer(self, x: Spec, *, slices: Slices, shape: tuple[int, ...]) -> Spec:
        return Spec(tuple(shape), x.dtype)

    def forward(self, xp: Namespace, x: np.ndarray, *, slices: Slices, shape: tuple[int, ...]) -> np.ndarray:
        zeros = xp.zeros(shape, x.dtype)
        index = tuple(slice(*part) for part in slices)
        if xp is not np:
            return zeros.at[index].set(x)
        zeros[index] = x
        return zeros

    def vjp(
        self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor, *, slices: Slices, shape: tuple[int, ...]
    ) -> Sequence[Tensor | None]:
        return (apply(take_slices, gradient, slices=slices),)


class Unstack(Rearrange):
    """The entries along an axis, as an output each. Their gradients are joined once, not each placed among zeros."""

    def infer(self, x: Spec, *, axis: int) -> tuple[Spec, ...]:
        return (Spec((*x.shape[:axis], *x.shape[axis + 1 :]), x.dtype),) * x.shape[axis]

    def forward(self, xp: Namespace, x: np.ndarray, *, axis: int) -> tuple[np.ndarray, ...]:
        before: tuple = (slice(None),) * axis
        return tuple(x[(*before, i)] for i in range(x.shape[axis]))

    def vjp(self, gradient: Sequence[Tensor], inputs: Sequence[Tensor], output: Sequence[Tensor], *, axis: int) -> Sequence[Tensor | None]:
        shape = spec_of(inputs[0]).shape
        entry = (*shape[:axis], 1, *shape[axis + 1 :])
        return (apply(concatenate, *(apply(reshape, part, shape=entry) for part in gradient), axis=axis),)


def _first(xp: Namespace, start: np.ndarray, size: int, full: int) -> np.ndarray:
    """The start of a block: a negative start counts from the end, and then it moves until the block fits."""
    return xp.clip(xp.where(start < 0, start + full, start), 0, full - size)


class TakeBlock(Rearrange):
    """A block of a fixed shape that starts where `starts` says; a negative start counts from the end, and then moves until the block fits."""

    def infer(self, x: Spec, starts: Spec, *, shape: tuple[int, ...]) -> Spec:
        if len(shape) != len(x.shape) or starts.shape != (len(x.shape),) or any(n > size for n, size in zip(shape, x.shape, strict=True)):
            raise ShapeError(
                f"a block of shape {shape} with starts of shape {tuple(starts.shape)} in an array of shape {tuple(x.shape)}",
                "one start and one size per axis, none larger than the array",
                "check the shape of the block",
            )
        return Spec(shape, x.dtype)

    def forward(self, xp: Namespace, x: np.ndarray, starts: np.ndarray, *, shape: tuple[int, ...]) -> np.ndarray:
        for axis, size in enumerate(shape):
            x = xp.take(x, _first(xp, starts[axis], size, x.shape[axis]) + xp.arange(size), axis=axis)
        return x

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor, *, shape: tuple[int, ...]) -> Sequence[Tensor | None]:
        x, starts = inputs
        return apply(place_block, np.zeros(spec_of(x).shape, dtypes.numpy_dtype(spec_of(x).dtype)), gradient, starts), None


class PlaceBlock(Rearrange):
    """x with a block replaced, from where `starts` says, as `TakeBlock` has it."""

    def infer(self, x: Spec, block: Spec, starts: Spec) -> Spec:
        take_block.infer(x, starts, shape=block.shape)
        return Spec(x.shape, same_dtype(self.name, x, block))

    def forward(self, xp: Namespace, x: np.ndarray, block: np.ndarray, starts: np.ndarray) -> np.ndarray:
        first = [_first(xp, starts[axis], size, x.shape[axis]) for axis, size in enumerate(block.shape)]
        rank = len(block.shape)
        index = tuple(
            xp.reshape(a + xp.arange(n), [n if i == axis else 1 for i in range(rank)])
            for axis, (a, n) in enumerate(zip(first, block.shape, strict=True))
        )
        if xp is not np:
            return x.at[index].set(block)  # type: ignore[attr-defined]
        result = np.array(x)
        result[index] = block
        return result

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        _, block, starts = inputs
        shape = spec_of(block).shape
        nothing = np.zeros(shape, dtypes.numpy_dtype(spec_of(block).dtype))
        return apply(self, gradient, nothing, starts), apply(take_block, gradient, starts, shape=shape), None


concatenate, take_slices, place_slices = Concatenate(), TakeSlices(), PlaceSlices()
take_block, place_block, unstack = TakeBlock(), PlaceBlock(), Unstack()

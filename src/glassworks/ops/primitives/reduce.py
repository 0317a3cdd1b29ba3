"""Reductions over axes: sum, product, maximum, minimum, any, all, and the index of the largest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glassworks.graph import Primitive, Spec, apply, spec_of
from glassworks.ops.primitives.shape import broadcast_to, reshape


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


def spread(reduced: Any, x: Any, axes: tuple[int, ...]) -> Any:
    """A reduced value repeated along the reduced axes, back to the shape of x."""
    shape = spec_of(x).shape
    kept = apply(reshape, reduced, shape=reduced_shape(shape, axes, True))
    return apply(broadcast_to, kept, shape=shape)


class ReduceSum(Reduce):
    """The sum over axes."""

    def forward(self, xp: Any, x: Any, *, axes: tuple[int, ...], keepdims: bool) -> Any:
        return xp.sum(x, axis=axes, keepdims=keepdims, dtype=x.dtype)

    def vjp(self, gradient: Any, inputs: Sequence[Any], output: Any, *, axes: tuple[int, ...], keepdims: bool) -> Sequence[Any]:
        return (spread(gradient, inputs[0], axes),)


reduce_sum = ReduceSum()

"""Shape changes: reshape, transpose, broadcast. They cost no arithmetic."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks.errors import ShapeError
from glassworks.graph import Primitive, Spec, apply, spec_of
from glassworks.typing import Namespace, Tensor


class Rearrange(Primitive):
    """Moves numbers without changing them."""

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], **attributes: Any) -> int:
        return 0


class Reshape(Rearrange):
    """The same numbers in row-major order in another shape; one size may be -1."""

    def infer(self, x: Spec, *, shape: tuple[int, ...]) -> Spec:
        known = math.prod(size for size in shape if size != -1)
        free = shape.count(-1)
        fits = known == x.size if free == 0 else free == 1 and known > 0 and x.size % known == 0
        if not fits:
            raise ShapeError(
                f"shape {tuple(x.shape)} with {x.size} numbers, reshape to {tuple(shape)}",
                f"a shape with {x.size} numbers in all" if free == 0 else f"one -1, and the other sizes to divide {x.size}",
                "check the sizes; -1 stands for the one that follows from the others",
            )
        return Spec(tuple(x.size // known if size == -1 else size for size in shape), x.dtype)

    def forward(self, xp: Namespace, x: np.ndarray, *, shape: tuple[int, ...]) -> np.ndarray:
        return xp.reshape(x, shape)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor, *, shape: tuple[int, ...]) -> Sequence[Tensor | None]:
        return (apply(self, gradient, shape=spec_of(inputs[0]).shape),)


class Transpose(Rearrange):
    """Axes in another order."""

    def infer(self, x: Spec, *, axes: tuple[int, ...]) -> Spec:
        if sorted(axes) != list(range(len(x.shape))):
            raise ShapeError(
                f"axes {axes} for shape {tuple(x.shape)}", f"each of 0 to {len(x.shape) - 1} once", "list every axis exactly once"
            )
        return Spec(tuple(x.shape[axis] for axis in axes), x.dtype)

    def forward(self, xp: Namespace, x: np.ndarray, *, axes: tuple[int, ...]) -> np.ndarray:
        return xp.transpose(x, axes)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor, *, axes: tuple[int, ...]) -> Sequence[Tensor | None]:
        return (apply(self, gradient, axes=tuple(int(i) for i in np.argsort(axes))),)


class BroadcastTo(Rearrange):
    """Repeated along axes of size 1 and new leading axes."""

    broadcasts = True

    def infer(self, x: Spec, *, shape: tuple[int, ...]) -> Spec:
        padded = (1,) * (len(shape) - len(x.shape)) + tuple(x.shape)
        if len(padded) != len(shape) or any(a not in (1, b) for a, b in zip(padded, shape, strict=True)):
            raise ShapeError(
                f"shape {tuple(x.shape)} broadcast to {tuple(shape)}",
                "sizes that are equal or 1, counted from the last axis",
                "ops.expand_dims(x, axis) adds an axis of size 1 where one is missing",
            )
        return Spec(tuple(shape), x.dtype)

    def forward(self, xp: Namespace, x: np.ndarray, *, shape: tuple[int, ...]) -> np.ndarray:
        return xp.broadcast_to(x, shape)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor, *, shape: tuple[int, ...]) -> Sequence[Tensor | None]:
        return (gradient,)


class Copy(Rearrange):
    """A copy of the array."""

    def infer(self, x: Spec) -> Spec:
        return x

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.array(x)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        return (gradient,)


reshape, transpose, broadcast_to, copy = Reshape(), Transpose(), BroadcastTo(), Copy()

"""The matrix product."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glassworks.errors import ShapeError
from glassworks.graph import Primitive, Spec, apply
from glassworks.ops.primitives.shapes import broadcast_shapes, same_dtype
from glassworks.typing import Namespace, Tensor


class Matmul(Primitive):
    """Matrices in the last two axes of x and y; leading axes are batches and broadcast.

    Attributes: transpose_x, transpose_y swap the last two axes of that operand first, at no cost.
    """

    broadcasts = True

    def infer(self, x: Spec, y: Spec, *, transpose_x: bool = False, transpose_y: bool = False) -> Spec:
        rows, inner_x = x.shape[-2:] if not transpose_x else x.shape[:-3:-1]
        inner_y, columns = y.shape[-2:] if not transpose_y else y.shape[:-3:-1]
        if inner_x != inner_y:
            raise ShapeError(
                f"matmul of shapes {tuple(x.shape)} and {tuple(y.shape)}: inner sizes {inner_x} and {inner_y}",
                "the last size of the first to equal the second-last size of the second",
                "check the number of features, or transpose one of them",
            )
        batch = broadcast_shapes(self.name, x.shape[:-2], y.shape[:-2])
        return Spec((*batch, rows, columns), same_dtype(self.name, x, y))

    def forward(self, xp: Namespace, x: np.ndarray, y: np.ndarray, *, transpose_x: bool = False, transpose_y: bool = False) -> np.ndarray:
        product = xp.matmul(xp.swapaxes(x, -1, -2) if transpose_x else x, xp.swapaxes(y, -1, -2) if transpose_y else y)
        # NumPy multiplies bfloat16 matrices in float32 and leaves the result there.
        return product if product.dtype == x.dtype else product.astype(x.dtype)

    def vjp(
        self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor, *, transpose_x: bool = False, transpose_y: bool = False
    ) -> Sequence[Tensor | None]:
        x, y = inputs
        # z = X Y gives dX = dZ Y' and dY = X' dZ; a transposed operand gets the transpose of its gradient.
        if transpose_x:
            dx = apply(self, y, gradient, transpose_x=transpose_y, transpose_y=True)
        else:
            dx = apply(self, gradient, y, transpose_x=False, transpose_y=not transpose_y)
        if transpose_y:
            dy = apply(self, gradient, x, transpose_x=True, transpose_y=transpose_x)
        else:
            dy = apply(self, x, gradient, transpose_x=not transpose_x, transpose_y=False)
        return dx, dy

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], *, transpose_x: bool = False, transpose_y: bool = False) -> int:
        inner = inputs[0].shape[-2 if transpose_x else -1] or 1
        return 2 * outputs[0].size * inner


matmul = Matmul()

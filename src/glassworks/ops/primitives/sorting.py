"""Order: the permutation that sorts along an axis, places in a sorted row, running sums."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks.graph import Primitive, Spec, apply, spec_of
from glassworks.ops.primitives.elementwise import Unary
from glassworks.ops.primitives.joining import take_slices
from glassworks.ops.primitives.shapes import accumulator
from glassworks.typing import Namespace, Tensor


def _ordered(x: np.ndarray) -> np.ndarray:
    """The same numbers in a dtype that NumPy can order: of bfloat16 it does not know that nan comes last."""
    return x.astype("float32") if x.dtype.name == "bfloat16" else x


class Argsort(Primitive):
    """Indices that sort along an axis; equal entries keep their order."""

    differentiable = False

    def infer(self, x: Spec, *, axis: int) -> Spec:
        return Spec(x.shape, "int32")

    def forward(self, xp: Namespace, x: np.ndarray, *, axis: int) -> np.ndarray:
        return xp.argsort(_ordered(x), axis=axis, kind="stable").astype("int32")

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], **attributes: Any) -> int:
        return 20 * outputs[0].size


class SearchSorted(Primitive):
    """The place in a sorted row where each value belongs; `side` says on which side of equal ones."""

    differentiable = False

    def infer(self, row: Spec, values: Spec, *, side: str) -> Spec:
        return Spec(values.shape, "int32")

    def forward(self, xp: Namespace, row: np.ndarray, values: np.ndarray, *, side: str) -> np.ndarray:
        return xp.asarray(xp.searchsorted(_ordered(row), _ordered(values), side=side)).astype("int32")

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], **attributes: Any) -> int:
        return 20 * outputs[0].size


class CumulativeSum(Unary):
    """Running sums along an axis."""

    def forward(self, xp: Namespace, x: np.ndarray, *, axis: int) -> np.ndarray:
        return xp.cumsum(x, axis=axis, dtype=accumulator(x.dtype)).astype(x.dtype, copy=False)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor, *, axis: int) -> Sequence[Tensor | None]:
        return (flip(apply(self, flip(gradient, axis), axis=axis), axis),)


def flip(x: Tensor, axis: int) -> Tensor:
    """The entries along an axis in reverse."""
    return apply(take_slices, x, slices=tuple((None, None, -1 if i == axis else 1) for i in range(len(spec_of(x).shape))))


argsort, search_sorted, cumulative_sum = Argsort(), SearchSorted(), CumulativeSum()

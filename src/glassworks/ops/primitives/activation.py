"""Activations that are primitives for speed or precision: ReLU, softmax, log-softmax, softplus."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks.graph import Primitive, Spec, apply, spec_of
from glassworks.ops.primitives.compare import less, where
from glassworks.ops.primitives.elementwise import Unary, exp, sigmoid
from glassworks.ops.primitives.reduce import reduce_sum
from glassworks.ops.primitives.shapes import accumulator, zero_of
from glassworks.typing import Namespace, Tensor


class Relu(Unary):
    """x where it is positive, else 0; the gradient at 0 is 0."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.maximum(x, 0)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        zero = zero_of(output)
        return (apply(where, apply(less, zero, output), gradient, zero),)


class Softplus(Unary):
    """log(1 + exp(x)), computed without overflow."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.maximum(x, 0) + xp.log1p(xp.exp(-xp.abs(x)))

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        return (gradient * apply(sigmoid, inputs[0]),)

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], **attributes: Any) -> int:
        return 20 * outputs[0].size


def _long_sum(xp: Namespace, x: np.ndarray, axis: int) -> np.ndarray:
    """The sum along an axis, kept. NumPy adds neighbours in memory pairwise, and others one by one, which loses digits of long rows."""
    neighbours = xp.moveaxis(x, axis, -1).copy()
    return xp.expand_dims(xp.sum(neighbours, axis=-1, dtype=accumulator(x.dtype)), axis)


class OverAxis(Primitive):
    """Normalises along one axis."""

    def infer(self, x: Spec, *, axis: int) -> Spec:
        return x

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], **attributes: Any) -> int:
        return 15 * outputs[0].size


class Softmax(OverAxis):
    """exp(x) divided by its sum: positive numbers that add up to 1."""

    def forward(self, xp: Namespace, x: np.ndarray, *, axis: int) -> np.ndarray:
        if not x.shape[axis]:
            return x
        powers = xp.exp(x - xp.max(x, axis=axis, keepdims=True))
        return (powers / _long_sum(xp, powers, axis)).astype(x.dtype, copy=False)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor, *, axis: int) -> Sequence[Tensor | None]:
        return (output * (gradient - _sum(gradient * output, axis)),)


class LogSoftmax(OverAxis):
    """The logarithm of softmax, exact where softmax is almost 0."""

    def forward(self, xp: Namespace, x: np.ndarray, *, axis: int) -> np.ndarray:
        if not x.shape[axis]:
            return x
        shifted = x - xp.max(x, axis=axis, keepdims=True)
        return (shifted - xp.log(_long_sum(xp, xp.exp(shifted), axis))).astype(x.dtype, copy=False)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor, *, axis: int) -> Sequence[Tensor | None]:
        return (gradient - apply(exp, output) * _sum(gradient, axis),)


def _sum(x: Tensor, axis: int) -> Tensor:
    return apply(reduce_sum, x, axes=(axis % len(spec_of(x).shape),), keepdims=True)


relu, softplus, softmax, log_softmax = Relu(), Softplus(), Softmax(), LogSoftmax()

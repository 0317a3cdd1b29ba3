"""Arithmetic and mathematical functions, one number at a time, with broadcasting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks.graph import Primitive, Spec
from glassworks.ops.primitives.shapes import broadcast_shapes, same_dtype
from glassworks.typing import Namespace, Tensor


class Unary(Primitive):
    """One input, one output of the same shape and dtype."""

    def infer(self, x: Spec, **attributes: Any) -> Spec:
        return x


class Binary(Primitive):
    """Two inputs of one dtype, broadcast against each other."""

    broadcasts = True

    def infer(self, x: Spec, y: Spec, **attributes: Any) -> Spec:
        dtype = same_dtype(self.name, x, y)
        return x if x.shape == y.shape else Spec(broadcast_shapes(self.name, x.shape, y.shape), dtype)


class Add(Binary):
    """x + y."""

    def forward(self, xp: Namespace, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return xp.add(x, y)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        return gradient, gradient


class Subtract(Binary):
    """x - y."""

    def forward(self, xp: Namespace, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return xp.subtract(x, y)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        return gradient, -gradient


class Multiply(Binary):
    """x * y."""

    def forward(self, xp: Namespace, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return xp.multiply(x, y)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        x, y = inputs
        return gradient * y, gradient * x


class Divide(Binary):
    """x / y, of floating numbers."""

    def forward(self, xp: Namespace, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return xp.divide(x, y)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        _, y = inputs
        return gradient / y, -gradient * output / y


class Negative(Unary):
    """-x."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.negative(x)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        return (-gradient,)


class Exp(Unary):
    """e to the power x."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.exp(x)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        return (gradient * output,)


class Log(Unary):
    """The natural logarithm; -inf at 0, nan below."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.log(x)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        return (gradient / inputs[0],)


class Sqrt(Unary):
    """The square root; nan below 0."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.sqrt(x)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        return (gradient * 0.5 / output,)


class Tanh(Unary):
    """The hyperbolic tangent."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.tanh(x)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        return (gradient * (1.0 - output * output),)


class Sigmoid(Unary):
    """1 / (1 + exp(-x)), computed without overflow."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        # exp of a negative number cannot overflow; the two halves meet at 0.
        decay = xp.exp(-xp.abs(x))
        return xp.where(x >= 0, 1, decay) / (1 + decay)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        return (gradient * output * (1.0 - output),)

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], **attributes: Any) -> int:
        return 4 * outputs[0].size


add, subtract, multiply, divide, negative = Add(), Subtract(), Multiply(), Divide(), Negative()
exp, log, sqrt, tanh, sigmoid = Exp(), Log(), Sqrt(), Tanh(), Sigmoid()

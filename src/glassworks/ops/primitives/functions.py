"""Mathematical functions of one number. Each stands with its derivative."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks.graph import Spec, apply
from glassworks.ops.primitives.elementwise import Unary, sqrt
from glassworks.typing import Namespace, Tensor


class SmoothFunction(Unary):
    """A smooth function; about ten operations per number."""

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], **attributes: Any) -> int:
        return 10 * outputs[0].size


class StepFunction(Unary):
    """A function whose derivative is zero wherever it has one."""

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor, **attributes: Any) -> Sequence[Tensor | None]:
        return (None,)


class Absolute(Unary):
    """The distance from zero."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.abs(x)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        return (gradient * apply(sign, inputs[0]),)


class Square(Unary):
    """x times x."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.square(x)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        return (gradient * inputs[0] * 2.0,)


class Rsqrt(SmoothFunction):
    """One over the square root."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return 1 / xp.sqrt(x)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        return (gradient * output * output * output * -0.5,)


class Log1p(SmoothFunction):
    """The logarithm of 1 + x, exact for small x."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.log1p(x)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        return (gradient / (inputs[0] + 1.0),)


class Log2(SmoothFunction):
    """The logarithm to base 2."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.log2(x)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        return (gradient / (inputs[0] * math.log(2)),)


class Log10(SmoothFunction):
    """The logarithm to base 10."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.log10(x)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        return (gradient / (inputs[0] * math.log(10)),)


class Exp2(SmoothFunction):
    """2 to the power x."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.exp2(x)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        return (gradient * output * math.log(2),)


class Cbrt(SmoothFunction):
    """The cube root."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.cbrt(x)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        return (gradient / (output * output * 3.0),)


class Expm1(SmoothFunction):
    """The exponential of x, minus 1, exact for small x."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.expm1(x)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        return (gradient * (output + 1.0),)


class Sin(SmoothFunction):
    """The sine."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.sin(x)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        return (gradient * apply(cos, inputs[0]),)


class Cos(SmoothFunction):
    """The cosine."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.cos(x)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        return (-gradient * apply(sin, inputs[0]),)


class Tan(SmoothFunction):
    """The tangent."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.tan(x)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        return (gradient * (output * output + 1.0),)


class Arcsin(SmoothFunction):
    """The inverse of the sine."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.arcsin(x)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        return (gradient / apply(sqrt, 1.0 - inputs[0] * inputs[0]),)


class Arccos(SmoothFunction):
    """The inverse of the cosine."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.arccos(x)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        return (-gradient / apply(sqrt, 1.0 - inputs[0] * inputs[0]),)


class Arctan(SmoothFunction):
    """The inverse of the tangent."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.arctan(x)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        return (gradient / (inputs[0] * inputs[0] + 1.0),)


class Sinh(SmoothFunction):
    """The hyperbolic sine."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.sinh(x)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        return (gradient * apply(cosh, inputs[0]),)


class Cosh(SmoothFunction):
    """The hyperbolic cosine."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.cosh(x)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        return (gradient * apply(sinh, inputs[0]),)


class Arcsinh(SmoothFunction):
    """The inverse of the hyperbolic sine."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.arcsinh(x)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        return (gradient / apply(sqrt, inputs[0] * inputs[0] + 1.0),)


class Arccosh(SmoothFunction):
    """The inverse of the hyperbolic cosine."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.arccosh(x)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        return (gradient / apply(sqrt, inputs[0] * inputs[0] - 1.0),)


class Arctanh(SmoothFunction):
    """The inverse of the hyperbolic tangent."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.arctanh(x)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        return (gradient / (1.0 - inputs[0] * inputs[0]),)


class Sign(StepFunction):
    """-1, 0 or 1."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.sign(x)


class Floor(StepFunction):
    """The largest integer that is not larger."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.floor(x)


class Ceil(StepFunction):
    """The smallest integer that is not smaller."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.ceil(x)


class Trunc(StepFunction):
    """The whole part, towards zero."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.trunc(x)


class Round(StepFunction):
    """The nearest number with the given number of decimals; halves go to the even neighbour."""

    def forward(self, xp: Namespace, x: np.ndarray, *, decimals: int = 0) -> np.ndarray:
        return xp.round(x, decimals)


absolute, square, rsqrt, log1p, expm1 = Absolute(), Square(), Rsqrt(), Log1p(), Expm1()
sin, cos, tan, arcsin, arccos = Sin(), Cos(), Tan(), Arcsin(), Arccos()
arctan, sinh, cosh, arcsinh, arccosh = Arctan(), Sinh(), Cosh(), Arcsinh(), Arccosh()
arctanh, sign, floor, ceil, trunc = Arctanh(), Sign(), Floor(), Ceil(), Trunc()
round_, log2, log10, exp2, cbrt = Round(), Log2(), Log10(), Exp2(), Cbrt()

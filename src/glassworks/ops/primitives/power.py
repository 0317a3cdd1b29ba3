"""Powers, remainders, whole division, the angle of a point, and the error function."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from glassworks.graph import Spec, apply
from glassworks.ops.primitives.compare import equal, less, where
from glassworks.ops.primitives.elementwise import Binary, Unary, exp, log
from glassworks.ops.primitives.functions import floor
from glassworks.ops.primitives.shapes import zero_of


class Power(Binary):
    """x to the power y."""

    def forward(self, xp: Any, x: Any, y: Any) -> Any:
        return xp.power(x, y)

    def vjp(self, gradient: Any, inputs: Sequence[Any], output: Any) -> Sequence[Any]:
        x, y = inputs
        none = zero_of(x)
        dx = gradient * apply(where, apply(equal, y, none), none, y * apply(self, x, y - 1.0))
        # The derivative in y is taken as 0 where x is 0 or negative, as in JAX for x = 0.
        positive = apply(less, none, x)
        safe = apply(where, positive, x, none + 1.0)
        dy = gradient * apply(where, positive, output * apply(log, safe), none)
        return dx, dy

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], **attributes: Any) -> int:
        return 20 * outputs[0].size


class FloorDivide(Binary):
    """The largest whole number not above x / y."""

    def forward(self, xp: Any, x: Any, y: Any) -> Any:
        return xp.floor_divide(x, y)

    def vjp(self, gradient: Any, inputs: Sequence[Any], output: Any) -> Sequence[Any]:
        return None, None


class Mod(Binary):
    """The remainder of x / y, with the sign of y."""

    def forward(self, xp: Any, x: Any, y: Any) -> Any:
        return xp.mod(x, y)

    def vjp(self, gradient: Any, inputs: Sequence[Any], output: Any) -> Sequence[Any]:
        x, y = inputs
        return gradient, -gradient * apply(floor, x / y)


class Arctan2(Binary):
    """The angle of the point (y, x)."""

    def forward(self, xp: Any, x: Any, y: Any) -> Any:
        return xp.arctan2(x, y)

    def vjp(self, gradient: Any, inputs: Sequence[Any], output: Any) -> Sequence[Any]:
        x, y = inputs
        squares = x * x + y * y
        return gradient * y / squares, -gradient * x / squares


class Erf(Unary):
    """The error function, by W. J. Cody's rational approximations (1969), exact to about 1e-16 in float64."""

    def forward(self, xp: Any, x: Any) -> Any:
        size = xp.abs(x)
        near = _near(xp, xp.minimum(size, 0.5) * xp.sign(x))
        middle = 1 - _middle(xp, xp.clip(size, 0.46875, 4.0))
        far = 1 - _far(xp, xp.maximum(size, 4.0))
        tail = xp.sign(x) * xp.where(size <= 4.0, middle, far)
        return xp.where(size <= 0.46875, near, xp.where(xp.isnan(x), x, tail)).astype(x.dtype)

    def vjp(self, gradient: Any, inputs: Sequence[Any], output: Any) -> Sequence[Any]:
        (x,) = inputs
        return (gradient * apply(exp, -(x * x)) * (2 / math.sqrt(math.pi)),)

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], **attributes: Any) -> int:
        return 40 * outputs[0].size


class Erfinv(Unary):
    """The inverse of the error function: Giles's approximation (2010), then two steps of Newton's method."""

    def forward(self, xp: Any, x: Any) -> Any:
        inside = xp.clip(x, -1 + 1e-15, 1 - 1e-15) if x.dtype == "float64" else xp.clip(x, -1 + 1e-7, 1 - 1e-7)
        w = -xp.log((1 - inside) * (1 + inside))
        small = _polynomial(xp.minimum(w, 5.0) - 2.5, _GILES_SMALL)
        large = _polynomial(xp.sqrt(xp.maximum(w, 5.0)) - 3.0, _GILES_LARGE)
        y = xp.where(w < 5.0, small, large) * inside
        for _ in range(2 if x.dtype == "float64" else 1):
            y = y - (erf.forward(xp, y) - inside) / (2 / math.sqrt(math.pi) * xp.exp(-y * y))
        ends = xp.where(xp.abs(x) == 1, xp.sign(x) * xp.inf, xp.nan)
        return xp.where(xp.abs(x) < 1, y, ends).astype(x.dtype)

    def vjp(self, gradient: Any, inputs: Sequence[Any], output: Any) -> Sequence[Any]:
        return (gradient * apply(exp, output * output) * (math.sqrt(math.pi) / 2),)

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], **attributes: Any) -> int:
        return 150 * outputs[0].size


_GILES_SMALL = (
    2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087, -0.00125372503, -0.00417768164, 0.246640727, 1.50140941,
)  # fmt: skip
_GILES_LARGE = (
    -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047, 1.00167406, 2.83297682,
)  # fmt: skip
_NEAR_P = (1.85777706184603153e-1, 3.16112374387056560, 1.13864154151050156e2, 3.77485237685302021e2, 3.20937758913846947e3)
_NEAR_Q = (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3)
_MIDDLE_P = (
    2.15311535474403846e-8,
    5.64188496988670089e-1,
    8.88314979438837594,
    6.61191906371416295e1,
    2.98635138197400131e2,
    8.81952221241769090e2,
    1.71204761263407058e3,
    2.05107837782607147e3,
    1.23033935479799725e3,
)
_MIDDLE_Q = (
    1.0,
    1.57449261107098347e1,
    1.17693950891312499e2,
    5.37181101862009858e2,
    1.62138957456669019e3,
    3.29079923573345963e3,
    4.36261909014324716e3,
    3.43936767414372164e3,
    1.23033935480374942e3,
)
_FAR_P = (1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1, 1.60837851487422766e-2, 6.58749161529837803e-4)
_FAR_Q = (1.0, 2.56852019228982242, 1.87295284992346725, 5.27905102951428412e-1, 6.05183413124413191e-2, 2.33520497626869185e-3)


def _polynomial(x: Any, coefficients: tuple[float, ...]) -> Any:
    total = coefficients[0]
    for coefficient in coefficients[1:]:
        total = total * x + coefficient
    return total


def _near(xp: Any, x: Any) -> Any:
    return x * _polynomial(x * x, _NEAR_P) / _polynomial(x * x, _NEAR_Q)


def _middle(xp: Any, x: Any) -> Any:
    return xp.exp(-x * x) * _polynomial(x, _MIDDLE_P) / _polynomial(x, _MIDDLE_Q)


def _far(xp: Any, x: Any) -> Any:
    inverse = 1 / (x * x)
    ratio = inverse * _polynomial(inverse, _FAR_P) / _polynomial(inverse, _FAR_Q)
    return xp.exp(-x * x) / x * (1 / math.sqrt(math.pi) - ratio)


power, floor_divide, mod, arctan2, erf, erfinv = Power(), FloorDivide(), Mod(), Arctan2(), Erf(), Erfinv()

"""Special functions: the error function, its complement and inverse, and a Bessel function."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from glassworks import dtypes
from glassworks.graph import Spec, apply, spec_of
from glassworks.ops.primitives.compare import clip, is_nan, less, less_equal, maximum, minimum, where
from glassworks.ops.primitives.elementwise import Unary, exp
from glassworks.ops.primitives.functions import absolute, sign
from glassworks.ops.primitives.reduce import reduce_mean
from glassworks.ops.primitives.shape import reshape
from glassworks.ops.primitives.shapes import constant_like, zero_of
from glassworks.typing import Namespace, Tensor


def _wide(x: np.ndarray) -> tuple[np.ndarray, np.dtype]:
    """x in at least 32 bits, which the coefficients need, and the dtype to go back to."""
    return (x.astype("float32") if x.dtype.itemsize == 2 else x), x.dtype


class Erf(Unary):
    """The error function, by W. J. Cody's rational approximations (1969), exact to about 1e-16 in float64."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        x, dtype = _wide(x)
        size = xp.abs(x)
        near = _near(xp.minimum(size, 0.5) * xp.sign(x))
        middle = 1 - _middle(xp.exp, xp.clip(size, 0.46875, 4.0))
        far = 1 - _far(xp.exp, xp.maximum(size, 4.0))
        tail = xp.sign(x) * xp.where(size <= 4.0, middle, far)
        return xp.where(size <= 0.46875, near, xp.where(xp.isnan(x), x, tail)).astype(dtype)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        (x,) = inputs
        return (gradient * apply(exp, -(x * x)) * (2 / math.sqrt(math.pi)),)

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], **attributes: Any) -> int:
        return 40 * outputs[0].size


class Erfc(Unary):
    """1 - erf(x), exact where erf is almost 1."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        x, dtype = _wide(x)
        size = xp.abs(x)
        near = 1 - _near(xp.minimum(size, 0.5) * xp.sign(x))
        tail = xp.where(size <= 4.0, _middle(xp.exp, xp.clip(size, 0.46875, 4.0)), _far(xp.exp, xp.maximum(size, 4.0)))
        tail = xp.where(x < 0, 2 - tail, tail)
        return xp.where(size <= 0.46875, near, xp.where(xp.isnan(x), x, tail)).astype(dtype)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        (x,) = inputs
        return (gradient * apply(exp, -(x * x)) * (-2 / math.sqrt(math.pi)),)

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], **attributes: Any) -> int:
        return 40 * outputs[0].size


def composed_erfc(x: Tensor) -> Tensor:
    """The numbers of `Erfc` from plain ops."""
    size = apply(absolute, x)
    near = 1.0 - _near(apply(minimum, size, constant_like(0.5, x)) * apply(sign, x))
    middle = _middle(_exp, apply(clip, size, constant_like(0.46875, x), constant_like(4.0, x)))
    far = _far(_exp, apply(maximum, size, constant_like(4.0, x)))
    tail = apply(where, apply(less_equal, size, constant_like(4.0, x)), middle, far)
    tail = apply(where, apply(less, x, zero_of(x)), 2.0 - tail, tail)
    tail = apply(where, apply(is_nan, x), x, tail)
    return apply(where, apply(less_equal, size, constant_like(0.46875, x)), near, tail)


def _exp(x: Tensor) -> Tensor:
    return apply(exp, x)


class Gelu(Unary):
    """x times the chance that a standard normal number is below x (Hendrycks and Gimpel, 2016)."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        wide, dtype = _wide(x)
        return (wide * _normal_below(xp, wide)).astype(dtype)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        return (gradient * apply(gelu_slope, inputs[0]),)

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], **attributes: Any) -> int:
        return 40 * outputs[0].size


class GeluSlope(Unary):
    """The derivative of `Gelu`: the chance that a normal number is below x, and x times its density there."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        wide, dtype = _wide(x)
        return (_normal_below(xp, wide) + wide * xp.exp(-0.5 * wide * wide) * _DENSITY).astype(dtype)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        (x,) = inputs
        return (gradient * apply(exp, x * x * -0.5) * _DENSITY * (2.0 - x * x),)

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], **attributes: Any) -> int:
        return 60 * outputs[0].size


_DENSITY = 1 / math.sqrt(2 * math.pi)


def _normal_below(xp: Namespace, x: np.ndarray) -> np.ndarray:
    return 0.5 * erfc.forward(xp, x * -math.sqrt(0.5))


class Erfinv(Unary):
    """The inverse of the error function: Giles's approximation (2010), then Halley's method."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        x, dtype = _wide(x)
        size = xp.abs(x)
        rest = xp.maximum(1 - size, 1e-17 if x.dtype == "float64" else 1e-9)
        w = -xp.log(rest * (1 + size))
        small = _polynomial(xp.minimum(w, 5.0) - 2.5, _GILES_SMALL)
        large = _polynomial(xp.sqrt(xp.maximum(w, 5.0)) - 3.0, _GILES_LARGE)
        # Beyond Giles's range: erfc(y) is about exp(-y * y) / (y sqrt(pi)).
        steep = xp.maximum(-xp.log(rest), 1.0)
        far = xp.sqrt(xp.maximum(steep - 0.5 * xp.log(math.pi * steep), 0.0))
        y = xp.where(w < 5.0, small, xp.where(w < 16.0, large, far)) * size
        for _ in range(2 if x.dtype == "float64" else 1):
            # 1 - erf(y) says nothing where erf is almost 1; erfc(y) does.
            miss = xp.where(size < 0.5, erf.forward(xp, y) - size, rest - erfc.forward(xp, y))
            step = miss / (2 / math.sqrt(math.pi) * xp.exp(-y * y))
            y = y - step / (1 + y * step)
        y = xp.where(size == 1, xp.inf, y) * xp.sign(x)
        return xp.where(size <= 1, y, xp.nan).astype(dtype)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        return (gradient * apply(exp, output * output) * (math.sqrt(math.pi) / 2),)

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], **attributes: Any) -> int:
        return 150 * outputs[0].size


class BesselI0(Unary):
    """The modified Bessel function of the first kind, of order 0."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.i0(x).astype(x.dtype)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        # I1(x) is the mean of cos(t) exp(x cos(t)) over half a circle; the midpoint rule is exact to rounding for |x| < 100.
        (x,) = inputs
        spec = spec_of(x)
        cosines = np.cos((np.arange(128) + 0.5) * (np.pi / 128)).astype(dtypes.numpy_dtype(spec.dtype))
        terms = apply(exp, apply(reshape, x, shape=(*spec.shape, 1)) * cosines) * cosines
        return (gradient * apply(reduce_mean, terms, axes=(len(spec.shape),), keepdims=False),)

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], **attributes: Any) -> int:
        return 40 * outputs[0].size


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
_FAR_P = (
    1.63153871373020978e-2,
    3.05326634961232344e-1,
    3.60344899949804439e-1,
    1.25781726111229246e-1,
    1.60837851487422766e-2,
    6.58749161529837803e-4,
)
_FAR_Q = (1.0, 2.56852019228982242, 1.87295284992346725, 5.27905102951428412e-1, 6.05183413124413191e-2, 2.33520497626869185e-3)


# The approximations are computed with arrays, and composed of ops.
Numbers = TypeVar("Numbers", np.ndarray, Tensor)


def _polynomial(x: Numbers, coefficients: tuple[float, ...]) -> Numbers:
    total: Any = coefficients[0]
    for coefficient in coefficients[1:]:
        total = total * x + coefficient
    return total


def _near(x: Numbers) -> Numbers:
    return x * _polynomial(x * x, _NEAR_P) / _polynomial(x * x, _NEAR_Q)


def _middle(exp: Callable[[Numbers], Numbers], x: Numbers) -> Numbers:
    return exp(-x * x) * _polynomial(x, _MIDDLE_P) / _polynomial(x, _MIDDLE_Q)


def _far(exp: Callable[[Numbers], Numbers], x: Numbers) -> Numbers:
    inverse = 1 / (x * x)
    ratio = inverse * _polynomial(inverse, _FAR_P) / _polynomial(inverse, _FAR_Q)
    return exp(-x * x) / x * (1 / math.sqrt(math.pi) - ratio)


gelu, gelu_slope = Gelu(), GeluSlope()
erf, erfc, erfinv, bessel_i0 = Erf(), Erfc(), Erfinv(), BesselI0()

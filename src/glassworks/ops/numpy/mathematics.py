"""Mathematical functions, elementwise: exponentials, logarithms, roots, trigonometry. Integers become `floatx()`."""

from __future__ import annotations

import math

from glassworks.graph import apply, op
from glassworks.ops.convert import floating
from glassworks.ops.primitives import compare, elementwise, functions, special
from glassworks.ops.primitives import power as powers
from glassworks.ops.primitives.shapes import constant_like
from glassworks.typing import ArrayLike, Tensor

__all__ = [
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "cbrt",
    "cos",
    "cosh",
    "deg2rad",
    "exp",
    "exp2",
    "expm1",
    "hypot",
    "i0",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "logaddexp2",
    "rad2deg",
    "sin",
    "sinc",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
]


@op
def exp(x: ArrayLike) -> Tensor:
    """e to the power of each number.

    >>> from glassworks import ops
    >>> ops.exp([0.0, 1.0])
    Array([1.      , 2.718282], dtype=float32)
    """
    return apply(elementwise.exp, *floating(x))


@op
def exp2(x: ArrayLike) -> Tensor:
    """2 to the power of each number.

    >>> from glassworks import ops
    >>> ops.exp2([0.0, 3.0])
    Array([1., 8.], dtype=float32)
    """
    return apply(functions.exp2, *floating(x))


@op
def expm1(x: ArrayLike) -> Tensor:
    """exp(x) - 1, exact for small x.

    >>> from glassworks import ops
    >>> ops.expm1([0.0, 1e-6])
    Array([0.0000000e+00, 1.0000005e-06], dtype=float32)
    """
    return apply(functions.expm1, *floating(x))


@op
def log(x: ArrayLike) -> Tensor:
    """The natural logarithm; -inf at 0, nan below.

    >>> from glassworks import ops
    >>> ops.log([1.0, 0.0, -1.0])
    Array([  0., -inf,  nan], dtype=float32)
    """
    return apply(elementwise.log, *floating(x))


@op
def log2(x: ArrayLike) -> Tensor:
    """The logarithm to base 2; -inf at 0, nan below.

    >>> from glassworks import ops
    >>> ops.log2([1.0, 8.0])
    Array([0., 3.], dtype=float32)
    """
    return apply(functions.log2, *floating(x))


@op
def log10(x: ArrayLike) -> Tensor:
    """The logarithm to base 10; -inf at 0, nan below.

    >>> from glassworks import ops
    >>> ops.log10([1.0, 1000.0])
    Array([0.       , 3.0000002], dtype=float32)
    """
    return apply(functions.log10, *floating(x))


@op
def log1p(x: ArrayLike) -> Tensor:
    """log(1 + x), exact for small x; -inf at -1, nan below.

    >>> from glassworks import ops
    >>> ops.log1p([0.0, 1e-6])
    Array([0.000000e+00, 9.999995e-07], dtype=float32)
    """
    return apply(functions.log1p, *floating(x))


@op
def sqrt(x: ArrayLike) -> Tensor:
    """The square root; nan below 0.

    >>> from glassworks import ops
    >>> ops.sqrt([4.0, 2.0])
    Array([2.       , 1.4142135], dtype=float32)
    """
    return apply(elementwise.sqrt, *floating(x))


@op
def cbrt(x: ArrayLike) -> Tensor:
    """The cube root.

    >>> from glassworks import ops
    >>> ops.cbrt([8.0, -27.0])
    Array([ 2.       , -2.9999998], dtype=float32)
    """
    return apply(functions.cbrt, *floating(x))


@op
def sin(x: ArrayLike) -> Tensor:
    """The sine of an angle in radians.

    >>> from glassworks import ops
    >>> ops.sin([0.0, 1.5707964])
    Array([0., 1.], dtype=float32)
    """
    return apply(functions.sin, *floating(x))


@op
def cos(x: ArrayLike) -> Tensor:
    """The cosine of an angle in radians.

    >>> from glassworks import ops
    >>> ops.cos([0.0, 3.1415927])
    Array([ 1., -1.], dtype=float32)
    """
    return apply(functions.cos, *floating(x))


@op
def tan(x: ArrayLike) -> Tensor:
    """The tangent of an angle in radians.

    >>> from glassworks import ops
    >>> ops.tan([0.0, 1.0])
    Array([0.       , 1.5574077], dtype=float32)
    """
    return apply(functions.tan, *floating(x))


@op
def arcsin(x: ArrayLike) -> Tensor:
    """The angle, from -pi/2 to pi/2, whose sine is x; nan outside -1 to 1.

    >>> from glassworks import ops
    >>> ops.arcsin([0.0, 1.0])
    Array([0.       , 1.5707964], dtype=float32)
    """
    return apply(functions.arcsin, *floating(x))


@op
def arccos(x: ArrayLike) -> Tensor:
    """The angle, from 0 to pi, whose cosine is x; nan outside -1 to 1.

    >>> from glassworks import ops
    >>> ops.arccos([0.0, 1.0])
    Array([1.5707964, 0.       ], dtype=float32)
    """
    return apply(functions.arccos, *floating(x))


@op
def arctan(x: ArrayLike) -> Tensor:
    """The angle, from -pi/2 to pi/2, whose tangent is x.

    >>> from glassworks import ops
    >>> ops.arctan([0.0, 1.0])
    Array([0.       , 0.7853982], dtype=float32)
    """
    return apply(functions.arctan, *floating(x))


@op
def sinh(x: ArrayLike) -> Tensor:
    """The hyperbolic sine, (exp(x) - exp(-x)) / 2.

    >>> from glassworks import ops
    >>> ops.sinh([0.0, 1.0])
    Array([0.       , 1.1752012], dtype=float32)
    """
    return apply(functions.sinh, *floating(x))


@op
def cosh(x: ArrayLike) -> Tensor:
    """The hyperbolic cosine, (exp(x) + exp(-x)) / 2.

    >>> from glassworks import ops
    >>> ops.cosh([0.0, 1.0])
    Array([1.       , 1.5430807], dtype=float32)
    """
    return apply(functions.cosh, *floating(x))


@op
def tanh(x: ArrayLike) -> Tensor:
    """The hyperbolic tangent: any number becomes one between -1 and 1.

    >>> from glassworks import ops
    >>> ops.tanh([0.0, 1.0, 50.0])
    Array([0.       , 0.7615942, 1.       ], dtype=float32)
    """
    return apply(elementwise.tanh, *floating(x))


@op
def arcsinh(x: ArrayLike) -> Tensor:
    """The inverse of the hyperbolic sine.

    >>> from glassworks import ops
    >>> ops.arcsinh([0.0, 1.0])
    Array([0.       , 0.8813736], dtype=float32)
    """
    return apply(functions.arcsinh, *floating(x))


@op
def arccosh(x: ArrayLike) -> Tensor:
    """The inverse of the hyperbolic cosine; nan below 1.

    >>> from glassworks import ops
    >>> ops.arccosh([1.0, 2.0])
    Array([0.      , 1.316958], dtype=float32)
    """
    return apply(functions.arccosh, *floating(x))


@op
def arctanh(x: ArrayLike) -> Tensor:
    """The inverse of the hyperbolic tangent; nan outside -1 to 1.

    >>> from glassworks import ops
    >>> ops.arctanh([0.0, 0.5])
    Array([0.        , 0.54930615], dtype=float32)
    """
    return apply(functions.arctanh, *floating(x))


@op
def i0(x: ArrayLike) -> Tensor:
    """The modified Bessel function of the first kind, of order 0.

    >>> from glassworks import ops
    >>> ops.i0([0.0, 1.0])
    Array([0.99999994, 1.2660661 ], dtype=float32)
    """
    return apply(special.bessel_i0, *floating(x))


@op
def arctan2(x1: ArrayLike, x2: ArrayLike) -> Tensor:
    """The angle, from -pi to pi, of the point (x2, x1).

    >>> from glassworks import ops
    >>> ops.arctan2([0.0, 1.0], [-1.0, 1.0])
    Array([3.1415927, 0.7853981], dtype=float32)
    """
    return apply(powers.arctan2, *floating(x1, x2))


@op
def hypot(x1: ArrayLike, x2: ArrayLike) -> Tensor:
    """sqrt(x1 * x1 + x2 * x2), without overflow: the long side of a right triangle. Its gradient at the origin is 0.

    >>> from glassworks import ops
    >>> ops.hypot([3.0, 5.0], [4.0, 12.0])
    Array([ 5., 13.], dtype=float32)
    """
    return apply(powers.hypot, *floating(x1, x2))


@op
def logaddexp(x1: ArrayLike, x2: ArrayLike) -> Tensor:
    """log(exp(x1) + exp(x2)), without overflow.

    >>> from glassworks import ops
    >>> ops.logaddexp([0.0, 1000.0], [0.0, 1000.0])
    Array([6.9314718e-01, 1.0006932e+03], dtype=float32)
    """
    return apply(powers.logaddexp, *floating(x1, x2))


@op
def logaddexp2(x1: ArrayLike, x2: ArrayLike) -> Tensor:
    """log2(2 ** x1 + 2 ** x2), without overflow.

    >>> from glassworks import ops
    >>> ops.logaddexp2([0.0, 1000.0], [0.0, 1000.0])
    Array([1.000e+00, 1.001e+03], dtype=float32)
    """
    x1, x2 = floating(x1, x2)
    return logaddexp(x1 * math.log(2), x2 * math.log(2)) / math.log(2)


@op
def deg2rad(x: ArrayLike) -> Tensor:
    """Degrees to radians.

    >>> from glassworks import ops
    >>> ops.deg2rad([0.0, 180.0])
    Array([0.       , 3.1415927], dtype=float32)
    """
    (x,) = floating(x)
    return x * (math.pi / 180)


@op
def rad2deg(x: ArrayLike) -> Tensor:
    """Radians to degrees.

    >>> from glassworks import ops
    >>> ops.rad2deg([0.0, 3.1415927])
    Array([  0., 180.], dtype=float32)
    """
    (x,) = floating(x)
    return x * (180 / math.pi)


@op
def sinc(x: ArrayLike) -> Tensor:
    """sin(pi x) / (pi x), and 1 at 0.

    >>> from glassworks import ops
    >>> ops.sinc([0.0, 0.5])
    Array([1.        , 0.63661975], dtype=float32)
    """
    (x,) = floating(x)
    angle = x * math.pi
    # Near 0 the derivatives of the quotient are inaccurate; those of its Taylor series are exact.
    is_small = apply(compare.less, apply(functions.absolute, angle), constant_like(0.05, angle))
    square = angle * angle
    series = 1.0 - square / 6.0 * (1.0 - square / 20.0 * (1.0 - square / 42.0 * (1.0 - square / 72.0)))
    safe = apply(compare.where, is_small, constant_like(1, angle), angle)
    return apply(compare.where, is_small, series, apply(functions.sin, safe) / safe)

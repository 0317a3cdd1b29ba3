"""Mathematical functions, number by number, with broadcasting and promotion: the elementwise names of `keras.ops`."""

from __future__ import annotations

import math
from typing import Any

from glassworks.graph import apply, operation, spec_of
from glassworks.ops.convert import floating, operand, promote
from glassworks.ops.primitives import compare, elementwise, functions, special
from glassworks.ops.primitives import power as powers


@operation
def absolute(x: Any) -> Any:
    """The distance of each number from zero."""
    return apply(functions.absolute, operand(x))


@operation
def negative(x: Any) -> Any:
    """Each number with the other sign."""
    return apply(elementwise.negative, operand(x))


@operation
def square(x: Any) -> Any:
    """Each number times itself."""
    return apply(functions.square, operand(x))


@operation
def sign(x: Any) -> Any:
    """-1, 0 or 1 by the sign of each number."""
    return apply(functions.sign, operand(x))


@operation
def exp(x: Any) -> Any:
    """e to the power of each number. Integers become `floatx()`."""
    return apply(elementwise.exp, *floating(x))


@operation
def log(x: Any) -> Any:
    """The natural logarithm; -inf at 0, nan below. Integers become `floatx()`."""
    return apply(elementwise.log, *floating(x))


@operation
def sqrt(x: Any) -> Any:
    """The square root; nan below 0. Integers become `floatx()`."""
    return apply(elementwise.sqrt, *floating(x))


@operation
def log1p(x: Any) -> Any:
    """log(1 + x), exact for small x. Integers become `floatx()`."""
    return apply(functions.log1p, *floating(x))


@operation
def expm1(x: Any) -> Any:
    """exp(x) - 1, exact for small x. Integers become `floatx()`."""
    return apply(functions.expm1, *floating(x))


@operation
def sin(x: Any) -> Any:
    """The sine. Integers become `floatx()`."""
    return apply(functions.sin, *floating(x))


@operation
def cos(x: Any) -> Any:
    """The cosine. Integers become `floatx()`."""
    return apply(functions.cos, *floating(x))


@operation
def tan(x: Any) -> Any:
    """The tangent. Integers become `floatx()`."""
    return apply(functions.tan, *floating(x))


@operation
def arcsin(x: Any) -> Any:
    """The inverse of the sine, for -1 to 1. Integers become `floatx()`."""
    return apply(functions.arcsin, *floating(x))


@operation
def arccos(x: Any) -> Any:
    """The inverse of the cosine, for -1 to 1. Integers become `floatx()`."""
    return apply(functions.arccos, *floating(x))


@operation
def arctan(x: Any) -> Any:
    """The inverse of the tangent. Integers become `floatx()`."""
    return apply(functions.arctan, *floating(x))


@operation
def sinh(x: Any) -> Any:
    """The hyperbolic sine. Integers become `floatx()`."""
    return apply(functions.sinh, *floating(x))


@operation
def cosh(x: Any) -> Any:
    """The hyperbolic cosine. Integers become `floatx()`."""
    return apply(functions.cosh, *floating(x))


@operation
def tanh(x: Any) -> Any:
    """The hyperbolic tangent. Integers become `floatx()`."""
    return apply(elementwise.tanh, *floating(x))


@operation
def arcsinh(x: Any) -> Any:
    """The inverse of the hyperbolic sine. Integers become `floatx()`."""
    return apply(functions.arcsinh, *floating(x))


@operation
def arccosh(x: Any) -> Any:
    """The inverse of the hyperbolic cosine, from 1. Integers become `floatx()`."""
    return apply(functions.arccosh, *floating(x))


@operation
def arctanh(x: Any) -> Any:
    """The inverse of the hyperbolic tangent, for -1 to 1. Integers become `floatx()`."""
    return apply(functions.arctanh, *floating(x))


@operation
def floor(x: Any) -> Any:
    """The largest whole number not above. Integers become `floatx()`."""
    return apply(functions.floor, *floating(x))


@operation
def ceil(x: Any) -> Any:
    """The smallest whole number not below. Integers become `floatx()`."""
    return apply(functions.ceil, *floating(x))


@operation
def trunc(x: Any) -> Any:
    """The whole part, towards zero. Integers become `floatx()`."""
    return apply(functions.trunc, *floating(x))


@operation
def add(x1: Any, x2: Any) -> Any:
    """x1 + x2."""
    return apply(elementwise.add, *promote(x1, x2))


@operation
def subtract(x1: Any, x2: Any) -> Any:
    """x1 - x2."""
    return apply(elementwise.subtract, *promote(x1, x2))


@operation
def multiply(x1: Any, x2: Any) -> Any:
    """x1 * x2."""
    return apply(elementwise.multiply, *promote(x1, x2))


@operation
def maximum(x1: Any, x2: Any) -> Any:
    """The larger of two numbers."""
    return apply(compare.maximum, *promote(x1, x2))


@operation
def minimum(x1: Any, x2: Any) -> Any:
    """The smaller of two numbers."""
    return apply(compare.minimum, *promote(x1, x2))


@operation
def power(x1: Any, x2: Any) -> Any:
    """x1 to the power x2."""
    return apply(powers.power, *promote(x1, x2))


@operation
def mod(x1: Any, x2: Any) -> Any:
    """The remainder of x1 / x2, with the sign of x2."""
    return apply(powers.mod, *promote(x1, x2))


@operation
def floor_divide(x1: Any, x2: Any) -> Any:
    """The largest whole number not above x1 / x2."""
    return apply(powers.floor_divide, *promote(x1, x2))


@operation
def divide(x1: Any, x2: Any) -> Any:
    """x1 / x2; integers become `floatx()`."""
    return apply(elementwise.divide, *floating(x1, x2))


@operation
def arctan2(x1: Any, x2: Any) -> Any:
    """The angle of the point (x2, x1)."""
    return apply(powers.arctan2, *floating(x1, x2))


true_divide = divide
abs = absolute


@operation
def round(x: Any, decimals: int = 0) -> Any:
    """The nearest number with so many decimals; halves go to the even neighbour."""
    return apply(functions.round_, operand(x), decimals=decimals)


@operation
def reciprocal(x: Any) -> Any:
    """1 / x."""
    return divide(1, x)


@operation
def rsqrt(x: Any) -> Any:
    """1 / sqrt(x)."""
    return apply(functions.rsqrt, *floating(x))


@operation
def log2(x: Any) -> Any:
    """The logarithm to base 2."""
    return log(x) / math.log(2)


@operation
def log10(x: Any) -> Any:
    """The logarithm to base 10."""
    return log(x) / math.log(10)


@operation
def logaddexp(x1: Any, x2: Any) -> Any:
    """log(exp(x1) + exp(x2)), without overflow."""
    x1, x2 = floating(x1, x2)
    return maximum(x1, x2) + log1p(exp(-absolute(x1 - x2)))


@operation
def clip(x: Any, x_min: Any, x_max: Any) -> Any:
    """The number, but not below x_min nor above x_max."""
    x = operand(x)
    dtype = spec_of(x).dtype
    return apply(compare.clip, x, operand(x_min, dtype), operand(x_max, dtype))


@operation
def erf(x: Any) -> Any:
    """The error function."""
    return apply(special.erf, *floating(x))


@operation
def erfinv(x: Any) -> Any:
    """The inverse of the error function, for -1 to 1."""
    return apply(special.erfinv, *floating(x))


@operation
def nan_to_num(x: Any, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Any:
    """The numbers with nan, inf and -inf replaced; the infinities by the largest number of the dtype."""
    import numpy as np

    from glassworks.ops.numpy.comparison import isnan, where

    x = operand(x)
    limit = float(np.finfo(spec_of(x).dtype).max)
    bounded = clip(x, -limit if neginf is None else neginf, limit if posinf is None else posinf)
    return where(isnan(x), operand(nan, spec_of(x).dtype), bounded)


@operation
def divide_no_nan(x1: Any, x2: Any) -> Any:
    """x1 / x2, and 0 where x2 is 0."""
    x1, x2 = floating(x1, x2)
    zero = apply(compare.equal, x2, operand(0, spec_of(x2).dtype))
    safe = apply(compare.where, zero, operand(1, spec_of(x2).dtype), x2)
    return apply(compare.where, zero, operand(0, spec_of(x2).dtype), apply(elementwise.divide, x1, safe))

"""Arithmetic and rounding, elementwise, with broadcasting and promotion."""

from __future__ import annotations

import numpy as np

from glassworks import dtypes
from glassworks.errors import DTypeError
from glassworks.graph import Primitive, apply, op, spec_of
from glassworks.ops.convert import floating, operand, promote, without_bool
from glassworks.ops.primitives import bits, compare, elementwise, functions
from glassworks.ops.primitives import complex as parts
from glassworks.ops.primitives import power as powers
from glassworks.ops.primitives.shapes import constant_like
from glassworks.typing import ArrayLike, Tensor

__all__ = [
    "abs",
    "absolute",
    "add",
    "ceil",
    "clip",
    "divide",
    "divide_no_nan",
    "fabs",
    "floor",
    "floor_divide",
    "fmax",
    "fmin",
    "fmod",
    "gcd",
    "heaviside",
    "lcm",
    "ldexp",
    "maximum",
    "minimum",
    "mod",
    "multiply",
    "nan_to_num",
    "negative",
    "nextafter",
    "power",
    "reciprocal",
    "round",
    "sign",
    "square",
    "subtract",
    "true_divide",
    "trunc",
]


def _refuse_booleans(what: str, x: Tensor, alternative: str) -> None:
    """Raise an error for booleans, as NumPy and Keras do: they have no sign."""
    if spec_of(x).dtype == "bool":
        fix = f"{alternative}; or cast to numbers first: ops.cast(x, 'int32')"
        raise DTypeError("operands of dtype bool", "numbers", fix, where=f"ops.{what}")


def refuse_complex(what: str, x: Tensor) -> None:
    """Raise an error for complex numbers in an op that is defined for real ones."""
    if spec_of(x).dtype in dtypes.COMPLEX:
        fix = "take ops.real(x), ops.imag(x) or ops.absolute(x) first"
        raise DTypeError(f"operands of dtype {spec_of(x).dtype}", "real numbers", fix, where=f"ops.{what}")


@op
def add(x1: ArrayLike, x2: ArrayLike) -> Tensor:
    """x1 + x2, broadcast against each other.

    >>> from glassworks import ops
    >>> ops.add([1, 2], [0.5, 0.5])
    Array([1.5, 2.5], dtype=float32)
    """
    return apply(elementwise.add, *promote(x1, x2))


@op
def subtract(x1: ArrayLike, x2: ArrayLike) -> Tensor:
    """x1 - x2, broadcast against each other.

    >>> from glassworks import ops
    >>> ops.subtract([1.0, 2.0], 1)
    Array([0., 1.], dtype=float32)
    """
    x1, x2 = promote(x1, x2)
    _refuse_booleans("subtract", x1, "ops.logical_xor says where two differ")
    return apply(elementwise.subtract, x1, x2)


@op
def multiply(x1: ArrayLike, x2: ArrayLike) -> Tensor:
    """x1 * x2, broadcast against each other.

    >>> from glassworks import ops
    >>> ops.multiply([[1.0], [2.0]], [1, 10])
    Array([[ 1., 10.],
           [ 2., 20.]], dtype=float32)
    """
    return apply(elementwise.multiply, *promote(x1, x2))


@op
def divide(x1: ArrayLike, x2: ArrayLike) -> Tensor:
    """x1 / x2; integers become `floatx()`; division by 0 gives inf or nan.

    >>> from glassworks import ops
    >>> ops.divide([1, 2, 0], [2, 0, 0])
    Array([0.5, inf, nan], dtype=float32)
    """
    return apply(elementwise.divide, *floating(x1, x2))


@op
def divide_no_nan(x1: ArrayLike, x2: ArrayLike) -> Tensor:
    """x1 / x2, and 0 where x2 is 0.

    >>> from glassworks import ops
    >>> ops.divide_no_nan([1, 2], [2, 0])
    Array([0.5, 0. ], dtype=float32)
    """
    x1, x2 = floating(x1, x2)
    is_zero = apply(compare.equal, x2, constant_like(0, x2))
    safe = apply(compare.where, is_zero, constant_like(1, x2), x2)
    return apply(compare.where, is_zero, constant_like(0, x2), apply(elementwise.divide, x1, safe))


@op
def floor_divide(x1: ArrayLike, x2: ArrayLike) -> Tensor:
    """The largest integer not above x1 / x2, in the dtype of the operands.

    >>> from glassworks import ops
    >>> ops.floor_divide([7, -7], 2)
    Array([ 3, -4], dtype=int32)
    """
    return apply(powers.floor_divide, *map(without_bool, promote(x1, x2)))


@op
def mod(x1: ArrayLike, x2: ArrayLike) -> Tensor:
    """The remainder of x1 / x2, with the sign of x2.

    >>> from glassworks import ops
    >>> ops.mod([7, -7], 3)
    Array([1, 2], dtype=int32)
    """
    return apply(powers.mod, *map(without_bool, promote(x1, x2)))


@op
def fmod(x1: ArrayLike, x2: ArrayLike) -> Tensor:
    """The remainder of x1 / x2, with the sign of x1.

    >>> from glassworks import ops
    >>> ops.fmod([7, -7], 3)
    Array([ 1, -1], dtype=int32)
    """
    return apply(powers.fmod, *map(without_bool, promote(x1, x2)))


@op
def power(x1: ArrayLike, x2: ArrayLike) -> Tensor:
    """x1 to the power x2.

    >>> from glassworks import ops
    >>> ops.power([2.0, 3.0], 2)
    Array([4., 9.], dtype=float32)
    """
    if isinstance(x2, (int, float)) and x2 == 2:
        return square(promote(operand(x1), x2)[0])
    return apply(powers.power, *map(without_bool, promote(x1, x2)))


@op
def reciprocal(x: ArrayLike) -> Tensor:
    """1 / x.

    >>> from glassworks import ops
    >>> ops.reciprocal([2.0, 4.0])
    Array([0.5 , 0.25], dtype=float32)
    """
    return divide(1, x)


@op
def negative(x: ArrayLike) -> Tensor:
    """-x: each number with its sign changed.

    >>> from glassworks import ops
    >>> ops.negative([1, -2])
    Array([-1,  2], dtype=int32)
    """
    x = operand(x)
    _refuse_booleans("negative", x, "ops.logical_not turns booleans around")
    return apply(elementwise.negative, x)


@op
def absolute(x: ArrayLike) -> Tensor:
    """The absolute value of each number, also of a complex one.

    >>> from glassworks import ops
    >>> ops.absolute([1, -2])
    Array([1, 2], dtype=int32)
    """
    x = operand(x)
    if spec_of(x).dtype in dtypes.COMPLEX:
        return apply(powers.hypot, apply(parts.real, x), apply(parts.imaginary, x))
    return x if spec_of(x).dtype in ("bool", *dtypes.UNSIGNED) else apply(functions.absolute, x)


@op
def fabs(x: ArrayLike) -> Tensor:
    """The absolute value of each number; integers become `floatx()`.

    >>> from glassworks import ops
    >>> ops.fabs([1, -2])
    Array([1., 2.], dtype=float32)
    """
    return apply(functions.absolute, *floating(x))


@op
def square(x: ArrayLike) -> Tensor:
    """x * x: the square of each number.

    >>> from glassworks import ops
    >>> ops.square([1.0, -2.0])
    Array([1., 4.], dtype=float32)
    """
    return apply(functions.square, without_bool(x))


@op
def sign(x: ArrayLike) -> Tensor:
    """-1, 0 or 1 by the sign of each number. Its gradient is 0.

    >>> from glassworks import ops
    >>> ops.sign([-3.0, 0.0, 5.0])
    Array([-1.,  0.,  1.], dtype=float32)
    """
    return apply(functions.sign, without_bool(x))


@op
def maximum(x1: ArrayLike, x2: ArrayLike) -> Tensor:
    """The larger of two numbers; nan if one is. Equal operands share the gradient.

    >>> from glassworks import ops
    >>> ops.maximum([1.0, -2.0], 0)
    Array([1., 0.], dtype=float32)
    """
    return apply(compare.maximum, *promote(x1, x2))


@op
def minimum(x1: ArrayLike, x2: ArrayLike) -> Tensor:
    """The smaller of two numbers; nan if one is. Equal operands share the gradient.

    >>> from glassworks import ops
    >>> ops.minimum([1.0, -2.0], 0)
    Array([ 0., -2.], dtype=float32)
    """
    return apply(compare.minimum, *promote(x1, x2))


def _unless_nan(primitive: Primitive, x1: ArrayLike, x2: ArrayLike) -> Tensor:
    x1, x2 = promote(x1, x2)
    if not dtypes.is_float(spec_of(x1).dtype):
        return apply(primitive, x1, x2)
    first = apply(compare.where, apply(compare.is_nan, x1), x2, x1)
    second = apply(compare.where, apply(compare.is_nan, x2), x1, x2)
    return apply(primitive, first, second)


@op
def fmax(x1: ArrayLike, x2: ArrayLike) -> Tensor:
    """The larger of two numbers; the other one where one is nan.

    >>> from glassworks import ops
    >>> ops.fmax([1.0, float("nan")], [0.0, 5.0])
    Array([1., 5.], dtype=float32)
    """
    return _unless_nan(compare.maximum, x1, x2)


@op
def fmin(x1: ArrayLike, x2: ArrayLike) -> Tensor:
    """The smaller of two numbers; the other one where one is nan.

    >>> from glassworks import ops
    >>> ops.fmin([1.0, float("nan")], [0.0, 5.0])
    Array([0., 5.], dtype=float32)
    """
    return _unless_nan(compare.minimum, x1, x2)


@op
def clip(x: ArrayLike, x_min: ArrayLike, x_max: ArrayLike) -> Tensor:
    """x limited to the interval from x_min to x_max, in the dtype of x.

    The gradient is 1 from x_min to x_max, both included, and 0 outside.

    >>> from glassworks import ops
    >>> ops.clip([-1.0, 0.5, 9.0], 0, 1)
    Array([0. , 0.5, 1. ], dtype=float32)
    """
    x = without_bool(x)
    dtype = spec_of(x).dtype
    if dtypes.is_integer(dtype):
        # A bound beyond the range of the dtype has no effect.
        low, high = dtypes.smallest(dtype), dtypes.largest(dtype)
        x_min, x_max = (min(max(bound, low), high) if isinstance(bound, (int, float)) else bound for bound in (x_min, x_max))
    return apply(compare.clip, x, operand(x_min, dtype), operand(x_max, dtype))


@op
def floor(x: ArrayLike) -> Tensor:
    """The largest integer not above x; integers become `floatx()`. Its gradient is 0.

    >>> from glassworks import ops
    >>> ops.floor([1.7, -1.2])
    Array([ 1., -2.], dtype=float32)
    """
    return apply(functions.floor, *floating(x))


@op
def ceil(x: ArrayLike) -> Tensor:
    """The smallest integer not below x; integers become `floatx()`. Its gradient is 0.

    >>> from glassworks import ops
    >>> ops.ceil([1.2, -1.7])
    Array([ 2., -1.], dtype=float32)
    """
    return apply(functions.ceil, *floating(x))


@op
def trunc(x: ArrayLike) -> Tensor:
    """x rounded towards zero; integers stay unchanged. Its gradient is 0.

    >>> from glassworks import ops
    >>> ops.trunc([1.7, -1.7])
    Array([ 1., -1.], dtype=float32)
    """
    x = operand(x)
    return apply(functions.trunc, x) if dtypes.is_float(spec_of(x).dtype) else x


@op
def round(x: ArrayLike, decimals: int = 0) -> Tensor:
    """The nearest number with the given number of decimals; halves go to the even neighbour. Its gradient is 0.

    >>> from glassworks import ops
    >>> ops.round([1.25, 2.5], decimals=1)
    Array([1.2, 2.5], dtype=float32)
    """
    x = operand(x)
    if dtypes.is_float(spec_of(x).dtype) or decimals < 0:
        return apply(functions.round_, x, decimals=decimals)
    return x


@op
def nan_to_num(x: ArrayLike, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Tensor:
    """The numbers with nan, inf and -inf replaced; the infinities by the largest numbers of the dtype if not given.

    >>> from glassworks import ops
    >>> ops.nan_to_num([1.0, float("nan"), float("inf")], posinf=9.0)
    Array([1., 0., 9.], dtype=float32)
    """
    x = operand(x)
    if not dtypes.is_float(spec_of(x).dtype):
        return x
    limit = dtypes.largest(spec_of(x).dtype)
    for case, value in ((np.nan, nan), (np.inf, limit if posinf is None else posinf), (-np.inf, -limit if neginf is None else neginf)):
        replaced = apply(compare.is_nan, x) if case is np.nan else apply(compare.equal, x, constant_like(case, x))
        x = apply(compare.where, replaced, constant_like(value, x), x)
    return x


@op
def heaviside(x1: ArrayLike, x2: ArrayLike) -> Tensor:
    """0 where x1 is negative, 1 where it is positive, x2 where it is 0. Its gradient in x1 is 0.

    >>> from glassworks import ops
    >>> ops.heaviside([-1.0, 0.0, 1.0], 0.5)
    Array([0. , 0.5, 1. ], dtype=float32)
    """
    x1, x2 = floating(x1, x2)
    refuse_complex("heaviside", x1)
    zero, ones = constant_like(0, x1), constant_like(1, x1)
    steps = apply(compare.where, apply(compare.less, zero, x1), ones, apply(compare.where, apply(compare.less, x1, zero), zero, x2))
    return apply(compare.where, apply(compare.is_nan, x1), x1, steps)


@op
def gcd(x1: ArrayLike, x2: ArrayLike) -> Tensor:
    """The largest integer that divides both.

    >>> from glassworks import ops
    >>> ops.gcd([12, 7], 18)
    Array([6, 1], dtype=int32)
    """
    return apply(bits.greatest_divisor, *promote(x1, x2))


@op
def lcm(x1: ArrayLike, x2: ArrayLike) -> Tensor:
    """The smallest positive integer that both divide.

    >>> from glassworks import ops
    >>> ops.lcm([4, 5], 6)
    Array([12, 30], dtype=int32)
    """
    return apply(bits.least_multiple, *promote(x1, x2))


@op
def ldexp(x1: ArrayLike, x2: ArrayLike) -> Tensor:
    """x1 times 2 to the power x2, where x2 is of an integer dtype.

    >>> from glassworks import ops
    >>> ops.ldexp([1.0, 3.0], [2, 3])
    Array([ 4., 24.], dtype=float32)
    """
    x1, x2 = floating(x1)[0], operand(x2)
    refuse_complex("ldexp", x1)
    if not dtypes.is_integer(spec_of(x2).dtype):
        raise DTypeError(f"an exponent of dtype {spec_of(x2).dtype}", "integers", "use x1 * ops.exp2(x2)")
    return x1 * apply(functions.exp2, operand(x2, spec_of(x1).dtype))


@op
def nextafter(x1: ArrayLike, x2: ArrayLike) -> Tensor:
    """The nearest other number of the dtype, from x1 towards x2. No gradient flows through it.

    >>> from glassworks import ops
    >>> bool(ops.nextafter(1.0, 2.0) > 1.0)
    True
    """
    return apply(powers.next_after, *floating(x1, x2))


true_divide = divide
abs = absolute

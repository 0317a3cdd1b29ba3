"""Comparisons, logic and choice: ops that give or use booleans. No gradients flow through booleans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks import dtypes
from glassworks.errors import ArgumentError
from glassworks.graph import Primitive, apply, op, spec_of
from glassworks.ops.convert import operand, promote
from glassworks.ops.numpy.arithmetic import absolute
from glassworks.ops.numpy.indexing import nonzero
from glassworks.ops.primitives import compare, reduce
from glassworks.ops.primitives import shape as shapes
from glassworks.typing import ArrayLike, Tensor

__all__ = [
    "allclose",
    "equal",
    "greater",
    "greater_equal",
    "isclose",
    "isfinite",
    "isin",
    "isinf",
    "isnan",
    "isneginf",
    "isposinf",
    "less",
    "less_equal",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "not_equal",
    "select",
    "signbit",
    "where",
]


@op
def equal(x1: ArrayLike, x2: ArrayLike) -> Tensor:
    """x1 == x2, elementwise.

    >>> from glassworks import ops
    >>> ops.equal([1, 2], [1, 3])
    Array([ True, False])
    """
    return apply(compare.equal, *promote(x1, x2))


@op
def not_equal(x1: ArrayLike, x2: ArrayLike) -> Tensor:
    """x1 != x2, elementwise.

    >>> from glassworks import ops
    >>> ops.not_equal([1, 2], [1, 3])
    Array([False,  True])
    """
    return apply(compare.not_equal, *promote(x1, x2))


@op
def less(x1: ArrayLike, x2: ArrayLike) -> Tensor:
    """x1 < x2, elementwise.

    >>> from glassworks import ops
    >>> ops.less([1, 2], 2)
    Array([ True, False])
    """
    return apply(compare.less, *promote(x1, x2))


@op
def less_equal(x1: ArrayLike, x2: ArrayLike) -> Tensor:
    """x1 <= x2, elementwise.

    >>> from glassworks import ops
    >>> ops.less_equal([1, 2], 1)
    Array([ True, False])
    """
    return apply(compare.less_equal, *promote(x1, x2))


@op
def greater(x1: ArrayLike, x2: ArrayLike) -> Tensor:
    """x1 > x2, elementwise.

    >>> from glassworks import ops
    >>> ops.greater([1, 2], 1)
    Array([False,  True])
    """
    x1, x2 = promote(x1, x2)
    return apply(compare.less, x2, x1)


@op
def greater_equal(x1: ArrayLike, x2: ArrayLike) -> Tensor:
    """x1 >= x2, elementwise.

    >>> from glassworks import ops
    >>> ops.greater_equal([1, 2], 2)
    Array([False,  True])
    """
    x1, x2 = promote(x1, x2)
    return apply(compare.less_equal, x2, x1)


@op
def logical_and(x1: ArrayLike, x2: ArrayLike) -> Tensor:
    """Both are true; numbers are true where they are not 0.

    >>> from glassworks import ops
    >>> ops.logical_and([True, True], [True, False])
    Array([ True, False])
    """
    return apply(compare.logical_and, operand(x1, "bool"), operand(x2, "bool"))


@op
def logical_or(x1: ArrayLike, x2: ArrayLike) -> Tensor:
    """At least one is true; numbers are true where they are not 0.

    >>> from glassworks import ops
    >>> ops.logical_or([True, False], [False, False])
    Array([ True, False])
    """
    return apply(compare.logical_or, operand(x1, "bool"), operand(x2, "bool"))


@op
def logical_xor(x1: ArrayLike, x2: ArrayLike) -> Tensor:
    """Exactly one is true; numbers are true where they are not 0.

    >>> from glassworks import ops
    >>> ops.logical_xor([True, True], [True, False])
    Array([False,  True])
    """
    return apply(compare.logical_xor, operand(x1, "bool"), operand(x2, "bool"))


@op
def logical_not(x: ArrayLike) -> Tensor:
    """Whether each element is false; numbers are false where they are 0.

    >>> from glassworks import ops
    >>> ops.logical_not([True, False])
    Array([False,  True])
    """
    return apply(compare.logical_not, operand(x, "bool"))


def _tested_elements(primitive: Primitive, x: ArrayLike, of_integers: bool) -> Tensor:
    """A test of floats, with a constant result for integers and booleans."""
    x = operand(x)
    if dtypes.is_float(spec_of(x).dtype) or spec_of(x).dtype in dtypes.COMPLEX:
        return apply(primitive, x)
    return operand(np.full(spec_of(x).shape, of_integers))


@op
def isnan(x: ArrayLike) -> Tensor:
    """Whether each number is nan.

    >>> from glassworks import ops
    >>> ops.isnan([1.0, float("nan")])
    Array([False,  True])
    """
    return _tested_elements(compare.is_nan, x, of_integers=False)


@op
def isinf(x: ArrayLike) -> Tensor:
    """Whether each number is inf or -inf.

    >>> from glassworks import ops
    >>> ops.isinf([1.0, float("-inf")])
    Array([False,  True])
    """
    return _tested_elements(compare.is_inf, x, of_integers=False)


@op
def isfinite(x: ArrayLike) -> Tensor:
    """Whether each number is neither nan nor infinite.

    >>> from glassworks import ops
    >>> ops.isfinite([1.0, float("nan")])
    Array([ True, False])
    """
    return _tested_elements(compare.is_finite, x, of_integers=True)


@op
def isposinf(x: ArrayLike) -> Tensor:
    """Whether each number is inf.

    >>> from glassworks import ops
    >>> ops.isposinf([1.0, float("inf"), float("-inf")])
    Array([False,  True, False])
    """
    return equal(x, float("inf"))


@op
def isneginf(x: ArrayLike) -> Tensor:
    """Whether each number is -inf.

    >>> from glassworks import ops
    >>> ops.isneginf([1.0, float("inf"), float("-inf")])
    Array([False, False,  True])
    """
    return equal(x, float("-inf"))


@op
def signbit(x: ArrayLike) -> Tensor:
    """Whether each number has a minus sign, -0.0 included.

    >>> from glassworks import ops
    >>> ops.signbit([1.0, -0.0, -2.0])
    Array([False,  True,  True])
    """
    x = operand(x)
    return apply(compare.sign_bit, x) if dtypes.is_float(spec_of(x).dtype) else less(x, 0)


@op
def isclose(x1: ArrayLike, x2: ArrayLike, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Tensor:
    """Whether two numbers differ by at most `atol + rtol * |x2|`, elementwise.

    Args:
        x1, x2: The numbers to compare, which broadcast.
        rtol, atol: The relative and the absolute tolerance.
        equal_nan: Whether nan counts as close to nan.

    >>> from glassworks import ops
    >>> ops.isclose([1.0, 1.1], [1.000001, 1.0])
    Array([ True, False])
    """
    x1, x2 = promote(x1, x2)
    if spec_of(x1).dtype == "bool" or dtypes.is_integer(spec_of(x1).dtype):
        x1, x2 = operand(x1, "float64"), operand(x2, "float64")
    near = absolute(x1 - x2) <= atol + rtol * absolute(x2)
    # An infinity is close only to an equal infinity.
    close = logical_or(equal(x1, x2), logical_and(near, isfinite(x2)))
    return logical_or(close, logical_and(isnan(x1), isnan(x2))) if equal_nan else close


@op
def allclose(x1: ArrayLike, x2: ArrayLike, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Tensor:
    """Whether all numbers are close; see `isclose`.

    >>> from glassworks import ops
    >>> bool(ops.allclose([1.0, 2.0], [1.0, 2.000001]))
    True
    """
    close = isclose(x1, x2, rtol, atol, equal_nan)
    return apply(reduce.reduce_all, close, axes=tuple(range(len(spec_of(close).shape))), keepdims=False)


@op
def isin(x1: ArrayLike, x2: ArrayLike, assume_unique: bool = False, invert: bool = False) -> Tensor:
    """Whether each number of x1 occurs in x2.

    Args:
        x1, x2: Arrays of any shapes.
        assume_unique: Ignored.
        invert: Whether to test that they do not occur.

    >>> from glassworks import ops
    >>> ops.isin([1, 2, 3], [2, 9])
    Array([False,  True, False])
    """
    x1, x2 = promote(x1, x2)
    each = equal(apply(shapes.reshape, x1, shape=(*spec_of(x1).shape, 1)), apply(shapes.reshape, x2, shape=(-1,)))
    contained = apply(reduce.reduce_any, each, axes=(len(spec_of(x1).shape),), keepdims=False)
    return logical_not(contained) if invert else contained


@op
def where(condition: ArrayLike, x1: ArrayLike | None = None, x2: ArrayLike | None = None) -> Tensor:
    """x1 where the condition holds, else x2. With the condition alone: the indices where it holds, as `nonzero`.

    Args:
        condition: Booleans; numbers are true where they are not 0.
        x1, x2: The choices, which broadcast against the condition and each other.

    >>> from glassworks import ops
    >>> ops.where([True, False], [1.0, 2.0], 0.0)
    Array([1., 0.], dtype=float32)
    """
    if x1 is None and x2 is None:
        return nonzero(condition)  # type: ignore[return-value]  # the one case that gives a tuple
    if x1 is None or x2 is None:
        raise ArgumentError("one of x1 and x2", "both or none", "pass what to take where the condition does not hold")
    return apply(compare.where, operand(condition, "bool"), *promote(x1, x2))


@op
def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: ArrayLike = 0) -> Tensor:
    """For each position, the first choice whose condition holds, else the default.

    Args:
        condlist: Booleans, one array per choice.
        choicelist: The arrays to choose from.
        default: The value at positions where no condition holds.

    >>> from glassworks import ops
    >>> x = ops.array([1.0, 2.0, 3.0])
    >>> ops.select([x < 2, x > 2], [x, x * 10], default=0)
    Array([ 1.,  0., 30.], dtype=float32)
    """
    if len(condlist) != len(choicelist) or not len(condlist):
        raise ArgumentError(
            f"{len(condlist)} conditions and {len(choicelist)} choices", "as many of each, at least one", "give one choice per condition"
        )
    *choices, result = promote(*choicelist, default)
    for condition, choice in zip(reversed(condlist), reversed(choices), strict=True):
        result = where(condition, choice, result)
    return result

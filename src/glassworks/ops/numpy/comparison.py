"""Comparisons, logic and choice: the names of `keras.ops` that give truth values or use them."""

from __future__ import annotations

from typing import Any

from glassworks.graph import apply, operation
from glassworks.ops.convert import operand, promote
from glassworks.ops.primitives import compare


@operation
def equal(x1: Any, x2: Any) -> Any:
    """x1 == x2, number by number."""
    return apply(compare.equal, *promote(x1, x2))


@operation
def not_equal(x1: Any, x2: Any) -> Any:
    """x1 != x2, number by number."""
    return apply(compare.not_equal, *promote(x1, x2))


@operation
def less(x1: Any, x2: Any) -> Any:
    """x1 < x2, number by number."""
    return apply(compare.less, *promote(x1, x2))


@operation
def less_equal(x1: Any, x2: Any) -> Any:
    """x1 <= x2, number by number."""
    return apply(compare.less_equal, *promote(x1, x2))


@operation
def greater(x1: Any, x2: Any) -> Any:
    """x1 > x2, number by number."""
    x1, x2 = promote(x1, x2)
    return apply(compare.less, x2, x1)


@operation
def greater_equal(x1: Any, x2: Any) -> Any:
    """x1 >= x2, number by number."""
    x1, x2 = promote(x1, x2)
    return apply(compare.less_equal, x2, x1)


@operation
def logical_and(x1: Any, x2: Any) -> Any:
    """Both are true."""
    return apply(compare.logical_and, operand(x1, "bool"), operand(x2, "bool"))


@operation
def logical_or(x1: Any, x2: Any) -> Any:
    """At least one is true."""
    return apply(compare.logical_or, operand(x1, "bool"), operand(x2, "bool"))


@operation
def logical_xor(x1: Any, x2: Any) -> Any:
    """Exactly one is true."""
    return apply(compare.logical_xor, operand(x1, "bool"), operand(x2, "bool"))


@operation
def isnan(x: Any) -> Any:
    """Which are not numbers."""
    return apply(compare.is_nan, operand(x))


@operation
def isinf(x: Any) -> Any:
    """Which are infinite."""
    return apply(compare.is_inf, operand(x))


@operation
def isfinite(x: Any) -> Any:
    """Which are finite numbers."""
    return apply(compare.is_finite, operand(x))


@operation
def logical_not(x: Any) -> Any:
    """Which are false."""
    return apply(compare.logical_not, operand(x, "bool"))


@operation
def where(condition: Any, x1: Any = None, x2: Any = None) -> Any:
    """x1 where the condition holds, else x2."""
    if x1 is None or x2 is None:
        from glassworks.ops.numpy.indexing import nonzero

        return nonzero(condition)
    return apply(compare.where, operand(condition, "bool"), *promote(x1, x2))

"""Bitwise logic and shifts of integers: the `bitwise_*` names of `keras.ops`."""

from __future__ import annotations

from glassworks.graph import apply, op
from glassworks.ops.convert import operand, promote, without_bool
from glassworks.ops.primitives import bits
from glassworks.typing import ArrayLike, Tensor

__all__ = [
    "bitwise_and",
    "bitwise_invert",
    "bitwise_left_shift",
    "bitwise_not",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "left_shift",
    "right_shift",
]


@op
def bitwise_and(x: ArrayLike, y: ArrayLike) -> Tensor:
    """Bitwise and: the bits set in both.

    >>> from glassworks import ops
    >>> ops.bitwise_and(6, 3)
    Array(2, dtype=int32)
    """
    return apply(bits.bitwise_and, *promote(x, y))


@op
def bitwise_or(x: ArrayLike, y: ArrayLike) -> Tensor:
    """Bitwise or: the bits set in at least one.

    >>> from glassworks import ops
    >>> ops.bitwise_or(6, 3)
    Array(7, dtype=int32)
    """
    return apply(bits.bitwise_or, *promote(x, y))


@op
def bitwise_xor(x: ArrayLike, y: ArrayLike) -> Tensor:
    """Bitwise exclusive or: the bits set in exactly one.

    >>> from glassworks import ops
    >>> ops.bitwise_xor(6, 3)
    Array(5, dtype=int32)
    """
    return apply(bits.bitwise_xor, *promote(x, y))


@op
def bitwise_left_shift(x: ArrayLike, y: ArrayLike) -> Tensor:
    """x shifted left by y bits.

    >>> from glassworks import ops
    >>> ops.bitwise_left_shift(3, 2)
    Array(12, dtype=int32)
    """
    return apply(bits.left_shift, *map(without_bool, promote(x, y)))


@op
def bitwise_right_shift(x: ArrayLike, y: ArrayLike) -> Tensor:
    """x shifted right by y bits.

    >>> from glassworks import ops
    >>> ops.bitwise_right_shift(12, 2)
    Array(3, dtype=int32)
    """
    return apply(bits.right_shift, *map(without_bool, promote(x, y)))


@op
def bitwise_invert(x: ArrayLike) -> Tensor:
    """Bitwise not: every bit flipped.

    >>> from glassworks import ops
    >>> ops.bitwise_invert(6)
    Array(-7, dtype=int32)
    """
    return apply(bits.bitwise_invert, operand(x))


bitwise_not, left_shift, right_shift = bitwise_invert, bitwise_left_shift, bitwise_right_shift

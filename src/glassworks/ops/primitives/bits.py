"""Integers: bitwise logic, shifts, common divisors and multiples."""

from __future__ import annotations

import numpy as np

from glassworks.ops.primitives.elementwise import Binary, Unary
from glassworks.typing import Namespace


class Bitwise(Binary):
    """The base of primitives on two integers."""

    differentiable = False


class BitwiseAnd(Bitwise):
    """Bitwise and."""

    def forward(self, xp: Namespace, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return xp.bitwise_and(x, y)


class BitwiseOr(Bitwise):
    """Bitwise or."""

    def forward(self, xp: Namespace, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return xp.bitwise_or(x, y)


class BitwiseXor(Bitwise):
    """Bitwise exclusive or."""

    def forward(self, xp: Namespace, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return xp.bitwise_xor(x, y)


class LeftShift(Bitwise):
    """Left shift."""

    def forward(self, xp: Namespace, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return xp.left_shift(x, y)


class RightShift(Bitwise):
    """Right shift."""

    def forward(self, xp: Namespace, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return xp.right_shift(x, y)


class GreatestDivisor(Bitwise):
    """The largest number that divides both."""

    def forward(self, xp: Namespace, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return xp.gcd(x, y)


class LeastMultiple(Bitwise):
    """The smallest positive number that both divide."""

    def forward(self, xp: Namespace, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return xp.lcm(x, y)


class BitwiseInvert(Unary):
    """Bitwise not."""

    differentiable = False

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.invert(x)


bitwise_and, bitwise_or, bitwise_xor = BitwiseAnd(), BitwiseOr(), BitwiseXor()
left_shift, right_shift, bitwise_invert = LeftShift(), RightShift(), BitwiseInvert()
greatest_divisor, least_multiple = GreatestDivisor(), LeastMultiple()

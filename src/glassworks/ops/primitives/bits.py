"""Integers: bitwise logic, shifts, common divisors and multiples."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassworks import dtypes
from glassworks.errors import DTypeError
from glassworks.graph import Primitive, Spec
from glassworks.ops.primitives.elementwise import Binary, Unary
from glassworks.typing import Namespace


def _integers(primitive: Primitive, spec: Spec) -> Spec:
    """The spec itself, if it is one of integers or booleans."""
    if spec.dtype != "bool" and not dtypes.is_integer(spec.dtype):
        fix = "cast to integers first: ops.cast(x, 'int32'); for conditions use ops.logical_and, logical_or, logical_xor or logical_not"
        raise DTypeError(f"{primitive.name} of dtype {spec.dtype}", "integers or booleans", fix)
    return spec


class Bitwise(Binary):
    """The base of primitives on two integers."""

    differentiable = False

    def infer(self, x: Spec, y: Spec, **attributes: Any) -> Spec:
        return _integers(self, super().infer(x, y, **attributes))


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


class Divisors(Bitwise):
    """The base of primitives on two integers that booleans cannot be."""

    def infer(self, x: Spec, y: Spec, **attributes: Any) -> Spec:
        spec = super().infer(x, y, **attributes)
        if spec.dtype == "bool":
            raise DTypeError(f"{self.name} of dtype bool", "integers", "cast to integers first: ops.cast(x, 'int32')")
        return spec


class GreatestDivisor(Divisors):
    """The largest number that divides both."""

    def forward(self, xp: Namespace, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return xp.gcd(x, y)


class LeastMultiple(Divisors):
    """The smallest positive number that both divide."""

    def forward(self, xp: Namespace, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return xp.lcm(x, y)


class BitwiseInvert(Unary):
    """Bitwise not."""

    differentiable = False

    def infer(self, x: Spec, **attributes: Any) -> Spec:
        return _integers(self, x)

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.invert(x)


bitwise_and, bitwise_or, bitwise_xor = BitwiseAnd(), BitwiseOr(), BitwiseXor()
left_shift, right_shift, bitwise_invert = LeftShift(), RightShift(), BitwiseInvert()
greatest_divisor, least_multiple = GreatestDivisor(), LeastMultiple()

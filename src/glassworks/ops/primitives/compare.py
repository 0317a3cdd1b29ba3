"""Comparisons, logic, choices between numbers: equal, less, and, where, maximum, clip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks.errors import DTypeError
from glassworks.graph import Primitive, Spec, apply, spec_of
from glassworks.ops.primitives.cast import cast
from glassworks.ops.primitives.elementwise import Binary, Unary
from glassworks.ops.primitives.shapes import broadcast_shapes, same_dtype, zero_of
from glassworks.typing import Namespace, Tensor


class Comparison(Binary):
    """Two elements give a boolean."""

    differentiable = False

    def infer(self, x: Spec, y: Spec, **attributes: Any) -> Spec:
        same_dtype(self.name, x, y)
        return Spec(broadcast_shapes(self.name, x.shape, y.shape), "bool")


class Equal(Comparison):
    """x == y."""

    def forward(self, xp: Namespace, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return xp.equal(x, y)


class NotEqual(Comparison):
    """x != y."""

    def forward(self, xp: Namespace, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return xp.not_equal(x, y)


class Less(Comparison):
    """x < y."""

    def forward(self, xp: Namespace, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return xp.less(x, y)


class LessEqual(Comparison):
    """x <= y."""

    def forward(self, xp: Namespace, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return xp.less_equal(x, y)


class LogicalAnd(Comparison):
    """Logical and."""

    def forward(self, xp: Namespace, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return xp.logical_and(x, y)


class LogicalOr(Comparison):
    """Logical or."""

    def forward(self, xp: Namespace, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return xp.logical_or(x, y)


class LogicalXor(Comparison):
    """Logical exclusive or."""

    def forward(self, xp: Namespace, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return xp.logical_xor(x, y)


class Test(Unary):
    """One element gives a boolean."""

    differentiable = False

    def infer(self, x: Spec, **attributes: Any) -> Spec:
        return Spec(x.shape, "bool")


class LogicalNot(Test):
    """Logical not."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.logical_not(x)


class IsNan(Test):
    """Whether a number is NaN."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.isnan(x)


class IsInf(Test):
    """Whether a number is infinite."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.isinf(x)


class IsFinite(Test):
    """Whether a number is neither NaN nor infinite."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.isfinite(x)


class SignBit(Test):
    """Whether the sign is minus, also for -0.0."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.signbit(x)


class Where(Primitive):
    """x where the condition holds, else y."""

    broadcasts = True

    def infer(self, condition: Spec, x: Spec, y: Spec) -> Spec:
        if condition.dtype != "bool":
            raise DTypeError(f"a condition of dtype {condition.dtype}", "bool", "compare first: x > 0")
        return Spec(broadcast_shapes(self.name, condition.shape, x.shape, y.shape), same_dtype(self.name, x, y))

    def forward(self, xp: Namespace, condition: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return xp.where(condition, x, y)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        condition, _, _ = inputs
        none = zero_of(gradient)
        return None, apply(self, condition, gradient, none), apply(self, condition, none, gradient)


class Maximum(Binary):
    """The larger of two numbers; equal ones share the gradient."""

    def forward(self, xp: Namespace, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return xp.maximum(x, y)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        return _split_ties(gradient, inputs, output)


class Minimum(Binary):
    """The smaller of two numbers; equal ones share the gradient."""

    def forward(self, xp: Namespace, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return xp.minimum(x, y)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        return _split_ties(gradient, inputs, output)


def _split_ties(gradient: Tensor, inputs: Sequence[Any], output: Tensor) -> tuple[Any, Any]:
    x, y = inputs
    dtype = spec_of(output).dtype
    chose_x, chose_y = (apply(cast, apply(equal, operand, output), dtype=dtype) for operand in (x, y))
    both = chose_x + chose_y
    return gradient * chose_x / both, gradient * chose_y / both


class Clip(Primitive):
    """x limited to the interval from x_min to x_max."""

    broadcasts = True

    def infer(self, x: Spec, x_min: Spec, x_max: Spec) -> Spec:
        return Spec(broadcast_shapes(self.name, x.shape, x_min.shape, x_max.shape), same_dtype(self.name, x, x_min, x_max))

    def forward(self, xp: Namespace, x: np.ndarray, x_min: np.ndarray, x_max: np.ndarray) -> np.ndarray:
        return xp.minimum(xp.maximum(x, x_min), x_max)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        x, x_min, x_max = inputs
        none = zero_of(gradient)
        below, above = apply(less, x, x_min), apply(less, x_max, x)
        inside = apply(where, apply(logical_or, below, above), none, gradient)
        return inside, apply(where, below, gradient, none), apply(where, above, gradient, none)


equal, not_equal, less, less_equal = Equal(), NotEqual(), Less(), LessEqual()
logical_and, logical_or, logical_xor, logical_not = LogicalAnd(), LogicalOr(), LogicalXor(), LogicalNot()
is_nan, is_inf, is_finite, sign_bit = IsNan(), IsInf(), IsFinite(), SignBit()
where, maximum, minimum, clip = Where(), Maximum(), Minimum(), Clip()

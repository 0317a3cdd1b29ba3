"""Powers, remainders, whole division, and the polar coordinates of a point."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks import dtypes
from glassworks.errors import ArgumentError, DTypeError
from glassworks.graph import Spec, apply
from glassworks.ops.primitives.compare import equal, is_nan, less, where
from glassworks.ops.primitives.elementwise import Binary, divide, log, sigmoid
from glassworks.ops.primitives.functions import floor, trunc
from glassworks.ops.primitives.shapes import constant_like, zero_of
from glassworks.typing import Namespace, Tensor


class Power(Binary):
    """x to the power y."""

    def forward(self, xp: Namespace, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        try:
            return xp.power(x, y)
        except ValueError:
            raise ArgumentError(
                f"{x.dtype} to a negative power",
                "powers from 0 on for integers, since 2 to the power -1 is not an integer",
                "cast the base to a floating dtype: ops.power(ops.cast(x, 'float32'), y)",
                where="ops.power",
            ) from None

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        x, y = inputs
        none = zero_of(x)
        dx = gradient * apply(where, apply(equal, y, none), none, y * apply(self, x, y - 1.0))
        # The derivative in y is taken as 0 where x is 0 or negative, as in JAX for x = 0.
        positive = apply(less, none, x)
        safe = apply(where, positive, x, constant_like(1, x))
        dy = gradient * apply(where, positive, output * apply(log, safe), none)
        return dx, dy

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], **attributes: Any) -> int:
        return 20 * outputs[0].size


class OfReals(Binary):
    """The base of primitives on two real numbers."""

    def infer(self, x: Spec, y: Spec, **attributes: Any) -> Spec:
        spec = super().infer(x, y, **attributes)
        if spec.dtype in dtypes.COMPLEX:
            fix = "take ops.real(x), ops.imag(x) or ops.absolute(x) first"
            raise DTypeError(f"{self.name} of dtype {spec.dtype}", "real numbers", fix)
        return spec


class FloorDivide(OfReals):
    """The largest integer not above x / y."""

    def forward(self, xp: Namespace, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return xp.floor_divide(x, y)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        return None, None


class Mod(OfReals):
    """The remainder of x / y, with the sign of y."""

    def forward(self, xp: Namespace, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return xp.mod(x, y)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        x, y = inputs
        return gradient, -gradient * apply(floor, x / y)


class Arctan2(OfReals):
    """The angle of the point (y, x)."""

    def forward(self, xp: Namespace, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return xp.arctan2(x, y)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        x, y = inputs
        squares = x * x + y * y
        return gradient * y / squares, -gradient * x / squares


class Fmod(OfReals):
    """The remainder of x / y, with the sign of x."""

    def forward(self, xp: Namespace, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return xp.fmod(x, y)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        x, y = inputs
        return gradient, -gradient * apply(trunc, x / y)


class Hypot(OfReals):
    """The length of the vector (x, y), without overflow; its gradient at the origin is 0."""

    def forward(self, xp: Namespace, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return xp.hypot(x, y)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        none = zero_of(output)
        length = apply(where, apply(equal, output, none), constant_like(1, output), output)
        return tuple(gradient * apply(divide, x, length) for x in inputs)

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], **attributes: Any) -> int:
        return 4 * outputs[0].size


class Logaddexp(OfReals):
    """log(exp(x) + exp(y)), without overflow."""

    def forward(self, xp: Namespace, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return xp.logaddexp(x, y)

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor) -> Sequence[Tensor | None]:
        x, y = inputs
        difference = x - y
        # Two equal infinities have no difference, but share evenly like all equals.
        difference = apply(where, apply(is_nan, difference), zero_of(x), difference)
        return gradient * apply(sigmoid, difference), gradient * apply(sigmoid, -difference)

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], **attributes: Any) -> int:
        return 20 * outputs[0].size


class NextAfter(OfReals):
    """The nearest other number of the dtype, from x towards y."""

    differentiable = False

    def forward(self, xp: Namespace, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return xp.nextafter(x, y)


power, floor_divide, mod, fmod = Power(), FloorDivide(), Mod(), Fmod()
arctan2, hypot, logaddexp, next_after = Arctan2(), Hypot(), Logaddexp(), NextAfter()

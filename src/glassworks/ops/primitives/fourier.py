"""The discrete Fourier transform, on pairs of real arrays: real and imaginary parts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks.graph import Primitive, Spec, apply


class Fourier(Primitive):
    """Sums of x[n] exp(sign 2 pi i k n / N) over axes, without a factor.

    Attributes: axes (negative), and sign: -1 for the transform, 1 for its inverse times N.
    """

    def infer(self, real: Spec, imaginary: Spec, *, axes: tuple[int, ...], sign: int) -> tuple[Spec, Spec]:
        return real, imaginary

    def forward(self, xp: Any, real: Any, imaginary: Any, *, axes: tuple[int, ...], sign: int) -> Any:
        wide = "complex128" if real.dtype == np.dtype("float64") else "complex64"
        z = real.astype(wide) + 1j * imaginary.astype(wide)
        z = xp.fft.fftn(z, axes=axes) if sign < 0 else xp.fft.ifftn(z, axes=axes, norm="forward")
        return xp.real(z).astype(real.dtype), xp.imag(z).astype(real.dtype)

    def vjp(self, gradient: Any, inputs: Sequence[Any], output: Any, *, axes: tuple[int, ...], sign: int) -> Sequence[Any]:
        # The transform is symmetric; as a map of pairs, its transpose is its conjugate.
        return apply(self, *gradient, axes=axes, sign=-sign)

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], *, axes: tuple[int, ...], sign: int) -> int:
        count = math.prod(inputs[0].shape[axis] for axis in axes)
        return int(5 * inputs[0].size * max(1.0, math.log2(max(count, 1))))


fourier = Fourier()

"""The discrete Fourier transform, on pairs of real arrays: real and imaginary parts."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from glassworks.graph import Primitive, Spec, apply
from glassworks.typing import Namespace, Tensor


class Fourier(Primitive):
    """Sums of x[n] exp(sign 2 pi i k n / N) over axes, without a factor.

    Attributes: axes (negative), and sign: -1 for the transform, 1 for its inverse times N.
    """

    def infer(self, real: Spec, imaginary: Spec, *, axes: tuple[int, ...], sign: int) -> tuple[Spec, Spec]:
        return real, imaginary

    def forward(
        self, xp: Namespace, real: np.ndarray, imaginary: np.ndarray, *, axes: tuple[int, ...], sign: int
    ) -> tuple[np.ndarray, np.ndarray]:
        wide = "complex128" if real.dtype == np.dtype("float64") else "complex64"
        z = real.astype(wide) + 1j * imaginary.astype(wide)
        z = xp.fft.fftn(z, axes=axes) if sign < 0 else xp.fft.ifftn(z, axes=axes, norm="forward")
        return xp.real(z).astype(real.dtype), xp.imag(z).astype(real.dtype)

    def vjp(
        self, gradient: Sequence[Tensor], inputs: Sequence[Tensor], output: Sequence[Tensor], *, axes: tuple[int, ...], sign: int
    ) -> Sequence[Tensor | None]:
        # The transform is symmetric; as a map of pairs, its transpose is its conjugate.
        real, imaginary = apply(self, *gradient, axes=axes, sign=-sign)
        return real, imaginary

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], *, axes: tuple[int, ...], sign: int) -> int:
        count = math.prod(inputs[0].shape[axis] for axis in axes)
        return int(5 * inputs[0].size * max(1.0, math.log2(max(count, 1))))


fourier = Fourier()

"""Complex numbers from their parts, and the parts of complex numbers. Gradients do not flow through complex numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassworks import dtypes
from glassworks.graph import Primitive, Spec
from glassworks.ops.primitives.elementwise import Binary, Unary
from glassworks.typing import Namespace

PART = {"complex64": "float32", "complex128": "float64"}
COMPLEX_OF = {part: dtype for dtype, part in PART.items()}


class Part(Unary):
    """A real number from a complex one."""

    differentiable = False

    def infer(self, x: Spec, **attributes: Any) -> Spec:
        return Spec(x.shape, PART[x.dtype])


class Real(Part):
    """The real part."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.real(x)


class Imaginary(Part):
    """The imaginary part."""

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.imag(x)


class Conjugate(Unary):
    """The complex conjugate."""

    differentiable = False

    def forward(self, xp: Namespace, x: np.ndarray) -> np.ndarray:
        return xp.conj(x)


class MakeComplex(Binary):
    """x + iy from two real numbers."""

    differentiable = False

    def infer(self, x: Spec, y: Spec, **attributes: Any) -> Spec:
        return Spec(super().infer(x, y).shape, COMPLEX_OF[x.dtype])

    def forward(self, xp: Namespace, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return (x + 1j * y).astype(COMPLEX_OF[x.dtype.name])


class View(Primitive):
    """The same bytes read as another dtype."""

    differentiable = False

    def infer(self, x: Spec, *, dtype: str) -> Spec:
        old, new = dtypes.numpy_dtype(x.dtype).itemsize, dtypes.numpy_dtype(dtype).itemsize
        last = x.shape[-1] if x.shape else 1
        sizes = (*x.shape[:-1], (last or 0) * old // new) if old != new else x.shape
        return Spec(tuple(sizes), dtype)

    def forward(self, xp: Namespace, x: np.ndarray, *, dtype: str) -> np.ndarray:
        contiguous = np.ascontiguousarray(x) if xp is np else x
        return contiguous.reshape(x.shape).view(dtypes.numpy_dtype(dtype))


real, imaginary, conjugate, make_complex, view = Real(), Imaginary(), Conjugate(), MakeComplex(), View()

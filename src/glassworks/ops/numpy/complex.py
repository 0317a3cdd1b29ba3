"""Complex numbers and views of bytes. Gradients do not flow through complex numbers."""

from __future__ import annotations

import numpy as np

from glassworks import dtypes
from glassworks.errors import DTypeError
from glassworks.graph import apply, op, spec_of
from glassworks.ops.convert import floating, operand
from glassworks.ops.numpy.comparison import equal
from glassworks.ops.numpy.creation import zeros_like
from glassworks.ops.numpy.joining import stack
from glassworks.ops.numpy.mathematics import arctan2, cos, sin
from glassworks.ops.primitives import complex as parts
from glassworks.typing import ArrayLike, DTypeLike, Tensor

__all__ = ["angle", "conj", "conjugate", "imag", "isreal", "real", "view"]


def _parts(*xs: ArrayLike | Tensor) -> list[Tensor]:
    """Floating operands; those of 16 bits become float32, as no complex dtype has 16-bit parts."""
    operands = floating(*xs)
    if _is_complex(operands[0]):
        raise DTypeError("complex numbers as parts of complex numbers", "real numbers", "take ops.real(x) and ops.imag(x) first")
    return [operand(x, "float32") if spec_of(x).dtype in ("float16", "bfloat16") else x for x in operands]


def _is_complex(x: Tensor) -> bool:
    return spec_of(x).dtype in dtypes.COMPLEX


@op
def real(x: ArrayLike) -> Tensor:
    """The real part of each number.

    >>> from glassworks import ops
    >>> ops.real([1 + 2j, 3 - 1j])
    Array([1., 3.])
    """
    x = operand(x)
    return apply(parts.real, x) if _is_complex(x) else x


@op
def imag(x: ArrayLike) -> Tensor:
    """The imaginary part of each number; 0 for real ones.

    >>> from glassworks import ops
    >>> ops.imag([1 + 2j, 3 - 1j])
    Array([ 2., -1.])
    """
    x = operand(x)
    return apply(parts.imaginary, x) if _is_complex(x) else zeros_like(x)


@op
def conjugate(x: ArrayLike) -> Tensor:
    """The complex conjugate of each number.

    >>> from glassworks import ops
    >>> ops.conjugate([1 + 2j, 3 - 1j])
    Array([1.-2.j, 3.+1.j])
    """
    x = operand(x)
    return apply(parts.conjugate, x) if _is_complex(x) else x


@op
def angle(x: ArrayLike) -> Tensor:
    """The angle of each complex number in radians, from -pi to pi; 0 or pi for real ones.

    >>> from glassworks import ops
    >>> ops.angle([1j, -1.0])
    Array([1.57079633, 3.14159265])
    """
    x = operand(x)
    return arctan2(imag(x), real(x)) if _is_complex(x) else arctan2(zeros_like(floating(x)[0]), x)


@op
def isreal(x: ArrayLike) -> Tensor:
    """Whether each number has an imaginary part of 0.

    >>> from glassworks import ops
    >>> ops.isreal([1 + 0j, 1j])
    Array([ True, False])
    """
    return equal(imag(x), 0)


@op
def view_as_complex(x: ArrayLike) -> Tensor:
    """Complex numbers from pairs (real, imaginary) in the last axis, which has size 2.

    >>> from glassworks import ops
    >>> ops.view_as_complex([[1.0, 2.0]])
    Array([1.+2.j], dtype=complex64)
    """
    (x,) = _parts(x)
    if not spec_of(x).shape or spec_of(x).shape[-1] != 2 or spec_of(x).dtype not in parts.COMPLEX_OF:
        raise DTypeError(
            f"{spec_of(x)}", "real numbers with 2 entries in the last axis", "stack the real and imaginary parts along the last axis"
        )
    return apply(parts.make_complex, x[..., 0], x[..., 1])


@op
def view_as_real(x: ArrayLike) -> Tensor:
    """Pairs (real, imaginary) of complex numbers in a new last axis.

    >>> from glassworks import ops
    >>> ops.view_as_real([1 + 2j])
    Array([[1., 2.]])
    """
    return stack([real(x), imag(x)], axis=-1)


@op
def polar(abs_: ArrayLike, angle: ArrayLike) -> Tensor:
    """Complex numbers from absolute values and angles (in radians).

    >>> from glassworks import ops
    >>> ops.polar([1.0, 2.0], [0.0, 0.0])
    Array([1.+0.j, 2.+0.j], dtype=complex64)
    """
    length, angle = _parts(abs_, angle)
    return apply(parts.make_complex, length * cos(angle), length * sin(angle))


@op
def view(x: ArrayLike, dtype: DTypeLike = None) -> Tensor:
    """The same bytes read as another dtype; a dtype of another width changes the last size.

    >>> from glassworks import ops
    >>> ops.view(ops.array([1.0, 2.0]), dtype="int32")
    Array([1065353216, 1073741824], dtype=int32)
    """
    x = operand(x)
    if dtype is None:
        return x
    name = dtypes.standardize(dtype)
    old, new = dtypes.numpy_dtype(spec_of(x).dtype).itemsize, dtypes.numpy_dtype(name).itemsize
    last = spec_of(x).shape[-1] if spec_of(x).shape else 1
    if old != new and (not spec_of(x).shape or (np.prod([last, old], dtype=int)) % new):
        raise DTypeError(
            f"{spec_of(x)} viewed as {name}", f"a last axis whose bytes divide by {new}", "use ops.cast to convert the numbers"
        )
    return apply(parts.view, x, dtype=name)


conj = conjugate

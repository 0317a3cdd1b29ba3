"""Shape arithmetic that several primitives share."""

from __future__ import annotations

import numpy as np

from glassworks import dtypes
from glassworks.errors import DTypeError, ShapeError
from glassworks.graph import Spec, spec_of
from glassworks.typing import Tensor


def broadcast_shapes(name: str, *shapes: tuple) -> tuple:
    """The shape that all of these broadcast to, or a `ShapeError` that says which axes differ."""
    rank = max(len(shape) for shape in shapes)
    padded = [(1,) * (rank - len(shape)) + tuple(shape) for shape in shapes]
    result = []
    for axis, sizes in enumerate(zip(*padded, strict=True)):
        wanted = {size for size in sizes if size != 1}
        if len(wanted) > 1:
            listed = " and ".join(str(tuple(shape)) for shape in shapes)
            raise ShapeError(
                f"shapes {listed} in {name}: sizes {' and '.join(str(s) for s in sizes)} at axis {axis - rank}",
                "sizes that are equal, or 1, counted from the last axis",
                _broadcast_fix(*shapes),
            )
        result.append(wanted.pop() if wanted else 1)
    return tuple(result)


def _broadcast_fix(*shapes: tuple) -> str:
    first, last = shapes[0], shapes[-1]
    if len(first) != len(last) and first and last:
        longer, shorter = (first, last) if len(first) > len(last) else (last, first)
        if longer[: len(shorter)] == shorter:
            return f"add an axis to the shorter one: ops.expand_dims(x, -1) makes {tuple(shorter)} to {(*shorter, 1)}"
    if sorted(first) == sorted(last):
        return "the axes stand in another order: transpose one of them (ops.transpose), if both hold the same samples"
    return "check that both hold the same samples and features"


def same_dtype(name: str, *specs: Spec) -> str:
    """The dtype all inputs share; an error if they do not (ops promote before they apply a primitive)."""
    if any(spec.dtype != specs[0].dtype for spec in specs):
        raise DTypeError(
            f"dtypes {', '.join(spec.dtype for spec in specs)} in {name}", "one dtype", "use the function of glassworks.ops, which promotes"
        )
    return specs[0].dtype


def constant_like(value: float, x: Tensor) -> np.ndarray:
    """A number in the dtype of x, to be broadcast."""
    return np.asarray(value, dtypes.numpy_dtype(spec_of(x).dtype))


def zero_of(x: Tensor) -> np.ndarray:
    """The number zero in the dtype of x, to be broadcast."""
    return constant_like(0, x)


def accumulator(dtype: np.dtype) -> np.dtype:
    """The dtype to add up numbers in: those of 16 bits are added up in 32, or a long sum would lose its last terms."""
    return np.dtype(np.float32) if dtype.name in ("float16", "bfloat16") else dtype

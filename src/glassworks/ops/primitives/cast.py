"""Change of dtype."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks import dtypes
from glassworks.graph import Primitive, Spec, apply, spec_of
from glassworks.typing import Namespace, Tensor

# The signed integer that a float becomes before its low bits are taken; NumPy's result depends on the machine and on the array's length.
_THROUGH = {"int8": "int32", "int16": "int32", "int32": "int32", "int64": "int64", "uint8": "int32", "uint16": "int32", "uint32": "int64"}


def _truncated(x: np.ndarray, dtype: str) -> np.ndarray:
    """Floats rounded towards zero; NaN and numbers out of range become the smallest integer, as in NumPy on x86-64 and in the native kernels."""
    through = np.dtype(_THROUGH[dtype])
    least = np.iinfo(through).min
    x = x if x.dtype.itemsize >= 4 else x.astype(np.float32)
    limit = x.dtype.type(-float(least))
    with np.errstate(invalid="ignore"):
        return np.where((x >= -limit) & (x < limit), x.astype(through), least).astype(dtype)


class Cast(Primitive):
    """The same numbers in another dtype; for floats see `_truncated`."""

    def infer(self, x: Spec, *, dtype: str) -> Spec:
        return Spec(x.shape, dtype)

    def forward(self, xp: Namespace, x: np.ndarray, *, dtype: str) -> np.ndarray:
        if xp is np and dtype in _THROUGH and dtypes.is_float(x.dtype.name):
            return _truncated(x, dtype)
        return x.astype(dtypes.numpy_dtype(dtype))

    def vjp(self, gradient: Tensor, inputs: Sequence[Tensor], output: Tensor, *, dtype: str) -> Sequence[Tensor | None]:
        name = spec_of(inputs[0]).dtype
        return (apply(self, gradient, dtype=name) if dtypes.is_float(name) else None,)

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], **attributes: Any) -> int:
        return 0


cast = Cast()

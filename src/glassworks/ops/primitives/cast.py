"""Change of dtype."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glassworks import dtypes
from glassworks.graph import Primitive, Spec, apply, spec_of


class Cast(Primitive):
    """The same numbers in another dtype."""

    def infer(self, x: Spec, *, dtype: str) -> Spec:
        return Spec(x.shape, dtype)

    def forward(self, xp: Any, x: Any, *, dtype: str) -> Any:
        return x.astype(dtypes.numpy_dtype(dtype))

    def vjp(self, gradient: Any, inputs: Sequence[Any], output: Any, *, dtype: str) -> Sequence[Any]:
        name = spec_of(inputs[0]).dtype
        return (apply(self, gradient, dtype=name) if dtypes.is_float(name) else None,)

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], **attributes: Any) -> int:
        return 0


cast = Cast()

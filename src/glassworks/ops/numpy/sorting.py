"""Order: sort, argsort, running sums."""

from __future__ import annotations

from typing import Any

from glassworks import dtypes
from glassworks.graph import apply, operation, spec_of
from glassworks.ops.convert import axes_of, operand
from glassworks.ops.numpy.indexing import take_along_axis
from glassworks.ops.numpy.shaping import ravel
from glassworks.ops.primitives import sorting


@operation
def argsort(x: Any, axis: int | None = -1) -> Any:
    """Indices that sort along an axis; equal entries keep their order."""
    x = operand(x) if axis is not None else ravel(x)
    return apply(sorting.argsort, x, axis=axes_of(-1 if axis is None else axis, len(spec_of(x).shape))[0])


@operation
def sort(x: Any, axis: int = -1) -> Any:
    """Sorted along an axis, smallest first."""
    return take_along_axis(x, argsort(x, axis), axis=axis)


@operation
def cumsum(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """Running sums along an axis; of the flattened array if `axis` is None."""
    x = operand(x, dtypes.standardize(dtype) if dtype is not None else None)
    if spec_of(x).dtype == "bool":
        x = operand(x, "int32")
    if axis is None:
        x, axis = ravel(x), 0
    return apply(sorting.cumulative_sum, x, axis=axes_of(axis, len(spec_of(x).shape))[0])

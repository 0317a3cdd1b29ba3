"""`pad`: arrays that are continued at their ends, in the modes of NumPy."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from glassworks import dtypes
from glassworks.errors import ArgumentError, ShapeError, suggest
from glassworks.graph import apply, op, spec_of
from glassworks.ops.convert import operand
from glassworks.ops.numpy.arithmetic import floor, round
from glassworks.ops.numpy.joining import concatenate
from glassworks.ops.numpy.reduction import max as max_over
from glassworks.ops.numpy.reduction import mean
from glassworks.ops.numpy.reduction import min as min_over
from glassworks.ops.numpy.shaping import broadcast_to
from glassworks.ops.numpy.statistics import median
from glassworks.ops.primitives import joining
from glassworks.ops.primitives.compare import where
from glassworks.ops.primitives.index import gather
from glassworks.typing import ArrayLike, Tensor

__all__ = ["pad"]

# Modes that repeat entries, by an index that NumPy gives.
_REPEATING = ("edge", "reflect", "symmetric", "wrap")
# Modes that pad with one number per line of an axis.
_STATISTICS: dict[str, Callable[..., Tensor]] = {"maximum": max_over, "mean": mean, "median": median, "minimum": min_over}
PAD_MODES = ("constant", "empty", "linear_ramp", *_REPEATING, *_STATISTICS)


@op
def pad(x: ArrayLike, pad_width: int | Sequence, mode: str = "constant", constant_values: ArrayLike | None = None) -> Tensor:
    """The array padded at both ends of each axis.

    Args:
        x: Any numbers.
        pad_width: `(before, after)` per axis, one pair for all, or one number.
        mode: The kind of padding: a `"constant"`, the `"edge"` entry, or the array mirrored without (`"reflect"`) or with
            (`"symmetric"`) its edge, or repeated (`"wrap"`); a `"linear_ramp"` from the edge to 0; the `"maximum"`, `"mean"`, `"median"`
            or `"minimum"` of each line; or `"empty"`, which gives zeros.
        constant_values: The constant; 0 by default.

    >>> from glassworks import ops
    >>> ops.pad([1, 2, 3], (1, 2))
    Array([0, 1, 2, 3, 0, 0], dtype=int32)
    >>> ops.pad([1, 2, 3], (1, 2), mode="reflect")
    Array([2, 1, 2, 3, 2, 1], dtype=int32)
    """
    x = operand(x)
    if mode not in PAD_MODES:
        raise ArgumentError(f"mode={mode!r}", f"one of {PAD_MODES}", suggest(str(mode), PAD_MODES))
    if constant_values is not None and mode != "constant":
        raise ArgumentError(f"constant_values with mode={mode!r}", "mode='constant'", "remove constant_values, or use mode='constant'")
    widths = _pad_widths(pad_width, len(spec_of(x).shape))
    if mode in ("constant", "empty"):
        return _pad_constant(x, widths, constant_values)
    for axis, (before, after) in enumerate(widths):
        if before or after:
            if not spec_of(x).shape[axis]:
                found = f"shape {tuple(spec_of(x).shape)} padded along axis {axis} with mode={mode!r}"
                raise ShapeError(found, "entries to repeat", "use mode='constant'")
            x = _pad_axis(x, axis, before, after, mode)
    return x


def _pad_axis(x: Tensor, axis: int, before: int, after: int, mode: str) -> Tensor:
    size = spec_of(x).shape[axis]
    if mode in _REPEATING:
        indices = np.pad(np.arange(size, dtype="int32"), (before, after), mode=mode)  # type: ignore[call-overload]  # one of NumPy's modes
        return apply(gather, x, indices, axis=axis)
    if mode == "linear_ramp":
        first, last = (apply(gather, x, np.array([index], "int32"), axis=axis) for index in (0, size - 1))
        return concatenate([_ramp(first, axis, before), x, _ramp(last, axis, after, falling=True)], axis)
    line = _in_dtype(_STATISTICS[mode](x, axis=axis, keepdims=True), spec_of(x).dtype, round)
    shape = spec_of(line).shape
    ends = [broadcast_to(line, (*shape[:axis], width, *shape[axis + 1 :])) for width in (before, after)]
    return concatenate([ends[0], x, ends[1]], axis)


def _ramp(edge: Tensor, axis: int, width: int, falling: bool = False) -> Tensor:
    """Equal steps from 0 to an edge that is not part of them; integers are rounded down."""
    dtype = spec_of(edge).dtype
    shares = np.arange(width) / max(width, 1)
    shares = np.reshape(shares[::-1] if falling else shares, [width if i == axis else 1 for i in range(len(spec_of(edge).shape))])
    exact = edge if dtypes.is_float(dtype) or dtype in dtypes.COMPLEX else operand(edge, "float64")
    return _in_dtype(exact * operand(shares, spec_of(exact).dtype), dtype, floor)


def _in_dtype(x: Tensor, dtype: str, rounding: Callable[[Tensor], Tensor]) -> Tensor:
    is_rounded = dtypes.is_integer(dtype) and dtypes.is_float(spec_of(x).dtype)
    return operand(rounding(x) if is_rounded else x, dtype)


def _pad_widths(pad_width: int | Sequence, rank: int) -> list[list[int]]:
    widths = np.asarray(pad_width)
    if widths.shape not in ((), (1,), (2,), (1, 2), (rank, 1), (rank, 2)) or (widths < 0).any():
        raise ArgumentError(
            f"pad_width={pad_width!r} for {rank} axes",
            "numbers >= 0: one, a pair, or a pair per axis",
            f"pass {rank} pairs (before, after)",
        )
    return np.broadcast_to(widths, (rank, 2)).tolist()


def _pad_constant(x: Tensor, widths: list[list[int]], value: ArrayLike | None) -> Tensor:
    bounds = tuple((before, before + size, 1) for (before, _), size in zip(widths, spec_of(x).shape, strict=True))
    total = tuple(before + size + after for (before, after), size in zip(widths, spec_of(x).shape, strict=True))
    placed = apply(joining.place_slices, x, slices=bounds, shape=total)
    if value is None or (isinstance(value, (int, float)) and value == 0):
        return placed
    border = np.ones(total, dtype=bool)
    border[tuple(slice(*bound) for bound in bounds)] = False
    return apply(where, border, operand(value, spec_of(x).dtype), placed)

"""New arrays: zeros, ones, ranges, and arrays like others."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassworks import dtypes
from glassworks.graph import apply, as_array, operation, spec_of
from glassworks.ops.convert import dtype_of, operand
from glassworks.ops.primitives import shape as shapes


def _numpy(dtype: Any) -> np.dtype:
    return dtypes.numpy_dtype(dtype)


def _shape(shape: Any) -> tuple[int, ...]:
    return (int(shape),) if isinstance(shape, (int, np.integer)) else tuple(int(size) for size in shape)


def zeros(shape: Any, dtype: Any = None) -> Any:
    """Zeros of a shape; `floatx()` by default."""
    return as_array(np.zeros(_shape(shape), _numpy(dtype)))


def ones(shape: Any, dtype: Any = None) -> Any:
    """Ones of a shape; `floatx()` by default."""
    return as_array(np.ones(_shape(shape), _numpy(dtype)))


def empty(shape: Any, dtype: Any = None) -> Any:
    """An array of a shape whose numbers do not matter; they are zeros, so that runs repeat."""
    return zeros(shape, dtype)


@operation
def full(shape: Any, fill_value: Any, dtype: Any = None) -> Any:
    """One value throughout."""
    value = operand(fill_value, dtypes.standardize(dtype) if dtype is not None else None)
    return apply(shapes.broadcast_to, value, shape=_shape(shape))


@operation
def zeros_like(x: Any, dtype: Any = None) -> Any:
    """Zeros in the shape and dtype of x."""
    return zeros(spec_of(operand(x)).shape, dtype or spec_of(operand(x)).dtype)


@operation
def ones_like(x: Any, dtype: Any = None) -> Any:
    """Ones in the shape and dtype of x."""
    return ones(spec_of(operand(x)).shape, dtype or spec_of(operand(x)).dtype)


@operation
def empty_like(x: Any, dtype: Any = None) -> Any:
    """Zeros in the shape and dtype of x."""
    return zeros_like(x, dtype)


@operation
def full_like(x: Any, fill_value: Any, dtype: Any = None) -> Any:
    """One value in the shape and dtype of x."""
    spec = spec_of(operand(x))
    return full(spec.shape, fill_value, dtype or spec.dtype)


def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Any:
    """Ones on a diagonal, zeros elsewhere."""
    return as_array(np.eye(N, M, k, _numpy(dtype)))


def identity(n: int, dtype: Any = None) -> Any:
    """The identity matrix."""
    return eye(n, dtype=dtype)


def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Any:
    """Ones on and below a diagonal."""
    return as_array(np.tri(N, M, k, _numpy(dtype)))


def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> Any:
    """start, start + step, ... up to stop, without it; from 0 if only one number is given."""
    types = [dtype_of(one) for one in (start, stop, step) if one is not None]
    name = dtypes.standardize(dtype) if dtype is not None else dtypes.result_type(*types)
    bounds: Any = (0, start) if stop is None else (start, stop)
    return as_array(np.arange(*bounds, 1 if step is None else step, dtype=_numpy(name)))  # type: ignore[call-overload]


def linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False, dtype: Any = None, axis: int = 0) -> Any:
    """`num` equally spaced numbers from start to stop."""
    found, step = np.linspace(np.asarray(start), np.asarray(stop), num, endpoint, retstep=True, axis=axis)
    found = as_array(found.astype(_numpy(dtype)))
    return (found, as_array(np.asarray(step, _numpy(dtype)))) if retstep else found


def logspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10, dtype: Any = None, axis: int = 0) -> Any:
    """Numbers whose logarithms are equally spaced."""
    return as_array(np.logspace(np.asarray(start), np.asarray(stop), num, endpoint, base=base, axis=axis).astype(_numpy(dtype)))


@operation
def array(x: Any, dtype: Any = None) -> Any:
    """Any array-like as an array."""
    return operand(x, dtypes.standardize(dtype) if dtype is not None else None)


@operation
def copy(x: Any) -> Any:
    """The same numbers in new memory."""
    x = operand(x)
    return as_array(np.array(x)) if isinstance(x, np.ndarray) else x


@operation
def tril(x: Any, k: int = 0) -> Any:
    """The lower triangle, zeros above."""
    x = operand(x)
    return x * np.tri(spec_of(x).shape[-2], spec_of(x).shape[-1], k).astype(spec_of(x).dtype)


@operation
def triu(x: Any, k: int = 0) -> Any:
    """The upper triangle, zeros below."""
    x = operand(x)
    return x * (1 - np.tri(spec_of(x).shape[-2], spec_of(x).shape[-1], k - 1)).astype(spec_of(x).dtype)


def meshgrid(*x: Any, indexing: Any = "xy") -> list[Any]:
    """Coordinates of a grid, an array per axis."""
    return [as_array(part) for part in np.meshgrid(*(np.asarray(operand(one)) for one in x), indexing=indexing)]


@operation
def diag(x: Any, k: int = 0) -> Any:
    """A matrix with this diagonal, or the diagonal of a matrix."""
    from glassworks.ops.numpy.indexing import take
    from glassworks.ops.numpy.shaping import pad, reshape

    x = operand(x)
    shape = spec_of(x).shape
    if len(shape) == 1:
        size = shape[0] + abs(k)
        square = x[:, None] * np.eye(shape[0], dtype=spec_of(x).dtype)
        return pad(square, ((max(-k, 0), max(k, 0)), (max(k, 0), max(-k, 0)))) if k else reshape(square, (size, size))
    rows, columns = shape
    places = [r * columns + r + k for r in range(rows) if 0 <= r + k < columns]
    return take(reshape(x, (-1,)), np.asarray(places, "int32"), axis=0)

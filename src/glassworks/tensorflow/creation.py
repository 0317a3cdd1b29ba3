"""Tensors that are made: from numbers, filled, counted, one-hot, with TensorFlow's names and defaults."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glassworks import ops
from glassworks.tensorflow.adapting import adapted
from glassworks.typing import ArrayLike, DTypeLike, Scalar, Tensor


def constant(value: ArrayLike, dtype: DTypeLike = None, shape: Sequence[int] | None = None, name: str | None = None) -> Tensor:
    """A tensor with these numbers; texts become an array of NumPy.

    Args:
        value: Numbers, or nested lists of them.
        dtype: Its dtype; float32 and int32 for numbers of Python, if None.
        shape: Its shape; one number fills it.
        name: Ignored.

    >>> constant(5.0, shape=(2,)).numpy()
    array([5., 5.], dtype=float32)
    """
    if _holds_text(value):
        return np.asarray(value)  # type: ignore[return-value] # layers that read texts take arrays of NumPy
    tensor = ops.convert_to_tensor(value, dtype)
    if shape is None:
        return tensor
    return ops.broadcast_to(tensor, shape) if tensor.ndim == 0 else ops.reshape(tensor, shape)


def convert_to_tensor(value: ArrayLike, dtype: DTypeLike = None, dtype_hint: DTypeLike = None, name: str | None = None) -> Tensor:
    """See `constant`.

    >>> convert_to_tensor([1, 2]).numpy()
    array([1, 2], dtype=int32)
    """
    return constant(value, dtype)


def _holds_text(value: object) -> bool:
    if isinstance(value, (list, tuple)):
        return bool(value) and _holds_text(value[0])
    return isinstance(value, (str, bytes)) or (isinstance(value, np.ndarray) and value.dtype.kind in "SUO")


def range(start: Scalar, limit: Scalar | None = None, delta: Scalar = 1, dtype: DTypeLike = None, name: str | None = None) -> Tensor:
    """Numbers from `start` (0 if only one is given) up to but without `limit`.

    >>> range(3).numpy(), range(1, 7, 2).numpy()
    (array([0, 1, 2], dtype=int32), array([1, 3, 5], dtype=int32))
    """
    start, limit = (0, start) if limit is None else (start, limit)
    first, last, step = (x.item() if isinstance(x, np.ndarray) else x for x in (start, limit, delta))
    return ops.arange(first, last, step, dtype)


def zeros(shape: int | Sequence[int], dtype: DTypeLike = "float32", name: str | None = None) -> Tensor:
    """A tensor of zeros.

    >>> zeros((2,)).numpy()
    array([0., 0.], dtype=float32)
    """
    return ops.zeros(shape, dtype)


def ones(shape: int | Sequence[int], dtype: DTypeLike = "float32", name: str | None = None) -> Tensor:
    """A tensor of ones.

    >>> ones((2,), "int32").numpy()
    array([1, 1], dtype=int32)
    """
    return ops.ones(shape, dtype)


def eye(
    num_rows: int,
    num_columns: int | None = None,
    batch_shape: Sequence[int] | None = None,
    dtype: DTypeLike = "float32",
    name: str | None = None,
) -> Tensor:
    """The identity matrix, or several.

    >>> eye(2, batch_shape=[3]).shape
    (3, 2, 2)
    """
    matrix = ops.eye(num_rows, num_columns, dtype=dtype)
    return matrix if batch_shape is None else ops.broadcast_to(matrix, (*batch_shape, *matrix.shape))


def fill(dims: Sequence[int], value: ArrayLike, name: str | None = None) -> Tensor:
    """A tensor with one number everywhere.

    >>> fill([2], 7).numpy()
    array([7, 7], dtype=int32)
    """
    return ops.broadcast_to(ops.convert_to_tensor(value), dims)


def one_hot(
    indices: ArrayLike,
    depth: int,
    on_value: Scalar | None = None,
    off_value: Scalar | None = None,
    axis: int | None = None,
    dtype: DTypeLike = None,
    name: str | None = None,
) -> Tensor:
    """Rows with one entry that is `on_value` (1), all others `off_value` (0).

    >>> one_hot([1], 3).numpy()
    array([[0., 1., 0.]], dtype=float32)
    """
    hot = ops.one_hot(indices, int(depth), -1 if axis is None else axis, dtype or "float32")
    if on_value is None and off_value is None:
        return hot
    on, off = 1 if on_value is None else on_value, 0 if off_value is None else off_value
    return ops.where(ops.cast(hot, "bool"), ops.cast(on, hot.dtype), ops.cast(off, hot.dtype))


def sequence_mask(lengths: ArrayLike, maxlen: int | None = None, dtype: DTypeLike = "bool", name: str | None = None) -> Tensor:
    """For each length a row that is true up to it.

    >>> sequence_mask([1, 3]).numpy()
    array([[ True, False, False],
           [ True,  True,  True]])
    """
    lengths = ops.convert_to_tensor(lengths)
    size = int(ops.max(lengths)) if maxlen is None else maxlen
    return ops.cast(ops.less(ops.arange(size), ops.expand_dims(lengths, -1)), dtype)


def meshgrid(*args: ArrayLike, indexing: str = "xy", name: str | None = None) -> list[Tensor]:
    """Coordinates of a grid, as in NumPy.

    >>> [axis.shape for axis in meshgrid([1, 2], [3, 4, 5])]
    [(3, 2), (3, 2)]
    """
    return ops.meshgrid(*args, indexing=indexing)


def linspace(start: ArrayLike, stop: ArrayLike, num: int, name: str | None = None, axis: int = 0) -> Tensor:
    """`num` numbers at equal distances from `start` to `stop`, both among them.

    >>> linspace(0.0, 1.0, 3).numpy()
    array([0. , 0.5, 1. ], dtype=float32)
    """
    return ops.linspace(start, stop, int(num), axis=axis)


zeros_like = adapted(ops.zeros_like, "input", "dtype")
ones_like = adapted(ops.ones_like, "input", "dtype")

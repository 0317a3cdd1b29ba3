"""Helpers for arrays of labels and samples."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassworks import dtypes, ops
from glassworks.errors import ArgumentError, DataError
from glassworks.graph import Symbolic
from glassworks.typing import ArrayLike, DTypeLike, Tensor


def to_categorical(x: ArrayLike, num_classes: int | None = None) -> Tensor | np.ndarray:
    """Class numbers as one-hot rows.

    Args:
        x: Integers from 0, of any shape; a last axis of size 1 is dropped.
        num_classes: The number of classes; one more than the largest number if None.

    >>> to_categorical([0, 2, 1])
    array([[1., 0., 0.],
           [0., 0., 1.],
           [0., 1., 0.]])
    """
    if isinstance(x, Symbolic):
        return ops.one_hot(x, num_classes)  # type: ignore[arg-type]  # which raises the error if it is missing
    numbers = np.asarray(x)
    if numbers.dtype.kind == "U" and np.char.isdigit(numbers).all():
        numbers = numbers.astype("int64")
    if numbers.size and (numbers.dtype.kind not in "iufb" or np.any(numbers != np.floor(numbers))):
        raise DataError(
            f"labels of dtype {numbers.dtype}: {numbers.reshape(-1)[:3].tolist()}",
            "class numbers",
            "turn names into numbers: classes, y = np.unique(y, return_inverse=True)",
            where="utils.to_categorical",
        )
    numbers = numbers.astype("int64")
    if numbers.ndim > 1 and numbers.shape[-1] == 1:
        numbers = numbers[..., 0]
    if not numbers.size and num_classes is None:
        raise DataError(
            f"no labels (shape {numbers.shape}) and no num_classes",
            "at least one label, or the number of classes",
            "pass num_classes=...",
            where="utils.to_categorical",
        )
    count = int(numbers.max()) + 1 if num_classes is None else num_classes
    if numbers.size and (numbers.min() < 0 or numbers.max() >= count):
        raise DataError(
            f"labels from {numbers.min()} to {numbers.max()}",
            f"labels 0 to {count - 1}",
            "check num_classes, and that classes are numbered from 0",
            where="utils.to_categorical",
        )
    return np.eye(count)[numbers]


def normalize(x: ArrayLike, axis: int = -1, order: int = 2) -> Tensor | np.ndarray:
    """Divide by the norm along an axis.

    >>> normalize(np.array([[3.0, 4.0]]))
    array([[0.6, 0.8]])
    """
    if isinstance(x, Symbolic):
        return ops.normalize(x, axis=axis, order=order)
    x = np.asarray(x)
    length = np.atleast_1d(np.linalg.norm(x, order, axis))
    length[length == 0] = 1
    return x / np.expand_dims(length, axis)


def pack_x_y_sample_weight(x: object, y: object = None, sample_weight: object = None) -> Any:
    """A batch in its shortest form: x, (x, y) or (x, y, sample_weight).

    >>> pack_x_y_sample_weight("x", "y")
    ('x', 'y')
    """
    if y is None:
        return (x,) if isinstance(x, (list, tuple)) else x
    return (x, y) if sample_weight is None else (x, y, sample_weight)


def unpack_x_y_sample_weight(data: object) -> tuple[Any, Any, Any]:
    """The parts of a batch, with None for missing ones.

    >>> unpack_x_y_sample_weight(("x", "y"))
    ('x', 'y', None)
    """
    if isinstance(data, list):
        data = tuple(data)
    if not isinstance(data, tuple):
        return data, None, None
    if len(data) > 3:
        raise ArgumentError(
            f"a batch of {len(data)} parts",
            "x, (x, y) or (x, y, sample_weight)",
            "put several inputs into a list of their own",
            where="utils.unpack_x_y_sample_weight",
        )
    return (*data, None, None)[:3]  # type: ignore[return-value]


def standardize_dtype(dtype: DTypeLike) -> str:
    """The standard name of a dtype.

    >>> standardize_dtype("float")
    'float32'
    """
    return dtypes.standardize(dtype)

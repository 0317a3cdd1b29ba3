"""Initializers that involve no chance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks import dtypes, ops
from glassworks.arguments import Number, Serialized
from glassworks.errors import ShapeError
from glassworks.graph import as_shape
from glassworks.initializers.base import Initializer
from glassworks.typing import DTypeLike, Tensor


class Zeros(Initializer):
    """All values 0.

    >>> from glassworks import initializers
    >>> initializers.Zeros()((2,)).numpy()
    array([0., 0.], dtype=float32)
    """

    def __call__(self, shape: Sequence[int], dtype: DTypeLike = None) -> Tensor:
        return ops.zeros(shape, dtype=dtypes.standardize(dtype))


class Ones(Initializer):
    """All values 1.

    >>> from glassworks import initializers
    >>> initializers.Ones()((2,)).numpy()
    array([1., 1.], dtype=float32)
    """

    def __call__(self, shape: Sequence[int], dtype: DTypeLike = None) -> Tensor:
        return ops.ones(shape, dtype=dtypes.standardize(dtype))


class Constant(Initializer):
    """All values the same number, or an array that broadcasts to the shape.

    Args:
        value: A number or an array.

    >>> from glassworks import initializers
    >>> initializers.Constant(3)((2,)).numpy()
    array([3., 3.], dtype=float32)
    """

    value = Serialized("values")

    def __init__(self, value: Any = 0.0) -> None:
        self._keep_arguments(value=value)

    def __call__(self, shape: Sequence[int], dtype: DTypeLike = None) -> Tensor:
        return ops.broadcast_to(ops.cast(self.value, dtypes.standardize(dtype)), shape)


class Identity(Initializer):
    """The identity matrix times `gain`, for a 2-D shape.

    Args:
        gain: The value on the diagonal.

    >>> from glassworks import initializers
    >>> initializers.Identity()((2, 2)).numpy()
    array([[1., 0.],
           [0., 1.]], dtype=float32)
    """

    gain = Number()

    def __init__(self, gain: float = 1.0) -> None:
        self._keep_arguments(gain=gain)

    def __call__(self, shape: Sequence[int], dtype: DTypeLike = None) -> Tensor:
        """The matrix; a `ShapeError` unless the shape has two axes."""
        shape = as_shape(shape)
        if len(shape) != 2:
            raise ShapeError(
                f"shape {shape}",
                "a shape of two axes, (rows, columns)",
                "use another initializer, such as 'glorot_uniform'",
                where="Identity",
            )
        return self.gain * ops.eye(shape[0], shape[1], dtype=dtypes.standardize(dtype))


def from_array(array: np.ndarray) -> Any:
    """An initializer that gives this array, for the array's own shape only.

    >>> from_array(np.array([1.0, 2.0]))((2,))
    Array([1., 2.], dtype=float32)
    """

    def initialize(shape: Sequence[int], dtype: DTypeLike = None) -> Tensor:
        if tuple(shape) != tuple(array.shape):
            raise ShapeError(
                f"an array of shape {tuple(array.shape)} for a weight of shape {tuple(shape)}",
                "equal shapes",
                "pass an array of the weight's shape",
            )
        return ops.cast(array, dtypes.standardize(dtype))

    return initialize

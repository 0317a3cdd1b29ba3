"""Variables, constants and random arrays by their names in older Keras."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from glassworks import ops, random
from glassworks.config import floatx
from glassworks.graph import Symbolic, Variable
from glassworks.ops.convert import described
from glassworks.typing import ArrayLike, DTypeLike, Shape, Tensor


def variable(value: ArrayLike, dtype: DTypeLike = None, name: str | None = None, constraint: Callable | None = None) -> Variable:
    """A variable with a value.

    Args:
        value: Its first value.
        dtype: Its dtype; `floatx()` if None.
        name: Its name.
        constraint: A function that gives the nearest allowed value, which optimizers apply.

    >>> variable([1, 2]).dtype
    'float32'
    """
    made = Variable(np.asarray(value), dtype=dtype or floatx(), name=name)
    made.constraint = constraint
    return made


def constant(value: ArrayLike, dtype: DTypeLike = None, shape: Shape | None = None, name: str | None = None) -> Tensor:
    """An array of a value, or filled with it where a shape is given; `floatx()` without a dtype.

    >>> constant(2, shape=(2,))
    Array([2., 2.], dtype=float32)
    """
    array = ops.convert_to_tensor(value, dtype or floatx())
    return array if shape is None else ops.broadcast_to(array, shape) if np.size(array) == 1 else ops.reshape(array, shape)


def zeros(shape: Sequence[int], dtype: DTypeLike = None, name: str | None = None) -> Variable:
    """A variable of zeros.

    >>> zeros((2,)).numpy()
    array([0., 0.], dtype=float32)
    """
    return variable(np.zeros(tuple(shape)), dtype, name)


def ones(shape: Sequence[int], dtype: DTypeLike = None, name: str | None = None) -> Variable:
    """A variable of ones.

    >>> ones((2,)).numpy()
    array([1., 1.], dtype=float32)
    """
    return variable(np.ones(tuple(shape)), dtype, name)


def eye(size: int | tuple[int, int], dtype: DTypeLike = None, name: str | None = None) -> Variable:
    """A variable that holds an identity matrix.

    >>> eye(2).numpy().tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    return variable(np.eye(*size) if isinstance(size, tuple) else np.eye(size), dtype, name)


def zeros_like(x: ArrayLike, dtype: DTypeLike = None, name: str | None = None) -> Tensor:
    """Zeros in the shape of x.

    >>> zeros_like(np.array([3.0]))
    Array([0.])
    """
    return ops.zeros_like(x, dtype=dtype)


def ones_like(x: ArrayLike, dtype: DTypeLike = None, name: str | None = None) -> Tensor:
    """Ones in the shape of x.

    >>> ones_like(np.array([3.0]))
    Array([1.])
    """
    return ops.ones_like(x, dtype=dtype)


def random_normal(shape: Sequence[int], mean: float = 0.0, stddev: float = 1.0, dtype: DTypeLike = None, seed: int | None = None) -> Tensor:
    """Normally distributed numbers.

    >>> random_normal((2, 3)).shape
    (2, 3)
    """
    return random.normal(shape, mean, stddev, dtype, seed)


def truncated_normal(
    shape: Sequence[int], mean: float = 0.0, stddev: float = 1.0, dtype: DTypeLike = None, seed: int | None = None
) -> Tensor:
    """Normally distributed numbers within two standard deviations.

    >>> truncated_normal((2, 3)).shape
    (2, 3)
    """
    return random.truncated_normal(shape, mean, stddev, dtype, seed)


def random_uniform(
    shape: Sequence[int], minval: float = 0.0, maxval: float = 1.0, dtype: DTypeLike = None, seed: int | None = None
) -> Tensor:
    """Uniformly distributed numbers.

    >>> random_uniform((2, 3)).shape
    (2, 3)
    """
    return random.uniform(shape, minval, maxval, dtype, seed)


def random_bernoulli(shape: Sequence[int], p: float = 0.0, dtype: DTypeLike = None, seed: int | None = None) -> Tensor:
    """Ones with the probability p, else zeros.

    >>> random_bernoulli((3,), p=1.0)
    Array([1., 1., 1.], dtype=float32)
    """
    return ops.cast(random.uniform(shape, seed=seed) <= p, dtype or floatx())


def random_normal_variable(
    shape: Sequence[int], mean: float, scale: float, dtype: DTypeLike = None, name: str | None = None, seed: int | None = None
) -> Variable:
    """A variable of normally distributed numbers.

    >>> random_normal_variable((2, 3), 0.0, 1.0).shape
    (2, 3)
    """
    return variable(random.normal(shape, mean, scale, dtype, seed), dtype, name)


def random_uniform_variable(
    shape: Sequence[int], low: float, high: float, dtype: DTypeLike = None, name: str | None = None, seed: int | None = None
) -> Variable:
    """A variable of uniformly distributed numbers.

    >>> random_uniform_variable((2, 3), 0.0, 1.0).shape
    (2, 3)
    """
    return variable(random.uniform(shape, low, high, dtype, seed), dtype, name)


def get_value(x: Any) -> np.ndarray:
    """The numbers of a variable or an array as a NumPy array; anything else as it is.

    >>> get_value(variable([1.0]))
    array([1.], dtype=float32)
    """
    return x.numpy() if hasattr(x, "numpy") else x


def eval(x: ArrayLike) -> np.ndarray:
    """The numbers of a variable or an array, as `get_value`.

    >>> eval(constant(2.0))
    array(2., dtype=float32)
    """
    return get_value(x)


def set_value(x: Variable, value: ArrayLike) -> None:
    """Give a variable a value.

    >>> rate = variable(0.1)
    >>> set_value(rate, 0.5)
    >>> float(get_value(rate))
    0.5
    """
    x.assign(np.asarray(value).astype(described(x).dtype))


def batch_get_value(tensors: Iterable[ArrayLike]) -> list[np.ndarray]:
    """The numbers of several variables or arrays.

    >>> batch_get_value([variable(1.0), variable(2.0)])
    [array(1., dtype=float32), array(2., dtype=float32)]
    """
    return [get_value(tensor) for tensor in tensors]


def batch_set_value(tuples: Iterable[tuple[Variable, ArrayLike]]) -> None:
    """Give several variables values.

    Args:
        tuples: Pairs of a variable and its value.

    >>> a = variable(1.0)
    >>> batch_set_value([(a, 3.0)])
    >>> float(a.numpy())
    3.0
    """
    for x, value in tuples:
        set_value(x, value)


def update(x: Variable, new_x: ArrayLike) -> Tensor:
    """Assign to a variable; returns the new value.

    >>> float(update(variable(1.0), 3.0))
    3.0
    """
    return x.assign(new_x)


def update_add(x: Variable, increment: ArrayLike) -> Tensor:
    """Add to a variable; returns the new value.

    >>> float(update_add(variable(1.0), 3.0))
    4.0
    """
    return x.assign_add(increment)


def update_sub(x: Variable, decrement: ArrayLike) -> Tensor:
    """Subtract from a variable; returns the new value.

    >>> float(update_sub(variable(1.0), 3.0))
    -2.0
    """
    return x.assign_sub(decrement)


def moving_average_update(x: Variable, value: ArrayLike, momentum: float) -> Tensor:
    """Move a variable towards a value: `x * momentum + value * (1 - momentum)`.

    >>> float(moving_average_update(variable(1.0), 2.0, 0.75))
    1.25
    """
    return x.assign(x * momentum + ops.multiply(value, 1.0 - momentum))


def cast_to_floatx(x: ArrayLike) -> Tensor | np.ndarray:
    """The numbers in `floatx()`; a plain NumPy array stays one.

    >>> cast_to_floatx([1, 2])
    array([1., 2.], dtype=float32)
    """
    if isinstance(x, (Symbolic, Variable)) or ops.is_tensor(x):
        return ops.cast(x, floatx())
    return np.asarray(x, dtype=floatx())


def int_shape(x: ArrayLike) -> tuple[int | None, ...]:
    """The shape, with None for unknown sizes.

    >>> from glassworks import Input
    >>> int_shape(Input((3,)))
    (None, 3)
    """
    return tuple(described(x).shape)


def ndim(x: ArrayLike) -> int:
    """The number of axes.

    >>> ndim(zeros((2, 3)))
    2
    """
    return len(described(x).shape)


def count_params(x: ArrayLike) -> int:
    """The number of elements.

    >>> count_params(zeros((2, 3)))
    6
    """
    return math.prod(size or 0 for size in int_shape(x))


def is_sparse(tensor: object) -> bool:
    """Always False: arrays are dense.

    >>> is_sparse(zeros((2,)))
    False
    """
    return False


def to_dense(tensor: ArrayLike) -> ArrayLike:
    """The tensor itself: arrays are dense.

    >>> to_dense(constant(2.0))
    Array(2., dtype=float32)
    """
    return tensor

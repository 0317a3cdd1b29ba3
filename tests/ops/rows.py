"""What a row of the op specification table is, and the inputs that rows are made of."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

RNG = np.random.default_rng(1234)
Arrays = tuple[Any, ...]


@dataclass
class Row:
    """One op.

    Attributes:
        name: Its name in `glassworks.ops`.
        reference: The same in NumPy, on the same arguments.
        inputs: Several tuples of arrays; floating ones in float64.
        call: How to call the op on them, where that is not `op(*arrays)`.
        gradient: Whether it is differentiated (every smooth op is, to second order).
        tolerance: Relative, where it is not rounding alone; `why` gives the reason.
    """

    name: str
    reference: Callable
    inputs: list[Arrays]
    call: Callable | None = None
    gradient: bool = True
    tolerance: float = 1e-12
    why: str = ""


def normal(*shape: int) -> np.ndarray:
    return np.asarray(RNG.normal(size=shape))


def between(low: float, high: float, *shape: int) -> np.ndarray:
    return np.asarray(RNG.uniform(low, high, shape))


def view(array: np.ndarray) -> np.ndarray:
    """The same numbers with strides of their own: every second column of a wider array."""
    wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
    wide[..., ::2] = array
    return wide[..., ::2]


def shapes(make: Callable = normal) -> list[Arrays]:
    """One array: no axes, empty, one number, odd sizes, a transposed and a strided view."""
    return [(make(),), (make(0, 3),), (make(1),), (make(7),), (make(3, 5),), (make(4, 3).T,), (view(make(2, 3)),)]


def pairs(first: Callable = normal, second: Callable | None = None) -> list[Arrays]:
    """Two arrays: equal shapes, broadcasts of every kind, empty ones, views."""
    second = second or first
    sizes = [((3,), (3,)), ((2, 3), (3,)), ((2, 1), (1, 3)), ((), (2, 3)), ((1, 5), (7, 1)), ((0, 3), (3,))]
    return [(first(*a), second(*b)) for a, b in sizes] + [(first(4, 3).T, view(second(3, 4)))]


def positive(*shape: int) -> np.ndarray:
    return between(0.2, 3.0, *shape)


def unit(*shape: int) -> np.ndarray:
    return between(-0.9, 0.9, *shape)


def away(*shape: int) -> np.ndarray:
    """Numbers away from the places where piecewise functions bend: 0, 0.5, 1, 3 and integers."""
    numbers = RNG.choice([-3.3, -2.4, -1.3, -0.7, -0.3, 0.3, 0.7, 1.3, 2.4, 3.3], size=shape)
    return np.asarray(numbers + between(-0.05, 0.05, *shape))  # NumPy's own number without axes counts as one of Python


def truth(*shape: int) -> np.ndarray:
    return RNG.random(shape) > 0.5


def whole(*shape: int) -> np.ndarray:
    return RNG.integers(-5, 6, shape)


def probabilities(*shape: int) -> np.ndarray:
    x = positive(*shape)
    return x / x.sum(axis=-1, keepdims=True) if shape else x


def softmax(x: np.ndarray, axis: Any = -1) -> np.ndarray:
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def softplus(x: np.ndarray) -> np.ndarray:
    return np.logaddexp(x, 0)


_erf = np.vectorize(math.erf, otypes=[float])


def erf(x: Any) -> Any:
    return _erf(x) if np.size(x) else x


def inverse_of(function: Callable, y: np.ndarray) -> np.ndarray:
    """The inverse of a rising function, by bisection between -10 and 10."""
    low, high = np.full(np.shape(y), -10.0), np.full(np.shape(y), 10.0)
    for _ in range(60):
        middle = (low + high) / 2
        below = function(middle) < y
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2


def unary(name: str, reference: Callable, make: Callable = normal, **more: Any) -> Row:
    return Row(name, reference, shapes(make), **more)


def binary(name: str, reference: Callable, first: Callable = normal, second: Callable | None = None, **more: Any) -> Row:
    return Row(name, reference, pairs(first, second), **more)


def logic(name: str, reference: Callable, make: Callable = normal) -> Row:
    return Row(name, reference, pairs(make), gradient=False)


MATRICES: list[Arrays] = [(normal(5, 3),), (normal(1, 1),), (normal(2, 3, 4),), (view(normal(3, 4)),), (normal(4, 3).T,)]


def over_axes(name: str, reference: Callable, make: Callable = normal, axis: Any = -1, **more: Any) -> Row:
    return Row(
        name,
        lambda x: reference(x, axis=axis),
        [(make(5, 3),), (make(1, 1),), (make(2, 3, 4),), (view(make(3, 4)),)],
        call=lambda op, x: op(x, axis=axis),
        **more,
    )

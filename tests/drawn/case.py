"""A case: a small program and its arrays, which run here and on real Keras; and the choices that generators make."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from tests.fuzz.pick import Pick

FLOATS = ("float32", "float64", "float16")
INTEGERS = ("int32", "int64", "uint8", "int8")
Shape = tuple[int, ...]


@dataclass
class Case:
    """A program in lines of Python, which name `keras`, `np`, the arrays and the helpers of `answer.Notes`."""

    name: str
    lines: list[str]
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    # Whether real Keras runs it on JAX only: what trains.
    needs_jax: bool = False

    def is_narrow(self) -> bool:
        """Whether numbers of 16 bits take part."""
        return any(array.dtype == "float16" for array in self.arrays.values()) or any("float16" in line for line in self.lines)

    def __str__(self) -> str:
        """The case as a program that can be run with either library."""
        arrays = [f"{name} = np.array({array.tolist()}, '{array.dtype}').reshape({array.shape})" for name, array in self.arrays.items()]
        return "\n".join([f"# {self.name}", *arrays, *self.lines])


class Draw(Pick):
    """The choices of one case."""

    def __init__(self, family: str, seed: int) -> None:
        super().__init__(zlib.crc32(family.encode()), seed)

    def shape(self, low: int, high: int, most: int = 4) -> Shape:
        """A shape of `low` to `high` axes, now and then with an axis of size 0."""
        sizes = [self.one(1, 2, 3, 3, most) for _ in range(self.integer(low, high))]
        if sizes and self.maybe(0.03):
            sizes[self.integer(0, len(sizes) - 1)] = 0
        return tuple(sizes)

    def float_dtype(self) -> str:
        """Most often float32."""
        return self.one("float32", "float32", "float32", "float32", *FLOATS)

    def normal(self, shape: Shape, dtype: str = "float32", scale: float = 1.0) -> np.ndarray:
        """Numbers around 0; rounded where the dtype has integers only."""
        return _cast(self.rng.normal(size=shape) * (scale if dtype.startswith("f") else 3), dtype)

    def uniform(self, low: float, high: float, shape: Shape, dtype: str = "float32") -> np.ndarray:
        """Numbers between two."""
        return _cast(self.rng.uniform(low, high, shape), dtype)

    def labels(self, count: int, shape: Shape, dtype: str = "int32") -> np.ndarray:
        """Class numbers."""
        return self.rng.integers(0, max(count, 1), shape).astype(dtype)

    def one_hot(self, shape: Shape, dtype: str = "float32") -> np.ndarray:
        """One 1 along the last axis."""
        classes = shape[-1] if shape else 0
        if not classes:
            return np.zeros(shape, dtype)
        return np.eye(classes)[self.labels(classes, shape[:-1])].astype(dtype)

    def distribution(self, shape: Shape, dtype: str = "float32") -> np.ndarray:
        """Probabilities that add up to 1 along the last axis."""
        raw = np.exp(self.rng.normal(size=shape))
        return (raw / raw.sum(-1, keepdims=True) if shape else raw / (1 + raw)).astype(dtype)

    def options(self, choices: dict[str, Sequence[str]], probability: float = 0.35) -> str:
        """Some arguments, as code that stands in a call."""
        return ", ".join(f"{name}={value}" for name, value in self.some(choices, probability).items())


def _cast(values: np.ndarray, dtype: str) -> np.ndarray:
    values = np.asarray(values)
    if dtype.startswith("f"):
        return values.astype(dtype)
    if dtype == "bool":
        return values > 0
    return (np.abs(values) if dtype.startswith("u") else values).astype(dtype)


def join(*arguments: str) -> str:
    """Arguments of a call, without the empty ones."""
    return ", ".join(argument for argument in arguments if argument)

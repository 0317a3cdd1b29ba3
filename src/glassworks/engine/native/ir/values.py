"""Values: flat pieces of memory, the shapes in which they are seen, and how they lie in a space of rows and columns.

Every operation on numbers is seen as working on a space of rows and columns. A value may be *full* (an element at each
position), lie along the rows (one per row), along the columns, or be a scalar. That is enough for
activations, biases, losses, normalisation, softmax and optimizers, and small enough for one simple executor.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

import numpy as np

from glassworks import dtypes
from glassworks.graph import Variable

Shape = tuple[int, ...]
Split = tuple[int, int]


class Form(Enum):
    """How a value lies in a space; the core has the same names."""

    FULL = "full"  # an element at each position
    ROW = "row"  # one per row
    COLUMN = "column"  # one per column
    SCALAR = "scalar"
    PART = "part"  # one per column for each tile of rows

    __hash__ = object.__hash__  # by identity: planning looks forms up all the time


@dataclass(eq=False)
class Storage:
    """A flat piece of memory that one operation fills.

    Attributes:
        role: "temporary", "input", "constant" or "variable" (then `variable` holds it).
        name: For printing.
        index: Of the buffer in the program; -1 before it has one.
    """

    size: int
    dtype: str
    role: str = "temporary"
    name: str = ""
    array: np.ndarray | None = None
    variable: Variable | None = None
    index: int = -1

    @property
    def item(self) -> int:
        """Bytes of an element."""
        return dtypes.numpy_dtype(self.dtype).itemsize

    @property
    def bytes(self) -> int:
        """Bytes in all."""
        return self.size * self.item


class Tensor(NamedTuple):
    """A storage seen in a shape; `stored_shape` has 1 where elements are repeated along an axis of `shape`."""

    storage: Storage
    shape: Shape
    stored_shape: Shape

    @classmethod
    def of(cls, storage: Storage, shape: Shape) -> Tensor:
        """A tensor in which nothing is repeated."""
        return cls(storage, shape, shape)

    @property
    def dtype(self) -> str:
        """The dtype of the elements."""
        return self.storage.dtype

    @property
    def is_contiguous(self) -> bool:
        """Whether every element is in memory, none repeated."""
        return self.stored_shape == self.shape

    def broadcast_to(self, shape: Shape) -> Tensor:
        """The same memory seen in a larger shape."""
        return Tensor(self.storage, shape, (1,) * (len(shape) - len(self.stored_shape)) + self.stored_shape)

    def strides(self) -> list[int]:
        """Steps through the memory along each axis of the shape, in elements; 0 where elements are repeated."""
        return [0 if size == 1 else step for size, step in zip(self.stored_shape, row_major(self.stored_shape), strict=True)]


class Pattern(NamedTuple):
    """How an input lies in the space of an output."""

    form: Form
    split: Split | None = None


def pattern(out: Shape, stored_shape: Shape) -> Pattern | None:
    """How elements of a shape are repeated over `out`; None if rows and columns are not enough to say."""
    stored = (1,) * (len(out) - len(stored_shape)) + stored_shape
    axes = [(size, there == size) for size, there in zip(out, stored, strict=True) if size != 1]
    present = [there for _, there in axes]
    if all(present):
        return Pattern(Form.FULL)
    if not any(present):
        return Pattern(Form.SCALAR)
    edge = next(i for i in range(1, len(axes)) if present[i] != present[i - 1])
    if any(there != present[edge] for there in present[edge:]):
        return None
    split = (math.prod(size for size, _ in axes[:edge]), math.prod(size for size, _ in axes[edge:]))
    return Pattern(Form.ROW if present[0] else Form.COLUMN, split)


def row_major(shape: Shape) -> list[int]:
    """Strides, in elements, of a contiguous array of this shape."""
    strides, step = [], 1
    for size in reversed(shape):
        strides.append(step)
        step *= size
    return strides[::-1]

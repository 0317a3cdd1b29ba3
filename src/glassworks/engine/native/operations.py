"""What a graph is lowered to before it is fused: operations with a kernel each, on flat pieces of memory.

Every operation on numbers is seen as working on a space of rows and columns. A value may be *full* (a number for
each place), lie along the rows (one per row), along the columns, or be a scalar. That is enough for
activations, biases, losses, normalisation, softmax and optimizers, and small enough for one simple executor.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from glassworks import dtypes
from glassworks.errors import GraphError
from glassworks.graph import Node, Variable

FULL, ROW, COLUMN, SCALAR, PART = range(5)
Shape = tuple[int, ...]
Split = tuple[int, int]


@dataclass(eq=False)
class Storage:
    """A flat piece of memory that one operation fills.

    Attributes:
        role: "temporary", "input", "output", "constant" or "variable" (then `variable` holds it).
        name: For printing.
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
        """Bytes per number."""
        return dtypes.numpy_dtype(self.dtype).itemsize

    @property
    def bytes(self) -> int:
        """Bytes in all."""
        return self.size * self.item


class Tensor(NamedTuple):
    """A storage seen in a shape; `base` has 1 where the numbers are repeated along an axis of `shape`."""

    storage: Storage
    shape: Shape
    base: Shape

    @property
    def dtype(self) -> str:
        """The dtype of the numbers."""
        return self.storage.dtype

    @property
    def is_plain(self) -> bool:
        """Whether nothing is repeated."""
        return self.base == self.shape


class Pattern(NamedTuple):
    """How an input lies in the space of an output."""

    form: int
    split: Split | None = None


def pattern(out: Shape, base: Shape) -> Pattern | None:
    """How numbers of shape `base` are spread over `out`; None if rows and columns are not enough to say."""
    base = (1,) * (len(out) - len(base)) + base
    axes = [(size, there == size) for size, there in zip(out, base, strict=True) if size != 1]
    present = [there for _, there in axes]
    if all(present):
        return Pattern(FULL)
    if not any(present):
        return Pattern(SCALAR)
    edge = next(i for i in range(1, len(axes)) if present[i] != present[i - 1])
    if any(there != present[edge] for there in present[edge:]):
        return None
    split = (math.prod(size for size, _ in axes[:edge]), math.prod(size for size, _ in axes[edge:]))
    return Pattern(ROW if present[0] else COLUMN, split)


@dataclass(eq=False)
class Operation:
    """A kernel applied to a space.

    Attributes:
        kind: "map" (place by place), "columns" (each row becomes a number), "rows" (each column becomes a number),
            "parts" (each column of each part of the rows becomes a number), "rowwise" (whole rows to whole rows), "expand" (a number per row to a row), "generate" (from the place alone).
        patterns: How each input lies in the space.
        split: Rows and columns of the space; None where any split of `size` will do.
        more_outputs: What a map fills besides `output`, of the same form.
        part: Of "parts": how many rows a part has.
    """

    kernel: str
    kind: str
    inputs: tuple[Storage, ...]
    patterns: tuple[Pattern, ...]
    output: Storage
    size: int
    split: Split | None
    nodes: tuple[Node, ...]
    more_outputs: tuple[Storage, ...] = ()
    part: int = 0

    @property
    def reads(self) -> tuple[Storage, ...]:
        """What it reads."""
        return self.inputs

    @property
    def writes(self) -> tuple[Storage, ...]:
        """What it fills."""
        return (self.output, *self.more_outputs)


@dataclass(eq=False)
class Product:
    """`output[batch, m, n] = a[batch, m, k] b[batch, k, n]`, with strides in numbers; a batch stride of 0 repeats.

    Attributes:
        kind: "product", or the name of a head of the core that fills the tile in its place, such as "convolution".
        geometry: Of a head: how its windows slide over `a`.
    """

    a: Storage
    b: Storage
    output: Storage
    batch: int
    m: int
    n: int
    k: int
    a_strides: tuple[int, int, int]  # batch, row, k
    b_strides: tuple[int, int, int]  # batch, k, column
    nodes: tuple[Node, ...]
    kind: str = "product"
    geometry: Any = None

    def __post_init__(self) -> None:
        if self.batch * self.m * self.n != self.output.size:
            raise GraphError(
                f"{self.kind} of {self.batch} x {self.m} x {self.n} numbers for a result of {self.output.size}",
                "all of the result to be computed",
                "the planner has a fault: please report it with the model; config.set_engine('reference') runs the model without the planner",
                where="native.lower",
            )

    @property
    def reads(self) -> tuple[Storage, ...]:
        """What it reads."""
        return (self.a, self.b)

    @property
    def writes(self) -> tuple[Storage, ...]:
        """What it fills."""
        return (self.output,)


@dataclass(eq=False)
class Station:
    """Work that is not cut into rows and columns: a strided copy, gather, scatter, task, or a call back into Python.

    Attributes:
        kind: "copy", "gather", "scatter", "python", or "task": a kernel that cuts its work in its own way.
        details: What the kind needs: shape, strides and offsets; or the node's tensors.
    """

    kind: str
    reads: tuple[Storage, ...]
    writes: tuple[Storage, ...]
    nodes: tuple[Node, ...]
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def can_fail(self) -> bool:
        """Whether it may end the step: because of its numbers, or because it runs Python. Only stations can."""
        return self.kind == "python" or bool(self.details.get("can_fail"))


PART_NUMBERS = 16_384  # in a part of the rows whose sums are taken by themselves, and in a tile of images
LEAST_PART_ROWS = 60


def part_rows(split: Split, shape: Shape) -> int:
    """Rows in a part of a space, of which sums over rows are taken in parts: as many as a tile of a product with an epilogue has."""
    rows, columns = split
    if len(shape) == 4 and rows == shape[0] * shape[1] * shape[2]:
        return whole_lines(rows, columns, shape[1], shape[2])
    fitting = max(LEAST_PART_ROWS, PART_NUMBERS // columns // 12 * 12)
    # An even number of parts: the machines we know have an even number of cores.
    parts = -(-rows // fitting)
    parts += parts % 2
    return max(12, -(-rows // parts // 12) * 12)


def whole_lines(rows: int, columns: int, height: int, width: int) -> int:
    """Places in a tile of images: whole images where they are small, else an even number of lines."""
    fitting = max(1, PART_NUMBERS // columns)
    if 2 * height * width <= fitting:
        return min(rows, fitting // (height * width) * height * width)
    return min(rows, max(2, fitting // width // 2 * 2) * width)


def row_major(shape: Shape) -> list[int]:
    """Strides, in numbers, of a plain array of this shape."""
    strides, step = [], 1
    for size in reversed(shape):
        strides.append(step)
        step *= size
    return strides[::-1]

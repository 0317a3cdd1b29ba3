"""Operations: what a graph is lowered to before it is fused. Each reads and writes storages, and remembers the nodes behind it."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from glassworks.engine.native.ir.faults import planner_fault
from glassworks.engine.native.ir.kernels import Given, Kernel, Kind
from glassworks.engine.native.ir.values import Pattern, Shape, Split, Storage
from glassworks.graph import Node


@dataclass(eq=False)
class KernelCall:
    """A kernel on a space of rows and columns.

    Attributes:
        patterns: How each input lies in the space.
        outputs: Of an elementwise kernel perhaps several, of the same form.
        split: Rows and columns of the space; None where any split of `size` will do.
        part: Of a reduction over rows: how many rows each part has that is reduced by itself; 0 for all rows.
    """

    kernel: Kernel
    inputs: tuple[Storage, ...]
    patterns: tuple[Pattern, ...]
    outputs: tuple[Storage, ...]
    size: int
    split: Split | None
    nodes: tuple[Node, ...]
    part: int = 0

    def __post_init__(self) -> None:
        self.kernel.check_operands(len(self.inputs), len(self.outputs))

    @property
    def output(self) -> Storage:
        """The first output."""
        return self.outputs[0]

    @property
    def is_elementwise(self) -> bool:
        """Whether each element of the outputs depends on the inputs at its position alone."""
        return self.kernel.kind is Kind.ELEMENTWISE

    @property
    def reads(self) -> tuple[Storage, ...]:
        """What it reads."""
        return self.inputs

    @property
    def writes(self) -> tuple[Storage, ...]:
        """What it fills."""
        return self.outputs

    @property
    def label(self) -> str:
        """Its name in plans."""
        return self.kernel.op


class Geometry(NamedTuple):
    """Windows that slide over images; see `Windows` in native/include/glassworks/program.h.

    Attributes:
        source, target, window: Sizes along three axes: of the source, of the positions of windows, and of a window.
        channels: Of the source in each group.
        columns: Channels of the target in all.
        contiguous_taps: Whether neighbouring taps along the last axis see neighbouring elements.
        cells: For each axis a table: the index in the source that each tap at each position sees, -1 for none.
        phase_stride: Positions that are so far apart see through the same taps.
    """

    source: Shape
    target: Shape
    window: Shape
    groups: int
    channels: int
    columns: int
    contiguous_taps: bool
    cells: tuple[np.ndarray, ...]
    phase_stride: Shape = (1, 1, 1)

    @property
    def int_args(self) -> dict[str, int | Sequence[int]]:
        """What the kernels are told, by name."""
        args: dict[str, int | Sequence[int]] = self._asdict()
        del args["cells"]
        return args

    @property
    def index_tables(self) -> Sequence[int]:
        """The tables of all axes, one after the other: millions for long windows over long sequences, so packed."""
        return array("i", np.concatenate([table.reshape(-1) for table in self.cells]).astype(np.int32).tobytes())

    @property
    def taps(self) -> int:
        """How many taps a window has."""
        return math.prod(self.window)


@dataclass(eq=False)
class MatMul:
    """`output[batch, m, n] = a[batch, m, k] b[batch, k, n]`, with strides in elements; a batch stride of 0 repeats.

    Attributes:
        head: A kernel that fills the tile in place of the matrix product, such as "convolution".
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
    head: Kernel | None = None
    geometry: Geometry | None = None

    def __post_init__(self) -> None:
        if self.batch * self.m * self.n != self.output.size:
            found = f"{self.label} with {self.output.size} elements in its result"
            raise planner_fault(found, "all of the result to be computed", "native.lower")

    @property
    def reads(self) -> tuple[Storage, ...]:
        """What it reads."""
        return (self.a, self.b)

    @property
    def writes(self) -> tuple[Storage, ...]:
        """What it fills."""
        return (self.output,)

    @property
    def lines(self) -> tuple[int, int] | None:
        """Lines of an image and their length, of a head whose tiles must not cut lines."""
        if self.geometry is None or self.head is None or self.head.op != "winograd":
            return None
        _, lines, length = self.geometry.target
        return lines, length

    @property
    def label(self) -> str:
        """Its name in plans."""
        sizes = f"{self.m}x{self.n}x{self.k}"
        if self.head is not None:
            return f"{self.head.op} {sizes}"
        return f"matmul {sizes}" + (f" (x{self.batch})" if self.batch > 1 else "")


@dataclass(eq=False)
class OpaqueOp(ABC):
    """Work that is not cut into rows and columns: the base of those below.

    Attributes:
        can_fail: Whether it may end the step: because of its numbers, or because it runs Python. No other operation can.
        work: How much arithmetic it does, roughly, beside moving what it fills.
    """

    reads: tuple[Storage, ...]
    writes: tuple[Storage, ...]
    nodes: tuple[Node, ...]
    can_fail: bool = field(default=False, kw_only=True)
    work: int = field(default=0, kw_only=True)

    @property
    @abstractmethod
    def label(self) -> str:
        """Its name in plans."""


@dataclass(eq=False, kw_only=True)
class StridedCopy(OpaqueOp):
    """A copy of a storage seen with strides: transpose, broadcast, slice."""

    shape: Shape
    strides: list[int]
    offset: int = 0

    @property
    def label(self) -> str:
        return "copy"


@dataclass(eq=False, kw_only=True)
class TableOp(OpaqueOp):
    """A table of `rows`, of which `count` indices name some; `width` elements in a row."""

    rows: int
    count: int
    width: int


@dataclass(eq=False, kw_only=True)
class Gather(TableOp):
    """Rows of a table; reads (table, indices)."""

    @property
    def label(self) -> str:
        return "gather"


@dataclass(eq=False, kw_only=True)
class ScatterAdd(TableOp):
    """Rows added into a table of zeros by the kernel `add`; reads (updates, indices)."""

    add: Kernel

    @property
    def label(self) -> str:
        return "scatter"


@dataclass(eq=False, kw_only=True)
class TaskCall(OpaqueOp):
    """A kernel that cuts its work in its own way.

    Attributes:
        operands: All inputs and outputs in the kernel's order; None for one that is absent.
        ints, floats: Arguments in the kernel's order.
        index_tables: Of windows.
        in_place: A written value and the value in whose memory it may be computed.
    """

    kernel: Kernel
    operands: tuple[Storage | None, ...]
    ints: list[int]
    floats: list[float] = field(default_factory=list)
    index_tables: Sequence[int] = ()
    tiles: int = 1
    workspace_bytes: int = 0
    in_place: dict[Storage, Storage] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return self.kernel.op


@dataclass(eq=False, kw_only=True)
class PythonCall(OpaqueOp):
    """The reference forward of a node that has no kernel; `shapes` are those of its inputs."""

    shapes: tuple[Shape, ...]
    can_fail: bool = True

    @property
    def label(self) -> str:
        return f"{self.nodes[0].primitive.name} (in Python)"


Op = KernelCall | MatMul | OpaqueOp


def task_call(
    kernel: Kernel,
    inputs: Given[Storage | None],
    outputs: Sequence[Storage],
    nodes: tuple[Node, ...],
    ints: Given[int],
    floats: Given[float] | None = None,
    *,
    index_tables: Sequence[int] = (),
    work: int = 0,
    can_fail: bool = False,
    in_place: dict[Storage, Storage] | None = None,
) -> TaskCall:
    """A task with its operands and arguments by name.

    Raises:
        GraphError: A name is missing or unknown, a list has the wrong length, or the kernel cannot do what is asked.
    """
    ordered = kernel.ordered_ints(ints)
    reads = kernel.ordered_inputs(inputs, ints)
    needs = kernel.needs(ordered)
    if len(outputs) != len(kernel.outputs) or not needs.possible:
        raise kernel.fault(f"{len(outputs)} outputs and integers {ints}", f"{len(kernel.outputs)} outputs and sizes that it can hold")
    return TaskCall(
        tuple(storage for storage in reads if storage is not None),
        tuple(outputs),
        nodes,
        can_fail=can_fail,
        kernel=kernel,
        operands=(*reads, *outputs),
        ints=ordered,
        floats=kernel.ordered_floats(floats or {}),
        index_tables=index_tables,
        tiles=needs.tiles,
        workspace_bytes=needs.workspace_bytes,
        work=work,
        in_place=in_place or {},
    )

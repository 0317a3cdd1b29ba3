"""Groups: what one station will do. Operations of one space are fused; the others stand alone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from glassworks.engine.native.ir.ops import KernelCall, MatMul, Op, OpaqueOp
from glassworks.engine.native.ir.order import Ordered
from glassworks.engine.native.ir.values import Form, Split, Storage


class FusedCall(NamedTuple):
    """A kernel call in a group: what it iterates over, and the forms of its inputs and outputs there."""

    call: KernelCall
    extent: Form
    inputs: tuple[Form, ...]
    output: Form


class Tiling(NamedTuple):
    """Rows and columns of a tile, how many tiles there are, and how many rows instructions take at a time."""

    space: Split
    rows: int
    columns: int
    tiles: int
    chunk_rows: int


class Slots(NamedTuple):
    """Scratch memory for what lives only within a tile. Slot 0 is the tile of a matrix product that is not in a buffer.

    Attributes:
        of: The slot of each storage that has one.
        offsets, sizes: Of each slot, in bytes.
        bytes: Of all slots.
        product_stride: From row to row of the tile of a matrix product, in elements; 0 where it has none.
    """

    of: dict[Storage, int]
    offsets: list[int]
    sizes: list[int]
    bytes: int
    product_stride: int


@dataclass(eq=False)
class Group(Ordered, ABC):
    """What one station will do: the base of the two below.

    Attributes:
        index: Which came first.
        tiles: How many pieces its work is cut into.
        cost: Nanoseconds on one thread, roughly.
        parallel: Whether its wave runs on all threads.
    """

    index: int
    tiles: int = field(default=1, kw_only=True)
    cost: float = field(default=0.0, kw_only=True)
    parallel: bool = field(default=False, kw_only=True)

    @property
    @abstractmethod
    def ops(self) -> Sequence[Op]:
        """The operations in order."""

    def makes(self, storage: Storage) -> bool:
        """Whether a storage can stay within the group, as its operations make it tile by tile."""
        return False


@dataclass(eq=False)
class FusedGroup(Group):
    """Operations on one space, run tile by tile.

    Attributes:
        size: Elements in the space (of one of the batch).
        space: Rows and columns; None while any split will do.
        product: What fills the tile first.
        forms: How the values made here lie in the space.
        whole_rows, whole_columns: Whether tiles must not cut rows, or columns.
        part: How many rows a tile must have, since sums over them are taken; 0 if any will do.
    """

    size: int
    space: Split | None
    product: MatMul | None = None
    calls: list[FusedCall] = field(default_factory=list)
    forms: dict[Storage, Form] = field(default_factory=dict)
    whole_rows: bool = False
    whole_columns: bool = False
    part: int = 0
    tiling: Tiling | None = None
    slots: Slots | None = None

    @property
    def ops(self) -> Sequence[Op]:
        """The product, if any, and the kernel calls in order."""
        first: list[Op] = [self.product] if self.product is not None else []
        return first + [fused.call for fused in self.calls]

    def makes(self, storage: Storage) -> bool:
        """Whether a storage can stay within the group."""
        return storage in self.forms


@dataclass(eq=False)
class Standalone(Group):
    """An operation that is not cut into rows and columns."""

    op: OpaqueOp

    @property
    def ops(self) -> Sequence[Op]:
        """The one operation."""
        return [self.op]

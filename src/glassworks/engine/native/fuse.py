"""Operations that share a space become one station: computed tile by tile, with what lies between them in the cache.

Each operation joins the group of something it reads, if the space fits and no third group stands between them; else
it starts a group of its own. A matrix product starts a group, and what follows it becomes its epilogue.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from glassworks.engine.native.lower import Unit
from glassworks.engine.native.operations import COLUMN, FULL, PART, ROW, SCALAR, Operation, Product, Split, Station, Storage

# Above these sizes a station would no longer be cut into enough tiles, or its tiles would not fit a cache.
MOST_IN_ONE_TILE = 1 << 16  # numbers in a space that is not cut at all
MOST_PRODUCT_IN_ONE_TILE = 1 << 17  # multiplications of a product that is not cut at all
MOST_PRODUCT_COLUMNS = 1024
MOST_PRODUCT_ROWS = 512
MOST_ROWS = 1024


class Placed(NamedTuple):
    """An operation in a group: what it iterates over, and the forms of its inputs and output there."""

    operation: Operation
    extent: int
    inputs: tuple[int, ...]
    output: int


@dataclass(eq=False)
class Group:
    """Operations on one space, run tile by tile.

    Attributes:
        size: Numbers in the space (of one of the batch).
        space: Rows and columns; None while any split will do.
        forms: How the values made here lie in the space.
        whole_rows, whole_columns: Whether tiles must not cut rows, or columns.
        part: How many rows a tile must have, since sums over them are taken; 0 if any will do.
        before: The groups this one depends on, as bits by index.
    """

    index: int
    size: int
    space: Split | None
    product: Product | None = None
    placed: list[Placed] = field(default_factory=list)
    forms: dict[Storage, int] = field(default_factory=dict)
    whole_rows: bool = False
    whole_columns: bool = False
    part: int = 0
    before: int = 0

    @property
    def units(self) -> list[Unit]:
        """The product, if any, and the operations in order."""
        first: list[Unit] = [self.product] if self.product is not None else []
        return first + [placed.operation for placed in self.placed]


@dataclass(eq=False)
class Alone:
    """A station that is not cut into rows and columns."""

    index: int
    station: Station
    before: int = 0

    @property
    def units(self) -> list[Unit]:
        """The one station."""
        return [self.station]


def fuse(units: list[Unit]) -> list[Group | Alone]:
    """Groups in no particular order; `before` says what each needs."""
    return _Fusion(units).result()


class _Fusion:
    def __init__(self, units: list[Unit]) -> None:
        self.groups: list[Group | Alone | None] = []
        self.maker: dict[Storage, Group | Alone] = {}
        for unit in units:
            self._place(unit)
        self._gather_scalars()

    def _gather_scalars(self) -> None:
        """One station for single numbers that depend on nothing: counters, learning rates."""
        first: Group | None = None
        for group in self.groups:
            if isinstance(group, Group) and group.size == 1 and group.space is None and not group.before:
                if first is None:
                    first = group
                else:
                    self._merge(group, first)

    def result(self) -> list[Group | Alone]:
        """The groups that are left, numbered anew."""
        left = [group for group in self.groups if group is not None]
        if len(left) < len(self.groups):
            kept, size = [group.index for group in left], -(-len(self.groups) // 8)
            for i, group in enumerate(left):
                bits = np.unpackbits(np.frombuffer(group.before.to_bytes(size, "little"), np.uint8), bitorder="little")
                group.before = int.from_bytes(np.packbits(bits[kept], bitorder="little").tobytes(), "little")
                group.index = i
        return left

    def _place(self, unit: Unit) -> None:
        group: Group | Alone | None = None
        if isinstance(unit, Operation):
            group = self._join(unit)
            if group is not None:
                return
            group = self._start(unit)
        elif isinstance(unit, Product):
            group = Group(len(self.groups), unit.m * unit.n, (unit.m, unit.n), unit, forms={unit.output: FULL})
            self.groups.append(group)
        else:
            group = Alone(len(self.groups), unit)
            self.groups.append(group)
        self._depend(group, unit)

    def _depend(self, group: Group | Alone, unit: Unit) -> None:
        """Record that a group makes what a unit writes, and needs what it reads."""
        self.maker.update(dict.fromkeys(unit.writes, group))
        before = 0
        for storage in unit.reads:
            maker = self.maker.get(storage)
            if maker is not None and maker is not group:
                before |= maker.before | 1 << maker.index
        new = before & ~group.before
        if new:
            group.before |= before
            for other in self.groups:
                if other is not None and other.before >> group.index & 1:
                    other.before |= before

    def _join(self, operation: Operation) -> Group | None:
        makers = [self.maker[storage] for storage in operation.inputs if storage in self.maker]
        for group in sorted({m for m in makers if isinstance(m, Group)}, key=lambda g: -g.index):
            # No other input may come from something that itself needs this group.
            if any(m is not group and m.before >> group.index & 1 for m in makers):
                continue
            if group.product is not None and group.product.batch > 1:
                continue
            placed = _fit(operation, group)
            if placed is not None:
                _accept(group, placed)
                # Before anything is merged: what the operation needs may stand between two groups.
                self._depend(group, operation)
                for maker in makers:
                    if isinstance(maker, Group) and maker is not group and maker in self.groups:
                        self._merge(maker, group)
                return group
        return None

    def _merge(self, other: Group, group: Group) -> None:
        """Let what another group makes be made here, if the space is the same and the union would not depend on itself."""
        if (other.product is not None and group.product is not None) or other.size != group.size:
            return
        if other.space not in (None, group.space) or not other.placed or (other.product is not None and other.product.batch > 1):
            return
        part = other.part or group.part
        whole = other.whole_columns or group.whole_columns
        if not (_part_fits(group, part, whole) and _part_fits(other, part, whole)):
            return
        whole_rows = other.whole_rows or group.whole_rows
        if self._is_cyclic(other, group) or not _forms_agree(other, group):
            return
        if not _fits_tile(group, whole_rows, whole, group.product or other.product):
            return
        first, second = (group, other) if other.before >> group.index & 1 else (other, group)
        group.placed = first.placed + second.placed
        group.product = group.product or other.product
        group.forms.update(other.forms)
        group.whole_rows, group.whole_columns, group.part = whole_rows, whole, part
        group.before = (group.before | other.before) & ~(1 << group.index | 1 << other.index)
        self.groups[other.index] = None
        for storage in other.forms:
            self.maker[storage] = group
        for x in self.groups:
            if x is not None and x is not group:
                if x.before >> other.index & 1:
                    x.before = x.before & ~(1 << other.index) | 1 << group.index
                if x.before >> group.index & 1:
                    x.before |= group.before

    def _is_cyclic(self, a: Group, b: Group) -> bool:
        """Whether the union of two groups would depend on itself: through a third group, or through what its own product reads.

        A product runs before all instructions of its station, so none of them can make its operands.
        """
        for first, then in ((a, b), (b, a)):
            if then.product is not None and any(storage in first.forms for storage in then.product.reads):
                return True
            if any(x is not None and x.before >> first.index & 1 and then.before >> x.index & 1 for x in self.groups):
                return True
        return False

    def _start(self, operation: Operation) -> Group:
        space = operation.split
        group = Group(len(self.groups), operation.size, space)
        placed = _fit(operation, group)
        if placed is None:
            raise AssertionError(f"{operation.kernel} does not fit a space of its own")
        _accept(group, placed)
        self.groups.append(group)
        return group


def _forms_agree(a: Group, b: Group) -> bool:
    """Whether each of two groups reads what the other makes in the form in which it is made."""
    return all(
        maker.forms.get(storage, form) == form
        for maker, reader in ((a, b), (b, a))
        for placed in reader.placed
        for storage, form in zip(placed.operation.inputs, placed.inputs, strict=True)
    )


def _accept(group: Group, placed: Placed) -> None:
    operation = placed.operation
    if placed.extent == FULL and operation.split is not None:
        group.space = operation.split
    rows, columns = _demands(placed)
    group.whole_rows |= rows
    group.whole_columns |= columns
    group.part = group.part or operation.part
    group.forms.update(dict.fromkeys(operation.writes, placed.output))
    group.placed.append(placed)


def _demands(placed: Placed) -> tuple[bool, bool]:
    """Whether an operation needs tiles with whole rows, and with whole columns."""
    kind, output = placed.operation.kind, placed.output
    rows = kind == "rowwise" or output in (ROW, SCALAR)
    columns = output in (COLUMN, SCALAR)
    return rows, columns


def _fit(operation: Operation, group: Group) -> Placed | None:
    """How an operation would lie in a group, or None."""
    for extent in (FULL, ROW, COLUMN, SCALAR):
        placed = _as_extent(operation, group, extent)
        if placed is not None and _allowed(group, placed):
            return placed
    return None


def _as_extent(operation: Operation, group: Group, extent: int) -> Placed | None:
    space = group.space
    if extent == FULL:
        if operation.size != group.size or (operation.split is not None and space is not None and operation.split != space):
            return None
    else:
        sizes = {ROW: space[0], COLUMN: space[1], SCALAR: 1} if space is not None else {SCALAR: 1}
        # Inside a smaller extent there are no rows and columns: only place by place, or reduced to one number.
        reduced = operation.kind == "columns" and operation.split == (1, operation.size)
        if operation.size != sizes.get(extent) or not ((operation.kind == "map" and operation.split is None) or reduced):
            return None
        if not any(group.forms.get(storage) == extent for storage in operation.inputs):
            return None
    inputs = []
    for storage, pattern in zip(operation.inputs, operation.patterns, strict=True):
        form = pattern.form if extent == FULL or pattern.form == SCALAR else extent
        if storage in group.forms and group.forms[storage] != form:
            return None
        inputs.append(form)
    return Placed(operation, extent, tuple(inputs), _output_form(operation, extent))


def _output_form(operation: Operation, extent: int) -> int:
    if operation.kind == "columns":
        return ROW if extent == FULL else SCALAR
    if operation.kind in ("rows", "parts"):
        return COLUMN if operation.kind == "rows" else PART
    return extent


def _allowed(group: Group, placed: Placed) -> bool:
    """Whether the tiles that the group would need are of a sensible size."""
    rows, columns = _demands(placed)
    rows, columns = rows or group.whole_rows, columns or group.whole_columns
    if not _part_fits(group, placed.operation.part or group.part, columns):
        return False
    if not group.placed and group.product is None:
        return True
    space = group.space or placed.operation.split
    return _fits_tile(group, rows, columns, group.product, space)


def _part_fits(group: Group, part: int, whole_columns: bool) -> bool:
    """Whether tiles may have so many rows; 0 if any number will do."""
    if not part:
        return True
    product = group.product
    if product is not None and product.kind == "winograd" and part % product.geometry.target[2]:
        return False  # it needs whole lines
    return group.part in (0, part) and not whole_columns


def _fits_tile(group: Group, rows: bool, columns: bool, product: Product | None, space: Split | None = None) -> bool:
    """Whether tiles with whole rows, or whole columns, are of a sensible size."""
    space = space or group.space or (1, group.size)
    multiplications = product.m * product.n * product.k if product is not None else 0
    if rows and columns and (space[0] * space[1] > MOST_IN_ONE_TILE or multiplications > MOST_PRODUCT_IN_ONE_TILE):
        return False
    if product is not None:
        return not (rows and space[1] > MOST_PRODUCT_COLUMNS) and not (columns and space[0] > MOST_PRODUCT_ROWS)
    return not (columns and space[0] > MOST_ROWS) and not (rows and space[1] > MOST_IN_ONE_TILE)

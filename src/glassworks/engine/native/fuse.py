"""Operations that share a space become one station: computed tile by tile, with what lies between them in the cache.

Each operation joins the group of something it reads, if the space fits and no third group stands between them; else
it starts a group of its own. A matrix product starts a group, and what follows it becomes its epilogue.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from glassworks.engine.native.lower import Unit
from glassworks.engine.native.operations import COLUMN, FULL, PART, ROW, SCALAR, Operation, Product, Split, Station, Storage
from glassworks.engine.native.order import Order, Ordered

# Above these sizes a station would no longer be cut into enough tiles, or its tiles would not fit a cache.
MOST_IN_ONE_TILE = 1 << 16  # numbers in a space that is not cut at all
MOST_PRODUCT_IN_ONE_TILE = 1 << 17  # multiplications of a product that is not cut at all
MOST_PRODUCT_COLUMNS = 1024
MOST_PRODUCT_ROWS = 512
MOST_ROWS = 1024
MOST_LOOKED_AT = 256  # groups, to find out whether two may be united: what is further apart stays apart


class Placed(NamedTuple):
    """An operation in a group: what it iterates over, and the forms of its inputs and output there."""

    operation: Operation
    extent: int
    inputs: tuple[int, ...]
    output: int


@dataclass(eq=False)
class Group(Ordered):
    """Operations on one space, run tile by tile.

    Attributes:
        size: Numbers in the space (of one of the batch).
        space: Rows and columns; None while any split will do.
        forms: How the values made here lie in the space.
        whole_rows, whole_columns: Whether tiles must not cut rows, or columns.
        part: How many rows a tile must have, since sums over them are taken; 0 if any will do.
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

    @property
    def units(self) -> list[Unit]:
        """The product, if any, and the operations in order."""
        first: list[Unit] = [self.product] if self.product is not None else []
        return first + [placed.operation for placed in self.placed]


@dataclass(eq=False)
class Alone(Ordered):
    """A station that is not cut into rows and columns."""

    index: int
    station: Station

    @property
    def units(self) -> list[Unit]:
        """The one station."""
        return [self.station]


def fuse(units: list[Unit]) -> list[Group | Alone]:
    """Groups in no particular order; `needs` says what each needs."""
    return _Fusion(units).result()


class _Fusion:
    def __init__(self, units: list[Unit]) -> None:
        self.groups: dict[Group | Alone, None] = {}
        self.maker: dict[Storage, Group | Alone] = {}
        self.order = Order(MOST_LOOKED_AT)
        for index, unit in enumerate(units):
            self._place(unit, index)
        self._gather_scalars()

    def _gather_scalars(self) -> None:
        """One station for single numbers that depend on nothing: counters, learning rates."""
        first: Group | None = None
        for group in [*self.groups]:
            if isinstance(group, Group) and group.size == 1 and group.space is None and not group.needs:
                if first is None:
                    first = group
                else:
                    self._merge(group, first)

    def result(self) -> list[Group | Alone]:
        """The groups that are left."""
        return list(self.groups)

    def _place(self, unit: Unit, index: int) -> None:
        group: Group | Alone
        if isinstance(unit, Operation):
            if self._join(unit):
                return
            group = self._start(unit, index)
        elif isinstance(unit, Product):
            group = Group(index, unit.m * unit.n, (unit.m, unit.n), unit, forms={unit.output: FULL})
        else:
            group = Alone(index, unit)
        self.groups[group] = None
        self.order.append(group, self._makers(unit))
        self.maker.update(dict.fromkeys(unit.writes, group))

    def _makers(self, unit: Unit) -> dict[Group | Alone, None]:
        """The groups that make what a unit reads."""
        return dict.fromkeys(self.maker[storage] for storage in unit.reads if storage in self.maker)

    def _join(self, operation: Operation) -> bool:
        """Let an operation be done by a group that makes one of its inputs, if no other input needs that group."""
        makers = self._makers(operation)
        for group in sorted((m for m in makers if isinstance(m, Group)), key=lambda g: -g.index):
            if group.product is not None and group.product.batch > 1:
                continue
            placed = _fit(operation, group)
            if placed is None or not self.order.let_need(group, makers):
                continue
            _accept(group, placed)
            self.maker.update(dict.fromkeys(operation.writes, group))
            for maker in makers:
                if isinstance(maker, Group) and maker is not group:
                    self._merge(maker, group)
            return True
        return False

    def _merge(self, other: Group, group: Group) -> None:
        """Let what another group makes be made here, if the space is the same and the union would not depend on itself."""
        if (other.product is not None and group.product is not None) or other.size != group.size:
            return
        if other.space not in (None, group.space) or not other.placed or (other.product is not None and other.product.batch > 1):
            return
        part, whole_rows = other.part or group.part, other.whole_rows or group.whole_rows
        whole = other.whole_columns or group.whole_columns
        if not (_part_fits(group, part, whole) and _part_fits(other, part, whole)):
            return
        if not _fits_tile(group, whole_rows, whole, group.product or other.product):
            return
        if not _forms_agree(other, group) or _makes_operand(other, group) or _makes_operand(group, other):
            return
        first, second = (group, other) if group in other.needs else (other, group)
        if not self.order.unite(group, other):
            return
        group.placed = first.placed + second.placed
        group.product = group.product or other.product
        group.forms.update(other.forms)
        group.whole_rows, group.whole_columns, group.part = whole_rows, whole, part
        del self.groups[other]
        self.maker.update(dict.fromkeys(other.forms, group))

    def _start(self, operation: Operation, index: int) -> Group:
        group = Group(index, operation.size, operation.split)
        placed = _fit(operation, group)
        if placed is None:
            raise AssertionError(f"{operation.kernel} does not fit a space of its own")
        _accept(group, placed)
        return group


def _makes_operand(group: Group, other: Group) -> bool:
    """Whether a group makes what another's product reads: a product runs before all instructions of its station."""
    return other.product is not None and any(storage in group.forms for storage in other.product.reads)


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

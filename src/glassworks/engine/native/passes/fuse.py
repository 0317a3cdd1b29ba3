"""Operations that share a space become one station: computed tile by tile, with what lies between them in the cache.

Each operation joins the group of something it reads, if the space fits and no third group stands between them; else
it starts a group of its own. A matrix product starts a group, and what follows it becomes its epilogue.
"""

from __future__ import annotations

from dataclasses import replace

from glassworks.engine.native.ir.groups import FusedCall, FusedGroup, Group, Standalone
from glassworks.engine.native.ir.kernels import Kind
from glassworks.engine.native.ir.ops import KernelCall, MatMul, Op
from glassworks.engine.native.ir.order import Order
from glassworks.engine.native.ir.plan import Plan
from glassworks.engine.native.ir.values import Form, Split, Storage

# Above these sizes a station would no longer be cut into enough tiles, or its tiles would not fit a cache.
MOST_IN_ONE_TILE = 1 << 16  # elements in a space that is not cut at all
MOST_PRODUCT_IN_ONE_TILE = 1 << 17  # multiplications of a product that is not cut at all
MOST_PRODUCT_COLUMNS = 1024
MOST_PRODUCT_ROWS = 512
MOST_ROWS = 1024
MOST_LOOKED_AT = 256  # groups, to find out whether two may be united: what is further apart stays apart


def fuse(plan: Plan) -> Plan:
    """Groups in no particular order; `needs` says what each needs."""
    return replace(plan, groups=_Fusion(plan.ops).result(), stage="fused")


class _Fusion:
    def __init__(self, ops: list[Op]) -> None:
        self.groups: dict[Group, None] = {}
        self.maker: dict[Storage, Group] = {}
        self.order = Order(MOST_LOOKED_AT)
        for index, op in enumerate(ops):
            self._place(op, index)
        self._gather_scalars()

    def _gather_scalars(self) -> None:
        """One station for single elements that depend on nothing: counters, learning rates."""
        first: FusedGroup | None = None
        for group in [*self.groups]:
            if isinstance(group, FusedGroup) and group.size == 1 and group.space is None and not group.needs:
                if first is None:
                    first = group
                else:
                    self._merge(group, first)

    def result(self) -> list[Group]:
        """The groups that are left."""
        return list(self.groups)

    def _place(self, op: Op, index: int) -> None:
        group: Group
        if isinstance(op, KernelCall):
            if self._join(op):
                return
            group = self._start(op, index)
        elif isinstance(op, MatMul):
            group = FusedGroup(index, op.m * op.n, (op.m, op.n), op, forms={op.output: Form.FULL})
        else:
            group = Standalone(index, op)
        self.groups[group] = None
        self.order.append(group, self._makers(op))
        self.maker.update(dict.fromkeys(op.writes, group))

    def _makers(self, op: Op) -> dict[Group, None]:
        """The groups that make what a op reads."""
        return dict.fromkeys(self.maker[storage] for storage in op.reads if storage in self.maker)

    def _join(self, call: KernelCall) -> bool:
        """Let an operation be done by a group that makes one of its inputs, if no other input needs that group."""
        makers = self._makers(call)
        for group in sorted((m for m in makers if isinstance(m, FusedGroup)), key=lambda g: -g.index):
            if group.product is not None and group.product.batch > 1:
                continue
            fused = _fit(call, group)
            if fused is None or not self.order.let_need(group, makers):
                continue
            _accept(group, fused)
            self.maker.update(dict.fromkeys(call.writes, group))
            for maker in makers:
                if isinstance(maker, FusedGroup) and maker is not group:
                    self._merge(maker, group)
            return True
        return False

    def _merge(self, other: FusedGroup, group: FusedGroup) -> None:
        """Let what another group makes be made here, if the space is the same and the union would not depend on itself."""
        if (other.product is not None and group.product is not None) or other.size != group.size:
            return
        if other.space not in (None, group.space) or not other.calls or (other.product is not None and other.product.batch > 1):
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
        group.calls = first.calls + second.calls
        group.product = group.product or other.product
        group.forms.update(other.forms)
        group.whole_rows, group.whole_columns, group.part = whole_rows, whole, part
        del self.groups[other]
        self.maker.update(dict.fromkeys(other.forms, group))

    def _start(self, call: KernelCall, index: int) -> FusedGroup:
        group = FusedGroup(index, call.size, call.split)
        fused = _fit(call, group)
        if fused is None:
            raise AssertionError(f"{call.label} does not fit a space of its own")
        _accept(group, fused)
        return group


def _makes_operand(group: FusedGroup, other: FusedGroup) -> bool:
    """Whether a group makes what another's product reads: a product runs before all instructions of its station."""
    return other.product is not None and any(storage in group.forms for storage in other.product.reads)


def _forms_agree(a: FusedGroup, b: FusedGroup) -> bool:
    """Whether each of two groups reads what the other makes in the form in which it is made."""
    return all(
        maker.forms.get(storage, form) == form
        for maker, reader in ((a, b), (b, a))
        for fused in reader.calls
        for storage, form in zip(fused.call.inputs, fused.inputs, strict=True)
    )


def _accept(group: FusedGroup, fused: FusedCall) -> None:
    call = fused.call
    if fused.extent is Form.FULL and call.split is not None:
        group.space = call.split
    rows, columns = _demands(fused)
    group.whole_rows |= rows
    group.whole_columns |= columns
    group.part = group.part or call.part
    group.forms.update(dict.fromkeys(call.writes, fused.output))
    group.calls.append(fused)


def _demands(fused: FusedCall) -> tuple[bool, bool]:
    """Whether an operation needs tiles with whole rows, and with whole columns."""
    output = fused.output
    rows = fused.call.kernel.kind is Kind.ROWWISE or output in (Form.ROW, Form.SCALAR)
    columns = output in (Form.COLUMN, Form.SCALAR)
    return rows, columns


def _fit(call: KernelCall, group: FusedGroup) -> FusedCall | None:
    """How an operation would lie in a group, or None."""
    for extent in (Form.FULL, Form.ROW, Form.COLUMN, Form.SCALAR):
        fused = _as_extent(call, group, extent)
        if fused is not None and _allowed(group, fused):
            return fused
    return None


def _as_extent(call: KernelCall, group: FusedGroup, extent: Form) -> FusedCall | None:
    space = group.space
    if extent is Form.FULL:
        if call.size != group.size or (call.split is not None and space is not None and call.split != space):
            return None
    else:
        sizes = {Form.ROW: space[0], Form.COLUMN: space[1], Form.SCALAR: 1} if space is not None else {Form.SCALAR: 1}
        # Inside a smaller extent there are no rows and columns: only elementwise, or reduced to one number.
        reduced = call.kernel.kind is Kind.REDUCE_COLUMNS and call.split == (1, call.size)
        if call.size != sizes.get(extent) or not ((call.is_elementwise and call.split is None) or reduced):
            return None
        if not any(group.forms.get(storage) is extent for storage in call.inputs):
            return None
    inputs = []
    for storage, pattern in zip(call.inputs, call.patterns, strict=True):
        form = pattern.form if extent is Form.FULL or pattern.form is Form.SCALAR else extent
        if storage in group.forms and group.forms[storage] != form:
            return None
        inputs.append(form)
    return FusedCall(call, extent, tuple(inputs), _output_form(call, extent))


def _output_form(call: KernelCall, extent: Form) -> Form:
    if call.kernel.kind is Kind.REDUCE_COLUMNS:
        return Form.ROW if extent is Form.FULL else Form.SCALAR
    if call.kernel.kind is Kind.REDUCE_ROWS:
        return Form.PART if call.part else Form.COLUMN
    return extent


def _allowed(group: FusedGroup, fused: FusedCall) -> bool:
    """Whether the tiles that the group would need are of a sensible size."""
    rows, columns = _demands(fused)
    rows, columns = rows or group.whole_rows, columns or group.whole_columns
    if not _part_fits(group, fused.call.part or group.part, columns):
        return False
    if not group.calls and group.product is None:
        return True
    space = group.space or fused.call.split
    return _fits_tile(group, rows, columns, group.product, space)


def _part_fits(group: FusedGroup, part: int, whole_columns: bool) -> bool:
    """Whether tiles may have the given number of rows; 0 stands for any number."""
    if not part:
        return True
    lines = group.product.lines if group.product is not None else None
    if lines is not None and part % lines[1]:
        return False
    return group.part in (0, part) and not whole_columns


def _fits_tile(group: FusedGroup, rows: bool, columns: bool, product: MatMul | None, space: Split | None = None) -> bool:
    """Whether tiles with whole rows, or whole columns, are of a sensible size."""
    space = space or group.space or (1, group.size)
    multiplications = product.m * product.n * product.k if product is not None else 0
    if rows and columns and (space[0] * space[1] > MOST_IN_ONE_TILE or multiplications > MOST_PRODUCT_IN_ONE_TILE):
        return False
    if product is not None:
        return not (rows and space[1] > MOST_PRODUCT_COLUMNS) and not (columns and space[0] > MOST_PRODUCT_ROWS)
    return not (columns and space[0] > MOST_ROWS) and not (rows and space[1] > MOST_IN_ONE_TILE)

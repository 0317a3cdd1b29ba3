"""A plan as text that a person can read, at any stage: operations, then groups, then waves, then where values lie."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from glassworks.engine.native.ir.groups import FusedGroup, Group
from glassworks.engine.native.ir.ops import KernelCall, Op
from glassworks.engine.native.ir.values import Storage

if TYPE_CHECKING:
    from glassworks.engine.native.ir.plan import Plan


def to_text(plan: Plan) -> str:
    """The plan, line by line; `print(plan)` shows it.

    Values in between are numbered `%0, %1, ...`; inputs and variables stand by their names, constants by their value or size.
    """
    names = _names(plan)
    lines = [f"plan, {plan.stage}: {_count(plan)}"]
    if plan.waves:
        for number, wave in enumerate(plan.waves):
            lines.append(f"wave {number}")
            for group in wave:
                lines += [f"  {line}" for line in _group_lines(group, plan, names)]
    elif plan.groups:
        for group in plan.groups:
            lines += _group_lines(group, plan, names)
    else:
        lines += [_op_line(op, names) for op in plan.ops]
    lines += [f"{variable.path} <- {_name(storage, names)}" for variable, storage in plan.writes.items()]
    outputs = ", ".join(_name(one, names) if isinstance(one, Storage) else repr(one) for one in plan.outputs)
    return "\n".join([*lines, f"return {outputs}"])


def _count(plan: Plan) -> str:
    if plan.waves:
        arena = f", {plan.arena_bytes} B of arena" if plan.stage == "placed" else ""
        return f"{len(plan.stations)} stations in {len(plan.waves)} waves{arena}"
    return f"{len(plan.groups)} groups" if plan.groups else f"{len(plan.ops)} operations"


def _names(plan: Plan) -> dict[Storage, str]:
    names = {storage: storage.name or f"input{i}" for i, storage in enumerate(plan.inputs)}
    names.update({storage: variable.path for variable, storage in plan.reads.items()})
    ops = plan.ops if not plan.groups else [op for group in plan.stations or plan.groups for op in group.ops]
    number = 0
    for op in ops:
        for storage in op.writes:
            if storage.variable is not None:
                names[storage] = storage.variable.path
            elif storage not in names:
                names[storage], number = f"%{number}", number + 1
    return names


def _group_lines(group: Group, plan: Plan, names: dict[Storage, str]) -> Iterator[str]:
    head = "group"
    if isinstance(group, FusedGroup):
        rows, columns = group.space or (1, group.size)
        head += f" [{rows} x {columns}]"
        if group.tiling is not None:
            head += f" in {group.tiles} tiles of {group.tiling.rows} x {group.tiling.columns}"
    elif group.tiles > 1:
        head += f" in {group.tiles} tiles"
    yield head + (", on all threads" if group.parallel else "")
    for op in group.ops:
        where = [f"{_name(s, names)} {place}" for s in op.writes if (place := _place(s, group, plan))]
        yield f"  {_op_line(op, names)}" + (f"  # {', '.join(where)}" if where else "")


def _place(storage: Storage, group: Group, plan: Plan) -> str:
    variable = plan.in_place_variables.get(storage)
    if variable is not None:
        return f"in place of {variable.path}"
    if plan.stage != "placed" or storage.variable is not None:
        return ""
    if storage in plan.offsets:
        return f"at arena +{plan.offsets[storage]}"
    if isinstance(group, FusedGroup) and group.slots is not None and storage in group.slots.of:
        return f"in slot {group.slots.of[storage]}"
    return "is an output"


def _op_line(op: Op, names: dict[Storage, str]) -> str:
    results = ", ".join(f"{_name(storage, names)}: {storage.dtype}[{storage.size}]" for storage in op.writes)
    operands = ", ".join(_name(storage, names) for storage in op.reads)
    name = op.kernel.name if isinstance(op, KernelCall) else op.label
    forms = _forms(op) if isinstance(op, KernelCall) else ""
    return f"{results} = {name}({operands}){forms}"


def _forms(call: KernelCall) -> str:
    forms = [pattern.form.value for pattern in call.patterns]
    return "" if set(forms) == {"full"} else f" [{', '.join(forms)}]"


def _name(storage: Storage, names: dict[Storage, str]) -> str:
    if storage in names:
        return names[storage]
    if storage.array is not None and storage.size == 1:
        return repr(storage.array.reshape(-1)[0].item())
    return storage.name or f"const {storage.dtype}[{storage.size}]"

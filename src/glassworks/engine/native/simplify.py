"""Chains of operations that one kernel does in a single pass: moving averages, Adam, an activation with its derivative.

Each rule replaces the last operation of a chain and leaves out the others. So nobody else may read what lies between
(`_maker` counts the readers), and a value that the new kernel makes besides must have no reader that runs before it. All operations
of a chain are elementwise, of one dtype and on the same numbers: inputs are full, except for the scalars that are named.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from glassworks.engine.native.lower import Lowering, Unit
from glassworks.engine.native.operations import FULL, SCALAR, Operation, Station, Storage

NUMBERS_IN_TABLE_TILE = 1 << 17  # of a table that Adam updates, some rows at a time


def simplify(lowering: Lowering) -> list[Unit]:
    """The units of a lowering, with known chains replaced and unused operations left out."""
    results = [s for s in (*lowering.outputs, *lowering.writes.values()) if isinstance(s, Storage)]
    uses: Counter[Storage] = Counter(results)
    for unit in lowering.units:
        uses.update(unit.reads)
    makers = {unit.output: unit for unit in lowering.units if isinstance(unit, Operation)}
    for unit in lowering.units:
        if isinstance(unit, Operation):
            _moving_average(unit, makers, uses)
            _adam(unit, makers, uses, results)
            _descent(unit, makers, uses)
    _pair_slopes(lowering.units)
    units = _needed(lowering.units, results)
    return _scatter_in_adam(units, results)


def _scatter_in_adam(units: list[Unit], results: list[Storage]) -> list[Unit]:
    """A gradient of a few rows of a table is added up by Adam itself, row by row: it is never in memory."""
    readers: Counter[Storage] = Counter(results)
    for unit in units:
        readers.update(unit.reads)
    scatters = {unit.writes[0]: unit for unit in units if isinstance(unit, Station) and unit.kind == "scatter"}
    joined: dict[Unit, Station] = {}
    for unit in units:
        if not isinstance(unit, Operation) or unit.kernel.split(".")[0] != "adam":
            continue
        variable, gradient, momentum, velocity, *scalars = unit.inputs
        scatter = scatters.get(gradient)
        if scatter is None or readers[gradient] != 1 or scatter.can_fail:
            continue
        updates, indices = scatter.reads
        rows, width, count = (scatter.details[name] for name in ("rows", "width", "count"))
        tiles = max(1, min(rows, rows * width // NUMBERS_IN_TABLE_TILE))
        details = {
            "kernel": f"scatter_adam.{unit.output.dtype}",
            "numbers": [rows, width, count, indices.item, tiles],
            "tiles": tiles,
            "operations": 20 * rows * width,
            "in_place": dict(zip(unit.writes, (variable, momentum, velocity), strict=True)),
        }
        reads = (updates, indices, variable, momentum, velocity, *scalars)
        joined[unit] = Station("task", reads, unit.writes, scatter.nodes + unit.nodes, details)
    left_out = {scatters[unit.inputs[1]] for unit in joined if isinstance(unit, Operation)}
    return [joined.get(unit, unit) for unit in units if unit not in left_out]


def _needed(units: list[Unit], results: list[Storage]) -> list[Unit]:
    needed, kept = set(results), []
    for unit in reversed(units):
        if needed.intersection(unit.writes):
            needed.update(unit.reads)
            kept.append(unit)
    return kept[::-1]


def _maker(name: str, storage: Storage, makers: dict[Storage, Operation], uses: Counter[Storage], wanted: int = 1) -> Operation | None:
    """The elementwise operation `name` that makes a storage which is used so often."""
    operation = makers.get(storage)
    if operation is None or uses[storage] != wanted or operation.kind != "map" or operation.kernel.split(".")[0] != name:
        return None
    return operation


def _forms(operation: Operation) -> list[int]:
    return [p.form for p in operation.patterns]


def _replace(operation: Operation, name: str, inputs: list[tuple[Storage, int]], *others: Operation) -> None:
    """Turn an operation into another kernel that does the work of others, too."""
    known: dict[int, Any] = {p.form: p for one in (operation, *others) for p in one.patterns}
    operation.kernel = f"{name}.{operation.output.dtype}"
    operation.inputs = tuple(storage for storage, _ in inputs)
    operation.patterns = tuple(known[form] for _, form in inputs)
    operation.nodes = tuple(node for one in (*others, operation) for node in one.nodes)


def _pair_slopes(units: list[Unit]) -> None:
    """gelu and its derivative of the same numbers share their exponential; whichever comes first makes both, as its readers follow it."""
    first: dict[tuple[str, Storage], Operation] = {}
    for unit in units:
        name = unit.kernel.split(".")[0] if isinstance(unit, Operation) else ""
        # The kernel of both reads one number for each that it writes: broadcast operands keep kernels of their own.
        if not isinstance(unit, Operation) or name not in ("gelu", "gelu_slope") or _forms(unit) != [FULL]:
            continue
        (source,) = unit.inputs
        earlier = first.pop(("gelu_slope" if name == "gelu" else "gelu", source), None)
        if earlier is None or earlier.patterns != unit.patterns or earlier.size != unit.size:
            first[name, source] = unit
            continue
        gelu, slope = (unit, earlier) if name == "gelu" else (earlier, unit)
        value, derivative = gelu.output, slope.output
        earlier.kernel = f"gelu_and_slope.{value.dtype}"
        earlier.output, earlier.more_outputs = value, (derivative,)
        earlier.nodes = gelu.nodes + slope.nodes
        # Nobody asks the later operation for anything any more, so it is left out.
        unit.output = Storage(unit.size, value.dtype)


def _moving_average(add: Operation, makers: dict[Storage, Operation], uses: Counter[Storage]) -> None:
    """`x + (y - x) * c` becomes lerp(x, y, c)."""
    if add.kernel not in ("add.float32", "add.float64") or _forms(add) != [FULL, FULL]:
        return
    x, product = add.inputs
    multiply = _maker("multiply", product, makers, uses)
    if multiply is None or _forms(multiply) != [FULL, SCALAR]:
        return
    subtract = _maker("subtract", multiply.inputs[0], makers, uses)
    if subtract is None or _forms(subtract) != [FULL, FULL] or subtract.inputs[1] is not x:
        return
    _replace(add, "lerp", [(x, FULL), (subtract.inputs[0], FULL), (multiply.inputs[1], SCALAR)], subtract, multiply)


def _adam(subtract: Operation, makers: dict[Storage, Operation], uses: Counter[Storage], results: list[Storage]) -> None:
    """`variable - momentum * factor / (sqrt(velocity) + epsilon)` and the two moving averages become one pass.

    Both averages are read here and kept for the next step. A third reader, or one in place of the next step, might run
    before the variable's new value is made, or be needed to make it.
    """
    if subtract.kernel not in ("subtract.float32", "subtract.float64") or _forms(subtract) != [FULL, FULL]:
        return
    divide = _maker("divide", subtract.inputs[1], makers, uses)
    if divide is None or _forms(divide) != [FULL, FULL]:
        return
    multiply, add = (_maker(name, s, makers, uses) for name, s in zip(("multiply", "add"), divide.inputs, strict=True))
    if multiply is None or add is None or _forms(multiply) != [FULL, SCALAR] or _forms(add) != [FULL, SCALAR]:
        return
    root = _maker("sqrt", add.inputs[0], makers, uses)
    if root is None:
        return
    momentum, velocity = (_maker("lerp", s, makers, uses, 2) for s in (multiply.inputs[0], root.inputs[0]))
    square = _maker("square", velocity.inputs[1], makers, uses) if velocity is not None else None
    if momentum is None or velocity is None or square is None or square.inputs[0] is not momentum.inputs[1]:
        return
    if momentum is velocity or any(all(one.output is not kept for kept in results) for one in (momentum, velocity)):
        return
    inputs = [
        (subtract.inputs[0], FULL),
        (momentum.inputs[1], FULL),
        (momentum.inputs[0], FULL),
        (velocity.inputs[0], FULL),
        *((s, SCALAR) for s in (momentum.inputs[2], velocity.inputs[2], multiply.inputs[1], add.inputs[1])),
    ]
    _replace(subtract, "adam", inputs, momentum, square, velocity, multiply, root, add, divide)
    subtract.more_outputs = (momentum.output, velocity.output)
    for average in (momentum, velocity):
        # Nobody asks the old operations for anything any more, so they are left out.
        average.output = Storage(average.output.size, average.output.dtype)


def _descent(subtract: Operation, makers: dict[Storage, Operation], uses: Counter[Storage]) -> None:
    """`variable - gradient * learning_rate` becomes one pass."""
    if subtract.kernel not in ("subtract.float32", "subtract.float64") or _forms(subtract) != [FULL, FULL]:
        return
    multiply = _maker("multiply", subtract.inputs[1], makers, uses)
    if multiply is None or _forms(multiply) != [FULL, SCALAR]:
        return
    inputs = [(multiply.inputs[0], FULL), (multiply.inputs[1], SCALAR), (subtract.inputs[0], FULL)]
    _replace(subtract, "multiply_subtract_from", inputs, multiply)

"""Chains of operations that one kernel does in a single pass: moving averages, Adam, an activation with its derivative.

Each rule replaces the last operation of a chain and leaves out the others. So nobody else may read what lies between
(`_Calls.maker` counts the readers), and a value that the new kernel makes besides must have no reader that runs before it. All operations
of a chain are elementwise, of one dtype and on the same elements: inputs are full, except for the scalars that are named.
"""

from __future__ import annotations

from collections import Counter
from copy import copy
from dataclasses import replace

from glassworks.engine.native.ir.ops import KernelCall, Op, ScatterAdd, TaskCall, task_call
from glassworks.engine.native.ir.plan import Plan
from glassworks.engine.native.ir.target import Target
from glassworks.engine.native.ir.values import Form, Pattern, Storage

FULL, SCALAR = Form.FULL, Form.SCALAR
ELEMENTS_IN_TABLE_TILE = 1 << 17  # of a table that Adam updates, some rows at a time
FLOATS = ("float32", "float64")


def simplify(plan: Plan) -> Plan:
    """Known chains replaced, and unused operations left out."""
    ops = [copy(op) if isinstance(op, KernelCall) else op for op in plan.ops]  # the rules change calls
    calls = _Calls(ops, plan.results, plan.target)
    for op in ops:
        if isinstance(op, KernelCall):
            _moving_average(op, calls)
            _adam(op, calls)
            _descent(op, calls)
    _pair_slopes(ops, plan.target)
    ops = _scatter_in_adam(_needed(ops, plan.results), plan.results, plan.target)
    return replace(plan, ops=ops, stage="simplified")


class _Calls:
    """Who makes and who reads what."""

    def __init__(self, ops: list[Op], results: list[Storage], target: Target) -> None:
        self.results, self.target = set(results), target
        self.uses: Counter[Storage] = Counter(results)
        for op in ops:
            self.uses.update(op.reads)
        self.makers = {op.output: op for op in ops if isinstance(op, KernelCall)}

    def maker(self, op: str, storage: Storage, uses: int = 1) -> KernelCall | None:
        """The elementwise call of `op` that makes a storage which is used so often."""
        call = self.makers.get(storage)
        if call is None or self.uses[storage] != uses or not call.is_elementwise or call.kernel.op != op:
            return None
        return call

    def become(self, call: KernelCall, op: str, inputs: list[tuple[Storage, Form]], *others: KernelCall) -> None:
        """Turn a call into one of another kernel that does the work of others, too."""
        known: dict[Form, Pattern] = {p.form: p for one in (call, *others) for p in one.patterns}
        call.kernel = self.target.kernel(op, call.output.dtype)
        call.inputs = tuple(storage for storage, _ in inputs)
        call.patterns = tuple(known[form] for _, form in inputs)
        call.nodes = tuple(node for one in (*others, call) for node in one.nodes)


def _forms(call: KernelCall) -> list[Form]:
    return [p.form for p in call.patterns]


def _is(call: KernelCall, op: str, *forms: Form) -> bool:
    """Whether a call is of this op on floats, with inputs of these forms."""
    return call.kernel.op == op and call.output.dtype in FLOATS and _forms(call) == list(forms)


def _moving_average(add: KernelCall, calls: _Calls) -> None:
    """`x + (y - x) * c` becomes lerp(x, y, c)."""
    if not _is(add, "add", FULL, FULL):
        return
    x, product = add.inputs
    multiply = calls.maker("multiply", product)
    if multiply is None or _forms(multiply) != [FULL, SCALAR]:
        return
    subtract = calls.maker("subtract", multiply.inputs[0])
    if subtract is None or _forms(subtract) != [FULL, FULL] or subtract.inputs[1] is not x:
        return
    calls.become(add, "lerp", [(x, FULL), (subtract.inputs[0], FULL), (multiply.inputs[1], SCALAR)], subtract, multiply)


def _adam(subtract: KernelCall, calls: _Calls) -> None:
    """`variable - momentum * factor / (sqrt(velocity) + epsilon)` and the two moving averages become one pass.

    Both averages are read here and kept for the next step. A third reader, or one in place of the next step, might run
    before the variable's new value is made, or be needed to make it.
    """
    if not _is(subtract, "subtract", FULL, FULL):
        return
    divide = calls.maker("divide", subtract.inputs[1])
    if divide is None or _forms(divide) != [FULL, FULL]:
        return
    multiply, add = (calls.maker(op, s) for op, s in zip(("multiply", "add"), divide.inputs, strict=True))
    if multiply is None or add is None or _forms(multiply) != [FULL, SCALAR] or _forms(add) != [FULL, SCALAR]:
        return
    root = calls.maker("sqrt", add.inputs[0])
    if root is None:
        return
    momentum, velocity = (calls.maker("lerp", s, 2) for s in (multiply.inputs[0], root.inputs[0]))
    square = calls.maker("square", velocity.inputs[1]) if velocity is not None else None
    if momentum is None or velocity is None or square is None or square.inputs[0] is not momentum.inputs[1]:
        return
    if momentum is velocity or any(one.output not in calls.results for one in (momentum, velocity)):
        return
    inputs = [
        (subtract.inputs[0], FULL),
        (momentum.inputs[1], FULL),
        (momentum.inputs[0], FULL),
        (velocity.inputs[0], FULL),
        *((s, SCALAR) for s in (momentum.inputs[2], velocity.inputs[2], multiply.inputs[1], add.inputs[1])),
    ]
    calls.become(subtract, "adam", inputs, momentum, square, velocity, multiply, root, add, divide)
    subtract.outputs = (subtract.output, momentum.output, velocity.output)
    _retire(momentum, velocity)


def _retire(*calls: KernelCall) -> None:
    """Let calls make what nobody asks for, so that they are left out."""
    for call in calls:
        call.outputs = (Storage(call.output.size, call.output.dtype),)


def _descent(subtract: KernelCall, calls: _Calls) -> None:
    """`variable - gradient * learning_rate` becomes one pass."""
    if not _is(subtract, "subtract", FULL, FULL):
        return
    multiply = calls.maker("multiply", subtract.inputs[1])
    if multiply is None or _forms(multiply) != [FULL, SCALAR]:
        return
    inputs = [(multiply.inputs[0], FULL), (multiply.inputs[1], SCALAR), (subtract.inputs[0], FULL)]
    calls.become(subtract, "multiply_subtract_from", inputs, multiply)


def _pair_slopes(ops: list[Op], target: Target) -> None:
    """gelu and its derivative of the same elements share their exponential; whichever comes first makes both, as its readers follow it."""
    first: dict[tuple[str, Storage], KernelCall] = {}
    for call in ops:
        # The kernel of both reads one element for each that it writes: broadcast operands keep kernels of their own.
        if not isinstance(call, KernelCall) or call.kernel.op not in ("gelu", "gelu_slope") or _forms(call) != [FULL]:
            continue
        op, (source,) = call.kernel.op, call.inputs
        earlier = first.pop(("gelu_slope" if op == "gelu" else "gelu", source), None)
        if earlier is None or earlier.patterns != call.patterns or earlier.size != call.size:
            first[op, source] = call
            continue
        gelu, slope = (call, earlier) if op == "gelu" else (earlier, call)
        value, derivative = gelu.output, slope.output
        earlier.kernel = target.kernel("gelu_and_slope", value.dtype)
        earlier.outputs = (value, derivative)
        earlier.nodes = gelu.nodes + slope.nodes
        _retire(call)


def _needed(ops: list[Op], results: list[Storage]) -> list[Op]:
    needed, kept = set(results), []
    for op in reversed(ops):
        if needed.intersection(op.writes):
            needed.update(op.reads)
            kept.append(op)
    return kept[::-1]


def _scatter_in_adam(ops: list[Op], results: list[Storage], target: Target) -> list[Op]:
    """A gradient of a few rows of a table is added up by Adam itself, row by row: it is never in memory."""
    readers: Counter[Storage] = Counter(results)
    for op in ops:
        readers.update(op.reads)
    scatters = {op.writes[0]: op for op in ops if isinstance(op, ScatterAdd)}
    joined: dict[Op, Op] = {}
    left_out: set[Op] = set()
    for op in ops:
        if isinstance(op, KernelCall) and op.kernel.op == "adam":
            gradient = op.inputs[1]
            scatter = scatters.get(gradient)
            if scatter is not None and readers[gradient] == 1 and not scatter.can_fail:
                joined[op] = _adam_of_rows(op, scatter, target)
                left_out.add(scatter)
    return [joined.get(op, op) for op in ops if op not in left_out]


def _adam_of_rows(adam: KernelCall, scatter: ScatterAdd, target: Target) -> TaskCall:
    kernel = target.kernel("scatter_adam", adam.output.dtype)
    updates, indices = scatter.reads
    rows, width = scatter.rows, scatter.width
    tiles = max(1, min(rows, rows * width // ELEMENTS_IN_TABLE_TILE))
    operands = {argument.name: storage for argument, storage in zip(adam.kernel.inputs, adam.inputs, strict=True)}
    del operands["gradient"]
    return task_call(
        kernel,
        {"updates": updates, "indices": indices, **operands},
        adam.writes,
        scatter.nodes + adam.nodes,
        {"rows": rows, "columns": width, "count": scatter.count, "index_item": indices.item, "tiles": tiles},
        work=20 * rows * width,
        in_place=dict(zip(adam.writes, (operands[name] for name in ("variable", "momentum", "velocity")), strict=True)),
    )

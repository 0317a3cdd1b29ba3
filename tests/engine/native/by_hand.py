"""Plans made by hand, a few operations each, for tests of single passes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glassworks.engine.native.codegen.target import current_target
from glassworks.engine.native.ir.groups import FusedGroup, Group
from glassworks.engine.native.ir.ops import KernelCall, MatMul, Op, StridedCopy
from glassworks.engine.native.ir.plan import Plan
from glassworks.engine.native.ir.values import Form, Pattern, Split, Storage
from glassworks.graph import Variable
from tests.engine.native.helpers import kernel

ROWS, COLUMNS = 6, 4
SPACE = (ROWS, COLUMNS)
SIZES = {Form.FULL: ROWS * COLUMNS, Form.ROW: ROWS, Form.COLUMN: COLUMNS, Form.SCALAR: 1}


def value(name: str, size: int = ROWS * COLUMNS, role: str = "temporary", dtype: str = "float32") -> Storage:
    return Storage(size, dtype, role, name)


def constant(number: float) -> Storage:
    return Storage(1, "float32", "constant", array=np.full((1,), number, "float32"))


def call(op: str, inputs: Sequence[Storage], *outputs: Storage, split: Split | None = None, part: int = 0) -> KernelCall:
    """A call whose inputs lie in the space as their sizes say; a split where one of them is not full."""
    size = max(one.size for one in (*inputs, *outputs))
    forms = [next(form for form, count in sizes_of(split, size).items() if count == one.size) for one in inputs]
    patterns = tuple(Pattern(form, split if form in (Form.ROW, Form.COLUMN) else None) for form in forms)
    return KernelCall(kernel(op), tuple(inputs), patterns, outputs, size, split, (), part)


def sizes_of(split: Split | None, size: int) -> dict[Form, int]:
    return (
        {Form.FULL: size, Form.SCALAR: 1} if split is None else {Form.FULL: size, Form.ROW: split[0], Form.COLUMN: split[1], Form.SCALAR: 1}
    )


def matmul(a: Storage, b: Storage, output: Storage, m: int = ROWS, n: int = COLUMNS) -> MatMul:
    k = a.size // m
    return MatMul(a, b, output, 1, m, n, k, (0, k, 1), (0, n, 1), ())


def copy(source: Storage, target: Storage) -> StridedCopy:
    return StridedCopy((source,), (target,), (), shape=(source.size,), strides=[1])


def plan(ops: Sequence[Op], inputs: Sequence[Storage] = (), outputs: Sequence[Storage] = ()) -> Plan:
    return Plan(current_target(), list(inputs), list(outputs), {}, {}, list(ops))


def with_update(made: Plan, old: Storage, new: Storage) -> Variable:
    """Let a plan read a variable as `old`, and leave `new` in it."""
    variable = Variable(np.zeros(old.size, "float32"), name=old.name)
    old.role, old.variable = "variable", variable
    made.reads[variable], made.writes[variable] = old, new
    return variable


def labels(group: Group) -> list[str]:
    return [op.label for op in group.ops]


def group_of(made: Plan, storage: Storage) -> FusedGroup:
    """The group that makes a value."""
    (group,) = (one for one in made.groups if any(storage in op.writes for op in one.ops))
    assert isinstance(group, FusedGroup)
    return group

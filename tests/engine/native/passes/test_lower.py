"""The pass that turns a graph into operations: kernels where the core has one, views where nothing moves, else a call of Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from glassworks import Variable, ops
from glassworks.engine.native.codegen.target import current_target
from glassworks.engine.native.ir.plan import Plan
from glassworks.engine.native.passes.lower import lower
from tests.engine.native.helpers import traced

Shapes = tuple[tuple[int, ...], ...]
CASES: dict[str, tuple[Callable[..., Any], Shapes, list[str]]] = {
    "a product": (lambda x, w: ops.matmul(x, w), ((6, 3), (3, 4)), ["%0: float32[24] = matmul 6x4x3(input0, input1)"]),
    "a product of a view": (
        lambda x, w: ops.matmul(x, ops.reshape(w, (3, 4))),
        ((6, 3), (12,)),
        ["%0: float32[24] = matmul 6x4x3(input0, input1)"],
    ),
    "a bias for each column": (lambda x, b: x + b, ((6, 4), (4,)), ["%0: float32[24] = add.float32(input0, input1) [full, column]"]),
    "an offset for each row": (lambda x, b: x + b, ((6, 4), (6, 1)), ["%0: float32[24] = add.float32(input0, input1) [full, row]"]),
    "a factor": (lambda x: x * 2.0, ((6, 4),), ["%0: float32[24] = multiply.float32(input0, 2.0) [full, scalar]"]),
    "a sum of rows": (lambda x: ops.sum(x, axis=0), ((6, 4),), ["%0: float32[4] = reduce_sum_rows.float32(input0)"]),
    "a sum of columns": (lambda x: ops.sum(x, axis=1), ((6, 4),), ["%0: float32[6] = reduce_sum_columns.float32(input0)"]),
    "a sum over a middle axis": (lambda x: ops.sum(x, axis=1), ((2, 3, 4),), ["%0: float32[8] = reduce_sum_middle(input0)"]),
    "a sum over the last two axes": (
        lambda x: ops.sum(x, axis=(1, 2)),
        ((2, 3, 4),),
        ["%0: float32[2] = reduce_sum_columns.float32(input0)"],
    ),
    "shapes that do not move numbers": (
        lambda x: ops.exp(ops.reshape(ops.reshape(x, (24,)), (3, 8))),
        ((6, 4),),
        ["%0: float32[24] = exp.float32(input0)"],
    ),
    "a transposed input": (
        lambda x: ops.exp(ops.transpose(x)),
        ((2, 3),),
        ["%0: float32[6] = copy(input0)", "%1: float32[6] = exp.float32(%0)"],
    ),
    "a convolution": (lambda x, k: ops.conv(x, k), ((1, 6, 2), (3, 2, 4)), ["%0: float32[16] = convolution 4x4x6(input0, input1)"]),
    "pooling, with what its gradient needs": (
        lambda x: ops.max_pool(x, 2),
        ((1, 6, 2),),
        ["%0: float32[6], %1: uint8[6] = max_pool(input0)"],
    ),
    "rows of a table, whose indices are checked": (
        lambda t, i: ops.take(t, ops.cast(i, "int32"), axis=0),
        ((5, 4), (3,)),
        ["%0: int32[3] = cast.float32.int32(input1)", "%1: int32[3] = in_range(%0)", "%2: float32[12] = gather(input0, %1)"],
    ),
    "an op without a kernel": (
        lambda x: ops.cumsum(x, axis=0),
        ((6, 4),),
        ["%0: float32[24] = cumulative_sum (in Python)(input0)"],
    ),
}


def lowered(function: Callable[..., Any], *shapes: tuple[int, ...]) -> Plan:
    return lower(traced(function, *(np.zeros(shape, "float32") for shape in shapes)), current_target())


def operations(plan: Plan) -> list[str]:
    """The lines of a plan's text between its head and what it returns."""
    return [line for line in str(plan).splitlines()[1:] if not line.startswith("return") and " <- " not in line]


@pytest.mark.parametrize("name", CASES)
def test_a_graph_becomes_operations(name: str) -> None:
    function, shapes, expected = CASES[name]
    plan = lowered(function, *shapes)
    assert plan.stage == "lowered" and operations(plan) == expected


def test_a_variable_is_read_and_written() -> None:
    weight = Variable([1.0, 2.0], name="weight")

    def step(x: Any) -> Any:
        weight.assign(weight.value + x)
        return weight.value * x

    plan = lowered(step, (2,))
    assert str(plan).splitlines()[1:] == [
        "%0: float32[2] = add.float32(weight, input0)",
        "%1: float32[2] = multiply.float32(%0, input0)",
        "weight <- %0",
        "return %1",
    ]
    assert list(plan.reads) == list(plan.writes) == [weight]

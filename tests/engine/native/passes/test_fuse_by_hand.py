"""The pass that fuses, on operations made by hand."""

from __future__ import annotations

import pytest

from glassworks.engine.native.ir.groups import Standalone
from glassworks.engine.native.ir.values import Form
from glassworks.engine.native.passes.fuse import MOST_IN_ONE_TILE, MOST_PRODUCT_COLUMNS, fuse
from tests.engine.native.by_hand import COLUMNS, ROWS, SPACE, call, copy, group_of, labels, matmul, plan, value

X = value("x", role="input")


def test_elementwise_calls_of_one_space_are_one_group() -> None:
    a, b, c = value("a"), value("b"), value("c")
    (group,) = fuse(plan([call("exp", [X], a), call("add", [a, X], b), call("tanh", [b], c)], [X], [c])).groups
    assert labels(group) == ["exp", "add", "tanh"]


def test_a_matrix_product_takes_what_follows_as_its_epilogue() -> None:
    x, w, bias = value("x", ROWS * 3, "input"), value("w", 3 * COLUMNS, "input"), value("bias", COLUMNS, "input")
    p, s, y = value("p"), value("s"), value("y")
    made = fuse(plan([matmul(x, w, p), call("add", [p, bias], s, split=SPACE), call("relu", [s], y)], [x, w, bias], [y]))
    (group,) = made.groups
    assert labels(group) == ["matmul 6x4x3", "add", "relu"] and group_of(made, y).forms[y] is Form.FULL


def test_a_product_does_not_wait_for_its_own_epilogue() -> None:
    """y = r + r w: the product reads r, so r is made by another group."""
    w, r, p, y = value("w", COLUMNS * COLUMNS, "input"), value("r"), value("p"), value("y")
    made = fuse(plan([call("tanh", [X], r), matmul(r, w, p), call("add", [p, r], y)], [X, w], [y]))
    assert sorted(labels(group) for group in made.groups) == [["matmul 6x4x4", "add"], ["tanh"]]
    assert group_of(made, r) in group_of(made, y).needs


def test_rows_are_reduced_within_the_group_and_ask_for_whole_rows() -> None:
    e, total, y = value("e"), value("total", ROWS), value("y")
    ops = [call("exp", [X], e), call("reduce_sum_columns", [e], total, split=SPACE), call("divide", [e, total], y, split=SPACE)]
    made = fuse(plan(ops, [X], [y]))
    group = group_of(made, y)
    assert len(made.groups) == 1 and group.forms[total] is Form.ROW and group.whole_rows and not group.whole_columns


def test_columns_are_reduced_within_the_group_and_ask_for_whole_columns() -> None:
    e, total = value("e"), value("total", COLUMNS)
    made = fuse(plan([call("exp", [X], e), call("reduce_sum_rows", [e], total, split=SPACE)], [X], [total]))
    group = group_of(made, total)
    assert group.forms[total] is Form.COLUMN and group.whole_columns


def test_sums_of_parts_are_read_by_another_group() -> None:
    e, parts, total = value("e"), value("parts", 2 * COLUMNS), value("total", COLUMNS)
    ops = [call("exp", [X], e), call("reduce_sum_rows", [e], parts, split=SPACE, part=3)]
    ops.append(call("reduce_sum_rows", [parts], total, split=(2, COLUMNS)))
    made = fuse(plan(ops, [X], [total]))
    assert group_of(made, parts).part == 3 and group_of(made, parts).forms[parts] is Form.PART
    assert group_of(made, total) is not group_of(made, parts)


@pytest.mark.parametrize("columns", [MOST_PRODUCT_COLUMNS, MOST_PRODUCT_COLUMNS + 1])
def test_long_rows_of_a_product_are_not_kept_whole(columns: int) -> None:
    x, w = value("x", 8 * 4, "input"), value("w", 4 * columns, "input")
    p, y = value("p", 8 * columns), value("y", 8 * columns)
    softmax = call("softmax", [p], y, split=(8, columns))
    made = fuse(plan([matmul(x, w, p, 8, columns), softmax], [x, w], [y]))
    assert len(made.groups) == (1 if columns == MOST_PRODUCT_COLUMNS else 2)


@pytest.mark.parametrize("size", [MOST_IN_ONE_TILE, 2 * MOST_IN_ONE_TILE])
def test_a_large_space_is_reduced_to_a_number_by_itself(size: int) -> None:
    x, e, total = value("x", size, "input"), value("e", size), value("total", 1)
    made = fuse(plan([call("exp", [x], e), call("reduce_sum_columns", [e], total, split=(1, size))], [x], [total]))
    assert len(made.groups) == (1 if size == MOST_IN_ONE_TILE else 2)


def test_operations_without_a_space_stand_alone() -> None:
    a, b, c = value("a"), value("b"), value("c")
    made = fuse(plan([call("exp", [X], a), copy(a, b), call("tanh", [b], c)], [X], [c]))
    assert [labels(group) for group in made.groups] == [["exp"], ["copy"], ["tanh"]]
    assert isinstance(made.groups[1], Standalone) and made.stage == "fused"


def test_numbers_that_depend_on_nothing_share_a_group() -> None:
    one, other = value("one", 1, "input"), value("other", 1, "input")
    a, b = value("a", 1), value("b", 1)
    (group,) = fuse(plan([call("exp", [one], a), call("log", [other], b)], [one, other], [a, b])).groups
    assert sorted(labels(group)) == ["exp", "log"]

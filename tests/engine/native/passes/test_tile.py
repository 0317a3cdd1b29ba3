"""The pass that cuts groups into tiles: they cover the space, keep whole what must be whole, and depend on shapes alone."""

from __future__ import annotations

import pytest

from glassworks.engine.native.ir.ops import Gather
from glassworks.engine.native.passes.fuse import fuse
from glassworks.engine.native.passes.tile import CHUNK, COSTS, TILE, tile
from glassworks.errors import GraphError
from tests.engine.native.by_hand import call, copy, group_of, matmul, plan, value
from tests.engine.native.helpers import kernel


@pytest.mark.parametrize("rows", [1, 7, 64, 1000, 40_000])
@pytest.mark.parametrize("columns", [1, 10, 300, 5000])
def test_tiles_cover_the_space(rows: int, columns: int) -> None:
    x, bias, y = value("x", rows * columns, "input"), value("b", columns, "input"), value("y", rows * columns)
    group = group_of(tile(fuse(plan([call("add", [x, bias], y, split=(rows, columns))], [x, bias], [y]))), y)
    cut = group.tiling
    assert cut is not None and cut.space == (rows, columns) and group.tiles == cut.tiles
    assert cut.tiles == -(-rows // cut.rows) * -(-columns // cut.columns)
    assert cut.chunk_rows * cut.columns <= CHUNK and (cut.rows * cut.columns <= TILE or cut.rows == 1)


def test_rows_that_are_reduced_are_not_cut() -> None:
    rows, columns = 50, 3000
    x, y = value("x", rows * columns, "input"), value("y", rows)
    group = group_of(tile(fuse(plan([call("reduce_sum_columns", [x], y, split=(rows, columns))], [x], [y]))), y)
    assert group.tiling is not None and group.tiling.columns == columns


def test_columns_that_are_reduced_are_not_cut() -> None:
    rows, columns = 900, 300
    x, y = value("x", rows * columns, "input"), value("y", columns)
    group = group_of(tile(fuse(plan([call("reduce_sum_rows", [x], y, split=(rows, columns))], [x], [y]))), y)
    assert group.tiling is not None and group.tiling.rows == group.tiling.chunk_rows == rows


@pytest.mark.parametrize(("m", "n", "k"), [(4, 4, 4), (32, 128, 784), (512, 512, 512), (5000, 64, 64), (1, 4000, 300)])
def test_products_are_cut_where_that_pays(m: int, n: int, k: int) -> None:
    x, w, y = value("x", m * k, "input"), value("w", k * n, "input"), value("y", m * n)
    group = group_of(tile(fuse(plan([matmul(x, w, y, m, n)], [x, w], [y]))), y)
    cut = group.tiling
    assert cut is not None and cut.tiles == -(-m // cut.rows) * -(-n // cut.columns)
    assert (cut.tiles == 1) == (m * n * k < 150_000)
    assert group.cost > m * n * k / 200


def test_what_costs_more_is_estimated_higher() -> None:
    x, cheap, dear = value("x", 4000, "input"), value("a", 4000), value("b", 4000)
    costs = [group_of(tile(fuse(plan([call(op, [x], y)], [x], [y]))), y).cost for op, y in (("negative", cheap), ("sin", dear))]
    assert costs[1] - costs[0] == pytest.approx(4000 * (COSTS["sin"] - COSTS["negative"]))


def test_an_op_without_a_cost_is_named_in_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = value("x", role="input"), value("y")
    monkeypatch.delitem(COSTS, "sin")
    with pytest.raises(GraphError, match=r"sin.float32(.|\n)*add it to COSTS in passes/tile.py"):
        tile(fuse(plan([call("sin", [x], y)], [x], [y])))


def test_opaque_operations_are_cut_along_what_they_walk() -> None:
    table, indices, rows = value("table", 50 * 4096, "input"), value("i", 10, "input", "int32"), value("rows", 10 * 4096)
    gather = Gather((table, indices), (rows,), (), rows=50, count=10, width=4096)
    small = value("small", 10, "input")
    made = tile(fuse(plan([gather, copy(small, value("copied", 10))], [table, indices, small], [rows])))
    assert [group.tiles for group in made.groups] == [10, 1]


def test_adam_costs_what_its_kernel_costs() -> None:
    inputs = [value(name, 4000, "input") for name in "wgmv"] + [value(name, 1, "input") for name in "abcd"]
    outputs = [value(name, 4000) for name in ("w2", "m2", "v2")]
    assert kernel("adam").op in COSTS
    group = group_of(tile(fuse(plan([call("adam", inputs, *outputs)], inputs, outputs))), outputs[0])
    assert group.cost == pytest.approx(60 + 4000 * 0.25)

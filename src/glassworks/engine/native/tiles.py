"""How a group's space is cut into tiles, and what running it is expected to cost."""

from __future__ import annotations

from typing import NamedTuple

from glassworks.engine.native.core import native
from glassworks.engine.native.fuse import MOST_PRODUCT_ROWS, Alone, Group
from glassworks.engine.native.operations import COLUMN, FULL, ROW, Operation, whole_lines

CHUNK = 2048  # numbers that instructions work on at a time: with a few operands they fill the first-level cache
TILE = 8192  # numbers in a tile without a product
PRODUCT_TILE = 400_000  # multiplications in a tile with one
MOST_WINDOW_COLUMNS = 256
BLOCK = 16_384  # numbers in a tile of a product with an epilogue
SMALL_PRODUCT = 150_000  # multiplications that are not worth cutting
PARALLEL_NANOSECONDS = 2000  # below this, waking another thread costs more than it gains

# Nanoseconds for each number; what is not named costs the default. Only orders of magnitude matter: they decide what runs in parallel.
_COSTS = {
    "power": 10.0, "sin": 5.0, "cos": 5.0, "exp": 0.15, "expm1": 0.15, "log": 0.2, "log1p": 0.3, "tanh": 0.25, "sigmoid": 0.3, "softplus": 0.4,
    "erf": 0.3, "gelu": 0.6, "gelu_slope": 0.6, "gelu_and_slope": 0.8, "softmax": 1.0, "log_softmax": 1.0, "argmax": 1.0, "argmin": 1.0, "random_bits": 0.5, "adam_update": 0.25, "sqrt": 0.12, "divide": 0.1,
}  # fmt: skip
_DEFAULT_COST = 0.05


class Tiling(NamedTuple):
    """Rows and columns of a tile, how many there are, and how many rows instructions take at a time."""

    space: tuple[int, int]
    rows: int
    columns: int
    tiles: int
    chunk_rows: int


def tiling(group: Group) -> Tiling:
    """The cut of a group. It depends on shapes alone."""
    space = group.space or (1, group.size)
    cut = _plain_tile if group.product is None else _product_tile if group.product.geometry is None else _window_tile
    rows, columns = cut(group, space)
    rows = group.part or rows
    batch = group.product.batch if group.product is not None else 1
    count = batch * -(-space[0] // max(rows, 1)) * -(-space[1] // max(columns, 1))
    chunk = rows if group.whole_columns else max(1, min(rows, CHUNK // max(columns, 1)))
    return Tiling(space, rows, columns, count, chunk)


def _plain_tile(group: Group, space: tuple[int, int]) -> tuple[int, int]:
    rows, columns = space
    if group.whole_columns:
        return rows, columns if group.whole_rows else max(16, min(columns, 2 * TILE // rows // 16 * 16))
    columns = columns if group.whole_rows else min(columns, CHUNK)
    return max(1, min(rows, TILE // columns)), columns


def _product_tile(group: Group, space: tuple[int, int]) -> tuple[int, int]:
    """An even number of tiles where it can be had: the machines we know have an even number of cores."""
    rows, columns = space
    product = group.product
    assert product is not None
    total = rows * columns * product.k
    if total < SMALL_PRODUCT and rows <= MOST_PRODUCT_ROWS:
        return rows, columns
    wanted = max(2, 2 * round(total / PRODUCT_TILE / 2))
    panel = native.panel_columns() * 4 // product.output.item
    if not group.whole_rows:
        # The columns are halved: the two halves of a weight matrix then stay each in the cache of one core.
        half = -(-columns // 2 // 16) * 16 if columns > 2 * panel or rows <= 64 else columns
        columns = min(columns, max(half, panel // 2), (2 if rows <= 64 or group.whole_columns else 4) * panel)
    if not group.whole_columns and (rows > 64 or group.whole_rows):
        across = -(-space[1] // columns)
        # Each tile packs the columns of b it needs: that should not be for a few rows only.
        splits = max(1, min(-(-wanted // across), rows // (48 if group.placed or rows < 512 else 192)))
        splits = max(splits, -(-rows // MOST_PRODUCT_ROWS), 2 if across == 1 and rows >= 16 else 1)
        if across % 2 and splits % 2 and splits > 1:
            splits += 1
        rows = -(-rows // splits // 6) * 6
        if group.placed:
            # What the epilogue works on should still be in the cache.
            rows = min(rows, max(12, BLOCK // columns // 6 * 6))
    return rows, columns


def _window_tile(group: Group, space: tuple[int, int]) -> tuple[int, int]:
    """Whole rows where they are not very long: each tile lays out the windows it needs."""
    rows, columns = space
    if not group.whole_rows:
        columns = min(columns, MOST_WINDOW_COLUMNS)
    product = group.product
    if product is not None and product.kind == "winograd" and not group.whole_columns:
        return whole_lines(rows, columns, *product.geometry.target[1:]), columns
    if not group.whole_columns:
        fitting = max(12, BLOCK // columns // 12 * 12)
        tiles = -(-rows // fitting)
        tiles += tiles % 2
        rows = min(rows, max(12, -(-rows // tiles // 12) * 12))
    return rows, columns


def estimate(part: Group | Alone) -> float:
    """Nanoseconds on one thread, roughly."""
    if isinstance(part, Alone):
        return 50 + 0.3 * sum(s.size for s in part.station.writes) + part.station.details.get("operations", 0) / 200
    space = part.space or (1, part.size)
    total = 50.0
    if part.product is not None:
        p = part.product
        # Arithmetic, or reading b where few rows share it.
        total += p.batch * max(p.m * p.n * p.k / 125, p.n * p.k * p.b.item / 150)
    for placed in part.placed:
        size = {FULL: part.size, ROW: space[0], COLUMN: space[1]}.get(placed.extent, 1)
        total += 10 + size * cost_per_number(placed.operation)
    return total


def cost_per_number(operation: Operation) -> float:
    """Nanoseconds for each number."""
    return _COSTS.get(operation.kernel.split(".")[0], _DEFAULT_COST)

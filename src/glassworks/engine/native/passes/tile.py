"""How a group's space is cut into tiles, and what running it is expected to cost."""

from __future__ import annotations

from dataclasses import replace

from glassworks.engine.native.ir.groups import FusedGroup, Group, Standalone, Tiling
from glassworks.engine.native.ir.kernels import Kernel
from glassworks.engine.native.ir.ops import Gather, OpaqueOp, ScatterAdd, StridedCopy, TaskCall
from glassworks.engine.native.ir.plan import Plan
from glassworks.engine.native.ir.target import Target
from glassworks.engine.native.ir.values import Form
from glassworks.engine.native.passes.fuse import MOST_PRODUCT_ROWS
from glassworks.engine.native.passes.parts import whole_lines
from glassworks.errors import GraphError

CHUNK = 2048  # elements that instructions work on at a time: with a few operands they fill the first-level cache
TILE = 8192  # elements in a tile without a product
PRODUCT_TILE = 400_000  # multiplications in a tile with one
MOST_WINDOW_COLUMNS = 256
BLOCK = 16_384  # elements in a tile of a product with an epilogue
SMALL_PRODUCT = 150_000  # multiplications that are not worth cutting
COPY_TILE = 4096  # elements in a tile of a copy, a gather or a scatter

# Nanoseconds for each element, by the op of a kernel. Only orders of magnitude matter: they decide what runs in parallel.
_CHEAP = 0.05
COSTS = {
    **dict.fromkeys(
        ["absolute", "add", "bitwise_and", "bitwise_or", "bitwise_xor", "cast", "ceil", "clip", "copy", "equal", "floor", "floor_divide", "is_finite", "is_inf", "is_nan", "left_shift", "lerp", "less", "less_equal", "logical_and", "logical_not", "logical_or", "logical_xor", "maximum", "minimum", "mod", "multiply", "multiply_subtract_from", "negative", "not_equal", "one_hot", "relu", "right_shift", "round", "rsqrt", "sign", "square", "subtract", "trunc", "where", "reduce_all_columns", "reduce_all_rows", "reduce_any_columns", "reduce_any_rows", "reduce_max_columns", "reduce_max_rows", "reduce_min_columns", "reduce_min_rows", "reduce_product_columns", "reduce_product_rows", "reduce_sum_columns", "reduce_sum_rows"],
        _CHEAP,
    ),
    "divide": 0.1, "sqrt": 0.12, "exp": 0.15, "expm1": 0.15, "log": 0.2, "log1p": 0.3, "tanh": 0.25, "sigmoid": 0.3, "softplus": 0.4,
    "erf": 0.3, "gelu": 0.6, "gelu_slope": 0.6, "gelu_and_slope": 0.8, "adam": 0.25, "sin": 5.0, "cos": 5.0, "power": 10.0,
    "softmax": 1.0, "log_softmax": 1.0, "argmax": 1.0, "argmin": 1.0, "random_bits": 0.5,
}  # fmt: skip


def tile(plan: Plan) -> Plan:
    """Each group with its tiles and its cost."""
    for group in plan.groups:
        tile_group(group, plan.target)
    return replace(plan, stage="tiled")


def tile_group(group: Group, target: Target) -> None:
    """Cut one group. The cut depends on shapes alone."""
    if isinstance(group, FusedGroup):
        group.tiling = tiling(group, target)
        group.tiles = group.tiling.tiles
        group.cost = _cost_of_fused(group)
    elif isinstance(group, Standalone):
        group.tiles = _tiles_of(group.op)
        group.cost = 50 + 0.3 * sum(s.size for s in group.op.writes) + group.op.work / 200


def _tiles_of(op: OpaqueOp) -> int:
    """A copy is cut along its first axis, a gather along its indices, a scatter along the columns of its table."""
    pieces = op.writes[0].size // COPY_TILE
    if isinstance(op, StridedCopy):
        return max(1, min((op.shape or (1,))[0], pieces))
    if isinstance(op, Gather):
        return max(1, min(op.count, pieces))
    if isinstance(op, ScatterAdd):
        return max(1, min(op.width // 16, pieces))
    return op.tiles if isinstance(op, TaskCall) else 1


def tiling(group: FusedGroup, target: Target) -> Tiling:
    """The tiles of a space."""
    space = group.space or (1, group.size)
    if group.product is None:
        rows, columns = _plain_tile(group, space)
    elif group.product.head is None:
        rows, columns = _product_tile(group, space, target)
    else:
        rows, columns = _window_tile(group, space)
    rows = group.part or rows
    batch = group.product.batch if group.product is not None else 1
    count = batch * -(-space[0] // max(rows, 1)) * -(-space[1] // max(columns, 1))
    chunk = rows if group.whole_columns else max(1, min(rows, CHUNK // max(columns, 1)))
    return Tiling(space, rows, columns, count, chunk)


def _plain_tile(group: FusedGroup, space: tuple[int, int]) -> tuple[int, int]:
    rows, columns = space
    if group.whole_columns:
        return rows, columns if group.whole_rows else max(16, min(columns, 2 * TILE // rows // 16 * 16))
    columns = columns if group.whole_rows else min(columns, CHUNK)
    return max(1, min(rows, TILE // columns)), columns


def _product_tile(group: FusedGroup, space: tuple[int, int], target: Target) -> tuple[int, int]:
    """An even number of tiles where it can be had: the machines we know have an even number of cores."""
    rows, columns = space
    product = group.product
    assert product is not None
    total = rows * columns * product.k
    if total < SMALL_PRODUCT and rows <= MOST_PRODUCT_ROWS:
        return rows, columns
    wanted = max(2, 2 * round(total / PRODUCT_TILE / 2))
    panel = target.panel_columns * 4 // product.output.item
    if not group.whole_rows:
        # The columns are halved: the two halves of a weight matrix then stay each in the cache of one core.
        half = -(-columns // 2 // 16) * 16 if columns > 2 * panel or rows <= 64 else columns
        columns = min(columns, max(half, panel // 2), (2 if rows <= 64 or group.whole_columns else 4) * panel)
    if not group.whole_columns and (rows > 64 or group.whole_rows):
        across = -(-space[1] // columns)
        # Each tile packs the columns of b it needs: that should not be for a few rows only.
        splits = max(1, min(-(-wanted // across), rows // (48 if group.calls or rows < 512 else 192)))
        splits = max(splits, -(-rows // MOST_PRODUCT_ROWS), 2 if across == 1 and rows >= 16 else 1)
        if across % 2 and splits % 2 and splits > 1:
            splits += 1
        rows = -(-rows // splits // 6) * 6
        if group.calls:
            # What the epilogue works on should still be in the cache.
            rows = min(rows, max(12, BLOCK // columns // 6 * 6))
    return rows, columns


def _window_tile(group: FusedGroup, space: tuple[int, int]) -> tuple[int, int]:
    """Whole rows where they are not very long: each tile lays out the windows it needs."""
    rows, columns = space
    if not group.whole_rows:
        columns = min(columns, MOST_WINDOW_COLUMNS)
    lines = group.product.lines if group.product is not None else None
    if lines is not None and not group.whole_columns:
        return whole_lines(rows, columns, *lines), columns
    if not group.whole_columns:
        fitting = max(12, BLOCK // columns // 12 * 12)
        tiles = -(-rows // fitting)
        tiles += tiles % 2
        rows = min(rows, max(12, -(-rows // tiles // 12) * 12))
    return rows, columns


def _cost_of_fused(group: FusedGroup) -> float:
    space = group.space or (1, group.size)
    total = 50.0
    if group.product is not None:
        p = group.product
        # Arithmetic, or reading b where few rows share it.
        total += p.batch * max(p.m * p.n * p.k / 125, p.n * p.k * p.b.item / 150)
    for fused in group.calls:
        size = {Form.FULL: group.size, Form.ROW: space[0], Form.COLUMN: space[1]}.get(fused.extent, 1)
        total += 10 + size * cost_per_element(fused.call.kernel)
    return total


def cost_per_element(kernel: Kernel) -> float:
    """Nanoseconds for each element.

    Raises:
        GraphError: The cost of the kernel's op is not known.
    """
    if kernel.op not in COSTS:
        raise GraphError(
            f"a call of the kernel {kernel.name}, whose cost is not known",
            "the nanoseconds that each op takes for an element",
            "add it to COSTS in passes/tile.py",
            where="native.tile",
        )
    return COSTS[kernel.op]

"""Parts of the rows of a space: sums over many rows are taken part by part, each while its tile is in the cache."""

from __future__ import annotations

from glassworks.engine.native.ir.values import Shape, Split

PART_ELEMENTS = 16_384  # in a part of the rows whose sums are taken by themselves, and in a tile of images
FEWEST_PART_ROWS = 60


def part_rows(split: Split, shape: Shape) -> int:
    """Rows in a part of a space: as many as a tile of a matrix product with an epilogue has."""
    rows, columns = split
    if len(shape) == 4 and rows == shape[0] * shape[1] * shape[2]:
        return whole_lines(rows, columns, shape[1], shape[2])
    fitting = max(FEWEST_PART_ROWS, PART_ELEMENTS // columns // 12 * 12)
    # An even number of parts: the machines we know have an even number of cores.
    parts = -(-rows // fitting)
    parts += parts % 2
    return max(12, -(-rows // parts // 12) * 12)


def whole_lines(rows: int, columns: int, height: int, width: int) -> int:
    """Positions in a tile of images: whole images where they are small, else an even number of lines."""
    fitting = max(1, PART_ELEMENTS // columns)
    if 2 * height * width <= fitting:
        return min(rows, fitting // (height * width) * height * width)
    return min(rows, max(2, fitting // width // 2 * 2) * width)

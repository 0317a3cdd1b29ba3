"""B-trees: the indexes of groups and of chunks. They are walked level by level, so a file cannot make a walk deep or endless."""

from __future__ import annotations

from glassworks.saving.hdf5.source import UNDEFINED, Cursor, Source

GROUP, CHUNKS = 0, 1
_WHAT = "an index"


def read_tree_1(source: Source, address: int, kind: int, key_size: int) -> list[tuple[Cursor, int]]:
    """The keys and addresses in the leaves of a B-tree of version 1.

    Args:
        source: The file.
        address: The root.
        kind: `GROUP` or `CHUNKS`.
        key_size: The number of bytes of a key.
    """
    nodes, level, leaves = [address], None, []
    while nodes:
        below: list[tuple[Cursor, int]] = []
        levels = set()
        for node in nodes:
            head = source.block(node, 24, _WHAT)
            head.expect(b"TREE" + bytes([kind]))
            levels.add(head.unsigned(1))
            count = head.unsigned(2)
            source.spend("entries of indexes", count)
            cursor = source.block(node + 24, count * (key_size + 8), _WHAT)
            below += [(cursor.part(key_size), cursor.unsigned(8)) for _ in range(count)]
        if len(levels) != 1 or (level is not None and levels != {level - 1}):
            raise source.damaged(f"the levels of {_WHAT} are confused")
        level = levels.pop()
        if level == 0:
            leaves, nodes = below, []
        else:
            nodes = [child for _, child in below]
    return leaves


def read_tree_2(source: Source, address: int, kind: int) -> list[Cursor]:
    """The records of a B-tree of version 2, in no particular order.

    Source: HDF5 File Format Specification 3.0, section III.A.2.
    """
    head = source.block(address, 38, _WHAT)
    head.check_sum()
    head.expect(b"BTHD\0" + bytes([kind]))
    node_size, record_size, depth = head.unsigned(4), head.unsigned(2), head.unsigned(2)
    head.take(2)
    root, count, total = head.unsigned(8), head.unsigned(2), head.unsigned(8)
    if depth > 32 or record_size == 0 or node_size < 10 + record_size:
        raise source.damaged(f"{_WHAT} has impossible sizes")
    sizes = _sizes(node_size, record_size, depth)
    records: list[Cursor] = []
    nodes = [(root, count)] if root != UNDEFINED else []
    for level in range(depth, -1, -1):
        below = []
        for node, entries in nodes:
            pointer, count_size = sizes[level]
            source.spend("entries of indexes", entries)
            cursor = source.block(node, 6 + entries * record_size + (entries + 1) * pointer + 4, _WHAT)
            cursor.check_sum()
            cursor.expect((b"BTIN" if level else b"BTLF") + bytes([0, kind]))
            records += [cursor.part(record_size) for _ in range(entries)]
            for _ in range(entries + 1 if level else 0):
                child = cursor.part(pointer)
                below.append((child.unsigned(8), child.unsigned(count_size)))
        nodes = below
    if len(records) != total:
        raise source.damaged(f"{_WHAT} has {len(records)} entries of {total}")
    return records


def _sizes(node_size: int, record_size: int, depth: int) -> list[tuple[int, int]]:
    """For each level, from the leaves up, the number of bytes of a pointer to a child, and of the number of records therein."""
    most = together = (node_size - 10) // record_size
    count_size, together_size, sizes = _width(most), 0, [(0, 0)]
    for _ in range(depth):
        pointer = 8 + count_size + together_size
        sizes.append((pointer, count_size))
        most = max(node_size - 10 - pointer, 0) // (record_size + pointer)
        together = (most + 1) * together + most
        together_size = _width(together)
    return sizes


def _width(value: int) -> int:
    return max(1, (value.bit_length() + 7) // 8)

"""Heaps: where HDF5 keeps names (local heaps), texts of variable length (global heap), and many links or attributes (fractal heaps)."""

from __future__ import annotations

import bisect

from glassworks.saving.hdf5.source import UNDEFINED, Cursor, Source, decode_text
from glassworks.saving.hdf5.trees import read_tree_2

_SMALLEST_COLLECTION = 4096  # bytes
_MOST_ROWS = 128


class LocalHeap:
    """The names of a group's members."""

    def __init__(self, source: Source, address: int) -> None:
        cursor = source.block(address, 32, "a heap of names")
        cursor.expect(b"HEAP\0")
        cursor.take(3)
        size = cursor.unsigned(8)
        cursor.take(8)  # the first free block
        self.source, self.data = source, source.block(cursor.unsigned(8), size, "a heap of names").data

    def name(self, offset: int) -> str:
        """The name at an offset."""
        end = self.data.find(b"\0", offset) if offset < len(self.data) else -1
        if end < 0:
            raise self.source.damaged("a name lies outside of the heap of names")
        self.source.spend("bytes of text", end - offset)
        return decode_text(self.source, self.data[offset:end], "a name")


class GlobalHeap:
    """The texts of variable length of a file, in collections that are read when they are first needed."""

    def __init__(self) -> None:
        self.collections: dict[int, dict[int, bytes]] = {}

    def get(self, source: Source, address: int, index: int, size: int) -> bytes:
        """A text by the address of its collection and its number therein."""
        if size == 0:
            return b""
        if address not in self.collections:
            self.collections[address] = _read_collection(source, address)
        data = self.collections[address].get(index)
        if data is None or len(data) < size:
            raise source.damaged("a text lies outside of the heap of texts")
        source.spend("bytes of text", size)
        return data[:size]


def _read_collection(source: Source, address: int) -> dict[int, bytes]:
    what = "a heap of texts"
    head = source.block(address, 16, what)
    head.expect(b"GCOL\x01")
    head.take(3)
    size = head.unsigned(8)
    if size < _SMALLEST_COLLECTION:
        raise source.damaged(f"{what} of {size} bytes")
    cursor, texts = source.block(address + 16, size - 16, what), {}
    while cursor.remaining >= 16:
        index, _, length = cursor.unsigned(2), cursor.take(6), cursor.unsigned(8)
        if index == 0:  # free space up to the end
            break
        if index in texts:
            raise source.damaged(f"{what} has two texts of number {index}")
        source.spend("texts")
        texts[index] = cursor.take(length)
        cursor.align()
    return texts


class FractalHeap:
    """A heap of links or attributes, in blocks of growing size.

    Source: HDF5 File Format Specification 3.0, section III.G. Filtered blocks are refused.
    """

    def __init__(self, source: Source, address: int) -> None:
        self.source, self.what, self.address = source, "a heap of links or attributes", address
        cursor = source.block(address, 146, self.what)
        cursor.check_sum()
        cursor.expect(b"FRHP\0")
        cursor.take(2)
        if cursor.unsigned(2):
            raise source.refused("links or attributes are compressed", "plain links and attributes")
        self.has_checksums = bool(cursor.unsigned(1) & 2)
        largest_object = cursor.unsigned(4)
        cursor.take(8)
        huge = cursor.unsigned(8)
        cursor.take(80)
        self.width, self.first, self.largest = cursor.unsigned(2), cursor.unsigned(8), cursor.unsigned(8)
        bits = cursor.unsigned(2)
        cursor.take(2)
        root, rows = cursor.unsigned(8), cursor.unsigned(2)
        if not (0 < self.width <= 1024 and _is_power(self.first) and _is_power(self.largest) and self.first <= self.largest and bits <= 64):
            raise source.damaged(f"{self.what} has impossible sizes")
        self.offset_size = (bits + 7) // 8
        self.length_size = min((self.largest.bit_length() + 6) // 8, (max(largest_object, 1).bit_length() + 7) // 8)
        self.blocks: dict[int, Cursor] = {}  # by their offset in the heap
        self.starts: list[int] = []
        if root != UNDEFINED:
            self._read_blocks(root, rows)
        self.huge = _read_huge(source, huge) if huge != UNDEFINED else {}

    def _read_blocks(self, root: int, rows: int) -> None:
        if rows == 0:
            self._read_direct(root, 0, self.first)
        ahead = [(root, 0, rows)] if rows else []
        while ahead:
            ahead += self._read_indirect(*ahead.pop())
        self.starts = sorted(self.blocks)

    def _row_size(self, row: int) -> int:
        return self.first << max(row - 1, 0)

    def _read_indirect(self, address: int, offset: int, rows: int) -> list[tuple[int, int, int]]:
        """Read the direct blocks below an indirect block; returns the indirect ones."""
        if rows > _MOST_ROWS:
            raise self.source.damaged(f"{self.what} has impossible sizes")
        cursor = self.source.block(address, 5 + 8 + self.offset_size + 8 * rows * self.width + 4, self.what)
        cursor.check_sum()
        self._expect(cursor, b"FHIB\0", offset)
        below = []
        for row in range(rows):
            size = self._row_size(row)
            for _ in range(self.width):
                child = cursor.unsigned(8)
                if child != UNDEFINED and size <= self.largest:
                    self._read_direct(child, offset, size)
                elif child != UNDEFINED:
                    below.append((child, offset, (size // (self.first * self.width)).bit_length()))
                offset += size
        return below

    def _read_direct(self, address: int, offset: int, size: int) -> None:
        cursor = self.source.block(address, size, self.what)
        self._expect(cursor, b"FHDB\0", offset)
        if self.has_checksums:  # computed with zeros in the place of the checksum
            place = cursor.position
            cursor.data = cursor.data[:place] + bytes(4) + cursor.data[place + 4 :] + cursor.data[place : place + 4]
            cursor.check_sum()
        self.blocks[offset] = cursor

    def _expect(self, cursor: Cursor, signature: bytes, offset: int) -> None:
        cursor.expect(signature)
        if cursor.unsigned(8) != self.address or cursor.unsigned(self.offset_size) != offset:
            raise self.source.damaged(f"{self.what} has a block of another one")

    def get(self, identifier: Cursor) -> Cursor:
        """A link or attribute by its identifier."""
        kind = identifier.unsigned(1)
        if kind == 0x10 and (number := identifier.unsigned(min(identifier.remaining, 8))) in self.huge:
            return self.source.block(*self.huge[number], self.what)
        if kind != 0:
            raise self.source.damaged(f"{self.what} has an unknown kind of entry")
        offset, size = identifier.unsigned(self.offset_size), identifier.unsigned(self.length_size)
        start = _last_up_to(self.starts, offset)
        if start is None:
            raise self.source.damaged(f"an entry lies outside of {self.what}")
        block = Cursor(self.source, self.blocks[start].data, self.what)
        block.position = min(offset - start, len(block.data))
        self.source.spend("bytes of text", size)
        return block.part(size)


def _read_huge(source: Source, address: int) -> dict[int, tuple[int, int]]:
    """Addresses and sizes of entries that are too large for blocks, by their numbers."""
    records = read_tree_2(source, address, 1)
    places = [(record.unsigned(8), record.unsigned(8), record.unsigned(8)) for record in records]
    return {number: (place, size) for place, size, number in places}


def _is_power(value: int) -> bool:
    return value > 0 and value & (value - 1) == 0


def _last_up_to(starts: list[int], offset: int) -> int | None:
    position = bisect.bisect_right(starts, offset)
    return starts[position - 1] if position else None

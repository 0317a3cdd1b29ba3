"""Data sets in chunks: their indexes, and the filters that compress them."""

from __future__ import annotations

import dataclasses
import itertools
import math
import zlib

import numpy as np

from glassworks.saving.hdf5.checksum import fletcher32
from glassworks.saving.hdf5.source import UNDEFINED, Cursor, Source
from glassworks.saving.hdf5.trees import CHUNKS, read_tree_1, read_tree_2

_DEFLATE, _SHUFFLE, _FLETCHER32 = 1, 2, 3
_NAMES = {4: "szip", 5: "nbit", 6: "scale-offset"}
_SMALL_CHUNK = 16 << 20  # bytes: a chunk of a small array that can grow may be larger than the array, up to this size
_MOST_EXPANSION = 1040  # deflate never expands a byte to more than 1032


@dataclasses.dataclass(frozen=True)
class Chunk:
    """A stored chunk: its first element, where it lies, and the filters that were left out (bits of `mask`)."""

    start: tuple[int, ...]
    address: int
    size: int
    mask: int = 0


@dataclasses.dataclass(frozen=True)
class Chunked:
    """How a data set lies in chunks. `index` is the kind of the index in version 4 of the layout, or 0 for a B-tree of version 1."""

    shape: tuple[int, ...]
    chunk: tuple[int, ...]
    item: int
    filters: tuple[int, ...]
    index: int
    address: int
    parameters: Cursor

    @property
    def size(self) -> int:
        """The number of bytes of a chunk without filters."""
        return math.prod(self.chunk) * self.item

    @property
    def count(self) -> int:
        """The number of chunks that the shape needs."""
        return math.prod(-(-axis // chunk) for axis, chunk in zip(self.shape, self.chunk, strict=True))

    def starts(self) -> itertools.product:
        """The first elements of all chunks, in the order of their numbers."""
        return itertools.product(*(range(0, axis, chunk) for axis, chunk in zip(self.shape, self.chunk, strict=True)))


def read_filters(source: Source, cursor: Cursor | None, item: int) -> tuple[int, ...]:
    """The filters that were applied to elements of `item` bytes, in their order."""
    if cursor is None:
        return ()
    version, count = cursor.unsigned(1), cursor.unsigned(1)
    if version not in (1, 2):
        raise source.damaged("a list of filters of an unknown version")
    cursor.take(6 if version == 1 else 0)
    filters = []
    for _ in range(count):
        number = cursor.unsigned(2)
        if number not in (_DEFLATE, _SHUFFLE, _FLETCHER32):
            name = _NAMES.get(number, f"number {number}")
            raise source.refused(f"the filter {name}", "gzip, shuffle or fletcher32", "store it with one of these filters, or without")
        name_size, _, values = cursor.unsigned(2) if version == 1 else 0, cursor.unsigned(2), cursor.unsigned(2)
        cursor.take(name_size + -name_size % 8)
        parameters = [cursor.unsigned(4) for _ in range(values)]
        cursor.take(4 * (values % 2) if version == 1 else 0)
        if number == _SHUFFLE and parameters != [item]:
            raise source.damaged(f"the filter shuffle has the parameters {parameters}, for elements of {item} bytes")
        filters.append(number)
    if len(set(filters)) != len(filters):
        raise source.refused("a filter that is applied twice", "each filter once")
    return tuple(filters)


def find_chunks(source: Source, layout: Chunked) -> list[Chunk]:
    """All chunks of a data set, of which none may be missing, after the checks that need no data."""
    if layout.count == 0:
        return []
    if layout.address == UNDEFINED:
        raise source.damaged("chunks are missing")
    readers = {0: _from_tree_1, 1: _from_single, 2: _from_implicit, 3: _from_fixed_array, 5: _from_tree_2}
    if layout.size > max(_SMALL_CHUNK, math.prod(layout.shape) * layout.item):
        raise source.damaged(f"chunks of {layout.size:,} bytes, for a smaller array")
    if layout.index not in readers:
        raise source.refused("chunks that can be appended without a limit", "a data set of fixed size", "store it without maxshape")
    chunks = readers[layout.index](source, layout)
    grid = {chunk.start for chunk in chunks}
    fits = all(
        start % chunk == 0 and start < axis for one in grid for start, chunk, axis in zip(one, layout.chunk, layout.shape, strict=True)
    )
    if not fits or len(grid) != len(chunks) or len(chunks) != layout.count:
        raise source.damaged(f"{len(chunks)} chunks do not cover the shape {layout.shape} in parts of {layout.chunk}")
    for chunk in chunks:
        source.check_range(chunk.address, chunk.size, "a chunk")
        expansion = _MOST_EXPANSION if _DEFLATE in layout.filters else 1
        if chunk.size * expansion < layout.size:
            raise source.damaged(f"a chunk of {layout.size} bytes is stored in {chunk.size}")
    if not source.extents.claim_all([(chunk.address, chunk.size) for chunk in chunks]):
        raise source.damaged("chunks overlap with other parts of the file")
    return chunks


def _from_tree_1(source: Source, layout: Chunked) -> list[Chunk]:
    chunks = []
    for key, address in read_tree_1(source, layout.address, CHUNKS, 8 + 8 * (len(layout.shape) + 1)):
        size, mask = key.unsigned(4), key.unsigned(4)
        chunks.append(Chunk(tuple(key.unsigned(8) for _ in layout.shape), address, size, mask))
        if key.unsigned(8):
            raise source.damaged("a chunk starts within an element")
    return chunks


def _from_single(source: Source, layout: Chunked) -> list[Chunk]:
    size, mask = (layout.parameters.unsigned(8), layout.parameters.unsigned(4)) if layout.parameters.remaining else (layout.size, 0)
    return [Chunk((0,) * len(layout.shape), layout.address, size, mask)]


def _from_implicit(source: Source, layout: Chunked) -> list[Chunk]:
    source.spend("entries of indexes", layout.count)
    return [Chunk(start, layout.address + number * layout.size, layout.size) for number, start in enumerate(layout.starts())]


def _from_fixed_array(source: Source, layout: Chunked) -> list[Chunk]:
    what = "an array of chunks"
    head = source.block(layout.address, 28, what)
    head.check_sum()
    head.expect(b"FAHD\0")
    is_filtered, entry, page_bits, count, address = (head.unsigned(size) for size in (1, 1, 1, 8, 8))
    if count != layout.count or page_bits > 32 or entry < (13 if is_filtered else 8):
        raise source.damaged(f"{what} has impossible sizes")
    source.spend("entries of indexes", count)
    page = 1 << page_bits
    pages = -(-count // page) if count > page else 0
    size = 14 + (pages + 7) // 8 + 4
    source.check_range(address, size + count * entry, what)
    if pages:
        blocks = [source.block(address, size, what)]
        blocks += [
            source.block(address + size + number * (page * entry + 4), min(page, count - number * page) * entry + 4, what)
            for number in range(pages)
        ]
    else:
        blocks = [source.block(address, size + count * entry, what)]
    for block in blocks:
        block.check_sum()
    blocks[0].expect(b"FADB\0")
    blocks[0].take(9 + (pages + 7) // 8)
    starts = layout.starts()
    chunks: list[Chunk] = []
    for block in blocks:
        while block.remaining >= entry and len(chunks) < count:
            place = block.unsigned(8)
            stored, mask = (block.unsigned(entry - 12), block.unsigned(4)) if is_filtered else (layout.size, 0)
            chunks.append(Chunk(next(starts), place, stored, mask))
    return chunks


def _from_tree_2(source: Source, layout: Chunked) -> list[Chunk]:
    rank, is_filtered = len(layout.shape), bool(layout.filters)
    chunks = []
    for record in read_tree_2(source, layout.address, 11 if is_filtered else 10):
        address = record.unsigned(8)
        size, mask = (record.unsigned(record.remaining - 4 - 8 * rank), record.unsigned(4)) if is_filtered else (layout.size, 0)
        start = tuple(record.unsigned(8) * chunk for chunk in layout.chunk)
        chunks.append(Chunk(start, address, size, mask))
    return chunks


def read_chunks(source: Source, layout: Chunked, chunks: list[Chunk], array: np.ndarray) -> None:
    """Fill an array, of the dtype as stored, from its chunks."""
    for chunk in chunks:
        data = _unfilter(source, layout, chunk, source.read_bytes(chunk.address, chunk.size, "a chunk"))
        values = np.frombuffer(data, array.dtype).reshape(layout.chunk)
        inside = tuple(slice(start, start + size) for start, size in zip(chunk.start, layout.chunk, strict=True))
        target = array[inside]
        target[...] = values[tuple(slice(0, size) for size in target.shape)]


def _unfilter(source: Source, layout: Chunked, chunk: Chunk, data: bytes) -> bytes:
    """The bytes of a chunk, with its filters undone in reverse order."""
    applied = [number for place, number in enumerate(layout.filters) if not chunk.mask >> place & 1]
    sizes = itertools.accumulate((4 * (number == _FLETCHER32) for number in applied), initial=layout.size)
    for number, size in reversed(list(zip(applied, sizes, strict=False))):
        if number == _DEFLATE:
            data = _inflate(source, data, size)
        elif number == _FLETCHER32:
            data, stored = data[:-4], int.from_bytes(data[-4:], "little")
            if fletcher32(data) != stored:
                raise source.damaged("the checksum of a chunk does not match")
        else:
            data = _unshuffle(data, layout.item)
    if len(data) != layout.size:
        raise source.damaged(f"a chunk has {len(data)} bytes of {layout.size}")
    return data


def _inflate(source: Source, data: bytes, size: int) -> bytes:
    stream = zlib.decompressobj()
    try:
        result = stream.decompress(data, size + 1)  # a byte more than there should be
    except zlib.error as error:
        raise source.damaged("a chunk cannot be decompressed") from error
    if len(result) != size or not stream.eof:
        raise source.damaged(f"a chunk does not decompress to {size} bytes")
    return result


def _unshuffle(data: bytes, item: int) -> bytes:
    """Undo the filter that puts the first bytes of all elements first, then the second bytes, and so on."""
    count = len(data) // item
    grouped = np.frombuffer(data, np.uint8, count * item).reshape(item, count)
    return grouped.T.tobytes() + data[count * item :]

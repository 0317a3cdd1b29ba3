"""Writing HDF5 files in the oldest form of the format, which every library reads.

The file is planned first: metadata is encoded, and each array gets its address. Then everything is written in order, without a seek, and
each array is asked for when its turn comes. Members come before their group, so their addresses are known when it is encoded.
"""

from __future__ import annotations

import math
import struct

import numpy as np

from glassworks.errors import ArgumentError
from glassworks.files import Writable
from glassworks.saving.hdf5 import headers
from glassworks.saving.hdf5.datatypes import write_dataspace, write_datatype
from glassworks.saving.hdf5.source import UNDEFINED
from glassworks.saving.hdf5.values import Array, Attribute, Group, LazyArray, Texts, Tree, prepare, stored_dtype

_START = 96  # bytes of the first block
_LEAF, _NODE = 8, 32  # members in a list, and children of a node of the index: twice the numbers in the first block
_FILL_VALUE = bytes([2, 2, 2, 1, 0, 0, 0, 0])  # zeros


def write(file: Writable, root: Tree) -> None:
    """Write an HDF5 file, which any HDF5 library reads.

    Nothing is written twice and the file is never moved back, so it can be a member of an archive. bfloat16 is stored as Keras stores it.

    Args:
        file: A binary file.
        root: What the file contains.

    Raises:
        ArgumentError: A name, a value or an attribute cannot be stored, or a lazy array is not what was announced. Except for the last,
            nothing has been written then.

    >>> import io
    >>> file = io.BytesIO()
    >>> write(file, Tree({"x": np.arange(3)}, {"backend": "glassworks"}))
    >>> file.getvalue()[:8]
    b'\\x89HDF\\r\\n\\x1a\\n'
    """
    plan = _Plan(root)
    for piece in plan.pieces:
        if isinstance(piece, bytes):
            _write_all(file, memoryview(piece))
        else:
            _write_array(file, piece)


def _write_array(file: Writable, entry: LazyArray) -> None:
    array = np.asarray(entry.compute())
    if array.shape != tuple(entry.shape) or array.dtype != entry.dtype:
        raise ArgumentError(
            f"an array {array.shape} {array.dtype}", f"{tuple(entry.shape)} {entry.dtype}, as announced", "announce its shape and dtype"
        )
    array = np.ascontiguousarray(array, dtype=stored_dtype(array.dtype))
    _write_all(file, array.reshape(-1).view(np.uint8).data)
    _write_all(file, memoryview(bytes(-array.nbytes % 8)))


def _write_all(file: Writable, data: memoryview) -> None:
    """Write all bytes; a file without a buffer may take only some at a time."""
    while data:
        data = data[file.write(data) :]


class _Plan:
    """The pieces of a file, in order: metadata as bytes, arrays as they will be computed. The place of a piece is its address."""

    def __init__(self, root: Tree) -> None:
        self.pieces: list[bytes | LazyArray] = [b""]
        self.position = _START
        self.texts = Texts()
        tree = prepare(root, self.texts)
        for collection in self.texts.collections(self.position):
            self.add(collection)
        header, index, heap = self.add_group(tree)
        self.pieces[0] = _first_block(header, index, heap, self.position)

    def add(self, data: bytes) -> int:
        """Plan a piece of metadata; returns its address."""
        data += bytes(-len(data) % 8)
        self.pieces.append(data)
        self.position += len(data)
        return self.position - len(data)

    def add_array(self, entry: Array) -> int:
        """Plan an array and its object header; returns the address of the header."""
        array = entry.array
        size = math.prod(array.shape) * array.dtype.itemsize
        address = UNDEFINED
        if size:
            address = self.position
            self.pieces.append(array)
            self.position += size + -size % 8
        layout = struct.pack("<BBQQ", 3, 1, address, size)
        messages = [
            (headers.DATASPACE, write_dataspace(tuple(array.shape))),
            (headers.DATATYPE, write_datatype(array.dtype)),
            (5, _FILL_VALUE),
            (headers.LAYOUT, layout),
        ]
        return self.add_header(messages, entry.attributes)

    def add_group(self, group: Group) -> tuple[int, int, int]:
        """Plan a group and its members; returns the addresses of its object header, its index and its heap of names."""
        names, entries = bytearray(8), []
        for name, member in group.members:
            offset = len(names)
            names += name + bytes(8 - len(name) % 8)
            if isinstance(member, Group):
                header, *scratch = self.add_group(member)
                entries.append((offset, struct.pack("<QQIIQQ", offset, header, 1, 0, *scratch)))
            else:
                entries.append((offset, struct.pack("<QQIIQQ", offset, self.add_array(member), 0, 0, 0, 0)))
        heap = self.add(struct.pack("<4sIQQQ", b"HEAP", 0, len(names), 1, self.position + 32) + names)
        index = self.add_index(entries)
        message = (headers.SYMBOL_TABLE, struct.pack("<QQ", index, heap))
        return self.add_header([message], group.attributes), index, heap

    def add_index(self, entries: list[tuple[int, bytes]]) -> int:
        """Plan the lists of a group's members, sorted by name, and the B-tree above them; returns the address of its root."""
        nodes = []  # the offset of the last name below, and the address
        for start in range(0, len(entries), _LEAF):
            part = entries[start : start + _LEAF]
            data = struct.pack("<4sBBH", b"SNOD", 1, 0, len(part)) + b"".join(entry for _, entry in part)
            nodes.append((part[-1][0], self.add(data.ljust(8 + 40 * _LEAF, b"\0"))))
        level = 0
        while True:
            nodes = self._add_level(nodes, level)
            level += 1
            if len(nodes) == 1:
                return nodes[0][1]

    def _add_level(self, below: list[tuple[int, int]], level: int) -> list[tuple[int, int]]:
        size = 24 + 16 * _NODE + 8
        nodes, first_key = [], 0
        for start in range(0, max(len(below), 1), _NODE):
            part = below[start : start + _NODE]
            left = self.position - size if start else UNDEFINED
            right = self.position + size if start + _NODE < len(below) else UNDEFINED
            data = struct.pack("<4sBBHQQQ", b"TREE", 0, level, len(part), left, right, first_key)
            data += b"".join(struct.pack("<QQ", address, key) for key, address in part)
            first_key = part[-1][0] if part else 0
            nodes.append((first_key, self.add(data.ljust(size, b"\0"))))
        return nodes

    def add_header(self, messages: list[tuple[int, bytes]], attributes: list[Attribute]) -> int:
        """Plan an object header; returns its address."""
        messages += [(headers.ATTRIBUTE, attribute.message(self.texts)) for attribute in attributes]
        padded = [(kind, data + bytes(-len(data) % 8)) for kind, data in messages]
        body = b"".join(struct.pack("<HHI", kind, len(data), 0) + data for kind, data in padded)
        return self.add(struct.pack("<BBHIII", 1, 0, len(messages), 1, len(body), 0) + body)


def _first_block(header: int, index: int, heap: int, end: int) -> bytes:
    numbers = struct.pack("<8B2HI", 0, 0, 0, 0, 0, 8, 8, 0, _LEAF // 2, _NODE // 2, 0)
    addresses = struct.pack("<4Q", 0, UNDEFINED, end, UNDEFINED)
    return b"\x89HDF\r\n\x1a\n" + numbers + addresses + struct.pack("<QQIIQQ", 0, header, 1, 0, index, heap)

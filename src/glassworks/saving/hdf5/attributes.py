"""Attributes: small named values of a group or data set, decoded when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from glassworks.saving.hdf5.datatypes import Datatype, check_size, read_dataspace, read_datatype, to_native
from glassworks.saving.hdf5.headers import ATTRIBUTE, ATTRIBUTE_INFO, Header
from glassworks.saving.hdf5.heaps import GlobalHeap
from glassworks.saving.hdf5.links import read_dense
from glassworks.saving.hdf5.source import Cursor, Source, decode_text

_INDEX = 8
Value = str | np.generic | np.ndarray | None


class Attributes(Mapping[str, Value]):
    """The attributes of an object, with the types that h5py gives them.

    A text of variable length is a `str`, one of fixed length `np.bytes_`, a number a NumPy scalar, several of them an array, and an empty
    attribute None. A value of any other type raises `LoadError` when it is asked for.
    """

    def __init__(self, source: Source, header: Header, heap: GlobalHeap) -> None:
        self._source, self._heap = source, heap
        self._raw: dict[str, tuple[Cursor, Cursor, Cursor]] = {}
        self._values: dict[str, Value] = {}
        entries = header.all(ATTRIBUTE)
        if (info := header.find(ATTRIBUTE_INFO)) is not None:
            entries += _read_dense(source, info)
        source.spend("attributes", len(entries))
        for cursor in entries:
            name, raw = _split(source, cursor)
            if name in self._raw:
                raise source.damaged(f"two attributes have the name {name!r}")
            self._raw[name] = raw

    def __getitem__(self, name: str) -> Value:
        if name not in self._values:
            self._values[name] = self._read(name)
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)

    def __contains__(self, name: object) -> bool:
        return name in self._raw

    def __repr__(self) -> str:
        return f"<attributes: {', '.join(self._raw)}>"

    def _read(self, name: str) -> Value:
        source = self._source.within(f"{self._source.member or '/'} attribute {name!r}")
        # Copies, so that an attribute that raised raises again in the same way.
        datatype, dataspace, data = (Cursor(source, part.data, "an attribute") for part in self._raw[name])
        kind, shape = read_datatype(datatype), read_dataspace(dataspace)
        if shape is None:
            return None
        raw = data.take(check_size(source, shape, kind.size))
        return decode(source, kind, shape, np.frombuffer(bytearray(raw), np.uint8), self._heap)


def decode(source: Source, kind: Datatype, shape: tuple[int, ...], raw: np.ndarray, heap: GlobalHeap) -> Value:
    """The value of bytes as stored; `raw` becomes part of the result."""
    if kind.is_variable:
        cursor = Cursor(source, raw.tobytes(), "a text")
        texts = [_read_text(source, cursor, heap) for _ in range(raw.size // 16)]
        return np.array(texts, object).reshape(shape) if shape else texts[0]
    if kind.dtype is None:
        raise unsupported(source, kind)
    array = np.ndarray(shape, kind.dtype, raw)
    return to_native(source, array, kind.dtype)[()]


def unsupported(source: Source, kind: Datatype) -> Exception:
    """The error for values that have no counterpart here."""
    return source.refused(f"its values are {kind.text}", "floats, integers, booleans or texts", "store it as one of these types")


def _read_text(source: Source, cursor: Cursor, heap: GlobalHeap) -> str:
    size, address, index = cursor.unsigned(4), cursor.unsigned(8), cursor.unsigned(4)
    return decode_text(source, heap.get(source, address, index, size), "a text")


def _read_dense(source: Source, cursor: Cursor) -> list[Cursor]:
    if cursor.unsigned(1) != 0:
        raise source.damaged("a list of attributes of an unknown version")
    cursor.take(2 * (cursor.unsigned(1) & 1))
    heap, tree = cursor.unsigned(8), cursor.unsigned(8)
    return read_dense(source, heap, tree, _INDEX)


def _split(source: Source, cursor: Cursor) -> tuple[str, tuple[Cursor, Cursor, Cursor]]:
    """The name of an attribute, and the messages of its type and shape and its data."""
    version, flags = cursor.unsigned(1), cursor.unsigned(1)
    if version not in (1, 2, 3):
        raise source.damaged("an attribute of an unknown version")
    if version > 1 and flags & 3:
        raise source.refused("an attribute's type is shared with other objects", "an object that describes itself")
    sizes = [cursor.unsigned(2) for _ in range(3)]
    cursor.take(version == 3)  # the character set: UTF-8 contains ASCII
    padding = 8 if version == 1 else 1
    name, datatype, dataspace = (cursor.part(size + -size % padding) for size in sizes)
    if b"\0" not in name.data[: sizes[0]]:
        raise source.damaged("the name of an attribute has no end")
    return name.text(sizes[0]), (datatype, dataspace, cursor.part(cursor.remaining))

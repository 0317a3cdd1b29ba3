"""Groups and data sets of an HDF5 file."""

from __future__ import annotations

import dataclasses
import io
import math
from collections.abc import Iterator, Mapping
from typing import BinaryIO

import numpy as np

from glassworks.saving.hdf5 import headers
from glassworks.saving.hdf5.attributes import Attributes, decode, unsupported
from glassworks.saving.hdf5.chunks import Chunk, Chunked, find_chunks, read_chunks, read_filters
from glassworks.saving.hdf5.datatypes import BFLOAT16, Datatype, check_size, read_dataspace, read_datatype, to_native
from glassworks.saving.hdf5.heaps import GlobalHeap
from glassworks.saving.hdf5.links import is_group, read_links
from glassworks.saving.hdf5.source import DEEPEST, UNDEFINED, Cursor, Extents, Source

_COMPACT, _CONTIGUOUS, _CHUNKED, _VIRTUAL = 0, 1, 2, 3
_SIGNATURE = b"\x89HDF\r\n\x1a\n"


class Dataset:
    """An array in a file. Its data is read by `read`, and not before.

    Attributes:
        name: The path of the data set within the file.
        attributes: Its attributes.
    """

    def __init__(self, source: Source, header: headers.Header, heap: GlobalHeap) -> None:
        self.name, self.attributes = source.member, Attributes(source, header, heap)
        self._source, self._heap = source, heap
        shape = read_dataspace(header.get(headers.DATASPACE, "shape"))
        if shape is None:
            raise source.refused("a data set without values", "an array", "store an array, of size 0 if need be")
        self.shape: tuple[int, ...] = shape
        self._kind = _with_bfloat16(read_datatype(header.get(headers.DATATYPE, "datatype")), self.attributes)
        self._stored_size = check_size(source, shape, self._kind.size)
        if header.find(headers.EXTERNAL_FILES) is not None:
            raise source.refused("its data lies in another file", "data in the file itself")
        self._read_layout(header)

    @property
    def dtype(self) -> np.dtype:
        """The dtype of the array that `read` returns; `LoadError` if the type has no counterpart here."""
        if self._kind.dtype is None:
            raise unsupported(self._source, self._kind)
        return self._kind.dtype.newbyteorder("=")

    @property
    def nbytes(self) -> int:
        """The number of bytes of the array that `read` returns."""
        return math.prod(self.shape) * self.dtype.itemsize

    def __repr__(self) -> str:
        return f"<Dataset {self.name!r} {self.shape} {self._kind.dtype or self._kind.text}>"

    def _read_layout(self, header: headers.Header) -> None:
        """Find where the data lies, and compare its size with the shape."""
        source, cursor = self._source, header.get(headers.LAYOUT, "layout")
        version, layout = cursor.unsigned(1), cursor.unsigned(1)
        if version not in (3, 4, 5):
            raise source.refused(f"a layout of version {version}", "a file of HDF5 1.6.3 or later")
        self._compact: bytes | None = None
        self._chunked: Chunked | None = None
        self._chunks: list[Chunk] | None = None  # found by the first `read`
        self._address = UNDEFINED
        if layout == _COMPACT:
            self._compact = cursor.take(cursor.unsigned(2))
            self._check_stored(len(self._compact))
        elif layout == _CONTIGUOUS:
            self._address, size = cursor.unsigned(8), cursor.unsigned(8)
            if self._address != UNDEFINED or self._stored_size:
                self._check_stored(size)
                source.claim(self._address, size, "the data")
        elif layout == _CHUNKED:
            self._chunked = self._read_chunked(cursor, version, read_filters(source, header.find(headers.FILTERS), self._kind.size))
        elif layout == _VIRTUAL:
            raise source.refused("its data is a view of other data sets (virtual)", "data in the file itself")
        else:
            raise source.damaged("a layout of an unknown class")

    def _check_stored(self, size: int) -> None:
        if size != self._stored_size:
            raise self._source.damaged(f"the shape {self.shape} needs {self._stored_size} bytes, but {size} are stored")

    def _read_chunked(self, cursor: Cursor, version: int, filters: tuple[int, ...]) -> Chunked:
        index = 0
        if version == 3:
            rank, address = cursor.unsigned(1), cursor.unsigned(8)
            sizes = [cursor.unsigned(4) for _ in range(rank)]
            parameters = cursor
        else:
            flags, rank, width = cursor.unsigned(1), cursor.unsigned(1), cursor.unsigned(1)
            sizes = [cursor.unsigned(width) for _ in range(rank)]
            index = cursor.unsigned(1)
            parameters = cursor.part({1: 12 * bool(flags & 2), 3: 1, 4: 5, 5: 6}.get(index, 0))
            address = cursor.unsigned(8)
        if not self.shape or len(sizes) != len(self.shape) + 1 or sizes[-1] != self._kind.size or not all(sizes):
            raise self._source.damaged(f"chunks of the sizes {sizes} do not belong to the shape {self.shape}")
        check_size(self._source, tuple(sizes), 1)
        return Chunked(self.shape, tuple(sizes[:-1]), self._kind.size, filters, index, address, parameters)

    def read(self, max_bytes: int | None = None) -> np.ndarray:
        """Read the data.

        Args:
            max_bytes: Refuse a larger array before memory is allocated for it.

        Returns:
            A contiguous array of its own memory, in the byte order of this machine; texts of variable length as an array of `str`.

        Raises:
            LoadError: The data is damaged, larger than allowed, or of a type that is not read.
        """
        source, dtype = self._source, self.dtype
        if max_bytes is not None and self.nbytes > max_bytes:
            raise source.refused(f"an array of {self.nbytes:,} bytes", f"at most {max_bytes:,}", "load it into a model of its size")
        if self._kind.is_variable:
            raw = self._read_raw(np.dtype("V16"))
            values = decode(source, self._kind, self.shape, raw.reshape(-1).view(np.uint8), self._heap)
            return np.asarray(values, object)
        assert self._kind.dtype is not None
        array = self._read_raw(self._kind.dtype)
        result = to_native(source, array, self._kind.dtype)
        return result if result.dtype == dtype else result.view(dtype)

    def _read_raw(self, dtype: np.dtype) -> np.ndarray:
        """The data as stored."""
        source = self._source
        if self._chunked is not None and self._chunks is None:
            self._chunks = find_chunks(source, self._chunked)
        array = np.empty(self.shape, dtype)
        if self._compact is not None:
            array.reshape(-1).view(np.uint8)[:] = np.frombuffer(self._compact, np.uint8)
        elif self._chunked is not None:
            read_chunks(source, self._chunked, self._chunks or [], array)
        elif array.size:
            source.read_into(array, self._address, "the data")
        return array


def _with_bfloat16(kind: Datatype, attributes: Attributes) -> Datatype:
    """Keras stores bfloat16 as two opaque bytes, with an attribute that says what they are."""
    if kind.is_opaque and kind.size == 2 and "dtype" in attributes and attributes["dtype"] == "bfloat16":
        return Datatype(2, BFLOAT16, "bfloat16")
    return kind


class Group(Mapping[str, "Group | Dataset"]):
    """A group of a file: its members by their names, in the order in which h5py lists them.

    Attributes:
        name: The path of the group within the file; empty for the root.
        attributes: Its attributes.
    """

    def __init__(self, name: str, attributes: Attributes) -> None:
        self.name, self.attributes = name, attributes
        self._members: dict[str, Group | Dataset] = {}

    def __getitem__(self, name: str) -> Group | Dataset:
        return self._members[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    def __repr__(self) -> str:
        return f"<Group {self.name or '/'!r} ({len(self)} members)>"

    def find(self, path: str) -> Group | Dataset | None:
        """The member at a path like "layers/dense/vars/0", or None. An empty path is the group itself."""
        place: Group | Dataset | None = self
        for part in filter(None, path.split("/")):
            place = place._members.get(part) if isinstance(place, Group) else None
        return place


def read(file: BinaryIO, label: str, offset: int = 0, size: int | None = None) -> Group:
    """Read the structure of an HDF5 file: its groups, data sets and attributes, but no data.

    It reads what Keras and h5py write, in all versions of the format. Links other than hard ones, data in other files and virtual data sets
    are refused, and so is whatever lies outside of the file, overlaps or repeats. What it takes in time and memory is at most linear in the
    size of the file.

    Args:
        file: A binary file that can be read at any position.
        label: Its name in errors.
        offset: Where the HDF5 file starts within `file`, for one that lies in an archive.
        size: How many bytes it has; by default all up to the end.

    Raises:
        LoadError: The file is damaged, or has parts that are not read.

    >>> import io
    >>> from glassworks.saving.hdf5 import Tree, write
    >>> file = io.BytesIO()
    >>> write(file, Tree({"layer": Tree({"0": np.ones((2, 3))})}))
    >>> read(file, "weights.h5").find("layer/0").read()
    array([[1., 1., 1.],
           [1., 1., 1.]])
    """
    if size is None:
        size = file.seek(0, io.SEEK_END) - offset
    source = Source(file, label, offset, size, Extents(size))
    source, address = _read_superblock(source)
    heap, addresses = GlobalHeap(), {address}
    header = headers.read_header(source, address)
    root = Group("", Attributes(source, header, heap))
    ahead = [(root, header, 0)]
    while ahead:
        group, header, depth = ahead.pop()
        for name, address in read_links(source.within(group.name), header).items():
            inner = source.within(f"{group.name}/{name}".lstrip("/"))
            if address in addresses:
                raise inner.refused("the object has a second name, or contains itself", "one name for each object")
            addresses.add(address)
            source.spend("bytes of paths", len(inner.member))
            if depth >= DEEPEST:
                raise inner.refused("it lies too deep", f"{DEEPEST} levels of groups", "nest fewer models in each other")
            member_header = headers.read_header(inner, address)
            if is_group(member_header):
                member = Group(inner.member, Attributes(inner, member_header, heap))
                ahead.append((member, member_header, depth + 1))
                group._members[name] = member
            else:
                group._members[name] = Dataset(inner, member_header, heap)
    source.settle()
    return root


def _read_superblock(source: Source) -> tuple[Source, int]:
    """The file up to the end that it states, and the address of the root's object header."""
    what = "the first block"
    head = source.block(0, 9, what)
    if head.take(8) != _SIGNATURE:
        raise source.refused("this is not an HDF5 file", "a file that starts with the signature of HDF5", "check the name of the file")
    version = head.unsigned(1)
    if version > 3:
        raise source.refused(f"HDF5 files of version {version} are not known", "version 0 to 3", "save it with an older HDF5 library")
    if version < 2:
        cursor = source.block(9, 87 + 4 * version, what)
        cursor.take(4)
        widths = cursor.unsigned(2)
        cursor.take(9 + 4 * version)
        base, _, end, driver, _, root = (cursor.unsigned(8) for _ in range(6))
    else:
        cursor = source.block(9, 39, what)
        cursor.data = head.data + cursor.data
        cursor.check_sum()
        cursor.take(9)
        widths = cursor.unsigned(2)
        cursor.take(1)
        base, _, end, root = (cursor.unsigned(8) for _ in range(4))
        driver = UNDEFINED
    if widths != 0x0808 or base or driver != UNDEFINED:
        raise source.refused("addresses of an unusual kind", "64-bit addresses from the start of one file", "save it with h5py's defaults")
    if end > source.size:
        raise source.damaged(f"the file ends early: it has {source.size} bytes of {end}")
    return dataclasses.replace(source, size=end), root

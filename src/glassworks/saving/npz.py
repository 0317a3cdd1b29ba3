"""NumPy's files: `.npz`, a zip archive of named arrays, and `.npy`, a single array.

The reader is our own, since NumPy's evaluates the header as a Python literal and allocates what it claims: a header is matched by a regular
expression, an array has exactly the bytes of its shape, and Python objects (pickles) are refused.
"""

from __future__ import annotations

import math
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, BinaryIO

import ml_dtypes
import numpy as np

from glassworks.errors import LoadError
from glassworks.saving.tensors import (
    DTYPES,
    Entry,
    LazyTensor,
    as_bytes,
    as_lazy,
    check_booleans,
    check_budget,
    check_name,
    check_shape,
    content,
    read_exactly,
    size_of,
)
from glassworks.saving.zip_directory import MOST_MEMBERS, check_directory
from glassworks.typing import ArrayLike

MAGIC = b"\x93NUMPY"
MOST_HEADER, CHUNK = 10_000, 1 << 20
# The largest compression ratio of deflate (RFC 1951: a match of 258 bytes in two bits).
MOST_INFLATED = 1032
# The name that NumPy gives to an array without one.
UNNAMED = "arr_0"
# One item of the header, a Python dict; Python 2 wrote sizes with an L.
_ITEM = re.compile(
    r"\s*(?:'descr'\s*:\s*'(?P<descr>[<>|=]?[a-zA-Z?]\d{0,3})'"
    r"|'fortran_order'\s*:\s*(?P<order>True|False)"
    r"|'shape'\s*:\s*\((?P<shape>(?:\s*\d{1,19}L?\s*,)*(?:\s*\d{1,19}L?)?\s*)\))\s*(?:,|(?=\}))"
)
_UNREADABLE = (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError, NotImplementedError, OverflowError)


def read(file: BinaryIO, label: str, budget: int | None = None) -> dict[str, Entry]:
    """The arrays of an `.npz` file, checked, and not yet read; of an `.npy` file, its array under the name `arr_0`.

    Args:
        file: The open file; it stays open until the arrays are read.
        label: Its name, for errors.
        budget: The number of bytes that all arrays may take; by default the memory that is free.

    Raises:
        LoadError: It is neither, is damaged, or holds Python objects.

    >>> import io
    >>> file = io.BytesIO()
    >>> np.savez(file, kernel=np.ones(3))
    >>> read(file, "w.npz")["kernel"].read()
    array([1., 1., 1.])
    """
    size = size_of(file)
    if file.read(len(MAGIC)) == MAGIC:
        file.seek(0)
        entries = {UNNAMED: _plain(file, label, size)}
    else:
        entries = _zipped(file, label, size)
    check_budget(label, entries.values(), budget)
    return entries


def write(file: BinaryIO, tensors: Mapping[str, ArrayLike | LazyTensor], metadata: Mapping[str, str] | None = None) -> None:
    """Write an `.npz` file, which `numpy.load` reads, one array after the other.

    NumPy has no bfloat16: such an array is stored as its 16-bit patterns (`|V2`), and `.view(ml_dtypes.bfloat16)` gives it back.

    Args:
        file: The file, open for writing.
        tensors: Name -> array, or a `LazyTensor` that is computed when its turn has come.
        metadata: Texts for readers; they become the comment of the archive, as `name: text` lines.

    Raises:
        DTypeError: A tensor is complex, or holds texts.
    """
    lazy = {name: as_lazy(name, tensor) for name, tensor in tensors.items()}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, tensor in lazy.items():
            # The date of all members is fixed (1980), so that equal weights are equal files.
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                member.write(_header(tensor))
                member.write(content(name, tensor))
        archive.comment = "\n".join(f"{key}: {text}" for key, text in (metadata or {}).items()).encode()[:65535]


def _header(tensor: LazyTensor) -> bytes:
    descr = "|V2" if tensor.dtype == ml_dtypes.bfloat16 else tensor.dtype.str
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {tensor.shape}, }}"
    text += " " * (-(len(MAGIC) + 4 + len(text) + 1) % 64) + "\n"
    return MAGIC + b"\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


def _plain(file: BinaryIO, label: str, size: int) -> Entry:
    shape, dtype, order, start = _parse(file, label, UNNAMED)
    _check_size(label, UNNAMED, shape, dtype, size - start)

    def fill(array: np.ndarray) -> None:
        file.seek(start)
        _fill(file, label, UNNAMED, dtype, order, array)

    return Entry(shape, dtype.newbyteorder("="), fill)


def _zipped(file: BinaryIO, label: str, size: int) -> dict[str, Entry]:
    check_directory(file, label)
    with _damage(label, ""):
        archive = zipfile.ZipFile(file)
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:  # a directory may have more than its end says
        raise LoadError(label, "", f"{len(members):,} members", f"at most {MOST_MEMBERS:,}")
    _check_members(label, members, size)
    return {member.filename.removesuffix(".npy"): _member(archive, member, label) for member in members}


@contextmanager
def _damage(label: str, name: str) -> Iterator[None]:
    """The errors of `zipfile` and `zlib` as errors that say which array is damaged."""
    try:
        yield
    except LoadError:
        raise
    except _UNREADABLE as error:
        fix = "check that it is an .npz file, and complete"
        raise LoadError(label, name, f"it is damaged: {error or 'it ends early'}", "a complete .npz file", fix) from error


def _check_members(label: str, members: list[zipfile.ZipInfo], size: int) -> None:
    """Refuse members that are not plain arrays, that share bytes of the archive, or that claim more than deflate can make of them."""
    names: set[str] = set()
    position = 0
    for member in sorted(members, key=lambda member: member.header_offset):
        name = member.filename
        check_name(label, member.orig_filename)
        if name in names or not name.endswith(".npy") or len(name) == len(".npy"):
            raise LoadError(label, name, "it is not an array" if name not in names else "it occurs twice", "arrays with the suffix .npy")
        names.add(name)
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or member.flag_bits & 1:
            raise LoadError(
                label, name, "it is encrypted, or compressed by another method than deflate", "an array that is stored or deflated"
            )
        if member.header_offset < position:
            raise LoadError(label, name, "its bytes belong to another member, too", "members that do not overlap")
        position = member.header_offset + 30 + len(member.orig_filename) + member.compress_size
        stored = member.compress_type == zipfile.ZIP_STORED
        holds = member.file_size == member.compress_size if stored else member.file_size <= MOST_INFLATED * member.compress_size
        if position > size or not holds:
            raise LoadError(label, name, f"it claims {member.file_size:,} bytes, which it does not hold", "the size of its content")


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, label: str) -> Entry:
    name = member.filename.removesuffix(".npy")
    with _damage(label, name), archive.open(member) as stream:
        shape, dtype, order, start = _parse(stream, label, name)
    _check_size(label, name, shape, dtype, member.file_size - start)

    def fill(array: np.ndarray) -> None:
        with _damage(label, name), archive.open(member) as stream:
            read_exactly(stream, label, name, start)
            _fill(stream, label, name, dtype, order, array)
            if stream.read(1):  # it also compares the checksum, if there are no bytes in the array
                raise LoadError(label, name, "bytes after the array", "the array alone")

    return Entry(shape, dtype.newbyteorder("="), fill)


def _parse(stream: IO[bytes], label: str, name: str) -> tuple[tuple[int, ...], np.dtype, str, int]:
    """What the header says: the shape, the dtype, the order of elements (C or F), and where they begin."""
    magic = read_exactly(stream, label, name, len(MAGIC) + 2)
    if magic[: len(MAGIC)] != MAGIC or magic[len(MAGIC) :] not in (b"\x01\x00", b"\x02\x00", b"\x03\x00"):
        raise LoadError(label, name, "it does not begin as NumPy's arrays do", "an array in the format .npy, version 1 to 3")
    width = 2 if magic[len(MAGIC)] == 1 else 4
    length = int.from_bytes(read_exactly(stream, label, name, width), "little")
    if length > MOST_HEADER:
        raise LoadError(label, name, f"a header of {length:,} bytes", f"at most {MOST_HEADER:,}")
    text = read_exactly(stream, label, name, length).decode("latin1").strip()
    items = {key: value for match in _ITEM.finditer(text) for key, value in match.groupdict().items() if value is not None}
    if not text.startswith("{") or _ITEM.sub("", text[1:]).strip() != "}" or len(items) != 3 or len(_ITEM.findall(text)) != 3:
        raise LoadError(label, name, f"the header {text[:80]!r}", "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }")
    dtype = _dtype(label, name, items["descr"])
    shape = tuple(int(size.strip(" L")) for size in items["shape"].split(",") if size.strip())
    if len(shape) == 1 and "," not in items["shape"]:
        raise LoadError(label, name, f"the shape ({items['shape']}), which is a number", "a tuple")
    check_shape(label, name, shape, dtype)
    return shape, dtype, "F" if items["order"] == "True" else "C", len(magic) + width + length


def _dtype(label: str, name: str, descr: str) -> np.dtype:
    kind = descr.lstrip("<>|=")
    if kind == "V2":
        return DTYPES["bfloat16"]
    if kind[0] == "O":
        raise LoadError(label, name, "Python objects, which are pickled", "an array of numbers", "save arrays with a dtype of numbers")
    known = {dtype.str.lstrip("<>|="): dtype for dtype in DTYPES.values() if dtype.kind != "V"}
    if kind not in known:
        raise LoadError(label, name, f"dtype {descr!r}", f"one of {', '.join(DTYPES)}")
    return known[kind].newbyteorder(">") if descr[0] == ">" else known[kind]


def _check_size(label: str, name: str, shape: tuple[int, ...], dtype: np.dtype, size: int) -> None:
    wanted = math.prod(shape) * dtype.itemsize
    if wanted != size:
        raise LoadError(label, name, f"{size:,} bytes for an array of {dtype} {shape}", f"{wanted:,} bytes")


def _fill(stream: IO[bytes], label: str, name: str, dtype: np.dtype, order: str, array: np.ndarray) -> None:
    """Read an array; what is in Fortran's order or of the other byte order is rearranged."""
    direct = order == "C" or array.ndim < 2
    target = array if direct else np.empty(array.shape[::-1], array.dtype)
    memory = as_bytes(target)
    for begin in range(0, len(memory), CHUNK):
        end = min(begin + CHUNK, len(memory))
        memory[begin:end] = read_exactly(stream, label, name, end - begin)
    if not dtype.isnative:
        target.byteswap(inplace=True)
    if not direct:
        array[...] = target.T
    check_booleans(label, name, array)

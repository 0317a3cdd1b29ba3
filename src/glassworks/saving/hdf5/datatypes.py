"""Types and shapes of elements: datatype and dataspace messages, and the NumPy arrays that they stand for."""

from __future__ import annotations

import dataclasses
import math
import struct

import ml_dtypes
import numpy as np

from glassworks.errors import ArgumentError
from glassworks.saving.hdf5.source import SIZE_LIMIT, Cursor, Source

BFLOAT16 = np.dtype(ml_dtypes.bfloat16)
MAXIMUM_RANK = 32  # HDF5's limit
_CLASSES = (
    *("an integer", "a float", "a time", "a string", "a bit field", "opaque", "a compound", "a reference", "an enumeration"),
    *("of variable length", "an array", "complex"),
)
# Size, bit of the sign, then as the file says: precision, place and size of the exponent, place and size of the mantissa, bias.
_FLOATS: dict[tuple[int, ...], np.dtype] = {
    (2, 15, 16, 10, 5, 0, 10, 15): np.dtype(np.float16),
    (2, 15, 16, 7, 8, 0, 7, 127): BFLOAT16,
    (4, 31, 32, 23, 8, 0, 23, 127): np.dtype(np.float32),
    (8, 63, 64, 52, 11, 0, 52, 1023): np.dtype(np.float64),
}
_BOOLEAN = [(b"FALSE", 0), (b"TRUE", 1)]


@dataclasses.dataclass(frozen=True)
class Datatype:
    """The type of an element. `dtype` is None where it has no counterpart here, for the reason in `text`."""

    size: int
    dtype: np.dtype | None
    text: str
    is_variable: bool = False  # a text of variable length: `dtype` is that of objects
    is_opaque: bool = False


def read_datatype(cursor: Cursor) -> Datatype:
    """The type that a datatype message describes; the rest of the message is left."""
    first, bits, size = cursor.unsigned(1), cursor.unsigned(3), cursor.unsigned(4)
    kind, version = first & 15, first >> 4
    if not 1 <= version <= 5 or kind >= len(_CLASSES):
        raise cursor.source.damaged("the datatype has an unknown version or class")
    if not 0 < size < 2**30:
        raise cursor.source.damaged(f"the datatype has elements of {size} bytes")
    dtype = None
    if kind == 0 and size in (1, 2, 4, 8) and (cursor.unsigned(2), cursor.unsigned(2)) == (0, 8 * size):
        dtype = np.dtype(f"{'>' if bits & 1 else '<'}{'i' if bits & 8 else 'u'}{size}")
    elif kind == 1:
        dtype = _FLOATS.get((size, bits >> 8 & 255, *_float_fields(cursor)))
        if bits & 0x40 or (dtype == BFLOAT16 and bits & 1) or bits & 0x30 != 0x20:  # the order of a VAX, or another normalization
            dtype = None
        if dtype is not None and bits & 1:
            dtype = dtype.newbyteorder(">")
    elif kind == 3:
        dtype = np.dtype(f"S{size}")
    elif kind == 5:
        return Datatype(size, None, "opaque", is_opaque=True)
    elif kind == 8 and _is_boolean(cursor, bits & 0xFFFF, version):
        dtype = np.dtype(np.bool_)
    elif kind == 9 and bits & 15 == 1 and size == 16:
        return Datatype(size, np.dtype(object), "a text", is_variable=True)
    return Datatype(size, dtype, f"{_CLASSES[kind]} of {size} bytes")


def _float_fields(cursor: Cursor) -> tuple[int, ...]:
    if cursor.unsigned(2) != 0:  # padding below the lowest bit
        return ()
    return (cursor.unsigned(2), *(cursor.unsigned(1) for _ in range(4)), cursor.unsigned(4))


def _is_boolean(cursor: Cursor, count: int, version: int) -> bool:
    """Whether an enumeration is the one that h5py writes for booleans."""
    base = read_datatype(cursor)
    if count != 2 or base.dtype != np.dtype(np.int8):
        return False
    names = []
    for _ in range(2):
        end = cursor.data.find(b"\0", cursor.position, cursor.position + 16)
        size = end - cursor.position + 1
        if end < 0:
            return False
        names.append(cursor.take(size)[:-1])
        if version < 3:
            cursor.take(-size % 8)
    return list(zip(names, cursor.take(2), strict=True)) == _BOOLEAN


def read_dataspace(cursor: Cursor) -> tuple[int, ...] | None:
    """The shape that a dataspace message describes; None for the null space, which holds no value."""
    source, version, rank, flags = cursor.source, cursor.unsigned(1), cursor.unsigned(1), cursor.unsigned(1)
    if version not in (1, 2):
        raise source.damaged(f"the dataspace has the unknown version {version}")
    if rank > MAXIMUM_RANK:
        raise source.damaged(f"the shape has {rank} axes")
    kind = cursor.unsigned(5 if version == 1 else 1)
    if version == 2 and kind == 2:
        return None
    shape = tuple(cursor.unsigned(8) for _ in range(rank))
    if flags & 1:  # the largest shape that the data set may be given, of no interest here
        cursor.take(8 * rank)
    return shape


def check_size(source: Source, shape: tuple[int, ...], item: int) -> int:
    """The number of bytes of an array; refuses what NumPy could not hold."""
    if math.prod(max(size, 1) for size in shape) * item > SIZE_LIMIT:
        raise source.damaged(f"an array of shape {shape} is larger than any file")
    return math.prod(shape) * item


def to_native(source: Source, array: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """An owned array of bytes as stored, of `dtype`, in the byte order of this machine, without a copy."""
    if dtype == np.bool_ and array.size and array.view(np.uint8).max() > 1:
        raise source.damaged("booleans other than 0 and 1")
    if not dtype.isnative:
        array = array.byteswap(inplace=True).view(dtype.newbyteorder("="))
    return array


def write_datatype(dtype: np.dtype) -> bytes:
    """The datatype message of a NumPy dtype, as h5py writes it.

    Keras stores bfloat16 by h5py as two opaque bytes, with an attribute "dtype" that says what they are.

    >>> write_datatype(np.dtype("int8")).hex()
    '10080000010000000000080000000000'
    """
    dtype = dtype if dtype == BFLOAT16 else dtype.newbyteorder("=")  # any order is stored with the lowest byte first
    if dtype == np.bool_:
        return struct.pack("<BBHI", 0x18, 2, 0, 1) + write_datatype(np.dtype(np.int8))[:12] + b"FALSE\0\0\0TRUE\0\0\0\0" + b"\0\1\0\0"
    if dtype == BFLOAT16:
        return struct.pack("<BBHI", 0x15, 0, 0, 2)
    if dtype.kind in "iu":
        return struct.pack("<BBHIHHI", 0x10, 8 * (dtype.kind == "i"), 0, dtype.itemsize, 0, 8 * dtype.itemsize, 0)
    if dtype.kind == "S":
        return struct.pack("<BBHI", 0x13, 1, 0, dtype.itemsize)
    for (size, sign, *fields), known in _FLOATS.items():
        if dtype == known:
            return struct.pack("<BBBBIHHBBBBI", 0x11, 0x20, sign, 0, size, 0, *fields) + bytes(4)
    raise ArgumentError(f"values of dtype {dtype}", "floats, integers, booleans or bytes", "convert them with astype before saving")


# A text of variable length in UTF-8: a length, and where it lies in the global heap.
VARIABLE_TEXT = struct.pack("<BBHI", 0x19, 1, 1, 16) + struct.pack("<BBHIHHI", 0x10, 0, 0, 1, 0, 8, 0)


def write_dataspace(shape: tuple[int, ...]) -> bytes:
    """The dataspace message of a shape.

    >>> write_dataspace((3,)).hex()
    '01010000000000000300000000000000'
    """
    return struct.pack(f"<BBBBI{len(shape)}Q", 1, len(shape), 0, 0, 0, *shape)

"""What is written, checked and encoded as far as it can be without addresses: names, arrays, attributes and texts."""

from __future__ import annotations

import dataclasses
import re
import struct
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike

from glassworks.errors import ArgumentError
from glassworks.saving.hdf5.datatypes import BFLOAT16, MAXIMUM_RANK, VARIABLE_TEXT, write_dataspace, write_datatype
from glassworks.saving.hdf5.source import DEEPEST, LONGEST_NAME

AttributeValue = str | bytes | float | np.generic | np.ndarray | Sequence[str] | Sequence[bytes] | Sequence[float]
_MESSAGE_LIMIT = 65_528  # bytes
_SMALLEST_COLLECTION = 4096  # bytes
_MOST_TEXTS = 65_000  # in a collection: their numbers have 16 bits


@dataclasses.dataclass(frozen=True)
class LazyArray:
    """An array that is computed when it is written, so that only one of them is in memory at a time.

    Attributes:
        shape, dtype: What `compute` will return.
        compute: Returns the array.
    """

    shape: Sequence[int]
    dtype: np.dtype
    compute: Callable[[], ArrayLike]


@dataclasses.dataclass
class Tree:
    """A group to write.

    Attributes:
        members: Groups, arrays and lazy arrays by their names.
        attributes: Texts and lists of texts (stored with variable length; bytes count as UTF-8, as in h5py), numbers, and arrays of numbers
            or of bytes of a fixed length.
    """

    members: dict[str, Tree | LazyArray | ArrayLike] = dataclasses.field(default_factory=dict)
    attributes: dict[str, AttributeValue] = dataclasses.field(default_factory=dict)

    def group(self, path: str) -> Tree:
        """The group at a path like "layers/dense/vars", created where it is missing.

        >>> tree = Tree()
        >>> tree.group("layers/dense").members["0"] = np.zeros(3)
        >>> list(tree.members["layers"].members)
        ['dense']
        """
        place = self
        for part in filter(None, path.split("/")):
            member = place.members.setdefault(part, Tree())
            if not isinstance(member, Tree):
                raise ArgumentError(f"{part!r} in {path!r} is an array", "a path of groups", "choose another path")
            place = member
        return place


class Texts:
    """The texts of variable length of a file, which lie together in collections."""

    def __init__(self) -> None:
        self.texts: list[bytes] = []
        self.addresses: list[int] = []

    def add(self, text: str | bytes, name: str) -> int:
        """Keep a text; returns its number."""
        if not isinstance(text, (str, bytes)):
            raise ArgumentError(f"{name} contains {text!r}", "texts alone, or numbers alone", "convert them with str() before saving")
        data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            raise ArgumentError(f"{name} is not UTF-8 text", "valid Unicode", "decode it, or store an array of bytes") from None
        if b"\0" in data:
            raise ArgumentError(f"{name} contains a zero byte", "text without '\\0'", "store it as an array of integers (uint8)")
        self.texts.append(data)
        return len(self.texts) - 1

    def collections(self, address: int) -> Iterator[bytes]:
        """The collections, the first of which starts at an address."""
        for start in range(0, len(self.texts), _MOST_TEXTS):
            part = self.texts[start : start + _MOST_TEXTS]
            data = b"".join(
                struct.pack("<HHIQ", number, 1, 0, len(text)) + text + bytes(-len(text) % 8) for number, text in enumerate(part, 1)
            )
            size = max(_SMALLEST_COLLECTION, 16 + len(data))
            free = size - 16 - len(data)
            data += struct.pack("<HHIQ", 0, 0, 0, free) if free >= 16 else b""
            self.addresses.append(address)
            yield (struct.pack("<4sIQ", b"GCOL", 1, size) + data).ljust(size, b"\0")
            address += size

    def reference(self, number: int) -> bytes:
        """Where a text lies, once the collections have addresses."""
        size = len(self.texts[number])
        if size == 0:
            return bytes(16)
        return struct.pack("<IQI", size, self.addresses[number // _MOST_TEXTS], number % _MOST_TEXTS + 1)


@dataclasses.dataclass(frozen=True)
class Attribute:
    """An attribute: its name, the messages of its type and shape, and its bytes or the numbers of its texts."""

    name: str
    datatype: bytes
    dataspace: bytes
    data: bytes | list[int]

    def message(self, texts: Texts) -> bytes:
        """The message of an object header. The older version cannot mark names as UTF-8."""
        data = self.data if isinstance(self.data, bytes) else b"".join(texts.reference(number) for number in self.data)
        name = self.name.encode() + b"\0"
        sizes = len(name), len(self.datatype), len(self.dataspace)
        if not self.name.isascii():
            return struct.pack("<BBHHHB", 3, 0, *sizes, 1) + name + self.datatype + self.dataspace + data
        return struct.pack("<BBHHH", 1, 0, *sizes) + b"".join(map(_padded, (name, self.datatype, self.dataspace))) + data


@dataclasses.dataclass(frozen=True)
class Array:
    """A data set to write."""

    array: LazyArray
    attributes: list[Attribute]


@dataclasses.dataclass(frozen=True)
class Group:
    """A group to write, with its members in the order of their encoded names."""

    members: list[tuple[bytes, Group | Array]]
    attributes: list[Attribute]


def prepare(tree: Tree, texts: Texts, path: str = "", depth: int = 0) -> Group:
    """Check a tree and encode its names and attributes."""
    if depth > DEEPEST:
        raise ArgumentError(f"groups in {depth} levels, at {path!r}", f"at most {DEEPEST}", "nest fewer models in each other")
    members: dict[bytes, Group | Array] = {}
    for name, member in tree.members.items():
        place = f"{path}/{name}".lstrip("/")
        if isinstance(member, Tree):
            members[_encode_name(name, place)] = prepare(member, texts, place, depth + 1)
        else:
            members[_encode_name(name, place)] = _prepare_array(member, texts, place)
    return Group(sorted(members.items()), [_prepare_attribute(name, value, texts, path) for name, value in tree.attributes.items()])


def _encode_name(name: str, place: str) -> bytes:
    try:
        data = name.encode("utf-8")
    except UnicodeEncodeError:
        data = b""
    parts = re.split(r"[/\\]", name)
    if not data or len(name) > LONGEST_NAME or "/" in name or min(name) < " " or "\x7f" in name or "." in parts or ".." in parts:
        raise ArgumentError(
            f"the name {name[:LONGEST_NAME]!r} at {place[-LONGEST_NAME:]!r}",
            f"a name of 1 to {LONGEST_NAME} characters without slashes and control characters",
            "rename it",
        )
    return data


def _prepare_array(value: LazyArray | ArrayLike, texts: Texts, place: str) -> Array:
    if not isinstance(value, LazyArray):
        array = _without_empty_type(np.asarray(value))
        value = LazyArray(array.shape, array.dtype, lambda: array)
    if len(value.shape) > MAXIMUM_RANK:
        raise ArgumentError(f"{place!r} has {len(value.shape)} axes", f"at most {MAXIMUM_RANK}", "reshape it before saving")
    write_datatype(value.dtype)  # raises where there is none
    is_bfloat16 = value.dtype == BFLOAT16
    return Array(value, [_prepare_attribute("dtype", "bfloat16", texts, place)] if is_bfloat16 else [])


def _prepare_attribute(name: str, value: AttributeValue, texts: Texts, path: str) -> Attribute:
    place = f"the attribute {name!r} of {path or '/'!r}"
    if not name or "\0" in name or len(name) > LONGEST_NAME or name.encode("utf-8", "replace").decode() != name:
        raise ArgumentError(f"the name of {place}", f"a text of 1 to {LONGEST_NAME} characters without '\\0'", "rename it")
    items = np.asarray(value, dtype=object if _is_text(value) else None)
    if _is_text(value):
        numbers = [texts.add(item, place) for item in items.reshape(-1).tolist()]
        result = Attribute(name, VARIABLE_TEXT, write_dataspace(items.shape), numbers)
        size = 16 * len(numbers)
    else:
        if items.dtype.kind == "U":
            return _prepare_attribute(name, items.astype(object), texts, path)
        items = _without_empty_type(items)
        stored = stored_dtype(items.dtype)
        result = Attribute(name, write_datatype(stored), write_dataspace(items.shape), np.ascontiguousarray(items, stored).tobytes())
        size = items.nbytes
    if size + len(name.encode()) + 400 > _MESSAGE_LIMIT:  # 400: the rest of the message at most
        raise ArgumentError(
            f"{place} has {size:,} bytes", f"less than {_MESSAGE_LIMIT - 1400:,}", "divide it among several attributes, or store an array"
        )
    return result


def _is_text(value: AttributeValue) -> bool:
    """Whether a value is stored as texts of variable length: the same choice as in h5py."""
    if isinstance(value, (list, tuple)):
        return len(value) > 0 and all(type(item) in (str, bytes, np.str_) for item in value)
    return type(value) in (str, bytes, np.str_) or (isinstance(value, np.ndarray) and value.dtype == object)


def _without_empty_type(array: np.ndarray) -> np.ndarray:
    """Bytes of length 0 get the length 1, the least that HDF5 has."""
    return array.astype("S1") if array.dtype.kind == "S" and array.dtype.itemsize == 0 else array


def stored_dtype(dtype: np.dtype) -> np.dtype:
    """The dtype with the lowest byte first."""
    return dtype if dtype == BFLOAT16 else dtype.newbyteorder("<")


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 8)

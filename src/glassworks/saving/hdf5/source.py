"""The bytes of a file, read in blocks with checked bounds. All errors of damaged or hostile files arise here or by `damaged` and `refused`."""

from __future__ import annotations

import bisect
import dataclasses
from typing import BinaryIO

import numpy as np

from glassworks.errors import LoadError
from glassworks.files import read_into
from glassworks.saving.hdf5.checksum import lookup3

UNDEFINED = 2**64 - 1  # the address of what is not stored
SIZE_LIMIT = 2**48  # bytes: more than any file, and far from overflow in NumPy
LONGEST_NAME = 1024  # characters
DEEPEST = 64  # levels of groups
# What a file may have, by what it is counted in. Each needs some bytes of the file, but more of memory and time.
LIMITS = {
    "members": 100_000,
    "attributes": 100_000,
    "messages": 1_000_000,
    "entries of indexes": 300_000,
    "texts": 300_000,
    "bytes of structure": 64 << 20,
    "bytes of structure with checksums": 16 << 20,
    "bytes of paths": 64 << 20,
}


class Extents:
    """The parts of a file that were claimed. No two overlap, so that what is read is never more than the file.

    Claims are checked together by `settle` while a file is opened, and at once afterwards.
    """

    def __init__(self, size: int) -> None:
        self.left = size
        self.budget = {**LIMITS, "bytes of text": size}
        self.ranges: list[tuple[int, int]] = []
        self.is_settled = False

    def claim(self, start: int, size: int) -> bool:
        """Claim a range; false where it overlaps another or the file is used up."""
        self.left -= size
        if not self.is_settled:
            self.ranges.append((start, start + size))
            return self.left >= 0
        position = bisect.bisect(self.ranges, (start, start + size))
        fits = all(not _overlap(other, (start, start + size)) for other in self.ranges[max(position - 1, 0) : position + 1])
        self.ranges.insert(position, (start, start + size))
        return fits and self.left >= 0

    def settle(self) -> bool:
        """Sort what was claimed; false where two ranges overlap."""
        self.ranges = sorted((start, end) for start, end in self.ranges if end > start)
        self.is_settled = True
        return not any(_overlap(first, second) for first, second in zip(self.ranges, self.ranges[1:], strict=False))

    def claim_all(self, ranges: list[tuple[int, int]]) -> bool:
        """Claim many ranges, given as start and size, at once."""
        self.is_settled = False
        for start, size in ranges:
            self.claim(start, size)
        return self.settle() and self.left >= 0


def _overlap(first: tuple[int, int], second: tuple[int, int]) -> bool:
    return first[0] < second[1] and second[0] < first[1]


@dataclasses.dataclass(frozen=True)
class Source:
    """The bytes [offset, offset + size) of a file, and the part of it (`member`) that is being read, for errors."""

    file: BinaryIO
    label: str
    offset: int
    size: int
    extents: Extents
    member: str = ""

    def within(self, member: str) -> Source:
        """The same file, while another member of it is read."""
        return dataclasses.replace(self, member=member)

    def damaged(self, reason: str) -> LoadError:
        """The error for content that no HDF5 library writes."""
        return LoadError(self.label, self.member, reason, "an undamaged HDF5 file", "copy the file again, or save the model again")

    def refused(self, reason: str, expected: str, fix: str = "store the values themselves, as Keras does") -> LoadError:
        """The error for content that is legal in HDF5 but is not read here."""
        return LoadError(self.label, self.member, reason, expected, fix)

    def check_range(self, address: int, size: int, what: str) -> None:
        """Refuse a range that does not lie within the file."""
        if address == UNDEFINED:
            raise self.damaged(f"{what} is not stored")
        if not (0 <= address <= self.size and 0 <= size <= self.size - address):
            raise self.damaged(f"{what} reaches beyond the end of the file")

    def claim(self, address: int, size: int, what: str) -> None:
        """Note that a range within the file is used, which may happen only once."""
        self.check_range(address, size, what)
        if not self.extents.claim(address, size):
            raise self.damaged(f"{what} overlaps another part of the file")

    def settle(self) -> None:
        """Check that nothing of what was claimed so far overlaps."""
        if not self.extents.settle():
            raise self.damaged("parts of the file overlap")

    def block(self, address: int, size: int, what: str) -> Cursor:
        """Claim a range of the structure, and read it."""
        self.claim(address, size, what)
        self.spend("bytes of structure", size)
        return Cursor(self, self.read_bytes(address, size, what), what)

    def read_bytes(self, address: int, size: int, what: str) -> bytes:
        """The bytes of a range that was claimed."""
        self.check_range(address, size, what)
        self.file.seek(self.offset + address)
        data = self.file.read(size)
        if len(data) != size:
            raise self.damaged(f"the file ends within {what}")
        return data

    def read_into(self, array: np.ndarray, address: int, what: str) -> None:
        """Fill an array from a range that was claimed, without a copy."""
        self.check_range(address, array.nbytes, what)
        self.file.seek(self.offset + address)
        view = array.reshape(-1).view(np.uint8).data
        if read_into(self.file, view) < len(view):
            raise self.damaged(f"the file ends within {what}")

    def spend(self, kind: str, count: int = 1) -> None:
        """Count what was read, by the kinds of `LIMITS`, and the bytes of texts, of which there cannot be more than bytes in the file."""
        self.extents.budget[kind] -= count
        if self.extents.budget[kind] < 0:
            if kind not in LIMITS:
                raise self.damaged(f"it has more {kind} than bytes")
            raise self.refused(f"more than {LIMITS[kind]:,} {kind}", f"at most {LIMITS[kind]:,}", "save fewer variables in one file")


class Cursor:
    """A position in a block of bytes that moves on with each value read, and never beyond the end."""

    def __init__(self, source: Source, data: bytes, what: str) -> None:
        self.source, self.data, self.what, self.position = source, data, what, 0

    @property
    def remaining(self) -> int:
        """The number of bytes after the position."""
        return len(self.data) - self.position

    def take(self, size: int) -> bytes:
        """The next bytes."""
        if not 0 <= size <= self.remaining:
            raise self.source.damaged(f"{self.what} ends early")
        self.position += size
        return self.data[self.position - size : self.position]

    def unsigned(self, size: int) -> int:
        """The next bytes as an integer, the lowest byte first."""
        return int.from_bytes(self.take(size), "little")

    def part(self, size: int) -> Cursor:
        """The next bytes as a block of their own."""
        return Cursor(self.source, self.take(size), self.what)

    def text(self, size: int) -> str:
        """The next bytes as a text, which ends with the first zero byte if there is one."""
        return decode_text(self.source, self.take(size), self.what)

    def align(self) -> None:
        """Skip to the next multiple of eight bytes; the last padding may be missing."""
        self.position = min(len(self.data), (self.position + 7) & ~7)

    def expect(self, value: bytes) -> None:
        """Refuse a block that does not go on with these bytes: a signature with a version."""
        if self.take(len(value)) != value:
            raise self.source.damaged(f"{self.what} does not start with its signature {value[:4].decode()!r} and a known version")

    def check_sum(self) -> None:
        """Compare the checksum in the last four bytes, and leave it out of what remains."""
        self.source.spend("bytes of structure with checksums", len(self.data))
        if len(self.data) < 4 or lookup3(self.data[:-4]) != int.from_bytes(self.data[-4:], "little"):
            raise self.source.damaged(f"the checksum of {self.what} does not match")
        self.data = self.data[:-4]


def decode_text(source: Source, data: bytes, what: str) -> str:
    """The text that ends with the first zero byte, or with the data."""
    try:
        return data.partition(b"\0")[0].decode("utf-8")
    except UnicodeDecodeError as error:
        raise source.damaged(f"{what} is not UTF-8 text") from error

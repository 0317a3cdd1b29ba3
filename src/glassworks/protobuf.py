"""Writing the wire format of protocol buffers, in which ONNX files and TensorBoard's logs are: fields with a number, a type, and a value.

A message is a list of pieces of bytes with the sum of their lengths, so a message within another copies nothing: the weights of a model go
from their arrays to the file. Format: https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

Piece = bytes | memoryview

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def varint(number: int) -> bytes:
    """An integer in groups of seven bits, the lowest first; a negative one as its two's complement of 64 bits.

    >>> varint(300).hex(), len(varint(-1))
    ('ac02', 10)
    """
    number &= (1 << 64) - 1
    groups = bytearray()
    while number > 0x7F:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    groups.append(number)
    return bytes(groups)


class Message:
    """A message under construction; each method adds a field and returns the message.

    Attributes:
        pieces: Its bytes.
        length: The number of its bytes.

    >>> b"".join(Message().integer(1, 150).text(2, "hi").pieces).hex()
    '08960112026869'
    """

    __slots__ = ("length", "pieces")

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.length = 0

    def _add(self, *pieces: Piece) -> Message:
        self.pieces += pieces
        self.length += sum(map(len, pieces))
        return self

    def integer(self, field: int, value: int) -> Message:
        """Add an integer, a boolean or an entry of an enumeration."""
        return self._add(varint(field << 3 | _VARINT) + varint(value))

    def integers(self, field: int, values: Iterable[int]) -> Message:
        """Add a field for each integer."""
        return self._add(b"".join(varint(field << 3 | _VARINT) + varint(value) for value in values))

    def number(self, field: int, value: float) -> Message:
        """Add a float of 32 bits."""
        return self._add(varint(field << 3 | _FIXED32) + struct.pack("<f", value))

    def double(self, field: int, value: float) -> Message:
        """Add a float of 64 bits."""
        return self._add(varint(field << 3 | _FIXED64) + struct.pack("<d", value))

    def text(self, field: int, value: str) -> Message:
        """Add a string."""
        return self.data(field, value.encode())

    def data(self, field: int, value: Piece) -> Message:
        """Add bytes."""
        return self._add(varint(field << 3 | _BYTES) + varint(len(value)), value)

    def message(self, field: int, value: Message) -> Message:
        """Add a message as a part of this one."""
        self._add(varint(field << 3 | _BYTES) + varint(value.length))
        self.pieces += value.pieces
        self.length += value.length
        return self

    def __bytes__(self) -> bytes:
        return b"".join(self.pieces)

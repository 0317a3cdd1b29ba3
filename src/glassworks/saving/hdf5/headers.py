"""Object headers: the lists of messages that describe a group or data set."""

from __future__ import annotations

import dataclasses

from glassworks.saving.hdf5.source import Cursor, Source

DATASPACE, LINK_INFO, DATATYPE, LINK, EXTERNAL_FILES, LAYOUT = 1, 2, 3, 6, 7, 8
FILTERS, ATTRIBUTE, CONTINUATION, SYMBOL_TABLE, ATTRIBUTE_INFO = 11, 12, 16, 17, 21
_MANDATORY = 0x80 | 0x08  # flags: a reader that does not know the message must not read the object
_LAST_KNOWN = 23


@dataclasses.dataclass(frozen=True)
class Message:
    """A message of an object header; `is_shared` means that it holds the address of its content."""

    kind: int
    is_shared: bool
    cursor: Cursor


class Header:
    """The messages of an object, by kind."""

    def __init__(self, source: Source, messages: list[Message]) -> None:
        self.source, self.messages = source, messages

    def find(self, kind: int) -> Cursor | None:
        """The only message of a kind, or None."""
        found = self.all(kind)
        if len(found) > 1:
            raise self.source.damaged(f"{len(found)} messages of kind {kind}, of which there may be one")
        return found[0] if found else None

    def get(self, kind: int, what: str) -> Cursor:
        """The only message of a kind, which must be there."""
        cursor = self.find(kind)
        if cursor is None:
            raise self.source.damaged(f"its {what} is missing")
        return cursor

    def all(self, kind: int) -> list[Cursor]:
        """All messages of a kind."""
        found = [message for message in self.messages if message.kind == kind]
        if any(message.is_shared for message in found):
            raise self.source.refused("a part of its description is shared with other objects", "an object that describes itself")
        return [message.cursor for message in found]


def read_header(source: Source, address: int) -> Header:
    """Read an object header of version 1 or 2, with its continuations."""
    prefix = source.block(address, 4, "an object header")
    if prefix.data == b"OHDR":
        return Header(source, _read_version_2(source, address))
    if prefix.data[:2] != b"\x01\0":
        raise source.damaged("an object header of an unknown version")
    return Header(source, _read_version_1(source, address, int.from_bytes(prefix.data[2:], "little")))


def _read_version_1(source: Source, address: int, count: int) -> list[Message]:
    prefix = source.block(address + 4, 12, "an object header")
    prefix.take(4)  # the number of links to the object
    ahead = [(address + 16, prefix.unsigned(4))]
    messages: list[Message] = []
    while ahead:
        cursor = source.block(*ahead.pop(0), "an object header")
        while cursor.remaining >= 8 and len(messages) < count:
            kind, size, flags = cursor.unsigned(2), cursor.unsigned(2), cursor.unsigned(4) & 255
            if size % 8:
                raise source.damaged("a message of an object header is not aligned")
            messages.append(_message(kind, flags, cursor.part(size)))
            if kind == CONTINUATION:
                ahead.append(_continuation(messages[-1]))
    if len(messages) != count:
        raise source.damaged(f"an object header has {len(messages)} messages of {count}")
    return messages


def _read_version_2(source: Source, address: int) -> list[Message]:
    cursor = source.block(address + 4, 2, "an object header")
    version, flags = cursor.data
    if version != 2:
        raise source.damaged("an object header of an unknown version")
    start = 6 + 16 * bool(flags & 0x20) + 4 * bool(flags & 0x10)
    width = 1 << (flags & 3)
    rest = source.block(address + 6, start - 6 + width, "an object header")
    rest.take(start - 6)  # times, and the numbers of attributes at which the storage changes
    size = rest.unsigned(width)
    body = source.block(address + start + width, size + 4, "an object header")
    body.data = b"OHDR" + cursor.data + rest.data + body.data
    body.check_sum()
    body.position = start + width
    blocks, messages = [body], []
    while blocks:
        cursor = blocks.pop(0)
        while cursor.remaining >= 4 + 2 * bool(flags & 4):
            kind, size, message_flags = cursor.unsigned(1), cursor.unsigned(2), cursor.unsigned(1)
            cursor.take(2 * bool(flags & 4))  # the order of creation
            messages.append(_message(kind, message_flags, cursor.part(size)))
            if kind == CONTINUATION:
                blocks.append(source.block(*_continuation(messages[-1]), "an object header"))
                blocks[-1].check_sum()
                blocks[-1].expect(b"OCHK")
    return messages


def _message(kind: int, flags: int, cursor: Cursor) -> Message:
    if kind > _LAST_KNOWN and flags & _MANDATORY:
        raise cursor.source.refused(f"a message of the unknown kind {kind} that must be understood", "messages of HDF5 1.14 or older")
    cursor.source.spend("messages")
    return Message(kind, bool(flags & 2), cursor)


def _continuation(message: Message) -> tuple[int, int]:
    address, size = message.cursor.unsigned(8), message.cursor.unsigned(8)
    return address, size

"""`EventWriter`: a file of events that grows. Its records are TFRecords: a length, the bytes, and a checksum of each."""

from __future__ import annotations

import itertools
import os
import socket
import struct
import time
from pathlib import Path

from glassworks.files import save_error
from glassworks.protobuf import Message

# The version of the format, in the first event of each file.
VERSION = "brain.Event:2"
_numbers = itertools.count()
# What is kept in memory before it is put on disk.
_MOST_BYTES = 1 << 18


def _table() -> list[int]:
    """The checksums of all bytes: CRC-32C, whose polynomial is that of Castagnoli (1993)."""
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


_TABLE = _table()


def masked_crc(data: bytes) -> int:
    """The checksum of a record: CRC-32C, rotated and shifted, since the checksum of data that contains its own is of little use.

    >>> hex(masked_crc(b"123456789"))
    '0xc78ab0e5'
    """
    crc = 0xFFFFFFFF
    table = _TABLE
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 0xFF]
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


class EventWriter:
    """A new file of events in a folder, which is made with the first event.

    Events are on disk after `flush`, and the file is open only while it is written. A process that is killed leaves a file whose records are
    complete but for the last one, which readers leave out.

    Args:
        folder: The folder; other files of events in it belong to the same run.

    >>> import tempfile
    >>> writer = EventWriter(Path(tempfile.mkdtemp()) / "train")
    >>> writer.graph(b"", step=0)
    >>> writer.flush()
    >>> len(list(writer.folder.glob("events.out.tfevents.*")))
    1
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file: Path | None = None
        self._records: list[bytes] = []
        self._bytes = 0

    def summary(self, value: Message, step: int) -> None:
        """Add an event with one summary: a scalar, a histogram, an image.

        Raises:
            SaveError: The file cannot be written.
        """
        self._add(Message().integer(2, step).message(5, Message().message(1, value)))

    def graph(self, definition: bytes, step: int) -> None:
        """Add an event with a graph."""
        self._add(Message().integer(2, step).data(4, definition))

    def _add(self, event: Message) -> None:
        self._records.append(_record(event.double(1, time.time())))
        self._bytes += len(self._records[-1])
        if self._bytes > _MOST_BYTES:
            self.flush()

    def flush(self) -> None:
        """Put what was added on disk.

        Raises:
            SaveError: The file cannot be written.
        """
        if not self._records:
            return
        try:
            first = self._file is None
            if self._file is None:
                self.folder.mkdir(parents=True, exist_ok=True)
                name = f"events.out.tfevents.{int(time.time()):010d}.{socket.gethostname()}.{os.getpid()}.{next(_numbers)}.v2"
                self._file = self.folder / name
            with open(self._file, "xb" if first else "ab") as file:
                start = [_record(Message().double(1, time.time()).text(3, VERSION))] if first else []
                file.write(b"".join([*start, *self._records]))
        except OSError as error:
            raise save_error(self.folder, error) from error
        self._records, self._bytes = [], 0


def _record(event: Message) -> bytes:
    data = bytes(event)
    length = struct.pack("<Q", len(data))
    return b"".join([length, struct.pack("<I", masked_crc(length)), data, struct.pack("<I", masked_crc(data))])

"""The directory of a zip archive, whose size is looked at before `zipfile` reads all of it."""

from __future__ import annotations

import os
import struct
from typing import BinaryIO

from glassworks.errors import LoadError
from glassworks.memory import in_words

MOST_MEMBERS = 10_000
# Entries of 46 bytes and a name: more than enough for that number of members. As objects of Python they take twenty times as much.
MOST_BYTES = 4 << 20
_END, _LOCATOR, _LARGE = b"PK\x05\x06", b"PK\x06\x07", b"PK\x06\x06"
# The sizes of the records at the end: of the usual one, and of the two before it in archives of more than 4 GB.
_END_SIZE, _LOCATOR_SIZE, _LARGE_SIZE, _MOST_COMMENT = 22, 20, 56, 65_535


def check_directory(file: BinaryIO, label: str) -> None:
    """Refuse an archive whose directory claims too many members, or is larger than one of a model can be.

    Raises:
        LoadError: It does. A file of another kind is left to `zipfile` to refuse.

    >>> import io, zipfile
    >>> file = io.BytesIO()
    >>> zipfile.ZipFile(file, "w").close()
    >>> check_directory(file, "model.keras")
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(size - _END_SIZE - _MOST_COMMENT - _LOCATOR_SIZE - _LARGE_SIZE, 0))
    tail = file.read()
    file.seek(0)
    place = tail.rfind(_END)
    if place < 0 or len(tail) - place < _END_SIZE:
        return
    members, directory = struct.unpack_from("<10xHL", tail, place)
    before = tail[max(place - _LOCATOR_SIZE - _LARGE_SIZE, 0) : place]
    if before[-_LOCATOR_SIZE:].startswith(_LOCATOR) and before.startswith(_LARGE) and len(before) == _LOCATOR_SIZE + _LARGE_SIZE:
        members, directory = struct.unpack_from("<32xQQ", before)
    if members > MOST_MEMBERS:
        raise LoadError(label, "", f"{members:,} members", f"at most {MOST_MEMBERS:,}")
    if directory > MOST_BYTES:
        raise LoadError(label, "", f"a directory of {in_words(directory)}", f"at most {in_words(MOST_BYTES)}")

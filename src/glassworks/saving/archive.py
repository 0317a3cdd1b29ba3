"""Zip archives that nobody vouches for: members are read by exact name and in memory, and nothing is ever extracted."""

from __future__ import annotations

import io
import os
import re
import struct
import threading
import zipfile
import zlib
from collections.abc import Callable
from typing import BinaryIO

from glassworks.errors import LoadError
from glassworks.memory import in_words
from glassworks.saving.zip_directory import MOST_MEMBERS, check_directory

_NAME = re.compile(r"[^\x00-\x1f\\:]{1,1000}")
_LOCAL = struct.Struct("<4s5H3L2H")
_CHUNK = 1 << 20
# What compressed members may have together: Keras compresses nothing, and text and weights become hardly a tenth of their size.
_SLACK, _RATIO = 64 << 20, 20


class Archive:
    """A zip archive, checked as a whole before any member is read.

    Args:
        file: The archive, opened for reading.
        label: The name of the file, for errors.
        budget: The bytes that all members that are read may have together.

    Raises:
        LoadError: It is not an archive, or one with names that leave its folder, names twice, overlapping, encrypted or too many members.
    """

    def __init__(self, file: BinaryIO, label: str, budget: int) -> None:
        self.file, self.label, self._left = file, label, budget
        self._size = file.seek(0, io.SEEK_END)
        self._inflated_left = _SLACK + _RATIO * self._size
        check_directory(file, label)
        try:
            with zipfile.ZipFile(file) as archive:
                infos = archive.infolist()
        # NotImplementedError: `zipfile` does not know the version of the format that the archive asks for.
        except (zipfile.BadZipFile, ValueError, OSError, struct.error, NotImplementedError, EOFError) as error:
            fix = "the file is damaged, or was not written by save()"
            raise LoadError(label, "", f"not a zip archive: {error}", "a .keras file", fix) from None
        self._check(infos)
        self._members = {info.filename: info for info in infos}

    def _check(self, infos: list[zipfile.ZipInfo]) -> None:
        if len(infos) > MOST_MEMBERS:
            raise LoadError(self.label, "", f"{len(infos):,} members", f"at most {MOST_MEMBERS:,}")
        names: set[str] = set()
        for info in infos:
            name = info.filename
            parts = name.split("/")
            if not _NAME.fullmatch(info.orig_filename) or info.orig_filename != name or name.startswith("/") or ".." in parts:
                raise LoadError(self.label, repr(name[:100]), "a name that could lie outside of the archive", "names of parts of a model")
            if name in names:
                raise LoadError(self.label, name, "two members of this name", "one")
            names.add(name)
            if info.flag_bits & 0x1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise LoadError(self.label, name, "encrypted, or compressed in an unusual way", "members that are stored or deflated")
            if info.compress_type == zipfile.ZIP_STORED and info.file_size != info.compress_size:
                raise LoadError(self.label, name, "two different sizes of a member without compression", "equal sizes")
        end = 0
        for info in sorted(infos, key=lambda info: info.header_offset):
            if info.header_offset < end or info.header_offset + _LOCAL.size + info.compress_size > self._size:
                raise LoadError(self.label, info.filename, "it overlaps with another member, or ends behind the file", "separate members")
            end = info.header_offset + _LOCAL.size + info.compress_size

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def names(self, folder: str = "") -> list[str]:
        """The names of the members below a folder."""
        return [name for name in self._members if name.startswith(folder)]

    def size(self, name: str) -> int:
        """The size of a member, as the archive states it."""
        return self._info(name).file_size

    def read(self, name: str, limit: int) -> bytes:
        """The bytes of a member.

        Args:
            name: Its name.
            limit: How many bytes it may have.

        Raises:
            LoadError: The member is missing, larger than the limit, or damaged.
        """
        info = self._info(name)
        self._take(info, limit)
        start = self._start(info)
        self.file.seek(start)
        if info.compress_type == zipfile.ZIP_STORED:
            data = self.file.read(info.file_size)
        else:
            data = self._inflated(info)
        if len(data) != info.file_size or zlib.crc32(data) != info.CRC:
            raise self._damaged(name)
        return data

    def open(self, name: str, limit: int) -> tuple[BinaryIO, int, int, Checksum]:
        """A member for reading in place: the file, the offset of its first byte, its size, and its checksum, computed meanwhile."""
        info = self._info(name)
        if info.compress_type != zipfile.ZIP_STORED:
            data = self.read(name, limit)
            return io.BytesIO(data), 0, len(data), Checksum(self.file, 0, 0, None, self._damaged(name))
        self._take(info, limit)
        start = self._start(info)
        return self.file, start, info.file_size, Checksum(self.file, start, info.file_size, info.CRC, self._damaged(name))

    def _info(self, name: str) -> zipfile.ZipInfo:
        if name not in self._members:
            raise LoadError(
                self.label, name, "the archive does not contain it", "a file that save() wrote", "check that the file is a model"
            )
        return self._members[name]

    def _take(self, info: zipfile.ZipInfo, limit: int) -> None:
        """Count the bytes of a member before any of them is read."""
        is_stored = info.compress_type == zipfile.ZIP_STORED
        most = min(limit, self._left) if is_stored else min(limit, self._left, self._inflated_left)
        if info.file_size > most:
            raise LoadError(self.label, info.filename, f"it has {in_words(info.file_size)}", f"at most {in_words(most)}")
        self._left -= info.file_size
        self._inflated_left -= 0 if is_stored else info.file_size

    def _start(self, info: zipfile.ZipInfo) -> int:
        """Where the data of a member begins: behind a header of its own."""
        self.file.seek(info.header_offset)
        header = self.file.read(_LOCAL.size)
        if len(header) < _LOCAL.size or header[:4] != b"PK\x03\x04":
            raise self._damaged(info.filename)
        *_, name_length, extra_length = _LOCAL.unpack(header)
        name = self.file.read(name_length)
        start = info.header_offset + _LOCAL.size + name_length + extra_length
        if name != info.orig_filename.encode("utf-8" if info.flag_bits & 0x800 else "cp437") or start + info.compress_size > self._size:
            raise self._damaged(info.filename)
        return start

    def _inflated(self, info: zipfile.ZipInfo) -> bytes:
        """The data of a compressed member: no more than it is said to have, and no more memory than that."""
        inflate, left, parts = zlib.decompressobj(-zlib.MAX_WBITS), info.compress_size, []
        missing = info.file_size
        try:
            while left and not inflate.eof and missing >= 0:
                chunk = self.file.read(min(left, _CHUNK))
                if not chunk:
                    break
                left -= len(chunk)
                while chunk and missing >= 0:
                    part = inflate.decompress(chunk, missing + 1)
                    missing -= len(part)
                    parts.append(part)
                    chunk = inflate.unconsumed_tail
        except zlib.error:
            raise self._damaged(info.filename) from None
        if missing < 0:
            raise LoadError(self.label, info.filename, f"more than the {in_words(info.file_size)} that it is said to have", "its own size")
        return b"".join(parts)

    def _damaged(self, name: str) -> LoadError:
        fix = "restore the file from a copy, or save the model again"
        return LoadError(self.label, name, "it is damaged: its checksum is wrong", "the bytes that were saved", fix)


class Checksum:
    """Compares the CRC-32 of a part of a file with what it should be, on a thread of its own while the part is read.

    Args:
        file: The file.
        offset, size: The part.
        expected: Its CRC-32; None where nothing is left to check.
        error: The error if it differs.
    """

    def __init__(self, file: BinaryIO, offset: int, size: int, expected: int | None, error: LoadError) -> None:
        self._file, self._offset, self._size, self._expected, self._error = file, offset, size, expected, error
        self._actual: int | None = None
        self._thread: threading.Thread | None = None
        if expected is not None and hasattr(os, "pread") and not isinstance(file, io.BytesIO):
            # A descriptor of its own, so that the thread may outlive a load that fails.
            self._thread = threading.Thread(target=self._compute_beside, args=(os.dup(file.fileno()),), daemon=True)
            self._thread.start()

    def check(self) -> None:
        """Wait for the result.

        Raises:
            LoadError: The checksum differs.
        """
        if self._thread is not None:
            self._thread.join()
        elif self._expected is not None:
            self._file.seek(self._offset)
            self._compute(lambda _position, count: self._file.read(count))
        if self._actual != self._expected:
            raise self._error

    def _compute(self, read: Callable[[int, int], bytes]) -> None:
        position, end, value = self._offset, self._offset + self._size, 0
        while position < end:
            chunk = read(position, min(_CHUNK, end - position))
            if not chunk:
                return
            value, position = zlib.crc32(chunk, value), position + len(chunk)
        self._actual = value

    def _compute_beside(self, descriptor: int) -> None:
        try:
            self._compute(lambda position, count: os.pread(descriptor, count, position))
        finally:
            os.close(descriptor)

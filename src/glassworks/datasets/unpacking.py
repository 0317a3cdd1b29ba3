"""Unpacking of untrusted archives: regular files below one folder are written, and nothing else.

Names that lead out of the folder are an error, links and devices are left
out with a warning, and what is written is counted while it is inflated, not read from a header. `tarfile`'s own filter is
not enough: links whose resolved path is longer than the system allows pass it and write elsewhere (CVE-2025-4517).
"""

from __future__ import annotations

import bz2
import functools
import gzip
import io
import lzma
import os
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

from glassworks.datasets.arrays import UNREADABLE
from glassworks.errors import warn

CHUNK = 1 << 20
# The largest compression ratio: an archive beyond it is one made to fill a disk.
MOST_BYTES, MOST_RATIO = 1 << 28, 100
# The largest header (a long name, for example), which is read completely; no valid one is larger.
MOST_HEADER = 1 << 24
# The size that counts for an empty file or folder: it takes a block of the disk.
BLOCK = 4096

CANNOT_UNPACK = (tarfile.TarError, lzma.LZMAError, *UNREADABLE)


class _Member(NamedTuple):
    """An entry of an archive.

    Attributes:
        name: Its path in the archive, with slashes.
        open: A function that opens its content; None for a folder.
        skipped: Whether it is something else than a file or folder, and left out.
    """

    name: str
    open: Callable[[], IO[bytes]] | None
    skipped: bool = False


def unpack(archive: Path, folder: Path, archive_format: str = "auto") -> None:
    """Write the regular files of an archive below a folder, which is created.

    Args:
        archive: A tar archive, plain or compressed by gzip, bzip2 or xz; or a zip archive.
        folder: The folder to write to.
        archive_format: "tar", "zip", or "auto" for whichever it is.

    Raises:
        ValueError, OSError, tarfile.TarError and the others of `CANNOT_UNPACK`: It is damaged, a name leads out of the
            folder, or it holds more than an archive of its size should.
    """
    is_zip = zipfile.is_zipfile(archive) if archive_format == "auto" else archive_format == "zip"
    left = MOST_BYTES + MOST_RATIO * archive.stat().st_size
    limit = f"{left / 1e6:,.0f} MB, which is more than data of an archive of {archive.stat().st_size / 1e6:,.1f} MB should take"
    skipped: list[str] = []
    folder.mkdir()
    for member in _zip_members(archive) if is_zip else _tar_members(archive, folder, left, limit):
        if member.skipped:
            skipped.append(member.name)
            left -= BLOCK
        else:
            parts = _parts(member.name)
            left -= BLOCK * max(len(parts), 1)
            left = _write(member, folder.joinpath(*parts), left)
        if left < 0:
            raise ValueError(f"it would take more than {limit}")
    if skipped:
        warn(
            f"{archive.name}: {len(skipped)} entries that are links or devices were left out (the first is {skipped[0]!r}); "
            "only regular files are unpacked"
        )


def _write(member: _Member, path: Path, left: int) -> int:
    """Write a file or make a folder; the number of bytes that are left of the budget, less than 0 if it was not enough."""
    if member.open is None:
        path.mkdir(parents=True, exist_ok=True)
        return left
    path.parent.mkdir(parents=True, exist_ok=True)
    with member.open() as source, path.open("wb") as target:
        while left >= 0 and (content := source.read(CHUNK)):
            left -= len(content)
            if left >= 0:
                target.write(content)
    return left


def _parts(name: str) -> list[str]:
    """The folders and the file of a member's name; a path out of the folder is an error."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    drive = os.name == "nt" and any(":" in part or "\\" in part for part in parts)
    if name.startswith("/") or ".." in parts or drive:
        raise ValueError(f"{name!r} would be written outside the folder")
    return parts


def _zip_members(archive: Path) -> Iterator[_Member]:
    with zipfile.ZipFile(archive) as zipped:
        for info in zipped.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)  # 0 if the archive was created on Windows
            if info.is_dir():
                yield _Member(info.filename, None)
            elif kind in (0, stat.S_IFREG):
                yield _Member(info.filename, functools.partial(zipped.open, info))
            else:
                yield _Member(info.filename, None, skipped=True)


def _decompressed(archive: Path) -> io.BufferedIOBase:
    """The bytes of a tar archive, inflated if it is compressed."""
    with archive.open("rb") as file:
        magic = file.read(2)
    if magic == b"\x1f\x8b":
        return gzip.open(archive, "rb")
    if magic == b"BZ":
        return bz2.open(archive, "rb")
    return lzma.open(archive, "rb") if magic == b"\xfd7" else archive.open("rb")


def _opened(path: Path) -> IO[bytes]:
    return path.open("rb")


def _content_of(tarred: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    """The content of a regular file in an archive."""
    content = tarred.extractfile(info)
    if content is None:
        raise tarfile.ReadError(f"{info.name!r} has no content")
    return content


def _tar_members(archive: Path, folder: Path, most: int, limit: str) -> Iterator[_Member]:
    with (
        _decompressed(archive) as content,
        tarfile.open(fileobj=_Stream(content, 2 * most, limit), mode="r:") as tarred,  # type: ignore[call-overload]  # it is only read
    ):
        written: set[tuple[str, ...]] = set()
        end = -1
        for info in tarred:
            if tarred.offset <= end:  # a negative size; in some versions of Python `tarfile` walks in circles (CVE-2025-8194)
                raise tarfile.ReadError(f"a damaged header at byte {info.offset}")
            end = tarred.offset
            # A hard link to a file of the archive is a second copy of that file: of the one on disk, for to go back within a
            # compressed archive is to inflate it again from its start.
            source = folder.joinpath(*parts) if info.islnk() and (parts := _inside(info.linkname)) in written else None
            if info.isdir():
                yield _Member(info.name, None)
            elif info.isreg():
                written.add(_inside(info.name))
                yield _Member(info.name, functools.partial(_content_of, tarred, info))
            elif source is None:
                yield _Member(info.name, None, skipped=True)
            elif parts != _inside(info.name):
                written.add(_inside(info.name))
                yield _Member(info.name, functools.partial(_opened, source))
            tarred.members = []  # `tarfile` keeps all members that it has read
        _check_end(tarred)


def _inside(name: str) -> tuple[str, ...]:
    """The parts of a name, to compare names; those of a name that leads outside, too, under which nothing is written."""
    return tuple(part for part in name.split("/") if part not in ("", "."))


class _Stream:
    """A file with limited reads: `tarfile` reads as many bytes as a header claims, and skips as many without counting them."""

    def __init__(self, file: io.BufferedIOBase, most: int, limit: str) -> None:
        self._file, self._most, self._limit = file, most, limit
        self.tell, self.close = file.tell, file.close

    def read(self, size: int = -1) -> bytes:
        """Read up to `size` bytes."""
        if not 0 <= size <= MOST_HEADER:
            raise tarfile.ReadError(f"a header that claims {size:,} bytes")
        self._check(self._file.tell())
        return self._file.read(size)

    def seek(self, place: int) -> int:
        """Go to a place, which means to inflate all that stands before it."""
        self._check(place)
        return self._file.seek(place)

    def _check(self, place: int) -> None:
        if place > self._most:
            raise tarfile.ReadError(f"it would take more than {self._limit}")


def _check_end(tarred: tarfile.TarFile) -> None:
    """Read on to the archive's end, which `tarfile` does not: a damaged header looks like the end to it, and a compressed
    archive's checksum comes last."""
    assert tarred.fileobj is not None
    tarred.fileobj.seek(tarred.offset)
    zeros = 0
    while content := tarred.fileobj.read(CHUNK):
        if content.strip(b"\0"):
            raise tarfile.ReadError(f"a damaged header at byte {tarred.offset}")
        zeros += len(content)
    if zeros < tarfile.BLOCKSIZE:
        raise tarfile.ReadError("it ends too early")

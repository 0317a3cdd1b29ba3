"""Unpacking of untrusted archives: regular files below one folder are written, and nothing else.

Names that lead out of the folder are an error, links and devices are left
out with a warning, and what is written is counted while it is inflated, not read from a header. `tarfile`'s own filter is
not enough: links whose resolved path is longer than the system allows pass it and write elsewhere (CVE-2025-4517).
"""

from __future__ import annotations

import bz2
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
_DECOMPRESSORS: dict[bytes, Callable[[Path], IO[bytes]]] = {b"\x1f\x8b": gzip.open, b"BZ": bz2.open, b"\xfd7": lzma.open}  # type: ignore[dict-item]


class _Member(NamedTuple):
    """A file or folder of an archive.

    Attributes:
        name: Its path in the archive, with slashes.
        open: A function that opens its content; None for a folder.
    """

    name: str
    open: Callable[[], IO[bytes]] | None


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
    skipped: list[str] = []
    members = _zip_members(archive, skipped) if is_zip else _tar_members(archive, skipped)
    left = MOST_BYTES + MOST_RATIO * archive.stat().st_size
    limit = f"{left / 1e6:,.0f} MB, which is more than data of an archive of {archive.stat().st_size / 1e6:,.1f} MB should take"
    folder.mkdir()
    for member in members:
        path = folder.joinpath(*_parts(member.name))
        left -= BLOCK
        if member.open is None:
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            with member.open() as source, path.open("wb") as target:
                while content := source.read(CHUNK):
                    left -= len(content)
                    if left < 0:
                        break
                    target.write(content)
        if left < 0:
            raise ValueError(f"it would take more than {limit}")
    if skipped:
        warn(
            f"{archive.name}: {len(skipped)} entries that are links or devices were left out (the first is {skipped[0]!r}); "
            "only regular files are unpacked"
        )


def _parts(name: str) -> list[str]:
    """The folders and the file of a member's name; a path out of the folder is an error."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    drive = os.name == "nt" and any(":" in part or "\\" in part for part in parts)
    if name.startswith("/") or ".." in parts or drive:
        raise ValueError(f"{name!r} would be written outside the folder")
    return parts


def _zip_members(archive: Path, skipped: list[str]) -> Iterator[_Member]:
    with zipfile.ZipFile(archive) as zipped:
        for info in zipped.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)  # 0 if the archive was created on Windows
            if info.is_dir():
                yield _Member(info.filename, None)
            elif kind in (0, stat.S_IFREG):
                yield _Member(info.filename, lambda info=info: zipped.open(info))  # type: ignore[misc]
            else:
                skipped.append(info.filename)


def _tar_members(archive: Path, skipped: list[str]) -> Iterator[_Member]:
    with archive.open("rb") as file:
        magic = file.read(2)
    with (
        _DECOMPRESSORS.get(magic, io.open)(archive, "rb") as content,  # type: ignore[call-arg, operator]
        tarfile.open(fileobj=_Headers(content), mode="r:") as tarred,  # type: ignore[call-overload]
    ):
        regular: dict[str, tarfile.TarInfo] = {}
        for info in tarred:
            # A hard link to a file of the archive is a second copy of that file.
            source = regular.get(info.linkname) if info.islnk() else info
            if info.isdir():
                yield _Member(info.name, None)
            elif source is not None and source.isreg():
                regular[info.name] = source
                yield _Member(info.name, lambda source=source: tarred.extractfile(source))  # type: ignore[misc]
            else:
                skipped.append(info.name)
            tarred.members = []  # `tarfile` keeps all members that it has read
        _check_end(tarred)


class _Headers:
    """A file with limited reads: `tarfile` reads as many bytes as a header claims."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell, self.close = file.seek, file.tell, file.close

    def read(self, size: int = -1) -> bytes:
        """Read up to `size` bytes."""
        if not 0 <= size <= MOST_HEADER:
            raise tarfile.ReadError(f"a header that claims {size:,} bytes")
        return self._file.read(size)


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

"""Files of data sets: downloaded once, checked, kept in Keras's cache folder."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from glassworks.arguments import OneOf, check
from glassworks.datasets import downloading
from glassworks.datasets.unpacking import CANNOT_UNPACK, unpack
from glassworks.errors import ArgumentError, DataError
from glassworks.files import sync_folder
from glassworks.training.progress import say

STORAGE = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
_ARGUMENTS = {"hash_algorithm": OneOf("auto", "md5", "sha256"), "archive_format": OneOf("auto", "tar", "zip")}


def get_file(
    fname: str | None = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: str = "auto",
    cache_dir: str | None = None,
    force_download: bool = False,
) -> str:
    """The path of a file in the cache, downloaded if it is missing.

    Names and places are Keras's, so that both find what either has downloaded. Downloads come over HTTPS, or over HTTP if the SHA-256 of the
    file is given; a file appears in the cache only when it is complete.

    Args:
        fname: Its name in the cache; by default the last part of `origin`. With `extract`, the folder to unpack into.
        origin: The address to get it from: `https://`, `file://` for a copy, or `http://` with a SHA-256.
        untar: The older name of `extract`.
        md5_hash: The older name of `file_hash`.
        file_hash: Its SHA-256 or MD5 in hexadecimal; a file that does not match is not used.
        cache_subdir: The folder within the cache.
        hash_algorithm: "sha256", "md5", or "auto" to decide by the length of `file_hash`.
        extract: Unpack an archive; the path is then that of the folder.
        archive_format: "tar" (compressed or not), "zip", or "auto" for whichever it is.
        cache_dir: The cache; `~/.keras` or the environment variable KERAS_HOME by default.
        force_download: Whether to download it even if it is in the cache.

    Raises:
        ArgumentError: The address is not allowed, or the name is not a file name.
        DataError: It cannot be downloaded (the message says where to put it by hand), or it is damaged.

    >>> folder = getfixture("tmp_path")
    >>> source = folder / "numbers.txt"
    >>> _ = source.write_text("1 2 3")
    >>> path = get_file(origin=source.as_uri(), cache_dir=str(folder / "cache"))
    Downloading file:///...numbers.txt
    >>> Path(path).relative_to(folder).as_posix()
    'cache/datasets/numbers.txt'
    """
    check("utils.get_file", _ARGUMENTS, hash_algorithm=hash_algorithm, archive_format=archive_format)
    if origin is None:
        raise ArgumentError("origin=None", "the address of the file", "pass origin='https://...'", where="utils.get_file")
    name = str(fname or urllib.parse.urlsplit(origin).path.rsplit("/", 1)[-1])
    if not re.fullmatch(r"[^/\\\x00-\x1f]+", name) or name in (".", "..") or name != os.path.basename(name):
        fix = "pass a plain name as fname; the folder is cache_dir, which KERAS_HOME sets for all data sets"
        raise ArgumentError(f"fname={fname!r} for {origin}", "a file name", fix, where="utils.get_file")
    folder = _cache_folder(cache_dir) / cache_subdir
    digest = _Digest(file_hash or md5_hash, "md5" if md5_hash and not file_hash else hash_algorithm)
    downloading.check_origin(origin, pinned=digest.algorithm == "sha256" and digest.wanted is not None)
    if not (extract or untar):
        _fetch(origin, folder / name, digest, force_download)
        return str(folder / name)
    # Keras's names: `data.tar.gz` is unpacked into `data_extracted`, and `data` is unpacked from `data_archive`.
    dotted = bool(fname) and "." in name
    target = folder / (f"{name.split('.')[0]}_extracted" if dotted else name)
    if force_download or not target.is_dir():
        archive = folder / (name if dotted else f"{name}_archive")
        _fetch(origin, archive, digest, force_download)
        _unpack(archive, target, "tar" if untar else archive_format)
    return str(target)


def _cache_folder(cache_dir: str | None) -> Path:
    return Path(cache_dir or os.environ.get("KERAS_HOME") or "~/.keras").expanduser()


class _Digest:
    """The checksum that a file should have, if one is known."""

    def __init__(self, wanted: str | None, algorithm: str) -> None:
        self.wanted = wanted and wanted.lower()
        self.algorithm = algorithm if algorithm != "auto" else "sha256" if wanted and len(wanted) == 64 else "md5"

    def matches(self, path: Path) -> bool:
        """Whether the file's content is the expected one."""
        if self.wanted is None:
            return True
        with path.open("rb") as file:
            return hashlib.file_digest(file, self.algorithm).hexdigest() == self.wanted

    def __str__(self) -> str:
        return f"{self.algorithm} {self.wanted}"


def _fetch(origin: str, target: Path, digest: _Digest, force: bool) -> None:
    """Ensure that the file exists and is complete."""
    found = f"{target.name} is not in the cache"
    if target.exists() and not force:
        if digest.matches(target):
            return
        found = f"{target} has another checksum than {digest}"
    with _temporary_path(target) as part:
        say(f"Downloading {origin}")
        try:
            downloading.download(origin, part)
        except downloading.FAILED as error:
            raise DataError(
                f"{found}, and it cannot be downloaded: {getattr(error, 'reason', error)}",
                f"the file {target}",
                f"on a machine with internet download {origin} and put it there (or set KERAS_HOME to a folder that has it)",
                where="utils.get_file",
            ) from error
        if not digest.matches(part):
            fix = "the file is damaged or has been changed: try again, or get it from another source"
            raise DataError(f"{origin} with another checksum", str(digest), fix, where="utils.get_file")


def _unpack(archive: Path, target: Path, archive_format: str) -> None:
    """Unpack into a folder, which appears with all files or not at all."""
    if target.exists() and not target.is_dir():
        fix = "move the file away, or pass another fname"
        raise DataError(f"{target} is a file", "a folder to unpack into, or nothing there", fix, where="utils.get_file")
    with _temporary_path(target) as part:
        try:
            unpack(archive, part, archive_format)
        except CANNOT_UNPACK as error:
            found = f"{archive} cannot be unpacked: {error or 'it ends too early'}"
            fix = f"if you trust its source, delete {archive} and load it again, or unpack it by hand into {target}"
            raise DataError(found, "a tar or zip archive of files below one folder", fix, where="utils.get_file") from error
        if target.exists():
            shutil.rmtree(target)


@contextmanager
def _temporary_path(target: Path) -> Iterator[Path]:
    """A path to write to, renamed to the target at the end: an interruption or error leaves no file behind."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory(dir=target.parent, prefix=".part-")
    except OSError as error:
        fix = "set KERAS_HOME to a folder that you may write to"
        raise DataError(f"cannot write to {target.parent}: {error.strerror}", "a cache folder", fix, where="utils.get_file") from error
    with folder:
        part = Path(folder.name) / target.name
        yield part
        for path in part.rglob("*") if part.is_dir() else [part]:
            _write_through(path)
        os.replace(part, target)
        sync_folder(target.parent)


def _write_through(path: Path) -> None:
    """Flush a file to disk, so that after a power failure the new name never refers to half a file."""
    if path.is_file() and not path.is_symlink():
        # Windows flushes only files that are open for writing; files of archives may be read-only.
        with suppress(PermissionError), path.open("r+b") as file:
            os.fsync(file.fileno())

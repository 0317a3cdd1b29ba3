"""Atomic writes: a file has its old content or its new content, whatever happens in between."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import re
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import BinaryIO, Protocol

from glassworks.errors import SaveError

_numbers = itertools.count()
_open: set[str] = set()  # the temporary files that this process writes now


@contextmanager
def atomic_file(path: str | PathLike) -> Iterator[BinaryIO]:
    """A new binary file, open for writing and reading, that takes the place of `path` at the end of the `with` block.

    It is written beside `path` under a temporary name. At the end it is flushed to the disk (fsync), renamed, and the folder is flushed too.
    If anything raises before the rename, the temporary file is removed and `path` stays as it was. A file that a killed process of this
    machine left behind is removed by the next write to the same path.

    Args:
        path: The file. A symbolic link stays, and the file that it points to is replaced.

    Raises:
        SaveError: The operating system refuses, for example because the disk is full.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "numbers"
    >>> with atomic_file(path) as file:
    ...     _ = file.write(b"123")
    >>> path.read_bytes()
    b'123'
    """
    target = Path(os.path.realpath(path))
    temporary = target.with_name(_temporary_name(target.name))
    try:
        remove_orphans(target.parent, re.escape(target.name[:_MOST_LETTERS]))
        _open.add(temporary.name)
        file = _create(temporary, target)
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
            file.close()
            os.replace(temporary, target)
        except BaseException:
            with contextlib.suppress(OSError):
                file.close()
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
        sync_folder(target.parent)
    except SaveError:
        raise
    except OSError as error:
        raise save_error(path, error) from error
    finally:
        _open.discard(temporary.name)


class Writable(Protocol):
    """A file, or part of one, to which bytes can be written in order."""

    def write(self, data: bytes | bytearray | memoryview, /) -> int:
        """Write bytes, and return their number."""


def read_into(file: BinaryIO, memory: memoryview) -> int:
    """Fill memory from a binary file without a copy, and return the number of bytes read: fewer only at the end of the file.

    >>> import io
    >>> memory = bytearray(4)
    >>> read_into(io.BytesIO(b"abc"), memoryview(memory)), bytes(memory)
    (3, b'abc\\x00')
    """
    filled = 0
    while filled < len(memory):
        count = file.readinto(memory[filled:])  # type: ignore[attr-defined]  # binary files have it, but the type BinaryIO does not
        if not count:
            break
        filled += count
    return filled


def sync_folder(folder: Path) -> None:
    """Flush a folder to the disk, so that a rename in it survives a power failure; nothing where the system has no such call."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # file systems that cannot flush folders
            raise
    finally:
        os.close(descriptor)


def open_regular(path: str | PathLike, follow: bool = True) -> BinaryIO:
    """A regular file, open for reading; never a device or a pipe, from which reading could wait forever.

    Args:
        path: The file.
        follow: Whether the last part of the path may be a symbolic link. One in a folder that somebody else packed leads anywhere.

    Raises:
        OSError: There is none, or it cannot be read.

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file, open_regular(file.name) as opened:
    ...     opened.read()
    b''
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    descriptor = os.open(path, flags if follow else flags | getattr(os, "O_NOFOLLOW", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is not a regular file", os.fspath(path))
    return open(descriptor, "rb")


_FIXES = {
    errno.ENOSPC: "free some space, or save to another disk",
    errno.EDQUOT: "your quota is used up: delete files, or save to another disk",
    errno.EACCES: "choose a folder that you may write to",
    errno.EPERM: "choose a folder that you may write to",
    errno.EROFS: "the disk is mounted read-only: choose another",
    errno.ENOENT: "create the folder first",
    errno.ENOTDIR: "a part of the path is a file: choose another path",
    errno.EISDIR: "the path is a folder: add a file name",
}


def save_error(path: str | PathLike, error: OSError) -> SaveError:
    """The error for a file that the operating system did not let us write."""
    reason = error.strerror or str(error)
    result = SaveError(
        reason, "a file that can be written", _FIXES.get(error.errno or 0, "choose another path"), where=f"saving {os.fspath(path)}"
    )
    result.errno, result.filename, result.strerror = error.errno, os.fspath(path), reason
    return result


_MOST_LETTERS = 120


def _temporary_name(name: str) -> str:
    # The machine and the process, so that a later write can tell which files were left behind.
    return f".{name[:_MOST_LETTERS]}.tmp-{_machine()}-{os.getpid()}-{next(_numbers)}"


def _machine() -> str:
    return re.sub(r"[^A-Za-z0-9]", "_", socket.gethostname())[:40]


def _create(temporary: Path, target: Path) -> BinaryIO:
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    descriptor = os.open(temporary, flags, 0o666)
    try:
        with contextlib.suppress(OSError):
            os.chmod(temporary, target.stat().st_mode & 0o777)  # as the file that it replaces
        return open(descriptor, "w+b", buffering=1 << 20)
    except BaseException:
        os.close(descriptor)
        temporary.unlink()
        raise


def remove_orphans(folder: Path, names: str) -> None:
    """Remove the temporary files of atomic writes that killed processes of this machine left behind.

    Args:
        folder: The folder.
        names: A regular expression for the names of the files that were to be replaced.
    """
    pattern = re.compile(rf"\.(?:{names})\.tmp-{_machine()}-(\d+)-\d+")
    for entry in os.scandir(folder):
        match = pattern.fullmatch(entry.name)
        if match and entry.name not in _open and not _is_running(int(match[1])):
            with contextlib.suppress(OSError):
                os.unlink(entry.path)


def _is_running(process: int) -> bool:
    if process == os.getpid():  # an earlier process of the same number: in a container it is often 1
        return False
    if os.name != "posix":  # elsewhere the signal 0 does something
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True

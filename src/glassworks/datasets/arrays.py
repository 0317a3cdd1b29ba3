"""Arrays in `.npz` files: read completely or not at all, and never executed as code."""

from __future__ import annotations

import os
import zipfile
import zlib
from os import PathLike
from typing import IO, Any

import numpy as np

from glassworks.datasets import pickles
from glassworks.errors import DataError

Split = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
PARTS = ("x_train", "y_train", "x_test", "y_test")
# The exceptions of Python and NumPy for a file that is truncated, damaged or of another kind.
UNREADABLE = (ValueError, TypeError, OSError, EOFError, RuntimeError, MemoryError, OverflowError, zipfile.BadZipFile, zlib.error)


# The largest compression ratio of deflate (RFC 1951: a match of 258 bytes in two bits).
_MOST_INFLATED = 1032


def damaged(path: str | PathLike, error: object, expected: str, where: str) -> DataError:
    """The error for a file of a data set that is truncated or damaged."""
    fix = f"delete it and load the data again: {os.fspath(path)}"
    return DataError(f"{str(path)!r} is damaged: {error or 'it ends too early'}", expected, fix, where=where)


def load_npz(path: str | os.PathLike, where: str | None = None) -> Split:
    """`(x_train, y_train), (x_test, y_test)` from an `.npz` file in Keras's layout.

    Args:
        path: A file with the arrays x_train, y_train, x_test and y_test.
        where: The caller's name, for errors.

    Raises:
        DataError: The file does not exist, it is not an `.npz`, an array is missing, pickled, empty, or of another length.

    >>> path = getfixture("tmp_path") / "data.npz"
    >>> np.savez(path, x_train=np.ones((3, 2)), y_train=np.zeros(3), x_test=np.ones((1, 2)), y_test=np.zeros(1))
    >>> (x_train, y_train), (x_test, y_test) = load_npz(path)
    >>> x_train.shape
    (3, 2)
    """
    where = where or f"datasets.load_npz('{path}')"
    arrays = read_npz(path, where, PARTS)
    for part in ("train", "test"):
        x, y = arrays[f"x_{part}"], arrays[f"y_{part}"]
        if not x.ndim or not y.ndim or len(x) != len(y) or not len(x):
            found = f"x_{part} of shape {x.shape} and y_{part} of shape {y.shape} in {str(path)!r}"
            raise DataError(found, "one label per sample, and at least one sample", "check how the file was written", where=where)
    return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])


def read_npz(path: str | os.PathLike, where: str, names: tuple[str, ...], lists: bool = False) -> dict[str, np.ndarray]:
    """The arrays with the given names.

    Args:
        path: An `.npz` file.
        where: The caller's name, for errors.
        names: The arrays that it must contain.
        lists: Also read arrays of lists, which NumPy stores as pickles.
    """
    write = f"write it with np.savez(path, {', '.join(f'{name}=...' for name in names)})"
    if not os.path.exists(path):
        raise DataError(f"no file {str(path)!r}", "an .npz file", "check the path", where=where)
    try:
        with zipfile.ZipFile(path) as file:
            stored = {member.filename.removesuffix(".npy"): member for member in file.infolist()}
            missing = [name for name in names if name not in stored]
            arrays = {} if missing else {name: _array(file, stored[name], lists) for name in names}
    except DataError:
        raise
    except UNREADABLE as error:
        raise DataError(f"{str(path)!r} cannot be read: {error}", "an .npz file of plain arrays", write, where=where) from error
    if missing:
        found = f"arrays {', '.join(sorted(stored)) or 'none'} in {str(path)!r}"
        raise DataError(found, ", ".join(names), f"{', '.join(missing)} is missing: {write}", where=where)
    return arrays


def _array(file: zipfile.ZipFile, member: zipfile.ZipInfo, lists: bool) -> np.ndarray:
    held = member.compress_size * (1 if member.compress_type == zipfile.ZIP_STORED else _MOST_INFLATED)
    if member.file_size > held or member.compress_size > os.path.getsize(file.filename or ""):
        raise ValueError(f"{member.filename} claims {member.file_size} bytes, more than the file holds")
    with file.open(member) as content:
        shape, dtype = _header(content)
        if dtype.hasobject and lists:
            return pickles.load(content)
    # NumPy would allocate the size in the header before it checks how much data there is.
    if not dtype.hasobject and int(np.prod(shape, dtype=object)) * dtype.itemsize > member.file_size:
        raise ValueError(f"{member.filename} claims shape {shape}, and has {member.file_size} bytes")
    with file.open(member) as content:
        return np.lib.format.read_array(content, allow_pickle=False)


def _header(content: IO[bytes]) -> tuple[tuple[int, ...], Any]:
    version = np.lib.format.read_magic(content)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(content)
    return shape, dtype

"""Tensors on their way from and to files: what a file says of them before they are read, and what is written."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from os import PathLike
from typing import IO, BinaryIO, NamedTuple

import ml_dtypes
import numpy as np

from glassworks import memory
from glassworks.errors import ArgumentError, DTypeError, LoadError
from glassworks.typing import ArrayLike

# NumPy arrays have no more axes, and no more bytes.
MOST_AXES, MOST_BYTES = 64, 1 << 63
MOST_NAME = 1024
DTYPES = {
    dtype.name: dtype
    for dtype in map(np.dtype, ["<f8", "<f4", "<f2", "<i8", "<i4", "<i2", "i1", "<u8", "<u4", "<u2", "u1", "?", ml_dtypes.bfloat16])
}


@dataclass(frozen=True)
class Entry:
    """A tensor in an open file. Its shape and dtype are known before its content is read.

    Attributes:
        shape: Its shape.
        dtype: Its dtype.
        fill: A function that reads the content into an array of this shape and dtype.
    """

    shape: tuple[int, ...]
    dtype: np.dtype
    fill: Callable[[np.ndarray], None] = field(repr=False)

    @property
    def nbytes(self) -> int:
        """The memory that the array will take."""
        return math.prod(self.shape) * self.dtype.itemsize

    def read(self) -> np.ndarray:
        """The content, in an array of its own.

        Raises:
            LoadError: The content is damaged.
        """
        result = np.empty(self.shape, self.dtype)
        self.fill(result)
        return result


class LazyTensor(NamedTuple):
    """A tensor that is computed when it is written, so that not all of them are in memory at the same time.

    Attributes:
        shape: Its shape.
        dtype: Its dtype.
        function: A function without arguments that returns the array.
    """

    shape: tuple[int, ...]
    dtype: np.dtype
    function: Callable[[], ArrayLike]


def as_lazy(name: str, tensor: ArrayLike | tuple) -> LazyTensor:
    """What will be written under a name: its shape and dtype now, its content later.

    Raises:
        DTypeError: Files of weights cannot contain this dtype.
    """
    lazy = LazyTensor(*tensor) if isinstance(tensor, tuple) else None
    if lazy is None:
        array = np.asarray(tensor)
        lazy = LazyTensor(array.shape, array.dtype, lambda: array)
    dtype = DTYPES.get(np.dtype(lazy.dtype).name)
    if dtype is None:
        fix = "convert it first, for example to float32"
        raise DTypeError(f"tensor {name!r} of dtype {np.dtype(lazy.dtype)}", f"one of {', '.join(DTYPES)}", fix, where="saving weights")
    return LazyTensor(tuple(int(size) for size in lazy.shape), dtype, lazy.function)


def content(name: str, tensor: LazyTensor) -> memoryview:
    """The bytes of a tensor as they stand in a file: little-endian, the last axis first. A contiguous array is not copied.

    Raises:
        ArgumentError: The function returned an array of another shape or dtype.
    """
    array = np.asarray(tensor.function())
    if array.shape != tensor.shape or array.dtype.name != tensor.dtype.name:
        found, expected = f"tensor {name!r} became {array.dtype} {array.shape}", f"{tensor.dtype} {tensor.shape}"
        raise ArgumentError(found, expected, "do not change the model while it is saved", where="saving weights")
    return np.ascontiguousarray(array, tensor.dtype).reshape(-1).view(np.uint8).data


def writable_names(names: Iterable[str]) -> list[str]:
    """Names as they are written: paths without what no reader accepts, and made unique by a number.

    >>> writable_names(["dense/kernel", "dense/kernel", "../a"])
    ['dense/kernel', 'dense/kernel_1', '_/a']
    """
    used: set[str] = set()
    result = []
    for name in names:
        parts = ["_" if part in ("", ".", "..") else part for part in name.replace("\\", "_").split("/")]
        base = "".join(letter if letter.isprintable() else "_" for letter in "/".join(parts))[: MOST_NAME - 8]
        unique = next(text for text in _numbered(base) if text not in used)
        used.add(unique)
        result.append(unique)
    return result


def _numbered(name: str) -> Iterable[str]:
    yield name
    count = 0
    while True:
        count += 1
        yield f"{name}_{count}"


def check_name(file: str | PathLike, name: str) -> None:
    """Refuse the name of a tensor that could be a path out of a folder, or that hides something where it is printed."""
    if not name.isprintable() or "\\" in name or not 0 < len(name) <= MOST_NAME or {"", "..", "."} & set(name.split("/")):
        raise LoadError(file, ascii(name[:100])[1:-1], "this name is not allowed", "a path such as dense/kernel")


def check_shape(file: str | PathLike, name: str, shape: tuple[int, ...], dtype: np.dtype) -> None:
    """Refuse a shape that no array can have."""
    if len(shape) > MOST_AXES or math.prod(max(size, 1) for size in shape) * dtype.itemsize >= MOST_BYTES:
        raise LoadError(file, name, f"a shape of {len(shape)} axes, which no array can have", f"at most {MOST_AXES} axes")


def check_budget(file: str | PathLike, entries: Iterable[Entry], budget: int | None) -> None:
    """Refuse a file whose tensors together take more memory than there is.

    Args:
        file: The file.
        entries: Its tensors.
        budget: The number of bytes that are allowed; by default what is free.
    """
    size = sum(entry.nbytes for entry in entries)
    most = memory.free_bytes() if budget is None else budget
    if most is not None and size > most:
        raise LoadError(file, "", f"tensors of {memory.in_words(size)}", f"at most {memory.in_words(most)}", "free some memory")


def read_exactly(file: IO[bytes], label: str | PathLike, name: str, size: int) -> bytes:
    """The next bytes of a file, of which none may be missing."""
    data = file.read(size)
    if len(data) != size:
        raise LoadError(label, name, f"the file ends {size - len(data):,} bytes early", "a complete file", "copy or download it again")
    return data


def check_booleans(file: str | PathLike, name: str, array: np.ndarray) -> None:
    """Refuse booleans that are neither 0 nor 1: NumPy would take them, and compute nonsense."""
    if array.dtype == bool and array.size and int(array.view(np.uint8).max()) > 1:
        raise LoadError(file, name, "booleans that are neither 0 nor 1", "0 or 1")


def as_bytes(array: np.ndarray) -> memoryview:
    """The memory of a contiguous array."""
    return array.reshape(-1).view(np.uint8).data


def size_of(file: BinaryIO) -> int:
    """The size of an open file; the next read starts at its beginning."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return size

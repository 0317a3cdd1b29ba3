"""Safetensors: a file of named tensors (https://huggingface.co/docs/safetensors).

Its layout: the size of the header (8 bytes, little-endian), the header (JSON: name -> dtype, shape, and where its bytes begin and end,
and under `__metadata__` texts), and the bytes of all tensors without gaps.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import BinaryIO

import numpy as np

from glassworks.errors import ArgumentError, LoadError
from glassworks.files import Writable, read_into
from glassworks.saving import bounded_json
from glassworks.saving.tensors import (
    DTYPES,
    Entry,
    LazyTensor,
    as_bytes,
    as_lazy,
    check_booleans,
    check_budget,
    check_name,
    check_shape,
    content,
    read_exactly,
    size_of,
)
from glassworks.typing import ArrayLike

MOST_HEADER, MOST_TENSORS = 100_000_000, 100_000
METADATA = "__metadata__"
NAMES = {
    "F64": "float64",
    "F32": "float32",
    "F16": "float16",
    "BF16": "bfloat16",
    "I64": "int64",
    "I32": "int32",
    "I16": "int16",
    "I8": "int8",
    "U64": "uint64",
    "U32": "uint32",
    "U16": "uint16",
    "U8": "uint8",
    "BOOL": "bool",
}
_CODES = {name: code for code, name in NAMES.items()}


def read(file: BinaryIO, label: str, budget: int | None = None) -> dict[str, Entry]:
    """The tensors of a file, checked, and not yet read.

    Args:
        file: The open file; it stays open until the tensors are read.
        label: Its name, for errors.
        budget: The number of bytes that all tensors may take; by default the memory that is free.

    Raises:
        LoadError: It is not a safetensors file, or something in it contradicts the format.

    >>> import io
    >>> file = io.BytesIO()
    >>> write(file, {"dense/kernel": np.eye(2)})
    >>> read(file, "w.safetensors")["dense/kernel"].read()
    array([[1., 0.],
           [0., 1.]])
    """
    header, start, size = _header(file, label)
    header.pop(METADATA, None)
    if len(header) > MOST_TENSORS:
        raise LoadError(label, "header", f"{len(header):,} tensors", f"at most {MOST_TENSORS:,}")
    parsed = {name: _parse(label, name, value) for name, value in header.items()}
    position = 0
    for name in sorted(parsed, key=lambda name: parsed[name].range):
        begin, end = parsed[name].range
        if begin != position:
            raise LoadError(label, name, f"its bytes begin at {begin}", f"{position}, where those of the tensor before it end")
        position = end
    if position != size:
        raise LoadError(
            label, "", f"{size:,} bytes after the header", f"the {position:,} bytes of all tensors", "copy or download it again"
        )
    entries = {name: _entry(file, label, name, tensor, start) for name, tensor in parsed.items()}
    check_budget(label, entries.values(), budget)
    return entries


def metadata(file: BinaryIO, label: str) -> dict[str, str]:
    """The texts under `__metadata__`.

    Raises:
        LoadError: As for `read`.
    """
    header, _start, _size = _header(file, label)
    texts = header.get(METADATA, {})
    if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
        raise LoadError(label, METADATA, "values that are not texts", "a dict of texts")
    return texts


def write(file: Writable, tensors: Mapping[str, ArrayLike | LazyTensor], metadata: Mapping[str, str] | None = None) -> None:
    """Write tensors under their names, one after the other, without a copy of those that are contiguous.

    Args:
        file: The file, open for writing.
        tensors: Name -> array, or a `LazyTensor` that is computed when its turn has come.
        metadata: Texts for readers, for example the name of the program.

    Raises:
        DTypeError: A tensor is complex, or holds texts.
        ArgumentError: A tensor is called `__metadata__`.
    """
    if METADATA in tensors:
        raise ArgumentError(f"a tensor with the name {METADATA!r}", "another name", "rename it", where="saving weights")
    lazy = {name: as_lazy(name, tensor) for name, tensor in tensors.items()}
    # The largest elements first: each tensor then begins at a multiple of the size of its elements.
    order = sorted(lazy, key=lambda name: -lazy[name].dtype.itemsize)
    header: dict[str, object] = {METADATA: dict(metadata)} if metadata else {}
    position = 0
    for name in order:
        shape, dtype, _function = lazy[name]
        end = position + math.prod(shape) * dtype.itemsize
        header[name] = {"dtype": _CODES[dtype.name], "shape": list(shape), "data_offsets": [position, end]}
        position = end
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    file.write(len(text).to_bytes(8, "little") + text)
    for name in order:
        file.write(content(name, lazy[name]))


class _Tensor:
    """A line of the header, checked."""

    def __init__(self, dtype: np.dtype, shape: tuple[int, ...], begin: int, end: int) -> None:
        self.dtype, self.shape, self.range = dtype, shape, (begin, end)


def _header(file: BinaryIO, label: str) -> tuple[dict, int, int]:
    """The header, where the bytes of tensors begin, and how many there are."""
    total = size_of(file)
    size = int.from_bytes(read_exactly(file, label, "header", 8), "little")
    if size > min(MOST_HEADER, total - 8):
        raise LoadError(label, "header", f"it claims {size:,} bytes", f"at most {min(MOST_HEADER, total - 8):,}")
    text = read_exactly(file, label, "header", size)
    header = bounded_json.parse(text, label, "header") if text.startswith(b"{") else None
    if not isinstance(header, dict):
        raise LoadError(label, "header", "it does not start with '{'", "a JSON object")
    return header, 8 + size, total - 8 - size


def _parse(label: str, name: str, value: object) -> _Tensor:
    check_name(label, name)
    if not isinstance(value, dict) or set(value) != {"dtype", "shape", "data_offsets"}:
        raise LoadError(label, name, "another form of description", "dtype, shape and data_offsets")
    code, shape, offsets = value["dtype"], value["shape"], value["data_offsets"]
    if not isinstance(code, str) or code not in NAMES:
        raise LoadError(label, name, f"dtype {str(code)[:40]!r}", f"one of {', '.join(NAMES)}")
    if not _are_sizes(shape) or not _are_sizes(offsets) or len(offsets) != 2:
        raise LoadError(label, name, "a shape or data_offsets with other things than sizes", "lists of integers from 0")
    dtype = DTYPES[NAMES[code]]
    check_shape(label, name, tuple(shape), dtype)
    size = math.prod(shape) * dtype.itemsize
    if offsets[1] - offsets[0] != size:
        raise LoadError(label, name, f"{offsets[1] - offsets[0]} bytes for {code} {shape}", f"{size} bytes")
    return _Tensor(dtype, tuple(shape), *offsets)


def _are_sizes(value: object) -> bool:
    return isinstance(value, list) and all(type(item) is int and 0 <= item < 1 << 63 for item in value)


def _entry(file: BinaryIO, label: str, name: str, tensor: _Tensor, start: int) -> Entry:
    def fill(array: np.ndarray) -> None:
        file.seek(start + tensor.range[0])
        memory = as_bytes(array)
        missing = len(memory) - read_into(file, memory)
        if missing:
            raise LoadError(label, name, f"the file ends {missing:,} bytes early", "a complete file", "copy it again")
        check_booleans(label, name, array)

    return Entry(tensor.shape, tensor.dtype, fill)

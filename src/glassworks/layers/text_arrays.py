"""Conversion of users' text (lists of strings, NumPy arrays of any string dtype) for layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks.errors import DataError, DTypeError

# The kinds of NumPy dtypes that text comes in: object, unicode, bytes and StringDType.
TEXT_KINDS = "OUST"


def is_text(x: Any) -> bool:
    """Whether this is an array of text, or a list (of lists) of strings.

    >>> is_text(np.array(["a"])), is_text([["a"], ["b"]]), is_text([1, 2])
    (True, True, False)
    """
    if isinstance(x, np.ndarray):
        if x.dtype.kind != "O":
            return x.dtype.kind in TEXT_KINDS
        return any(isinstance(entry, (str, bytes)) for entry in x.flat)
    while isinstance(x, (list, tuple)) and len(x):
        x = x[0]
    return isinstance(x, (str, bytes))


def rank(x: Any) -> int:
    """The number of axes. NumPy would make an array of a list of texts first, in which each takes as much memory as the longest.

    >>> rank("a"), rank(["a", "bc"]), rank(np.ones((2, 2)))
    (0, 1, 2)
    """
    return 1 if isinstance(x, (list, tuple)) and len(x) and isinstance(x[0], (str, bytes)) else np.ndim(x)


def is_missing(entry: Any) -> bool:
    """Whether an entry among texts is None or NaN.

    >>> is_missing(None), is_missing(float("nan")), is_missing("")
    (True, True, False)
    """
    return entry is None or (isinstance(entry, float) and entry != entry)


def as_text_array(x: np.ndarray | Sequence) -> np.ndarray:
    """Lists of strings as an array of objects, which takes no more memory than the strings; arrays stay as they are.

    >>> as_text_array(["a", "bc"])
    array(['a', 'bc'], dtype=object)
    """
    if isinstance(x, np.ndarray):
        return x
    array = np.array(x, dtype=object)
    ragged = next((i for i, entry in enumerate(array.flat) if isinstance(entry, (list, tuple))), None)
    if ragged is not None:
        raise DataError("rows with different numbers of strings", "rows of one length", "pad the short ones with empty strings")
    return array


def not_readable(text: Any) -> DTypeError:
    """The error for an array of text, or the name of a symbol, where numbers are needed."""
    if isinstance(text, str):
        found = f"{text}, of dtype string"
    else:
        found = repr(next(entry for entry in text.flat if isinstance(entry, (str, bytes)))[:60])
    fix = "put layers.TextVectorization() in front (or layers.StringLookup() for categories)"
    return DTypeError(f"text: {found}", "numbers", fix)


def arrays_of_text(structure: Any) -> Any:
    """The same structure with each list of strings in it as an array."""
    if isinstance(structure, (list, tuple)) and is_text(structure):
        return as_text_array(structure)
    if isinstance(structure, dict):
        return type(structure)((key, arrays_of_text(value)) for key, value in structure.items())
    if isinstance(structure, (list, tuple)):
        return type(structure)(map(arrays_of_text, structure)) if not hasattr(structure, "_fields") else structure
    return structure


def dtype_name(array: Any) -> str:
    """The dtype's standard name: "string" for text.

    >>> dtype_name(np.array(["a"], dtype=object)), dtype_name(np.ones(1))
    ('string', 'float64')
    """
    if isinstance(array.dtype, str):
        return array.dtype
    return "string" if array.dtype.kind in TEXT_KINDS else array.dtype.name


def to_bytes(x: np.ndarray | Sequence, encoding: str = "utf-8") -> tuple[list[bytes], tuple[int, ...]]:
    """The strings in UTF-8 as a flat list, and the shape of the array.

    Args:
        x: A string, a list of strings, or an array of them.
        encoding: The encoding of entries that are bytes.

    Raises:
        DTypeError: An entry is not text.
        DataError: Bytes are not valid in that encoding.

    >>> to_bytes([["a", "é"]])
    ([b'a', b'\\xc3\\xa9'], (1, 2))
    """
    array = as_text_array(x)
    flat = array.ravel().tolist()
    try:
        return [entry.encode() for entry in flat], array.shape
    except (AttributeError, UnicodeEncodeError):
        return [_to_bytes(entry, i, encoding) for i, entry in enumerate(flat)], array.shape


def _to_bytes(entry: Any, index: int, encoding: str) -> bytes:
    if isinstance(entry, str):
        try:
            return entry.encode()
        except UnicodeEncodeError as error:
            fix = "text.encode('utf-8', 'replace').decode() puts question marks in their place"
            raise DataError(f"item {index}, {entry[:40]!r}: half a character at place {error.start}", "whole characters", fix) from None
    if not isinstance(entry, bytes):
        fix = "fill in missing ones: texts.fillna('')" if is_missing(entry) else "make strings of them: x.astype(str)"
        raise DTypeError(f"{entry!r} of type {type(entry).__name__} at item {index}", "text", fix)
    try:
        return entry.decode(encoding).encode()
    except UnicodeDecodeError as error:
        raise DataError(
            f"item {index}, {entry[:40]!r}: byte {entry[error.start]:#04x} at position {error.start} is not valid {encoding}",
            f"text in {encoding}",
            "pass encoding='latin-1', or whatever the text was written in, or strings instead of bytes",
        ) from None

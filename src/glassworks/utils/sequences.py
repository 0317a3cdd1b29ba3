"""Sequences of different lengths as one array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks import dtypes
from glassworks.arguments import Integer, OneOf, Optional, check
from glassworks.errors import DataError
from glassworks.typing import DTypeLike

_WHERE = "utils.pad_sequences"
_SIDE = OneOf("pre", "post")
_CONSTRAINTS = {"maxlen": Optional(Integer(minimum=0)), "padding": _SIDE, "truncating": _SIDE}


def pad_sequences(
    sequences: Sequence,
    maxlen: int | None = None,
    dtype: DTypeLike = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: float | str = 0.0,
) -> np.ndarray:
    """Sequences of different lengths as one array, padded with a value.

    Args:
        sequences: A list of lists or arrays. Steps may have axes of their own.
        maxlen: The length of each row; the length of the longest sequence if None.
        dtype: The dtype of the result; `object` for texts.
        padding, truncating: Whether to pad, or cut, at the start ("pre") or end ("post").
        value: The value for padding.

    Returns:
        An array of shape (number of sequences, maxlen, ...).

    Raises:
        ArgumentError: Wrong arguments.
        DataError: An entry is not a sequence, steps differ in shape, or they cannot have the dtype.

    >>> pad_sequences([[1], [2, 3]])
    array([[0, 1],
           [2, 3]], dtype=int32)
    """
    check(_WHERE, _CONSTRAINTS, maxlen=maxlen, padding=padding, truncating=truncating)
    if isinstance(sequences, (str, bytes)) or not hasattr(sequences, "__iter__"):
        fix = "pass [[1, 2], [3]]; texts are turned into numbers first"
        raise DataError(f"sequences of type {type(sequences).__name__}", "a list of sequences", fix, where=_WHERE)
    rows = [_row(row, number) for number, row in enumerate(sequences)]
    longest = max(map(len, rows), default=0) if maxlen is None else maxlen
    inner = next((row.shape[1:] for row in rows if len(row)), ())
    result = np.full((len(rows), longest, *inner), value, dtype=_numpy_dtype(dtype))
    for number, row in enumerate(rows):
        if not len(row) or not longest:
            continue
        if row.shape[1:] != inner:
            found = f"sequence {number} has steps of shape {row.shape[1:]}, others of {inner}"
            raise DataError(found, "steps of one shape", "look at how that sequence was made", where=_WHERE)
        cut = row[-longest:] if truncating == "pre" else row[:longest]
        place = slice(longest - len(cut), None) if padding == "pre" else slice(len(cut))
        try:
            result[number, place] = cut
        except (ValueError, TypeError) as error:
            found = f"sequence {number} cannot be of dtype {result.dtype}: {error}"
            fix = "turn words into numbers first, or pass dtype=object to keep them; dtype='float32' for fractions"
            raise DataError(found, "numbers", fix, where=_WHERE) from error
    return result


def _row(row: object, number: int) -> np.ndarray:
    if isinstance(row, (str, bytes)) or not hasattr(row, "__len__"):
        fix = "pass a list of lists, such as [[1, 2], [3]]"
        raise DataError(f"sequence {number} is {row!r}", "a sequence of steps", fix, where=_WHERE)
    try:
        return np.asarray(row)
    except ValueError as error:
        fix = "pad the inner sequences first"
        raise DataError(f"sequence {number} has steps of different shapes", "steps of one shape", fix, where=_WHERE) from error


def _numpy_dtype(dtype: DTypeLike) -> Any:
    if dtype in (object, "object", str, "str"):
        return np.dtype(object)
    return dtypes.numpy_dtype(dtypes.standardize(dtype))
